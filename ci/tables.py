# What ci/tables runs: makes the tables of README.md from runs of plr-sim, or checks that they have their shape.
# SPDX-License-Identifier: MIT
"""usage: see ci/tables --help"""
import difflib
import json
import subprocess
import sys

import blocks
import defects
import mutant

HEADLINE = "scenarios/voron24_cut.yaml"
LAYERS = [1, 2, 5, 20, 61, 100]
SEEDS = 200

# The field's plugin itself, unmodified, on real klippy with a simulated board: fourteen cuts with its default options.
# Z, its range, tilt and dive with the offsets that its own calibration stores; nobody measured hits of a real machine.
FIELD_Z_UM = 815
FIELD = ["the real plugin¹", f"**{FIELD_Z_UM}** (757 to 865)", "1157", "85 to 830", "3.2 to 31.2", "1.7 to 17.3", "below 0 / ?", "58", "resumed"]

NAIVE = ["cut in layer", "device", "Z error, um", "tilt, um", "path twice, mm", "filament twice, mm", "state age, s",
         "dive, um / hits", "hot dwell, s", "verdict"]
SCENARIOS = ["scenario", "core", "Z error, um", "verdict", "naive", "Z error, um", "verdict"]
# The guide's advice on interval, history and delay, each on a machine without a power-fail input and without progress ticks: only
# full saves. Five cuts each; overlap is what is printed twice.
RECOMMENDED = [(30, 3, 2, "rigid frame (Voron)"), (60, 3, 2, "the same, saving less"), (120, 3, 2, "very long prints"),
               (30, 5, 3, "moving bed (Prusa)"), (30, 3, 1, "light direct drive"), (5, 3, 2, "often"), (30, 3, 0, "no delay")]
INTERVALS = ["save_interval, s", "history_size", "save_delay", "advice for", "overlap with layer saves, mm: median (max)",
             "overlap without, mm: median (max)", "memory, kB/h with / without"]
CUT_LAYERS = [3, 20, 61, 100, 140]

POPULATION = ["measure, of its absolute value", "p50", "p95", "max", "limit p95", "verdict"]

# block: (file, columns, at least so many rows); no columns: no table
SHAPES = {
    "headline": ("README.md", None, 1),
    "naive": ("README.md", NAIVE, 2 * len(LAYERS) + 1),
    "scenarios": ("README.md", SCENARIOS, 20),
    "population": ("README.md", POPULATION, 10),
    "intervals": ("docs/KLIPPER.md", INTERVALS, len(RECOMMENDED)),
    "size": ("README.md", ["core, `-Os`", "flash, bytes", "static RAM", "`struct plr`", "of it the journal",
                           "worst-case stack, bytes", "instructions per power-fail save",
                           "when it brakes four lines on"], 2),
    "bench": ("README.md", None, 4),
    "mutants": ("README.md", mutant.HEAD, 20),
    "defects": ("docs/DEFECTS.md", defects.HEAD, len(defects.FIELD)),
    "ablation": ("docs/PHYSICS.md", None, 10),
}


def value(report, name):
    return report["measures"][name]["value"]


def shown(number, scale=1, digits=0):
    return "-" if number is None else f"{number / scale:.{digits}f}"


def naive_row(layer, report):
    if isinstance(report, str):
        return [layer, "?", report, *["-"] * 7]
    z = report["measures"]["z_offset_error_um"]
    spread = f"**{z['value']}** ({z['min']} to {z['max']})" if z["value"] is not None else "-"
    return [layer, report["dut"], spread, shown(value(report, "gantry_tilt_um")),
            shown(value(report, "seam_overlap_um"), 1000, 1), shown(value(report, "seam_overlap_filament_um"), 1000, 1),
            shown(value(report, "state_age_ms"), 1000, 1),
            f"{shown(value(report, 'dive_um'))} / {shown(value(report, 'collisions'))}",
            shown(value(report, "hot_dwell_ms"), 1000, 1), f"{report['result']}, {report['outcome']}"]


def naive(sim, jobs):
    at = [(layer, dut) for layer in LAYERS for dut in ("core", "naive")]
    reports = blocks.run_all(sim, jobs, [[HEADLINE, "--set", f"power[0].at.layer={layer}", "--set", f"dut={dut}"]
                                         for layer, dut in at])
    rows = [naive_row(layer, report) for (layer, _), report in zip(at, reports)]
    return blocks.table(NAIVE, "rlrrrrrrrl", [*rows, ["7 layers²", *FIELD]])


def half(report):
    """Three cells: what a device made of a scenario."""
    if isinstance(report, str):
        return ["cut never fires" if "never fires" in report else report, "-", "-"]
    said = report["result"].replace("_", " ")
    reason = report["reason"].split(":")[0]
    return [f"{said}: `{reason}`" if reason else said, shown(value(report, "z_offset_error_um")), report["outcome"]]


def scenarios(sim, jobs):
    files = sorted(path.relative_to(blocks.ROOT) for path in (blocks.ROOT / "scenarios").glob("*.yaml"))
    ask = [[str(file), *more] for file in files for more in ([], ["--set", "dut=naive"])]
    halves = [half(report) for report in blocks.run_all(sim, jobs, ask)]
    rows = [[f"[{file.stem}]({file})", *halves[2 * i], *halves[2 * i + 1]] for i, file in enumerate(files)]
    good = [sum(cells[2] in ("pass", "marginal") for cells in halves[side::2]) for side in (0, 1)]
    return (f"Of {len(files)} scenarios core passes {good[0]}, naive {good[1]}.\n\n"
            "<details><summary>all of them</summary>\n\n" + blocks.table(SCENARIOS, "llrllrl", rows) + "\n\n</details>")


def overlap(reports):
    """Median and worst of what was printed twice, in mm, and the memory written, kB/h; what found nothing to resume is said."""
    twice = sorted(value(report, "seam_overlap_um") for report in reports if value(report, "seam_overlap_um") is not None)
    lost = len(reports) - len(twice)
    wear = sum(value(report, "nv_bytes_per_hour") for report in reports) / len(reports)
    worst = f"{shown(twice[len(twice) // 2], 1000)} ({shown(twice[-1], 1000)})" if twice else "-"
    return worst + (f", {lost} of {len(reports)} lost" if lost else ""), shown(wear, 1000)


def intervals(sim, jobs):
    plain = ["scenarios/voron24_no_input.yaml", "--set", "plr.tick_interval=0s"]
    ask = [[*plain, "--set", f"plr.save_interval={interval}s", "--set", f"plr.history_size={history}", "--set",
            f"plr.save_delay={delay}", "--set", f"plr.save_on_layer={layers}", "--set", f"power[0].at.layer={layer}"]
           for interval, history, delay, _ in RECOMMENDED for layers in ("true", "false") for layer in CUT_LAYERS]
    reports, many, rows = blocks.run_all(sim, jobs, ask), len(CUT_LAYERS), []
    for i, (interval, history, delay, advice) in enumerate(RECOMMENDED):
        with_layers, without = (overlap(reports[(2 * i + side) * many:(2 * i + side + 1) * many]) for side in (0, 1))
        rows.append([interval, history, delay, advice, with_layers[0], without[0], f"{with_layers[1]} / {without[1]}"])
    return blocks.table(INTERVALS, "rrrlrrr", rows)


def population(sim, _jobs):
    done = subprocess.run([sim, HEADLINE, "--seeds", str(SEEDS), "--json", "-", "--no-host", "--quiet"], cwd=blocks.ROOT,
                          capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise blocks.Trouble(f"{SEEDS} seeds: exit code {done.returncode}: {done.stderr.strip()}")
    sweep = json.loads(done.stdout)
    rows = [[f"`{name}`", m["p50"], m["p95"], m["max"], "-" if m["limit"] is None else m["limit"], m["outcome"].replace("_", " ")]
            for name, m in sweep["population"].items() if m["p95"] is not None]

    def counts(name):
        return ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in sweep[name].items() if n)
    return (f"{sweep['runs']} seeds of the headline scenario: {counts('results')}; verdicts: {counts('outcomes')}.\n\n"
            + blocks.table(POPULATION, "lrrrrl", rows))


def try_examples(sim):
    """The example scenario of each page must pass as it stands there."""
    for page in ("README.md", "docs/SCENARIOS.md"):
        example = (blocks.ROOT / page).read_text(encoding="utf-8").split("```yaml\n", 1)[1].split("```", 1)[0]
        file = blocks.ROOT / "build" / "my_cut.yaml"  # as deep as scenarios/, for its relative paths
        file.parent.mkdir(exist_ok=True)
        file.write_text(example, encoding="utf-8")
        report = blocks.run(sim, str(file.relative_to(blocks.ROOT)))
        if isinstance(report, str) or report["outcome"] != "pass":
            raise blocks.Trouble(f"the example of {page} does not pass: {report if isinstance(report, str) else report['why']}")


def headline(sim, _jobs):
    try_examples(sim)
    report = blocks.run(sim, HEADLINE)
    if isinstance(report, str):
        raise blocks.Trouble(report)
    return f"```sh\nplr-sim '{report['id']}'\n```"


MAKERS = {"headline": headline, "naive": naive, "scenarios": scenarios, "population": population,
          "intervals": intervals, "defects": defects.table}


def compare(name, block):
    """Does the page hold the block? Says where they part if not."""
    file = SHAPES[name][0]
    there, made = blocks.read(file, name).splitlines(), block.strip("\n").splitlines()
    if there == made:
        print(f"{file}: {name} is what the code gives")
        return True
    print(f"{file}: {name} is not what the code gives (- the page, + the code); run ci/tables --update {name}")
    print("\n".join(line for line in difflib.unified_diff(there, made, lineterm="", n=0) if line[:3] not in ("---", "+++")))
    return False


def deliver(verb, name, block):
    """Returns whether all is well."""
    if verb == "compare":
        return compare(name, block)
    if verb.startswith("update"):
        blocks.write(SHAPES[name][0], name, block)
        print(f"ci/tables: {name} written to {SHAPES[name][0]}")
    else:
        print(f"<!-- {name} -->\n{block}\n")
    return True


def each_mutant_has_its_row(block):
    rows = {line.split("|")[1].strip() for line in block.splitlines()[2:]}
    mutants = {path.stem for path in (blocks.ROOT / "ci/mutants").glob("*.toml")}
    if rows != mutants:
        raise blocks.Trouble(f"README.md: mutants: {', '.join(sorted(rows ^ mutants))}: run ci/tables --update mutants")


def check():
    bad = 0
    for name, (file, head, least) in SHAPES.items():
        try:
            block = blocks.read(file, name)
            cells, rows = blocks.columns(block)
            if head and cells != head:
                raise blocks.Trouble(f"{file}: {name}: columns {cells}, wanted {head}")
            if (rows if cells else len(block.splitlines())) < least:
                raise blocks.Trouble(f"{file}: {name}: fewer than {least} rows; run ci/tables --update {name}")
            if name == "mutants":
                each_mutant_has_its_row(block)
        except (blocks.Trouble, OSError) as trouble:
            print(trouble)
            bad += 1
    print(f"{len(SHAPES)} tables looked at, {bad} findings")
    return bad != 0


def main(verb, *rest):
    if verb == "check":
        return check()
    if verb.endswith("-stdin"):
        rows = [line for line in sys.stdin.read().splitlines() if line.startswith("|")]
        if len(rows) < 3:
            raise blocks.Trouble(f"{rest[0]}: who makes that table made none")
        deliver(verb, rest[0], "\n".join(rows))
        return 0
    sim, jobs, names = rest[0], int(rest[1]), rest[2:]
    good = [deliver(verb, name, MAKERS[name](sim, jobs)) for name in names]
    return not all(good)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (blocks.Trouble, OSError) as trouble:
        print(f"ci/tables: {trouble}", file=sys.stderr)
        sys.exit(1)
