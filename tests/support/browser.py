# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A headless Chromium that is driven through pipes, by the DevTools protocol: nothing but the browser is needed."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
"""The browser, or `None` where there is none."""

_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--mute-audio",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-pipe",
]

# The browser reads commands from descriptor 3, and writes to 4.
_LAUNCHER = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 5) for end in sys.argv[1:3]]
for place, end in enumerate(ends):
    os.dup2(end, 3 + place)
os.execv(sys.argv[3], sys.argv[3:])
"""


@contextmanager
def browser_tab(folder):
    """A tab of a new browser whose files are kept in a folder."""
    to_browser, commands = os.pipe()
    answers, from_browser = os.pipe()
    line = [BROWSER, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"]
    launcher = [sys.executable, "-S", "-c", _LAUNCHER, str(to_browser), str(from_browser), *line]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(launcher, pass_fds=(to_browser, from_browser), **quiet)
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Tab(commands, answers)
    finally:
        process.terminate()
        process.wait(20)
        os.close(commands)
        os.close(answers)


class Tab:
    """The first tab of a browser."""

    def __init__(self, commands, answers):
        self._commands, self._answers, self._rest, self._number, self._session = commands, answers, b"", 0, None
        self.faults = []
        targets = self.send("Target.getTargets")["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method, **parameters):
        """Send a command, and wait for its result; faults of the page that are told meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.faults.append(answer["params"])
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _receive(self):
        while b"\0" not in self._rest:
            piece = os.read(self._answers, 1 << 16)
            assert piece, "the browser has ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, address):
        """Open a page."""
        self.send("Page.navigate", url=address)

    def reload(self):
        """Load the page again."""
        self.send("Page.reload")

    def write(self, text):
        """Type a text where the cursor is."""
        self.send("Input.insertText", text=text)

    def resize(self, width, height):
        """Let the window have another size, a phone's where it is narrow."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def screenshot(self):
        """A picture of the window, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot")["data"])

    def run(self, script):
        """The value of an expression in the page."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, script, seconds=20.0):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never true: {script}; faults: {self.faults}"
            time.sleep(0.05)
        return value
