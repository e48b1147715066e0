# Blocks between marker lines in Markdown files, and runs of plr-sim, for ci/tables and ci/ablation.
# SPDX-License-Identifier: MIT
"""A block NAME lies between the lines <!-- NAME:begin --> and <!-- NAME:end -->. Standard library only."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Trouble(Exception):
    """Something the caller should print and end with."""


def find(text, name, where):
    """(begin, end) of what lies between the markers; both exactly once, on lines of their own."""
    spans = [[m.span() for m in re.finditer(rf"^<!-- {re.escape(name)}:{side} -->$", text, re.M)]
             for side in ("begin", "end")]
    if len(spans[0]) != 1 or len(spans[1]) != 1 or spans[0][0][1] > spans[1][0][0]:
        raise Trouble(f"{where}: wants the lines <!-- {name}:begin --> and <!-- {name}:end --> once each, in this order")
    return spans[0][0][1], spans[1][0][0]


def read(file, name):
    text = (ROOT / file).read_text(encoding="utf-8")
    begin, end = find(text, name, file)
    return text[begin:end].strip("\n")


def write(file, name, block):
    """Put the block between its markers; the file changes in one step or not at all."""
    path = ROOT / file
    text = path.read_text(encoding="utf-8")
    begin, end = find(text, name, file)
    new = text[:begin] + "\n" + block.strip("\n") + "\n" + text[end:]
    if new == text:
        return
    mode = path.stat().st_mode & 0o777
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as out:
        out.write(new)
    os.chmod(out.name, mode)
    os.replace(out.name, path)


def table(head, align, rows):
    """A Markdown table; align holds one of l, r for each column."""
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in [head, *rows]]
    lines.insert(1, "|" + "|".join("---" if a == "l" else "--:" for a in align) + "|")
    return "\n".join(lines)


def columns(block):
    """Cells of a table's head line, and how many rows stand below it; ([], 0) when there is no table."""
    lines = [line for line in block.splitlines() if line.startswith("|")]
    if len(lines) < 2 or not re.fullmatch(r"\|[\s:|-]+\|", lines[1]):
        return [], 0
    return [cell.strip() for cell in lines[0].strip("|").split("|")], len(lines) - 2


def run(sim, *operands, allowed=(0, 1)):
    """One run's report as a dict, or a text with the reason when the exit code is none of the allowed."""
    done = subprocess.run([sim, *operands, "--json", "-", "--no-host", "--quiet"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode in allowed and done.stdout:
        return json.loads(done.stdout)
    lines = done.stderr.strip().splitlines()
    return lines[0] if lines else f"exit code {done.returncode}"


def run_all(sim, jobs, operands, allowed=(0, 1)):
    """Many runs, as many at a time as there are jobs, in order."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda some: run(sim, *some, allowed=allowed), operands))
