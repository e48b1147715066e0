#!/usr/bin/env python3
"""Drives a headless Chromium through chromedriver's WebDriver: standard library only. Used by ci/pages."""
# SPDX-License-Identifier: MIT
import base64
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
KEYS = {"Tab": "\ue004", "Right": "\ue014", "Left": "\ue012", "Home": "\ue011", "End": "\ue010", "Enter": "\ue007"}


def available():
    """Are browser and driver here?"""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


class Browser:
    """One browser with one window. Use in a with statement."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="plr-pages.")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
        self.base = None
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.base = f"http://127.0.0.1:{line.split('on port')[1].strip().rstrip('.')}"
                break
        if not self.base:
            raise RuntimeError("chromedriver did not start")

    def __enter__(self):
        options = {"args": ARGUMENTS + [f"--user-data-dir={self.folder}/profile"], "binary": shutil.which("chromium")}
        answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.session = "/session/" + answer["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self.ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, method, path, body=None):
        """One WebDriver command; its value."""
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def cdp(self, command, **parameters):
        """A command of the browser's own protocol."""
        return self.ask("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path):
        """Open a file."""
        self.ask("POST", self.session + "/url", {"url": "file://" + os.path.abspath(path)})

    def forget(self):
        """Leave the page, and all that the logs hold so far."""
        self.ask("POST", self.session + "/url", {"url": "about:blank"})
        for kind in ("browser", "performance"):
            self.log(kind)

    def run(self, script, *arguments):
        """Run a script in the page; what it returns."""
        return self.ask("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def look(self, width, height=900, dark=False, scale=1, paper=False):
        """Set the window's width in CSS pixels, the colour scheme, and whether the page is laid out as if printed."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                 mobile=width < 600)
        self.cdp("Emulation.setEmulatedMedia", media="print" if paper else "", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def press(self, *keys):
        """Press keys, one after the other."""
        actions = []
        for key in keys:
            code = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": code}, {"type": "keyUp", "value": code}]
        self.ask("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def point(self, x, y):
        """Move the pointer there."""
        self.ask("POST", self.session + "/actions", {"actions": [{
            "type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
            "actions": [{"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y)}]}]})

    def picture(self, path):
        """The whole page as PNG."""
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def paper(self, path):
        """The page as PDF, A4."""
        made = self.cdp("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=False)
        with open(path, "wb") as file:
            file.write(base64.b64decode(made["data"]))

    def log(self, kind):
        """New entries of a log: browser, performance."""
        return self.ask("POST", self.session + "/se/log", {"type": kind})
