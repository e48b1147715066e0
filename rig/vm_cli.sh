#!/bin/bash
# plr-rig as it is typed, in the guest of ci/gpio-vm: a simulated header, and contacts that follow its relay lines.
# SPDX-License-Identifier: MIT
# usage: vm_cli.sh PLR-RIG
set -u
rig=$1
# shellcheck source=rig/vm_bench.sh
. "$(dirname "$0")/vm_bench.sh"

# --- looking ---
run 0 probe
has out 'label pinctrl-bcm2711, 28 lines'
has out 'GPIO17'
run 0 probe -o "$dir/proposed.yaml" --quiet
run 3 check -b "$dir/proposed.yaml" # its lines are free, but no stop and no door are wired to them here
has err 'stop is PRESSED'
begin_case 'the proposed watchdog'
grep -q '^# watchdog: {line: GPIO15, period: 100ms' "$dir/proposed.yaml" || say "no watchdog proposed: $(cat "$dir/proposed.yaml")"
sed -i 's/^# watchdog:/watchdog:/' "$dir/proposed.yaml" # it can be taken as it is
run 3 check -b "$dir/proposed.yaml"
has err 'stop is PRESSED'
run 2 probe -o "$dir/proposed.yaml" --quiet # nobody's file is written over
has err 'File exists'
run 0 check -b "$bench"
has out 'mains'
has out 'off, as its read-back says: ac'
has out 'free'
pull 25 up
run 3 check -b "$bench"
has err 'door is OPEN'
pull 25 down
run 2 check -b "$dir/nowhere.yaml"
run 0 relay mains get -b "$bench"
has out 'mains is off'
pull 5 up # whoever gives power: a look touches no relay
run 0 relay mains get -b "$bench"
has out 'mains is on'
pull 5 down

# --- switching ---
run 2 relay mains on -b "$bench"
has err 'nothing is switched on without --arm'
[ "$(level 17)" = 0 ] || say 'on without --arm'
run 2 relay nobody on --arm -b "$bench"
has err 'the bench has no relay nobody'
run 2 relay mains up --arm -b "$bench"
run 2 relay mains on --arm --for 10 -b "$bench"
has err '--for wants a time like 10s'
pull 24 up
run 3 relay mains on --arm --for 300ms -b "$bench"
has err 'stop is pressed: everything is switched off'
! grep -q 'mains is on' "$dir/out" || say 'on with the emergency stop pressed'
pull 24 down
run 0 relay mains on --arm --for 300ms -b "$bench"
has out 'mains is on: ac followed'
[ "$(level 17)" = 0 ] || say 'still on behind --for'

# a relay behind another one: what stands in front goes on first, for nothing would show that it closed
two_relays "$dir/two.yaml"
wire_two &
wirer_two=$!
run 0 relay psu on --arm --for 1500ms -b "$dir/two.yaml"
has out 'mains stands in front of psu'
has out 'psu is on: dc followed'
[ "$(head -n 1 "$dir/out")" = 'mains stands in front of psu' ] || say "the order: $(cat "$dir/out")"
[ "$(level 17)$(level 18)" = 00 ] || say 'still on behind --for'
kill "$wirer_two"

# cycles_per_hour is counted over processes, and verbs
sed 's/min_off: 0s/min_off: 0s, cycles_per_hour: 2/' "$bench" > "$dir/few.yaml"
for _ in 1 2; do
    run 0 relay mains on --arm --for 300ms -b "$dir/few.yaml"
done
run 3 relay mains on --arm --for 300ms -b "$dir/few.yaml"
has err 'ms (cycles_per_hour)'
[ "$(level 17)" = 0 ] || say 'on, a third time in an hour'
ln -s few.yaml "$dir/again.yaml"
"$rig" serve --arm -b "$dir/again.yaml" > "$dir/out" 2> "$dir/err" &
running=$!
sleep 1
begin_case 'serve counts what relay did'
[ "$(curl -s -o "$dir/body" -w '%{http_code}' -X PUT -d 1 http://127.0.0.1:16421/relay/mains/value)" = 409 ] || say 'serve did not count'
kill "$running"
wait "$running"
rm "$dir/few.yaml.cycles"
run 0 relay mains on --arm --for 300ms -b "$dir/few.yaml"

# the computer's watchdog is kicked, and let go when everything is off; who stands there is warned first
{
    cat "$bench"
    printf 'beeper: {line: GPIO12}\nwatchdog: {device: %s}\n' "$dir/dog"
} > "$dir/dog.yaml"
run 3 relay mains on --arm --for 300ms -b "$dir/dog.yaml"
has err "watchdog.device: $dir/dog: No such file"
: > "$dir/dog"
run 0 relay mains on --arm --for 1500ms -b "$dir/dog.yaml"
grep -q '^kk*V$' "$dir/dog" || say "the watchdog heard '$(cat "$dir/dog")'"

# what would stay on behind a killed plr-rig is not armed, unless somebody says that he saw it go off
sed 's/role: cut, line: GPIO17, read_back: ac, switching_time: 500ms/role: isolation, on_cmd: "touch outlet", off_cmd: "rm -f outlet", get_cmd: "test -e outlet"/; s,outlet,'"$dir"'/outlet,g' "$bench" > "$dir/cmd.yaml"
run 3 relay mains on --arm --for 300ms -b "$dir/cmd.yaml"
has err "nothing is armed here: 'mains' may stay on when plr-rig is killed (a command switches it)"
run 3 check -b "$dir/cmd.yaml"
has err 'a command switches it'
sed -i 's/on_cmd:/fails_off: true, on_cmd:/' "$dir/cmd.yaml"
run 0 check -b "$dir/cmd.yaml"
run 0 relay mains on --arm --for 300ms -b "$dir/cmd.yaml"

# started ARGUMENT...: wait for what runs in the background.
started() {
    "$rig" relay mains on --arm -b "$bench" "$@" > "$dir/out" 2> "$dir/err" &
    running=$!
    for _ in $(seq 200); do
        grep -q 'is on' "$dir/out" && return
        sleep 0.1
    done
    say "not on: $(cat "$dir/err")"
}
ended() { # CODE WORDS
    local code=0
    begin_case "$2"
    wait "$running" || code=$?
    [ "$code" -eq "$1" ] || say "exit $code, not $1: $2"
    sleep 0.05
    [ "$(level 17)" = 0 ] || say "still on: $2"
}
for signal in INT TERM HUP QUIT TSTP; do
    started
    kill -"$signal" "$running"
    ended 130 "SIG$signal"
done
started --for 2562047788h # longer than a clock counts
sleep 1
kill -INT "$running"
ended 130 'a very long time'
started
kill -KILL "$running"
ended 137 SIGKILL
# what is held is the bench, not its name, and its lines, not its file
ln -s bench.yaml "$dir/link.yaml"
cp "$bench" "$dir/copy.yaml"
sed 's/GPIO17/GPIO18/; s/GPIO5/GPIO6/; s/GPIO24/GPIO20/; s/GPIO25/GPIO21/' "$bench" > "$dir/other.yaml"
started
run 3 check -b "$bench"
has err "another run has this bench: process $running, plr-rig relay"
run 3 watch --for 1s -b "$bench" # of who has the lines, nobody sees them
has err "another run has this bench: process $running, plr-rig relay"
sed "s|kind: none|kind: klipper, address: $dir/no.sock|" "$bench" > "$dir/host.yaml"
run 0 watch --for 1s -b "$dir/host.yaml" # but a printer's host talks with several
has err 'its lines are not seen here: only what the printer tells'
has out 'printer '
run 3 check -b "$dir/link.yaml"
has err "another run has this bench: process $running, plr-rig relay"
for verb in 'check' 'relay mains on --arm' 'watch --for 1s'; do
    # shellcheck disable=SC2086 # words
    run 3 $verb -b "$dir/copy.yaml"
    has err "is another plr-rig's"
done
run 3 relay mains get -b "$bench"
has err "is another plr-rig's"
run 0 check -b "$dir/other.yaml" # other lines of the same chip are another bench
pull 24 up
ended 3 'emergency stop'
has err 'stop is pressed: everything is switched off'
pull 24 down
started
pull 25 up
ended 3 'door'
pull 25 down
touch "$dir/open"
run 3 relay mains on --arm --for 1s -b "$bench"
has err "relay 'mains' was switched on, and ac did not follow within 500 ms"
rm "$dir/open"

# a contact that stays closed: somebody is called, and so he is by whoever looks next
cp "$bench" "$dir/plain.yaml"
echo "alarm_cmd: \"printf '%s|' >>$dir/called\"" >> "$bench"
started --for 2s
touch "$dir/welded"
wait "$running"
begin_case 'a contact stays closed'
has called 'the contact may be welded; pull the plug|'
run 3 check -b "$bench"
[ "$(grep -o 'pull the plug|' "$dir/called" | wc -l)" -eq 2 ] || say "called: $(cat "$dir/called")"
rm "$dir/welded"
sleep 0.2
cp "$dir/plain.yaml" "$bench"

# --- nobody reads what it says: that holds nothing up ---
mkfifo "$dir/full"
exec 6<> "$dir/full"
head -c 65536 /dev/zero >&6 # all that a pipe takes
begin_case 'nobody reads'
timeout -k 1 20 "$rig" relay mains on --arm --for 500ms -b "$bench" >&6 2>&1 || say "exit $? with a full pipe"
[ "$(level 17)" = 0 ] || say 'still on with a full pipe'
timeout -k 1 20 "$rig" relay mains on --arm -b "$bench" >&6 2>&1 &
running=$!
sleep 2
pull 24 up
ended 3 'emergency stop with a full pipe'
pull 24 down

timeout -k 1 20 "$rig" serve --arm -b "$bench" >&6 2>&1 &
running=$!
sleep 1
curl -s -o /dev/null -X PUT -d 1 http://127.0.0.1:16421/relay/mains/value
[ "$(level 17)" = 1 ] || say 'serve with a full pipe does not switch'
pull 24 up
ended 3 'serve with a full pipe'
pull 24 down

begin_case 'nobody reads what is watched'
timeout -k 1 20 "$rig" watch --for 2s -b "$bench" >&6 2>&1 || say "watch: exit $? with a full pipe"

exec 6>&-

# --- the chip goes while a relay is on: nothing more can be done than say so ---
started
echo 0 > "$config/live"
ended_code=0
begin_case 'the chip is taken away'
wait "$running" || ended_code=$?
[ "$ended_code" -eq 3 ] || say "exit $ended_code without a chip"

finish
