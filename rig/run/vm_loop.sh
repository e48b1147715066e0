# What tests of plr-rig run share: a simulated printer behind the simulated GPIO, a run in the background, what it and the printer say.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced with $rig, $sim and $only (the groups and cases that are wanted; none: all); $scenario, $sets and $case are the caller's.
sim=${sim:?who sources this says which plr-sim} only=${only:-  } scenario=${scenario-}
# shellcheck source=rig/vm_bench.sh
. "$(dirname "$0")/../vm_bench.sh"
kill "$wirer" # mostly the printer drives its own sense
sets=()

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
        kill -0 "$serve" 2> /dev/null || { say "no printer: $(cat "$dir/serve.log")" && break; }
        nap 0.1
    done
}

# start [OPTION...]: plr-rig in the background.
# shellcheck disable=SC2120 # mostly without
start() {
    : > "$dir/err" # what was said before must not be taken for news
    "$rig" run "$scenario" "${sets[@]}" -b "$bench" --arm --color never --json "$dir/out.json" "$@" > "$dir/out" 2> "$dir/err" &
    running=$!
}

# nap SECONDS: without a fork, of which each costs the guest more than a second of waiting.
mkfifo "$dir/never"
exec 9<> "$dir/never"
nap() { read -r -t "$1" -u 9 || true; }

# reach STATE [SECONDS]: until it is there, or plr-rig is not any more; looked for so often.
reach() {
    local said=''
    until [[ $said =~ s\ \ $1(:|$'\n'|$) ]]; do
        alive "never $1" || return
        nap "${2:-0.2}"
        IFS='' read -r -d '' said < "$dir/err" || true
    done
}

alive() { # WORDS: is plr-rig still there?
    kill -0 "$running" 2> /dev/null || { say "$1: $(cat "$dir/err")" && return 1; }
}

# ended CODE: and everything is off.
ended() {
    local code=0
    wait "$running" || code=$?
    [ "$code" -eq "$1" ] || say "exit $code, not $1: $(tail -n 5 "$dir/err")"
    sleep 0.1
    [ "$(level 17 2> /dev/null)" != 1 ] || say 'the relay is still on'
    touch "$dir/end"
    kill "$serve" 2> /dev/null
    wait "$serve" 2> /dev/null
}

wanted() { # GROUP CASE: is it among those asked for?
    [ "$only" = "  " ] || [[ $only == *" $1 "* || $only == *" $2 "* ]] || return 1
    echo "$2"
    begin_case "$2"
}

# report CONDITION: asks of the report, in Python: r is it.
report() {
    python3 -c "
import json, sys
r = json.load(open('$dir/out.json'))
try:
    assert $1
except (AssertionError, KeyError) as e:
    sys.exit(repr(e))" || say "not so: $1: $(head -c 300 "$dir/out.json")"
}

# ask VERB...: of the printer's control socket. Its answer is in $dir/answer.
ask() {
    python3 - "$dir/ctl" "$@" > "$dir/answer" << 'END' || say "the printer does not answer $*"
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall((" ".join(sys.argv[2:]) + "\n").encode())
print(s.makefile().readline(), end="")
END
}
