#!/bin/bash
# plr-rig serve as labs use it, in the guest of ci/gpio-vm: labgrid's own drivers and pdudaemon, and plain requests.
# SPDX-License-Identifier: MIT
# usage: vm_serve.sh PLR-RIG
set -u
rig=$1
# shellcheck source=rig/vm_bench.sh
. "$(dirname "$0")/../vm_bench.sh"
relay=http://127.0.0.1:16421/relay/mains/value control='http://127.0.0.1:16421/power/control'

# serving ARGUMENT...: in the background, until it listens.
serving() {
    "$rig" serve -b "$bench" "$@" > "$dir/out" 2> "$dir/err" &
    running=$!
    for _ in $(seq 200); do
        grep -q 'listening at port 16421' "$dir/out" && return
        sleep 0.05
    done
    say "does not listen: $(cat "$dir/err")"
}

# over CODE WORDS: it ended so, and everything is off.
over() {
    local code=0
    begin_case "$2"
    wait "$running" || code=$?
    [ "$code" -eq "$1" ] || say "exit $code, not $1: $2"
    sleep 0.1
    [ "$(level 17)" = 0 ] || say "still on: $2"
}

# ask STATUS BODY CURL-ARGUMENT...: one request.
ask() {
    local status=$1 body=$2 said
    shift 2
    begin_case "$status $*"
    said=$(curl -s -o "$dir/body" -w '%{http_code}' "$@")
    [ "$said" = "$status" ] || say "answers $said, not $status: $* ($(head -c 200 "$dir/body"))"
    grep -qF -- "$body" "$dir/body" || say "no '$body' in: $(head -c 200 "$dir/body")"
}
is() { # LEVEL WHEN
    sleep 0.1
    [ "$(level 17)" = "$1" ] || say "the relay is not at $1: $2"
}

# --- what it refuses to be ---
run 2 serve -b "$bench" --listen 0.0.0.0:16421
has err 'that wants --token-file'
for place in nowhere localhost:16421 127.0.0.1:81957; do
    run 2 serve -b "$bench" --listen "$place"
    has err "$place is no ADDRESS:PORT"
done
echo 0123456789abcdef > "$dir/token"
chmod 644 "$dir/token"
run 2 serve -b "$bench" --listen 0.0.0.0:16421 --token-file "$dir/token"
has err 'others may read this token'
chmod 600 "$dir/token"

# --- without --arm it answers, and switches nothing on ---
serving
has out 'nothing is switched on without --arm'
ask 200 0 "$relay"
ask 403 'without --arm' -X PUT -d 1 "$relay"
ask 403 'without --arm' "$control/on?hostname=rig&port=mains"
ask 403 'without --arm' "$control/reboot?hostname=rig&port=mains"
ask 200 0 -X PUT -d 0 "$relay"
is 0 'not armed'
kill -TERM "$running"
over 130 SIGTERM

# --- armed ---
serving --arm
ask 200 1 -X PUT -d 1 "$relay"
is 1 PUT
ask 200 1 http://127.0.0.1:16421/relay/0/value
run 3 relay mains on --arm -b "$bench" # one at a time
has err "another run has this bench: process $running, plr-rig serve"
is 1 'somebody else wanted it'
ask 409 'may not be switched off for another' "$control/reboot?hostname=rig&port=mains"
is 1 'a reboot can wait'
ask 200 'OK - accepted request' "$control/off?hostname=rig&port=mains" # whoever wants it off does not
is 0 off
ask 200 OK "$control/on?hostname=rig&port=0"
sleep 1
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=2"
is 0 reboot
sleep 1
is 0 'the reboot waits for its delay'
sleep 2
is 1 'behind the reboot'
ask 404 'no relay' "$control/on?hostname=rig&port=heater"
ask 413 "at most 16 bytes" -X PUT -d 00000000000000000000 "$relay"
is 1 'wrong requests switch nothing'
ask 403 'only programs of this computer' -H 'Origin: http://evil.example' -X PUT -d 0 "$relay"
ask 403 'only programs of this computer' -H 'Host: evil.example:16421' "$control/off?hostname=rig&port=mains"
is 1 'a page of a browser switches nothing'

# --- a relay that is switched off takes its reboot with it ---
sleep 1
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=2"
ask 200 0 -X PUT -d 0 "$relay"
sleep 3
is 0 'off means off'

# --- a request that is under way when it ends ---
# late BYTES WORDS: the last bytes of a request, sent when serve is ending already; what it answers.
late() {
    local said
    exec 5<> /dev/tcp/127.0.0.1/16421
    printf 'PUT /relay/mains/value HTTP/1.1\r\nHost: 127.0.0.1:16421\r\nContent-Length: 1\r\n\r\n' >&5
    sleep 0.1
    kill -TERM "$running"
    sleep 0.03 # it waits for the read-back now
    printf '%s' "$1" >&5
    said=$(timeout 5 cat <&5)
    exec 5>&-
    begin_case "PUT $1 at the end"
    case $said in *"$2"*) ;; *) say "no '$2' when it ends: $said" ;; esac
}
ask 200 1 -X PUT -d 1 "$relay"
late 1 '503 Service Unavailable'
over 130 'SIGTERM with a PUT 1 under way'
serving --arm
ask 200 1 -X PUT -d 1 "$relay"
touch "$dir/welded"
late 0 '503 Service Unavailable'
over 3 'SIGTERM with a weld'
has err 'the contact may be welded'
rm "$dir/welded"
sleep 0.2

# --- the door, the contact ---
serving --arm
ask 200 1 -X PUT -d 1 "$relay"
pull 25 up
over 3 door
has err 'door is open: everything is switched off'
pull 25 down
touch "$dir/open"
serving --arm
ask 503 'ac did not follow' -X PUT -d 1 "$relay"
over 3 'a contact that does not follow'
rm "$dir/open"

# --- who stands there is warned, and the computer's watchdog watches ---
plain=$bench bench=$dir/warn.yaml
{
    cat "$plain"
    printf 'beeper: {line: GPIO12}\nled: {line: GPIO13}\nwatchdog: {device: %s}\n' "$dir/dog"
} > "$bench"
run 3 serve --arm -b "$bench"
has err "watchdog.device: $dir/dog: No such file"
: > "$dir/dog"
put_1() { # in the background: its answer is in $dir/put
    curl -s -o "$dir/body" -w '%{http_code}' -X PUT -d 1 "$relay" > "$dir/put" &
    putting=$!
    sleep 0.25
    [ "$(level 12)$(level 17)" = 10 ] || say "the beeper and the relay are at $(level 12)$(level 17) before power comes"
}
serving --arm
begin_case 'warned before power comes'
[ "$(level 13)" = 1 ] || say 'armed, and the LED is off'
put_1
wait "$putting"
[ "$(cat "$dir/put")" = 200 ] || say "answers $(cat "$dir/put"): $(cat "$dir/body")"
[ "$(level 12)$(level 17)" = 01 ] || say "the beeper and the relay are at $(level 12)$(level 17)"
sleep 1.5
grep -q '^kk*$' "$dir/dog" || say "the watchdog was not kicked: $(cat "$dir/dog")"
kill -TERM "$running"
over 130 'SIGTERM with a watchdog'
[ "$(level 13)" = 0 ] || say 'the LED stays on'
grep -q 'kV$' "$dir/dog" || say "the watchdog bites though everything is off: $(cat "$dir/dog")"
serving --arm
put_1
pull 24 up
wait "$putting"
[ "$(cat "$dir/put")" = 503 ] || say "answers $(cat "$dir/put") at a stop"
over 3 'a stop between warning and power'
pull 24 down
: > "$dir/dog"
serving --arm
ask 200 1 -X PUT -d 1 "$relay"
touch "$dir/welded"
kill -TERM "$running"
over 3 'a weld with a watchdog'
! grep -q V "$dir/dog" || say 'the watchdog does not bite'
rm "$dir/welded"
sleep 0.2
bench=$plain

# --- one relay behind another: a request in the wrong order ends nothing ---
two_relays "$dir/two.yaml"
bench=$dir/two.yaml
wire_two &
wirer_two=$!
psu=http://127.0.0.1:16421/relay/psu/value
serving --arm
ask 409 'mains stands in front of psu and is off: switch it on first' -X PUT -d 1 "$psu"
ask 409 'mains stands in front of psu and is off' "$control/reboot?hostname=rig&port=psu"
ask 200 1 -X PUT -d 1 "$relay"
sleep 1
ask 200 1 -X PUT -d 1 "$psu"
sleep 1
ask 200 OK "$control/reboot?hostname=rig&port=psu&delay=1"
ask 200 0 -X PUT -d 0 "$relay"
sleep 2
begin_case 'a reboot behind a relay that was switched off'
grep -q 'psu stays off: mains, in front of it, is off' "$dir/out" || say "$(cat "$dir/out")"
[ "$(level 18)" = 0 ] || say 'psu is on'
ask 200 1 -X PUT -d 1 "$relay"
sleep 1
ask 200 1 -X PUT -d 1 "$psu"
sleep 1
ask 200 OK "$control/reboot?hostname=rig&port=psu&delay=1" # both at a time: mains come first
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=3"
sleep 5
[ "$(level 17)$(level 18)" = 11 ] || say "behind two reboots: $(level 17)$(level 18)"
# a reboot that was cut short by an off brings nothing back, whatever is switched on meanwhile
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=4"
ask 200 0 -X PUT -d 0 "$relay"
sleep 1
ask 200 1 -X PUT -d 1 "$relay"
sleep 5
[ "$(level 17)$(level 18)" = 10 ] || say "behind a reboot that was given up: $(level 17)$(level 18)"
ask 200 1 -X PUT -d 1 "$psu"
sleep 1
# what hangs on the mains goes off with them, and does not come back unasked
ask 200 1 "$psu"
ask 200 0 -X PUT -d 0 "$relay"
[ "$(level 17)$(level 18)" = 00 ] || say "the mains are off, and psu is at $(level 18)"
ask 200 0 "$psu"
sleep 1
ask 200 1 -X PUT -d 1 "$relay"
[ "$(level 18)" = 0 ] || say 'psu came with the mains, unasked'
ask 200 0 "$psu"
ask 200 1 -X PUT -d 1 "$psu"
sleep 1
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=1" # a reboot brings back what it took
sleep 0.2
[ "$(level 17)$(level 18)" = 00 ] || say "a reboot of the mains leaves $(level 17)$(level 18)"
sleep 4
[ "$(level 17)$(level 18)" = 11 ] || say "behind a reboot of the mains: $(level 17)$(level 18)"
# a request that is refused changes nothing of a reboot that waits
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=2"
ask 409 'mains stands in front of psu and is off' -X PUT -d 1 "$psu"
ask 409 'mains stands in front of psu and is off' "$control/reboot?hostname=rig&port=psu"
sleep 5
[ "$(level 17)$(level 18)" = 11 ] || say "behind a reboot and refused requests: $(level 17)$(level 18)"
kill -TERM "$running"
over 130 'two relays'
[ "$(level 18)" = 0 ] || say 'psu is on'
kill "$wirer_two"

# none goes on behind one that failed
sed 's/^relays: \[\(.*\)\]$/relays: [\1, {name: aux, domain: mains, role: cut, line: GPIO19, read_back: ac2, switching_time: 500ms, min_off: 0s}]/
     s/^senses:/senses:\n  - {name: ac2, kind: power, domain: mains, line: GPIO7}/' "$plain" > "$dir/aux.yaml"
bench=$dir/aux.yaml
wire_aux() {
    local value
    while [ ! -e "$dir/end" ]; do
        read -r value < "$lines/sim_gpio19/value"
        if [ "$value" = 1 ]; then pull 7 up; else pull 7 down; fi
        sleep 0.05
    done 2> /dev/null
}
wire_aux &
wirer_aux=$!
serving --arm
ask 200 1 -X PUT -d 1 "$relay"
ask 200 1 -X PUT -d 1 http://127.0.0.1:16421/relay/aux/value
sleep 1
touch "$dir/open"
ask 200 OK "$control/reboot?hostname=rig&port=mains&delay=2"
ask 200 OK "$control/reboot?hostname=rig&port=aux&delay=2"
over 3 'a reboot that fails'
[ "$(grep -c 'aux is on' "$dir/out")" = 1 ] || say "aux went on behind a failure: $(cat "$dir/out")"
rm "$dir/open"
kill "$wirer_aux"
bench=$plain

# --- a token ---
serving --arm --listen 0.0.0.0:16421 --token-file "$dir/token"
ask 401 'missing or wrong' "$relay"
ask 401 'missing or wrong' -H 'Authorization: Bearer 0123456789abcdeg' -X PUT -d 1 "$relay"
is 0 'no token'
ask 200 1 -H 'Authorization: Bearer 0123456789abcdef' -X PUT -d 1 "$relay"
is 1 token
kill -INT "$running"
over 130 SIGINT

# --- Debian's labgrid and pdudaemon ---
if /usr/bin/python3 -c 'import labgrid, pdudaemon' 2> /dev/null; then
    serving --arm
    cat > "$dir/labgrid.yaml" << 'END'
targets:
  rest:
    resources:
      NetworkPowerPort: {model: rest, host: 'http://127.0.0.1:16421/relay/{index}/value', index: 0}
    drivers:
      NetworkPowerDriver: {delay: 1.5}
  pdu:
    resources:
      PDUDaemonPort: {host: 127.0.0.1, pdu: rig, index: 0}
    drivers:
      PDUDaemonDriver: {delay: 1.0}
END
    cat > "$dir/lab.py" << 'END'
import sys, time
import labgrid
environment = labgrid.Environment(sys.argv[1])
level = lambda: open(sys.argv[2] + "/value").read().strip()
for name, driver in ("rest", "NetworkPowerDriver"), ("pdu", "PDUDaemonDriver"):
    power = environment.get_target(name).get_driver(driver)
    for verb, want in (power.on, "1"), (power.cycle, "1"), (power.off, "0"):
        time.sleep(1.1)
        verb()
        time.sleep(1)
        print(name, verb.__name__, level())
        assert level() == want
assert environment.get_target("rest").get_driver("NetworkPowerDriver").get() is False
END
    begin_case labgrid
    /usr/bin/python3 "$dir/lab.py" "$dir/labgrid.yaml" "$lines/sim_gpio17" > "$dir/labgrid.log" 2>&1 || say "labgrid: $(tail -n 5 "$dir/labgrid.log")"
    # and a pdudaemon whose ports hang on ours by commands
    cat > "$dir/pdudaemon.conf" << END
{"daemon": {"hostname": "127.0.0.1", "port": 16422, "logging_level": "ERROR", "listener": "http"},
 "pdus": {"rig": {"driver": "localcmdline",
   "cmd_on": "curl -s '$control/on?hostname=rig&port=%s'", "cmd_off": "curl -s '$control/off?hostname=rig&port=%s'"}}}
END
    /usr/sbin/pdudaemon --conf "$dir/pdudaemon.conf" > "$dir/pdudaemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 100); do
        curl -s -o /dev/null http://127.0.0.1:16422/ && break
        sleep 0.2
    done
    ask 200 OK 'http://127.0.0.1:16422/power/control/on?hostname=rig&port=0'
    sleep 2
    is 1 'on by pdudaemon'
    ask 200 OK 'http://127.0.0.1:16422/power/control/off?hostname=rig&port=0'
    sleep 2
    is 0 'off by pdudaemon'
    kill "$daemon"
    kill -TERM "$running"
    over 130 SIGTERM
else
    echo 'left out: there is no labgrid and no pdudaemon (ci/setup rig)'
fi
finish
