#!/bin/bash
# plr-rig run against a simulated printer (plr-sim serve) behind simulated GPIO: the closed loop, and its faults. In the guest of ci/gpio-vm.
# SPDX-License-Identifier: MIT
# usage: vm_run.sh PLR-RIG PLR-SIM [loop|kill|stop|faults|CASE...]
set -u
rig=$1 sim=$2
shift 2
only=" $* "
# shellcheck source=rig/run/vm_loop.sh
. "$(dirname "$0")/vm_loop.sh"
scenario=scenarios/voron24_unusual_modes.yaml

# --- a whole run ---
# ready COOL SILENCE [AT]: a bench that calls so much cool, and a cut at that time of the job instead of the scenario's.
ready() {
    sed "s#/tmp/plr-printer#$dir/tty#; s/limits: {/limits: {cool_below: $1, /; s/silence: 10s/silence: $2/" \
        fixtures/benches/closed_loop.yaml > "$bench"
    sets=(--set sim.start.soaked=false)
    [ $# -lt 3 ] || sets+=(--set "power[0].at={time: $3}" --set 'power[0].off_for=5s')
}

ready 110C 10s
if wanted loop whole; then
    printer ",ac=5"
    start --trace "$dir/run.trace" --vcd "$dir/run.vcd"
    reach measuring
    ask verdict # the simulator's own, on the same print
    has answer '"result":"resumed"'
    ended 0
    report "r['result'] == 'resumed' and r['outcome'] == 'pass' and r['rig']['fault'] == ''"
    report "[s['state'] for s in r['rig']['states']] == 'off self_test armed printing cut waiting recovering printing measuring safe'.split()"
    report "r['rig']['cuts'][0]['made']['file_offset'] > r['rig']['cuts'][0]['asked']['file_offset']"
    report "0 <= r['rig']['cuts'][0]['resumed_layer'] - r['cuts'][0]['layer'] + 1 <= 2 and r['rig']['cuts'][0]['resumed_offset'] > 0"
    report "89900000 < r['rig']['cuts'][0]['off_us'] < 91000000"
    report "len(r['rig']['edges']) >= 8 and r['rig']['edges_lost'] == 0 and r['rig']['all_off']"
    report "all(m['outcome'] == 'not_applicable' for k, m in r['measures'].items() if k != 'time_to_resume_ms')"
    "$sim" diff "$dir/run.trace" "$dir/run.trace" > "$dir/same" || say "the trace: $(cat "$dir/same")"
    # off before it was armed, in the cut, and when all was done
    "$sim" power-script "$dir/run.vcd" --signal mains --off-for 1s > "$dir/script" || say 'the waveforms say nothing of the mains'
    grep -A1 'time' "$dir/script" | sed -n 4p | grep -qE 'off_for: (89|90)[0-9]{3,}(ms|us)|off_for: 90s' || say "not cut so: $(cat "$dir/script")"
    for word in state mains nozzle_c x_mm; do
        grep -q " $word \$end" "$dir/run.vcd" || say "no $word in the waveforms"
    done
fi

if wanted loop dry; then # nobody is asked, nothing is requested
    rm -f "$bench.lock"
    "$rig" run "$scenario" -b "$bench" > "$dir/out" 2> "$dir/err" || say "exit $?: $(cat "$dir/err")"
    has out 'power[0]: layer 4'
    has out 'nothing is switched without --arm'
    [ "$(level 17)" = 0 ] || say 'on without --arm'
    [ ! -e "$bench.lock" ] || say 'a lock was taken'
fi

# --- faults: a cut after five seconds, so that each state is soon there; what is brought back is not the matter here ---
ready 200C 3s 5s

if wanted loop stale; then # a file of the same name that is not the scenario's job: no place of it is one of the job's
    mkdir -p "$dir/stale"
    { cat fixtures/gcode/unusual_modes.gcode && echo '; another one'; } > "$dir/stale/unusual_modes.gcode"
    sets+=(--set "job=$dir/stale/unusual_modes.gcode")
    printer ",ac=5"
    ready 200C 3s 5s
    start
    ended 3
    has err 'safe: the printer'
    report "r['rig']['fault'] == 'other_job' and r['rig']['cuts'] == [] and r['rig']['all_off']"
fi
if wanted loop refused; then # nothing was extruded: there is nothing to go on with, and that is what the recovery answers for
    printer ",ac=5"
    start
    ended 1
    report "r['result'] == 'refused' and r['outcome'] == 'fail' and r['rig']['fault'] == ''"
fi

if wanted kill kill-off; then # before anything was done
    printer ",ac=5"
    start
    kill -KILL "$running"
    ended 137
fi
for state in self_test armed printing cut waiting recovering measuring; do
    [ "$state" != measuring ] || ready 110C 3s 60s # it lasts while something is hot
    if wanted kill "kill-$state"; then
        printer ",ac=5"
        start --trace "$dir/killed.trace"
        reach "$state"
        kill -KILL "$running"
        ended 137
        "$sim" vcd "$dir/killed.trace" > "$dir/killed.vcd" 2> "$dir/torn" || say "a killed run's trace: $(cat "$dir/torn")"
        grep -q 'is torn' "$dir/torn" || say 'a killed run has a whole trace'
    fi
    if wanted stop "stop-$state"; then
        printer ",ac=5"
        start
        reach "$state"
        pull 24 up
        ended 3
        has err 'safe: stop is pressed'
        has out 'ERROR     '
        report "r['outcome'] == 'error' and r['rig']['fault'] == 'alarm' and r['rig']['all_off']"
    fi
done
ready 200C 3s 5s
if wanted kill kill-safe; then # while it beeps
    printer ",ac=5"
    start
    reach printing
    pull 24 up
    reach safe 0.01
    kill -KILL "$running"
    ended 137
fi

if wanted stop stop-before; then
    printer ",ac=5"
    pull 24 up
    start
    ended 3
    has err 'safe: stop is pressed'
    ! grep -q 'power is on' "$dir/err" || say 'on with the emergency stop pressed'
fi
if wanted faults term; then
    printer ",ac=5"
    start
    reach printing
    kill -TERM "$running"
    ended 130
    has err 'safe: somebody ended the run'
fi
if wanted faults door; then
    printer ",ac=5"
    start
    reach printing
    pull 25 up
    ended 3
    has err 'safe: door is open'
fi
if wanted faults stuck-open; then # the contact does not close, or its read-back is dead: nobody can tell these apart
    printer ""
    start
    ended 3
    has err "relay 'mains' was switched on, and ac did not follow within 500 ms"
    report "r['rig']['fault'] == 'relay_stuck'"
fi
if wanted faults read-back; then # it goes while the contact is closed: dead, or the power itself is away
    printer ",ac=5"
    start
    reach printing
    ask fault line ac off
    ended 3
    has err 'safe: mains is switched on, and ac says off'
    report "r['rig']['fault'] == 'alarm' and r['rig']['all_off']"
fi
if wanted faults stuck-closed; then
    printer ""
    start
    reach armed
    until [ "$(level 17)" = 1 ] || ! alive "never on"; do nap 0.05; done
    pull 5 up # and there it stays
    ended 3
    has err 'the contact may be welded; pull the plug'
    has out 'DANGER'
    report "r['rig']['fault'] == 'relay_stuck' and not r['rig']['all_off']"
fi
if wanted faults chatter; then
    printer ",ac=5"
    start
    reach printing
    for _ in 1 2 3 4 5 6 7 8; do
        pull 5 down
        sleep 0.03
        pull 5 up
        sleep 0.03
    done
    pull 5 down
    ended 3
    has err 'safe: mains is switched on, and ac says off'
fi
if wanted faults lost-hot; then
    ready 200C 3s 5min # no cut comes in between
    printer ""
    wire & # the contact does not hang on the printer's life
    start
    reach printing
    sleep 2
    kill -STOP "$serve" # it is hot by now, and silent from now on
    reach safe
    kill -CONT "$serve"
    ended 3
    has err 'safe: the printer is lost while it was hot'
    report "r['rig']['fault'] == 'link_lost_hot' and r['rig']['all_off']"
    ready 200C 3s 5s
fi
if wanted faults watch; then # a look: no relay is touched
    printer ",ac=5"
    "$rig" watch -b "$bench" --for 3s > "$dir/out" 2> "$dir/err" &
    running=$!
    nap 1
    pull 25 up
    [ "$(level 17)" = 0 ] || say 'a relay is on'
    ended 0
    has out 'stop         free'
    has out 'door         closed'
    has out 'door         OPEN'
    has out 'printer      '
fi
if wanted faults slow-disk; then # it takes nothing of the trace: an emergency stop acts, and the report comes
    printer ",ac=5"
    mkfifo "$dir/stuck"
    exec 7<> "$dir/stuck"
    head -c 65536 /dev/zero >&7 # all that it takes
    start --trace "$dir/stuck"
    reach printing
    nap 3
    pull 24 up
    reach safe
    sleep 1
    [ "$(level 17)" = 0 ] || say 'on, with a disk that takes nothing'
    ended 3
    has err 'stuck: cannot be written: '
    report "r['rig']['fault'] == 'alarm' and r['rig']['all_off']"
    exec 7>&-
fi
if wanted faults second; then # another run on the same bench
    printer ",ac=5"
    start
    reach armed
    "$rig" run "$scenario" "${sets[@]}" -b "$bench" --arm > "$dir/out2" 2> "$dir/err2"
    [ $? -eq 3 ] || say "two at a time"
    has err2 "another run has this bench: process $running"
    kill -TERM "$running"
    ended 130
fi
if wanted loop queue; then # two runs of three, the second of them interrupted and made again; a failure each
    printer ",ac=5"
    start --repeat 3 --stop-after 2
    until grep -q 'run 2 of 3' "$dir/err" && [ "$(grep -c 's  printing' "$dir/err")" -ge 2 ] || ! alive 'no second run'; do nap 1; done
    kill -TERM "$running"
    code=0
    wait "$running" || code=$?
    [ "$code" -eq 130 ] || say "exit $code, not 130"
    grep -q '"done": 1' "$bench.queue" || say "$(cat "$bench.queue")"
    start --repeat 3 --stop-after 2
    ended 1
    has err 'run 2 of 3'
    ! grep -q 'run [13] of 3' "$dir/err" || say 'a run was made again, or one too many'
    has out '2 of 3 runs: 0 passed, 2 failed'
    has out '2 cuts, from there to the read-back: '
    cat "$dir/out.1.json" "$dir/out.2.json" > "$dir/both" || say 'reports are missing'
    rm -f "$bench.queue"
    printer ",ac=5"
    mkfifo "$bench.queue.new" # the queue stands still between two runs, until somebody reads there
    start --repeat 3
    until [ -s "$dir/out.1.json" ] || ! alive 'no first run'; do nap 1; done
    nap 1
    for verb in 'check' 'relay mains on --arm --for 1s'; do
        # shellcheck disable=SC2086 # words
        "$rig" $verb -b "$bench" > "$dir/out2" 2> "$dir/err2" && say "$verb between two runs of a queue"
        has err2 "another run has this bench: process $running, a queue of runs"
    done
    cp "$bench" "$dir/copy.yaml"
    for verb in 'relay mains on --arm --for 1s' 'relay mains get' 'watch --for 1s'; do
        # shellcheck disable=SC2086 # words
        "$rig" $verb -b "$dir/copy.yaml" > "$dir/out2" 2> "$dir/err2" && say "$verb of a copy between two runs of a queue"
        has err2 "is another plr-rig's"
    done
    cat "$bench.queue.new" > "$dir/kept"
    ended 3
    has err 'the queue cannot be kept'
    rm -f "$bench.queue.new"
fi
if wanted faults chip; then # the last one: nothing is left to look at
    printer ",ac=5"
    start
    reach printing
    echo 0 > "$config/live"
    ended 3
    has err 'safe: the lines are gone'
fi

finish
