#!/bin/sh
# The crash lab in a project's own CI: what failed once, sweeps with JUnit reports, and what got worse since the release. See docs/CI.md.
# SPDX-License-Identifier: MIT
#
# usage: lab.sh [FOLDER]    (default: lab)
#   FOLDER/scenarios/NAME.yaml   what to sweep; first line may be "# every: move"
#   FOLDER/regressions/*.id      IDs of runs that failed once, and comments
#   FOLDER/release/NAME.json     reports of the last release, to compare with
#   FOLDER/out/                  written: NAME.json, NAME.xml, NAME.txt
# PLR_SIM names the simulator (default: plr-sim). Exit status: the highest of plr-sim's, 0 when all is well.
set -u
sim=${PLR_SIM:-plr-sim}
lab=${1:-lab}
worst=0

# try COMMAND...: run it and remember the worst exit code.
try() {
    "$@"
    code=$?
    [ "$code" -le "$worst" ] || worst=$code
    return "$code"
}

mkdir -p "$lab/out"
for file in "$lab"/regressions/*.id; do
    [ -e "$file" ] || continue
    # shellcheck disable=SC2013 # an ID is one word
    for id in $(grep -v '^#' "$file"); do
        try "$sim" "$id" --root "$lab" --quiet || echo "$file: exit $code"
    done
done

for file in "$lab"/scenarios/*.yaml; do
    name=$(basename "$file" .yaml)
    every=$(sed -n 's/^# every: *//p' "$file" | head -n 1)
    try "$sim" sweep "$file" --every "${every:-layer}" --json "$lab/out/$name.json" --junit "$lab/out/$name.xml" \
        > "$lab/out/$name.txt" || { echo "$file: exit $code" && cat "$lab/out/$name.txt"; }
    [ ! -e "$lab/release/$name.json" ] || [ ! -e "$lab/out/$name.json" ] ||
        try "$sim" compare "$lab/release/$name.json" "$lab/out/$name.json" || echo "$file: exit $code"
done
exit "$worst"
