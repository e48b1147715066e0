#!/usr/bin/env bash
# The picture of README.md, docs/run.svg, is what ci/picture draws today, but for the wall time in it.
# SPDX-License-Identifier: MIT
set -euo pipefail

sim=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if [ "$(uname -m)" != x86_64 ]; then
    echo 'skipped: runs are alike on one architecture, and the picture was drawn on x86_64'
    exit 77
fi
# the run is drawn with the time that it took
without_wall() { grep -v 'of wall time' "$1"; }

ci/picture --sim "$sim" --out "$dir/run.svg"
diff <(without_wall "$dir/run.svg") <(without_wall docs/run.svg) || {
    echo 'docs/run.svg: look at what differs; ci/picture draws it anew' >&2
    exit 1
}
