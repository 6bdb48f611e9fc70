# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A headless Firefox that is driven by Marionette, its own protocol: nothing but the browser is needed."""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager


FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")
"""The browser, or `None` where there is none."""

_SECONDS_TO_START = 60.0
_ANSWER = 1  # of the first item of an answer
_PREFERENCES = {
    "marionette.port": 0,
    "media.autoplay.default": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


@contextmanager
def firefox_tab(folder):
    """A tab of a new browser whose files are kept in a folder."""
    folder.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    line = [FIREFOX, "--headless", "--no-remote", "--marionette", "--profile", str(folder), "about:blank"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(line, env={**os.environ, "HOME": str(folder)}, **quiet)
    try:
        with socket.create_connection(("127.0.0.1", _port(folder, process)), timeout=120) as connection:
            yield FirefoxTab(connection)
    finally:
        process.terminate()
        process.wait(20)


def _port(folder, process):
    """The port that the browser has chosen."""
    end = time.monotonic() + _SECONDS_TO_START
    while not (file := folder / "MarionetteActivePort").exists() or not file.read_text():
        assert process.poll() is None and time.monotonic() < end, "the browser does not start"
        time.sleep(0.1)
    return int(file.read_text())


class FirefoxTab:
    """The first tab of a browser; it has the methods of `browser.Tab` that tests of pages call."""

    def __init__(self, connection):
        self._connection, self._rest, self._number = connection, b"", 0
        self._receive()  # its greeting
        self.send("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.send("WebDriver:SetTimeouts", script=120_000)

    @property
    def faults(self):
        """Errors of scripts since the page was opened."""
        return self.run("window.faultsOfTest ?? []")

    def send(self, command, **parameters):
        """Send a command, and wait for its result."""
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._connection.sendall(b"%d:%b" % (len(message), message))
        while True:
            kind, number, error, result = self._receive()
            if kind == _ANSWER and number == self._number:
                assert error is None, error
                return result

    def open(self, address):
        """Open a page, and note its errors from then on."""
        self.send("WebDriver:Navigate", url=address)
        self.run("window.faultsOfTest = []; addEventListener('error', (event) => faultsOfTest.push(event.message))")

    def reload(self):
        """Load the page again."""
        self.send("WebDriver:Refresh")

    def write(self, text):
        """Type a text where the cursor is."""
        actions = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
        self.send("WebDriver:PerformActions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def resize(self, width, height):
        """Let the window have another size, as far as the browser goes."""
        self.send("WebDriver:SetWindowRect", width=width, height=height)

    def screenshot(self):
        """A picture of the window, as PNG."""
        return base64.b64decode(self.send("WebDriver:TakeScreenshot", full=False)["value"])

    def run(self, script):
        """The value of an expression in the page, or nothing where it is statements."""
        source = (
            f"const done = arguments[0]; Promise.resolve(eval({json.dumps(script)})).then(done, () => done(null));"
        )
        wrapped = f"const script = {json.dumps(script)}; {source}"
        result = self.send("WebDriver:ExecuteAsyncScript", script=wrapped, args=[], sandbox=None)
        return result["value"]

    def wait(self, script, seconds=60.0):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never true: {script}; faults: {self.faults}"
            time.sleep(0.1)
        return value

    def _receive(self):
        while b":" not in self._rest:
            self._read()
        size, _, rest = self._rest.partition(b":")
        self._rest = rest
        while len(self._rest) < int(size):
            self._read()
        message, self._rest = self._rest[: int(size)], self._rest[int(size) :]
        return json.loads(message)

    def _read(self):
        piece = self._connection.recv(1 << 16)
        assert piece, "the browser has ended"
        self._rest += piece
