# The table of docs/DEFECTS.md: each scenario of scenarios/defects/ run as it should be and with its defect. For ci/tables.
# SPDX-License-Identifier: MIT
import pathlib

import blocks
import red

HEAD = ["of the field", "what it does there", "scenario", "turns red", "as it should be", "with the defect"]

# scenario: (number in the field's list of defects, what it was measured or read to do there)
FIELD = {
    "one_motor_stops": (1, "three of four Z motors run on for 0.19 s at every probe with all of them: 0.816 mm too high, tilted by 1.157 mm"),
    "short_retract": (3, "the default retract of 1 mm does not clear the switch after the overrun: \"triggered before movement\""),
    "line_end": (4, "the position is the line's end, the file's place its beginning, and the line before comes again: up to 9.96 mm off path, a line twice"),
    "old_state": (5, "what is restored is 1.7 to 90 s old: 3 to 162 mm of filament twice"),
    "timer_leak": (6, "every layer starts a timer: from 7 to 39 collections in 10 s at an interval of 5 s"),
    "job_overwritten": (7, "the job's file is rewritten, a second cut overwrites the only copy"),
    "comment_marker": (8, "behind a comment its marker is not found: \"Error creating modified gcode file\""),
    "forced_m83": (9, "M83 in a file of absolute E: \"Move exceeds maximum extrusion\""),
    "heat_before_lift": (10, "a nozzle above 170 °C stood on the part for 58 s"),
    "prime_in_air": (11, "5 mm primed up at the switches, then straight to the part"),
    "late_first_save": (12, "without layer saves nothing to resume for the first minute"),
    "measured_temperature": (13, "saves 209.9 for a target of 210: whatever the nozzle has just then"),
    "bed_not_awaited": (13, "the bed is switched on, and not waited for"),
    "z_not_set": (13, "Z is never set when all offsets are exactly 0"),
    "characters": (13, "file offsets count characters in one place and bytes in another"),
    "drop_excluded": ("-", "the guide's saved state has no excluded objects: what the user gave up is printed on in the air"),
}
RESULT = "result"


def told(report, name):
    """A result or a measure in a cell."""
    if name == RESULT:
        reason = report["reason"].split(":")[0]
        return report["result"].replace("_", " ") + (f": `{reason}`" if reason else "")
    value = report["measures"][name]["value"]
    return "unknown" if value is None else f"{value:,}"


def row(name, good, bad):
    if isinstance(good, str) or isinstance(bad, str):
        raise blocks.Trouble(f"{name}: {good if isinstance(good, str) else bad}")
    number, field = FIELD[name]
    names = red.red(bad)
    cells = ["<br>".join(told(report, each) for each in names) for report in (good, bad)]
    return [number, field, f"[{name}](../scenarios/defects/{name}.yaml)", "<br>".join(f"`{each}`" for each in names), *cells]


def table(sim, jobs):
    """`sim` is plr-sim; the test build lies beside it."""
    files = {path.stem for path in (blocks.ROOT / "scenarios" / "defects").glob("*.yaml")}
    if files != set(FIELD):
        raise blocks.Trouble(f"ci/defects.py and scenarios/defects/ differ: {' '.join(sorted(files ^ set(FIELD)))}")
    asked = [f"scenarios/defects/{name}.yaml" for name in FIELD]
    good = blocks.run_all(sim, jobs, [[file, "--set", "defect=none"] for file in asked], allowed=(0,))
    build = str(pathlib.Path(sim).with_name("plr-sim-defects"))
    bad = blocks.run_all(build, jobs, [[file] for file in asked], allowed=(1,))
    return blocks.table(HEAD, "rlllll", [row(*each) for each in zip(FIELD, good, bad)])
