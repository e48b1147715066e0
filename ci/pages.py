#!/usr/bin/env python3
"""Makes pages with plr-sim and looks at them in a browser: called by ci/pages as pages.py SIM KEEP QUICK (KEEP '' keeps nothing)."""
# SPDX-License-Identifier: MIT
import os
import shutil
import subprocess
import sys
import tempfile

from browser import Browser

# name, exit code that plr-sim must end with, its arguments
PAGES = [
    ("run", 0, ["scenarios/voron24_cut.yaml"]),
    ("run_failed", 1, ["scenarios/voron24_cut.yaml", "--set", "dut=naive"]),
    ("run_refused", 0, ["scenarios/voron24_bed_cold.yaml"]),
    ("run_overnight", 0, ["scenarios/voron24_overnight.yaml"]),
    ("run_three_cuts", 0, ["scenarios/voron24_three_cuts.yaml"]),
    ("sweep", 0, ["sweep", "scenarios/voron24_cut.yaml", "--every", "layer"]),
    ("sweep_failed", 1, ["sweep", "scenarios/voron24_cut.yaml", "--every", "layer", "--set", "dut=naive", "--to", "60"]),
    ("sweep_second", 0, ["sweep", "scenarios/voron24_cut.yaml", "--every", "layer", "--to", "3", "--depth", "2"]),
    ("seeds", 0, ["scenarios/voron24_unusual_modes.yaml", "--seeds", "3"]),
]
QUICK = ("run_failed", "sweep_second")
PAPER_PX = 717  # A4 within the margins of a browser
LOOKS = [(360, False), (360, True), (1400, False), (1400, True)]

# Returns what sticks out of the window, or lies over its neighbour.
LAYOUT = """
const bad = [], wide = arguments[0]; // innerWidth grows with what is too wide on a phone
if (document.documentElement.scrollWidth > wide)
  bad.push('the page is ' + document.documentElement.scrollWidth + ' px wide');
for (const e of document.querySelectorAll('body *')) {
  const box = e.getBoundingClientRect();
  if (box.right > wide + 1 && box.width && !e.closest('.scroll') && !e.closest('.signs'))
    bad.push(e.tagName + '.' + e.className + ' ends at ' + Math.round(box.right));
}
for (const chart of document.querySelectorAll('.chart')) {
  for (const axis of ['x', 'y']) {
    const boxes = [...chart.querySelectorAll('text.' + axis)].map((t) => t.getBoundingClientRect()).filter((b) => b.width);
    boxes.forEach((a, n) => {
      const b = boxes[n + 1];
      if (b && a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2)
        bad.push('labels of ' + axis + ' in ' + chart.id + ' lie over each other');
    });
  }
}
return bad.slice(0, 5);
"""

# Returns what scrolls sideways and does not show it, and captions that do not fit into what is to be seen of their table.
SCROLLS = """
const bad = [];
for (const box of document.querySelectorAll('.scroll')) {
  if (!box.getClientRects().length) continue;
  const wide = box.scrollWidth - box.clientWidth, name = box.getAttribute('aria-label');
  const faded = getComputedStyle(box).maskImage !== 'none', fits = wide <= 1;
  if (fits === faded) bad.push(name + (fits ? ' fades though it is whole' : ' scrolls by ' + wide + ' px and does not show it'));
  const caption = box.querySelector('caption span')?.getBoundingClientRect();
  if (caption && caption.right > box.getBoundingClientRect().right + 1) bad.push('caption cut off: ' + name);
  if (fits) continue;
  const left = box.getBoundingClientRect().left, first = box.querySelector('tbody th:first-child');
  box.scrollLeft = wide;
  if (first && Math.abs(first.getBoundingClientRect().left - left) > 3) bad.push('first column goes away: ' + name);
  box.scrollLeft = 0;
}
return bad.slice(0, 5);
"""

# Returns what is wider than the paper.
PAPER = """
const bad = [];
for (const e of document.querySelectorAll('body *')) {
  const box = e.getBoundingClientRect();
  if (box.width && box.right > innerWidth + 1 && !e.closest('.signs'))
    bad.push(e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ends at ' + Math.round(box.right));
}
for (const cell of document.querySelectorAll('table.heat td'))
  if (cell.scrollWidth > cell.clientWidth + 1) bad.push('too wide for its cell: ' + cell.textContent);
for (const id of document.querySelectorAll('td.id code'))
  if (id.textContent.length > 30 && id.getBoundingClientRect().width < 200)
    bad.push('an ID in a column of ' + Math.round(id.getBoundingClientRect().width) + ' px');
return bad.slice(0, 5);
"""

# Returns texts that stand out too little from what is behind them (WCAG 2, 4.5 to 1).
CONTRAST = """
const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) return c;
  }
  return [255, 255, 255];
};
const bad = new Set();
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.getClientRects().length || e.closest('script, .skip')) continue;
  const style = getComputedStyle(e), ink = rgb(e.closest('svg') ? style.fill : style.color);
  const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) bad.add(e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + ratio.toFixed(2));
  if (parseFloat(style.fontSize) < 11) bad.add(e.tagName + ' in ' + style.fontSize);
}
return [...bad].slice(0, 5);
"""

# Headings without a gap, one h1, a table for each chart, tables with scoped heads, pictures with title and description, ids once.
STRUCTURE = """
const bad = [];
let level = 0;
for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
  if (+h.tagName[1] > level + 1) bad.push('heading left out before ' + h.textContent);
  level = +h.tagName[1];
}
if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
for (const th of document.querySelectorAll('th')) if (!th.scope) bad.push('th without scope: ' + th.textContent);
for (const svg of document.querySelectorAll('svg')) {
  const named = svg.querySelector('title')?.textContent && svg.querySelector('desc')?.textContent;
  if (!svg.parentElement.closest('svg') && svg.getAttribute('aria-hidden') !== 'true' && !named) bad.push('svg without a name');
}
for (const chart of document.querySelectorAll('.chart'))
  if (!document.querySelector('table[data-chart="' + chart.id + '"]')) bad.push('a chart without its values: ' + chart.id);
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
if (new Set(ids).size !== ids.length) bad.push('an id twice');
if (document.documentElement.lang !== 'en' || !document.title) bad.push('no language or no title');
return bad.slice(0, 5);
"""

# How much the page says, without what its script adds.
WORDS = """
const length = (e) => e.innerText.length;
const added = [...document.querySelectorAll('.reading, button')].map(length).reduce((a, b) => a + b, 0);
return length(document.body) - added + document.querySelectorAll('svg[role=img] path, svg[role=img] rect').length;
"""
# From now on note what has the focus, and whether that can be seen.
WATCH_FOCUS = """
window.focused = [];
document.activeElement.blur();
document.addEventListener('focusin', ({target: e}) => {
  const s = getComputedStyle(e);
  focused.push([e.tagName, e.getAttribute('class') ?? '', e.id, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]);
});
"""


class Checks:
    """Counts what is wrong, and says it."""

    def __init__(self):
        self.bad = 0

    def none(self, page, what, found):
        """Nothing must have been found."""
        for one in found:
            print(f"{page}: {what}: {one}")
            self.bad += 1

    def holds(self, page, what, true):
        """This must hold."""
        self.none(page, what, [] if true else ["no"])


def requests(browser, path):
    """What was asked for beside the page itself, and what was not granted."""
    import json
    found = []
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] != "Network.requestWillBeSent":
            continue
        url = message["params"]["request"]["url"]
        if not url.startswith("data:") and url != "file://" + path:
            found.append(url[:120])
    return found


def keyboard(browser, checks, page):
    """Tab through the page: the link past the head first, then everything that can be used; charts read by arrow keys."""
    usable = browser.run("return document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]').length")
    closed = browser.run("return [...document.querySelectorAll('details:not([open]) .scroll')].length")
    browser.run(WATCH_FOCUS)
    browser.press(*["Tab"] * (usable - closed))
    seen = browser.run("return focused")
    checks.holds(page, "Tab reaches the link to the report first", seen[0][1] == "skip")
    charts = browser.run("return document.querySelectorAll('table[data-chart]').length")
    checks.holds(page, "Tab reaches every chart", sum("chart" in one[1].split() for one in seen) == charts)
    checks.holds(page, "Tab reaches the button that copies",
                 any(one[0] == "BUTTON" for one in seen) or not browser.run("return !!document.querySelector('.command')"))
    checks.none(page, "focus cannot be seen on", [one[:3] for one in seen if not one[3]][:3])
    for key, hint in (("Home", "the first value"), ("Right", "the next value"), ("End", "the last value")):
        browser.run("document.querySelector('.chart[tabindex]')?.focus()")
        before = browser.run("return document.querySelector('.chart[tabindex]')?.getAttribute('aria-valuetext')")
        browser.press(key)
        now = browser.run("const c = document.querySelector('.chart[tabindex]');"
                          "return [c?.getAttribute('aria-valuetext'), c?.nextElementSibling.textContent]")
        if charts and key != "Home":
            checks.holds(page, f"{key} reads {hint}", now[0] != before and now[0] == now[1])


def pointer(browser, checks, page):
    """The value under the pointer is told below its chart."""
    place = browser.run(
        "const c = document.querySelector('.chart[tabindex]'); if (!c) return null; c.scrollIntoView({block: 'center'});"
        "const b = c.getBoundingClientRect(); return [b.left + b.width * 0.05, b.top + b.height * 0.1]")
    if not place:
        return
    before = browser.run("return document.querySelector('.chart[tabindex]').nextElementSibling.textContent")
    browser.point(*place)
    told = browser.run("const c = document.querySelector('.chart[tabindex]');"
                       "return [c.nextElementSibling.textContent, c.querySelector('.cursor').getAttribute('visibility')]")
    checks.holds(page, "the value under the pointer is told", "\u00b7" in told[0] and told[0] != before and told[1] == "visible")


def copying(browser, checks, page):
    """The command's button copies or selects it."""
    if not browser.run("const b = document.querySelector('.command button'); b?.click(); return !!b"):
        return
    for _ in range(20):
        told = browser.run("return [document.querySelector('.command button').textContent, getSelection().toString()]")
        if told[0] != "Copy":
            break
    checks.holds(page, "a command can be copied", told[0] in ("Copied", "Selected") and len(told[1]) > 10)


def names(browser, checks, page):
    """All that has a role for those who hear the page has a name, too."""
    browser.cdp("Accessibility.enable")
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in tree:
        role = node.get("role", {}).get("value")
        if node.get("ignored") or role not in ("image", "slider", "button", "region", "link", "heading", "table"):
            continue
        named = bool(node.get("name", {}).get("value", "").strip())
        roles.setdefault(role, []).append(named or role == "table")
    checks.none(page, "without a name", [role for role, named in roles.items() if not all(named)])
    charts = browser.run("return document.querySelectorAll('table[data-chart]').length")
    checks.holds(page, "charts are heard of", len(roles.get("slider", [])) == charts)


def without_script(browser, checks, page, path):
    """What the page says without its script."""
    browser.open(path)
    said = browser.run(WORDS)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(path)
    plain = browser.run(WORDS)
    left = browser.run("return document.querySelectorAll('button, .reading').length")
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    checks.holds(page, "nothing that needs the script is there without it", left == 0)
    checks.holds(page, f"the page says the same without its script ({plain} of {said})", plain * 100 > said * 99)


def look_at(browser, checks, page, path, keep):
    """All checks of one page."""
    browser.forget()
    for width, dark in LOOKS:
        browser.look(width, dark=dark)
        browser.open(path)
        name = f"{page} at {width} px{', dark' if dark else ''}"
        checks.none(name, "asked for", requests(browser, path))
        checks.none(name, "layout", browser.run(LAYOUT, width))
        checks.none(name, "scrolls", browser.run(SCROLLS))
        checks.none(name, "contrast or size", browser.run(CONTRAST))
        if keep:
            browser.picture(f"{keep}/{page}-{width}{'-dark' if dark else ''}.png")
    checks.none(page, "structure", browser.run(STRUCTURE))
    keyboard(browser, checks, page)
    pointer(browser, checks, page)
    copying(browser, checks, page)
    names(browser, checks, page)
    without_script(browser, checks, page, path)
    browser.look(PAPER_PX, paper=True)
    browser.open(path)
    checks.none(page, "paper", browser.run(PAPER))
    browser.look(1000)
    browser.open(path)
    paper = f"{keep or os.path.dirname(path)}/{page}.pdf"
    browser.paper(paper)
    checks.holds(page, "it can be printed", os.path.getsize(paper) > 10000)
    checks.none(page, "console", [entry["message"][:160] for entry in browser.log("browser")])


def main(sim, keep, quick):
    """Make and look at all pages. Returns the exit code."""
    checks = Checks()
    pages = [page for page in PAGES if quick != "yes" or page[0] in QUICK]
    folder = keep or tempfile.mkdtemp(prefix="plr-pages.")
    print("| page | bytes |")
    print("|---|--:|")
    with Browser() as browser:
        for page, code, arguments in pages:
            path = f"{folder}/{page}.html"
            done = subprocess.run([sim, *arguments, "--quiet", "--html", path], stdout=subprocess.DEVNULL, check=False)
            checks.holds(page, f"plr-sim ends with {code}, not {done.returncode}", done.returncode == code)
            if os.path.exists(path):
                look_at(browser, checks, page, path, keep)
                print(f"| {page} | {os.path.getsize(path)} |", flush=True)
    if not keep:
        shutil.rmtree(folder)
    print(f"{len(pages)} pages, {checks.bad} findings")
    return 1 if checks.bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
