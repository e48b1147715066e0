# The standard set of sweeps of ci/sweeps.toml: running them, one row each, and the marks that they came by together.
# SPDX-License-Identifier: MIT
"""usage: see ci/sweep --help"""
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib

import blocks

HEAD = ["sweep", "cuts", "resumed", "nothing to resume", "refused", "failed", "Z p95 / max, um", "cuts/s", "exit code"]
# Single runs whose marks count, too: two cuts in one run, a job that is cancelled ...
SCENARIOS = ["scenarios/*.yaml", "scenarios/rare/*.yaml", "scenarios/tear/*.yaml"]


def load():
    """Name to row, in the file's order."""
    with open(blocks.ROOT / "ci" / "sweeps.toml", "rb") as file:
        return tomllib.load(file)


def run(sim, args, timeout=None):
    """Returns exit code, the report (None: none was written) and the text for people. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "out.json"
        done = subprocess.run([sim, "sweep", *args, "--json", str(path)], cwd=blocks.ROOT, capture_output=True,
                              text=True, timeout=timeout)
        report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return done.returncode, report, done.stdout + done.stderr


def row(title, code, report):
    if report is None:
        return [title, *["-"] * (len(HEAD) - 2), code]
    results, z = report["results"], report["population"]["z_offset_error_um"]
    return [title, report["cuts"], results["resumed"], results["nothing_to_resume"], results["refused"],
            report["outcomes"]["fail"], f"{z['p95']} / {z['max']}", report["host"]["cuts_per_second"], code]


def line(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def count_runs(sim, jobs, marks):
    """Run every scenario once. Returns how many did not pass."""
    files = sorted(str(path.relative_to(blocks.ROOT)) for pattern in SCENARIOS for path in blocks.ROOT.glob(pattern))
    bad = 0
    for file, report in zip(files, blocks.run_all(sim, jobs, [[file] for file in files], allowed=(0,))):
        if isinstance(report, str):
            print(f"{file}: {report}")
            bad += 1
            continue
        for name in report["marks"]:
            marks[name] = marks.get(name, 0) + 1
    print(f"{len(files)} scenarios once each, {bad} did not pass")
    return bad


def unreached(marks):
    """Say which marks nothing came by. Returns how many."""
    missing = [name for name, count in marks.items() if not count]
    print(f"marks of the core: {len(marks) - len(missing)} of {len(marks)} reached, {len(missing)} never")
    for name in missing:
        print(f"  never reached: {name}")
    return len(missing)


def main(sim, jobs, night, *names):
    rows, marks, failed = load(), {}, 0
    wrong = [name for name in names if name not in rows]
    if wrong:
        raise blocks.Trouble(f"there is no sweep '{wrong[0]}' (those there are: {' '.join(rows)})")
    print(line(HEAD))
    print("|---|" + "--:|" * (len(HEAD) - 1))
    for name, what in rows.items():
        if names and name not in names or not names and what.get("night") and night != "yes":
            continue
        code, report, text = run(sim, [*what["args"], "--jobs", jobs])
        print(line(row(what["title"], code, report)), flush=True)
        if code != what.get("exit", 0):
            failed += 1
            print(text)
        for mark, count in (report or {"marks": {}})["marks"].items():
            marks[mark] = marks.get(mark, 0) + count
    print(f"{failed} sweeps did not end as they must")
    if not names: # a part of the set need not come by all marks
        failed += count_runs(sim, int(jobs), marks)
        failed += unreached(marks)
    return failed != 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (blocks.Trouble, OSError) as trouble:
        print(f"ci/sweep: {trouble}", file=sys.stderr)
        sys.exit(2)
