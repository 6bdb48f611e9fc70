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
from support.firefox import FIREFOX, firefox_tab
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


BROWSERS = [
    pytest.param(browser_tab, marks=pytest.mark.skipif(BROWSER is None, reason="needs chromium"), id="chromium"),
    pytest.param(firefox_tab, marks=pytest.mark.skipif(FIREFOX is None, reason="needs firefox"), id="firefox"),
]
LABEL = "document.querySelector('#moras .phrase')?.getAttribute('aria-label')"
LENGTH = "parseFloat(document.querySelector('.length').textContent)"
# What the page gives to the browser as a file, as its type and first bytes, in place of a folder of downloads.
CATCH_FILES = """
{ window.caught = [];
  const make = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (content) => {
    content.arrayBuffer().then((bytes) => caught.push([content.type, ...new Uint8Array(bytes.slice(0, 4))]));
    return make(content);
  }; }
"""
FIRST_BYTES = {"wav": b"RIFF", "mp3": b"\xff", "opus": b"OggS", "flac": b"fLaC", "srt": b"1\n00", "lab": b"0 "}


def export_in(tab, audio_format):
    """What the page exports in a format: its type and first bytes."""
    tab.run("caught.length = 0; document.querySelector('#export').click()")
    tab.run(
        "{ const has = (select) => [...select.options].some(({ value }) => value === 'mp3');"
        "const format = [...document.querySelectorAll('dialog select')].find(has);"
        f"format.value = '{audio_format}'; document.querySelector('dialog .primary').click(); }}"
    )
    kind, *first = tab.wait("caught[0]")
    return kind, bytes(first)


@pytest.mark.parametrize("tab_of", BROWSERS)
def test_a_line_is_written_edited_spoken_and_kept_in_a_browser(new_app, tmp_path, tab_of):
    with on_a_port(new_app()) as address, tab_of(tmp_path / "browser") as tab:
        tab.open(f"{address}/")
        tab.wait("document.querySelector('#voice')?.options.length")
        tab.run("document.querySelector('#lines .text').focus()")
        tab.write("雨が降る。")
        before = tab.wait(LABEL)
        tab.wait(f"{LENGTH} > 0")
        tab.run("document.querySelectorAll('#moras .mora')[1].click()")
        tab.run("document.querySelector('#accent-here').click()")
        tab.wait("document.querySelector('.line .edited').textContent")
        after = tab.wait(f"{LABEL} !== {json.dumps(before)} && {LABEL}")
        tab.wait(f"{LENGTH} > 0")
        usual = tab.run(LENGTH)
        tab.run(
            "{ const range = document.querySelector('#speedScale-range'); range.value = 2; "
            "range.dispatchEvent(new Event('input')); }"
        )
        tab.wait(f"{LENGTH} < {0.7 * usual}")
        tab.run("document.querySelector('#remember').click()")
        word = tab.wait("[...document.querySelectorAll('dialog input')].map(({ value }) => value)")
        assert word[:2] == ["雨", "アメ"], "the particle is no part of the word"
        tab.run("document.querySelector('dialog').close()")
        tab.run(CATCH_FILES)
        for audio_format, first in FIRST_BYTES.items():
            assert export_in(tab, audio_format)[1].startswith(first), audio_format
        tab.run("document.querySelector('.line .play').click()")
        tab.wait("document.querySelector('#status').textContent")
        if tab_of is firefox_tab:  # without a sound device it plays for ever
            tab.run("document.querySelector('.line .play').click()")
        tab.wait("document.querySelector('.line .play').dataset.playing === 'false'")
        assert "cannot" not in tab.run("document.querySelector('#toast').textContent").lower()
        assert tab.faults == []
        time.sleep(0.6)  # it is kept after a moment
        tab.reload()
        tab.wait(f"document.readyState === 'complete' && {LABEL} === {json.dumps(after)}")
        assert tab.run("document.querySelector('#lines .text').value") == "雨が降る。"
        tab.run("document.querySelector('#undo').click()")
        tab.run("document.querySelector('#undo').click()")
        tab.wait(f"{LABEL} === {json.dumps(before)}")
        tab.resize(320, 568)
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")
        assert tab.faults == []


SLOW_STORAGE = """
{ const get = IDBObjectStore.prototype.get;
  IDBObjectStore.prototype.get = function (...given) {
    const asked = get.apply(this, given);
    const own = {};
    for (const name of ["onsuccess", "onerror"]) Object.defineProperty(asked, name, {
      set(listener) { this.addEventListener(name.slice(2), (event) => setTimeout(() => listener(event), 1500)); },
    });
    return asked;
  }; }
"""


@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_text_that_is_written_while_the_page_starts_is_never_lost(new_app, tmp_path):
    first = "document.querySelector('#lines .text')"
    texts = "[...document.querySelectorAll('#lines .text')].map(({ value }) => value)"
    with on_a_port(new_app()) as address, browser_tab(tmp_path / "browser") as tab:
        tab.send("Page.addScriptToEvaluateOnNewDocument", source=SLOW_STORAGE)
        for visit, written in enumerate((["雨。"], ["雨。！", "風。"])):
            tab.open(f"{address}/?{visit}")
            tab.wait(f"location.search === '?{visit}' && Boolean({first})")
            assert tab.run(texts) == [""], "it can be written in before anything is fetched"
            tab.run("document.querySelector('#lines .text').focus()")
            tab.write(written[-1])
            tab.wait(f"{texts}.length === {len(written)}")
            assert tab.run(texts) == written
            assert tab.run("document.activeElement.value") == written[-1]
            tab.wait("document.querySelector('#voice')?.options.length")
            assert tab.run(texts) == written
            time.sleep(0.1)
            tab.write("！")  # the page is left before it is read
        tab.open(f"{address}/?after")
        tab.wait(f"location.search === '?after' && {texts}.length === 2")
        assert tab.run(texts) == ["雨。！", "風。！"]
    assert tab.faults == []
