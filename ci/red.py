# Runs a scenario with a defect, or with one thing changed, and passes when exactly the named results turn red. For ci/CMakeLists.txt.
# SPDX-License-Identifier: MIT
"""usage: red.py PLR_SIM SCENARIO [KEY=VALUE...] NAME...
KEY=VALUE is given to --set. NAME: a measure's JSON name, or "result" when what happens is what goes wrong"""
import sys

import blocks


def red(report):
    """Names of what failed in a report, in its own order; `result` first."""
    names = ["result"] if report["why"].startswith("result is ") else []
    return names + [name for name, measure in report["measures"].items() if measure["outcome"] == "fail"]


def main(sim, scenario, *words):
    names = [word for word in words if "=" not in word]
    sets = [part for word in words if "=" in word for part in ("--set", word)]
    report = blocks.run(sim, scenario, *sets, allowed=(1,))
    if isinstance(report, str):
        print(f"{scenario}: wanted exit code 1: {report}")
        return 1
    if red(report) == names:
        return 0
    print(f"{scenario}: {' '.join(red(report))} turned red instead of {' '.join(names)} ({report['why']})")
    return 1


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
