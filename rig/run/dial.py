#!/usr/bin/env python3
"""A displacement sensor at a simulated printer's nozzle, which logs all the time: by how much is it higher behind an outage than before it?

SPDX-License-Identifier: MIT

usage: dial.py CONTROL_SOCKET FILE [PERIOD_S]
Reads where the tip truly is beside where it was commanded (plr-sim serve: pose), while the machine prints. What it read in the time of a
layer or so before the cut, and as long behind the recovery, is kept; the difference of both means goes into FILE, which a bench's gauge
of kind cmd reads. It knows nothing of the verdict, the deposits or the twin.
"""

import collections
import json
import os
import socket
import sys
import time

READINGS = 20 # two seconds apart they cover more than a layer of the tower: the head has been everywhere


class Control:
    """The control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw")

    def ask(self, verb):
        self.file.write(verb + "\n")
        self.file.flush()
        return json.loads(self.file.readline())


def write(path, before, after):
    with open(path + ".new", "w") as out:
        out.write(f"{(sum(after) / len(after) - sum(before) / len(before)) / 1000:.1f}um\n")
    os.rename(path + ".new", path)


def log(control, path, period_s):
    before, after, cuts = collections.deque(maxlen=READINGS), [], 0
    while len(after) < READINGS:
        time.sleep(period_s)
        status = control.ask("status")
        if status["state"] != "printing" or status["layer"] < 0:
            continue
        if status["cuts"] != cuts: # of several cuts the last one counts
            cuts, after = status["cuts"], []
        (after if cuts else before).append(control.ask("pose")["z_offset_nm"])
    write(path, before, after)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        log(Control(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) == 4 else 2)
    except (BrokenPipeError, ConnectionError, json.JSONDecodeError):
        sys.exit("dial.py: the printer is gone")


if __name__ == "__main__":
    main()
