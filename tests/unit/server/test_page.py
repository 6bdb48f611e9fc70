# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The page at `/`: its files, what they refer to, and the page in a browser where there is one."""

import configparser
import json
import re
import shutil
import subprocess
import time

import pytest

from support.browser import BROWSER, browser_tab
from support.script_modules import ROOT
from support.server_toys import asked, on_a_port
from transformers_tsukasa.server.page.routes import FILES


MODULES = sorted(path.relative_to(FILES).as_posix() for path in FILES.rglob("*.js"))
STRINGS = FILES / "base" / "strings.js"


def source(name):
    return (FILES / name).read_text(encoding="utf-8")


def all_sources():
    return {name: source(name) for name in (*MODULES, "index.html")}


def test_the_page_is_sent_under_a_policy_without_inline_scripts(app):
    answer = asked(app, "GET", "/")
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", answer.text)


@pytest.mark.parametrize(("name", "kind"), [("editor.css", "text/css"), ("main.js", "text/javascript")])
def test_files_have_their_types_and_are_sent_once(app, name, kind):
    answer = asked(app, "GET", f"/page/{name}")
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.text == source(name)
    again = asked(app, "GET", f"/page/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


@pytest.mark.parametrize("name", ["missing.js", "../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "//etc/passwd"])
def test_nothing_else_is_sent(app, name):
    assert asked(app, "GET", f"/page/{name}").status_code == 404


def test_the_page_opens_without_the_key_that_its_calls_need(new_app):
    app = new_app(api_keys=("secret",))
    assert asked(app, "GET", "/").status_code == asked(app, "GET", "/page/main.js").status_code == 200
    assert asked(app, "GET", "/speakers").status_code == 401


def test_another_site_may_not_read_the_page(app):
    assert asked(app, "GET", "/", headers={"Origin": "https://example.com"}).status_code == 403


def test_every_import_of_a_module_is_there():
    for name in MODULES:
        for names, path in re.findall(r'^import (?:\{([^}]*)\}|\* as \w+) from "([^"]+)";$', source(name), re.M):
            target = (FILES / name).parent / path
            exported = set(
                re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", target.read_text("utf-8"), re.M)
            )
            wanted = {each.strip() for each in names.split(",") if each.strip()}
            assert wanted <= exported, f"{name} imports {wanted - exported} of {path}"


def test_every_call_of_the_page_is_one_of_the_server(app):
    calls = re.findall(r'"(GET|POST|PUT|DELETE)", ["`]([\w/${}.]+)["`]', source("speech/engine.js"))
    assert len(calls) >= 10
    paths = app.openapi()["paths"]
    known = {(method.upper(), re.sub(r"\{\w+\}", "*", path)) for path, methods in paths.items() for method in methods}
    assert {(method, "/" + re.sub(r"\$\{\w+\}", "*", path)) for method, path in calls} <= known


def test_every_text_is_there_in_both_languages():
    written = dict(re.findall(r'^  (\w+): \["([^"]+", "[^"]+)"\],$', source("base/strings.js"), re.M))
    assert len(written) == len(re.findall(r"^  \w+: \[", source("base/strings.js"), re.M))
    for name, texts in written.items():
        japanese, english = texts.split('", "')
        assert set(re.findall(r"\{\w+\}", japanese)) >= set(re.findall(r"\{\w+\}", english)), name
    used = set()
    for text in all_sources().values():
        used |= set(re.findall(r'\bt\("(\w+)"|\bfield\("(\w+)"|data-t(?:-label)?="(\w+)"', text))
    assert {name for names in used for name in names if name} <= set(written)


def test_every_element_that_a_module_asks_for_is_on_the_page():
    wanted = {name for text in all_sources().values() for name in re.findall(r'\bby\("([\w-]+)"\)', text)}
    assert wanted <= set(re.findall(r'\bid="([\w-]+)"', source("index.html")))
    assert set(re.findall(r'icon(?:Button)?\("(i-\w+)"', source("views/lines.js"))) <= set(
        re.findall(r'<symbol id="([\w-]+)"', source("index.html"))
    )


def test_every_file_of_the_page_is_package_data():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = [each.strip() for each in config["options.package_data"]["transformers_tsukasa"].split(",")]
    package = ROOT / "src" / "transformers_tsukasa"
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    assert {path for path in FILES.rglob("*") if path.is_file()} <= packed


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_sound_subtitles_and_kana_as_node_computes_them():
    script = f"""
    const base = {json.dumps(FILES.as_uri())};
    const {{ joinWavs, readWav, frames }} = await import(base + "/export/wav.js");
    const {{ cues }} = await import(base + "/export/exporting.js");
    const {{ srt }} = await import(base + "/export/captions.js");
    const {{ kanaNotation }} = await import(base + "/speech/query.js");
    const wav = {{ rate: 24000, channels: 1, data: new Uint8Array(48000) }};
    const joined = readWav(joinWavs([wav, wav], 0.5));
    const written = srt(cues([{{ text: "一" }}, {{ text: "二" }}], [wav, wav], 0.5));
    console.log(JSON.stringify([frames(joined), written, kanaNotation("きょう"), kanaNotation("今日")]));
    """
    command = ["node", "--no-warnings", "--experimental-default-type=module", "--input-type=module", "-e", script]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "bad option" in run.stderr:
        pytest.skip("this node does not take modules by an option")
    assert run.returncode == 0, run.stderr
    samples, subtitles, kana, text = json.loads(run.stdout)
    assert samples == 60000 and text is None and kana == "キョウ'"
    assert subtitles == "1\n00:00:00,000 --> 00:00:01,000\n一\n\n2\n00:00:01,500 --> 00:00:02,500\n二\n"


@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_a_line_is_written_edited_spoken_and_kept_in_a_browser(new_app, tmp_path):
    label = "document.querySelector('#moras .phrase')?.getAttribute('aria-label')"
    length = "parseFloat(document.querySelector('.length').textContent)"
    with on_a_port(new_app()) as address, browser_tab(tmp_path / "browser") as tab:
        tab.send("Page.navigate", url=f"{address}/")
        tab.wait("document.querySelector('#voice')?.options.length")
        tab.run("document.querySelector('#lines .text').focus()")
        tab.send("Input.insertText", text="雨が降る。")
        before = tab.wait(label)
        tab.wait(f"{length} > 0")
        tab.run("document.querySelectorAll('#moras .mora')[1].click()")
        tab.run("document.querySelector('#accent-here').click()")
        tab.wait("document.querySelector('.line .edited').textContent")
        after = tab.wait(f"{label} !== {json.dumps(before)} && {label}")
        tab.wait(f"{length} > 0")
        usual = tab.run(length)
        tab.run(
            "{ const range = document.querySelector('#speedScale-range'); range.value = 2; "
            "range.dispatchEvent(new Event('input')); }"
        )
        tab.wait(f"{length} < {0.7 * usual}")
        tab.run("document.querySelector('.line .play').click()")
        tab.wait("document.querySelector('#status').textContent")
        tab.wait("document.querySelector('.line .play').dataset.playing === 'false'")
        assert tab.run("document.querySelector('#toast').hidden"), "playing failed"
        time.sleep(0.6)  # it is kept after a moment
        tab.send("Page.reload")
        tab.wait(f"document.readyState === 'complete' && {label} === {json.dumps(after)}")
        assert tab.run("document.querySelector('#lines .text').value") == "雨が降る。"
        tab.run("document.querySelector('#undo').click()")
        tab.run("document.querySelector('#undo').click()")
        tab.wait(f"{label} === {json.dumps(before)}")
        tab.send("Emulation.setDeviceMetricsOverride", width=320, height=568, deviceScaleFactor=1, mobile=True)
        assert tab.run("document.documentElement.scrollWidth") == 320
    assert tab.faults == []
