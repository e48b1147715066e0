#!/usr/bin/env python3
"""The view's real window under Xvfb, with real key and mouse events: what is on the screen is what a screenshot has, pixel for pixel.

SPDX-License-Identifier: MIT

usage: window.py PLR_SIM
Skipped (exit status 77) where Xvfb or xdotool is missing, or plr-sim has no window or writes no PNG.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SCENARIO = ["scenarios/voron24_unusual_modes.yaml", "--set", "sim.gantry=quasistatic"]
WIDTH, HEIGHT, PATIENCE_S = 1040, 660, 60


def fail(what):
    sys.exit(f"FAIL: {what}")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def unfiltered(kind, row, above):
    """A row of a PNG file as it was before its filter (1 left, 2 up, 3 mean, 4 Paeth), three bytes a pixel."""
    if kind == 2:
        return bytearray((a + b) & 255 for a, b in zip(row, above))
    out = bytearray(row)
    for i in range(len(out)):
        left, up = out[i - 3] if i >= 3 else 0, above[i]
        if kind == 1:
            by = left
        elif kind == 3:
            by = (left + up) // 2
        else:
            corner = above[i - 3] if i >= 3 else 0
            p = left + up - corner
            a, b, c = abs(p - left), abs(p - up), abs(p - corner)
            by = left if a <= b and a <= c else up if b <= c else corner
        out[i] = (out[i] + by) & 255
    return out


def read_png(path):
    """(width, height, RGB bytes) of what plr-sim writes."""
    with open(path, "rb") as file:
        data = file.read()
    width, height = struct.unpack(">II", data[16:24])
    packed, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, rows, above = zlib.decompress(packed), [], bytearray(3 * width)
    for y in range(height):
        line = raw[y * (3 * width + 1) : (y + 1) * (3 * width + 1)]
        above = bytearray(line[1:]) if line[0] == 0 else unfiltered(line[0], line[1:], above)
        rows.append(bytes(above))
    return width, height, b"".join(rows)


class Screen:
    """A display of our own, whose pixels lie in a file."""

    def __init__(self, folder):
        self.folder = folder
        out, into = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(into), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", folder, "-nolisten", "tcp"],
            pass_fds=[into], stderr=subprocess.DEVNULL)
        os.close(into)
        with os.fdopen(out) as told:
            self.display = ":" + told.readline().strip()

    def environment(self):
        return {**os.environ, "DISPLAY": self.display, "SDL_VIDEODRIVER": "x11", "ASAN_OPTIONS": "detect_leaks=0"}

    def pixels(self, width, height):
        """RGB bytes of the upper left part of the screen."""
        with open(f"{self.folder}/Xvfb_screen0", "rb") as file:
            data = file.read()
        head = struct.unpack(">25I", data[:100])
        begin, line = head[0] + 12 * head[19], head[12]
        if head[7] != 0 or head[11] != 32:
            skip("this Xvfb has pixels of another kind")
        rows = []
        for y in range(height):
            row = data[begin + y * line : begin + y * line + 4 * width]
            rgb = bytearray(3 * width)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
            rows.append(bytes(rgb))
        return b"".join(rows)

    def colours(self, width, height):
        rgb = self.pixels(width, height)
        return len({rgb[i : i + 3] for i in range(0, len(rgb), 3)})

    def do(self, *words):
        """Keys and mouse, through the X server."""
        subprocess.run(["xdotool", *[str(w) for w in words]], env=self.environment(), check=True, stdout=subprocess.DEVNULL)

    def wait(self, what, good):
        """Until good(pixels of the screen)."""
        until = time.monotonic() + PATIENCE_S
        while not good():
            if time.monotonic() > until:
                fail(what)
            time.sleep(0.1)

    def close(self):
        self.server.terminate()
        self.server.wait()


class View:
    """plr-sim with its window, and what is expected of it."""

    def __init__(self, screen, sim, trace, folder):
        self.screen, self.folder, self.known = screen, folder, set()
        self.size = (WIDTH, HEIGHT)
        self.program = subprocess.Popen(
            [sim, "view", trace, "--at", "cut", "--size", f"{WIDTH}x{HEIGHT}", "--scale", "100"],
            cwd=folder, env=screen.environment(), stderr=subprocess.DEVNULL)

    def shows(self, picture):
        return self.screen.pixels(*self.size) == picture

    def expect(self, what, picture):
        self.screen.wait(f"{what}: the screen is not what it should be", lambda: self.shows(picture))

    def expect_other(self, what, picture):
        self.screen.wait(f"{what}: the screen stays as it was", lambda: not self.shows(picture))

    def shot(self, what):
        """Press s: the file that appears has the pixels of the screen. Returns them."""
        before = set(os.listdir(self.folder))
        self.screen.do("key", "s")
        self.screen.wait(f"{what}: no picture was written", lambda: self.fresh(before))
        name = self.fresh(before)[0]
        width, height, picture = read_png(f"{self.folder}/{name}")
        os.unlink(f"{self.folder}/{name}")
        if (width, height) != self.size:
            fail(f"{what}: the picture is {width}x{height}, the window {self.size}")
        self.expect(what, picture)
        return picture

    def shots_of_one_instant(self):
        """Pictures of one instant do not take each other's place."""
        before = set(os.listdir(self.folder))
        for count in (1, 2, 3):
            self.screen.do("key", "s")
            self.screen.wait(f"{count} pictures of an instant", lambda: len(self.fresh(before)) == count)
        for name in self.fresh(before):
            os.unlink(f"{self.folder}/{name}")

    def fresh(self, before):
        return [name for name in set(os.listdir(self.folder)) - before if name.endswith(".png")]


def drive(view, screen, pictures):
    """Everything an operator does. `pictures` are screenshots made without a display."""
    view.expect("--at cut", pictures["cut"])
    screen.do("search", "--sync", "--onlyvisible", "--name", "plr-sim", "windowfocus")
    screen.do("key", "n")
    view.expect_other("n", pictures["cut"])
    view.shot("n")
    view.shots_of_one_instant()
    screen.do("key", "c")
    view.expect("c", pictures["cut"])
    screen.do("key", "h")
    view.expect_other("h", pictures["cut"])
    screen.do("key", "Escape")
    view.expect("Escape closes help", pictures["cut"])
    screen.do("key", "End")
    view.expect("End", pictures["end"])
    screen.do("key", "c", "space")
    view.expect_other("space plays", pictures["cut"])
    screen.do("key", "space", "Home")
    screen.do("mousemove", WIDTH // 3, HEIGHT - 45, "click", 1)
    scrubbed = view.shot("a click on Run")
    screen.do("mousemove", WIDTH * 6 // 10, 200, "click", 4)
    view.expect_other("the wheel on Top", scrubbed)
    zoomed = view.shot("the wheel on Top")
    screen.do("mousemove", WIDTH * 6 // 10, 200, "mousedown", 1, "mousemove", WIDTH * 6 // 10 + 30, 220, "mouseup", 1)
    view.expect_other("dragging Top", zoomed)
    view.size = (980, 620)
    screen.do("search", "--name", "plr-sim", "windowsize", *view.size)
    time.sleep(0.5)
    smaller = view.shot("a smaller window")
    # far too small for any text: scaled down, and as before when there is room again
    before, tiny = screen.pixels(300, 200), (300, 200)
    screen.do("search", "--name", "plr-sim", "windowsize", *tiny)
    screen.wait("a tiny window shows nothing", lambda: screen.pixels(*tiny) != before and screen.colours(*tiny) > 20)
    screen.do("mousemove", 296, 186, "click", 1)  # the right end of Run
    screen.do("search", "--name", "plr-sim", "windowsize", *view.size)
    view.expect_other("a click on a tiny Run", smaller)
    at_end = view.shot("from tiny to large")
    screen.do("key", "End")
    view.expect("a click on a tiny Run", at_end)
    screen.do("key", "q")
    if view.program.wait(timeout=PATIENCE_S) != 0:
        fail("q does not end it well")


def screenshots(sim, trace, folder):
    """Pictures by --screenshot, without a display; whether there is one must not matter."""
    plain = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    pictures = {}
    for at in ("cut", "end"):
        path = f"{folder}/{at}.png"
        made = subprocess.run([sim, "view", trace, "--screenshot", path, "--at", at, "--size", f"{WIDTH}x{HEIGHT}"], env=plain,
                              stderr=subprocess.PIPE, text=True)
        if "without libpng" in made.stderr:
            skip(made.stderr.strip())
        if made.returncode != 0:
            fail(f"--screenshot: {made.stderr}")
        pictures[at] = read_png(path)[2]
        os.unlink(path)
    without_display(sim, trace, plain)
    return pictures


def without_display(sim, trace, plain):
    """No window, exit status 2: also when SDL would fall back to a driver that shows nothing."""
    for driver, said in (({}, "no display: use --screenshot"), ({"SDL_VIDEODRIVER": "x11"}, "no window")):
        try:
            none = subprocess.run([sim, "view", trace], env={**plain, **driver}, stderr=subprocess.PIPE, text=True, timeout=10)
        except subprocess.TimeoutExpired:
            fail(f"without a display {driver}: it runs for ever")
        if "without SDL2" in none.stderr:
            skip(none.stderr.strip())
        if none.returncode != 2 or said not in none.stderr:
            fail(f"without a display {driver}: exit status {none.returncode}, {none.stderr}")


def main():
    sim = os.path.abspath(sys.argv[1])
    for tool in ("Xvfb", "xdotool"):
        if not shutil.which(tool):
            skip(f"there is no {tool}")
    with tempfile.TemporaryDirectory() as folder:
        trace = f"{folder}/run.trace"
        subprocess.run([sim, *SCENARIO, "--trace", trace, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        pictures = screenshots(sim, trace, folder)
        screen = Screen(folder)
        view = None
        try:
            view = View(screen, sim, trace, folder)
            drive(view, screen, pictures)
        finally:
            if view and view.program.poll() is None:
                view.program.kill()
            screen.close()
    print("the window shows what screenshots have")


if __name__ == "__main__":
    main()
