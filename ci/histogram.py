# What ci/picture --histogram runs: the Z errors of many seeds as an SVG chart, beside their limits.
# SPDX-License-Identifier: MIT
"""usage: ci/histogram.py SIM JOBS SEEDS > chart.svg"""
import statistics
import sys

import blocks
from tables import FIELD_Z_UM

HEADLINE = "scenarios/voron24_cut.yaml"
BIN, EDGE, LIMIT_P95, LIMIT = 2, 66, 25, 60  # um
WIDE, HIGH, LEFT, TOP, FLOOR = 860, 330, 46, 64, 276
INK, SOFT, GROUND, FRAME, BAR = "#d6dbe5", "#808a9c", "#15181e", "#2a2f39", "#5fd38d"


def main(sim, jobs, seeds):
    reports = blocks.run_all(sim, int(jobs), [[HEADLINE, "--seed", str(seed)] for seed in range(1, int(seeds) + 1)])
    bad = [report for report in reports if isinstance(report, str)]
    if bad:
        raise blocks.Trouble(bad[0])
    known = [report["measures"]["z_offset_error_um"]["value"] for report in reports]
    values = [value for value in known if value is not None]
    if not values:
        raise blocks.Trouble("no run resumed: nothing to draw")
    p95 = sorted(abs(value) for value in values)[-(-95 * len(values) // 100) - 1]
    bins = {}
    for value in values:
        at = max(-EDGE, min(EDGE - BIN, value // BIN * BIN))
        bins[at] = bins.get(at, 0) + 1
    most = max(bins.values())

    def x(um):
        return LEFT + (um + EDGE) * (WIDE - 2 * LEFT) / (2 * EDGE)

    def text(at_x, y, words, anchor="middle", fill=SOFT, size=12, extra=""):
        return f'<text x="{at_x:.1f}" y="{y:g}" text-anchor="{anchor}" fill="{fill}" font-size="{size}"{extra}>{words}</text>'

    title = f"Z error of the first resumed path, {len(values)} seeds of the headline scenario"
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}" role="img">',
           f"<desc>drawn by ci/picture</desc>\n<title>{title}</title>",
           f'<rect x=".5" y=".5" width="{WIDE - 1}" height="{HIGH - 1}" rx="10" fill="{GROUND}" stroke="{FRAME}"/>',
           '<g font-family="system-ui,\'Segoe UI\',\'DejaVu Sans\',sans-serif">',
           text(LEFT, 30, title, "start", INK, 15, ' font-weight="bold"'),
           text(LEFT, 50, f"sigma {statistics.pstdev(values):.1f} um, mean {statistics.mean(values):+.1f} um, "
                          f"p95 of |error| {p95} um, largest {max(map(abs, values))} um", "start")]
    for um, dash, words in ((LIMIT_P95, "5 4", "limit of p95"), (LIMIT, "none", "limit of a run")):
        for side in (-um, um):
            out.append(f'<path d="M{x(side):.1f} {TOP + 14}V{FLOOR}" stroke="#e8b84a" stroke-dasharray="{dash}" opacity=".8"/>')
            out.append(text(x(side), TOP + 8, words, fill="#e8b84a", size=11))
    for at, count in sorted(bins.items()):
        height = count * (FLOOR - TOP - 30) / most
        out.append(f'<rect x="{x(at) + .8:.1f}" y="{FLOOR - height:.1f}" width="{x(BIN) - x(0) - 1.6:.1f}" height="{height:.1f}" '
                   f'fill="{BAR}"><title>{at} to {at + BIN - 1} um: {count}</title></rect>')
    out.append(f'<path d="M{LEFT} {FLOOR}H{WIDE - LEFT}" stroke="{SOFT}"/>')
    for um in range(-60, 61, 20):
        out.append(text(x(um), FLOOR + 18, f"{um:+d}" if um else "0"))
    out.append(text(WIDE / 2, FLOOR + 38, f"um; + is too high. A column is {BIN} um. The field's plugin is at +{FIELD_Z_UM}, "
                                          "far outside to the right"))
    print("\n".join([*out, "</g>", "</svg>"]))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (blocks.Trouble, OSError) as trouble:
        print(f"ci/picture: {trouble}", file=sys.stderr)
        sys.exit(1)
