#!/bin/bash
# plr-rig run against a simulated printer (plr-sim serve) behind simulated GPIO: the closed loop, and its faults. In the guest of ci/gpio-vm.
# SPDX-License-Identifier: MIT
# usage: vm_run.sh PLR-RIG PLR-SIM [loop|kill|stop|faults|CASE...]
set -u
rig=$1 sim=$2
shift 2
only=" $* "
# shellcheck source=rig/vm_bench.sh
. "$(dirname "$0")/../vm_bench.sh"
kill "$wirer" # mostly the printer drives its own sense
scenario=scenarios/voron24_unusual_modes.yaml

# --- the printer and the rig ---
# printer MAP: a fresh one, without power.
printer() {
    pull 5 down
    pull 24 down
    pull 25 down
    rm -f "$dir/end" "$dir/open" "$dir/tty" "$dir/ctl" "$dir/out.json"
    "$sim" serve "$scenario" "${sets[@]}" --pty "$dir/tty" --control "$dir/ctl" --gpio "$lines,mains=17,poll=50ms$1" -q \
        > "$dir/serve.log" 2>&1 &
    serve=$!
    while [ ! -e "$dir/tty" ]; do
        kill -0 "$serve" 2> /dev/null || { say "$case: no printer: $(cat "$dir/serve.log")" && break; }
        nap 0.1
    done
}

# start: plr-rig in the background.
start() { # [OPTION...]
    : > "$dir/err" # what was said before must not be taken for news
    cases=$((cases + 1))
    "$rig" run "$scenario" "${sets[@]}" -b "$bench" --arm --color never --json "$dir/out.json" "$@" > "$dir/out" 2> "$dir/err" &
    running=$!
}

# nap SECONDS: without a fork, of which each costs the guest more than a second of waiting.
mkfifo "$dir/never"
exec 9<> "$dir/never"
nap() { read -r -t "$1" -u 9 || true; }

# reach STATE: until it is there, or plr-rig is not any more.
reach() {
    local said=''
    until [[ $said =~ s\ \ $1(:|$'\n'|$) ]]; do
        alive "never $1" || return
        nap 0.2
        IFS='' read -r -d '' said < "$dir/err" || true
    done
}

alive() { # WORDS: is plr-rig still there?
    kill -0 "$running" 2> /dev/null || { say "$case: $1: $(cat "$dir/err")" && return 1; }
}

# ended CODE: and everything is off.
ended() {
    local code=0
    wait "$running" || code=$?
    [ "$code" -eq "$1" ] || say "$case: exit $code, not $1: $(tail -n 5 "$dir/err")"
    sleep 0.1
    [ "$(level 17 2> /dev/null)" != 1 ] || say "$case: the relay is still on"
    touch "$dir/end"
    kill "$serve" 2> /dev/null
    wait "$serve" 2> /dev/null
}

wanted() { # GROUP CASE: is it among those asked for?
    case=$2
    [ "$only" = "  " ] || [[ $only == *" $1 "* || $only == *" $2 "* ]] || return 1
    echo "$case"
}

# asks of the report, in Python: r is it.
report() {
    python3 -c "
import json, sys
r = json.load(open('$dir/out.json'))
try:
    assert $1
except (AssertionError, KeyError) as e:
    sys.exit(repr(e))" || say "$case: not so: $1: $(head -c 300 "$dir/out.json")"
}

# --- a whole run ---
# What the printer says of itself comes through its control socket: the simulator's own verdict on the same print.
verdict() {
    python3 - "$dir/ctl" << 'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'verdict\n')
text = b''
while not text.endswith(b'\n'):
    text += s.recv(65536)
print(json.loads(text)['report']['result'])
END
}

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
    start
    reach measuring
    truth=$(verdict)
    [ "$truth" = resumed ] || say "whole: the simulator says $truth"
    ended 0
    report "r['result'] == 'resumed' and r['outcome'] == 'pass' and r['rig']['fault'] == ''"
    report "[s['state'] for s in r['rig']['states']] == 'off self_test armed printing cut waiting recovering printing measuring safe'.split()"
    report "r['rig']['cuts'][0]['made']['file_offset'] > r['rig']['cuts'][0]['asked']['file_offset']"
    report "89900000 < r['rig']['cuts'][0]['off_us'] < 91000000"
    report "len(r['rig']['edges']) >= 8 and r['rig']['edges_lost'] == 0 and r['rig']['all_off']"
    report "all(m['outcome'] == 'not_applicable' for k, m in r['measures'].items() if k != 'time_to_resume_ms')"
fi

if wanted loop dry; then # nobody is asked, nothing is requested
    cases=$((cases + 1))
    rm -f "$bench.lock"
    "$rig" run "$scenario" -b "$bench" > "$dir/out" 2> "$dir/err" || say "dry: exit $?: $(cat "$dir/err")"
    has out 'power[0]: layer 4'
    has out 'nothing is switched without --arm'
    [ "$(level 17)" = 0 ] || say 'on without --arm'
    [ ! -e "$bench.lock" ] || say 'dry: a lock was taken'
fi

# --- faults: a cut after five seconds, so that each state is soon there; what is brought back is not the matter here ---
ready 200C 3s 5s

if wanted loop refused; then # nothing was extruded: there is nothing to go on with, and that is what the recovery answers for
    printer ",ac=5"
    start
    ended 1
    report "r['result'] == 'refused' and r['outcome'] == 'fail' and r['rig']['fault'] == ''"
fi

for state in self_test armed printing cut waiting recovering measuring; do
    [ "$state" != measuring ] || ready 110C 3s 60s # it lasts while something is hot
    if wanted kill "kill-$state"; then
        printer ",ac=5"
        start
        reach "$state"
        kill -KILL "$running"
        ended 137
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
fi
if wanted faults watch; then # a look: no relay is touched
    printer ",ac=5"
    cases=$((cases + 1))
    "$rig" watch -b "$bench" --for 3s > "$dir/out" 2> "$dir/err" &
    running=$!
    nap 1
    pull 25 up
    [ "$(level 17)" = 0 ] || say 'watch: a relay is on'
    ended 0
    has out 'stop         free'
    has out 'door         closed'
    has out 'door         OPEN'
    has out 'printer      '
fi
if wanted faults second; then # another run on the same bench
    printer ",ac=5"
    start
    reach armed
    "$rig" run "$scenario" "${sets[@]}" -b "$bench" --arm > "$dir/out2" 2> "$dir/err2"
    [ $? -eq 3 ] || say "second: two at a time"
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
    [ "$code" -eq 130 ] || say "queue: exit $code, not 130"
    grep -q '"done": 1' "$bench.queue" || say "queue: $(cat "$bench.queue")"
    start --repeat 3 --stop-after 2
    ended 1
    has err 'run 2 of 3'
    ! grep -q 'run [13] of 3' "$dir/err" || say 'queue: a run was made again, or one too many'
    has out '2 of 3 runs: 0 passed, 2 failed'
    cat "$dir/out.1.json" "$dir/out.2.json" > "$dir/both" || say 'queue: reports are missing'
    rm -f "$bench.queue"
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
