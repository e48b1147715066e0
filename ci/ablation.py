# What ci/ablation runs: sigma of z_offset_error over seeds, for each set of error terms that are on.
# SPDX-License-Identifier: MIT
"""usage: see ci/ablation --help"""
import pathlib
import statistics
import sys

import blocks

HEADLINE = "scenarios/voron24_cut.yaml"
JOB = "fixtures/gcode/tower_voron24.gcode"
AFTER = "PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=64 "  # the headline is cut in layer 61
TERMS = ["switch", "step", "belt", "heat", "nozzle", "part", "level", "xy", "sag"]
# reference physics section 9, good practice, um
BUDGET = {"switch": 3, "step": 2, "belt": 2, "heat": 8, "nozzle": 2, "part": 5, "level": 4, "xy": "-", "sag": "-"}
HEAD = ["term", "alone: sigma, um", "mean", "all but it: sigma, um", "mean", "reference budget, um"]
AIM = (8, 12)


def shortened(folder):
    """The headline's job without what comes after layer 63; the slicer's footer stays, for the material."""
    lines = (blocks.ROOT / JOB).read_text(encoding="utf-8").splitlines(True)
    cut = next(i for i, line in enumerate(lines) if line.startswith(AFTER))
    footer = next(i for i, line in enumerate(lines) if line.startswith("; filament used"))
    path = pathlib.Path(folder) / "short.gcode"
    path.write_text("".join(lines[:cut] + lines[footer:]), encoding="utf-8")
    return str(path)


def operands(job, seed, off):
    more = [part for term in off for part in ("--set", f"sim.noise.{term}=off")]
    return [HEADLINE, "--seed", str(seed), "--set", "sim.gantry=quasistatic", "--set", f"job={job}", *more]


def z_errors(reports):
    for report in reports:
        if isinstance(report, str):
            raise blocks.Trouble(report)
        if report["result"] != "resumed":
            raise blocks.Trouble(f"{report['id']}: {report['result']} {report['reason']}")
    return [report["measures"]["z_offset_error_um"]["value"] for report in reports]


def main(sim, jobs, seeds, update, folder):
    jobs, seeds, short = int(jobs), int(seeds), shortened(folder)
    whole = z_errors(blocks.run_all(sim, jobs, [operands(JOB, seed, []) for seed in range(1, 6)]))
    if whole != z_errors(blocks.run_all(sim, jobs, [operands(short, seed, []) for seed in range(1, 6)])):
        raise blocks.Trouble("the shortened job does not measure what the whole one does")

    def figures(off, count=seeds):
        values = z_errors(blocks.run_all(sim, jobs, [operands(short, seed, off) for seed in range(1, count + 1)]))
        return [f"{statistics.pstdev(values):.1f}", f"{statistics.mean(values):+.1f}"], statistics.pstdev(values)

    rows = []
    for term in TERMS:
        alone, _ = figures([other for other in TERMS if other != term])
        without, _ = figures([term])
        rows.append([term, *alone, *without, BUDGET[term]])
    every, total = figures([])
    none, _ = figures(TERMS, 5)
    rows += [["**all**", f"**{every[0]}**", every[1], "", "", 11], ["none", *none, "", "", 0]]
    verdict = "inside" if AIM[0] <= total <= AIM[1] else "**outside**"
    block = (f"{seeds} seeds a line, whole runs of the headline scenario, quasistatic; a sigma over so many is good to "
             f"{100 / (2 * seeds) ** 0.5:.0f} %.\nThe total lies {verdict} the {AIM[0]} to {AIM[1]} um that the budget "
             "asks for.\n\n" + blocks.table(HEAD, "lrrrrr", rows))
    if update == "yes":
        blocks.write("docs/PHYSICS.md", "ablation", block)
        print("ci/ablation: written to docs/PHYSICS.md")
    else:
        print(block)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (blocks.Trouble, OSError) as trouble:
        print(f"ci/ablation: {trouble}", file=sys.stderr)
        sys.exit(1)
