#!/usr/bin/env bash
# Does sigrok see in a waveform what was written? Its channels are the file's wires, by name and number, and it reads samples of them.
# Usage: sigrok.sh FILE.vcd WIRES [NAME...]: so many wires, these among them. Ends with 0, with 1, or with 77 where there is no sigrok-cli.
# SPDX-License-Identifier: MIT
set -uo pipefail

file=$1 wires=$2
shift 2
if ! command -v sigrok-cli > /dev/null; then
    echo 'NO sigrok-cli (ci/setup test installs it): what sigrok makes of waveforms is NOT tried'
    exit 77
fi
shown=$(sigrok-cli -I vcd -i "$file" --show 2> /dev/null)
channels=$(sed -n 's/^- \(.*\): logic$/\1/p' <<< "$shown")
written=$(awk '$1 == "$var" && $2 == "wire" { print $5 }' "$file")
code=0
if [ "$channels" != "$written" ]; then
    echo "$file: sigrok has other channels:"
    diff <(echo "$written") <(echo "$channels")
    code=1
fi
[ "$(wc -l <<< "$channels")" -eq "$wires" ] || {
    echo "$file: $(wc -l <<< "$channels") channels, not $wires"
    code=1
}
for name; do
    grep -qxF -- "$name" <<< "$channels" || {
        echo "$file: no channel $name"
        code=1
    }
done
samples=$(sed -n 's/^Logic sample count: //p' <<< "$shown")
[ "${samples:-0}" -gt 0 ] || {
    echo "$file: no samples"
    code=1
}
exit "$code"
