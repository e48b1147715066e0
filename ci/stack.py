# Worst-case stack over the call graph that GCC writes with -fcallgraph-info=su: "BYTES (`entry` > ... )".
# SPDX-License-Identifier: MIT
"""A call through a pointer may reach every function of the same file that nobody calls by name (tables of handlers).
What lies outside the core (the port's functions, memcpy, 64-bit division) is not counted. Recursion is an error."""
import re
import sys

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


def read(paths):
    frames, calls, home = {}, {}, {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        local = set()
        for title, label in NODE.findall(text):
            found = re.search(r"\\n(\d+) bytes \((static|dynamic|dynamic,bounded)\)", label)
            if found:
                if found.group(2) == "dynamic":
                    sys.exit(f"stack.py: {title} has a frame without bound")
                frames[title] = int(found.group(1))
                home[title] = path
                local.add(title)
        for source, target in EDGE.findall(text):
            calls.setdefault(source, set()).add(target)
    called = {target for targets in calls.values() for target in targets}
    for source, targets in calls.items():
        if "__indirect_call" in targets:
            # static functions have titles with their file in front; nobody names these, so a table does
            targets |= {name for name in frames
                        if home[name] == home.get(source) and name not in called and ":" in name}
    return frames, calls


def deepest(name, frames, calls, known, above):
    if name in above:
        sys.exit("stack.py: recursion: " + " > ".join(above + [name]))
    if name not in known:
        below = [deepest(target, frames, calls, known, above + [name])
                 for target in sorted(calls.get(name, ())) if target in frames]
        size, path = max(below, default=(0, []), key=lambda entry: entry[0])
        known[name] = (frames[name] + size, [name] + path)
    return known[name]


def main():
    frames, calls = read(sys.argv[1:])
    known = {}
    size, path = max((deepest(name, frames, calls, known, []) for name in sorted(frames)),
                     key=lambda entry: entry[0])
    names = [name.split(":")[-1] for name in path]
    print(f"{size} (`{names[0]}` … `{names[-1]}`, {len(names)} calls deep)")


if __name__ == "__main__":
    main()
