# What ci/fuzz --keep runs: chooses the few small inputs of a fuzz target that together cover most.
# SPDX-License-Identifier: MIT
"""usage: fuzz.py PROGRAM INTO FOLDER...
libFuzzer's merge says which edges each input of the folders covers. Inputs are taken greedily, rich and small ones first, until
nothing new is left or the budget is spent; they are named by their content."""
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

BYTES = 6144  # of a whole corpus: the tree stays small
LARGEST = 1024
FILES = 48
EDGE = 8  # an edge is worth so many finer features (how often, in which order)


def edges_of(program, folders):
    """[(path, set of edges)] from the merge's control file."""
    with tempfile.TemporaryDirectory() as work:
        control, out = f"{work}/control", pathlib.Path(work, "out")
        out.mkdir()
        subprocess.run([program, "-merge=1", f"-merge_control_file={control}", f"-max_len={LARGEST}", out, *folders],
                       check=True, capture_output=True)
        lines = pathlib.Path(control).read_text(encoding="utf-8").split("\n")
    count = int(lines[0])
    paths, found = lines[2:2 + count], {}
    for line in lines[2 + count:]:
        match = re.fullmatch(r"(?:FT|COV) (\d+)((?: \d+)*)", line)
        if match:  # features are finer than edges; both count
            found.setdefault(int(match[1]), set()).update((line[0], x) for x in match[2].split())
    return [(paths[i], edges) for i, edges in found.items()]


def worth(new):
    return sum(EDGE if kind == "C" else 1 for kind, _ in new)


def choose(inputs):
    chosen, covered, room = [], set(), BYTES
    pool = [(pathlib.Path(path).read_bytes(), edges) for path, edges in sorted(inputs)]
    pool = [(data, edges) for data, edges in pool if 0 < len(data) <= LARGEST]
    while pool and len(chosen) < FILES:
        data, edges = max(pool, key=lambda entry: (worth(entry[1] - covered) / (len(entry[0]) + 200), entry[0]))
        if not edges - covered:
            break
        pool = [entry for entry in pool if entry[0] != data]
        if len(data) <= room:
            chosen.append(data)
            covered |= edges
            room -= len(data)
    return chosen


def main():
    program, into, *folders = sys.argv[1:]
    chosen = choose(edges_of(program, folders))
    target = pathlib.Path(into)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    for data in chosen:
        (target / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
    print(f"{target.name}: {len(chosen)} inputs, {sum(map(len, chosen))} bytes")


if __name__ == "__main__":
    main()
