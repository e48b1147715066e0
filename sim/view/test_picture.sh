#!/usr/bin/env bash
# The picture of docs/VIEW.md is what ci/picture --view draws today.
# SPDX-License-Identifier: MIT
set -euo pipefail

sim=$1 compare=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
code=0
"$compare" docs/view.png docs/view.png || code=$?
if [ "$code" -eq 77 ]; then
    echo 'skipped: built without libpng'
    exit 77
fi
[ "$code" -eq 0 ]
ci/picture --sim "$sim" --out "$dir/view.png" --view
"$compare" "$dir/view.png" docs/view.png || {
    echo 'docs/view.png: look at what differs; ci/picture --view draws it anew' >&2
    exit 1
}
# and is not too large for its page
[ "$(stat -c %s docs/view.png)" -lt 300000 ] || {
    echo 'docs/view.png: 300 kB and more' >&2
    exit 1
}
