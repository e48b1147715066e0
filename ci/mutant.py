# What ci/mutant runs: a mutated copy of one source file, plr-sim linked with it, and the sweeps that must turn red.
# SPDX-License-Identifier: MIT
"""usage: see ci/mutant --help"""
import csv
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor

import blocks
import sweeps

FOLDER = blocks.ROOT / "ci" / "mutants"
IDENTITY = "identity"
KEYS = {"about", "file", "find", "replace", "sweeps"}
HEAD = ["mutant", "what is wrong", "killed by the sweep", "what turns red", "cuts until red", "seconds"]
RED = {1: "fails", 4: "never finishes", 5: "contradicts itself"} # exit codes of a sweep that is no error of ours
TIMEOUT_S = 900


def load(name):
    try:
        with open(FOLDER / f"{name}.toml", "rb") as file:
            mutant = tomllib.load(file)
    except FileNotFoundError:
        raise blocks.Trouble(f"there is no mutant '{name}' (try --list)") from None
    if set(mutant) != KEYS:
        raise blocks.Trouble(f"ci/mutants/{name}.toml: wants the keys {', '.join(sorted(KEYS))}, has {', '.join(sorted(mutant))}")
    return mutant


def names():
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def mutated(name, mutant):
    """The source file's text with the defect in it."""
    text = (blocks.ROOT / mutant["file"]).read_text(encoding="utf-8")
    count = text.count(mutant["find"])
    if count != 1:
        raise blocks.Trouble(f"ci/mutants/{name}.toml: what it looks for is {count} times in {mutant['file']}, not once")
    if (name == IDENTITY) != (mutant["find"] == mutant["replace"]):
        raise blocks.Trouble(f"ci/mutants/{name}.toml: only '{IDENTITY}' changes nothing")
    return text.replace(mutant["find"], mutant["replace"])


def compile_command(build, source):
    """How the build compiles this file into the library plr."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    for entry in commands:
        command = entry.get("arguments") or shlex.split(entry["command"])
        if pathlib.Path(entry["file"]) == source and "plr.dir" in command[command.index("-o") + 1]:
            return command, entry["directory"]
    raise blocks.Trouble(f"{build}/compile_commands.json: does not compile {source.relative_to(blocks.ROOT)}")


def link_command(build):
    """How the build links plr-sim, and where it does."""
    text = build / "sim" / "CMakeFiles" / "plr-sim.dir" / "link.txt"
    if text.exists(): # Makefiles
        return shlex.split(text.read_text(encoding="utf-8")), build / "sim"
    done = subprocess.run(["ninja", "-C", build, "-t", "commands", "sim/plr-sim"], capture_output=True, text=True, check=True)
    words = shlex.split(done.stdout.strip().splitlines()[-1])
    return [word for word in words[2:-2]], build # ": && link && :"


def call(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise blocks.Trouble(f"{shlex.join(map(str, command))}\n{done.stderr}")


def make(build, name, mutant, folder):
    """Compile the mutated copy and link plr-sim with it. Returns the program."""
    source, thing = blocks.ROOT / mutant["file"], folder / "mutated.o"
    copy = folder / source.name
    copy.write_text(mutated(name, mutant), encoding="utf-8")
    command, where = compile_command(build, source)
    command[command.index("-o") + 1] = str(thing)
    command = [str(copy) if pathlib.Path(where, word) == source else word for word in command]
    call([*command, "-w"], where) # what a defect leaves unused is no mistake
    command, where = link_command(build)
    at = command.index("-o")
    # before the libraries: none of the archive's own object is taken then
    call([*command[:at], "-o", str(folder / "plr-sim"), str(thing), *command[at + 2:]], where)
    return folder / "plr-sim"


def what_failed(report, curve):
    """The first failure, in words."""
    with open(curve, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bad = [row for row in rows if row["outcome"] in ("fail", "error")]
    failure = report["failures"][0] if report["failures"] else None
    if bad and (failure is None or failure["measure"] == "result"):
        return bad[0]["result"].replace("_", " ")
    if failure and failure["measure"] in ("state", "window"):
        return f"the {failure['measure']}"
    if failure:
        value = "unknown" if failure["value"] is None else f"{failure['value']:,}"
        return f"`{failure['measure']}` {value}"
    return next((f"p95 of `{name}` {m['p95']:,}" for name, m in report["population"].items() if m["outcome"] == "fail"), "?")


def attempt(program, name, sweep, folder):
    """Make one sweep. Returns None when it stays green, else what turned red and after how many cuts."""
    curve = folder / "curve.csv"
    args = [*sweep["args"], "--jobs", "1", "--stop-after", "1", "--csv", str(curve)]
    try:
        code, report, text = sweeps.run(program, args, TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"no end in {TIMEOUT_S} s", "-"
    if code == 0:
        return None
    if report is None and code in (5, -6): # an assertion ends all
        return "assertion", "-"
    if report is None or code not in RED:
        raise blocks.Trouble(f"{name}: exit code {code}\n{text}")
    return what_failed(report, curve) if code != 5 else RED[code], report["cuts"]


def judge(build, name, mutant, chosen, rows):
    """Returns a row of the table; its third cell is None when the mutant survives."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program, begin = make(build, name, mutant, folder), time.monotonic()
        for sweep in chosen:
            red = attempt(program, name, rows[sweep], folder)
            if red:
                return [name, mutant["about"], sweep, *red, f"{time.monotonic() - begin:.1f}"]
    return [name, mutant["about"], None, f"nothing in {', '.join(chosen)}", "-", f"{time.monotonic() - begin:.1f}"]


def hunt(build, jobs, wanted, given, quick):
    """Rows of all that is wanted, in that order."""
    rows = sweeps.load()
    mutants = {name: load(name) for name in wanted}
    for name, mutant in mutants.items():
        mutated(name, mutant) # what does not fit is said before anything runs
        wrong = [sweep for sweep in [*mutant["sweeps"], *given] if sweep not in rows or rows[sweep].get("exit", 0)]
        if wrong:
            raise blocks.Trouble(f"{name}: there is no sweep '{wrong[0]}' that is green without a mutant")

    def one(name, chosen):
        return judge(build, name, mutants[name], chosen, rows)
    with ThreadPoolExecutor(jobs) as pool:
        made = list(pool.map(lambda name: one(name, given or mutants[name]["sweeps"]),
                             [name for name in wanted if name != IDENTITY]))
        if IDENTITY in mutants: # with whatever killed
            own = mutants[IDENTITY]["sweeps"]
            killers = given or (own if quick else [name for name in rows if name in {row[2] for row in made}]) or own
            parts = list(pool.map(lambda sweep: one(IDENTITY, [sweep]), killers))
            died = [part for part in parts if part[2]]
            seconds = sum(float(part[5]) for part in parts)
            about = mutants[IDENTITY]["about"]
            made += died[:1] or [[IDENTITY, about, None, f"nothing in {len(killers)} sweep{'s' * (len(killers) > 1)}, as it must be", "-", f"{seconds:.1f}"]]
    return made


def main(build, jobs, *words):
    given = [words[i + 1] for i, word in enumerate(words) if word == "--sweep"]
    wanted = [word for i, word in enumerate(words) if not word.startswith("--") and (i == 0 or words[i - 1] != "--sweep")]
    if "--list" in words:
        for name in names():
            print(f"{name:24} {load(name)['about']}")
        return 0
    if "--all" in words:
        wanted = [name for name in names() if name != IDENTITY] + [IDENTITY]
    made = hunt(pathlib.Path(build), int(jobs), wanted, given, "--quick" in words)
    print(blocks.table(HEAD, "llllrr", [[*row[:2], row[2] or "-", *row[3:]] for row in made]))
    if "--table" not in words:
        survivors = [row[0] for row in made if row[2] is None and row[0] != IDENTITY]
        died = [row[0] for row in made if row[0] == IDENTITY and row[2]]
        mutants = sum(row[0] != IDENTITY for row in made)
        print(f"{mutants - len(survivors)} of {mutants} mutants killed" + (f"; survived: {', '.join(survivors)}" if survivors else ""))
        if died:
            print(f"{IDENTITY} died: the sweep is red without a mutant")
    return any((row[2] is None) != (row[0] == IDENTITY) for row in made)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (blocks.Trouble, OSError, subprocess.CalledProcessError) as trouble:
        print(f"ci/mutant: {trouble}", file=sys.stderr)
        sys.exit(2)
