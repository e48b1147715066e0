#!/usr/bin/env bash
# Black-box test of plr-rig where there is no GPIO: what it refuses before it asks for a line. Usage: test_rig_cli.sh PLR_RIG (from the source root)
# SPDX-License-Identifier: MIT
set -uo pipefail

rig=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
cp fixtures/benches/voron24_pi4.yaml "$dir/bench.yaml"
sed -i '/^gauges:/,/^beeper:/{/^beeper:/!d}' "$dir/bench.yaml" # nobody to ask, and no dial
bench=$dir/bench.yaml scenario=scenarios/bench/short.yaml

say() {
    echo "FAIL: $*"
    failed=$((failed + 1))
}

# run CODE OPERAND...: output into $dir/out and $dir/err
run() {
    local wanted=$1 code=0
    shift
    "$rig" "$@" > "$dir/out" 2> "$dir/err" || code=$?
    [ "$code" -eq "$wanted" ] || say "exit $code, not $wanted: plr-rig $* ($(head -c 400 "$dir/err"))"
}

has() { # FILE TEXT
    grep -qF -- "$2" "$dir/$1" || say "no '$2' in $1: $(head -c 400 "$dir/$1")"
}

# --- queues ---
what=another
repeat() { # CODE DONE PASSED ARGUMENT...: a queue that is so far
    printf '{"schema": "plr-queue/1", "what": "%s", "done": %d, "passed": %d, "failed": %d}\n' \
        "$what" "$2" "$3" $(($2 - $3)) > "$dir/queue"
    run "$1" run "$scenario" -b "$bench" --arm --state "$dir/queue" "${@:4}"
}
repeat 2 1 1 --repeat 2
has err 'this is a queue of other runs (another, and not '
what=$(sed -n 's/.*, and not \([^)]*\)).*/\1/p' "$dir/err")
repeat 2 2 2 --repeat 2 # nothing was run, so nothing passed
has err 'this queue is over: 2 of 2 runs, 2 passed, 0 failed'
has err "remove $dir/queue"
repeat 2 3 3 --repeat 2
has err 'this queue is over'
repeat 2 3 1 --repeat 9 --stop-after 2
has err 'this queue is over: 3 of 9 runs, 1 passed, 2 failed'
for format in json junit html vcd trace; do
    run 2 run "$scenario" -b "$bench" --arm --repeat 2 "--$format" -
    has err 'want a file'
done

# --- what is read is not written over: bench, scenario, and what it refers to ---
mkdir "$dir/over"
cp "$bench" "$dir/over/bench.yaml"
mkdir -p "$dir/over/scenarios/bench" "$dir/over/fixtures"
cp "$scenario" "$dir/over/scenarios/bench/"
cp -r fixtures/printers fixtures/coupons "$dir/over/fixtures/" && chmod -R u+w "$dir/over"
sums() { (cd "$dir/over" && find . -type f ! -name '*.lock' -exec cksum {} + | sort); }
sums > "$dir/sums"
over=$dir/over/$scenario
for victim in bench.yaml "$scenario" fixtures/coupons/short.gcode fixtures/printers/voron24_300.yaml; do
    victim=$dir/over/$victim
    for option in --json --junit --html --trace --vcd; do
        run 2 run "$over" -b "$dir/over/bench.yaml" --set 'power[0].domains=[24v]' --arm "$option" "$victim"
        has err "$option would be written over it, and it is read"
    done
    run 2 run "$over" -b "$dir/over/bench.yaml" --set 'power[0].domains=[24v]' --arm --repeat 2 --state "$victim"
    has err '--state would be written over it'
done
for kept in plr cycles lock; do
    run 2 run "$over" -b "$dir/over/bench.yaml" --set 'power[0].domains=[24v]' --arm --trace "$dir/over/bench.yaml.$kept"
    has err '--trace would be written over what the bench keeps there'
done
sums | cmp -s - "$dir/sums" || say 'something that is read was written over'

# --- one report goes to one place ---
run 2 run "$scenario" -b "$bench" --set 'power[0].domains=[24v]' --arm --json "$dir/one" --junit "$dir/one"
has err '--json and --junit both write to it'
run 2 run "$scenario" -b "$bench" --set 'power[0].domains=[24v]' --arm --trace "$dir/one" --vcd "$dir/./one"
has err '--trace and --vcd both write to it'
[ ! -e "$dir/one" ] || say 'a report was begun that another would have replaced'

# --- what is left out ---
run 2 run "$scenario" -b "$bench" --set 'power[0].domains=[24v]' --skip power # nothing would be cut, and pass for a print that came back
has err 'every cut of this scenario is left out by --skip'
run 2 run "$scenario" -b "$bench" --arm --repeat 2 --state "$dir/queue2" --set 'power[0].domains=[24v]' --skip 'power[0].at'
run 2 run "$scenario" -b "$bench" --set 'power[0].domains=[24v]' --skip 'power[3]'
has err 'this scenario has no such cut or disturbance'
has err 'did you mean '
run 2 run "$scenario" -b "$bench"
has err 'power[0].domains.mains: no relay of '
has err '    domains: [mains]'
! grep -q -- --skip "$dir/err" || say 'it proposes to leave out its only cut'
run 3 run "$scenario" -b "$bench" --set 'power=[{at: {layer: 3}, off_for: 60s, domains: [24v]}, {at: {phase: verify}, off_for: 60s}]' --skip 'power[1]'
has out 'note: power[1].at.phase is left out'
[[ $(head -n 1 "$dir/out") == short@*'#s1+power='* ]] || say "no ID in front: $(head -n 1 "$dir/out")"

# --- as the packages lay it out: scenarios are somewhere else ---
here=$PWD rig=$(realpath "$rig")
cd "$dir" || exit 1
run 3 run "$scenario" --root "$here" --set 'power[0].domains=[24v]' -b bench.yaml # 3: no GPIO here
has out 'by psu, off for 60.000 s'
run 2 run "$scenario" --root "$here/rig" -b bench.yaml
has err "$scenario: error: no such file"
cd "$here" || exit 1

# --- a bench that could switch nothing off, or not all: nothing is armed, and check says so ---
printf 'about: x\nlink: {kind: marlin, address: /dev/null}\nlimits: {nozzle: 150C}\n' > "$dir/none.yaml"
sed '/^  - name: mains/,/^    read_back: ac/d' "$bench" > "$dir/psu.yaml"
for of in none psu; do
    run 2 run "$scenario" --skip power --arm -b "$dir/$of.yaml"
    has err 'nothing is armed here: no relay of this bench takes the mains away'
    has err 'feeds: everything'
    run 2 serve --arm -b "$dir/$of.yaml"
done
run 2 relay psu on --arm -b "$dir/psu.yaml"
run 3 relay psu off --arm -b "$dir/psu.yaml" # off may always be asked for; 3: no GPIO here
has err 'line GPIO27'
run 3 check -b "$dir/none.yaml" # no line, so no chip is asked for
has err 'no relay of this bench takes the mains away'
sed 's/^  - name: psu/&\n    feeds: everything/' "$dir/psu.yaml" > "$dir/all.yaml"
run 3 relay psu on --arm -b "$dir/all.yaml" # 3: no GPIO here
has err 'line GPIO27'

# --- an outlet that does not answer whether it is on ---
printf 'about: x\nlink: {kind: none}\nrelays:\n  - {name: %s, domain: mains, role: isolation, on_cmd: a, off_cmd: b, get_cmd: "%s"}\n' \
    outlet 'sleep 1000' > "$dir/outlet.yaml"
begun=$SECONDS
run 3 relay outlet get -b "$dir/outlet.yaml"
has err "get_cmd of relay 'outlet' failed: no answer within 5 s"
[ $((SECONDS - begun)) -lt 60 ] || say 'relay get waits for an outlet'
sed -i 's/sleep 1000/exit 1/' "$dir/outlet.yaml"
run 0 relay outlet get -b "$dir/outlet.yaml"
has out 'outlet is off'

# --- gauges that cannot be read: known before anything is printed ---
cp "$bench" "$dir/gauges.yaml"
cat >> "$dir/gauges.yaml" << 'END'
gauges:
  - {name: dial, kind: cmd, measures: z_offset, source: no-such-dial --once}
  - {name: eyes, kind: prompt, measures: layer_shift, source: which line?, time: 10min}
  - {name: probe, kind: serial, measures: corner, corner: 0, source: /dev/nowhere}
END
cut=(--set 'power[0].domains=[24v]' -b "$dir/gauges.yaml")
run 2 run "$scenario" "${cut[@]}" --arm < /dev/null
has err 'nothing is switched on:'
for words in "'dial' wants the program no-such-dial, which is not installed here; mend that" \
    "'eyes' asks a person, and there is no terminal; run this from a terminal, or take the gauge out" \
    "'probe' is read from /dev/nowhere: No such file"; do
    has err "$words"
done
run 3 run "$scenario" "${cut[@]}" < /dev/null
has err "'eyes' asks a person"
cat > "$dir/desk.yaml" << 'END'
about: an outlet and no line, so that no chip is asked for
link: {kind: none}
relays:
  - {name: outlet, domain: mains, role: isolation, fails_off: true, on_cmd: "true", off_cmd: "true", get_cmd: "exit 1"}
END
sed -n '/^gauges:/,$p' "$dir/gauges.yaml" >> "$dir/desk.yaml"
run 3 check -b "$dir/desk.yaml" < /dev/null
has err "'dial' wants the program no-such-dial"
has err "'eyes' asks a person"
sed -i '/dial\|probe/d' "$dir/desk.yaml"
run 0 check -b "$dir/desk.yaml" < /dev/null # a run may well have a terminal
has err "'eyes' asks a person"

# --- a second run on a bench leaves the files of the first alone ---
rm -f "$bench.lock"
echo 'the trace of the first run' > "$dir/run.trace"
python3 - "$bench.lock" << 'END' &
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
lock.write("the first run\n")
lock.flush()
time.sleep(30)
END
holder=$!
for _ in $(seq 100); do
    [ -s "$bench.lock" ] && break
    sleep 0.1
done
run 3 run "$scenario" --set 'power[0].domains=[24v]' -b "$bench" --arm --trace "$dir/run.trace"
has err "another run has this bench: process $holder, the first run"
[ "$(cat "$dir/run.trace")" = 'the trace of the first run' ] || say 'the trace of the first run is gone'
kill "$holder"

[ "$failed" -eq 0 ] || {
    echo "$failed failed"
    exit 1
}
