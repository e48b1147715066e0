#!/usr/bin/env bash
# Black-box test of plr-sim: exit codes, what goes to which stream, reports, messages. Usage: test_cli.sh PLR_SIM (from the source root)
# SPDX-License-Identifier: MIT
set -uo pipefail

sim=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
# a small job and the fast gantry
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
    [ "$code" -eq "$wanted" ] || say "exit $code, not $wanted: plr-sim $*"
}

has() { # FILE TEXT
    grep -qF -- "$2" "$dir/$1" || say "no '$2' in $1"
}

is_empty() { # FILE
    [ ! -s "$dir/$1" ] || say "$1 is not empty: $(head -c 200 "$dir/$1")"
}

is_json() { # FILE
    python3 -c 'import json, sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$1" || say "$1 is no JSON"
}

# --- exit codes ---
run 0 "${quick[@]}"
has out 'PASS      resumed'
is_empty err
run 1 "${quick[@]}" --set 'expect.z_offset_error={max: 0um}'
has out FAIL
run 1 "${quick[@]}" --set expect.result=refused
run 2
run 2 scenarios/no_such.yaml
has err 'no_such.yaml'
run 2 --no-such-option
has err '--no-such-option'
run 2 "${quick[@]}" --set 'power[0].at={layer: 4000}'
has err 'this cut never fires'
run 2 voron24_cut@00000000#s1
has err 00000000
# the same words as in a report, to compare with
"$sim" "${quick[@]}" > "$dir/out" 2> "$dir/err"
hashes=$(sed -n 's/^  hashes *//p' "$dir/out")
id=$(head -n 1 "$dir/out")
run 2 "${id%@*}@00000000#${id##*#}"
has err "Now: ${hashes:-nothing};"
# a seed said twice: the ID has its own, and so has --seed
run 2 "$id" --set seed=3
has err '--set seed=3, but the run ID says seed 1'
run 2 "${quick[@]}" --seed 4 --set seed=3
has err '--set seed=3, but --seed says seed 4'
run 0 "$id" --set seed=1 --quiet
run 0 "$id" --seed 3
has out 'seed 3'
run 0 "${quick[@]}" --set seed=3
has out 'seed 3'
# what lacks is said, not what came of it
run 2 scenarios/voron24_cut.yaml --set dut=macros
has err 'dut: macros runs the restart_gcode of a Klipper configuration, and no plr.config names one'
cp -r fixtures/klipper/voron24 "$dir/klipper"
sed -i '/^restart_gcode/d' "$dir/klipper/power_loss_recovery.cfg"
run 1 scenarios/voron24_cut.yaml --set dut=macros --set plr.config="$dir/klipper/printer.cfg" --set sim.gantry=quasistatic
has out 'the configuration has no restart_gcode: nothing brings the print back'
sed 's/^T0/T1/; s/ T0 / T1 /' fixtures/gcode/unusual_modes.gcode > "$dir/tool.gcode"
run 1 "${quick[@]}" --set job="$dir/tool.gcode"
has out "no_tool: this machine has no heater for the job's tool"
# a fan that a macro forgets: no measure shows it, and yet the print goes on otherwise
cp -r fixtures/klipper/ender3 "$dir/ender3"
sed -i '/{% for name/,/endfor/d' "$dir/ender3/safe.cfg"
run 1 scenarios/macros/macros_ender3_safe.yaml --set plr.config="$dir/ender3/safe.cfg" --json "$dir/state.json" --junit "$dir/state.xml"
has out 'it goes on in another state than the uninterrupted print had there'
grep -q '"other_state": true' "$dir/state.json" || say 'another state is not in the JSON'
grep -q 'name="state"' "$dir/state.xml" || say 'another state is not in JUnit'
# the saved state, as the device offers it: for plr-resume
run 0 "${quick[@]}" --state "$dir/state.json"
is_json "$dir/state.json"
grep -qF '"schema": "plr-state/1"' "$dir/state.json" || grep -qF '"schema":"plr-state/1"' "$dir/state.json" || say 'no schema in state.json'
grep -qE '"saved": ?true' "$dir/state.json" || say 'nothing saved in state.json'
cp "$dir/out" "$dir/with_state"
run 0 "${quick[@]}"
diff <(grep -v ' ms' "$dir/out") <(grep -v ' ms' "$dir/with_state") > "$dir/diff" || say "--state changes the run: $(head -c 300 "$dir/diff")"
run 0 "${quick[@]}" --state -
is_json "$dir/out"
cmp -s "$dir/out" "$dir/state.json" || say '--state - is not what --state FILE is'
has err 'PASS      resumed'
run 2 "${quick[@]}" --state "$dir/s" --json "$dir/s"
has err "--json and --state both write to"
run 2 "${quick[@]}" --state "$dir/s" --seeds 2
has err '--state takes one run'
run 2 "${quick[@]}" --state "$dir/none/s"
has err '--state'
run 2 "${quick[@]}" --state "$dir/s" --dry-run
has err 'there is no report for --state'
# half of the file is the same instant, however it is said
half=$(($(stat -c %s "$(dirname "${quick[0]}")/$(sed -n 's/^job: //p' "${quick[0]}")") / 2))
run 0 "${quick[@]}" --dry-run --set 'power[0].at={progress: 50%}'
grep -v 'progress\|#' "$dir/out" > "$dir/progress"
run 0 "${quick[@]}" --dry-run --set "power[0].at={file: ${half}B}"
grep -v 'file:\|#' "$dir/out" | cmp -s - "$dir/progress" || say "progress: $(cat "$dir/progress") and file: $(cat "$dir/out")"
# a command to the PLR from the console: its answer is for people
run 0 "${quick[@]}" --set 'disturb=[{at: {layer: 1}, kind: console, line: PLR_QUERY_SAVED_STATE}, {at: {layer: 1}, kind: console, line: PLR_NONSENSE}]'
has out 'calibration: stepper_z (reference) at'
has out 'unknown command: PLR_NONSENSE'
# commands to the PLR within the hooks of one that is under way: what is done at once is done, what takes time is refused
hooked() { # CODE COMMANDS [ARGUMENT...]: the commands in every hook
    local hook
    rm -rf "$dir/hooked"
    cp -r fixtures/klipper/voron24 "$dir/hooked"
    for hook in before_resume after_resume before_calibrate after_calibrate; do
        sed -i "s/^${hook}_gcode: *\([^#]*\).*/${hook}_gcode:\n$2\n  \1/" "$dir/hooked/power_loss_recovery.cfg"
    done
    cat >> "$dir/hooked/power_loss_recovery_macros.cfg" << 'END'

[gcode_macro _PLR_HEAT]
gcode:
    {action_respond_info("targets %.0f %.0f" % (printer.heater_bed.target, printer.extruder.target))}
    {action_respond_info("warm" if printer.heater_bed.temperature > 50 else "cold")}
    {% set tool = printer.toolchanger %}
END
    run "$1" scenarios/macros/macros_guide.yaml --set sim.gantry=quasistatic --set plr.config="$dir/hooked/printer.cfg" "${@:3}"
}
for dut in macros core; do
    hooked 0 '  PLR_LOAD_MESH\n  PLR_QUERY_SAVED_STATE\n  PLR_DISABLE\n  PLR_ENABLE\n  M117 x' --set dut=$dut
    has out 'no bed mesh was kept: none is loaded'
    [ "$(grep -cF '> PLR_QUERY_SAVED_STATE' "$dir/out")" -eq 4 ] || say "not each of the four hooks was answered ($dut)"
    [ "$(grep -cF 'calibration: none' "$dir/out")" -eq 1 ] || say "after_calibrate_gcode does not run behind the calibration ($dut)"
done
hooked 1 '  PLR_Z_HOME MODE=RESUME' --set dut=macros
has out '> PLR_Z_HOME MODE=RESUME: something else is running'
# debug_mode: the reasons, in the report, also those of the recorder
run 0 "${quick[@]}" --set plr.debug_mode=true
for reason in 'saves the state; layer: ' 'marks the progress; layer: ' "goes on from the power failure's record; byte: " \
    "power was away: the motors' heights are not believed" 'gate: the file has the saved size, name and CRC' \
    'gate: the machine has a heater for the tool: 0' 'gate: the bed is above bed_gate by' 'gate: Z is measured by the calibration of' \
    'no progress tick is newer' 'warm enough to leave the part' 'lifts clear of all that a corner may have fallen' \
    'the chamber differs from calibration by' 'the endstop of stepper_z1 is off by' 'verification: largest corner difference' \
    'comes down on the part at Z'; do
    has out "$reason"
done
run 0 "${quick[@]}"
! grep -qE 'saves the state|gate: ' "$dir/out" || say 'reasons without debug_mode'
# what a macro may ask of the heaters, and what it may not run
hooked 0 '  _PLR_HEAT\n  FOO_BAR_UNKNOWN' --set dut=macros
has out 'macro: targets 105 '
has out 'macro: warm'
[ "$(grep -c 'macro: nothing for printer.toolchanger.*(power_loss_recovery_macros.cfg:[0-9]*)' "$dir/out")" -eq 1 ] ||
    say 'what the simulated printer does not know is not said once, with its place'
has out "macro line 'FOO_BAR_UNKNOWN': unknown here, did nothing"
# every command has its row for people, and so have the core's own options
for name in $(sed -n 's/.*plr_gcode_is(line, "\(PLR_[A-Z_]*\)").*/\1/p' core/plr/command.c) PLR_DISABLE; do
    grep -qE "^\|.*\`$name\`" docs/KLIPPER.md || say "docs/KLIPPER.md has no row for $name"
done
for name in load_guard stability_check adaptive_interval; do
    grep -qF "\`$name\`" docs/KLIPPER.md || say "docs/KLIPPER.md has nothing on $name"
done
# history_size: as docs/KLIPPER.md says, only its check matters
for size in 3 20; do
    run 0 "${quick[@]}" --set plr.history_size=$size
    sed -n 's/.*, trace //p' "$dir/out" > "$dir/trace$size"
done
[ -s "$dir/trace3" ] || say 'no trace in the report'
cmp -s "$dir/trace3" "$dir/trace20" || say 'history_size changes the run'
# nothing runs, so there is nothing to report
for report in --json --junit; do
    run 2 "${quick[@]}" --dry-run "$report" "$dir/dry"
    has err "--dry-run runs nothing: there is no report for $report"
    [ ! -e "$dir/dry" ] || say "--dry-run wrote $report"
done
run 2 "${quick[@]}" --dry-run --seeds 2
has err '--dry-run runs nothing'
# what was meant as an ID is told where it goes wrong, a path that is not there is not
run 2 voron24_cut@12
has err 'run ID:1:15: error: a hash has eight hexadecimal digits'
has err '  voron24_cut@12'
run 2 voron24_cut@zzzzzzzz#s1
has err 'run ID:1:13: error: a hash has eight'
run 2 check voron24_cut#s1
has err "run ID:1:12: error: '@' and the hash are missing"
run 2 voron24_cut@00000000#s1:q7
has err 'run ID:1:25: error: a cut is lLAYER.MOVE'
run 2 voron24_cut@00000000#s1+a%zz=1
has err 'run ID:1:26: error: a percent sign'
run 2 nowhere@home/x.yaml
has err 'no such file'
cp scenarios/voron24_unusual_modes.yaml "$dir/odd@12"
run 2 check "$dir/odd@12"
has err "no such file: $dir/../fixtures"
run 0 --help
has out 'plr-sim'
run 0 --version

# --- pictures of a run ---
run 0 "${quick[@]}" --quiet --trace "$dir/run.trace"
"$sim" view "$dir/run.trace" --screenshot "$dir/view.png" --at cut --size 960x600 2> "$dir/err" || cp "$dir/err" "$dir/no_png"
if grep -qs 'without libpng' "$dir/no_png"; then
    run 2 "${quick[@]}" --screenshot "$dir/view.png"
else
    is_empty err
    # of a run at once, and of its trace: the same; and so is its report
    run 0 "${quick[@]}" --quiet --trace "$dir/again.trace" --screenshot "$dir/again.png" --at cut --size 960x600
    cmp -s "$dir/view.png" "$dir/again.png" || say 'a run shown at once looks otherwise than its trace'
    cmp -s "$dir/run.trace" "$dir/again.trace" || say '--screenshot changes the trace'
    run 0 view "$dir/run.trace" --record "$dir/film" --at resume --speed 10000 --size 960x600
    has out 'frames, 25 a second'
    [ -s "$dir/film/000001.png" ] || say 'a film without frames'
    run 2 view "$dir/run.trace" --record "$dir/film" --at resume --speed 10000 --size 960x600
    has err "holds frames of a film already"
    run 2 view "$dir/run.trace" --screenshot "$dir/none/view.png"
    # one that is interrupted leaves whole frames alone
    "$sim" view "$dir/run.trace" --record "$dir/cut_short" --speed 1 > "$dir/out" 2> "$dir/err" &
    film=$!
    while [ ! -e "$dir/cut_short/000002.png" ] && kill -0 "$film" 2> /dev/null; do sleep 0.1; done
    kill -INT "$film" || say 'a film in real time was over at once'
    wait "$film" && code=0 || code=$?
    [ "$code" -eq 130 ] || say "an interrupted film ended with $code, not 130"
    for frame in "$dir"/cut_short/*; do
        case $frame in *.png) ;; *) say "an interrupted film leaves $frame" ;; esac
    done
fi
# a window that nobody could see or close does not run for ever
env -u DISPLAY -u WAYLAND_DISPLAY -u SDL_VIDEODRIVER timeout 10 "$sim" view "$dir/run.trace" 2> "$dir/err" && code=0 || code=$?
[ "$code" -eq 2 ] || say "view without a display ended with $code, not 2"
grep -qE 'no display: use --screenshot|no window|without SDL2' "$dir/err" || say "view without a display says $(cat "$dir/err")"
run 2 view "$dir/run.trace" --screenshot "$dir/view.png" --at lunch
has err "--at lunch: a time"
run 2 view "$dir/run.trace" --screenshot "$dir/view.png" --at cut:9
has err "this run has no such instant; it goes from 0:00:"
run 2 view "$dir/run.trace" --screenshot "$dir/beyond.png" --at 200min
has err "--at 200min: this run has no such instant; it goes from 0:00:"
run 2 view "$dir/run.trace" --screenshot "$dir/beyond.png" --at 0s
has err "--at 0s: this run has no such instant; it goes from 0:00:"
[ ! -e "$dir/beyond.png" ] || say 'a picture of what is outside the run'
for name in view.jpg png viewpng .png/view; do
    run 2 view "$dir/run.trace" --screenshot "$dir/$name" --at cut
    has err "a name that ends in .png is wanted"
    run 2 "${quick[@]}" --screenshot "$dir/$name"
    has err "a name that ends in .png is wanted"
    is_empty out
done
run 2 view "$dir/run.trace" --screenshot "$dir/view.png" --size 800
has err 'WIDTHxHEIGHT'
run 2 view "$dir/run.trace" --screenshot "$dir/view.png" --size 80x50
has err 'is no size'
run 2 view "$dir/run.trace" --screenshot "$dir/view.png" --scale 40
has err '50 to 400'
run 2 view "$dir/out" --screenshot "$dir/view.png"
has err "$dir/out"
run 2 "${quick[@]}" --at cut
has err '--at, --size and --scale are of'
run 2 "${quick[@]}" --view --seeds 3
has err 'take one run'
run 2 "${quick[@]}" --view --dry-run
has err 'nothing to show'

# --- messages show place, line and caret ---
run 2 "${quick[@]}" --set job=fixtures/invalid/gcode/nan/input.gcode
has err "input.gcode:6:4: error: 'Xnan' is not a number"
has err '  G1 Xnan Y100 E0.5'
has err '     ^~~~'
is_empty out
run 2 "${quick[@]}" --set sim.gantri=full
has err 'did you mean'

# --- JSON on stdout: nothing else there ---
run 0 "${quick[@]}" --json -
is_json "$dir/out"
has out '"schema": "plr-run/1"'
has err 'resumed'
run 0 "${quick[@]}" --quiet --json "$dir/a.json" --junit "$dir/a.xml" --no-host
is_json "$dir/a.json"
python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$dir/a.xml" || say 'no XML'
[ "$(wc -l < "$dir/out")" -eq 1 ] || say 'more than one line with --quiet'

# --- the printed ID gives the same bytes ---
id=$(cut -d ' ' -f 2 "$dir/out")
run 0 "$id" --quiet --json "$dir/b.json" --no-host
cmp -s "$dir/a.json" "$dir/b.json" || say "$id does not repeat"

# --- wherever the job was, and from wherever: the printed ID replays with the same root ---
root=$PWD
mkdir "$dir/my jobs"
cp fixtures/gcode/unusual_modes.gcode "$dir/my jobs/a b.gcode"
replays() { # FOLDER_OF_RUN WANTED_IN_ID FOLDER_OF_REPLAY OPERAND...
    local from=$1 wanted=$2 to=$3
    shift 3
    (cd "$from" && "$sim" --set sim.gantry=quasistatic --no-host --quiet --json "$dir/a.json" "$@") \
        > "$dir/out" 2> "$dir/err" || say "does not run in $from: $* $(cat "$dir/err")"
    local id
    id=$(cut -d ' ' -f 2 "$dir/out")
    [[ $id == *"+$wanted"* ]] || say "no '$wanted' in $id"
    (cd "$to" && "$sim" "$id" --root "$root" --no-host --quiet --json "$dir/b.json") > "$dir/out" 2> "$dir/err" ||
        say "$id does not run in $to: $(cat "$dir/err")"
    cmp -s "$dir/a.json" "$dir/b.json" || say "$id does not repeat"
}
tower=fixtures/gcode/unusual_modes.gcode
replays "$root" "job=$tower" "$dir" scenarios/voron24_unusual_modes.yaml --set job=$tower
replays "$root" "job=$tower" "$dir" scenarios/voron24_unusual_modes.yaml --set "job=$root/$tower"
replays "$dir" "job=$tower" / "$root/scenarios/voron24_unusual_modes.yaml" --root "$root" --set "job='$root/$tower'"
replays "$root/fixtures/gcode" "job=$tower" "$dir" "$root/scenarios/voron24_unusual_modes.yaml" --root "$root" \
    --set job=unusual_modes.gcode
replays "$root/fixtures/gcode" "printer=fixtures/printers/voron24_300.yaml" "$dir" \
    "$root/scenarios/voron24_unusual_modes.yaml" --root ../.. --set printer=../printers/voron24_300.yaml
replays "$dir" "job=%22${dir// /%20}/my%20jobs/a%20b.gcode%22" / \
    "$root/scenarios/voron24_unusual_modes.yaml" --root "$root" --set 'job=my jobs/a b.gcode'
run 2 "${quick[@]}" --root . --set job=nowhere/at/all.gcode
has err "--set:1:5: error: no such file: nowhere/at/all.gcode"

# --- reports are whole or not there, and what cannot be written is said before anything runs ---
run 2 "${quick[@]}" --json "$dir/none/a.json"
has err "--json $dir/none/a.json: cannot be written: No such file"
is_empty out
mkdir "$dir/folder"
run 2 "${quick[@]}" --json "$dir/folder"
is_empty out
run 2 "${quick[@]}" --seeds 2 --json "$dir/kept" --junit "$dir/folder/"
has err "--junit $dir/folder/: cannot be written: Is a directory"
run 2 "${quick[@]}" --junit "$dir/new/"
is_empty out
if [ -e "$dir/kept" ] || [ -e "$dir/new" ]; then
    say 'a check leaves a file'
fi
if [ "$(id -u)" -ne 0 ]; then
    chmod a-w "$dir/folder"
    run 2 "${quick[@]}" --json "$dir/folder/a.json"
    has err 'Permission denied'
    is_empty out
    chmod u+w "$dir/folder"
fi
if [ -e /dev/full ]; then
    "$sim" "${quick[@]}" --json - > /dev/full 2> /dev/null
    [ $? -eq 3 ] || say 'a full device goes unnoticed'
fi
echo keep > "$dir/kept.json"
run 2 "${quick[@]}" --set job=fixtures/invalid/gcode/nan/input.gcode --json "$dir/kept.json"
[ "$(cat "$dir/kept.json")" = keep ] || say 'a report was touched by a run that did not load'
[ -z "$(find "$dir" -maxdepth 1 -name '*.tmp*' -o -maxdepth 1 -name 'a.json?*')" ] || say 'something half-written stays'

# --- two on one line: the worse code ---
run 0 "${quick[@]}" scenarios/voron24_unusual_modes.yaml
[ "$(grep -c 'PASS      resumed' "$dir/out")" -eq 2 ] || say 'not two reports'
run 2 scenarios/voron24_unusual_modes.yaml scenarios/no_such.yaml
has out 'PASS      resumed'

# --- populations ---
run 0 "${quick[@]}" --seeds 3 --json "$dir/p.json"
is_json "$dir/p.json"
grep -q '"schema": "plr-sweep/1"' "$dir/p.json" || say 'no plr-sweep/1'
run 1 "${quick[@]}" --seeds 2 --set 'expect.z_offset_error={max: 0um}' --junit "$dir/p.xml"
has out '#s1'

# --- parts of a sweep ---
layers=(sweep "${quick[@]}" --every layer --jobs 1 --quiet)
run 0 "${layers[@]}" --no-host --json "$dir/whole.json"
for part in 1 2 3; do
    run 0 "${layers[@]}" --shard "$part/3" --json "$dir/part$part.json"
done
[ "$(wc -l < "$dir/out")" -eq 1 ] || say '--quiet is not quiet'
has out 'pass voron24_unusual_modes@'
run 0 merge "$dir/part3.json" "$dir/part1.json" "$dir/part2.json" --no-host --json "$dir/merged.json" --junit "$dir/merged.xml"
cmp -s "$dir/merged.json" "$dir/whole.json" || say 'the merged report is not that of the whole'
run 6 merge "$dir/part3.json" "$dir/part1.json" --json "$dir/two.json"
has out 'NOT WHOLE'
has err 'plr-sim: not whole: '
run 0 merge "$dir/part2.json" "$dir/two.json" --no-host --quiet --json -
cmp -s "$dir/out" "$dir/whole.json" || say 'a report merged twice is not that of the whole'
has err 'pass voron24_unusual_modes@'
run 2 merge "$dir/two.json" "$dir/part1.json"
has err "part1.json: error: has the cut 0, and so has $dir/two.json"
run 2 "${layers[@]}" --shard 4/3
run 1 "${layers[@]}" --shard 1/3 --set dut=naive --json "$dir/other.json"
has out 'fail voron24_unusual_modes@'
[ "$(wc -l < "$dir/out")" -eq 1 ] || say '--quiet is not quiet about failures'
is_empty err
run 2 merge "$dir/part2.json" "$dir/other.json"
has err "other.json: error: is no part of the same as $dir/part2.json: 'hashes' is "
head -c 2000 "$dir/part2.json" > "$dir/half.json"
run 2 merge "$dir/part1.json" "$dir/half.json"
has err 'half.json:'
run 2 merge "$dir/none.json"
run 2 merge
run 0 "${quick[@]}" --seeds 3 --no-host --json "$dir/p3.json"
run 0 "${quick[@]}" --seeds 2 --no-host --json "$dir/p2.json"
run 0 "${quick[@]}" --seed 3 --seeds 1 --no-host --json "$dir/p1.json"
run 0 merge "$dir/p1.json" "$dir/p2.json" --json "$dir/p.json" --quiet
cmp -s "$dir/p.json" "$dir/p3.json" || say 'seeds merged are not the same as at once'

# --- two reports ---
run 0 compare "$dir/whole.json" "$dir/merged.json"
has out 'SAME'
run 1 "${layers[@]}" --set dut=naive --json "$dir/naive.json"
run 1 compare "$dir/whole.json" "$dir/naive.json" --json "$dir/worse.json"
has out 'fail, was pass'
has out 'new: fail: z_offset_error_um resumed, '
is_json "$dir/worse.json"
grep -q '"verdict": "worse"' "$dir/worse.json" || say 'worse is not called worse'
run 2 compare "$dir/whole.json" "$dir/part1.json"
has err "part1.json: error: holds a part of its sweep only: 'covers' of "
run 0 compare "$dir/part1.json" "$dir/part1.json" --quiet
sed 's/"population": {/"population": null, "x": {/' "$dir/whole.json" > "$dir/gutted.json"
run 2 compare "$dir/whole.json" "$dir/gutted.json"
has err "gutted.json: error: 'population' is not an object"
run 2 compare "$dir/gutted.json" "$dir/whole.json"
run 0 compare "$dir/naive.json" "$dir/whole.json" --quiet --tolerance 1000,1000000000
is_empty out
run 0 "${quick[@]}" --json "$dir/one.json"
run 0 "${quick[@]}" --seed 5 --json "$dir/five.json"
run 0 compare "$dir/one.json" "$dir/five.json" --tolerance 500,100
has out 'seed  '
run 1 compare "$dir/one.json" "$dir/five.json" --tolerance 0,0
run 2 compare "$dir/one.json" "$dir/whole.json"
has err "whole.json: error: cannot be compared with $dir/one.json: 'schema' is plr-sweep/1, was plr-run/1"
run 2 compare "$dir/one.json" "$dir/half.json"
run 2 compare "$dir/one.json" "$dir/five.json" --tolerance x
has err '--tolerance wants'
run 2 compare "$dir/one.json"

# --- swarms: parts, seeds ---
swarm() { # FILE ARGUMENT...
    run 0 swarm --no-host --jobs 1 --runs 4 --json "$dir/$1" "${@:2}"
}
swarm s4.json --seed 3
swarm s1.json --seed 3 --to 0
has out '  1 run of seed 3, dut core'
swarm s3.json --seed 3 --from 1
run 0 merge "$dir/s3.json" "$dir/s1.json" --quiet --json "$dir/s.json"
cmp -s "$dir/s.json" "$dir/s4.json" || say 'parts of a swarm merged are not the swarm'
run 6 merge "$dir/s3.json"
has err 'not whole: 1 of 4 runs is in no report'
swarm other.json --seed 4 --from 1
run 2 merge "$dir/s1.json" "$dir/other.json"
has err "other.json: error: is no part of the same as $dir/s1.json: 'seed' is 4, there 3"
swarm other.json --seed 4
run 2 compare "$dir/s4.json" "$dir/other.json"
has err "'seed' is 4, was 3"
run 2 compare "$dir/s4.json" "$dir/s3.json"
swarm other.json --seed 3 --from 1 --set sim.gantry=quasistatic
run 2 merge "$dir/s1.json" "$dir/other.json"
has err "other.json: error: is no part of the same as $dir/s1.json: 'hashes' is "
run 0 swarm --seed 1 --runs 1 --no-host
# runs that cannot be made are errors, and counted
run 2 swarm --seed 2 --runs 3 --jobs 1 --no-host --set 'power=[{at: {nv_write: 400}, tear: prefix9000, off_for: 20s}]' \
    --json "$dir/unmade.json" --junit "$dir/unmade.xml" --csv "$dir/unmade.csv"
has out '3 could not be made'
grep -q '"outcome": "error"' "$dir/unmade.json" || say 'runs that could not be made are no error'
grep -q '"not_made": 3' "$dir/unmade.json" || say 'runs that could not be made are not counted'
grep -q 'errors="3"' "$dir/unmade.xml" || say 'runs that could not be made are not in JUnit'
[ "$(wc -l < "$dir/unmade.csv")" -eq 4 ] || say 'runs that could not be made are not in the CSV'
run 2 merge "$dir/unmade.json" --json "$dir/unmade2.json"
cmp -s "$dir/unmade.json" "$dir/unmade2.json" || say 'merging forgets runs that could not be made'
if grep -q 'refused for *$' "$dir/out"; then say 'reasons of no refusal'; fi

# --- docs/ci/lab.sh in a project of its own ---
mkdir -p "$dir/project/lab/scenarios" "$dir/project/lab/regressions" "$dir/project/lab/release"
ln -s "$PWD/fixtures" "$dir/project/lab/fixtures"
cp scenarios/voron24_unusual_modes.yaml "$dir/project/lab/scenarios/mine.yaml"
lab() { # CODE
    local code=0
    (cd "$dir/project" && PLR_SIM=$sim "$lab_script") > "$dir/out" 2> "$dir/err" || code=$?
    [ "$code" -eq "$1" ] || say "exit $code, not $1: lab.sh"
}
sim=$(realpath "$sim")
lab_script=$PWD/docs/ci/lab.sh
lab 0
is_json "$dir/project/lab/out/mine.json"
cp "$dir/project/lab/out/mine.json" "$dir/project/lab/release/"
"$sim" "$dir/project/lab/scenarios/mine.yaml" --quiet | sed 's/^[a-z]* //' > "$dir/project/lab/regressions/one.id"
lab 0
has out 'SAME'
has out 'pass mine@'
sed -i 's/@......../@00000000/' "$dir/project/lab/regressions/one.id"
lab 2
has out 'one.id: exit 2'
rm "$dir/project/lab/regressions/one.id"
echo 'dut: naive' >> "$dir/project/lab/scenarios/mine.yaml"
lab 1
has out 'Failing classes'
has out 'new: fail: '

# --- other verbs ---
run 0 "${quick[@]}" --dry-run
has out 'power[0]: layer 4, line '
has out 'during print'
# the report counts in the same way
into=$(grep -oE '[0-9.]+ s into the job' "$dir/out" | head -n 1)
"$sim" "${quick[@]}" > "$dir/out" 2> "$dir/err"
grep -qE "into the job +${into% into the job}\$" "$dir/out" || say "the report does not say $into"
run 0 scenarios/voron24_recut_z1.yaml --dry-run
has out 'in the recovery (phase home_z1)'
run 0 check scenarios/voron24_cut.yaml scenarios/ender3_cut.yaml
has out 'scenarios/ender3_cut.yaml: good'
run 2 check scenarios/voron24_cut.yaml fixtures/invalid/unknown_key/input
run 0 list
has out 'scenarios/voron24_cut.yaml'
run 2 list --root "$dir/folder"
run 0 explain power.at
run 0 explain
has out 'expect_p95'
run 0 explain power seed
has out 'seed: '
run 2 explain powr
has err "did you mean \`power\`?"
run 2 explain NOSUCH seed
has err "key:1:1: error: there is no key 'NOSUCH' in a scenario; 'plr-sim explain' lists them"
has out 'seed: '
run 2 explain 'power[0].at.laier'
has err "did you mean \`power[0].at.layer\`?"
run 0 schema
cmp -s "$dir/out" scenarios/schema.json || say 'the schema is not the committed one'

# --- a printer file from a Klipper configuration ---
run 0 printer --from fixtures/klipper/voron24/printer.cfg -o "$dir/mine.yaml"
is_empty out
cmp -s "$dir/mine.yaml" fixtures/klipper/golden/voron24.yaml || say 'the printer file is not the committed one'
run 0 check "$dir/mine.yaml"
has out 'mine.yaml: good'
run 0 scenarios/voron24_cut.yaml --set printer="$dir/mine.yaml" --set sim.gantry=quasistatic --quiet
run 0 printer --from fixtures/klipper/guide/printer.cfg
has out 'z_position: 350mm # power_loss_recovery.cfg:37, [power_loss_recovery]'
run 2 printer --from fixtures/invalid/klipper/kinematics_delta/input.cfg
is_empty out
has err "input.cfg:4:13: error: kinematics 'delta'"
run 2 printer --from "$dir/none.cfg"
run 2 printer
has err '--from'
# the user's own files stay what they are: by their name, another name, or an include
cp -r fixtures/klipper/guide "$dir/own"
ln -s printer.cfg "$dir/own/symbolic.yaml"
ln "$dir/own/printer.cfg" "$dir/own/hard.yaml"
for own in printer.cfg symbolic.yaml hard.yaml power_loss_recovery.cfg; do
    run 2 printer --from "$dir/own/printer.cfg" -o "$dir/own/$own"
    has err 'is the configuration that is read: it is never written to'
done
for own in "$dir"/own/*.cfg; do
    cmp -s "$own" "fixtures/klipper/guide/${own##*/}" || say "$own was written to"
done
echo 'kinematics: corexi' > "$dir/odd.yaml"
run 2 check "$dir/odd.yaml"
has err 'did you mean'

# --- a printer for others: what cannot be served, and an end by a signal (what it does: serve/loop.py) ---
served=(serve "${quick[@]}" --pty "$dir/tty" --control "$dir/ctl")
run 2 serve
run 2 serve "${quick[@]}"
has err 'serve wants --pty PATH'
run 2 serve "${quick[@]}" --pty "$dir/tty"
has err 'serve wants --control SOCK'
run 2 "${served[@]}" --speed 100001
has err '--speed wants a number from 1 to 100000'
run 2 "${served[@]}" --gpio 'x,mians=1'
has err '--gpio:1:3: error: no relay or sense is called that'
has err "did you mean \`mains\`?"
run 2 serve scenarios/no_such.yaml --pty "$dir/tty" --control "$dir/ctl"
run 3 "${served[@]}" --gpio "$dir,ac=1"
has err "$dir/sim_gpio1/pull of ac: No such file or directory"
: > "$dir/file"
run 3 serve "${quick[@]}" --pty "$dir/file" --control "$dir/ctl"
has err "--pty $dir/file: is there already, and no symbolic link"
[ ! -e "$dir/ctl" ] || say 'a socket stays of what was not served'
run 3 serve "${quick[@]}" --pty "$dir/none/tty" --control "$dir/ctl"
run 3 serve "${quick[@]}" --pty "$dir/tty" --control "$dir/file"
has err "--control $dir/file: cannot be made: Address already in use"
[ -f "$dir/file" ] || say 'what was at --control is gone'
is_empty out
ln -s /nowhere "$dir/tty"
"$sim" "${served[@]}" > "$dir/out" 2> "$dir/err" &
for ((i = 0; i < 300; i++)); do
    [ "$(wc -l < "$dir/out")" -eq 2 ] && break
    sleep 0.1
done
has out "serial line $dir/tty (/dev/pts/"
[ -c "$dir/tty" ] || say 'no serial line at the link'
run 3 "${served[@]}"
has err 'Address already in use'
kill -TERM %%
code=0
wait %% || code=$?
[ "$code" -eq 130 ] || say "exit $code after a signal, not 130"
if [ -L "$dir/tty" ] || [ -e "$dir/ctl" ]; then say 'link or socket stay behind'; fi

# --- interrupted: what was done is reported, and marked ---
# interrupt SIGNAL ARGUMENT...: sends it as soon as something has been done
interrupt() {
    local number=$1 code=0 pid
    shift
    : > "$dir/err"
    "$sim" "$@" > "$dir/out" 2> "$dir/err" &
    pid=$!
    until [ -s "$dir/err" ] || ! kill -0 $pid 2> /dev/null; do sleep 0.05; done
    kill -"$number" $pid
    wait $pid || code=$?
    [ $code -eq 130 ] || say "exit $code, not 130: plr-sim $*"
}
long=(sweep scenarios/voron24_cut.yaml --every nv_write --tear all)
for jobs in 1 2; do
    interrupt INT "${long[@]}" --jobs $jobs --no-host --json "$dir/part.json" --junit "$dir/part.xml"
    has out INTERRUPTED
    has out 'NOT WHOLE'
    grep -q '"interrupted": true' "$dir/part.json" || say 'an interrupted report does not say so'
    grep -q 'name="interrupted"' "$dir/part.xml" || say 'an interrupted sweep is not in JUnit'
    run 6 merge "$dir/part.json"
done
interrupt TERM swarm --runs 1000 --to 399 --seed 3 --no-host --json "$dir/part.json"
has out INTERRUPTED
run 6 merge "$dir/part.json" --quiet
# a worker that is killed from outside is no bug
: > "$dir/err"
"$sim" "${long[@]}" --jobs 2 > "$dir/out" 2> "$dir/err" &
parent=$!
until [ -s "$dir/err" ] || ! kill -0 $parent 2> /dev/null; do sleep 0.05; done
read -r worker _ < "/proc/$parent/task/$parent/children"
kill -KILL "$worker"
code=0
wait $parent || code=$?
[ $code -eq 3 ] || say "a worker killed from outside ends with $code"
has err 'ended from outside by signal 9'
# --- an error in --axes names it ---
run 2 sweep "${quick[@]}" --every layer --axes 'sim.supply.x=1'
has err '--axes:1:12: error: unknown key'

# --- sweeps: second cuts, phases, axes ---
run 0 sweep "${quick[@]}" --every layer --from 2 --to 2 --depth 2 --every2 phase --json "$dir/second.json"
grep -q '"cuts": [2-9][0-9]' "$dir/second.json" || say 'no second cuts'
run 0 sweep "${quick[@]}" --every phase --csv "$dir/phase.csv"
grep -q '^t[0-9]*:pverify.1,' "$dir/phase.csv" || say 'no phase verify'
# charts of a line: blocks where the locale has them, ASCII for --plain and elsewhere
LC_ALL=C.UTF-8 TERM=xterm run 0 "${quick[@]}"
grep 'height error' "$dir/out" | grep -qF '█' || say 'no blocks in a locale that has them'
LC_ALL=C.UTF-8 TERM=xterm run 0 "${quick[@]}" --plain
grep -q 'height error *[_.=+x*# -]' "$dir/out" || say 'no height error'
LC_ALL=C grep -q '[^ -~]' "$dir/out" && say 'more than ASCII in a plain text'
LC_ALL=C run 0 sweep "${quick[@]}" --every layer
grep -q '^  z error     [_.=+x*# -]*  to [0-9]* um, by cut$' "$dir/out" || say 'no curve in a sweep'
# pages: the same bytes whoever worked, whole tags, nothing half-written
run 0 sweep "${quick[@]}" --every layer --no-host --jobs 1 --html "$dir/one.html"
run 0 sweep "${quick[@]}" --every layer --no-host --jobs 3 --quiet --html -
cmp -s "$dir/out" "$dir/one.html" || say 'the page hangs on how many processes there were'
has err pass
has one.html 'Error against the instant of the cut'
run 0 "${quick[@]}" --no-host --html "$dir/run.html" --trace "$dir/run.plrt" --quiet
run 0 "${quick[@]}" --no-host --html -
cmp -s "$dir/out" "$dir/run.html" || say 'two pages of one run differ'
has err 'PASS      resumed'
for what in 'The seam from above' 'Temperatures' '<code>plr-sim voron24_unusual_modes@'; do
    has run.html "$what"
done
run 0 "${quick[@]}" --seeds 2 --quiet --html "$dir/seeds.html"
has seeds.html 'Many runs of one scenario'
has seeds.html 'Error of each run'
run 2 "${quick[@]}" --dry-run --html "$dir/run.html"
run 0 merge "$dir/second.json" --html "$dir/merged.html"
has merged.html 'does not hold its cuts one by one'
run 2 sweep "${quick[@]}" --every layer --html "$dir/same" --json "$dir/same"
has err "--json and --html both write to '$dir/same'"
# what is read is not written over
cp scenarios/voron24_cut.yaml "$dir/read.yaml"
run 2 "$dir/read.yaml" --html "$dir/./read.yaml"
has err "would be written over '$dir/read.yaml', which is read"
cmp -s scenarios/voron24_cut.yaml "$dir/read.yaml" || say 'a scenario was written over'
mkdir -p "$dir/over/scenarios" "$dir/over/fixtures"
cp scenarios/voron24_cut.yaml "$dir/over/scenarios/"
cp -r fixtures/printers fixtures/gcode "$dir/over/fixtures/" && chmod -R u+w "$dir/over"
for victim in printers/voron24_300.yaml gcode/tower_voron24.gcode; do
    cksum "$dir/over/fixtures/$victim" > "$dir/sum"
    run 2 "$dir/over/scenarios/voron24_cut.yaml" --json "$dir/over/fixtures/$victim"
    has err '--json would be written over it, and it is read'
    run 2 sweep "$dir/over/scenarios/voron24_cut.yaml" --every layer --html "$dir/over/fixtures/$victim"
    has err '--html would be written over it, and it is read'
    cksum "$dir/over/fixtures/$victim" | cmp -s - "$dir/sum" || say "$victim was written over"
done
# shellcheck disable=SC2016 # a VCD's words begin so
printf '$timescale 1 us $end $var wire 1 ! m $end $enddefinitions $end #0 1! #9 0! #20 1!\n' > "$dir/read.vcd"
run 2 power-script "$dir/read.vcd" -o "$dir/read.vcd"
has err "--output $dir/read.vcd: would be written over"
run 2 sweep "${quick[@]}" --every layer --html "$dir/no/such.html"
run 2 sweep "${quick[@]}" --every phase --depth 2
has err 'cuts inside a recovery already'
run 2 sweep "${quick[@]}" --every move --every2 phase
has err '--every2 goes with --depth 2'
for again in 'phase,' ',phase' 'phase,phase'; do
    run 2 sweep "${quick[@]}" --every move --depth 2 --every2 "$again"
    has err '--every2 wants some of phase, nv_write, layer'
done
axes=(sweep "${quick[@]}" --every layer --to 2 --axes)
run 0 "${axes[@]}" 'sim.supply.hold_up=20ms,50ms;sim.supply.detect=1ms,5ms' --quiet --json "$dir/axes.json"
[ "$(grep -c '"schema": "plr-sweep/1"' "$dir/axes.json")" -eq 4 ] || say 'not four sweeps'
is_json "$dir/axes.json"
[ "$(grep -c '^pass .*hold_up=.*detect=' "$dir/out")" -eq 4 ] || say 'not four lines'
[ "$(wc -l < "$dir/out")" -eq 4 ] || say 'more than a line for each combination'
run 1 "${axes[@]}" 'dut=core,naive'
has out 'FAIL'
[ "$(grep -c 'PASS$' "$dir/out")" -eq 1 ] || say 'not one row that passes'
run 2 "${axes[@]}" 'sim.supply.hold_up'
has err '--axes wants KEY=VALUE'
run 2 "${axes[@]}" 'sim.supply.hold_up=1ms,1ms'
has err 'nothing twice'
run 2 "${axes[@]}" 'dut=core;dut=naive'
has err 'nothing twice'
run 2 "${axes[@]}" 'dut=core,naive' --shard 1/2
has err 'tables are not merged'
run 2 "${axes[@]}" 'sim.supply.holdup=1ms'
has err "unknown key 'holdup'"
run 2 "${axes[@]}" 'dut=core' --csv "$dir/x.csv"
has err 'several sweeps'
run 2 "${axes[@]}" 'dut=core' --html "$dir/x.html"
has err 'several sweeps'

# --- sweeps: nothing to cut is no pass ---
layer=(sweep "${quick[@]}" --every layer)
run 2 "${layer[@]}" --from 99999
has err 'the print has no layer numbered from 99999 on'
run 2 "${layer[@]}" --from 99998 --to 99999 --shard 1/2 --json "$dir/nothing.json"
has err 'from 99998 to 99999'
[ ! -e "$dir/nothing.json" ] || say 'a sweep of nothing leaves a report'
run 2 "${axes[@]}" 'dut=core,naive' --from 99999 --to 99999
has err 'the print has no layer'
run 2 sweep "${quick[@]}" --every phase --set 'power=[]'
has err 'and it has none in the print'
run 2 sweep "${quick[@]}" --every nv_write --tear lost_unsynced
has err '(sim.nv.kind: fram) cannot be torn as --tear says'
run 2 "${layer[@]}" --to 0 --depth 2 --tear lost_unsynced
has err 'cannot be torn as --tear says'
run 0 "${layer[@]}" --to 0 --shard 1/2 --quiet # an equal part of one cut
run 0 sweep "${quick[@]}" --every event:1000000000 --quiet
run 2 sweep "${quick[@]}" --every event:9223372036854775806
has err 'N from 1 to 1000000000'

# --- sweeps: of an ID ---
run 0 "${quick[@]}" --quiet
id=$(cut -d ' ' -f 2 "$dir/out")
run 0 sweep "$id" --every layer --to 1 --quiet
run 2 sweep "${id%%@*}@00000000#s1" --every layer --to 1
has err 'the ID was made with hash 00000000'
has err ' now has '
run 2 sweep "${id/+/:l1+}" --every layer --to 1
has err "leave out ':l1'"
run 0 sweep "${id/+/:l1+}" --every phase --quiet
run 2 sweep "${id/+/:l1:t1+}" --every phase
has err 'takes an ID with one cut'

# --- sweeps: progress ---
run 0 "${layer[@]}"
grep -qE ': [0-9]+ %, [0-9]+ of [0-9]+ cuts, 0 failed, [0-9]+/s$' "$dir/err" || say 'no total in the progress'
run 0 "${layer[@]}" --to 1 --depth 2 --every2 phase --jobs 1
grep -qE ': [0-9]+ %, [0-9]+ cuts, entry 2 of 2, 0 failed, [0-9]+/s$' "$dir/err" || say 'no entry in the progress'
run 0 swarm --runs 2 --quiet --set sim.gantry=quasistatic
[ "$(cat "$dir/out")" = 'pass swarm --seed 1 --from 0 --to 1' ] || say "a quiet swarm says $(cat "$dir/out")"
is_empty err
run 0 "${quick[@]}" --seeds 2 --quiet
[ "$(wc -l < "$dir/out")" -eq 1 ] || say 'quiet seeds are not quiet'

# --- sweeps: what is wrong with the whole is in the exit code, whatever the cuts' outcomes ---
run 0 sweep "${quick[@]}" --every layer --to 3 --full 2 --json "$dir/right.json"
forged() { # CODE PYTHON: the report with one count changed, merged
    python3 -c 'import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
exec(sys.argv[3])
json.dump(d, open(sys.argv[2], "w", encoding="utf-8"))' "$dir/right.json" "$dir/forged.json" "$2"
    run "$1" merge "$dir/forged.json" --quiet
}
forged 0 'pass'
forged 1 'd["other_state"] = 1'
forged 4 'd["results"].update(resumed=3, never_finished=1)'
forged 5 'd["differs"] = 1'
forged 5 'd["full"]["otherwise"] = 1'
forged 5 'd["full"]["too_far"] = 1'

# --- a scenario with a Klipper configuration ---
run 0 scenarios/voron24_klipper_config.yaml --set sim.gantry=quasistatic --json -
has out '"config": '
run 2 "${quick[@]}" --set plr.config=fixtures/klipper/guide/printer.cfg
has err 'power_loss_recovery.cfg:37:13: error: z_position lies above the 260 mm'
run 2 "${quick[@]}" --set plr.config=fixtures/klipper/none.cfg
has err '--set:1:'
# an ID finds the configuration again
run 0 scenarios/voron24_klipper_config.yaml --set sim.gantry=quasistatic --set plr.config=fixtures/klipper/voron24/printer.cfg --quiet
id=$(cut -d ' ' -f 2 "$dir/out")
run 0 "$id" --quiet

[ "$failed" -eq 0 ] && echo 'all good'
[ "$failed" -eq 0 ]
