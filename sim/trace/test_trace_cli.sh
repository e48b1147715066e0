#!/usr/bin/env bash
# Black-box test of traces: recorded, compared, made waveforms that others open, and a capture made a power script. Usage: FILE.sh PLR_SIM
# SPDX-License-Identifier: MIT
set -uo pipefail

sim=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
quick=(scenarios/voron24_unusual_modes.yaml --set sim.gantry=quasistatic)

say() {
    echo "FAIL: $*"
    failed=$((failed + 1))
}

# run CODE OPERAND...: output into $dir/out and $dir/err
run() {
    local wanted=$1 code=0
    shift
    "$sim" "$@" > "$dir/out" 2> "$dir/err" || code=$?
    [ "$code" -eq "$wanted" ] || say "exit $code, not $wanted: plr-sim $*: $(head -c 300 "$dir/err")"
}

has() { # FILE TEXT
    grep -qF -- "$2" "$dir/$1" || say "no '$2' in $1"
}

# --- a run is the same with and without ---
run 0 "${quick[@]}" --no-host --json "$dir/plain.json"
cp "$dir/out" "$dir/plain.txt"
run 0 "${quick[@]}" --no-host --json "$dir/traced.json" --trace "$dir/a.trace" --vcd "$dir/a.vcd"
cmp -s "$dir/out" "$dir/plain.txt" || say 'a traced run tells otherwise'
cmp -s "$dir/plain.json" "$dir/traced.json" || say 'a traced run reports otherwise'
run 0 "${quick[@]}" --quiet --trace - # stdout is the trace's, people read stderr
cmp -s "$dir/out" "$dir/a.trace" || say 'the trace on stdout is another'
has err 'pass '

# --- what cannot be is said before the run ---
run 2 "${quick[@]}" --trace "$dir/none/x.trace"
has err 'cannot be written'
run 2 "${quick[@]}" --trace "$dir/x" --vcd "$dir/x"
has err '--trace and --vcd both write to'
run 2 "${quick[@]}" --trace "$dir/x" --vcd "$dir/./x"
has err '--trace and --vcd both write to'
[ ! -e "$dir/x" ] || say 'one of two to the same place was written'
ln -s plain.json "$dir/link.json"
run 2 "${quick[@]}" --json "$dir/link.json" --junit "$dir/../${dir##*/}/plain.json"
has err '--json and --junit both write to'
run 2 "${quick[@]}" --trace "$dir/x.png" --screenshot "$dir/./x.png"
has err '--trace and --screenshot both write to'
run 0 "${quick[@]}" --quiet --json /dev/null --junit /dev/../dev/null
run 2 "${quick[@]}" --seeds 2 --trace "$dir/x"
has err '--trace takes one run, not --seeds'
run 2 "${quick[@]}" scenarios/voron24_cut.yaml --trace "$dir/x"
has err 'take one scenario: 2 are named'
run 2 "${quick[@]}" --dry-run --vcd "$dir/x"
has err 'there is no report for --vcd'
run 2 "${quick[@]}" --window cut
has err '--window goes with --vcd'
run 2 "${quick[@]}" --vcd "$dir/x" --window 1..2
has err 'a window is cut, cut:N or FROM..TO'
[ ! -e "$dir/x" ] || say 'something was written all the same'

run 2 scenarios/defects/characters.yaml --trace "$dir/x" # of another build: refused before it begins
[ ! -e "$dir/x" ] || say 'a refused run left a trace'
ln -s /dev/null "$dir/null"
run 2 scenarios/defects/characters.yaml --trace "$dir/null"
[ -L "$dir/null" ] || say 'what is no plain file was removed'

# --- a place that cannot be written is told before the work, a full disk as what it is ---
run 2 vcd "$dir/a.trace" -o "$dir/none/x.vcd"
has err 'cannot be written: No such file'
run 2 view "$dir/a.trace" --screenshot "$dir/none/x.png"
if [ -w /dev/full ]; then
    for option in --trace --vcd --html; do
        run 3 "${quick[@]}" --quiet "$option" /dev/full
        has err '/dev/full: cannot be written: No space left on device'
    done
    run 3 vcd "$dir/a.trace" -o /dev/full
    has err 'No space left on device'
fi

# --- diff ---
run 0 diff "$dir/a.trace" "$dir/a.trace"
has out 'SAME'
run 0 "${quick[@]}" --quiet --trace "$dir/b.trace" --set 'power[0].at={layer: 2}'
run 1 diff "$dir/a.trace" "$dir/b.trace" --json "$dir/diff.json"
has out 'supply: the mains go'
has out 'DIFFERENT'
python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert not d["same"] and d["event"]["a"] != d["event"]["b"]' \
    "$dir/diff.json" || say 'the JSON says otherwise'
head -c 20000 "$dir/a.trace" > "$dir/torn.trace"
run 1 diff "$dir/a.trace" "$dir/torn.trace"
has out 'torn: it ends in a block'
has out 'UNKNOWN'
run 2 diff "$dir/a.trace" "$dir/plain.json"
has err 'plain.json: error: this is no trace'
run 2 diff "$dir/a.trace" "$dir/nowhere.trace"
has err 'No such file'

# --- waveforms ---
run 0 vcd "$dir/a.trace" -o "$dir/b.vcd"
cmp -s "$dir/a.vcd" "$dir/b.vcd" || say 'the waveforms of the trace are others than those of the run'
run 0 vcd "$dir/a.trace" --window cut -o "$dir/cut.vcd"
run 2 vcd "$dir/a.trace" --window cut:9 -o "$dir/x.vcd"
has err 'there is no cut 9'
run 0 vcd "$dir/torn.trace" -o "$dir/x.vcd"
has err 'is torn'
# who wrote it died behind the cut, which is written last of all
head -c $(($(stat -c %s "$dir/a.trace") - 200)) "$dir/a.trace" > "$dir/late.trace"
run 0 vcd "$dir/late.trace" --window cut -o "$dir/late.vcd"
cmp -s "$dir/late.vcd" "$dir/cut.vcd" || say 'a torn trace has another cut'

if command -v vcd2fst > /dev/null; then
    vcd2fst "$dir/a.vcd" "$dir/a.fst" > "$dir/fst" 2>&1
    [ -s "$dir/a.fst" ] || say "GTKWave: $(cat "$dir/fst")"
    fst2vcd "$dir/a.fst" > "$dir/back.vcd" 2> /dev/null
    [ "$(grep -c '_step' "$dir/back.vcd")" -eq 6 ] || say 'GTKWave lost a motor'
else
    echo 'NO vcd2fst: what GTKWave makes of waveforms is NOT tried'
fi
core/lab/vcd/sigrok.sh "$dir/cut.vcd" 27 mains power_fail rail_24v logic z_plus0 z_plus3 nv_busy bed_heater stepper_x_step stepper_z3_dir && code=0 || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 77 ] || say 'sigrok sees other signals'
if command -v sigrok-cli > /dev/null; then
    # the mains go a second into the window: sample 1,000,001 at one a microsecond
    sigrok-cli -I vcd -i "$dir/cut.vcd" -C mains -O csv 2> /dev/null | awk '/^[01]/ { n++; if ($1 == "0") { print n; exit } }' > "$dir/edge"
    [ "$(cat "$dir/edge")" = 1000001 ] || say "sigrok sees the mains go at sample $(cat "$dir/edge")"
fi

# --- a switch that ends a motion, and corners that are told when it has ended: in the order of time ---
run 0 scenarios/voron24_binding.yaml --quiet --trace "$dir/binding.trace"
run 0 vcd "$dir/binding.trace" -o "$dir/binding.vcd"

# --- a capture becomes a power script, and the script a run ---
run 0 power-script "$dir/cut.vcd" --signal mains --begin 40s --off-for 90s
has out '  - at: {time: 41s}'
has out '    off_for: 90s'
sed -n '/^power:/,$p' "$dir/out" > "$dir/power"
sed -e '/^power:/,/domains/d' -e 's|\.\./|'"$PWD"'/|' scenarios/voron24_cut.yaml > "$dir/mine.yaml"
cat "$dir/power" >> "$dir/mine.yaml"
run 0 check "$dir/mine.yaml"
run 0 "$dir/mine.yaml" --dry-run
has out '41.000 s into the job'
run 2 power-script "$dir/cut.vcd" --signal mians
has err 'did you mean'
run 2 power-script "$dir/cut.vcd" --signal mains
has err '--off-for says for how long'
# off for less than the debounce time when the capture ends: what is said of its end counts
run 2 power-script "$dir/cut.vcd" --signal mains --debounce 3s
has err 'left out: once off for less than 3s'
has err 'the capture ends in it'
run 0 power-script "$dir/cut.vcd" --signal mains --debounce 3s --off-for 90s
has out '    off_for: 90s'
run 2 power-script "$dir/cut.vcd" --signal mains --off-for 0s
has err '--off-for is 1ms to 8760h'
run 2 power-script "$dir/cut.vcd" --signal mains --debounce 5
has err '--debounce wants a time with its unit'
run 2 power-script "$dir/plain.json"
has err 'plain.json:1:1: error: a definition begins with'

[ "$failed" -eq 0 ] && echo 'all good'
[ "$failed" -eq 0 ]
