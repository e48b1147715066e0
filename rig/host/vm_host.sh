#!/bin/bash
# The core on this computer (dut: core) brings back the print of a simulated printer (plr-sim serve), behind simulated GPIO. In the guest
# of ci/gpio-vm, by hand: ci/gpio-vm -- rig/host/vm_host.sh build/release/rig/plr-rig build/release/sim/plr-sim. It prints a whole tower, and a
# guest is given fifteen minutes: so it is none of the tests that run by themselves.
# SPDX-License-Identifier: MIT
# usage: vm_host.sh PLR-RIG PLR-SIM
set -u
rig=$1 sim=$2
# shellcheck source=rig/vm_bench.sh
. "$(dirname "$0")/../vm_bench.sh"
kill "$wirer" # the printer drives its own senses
scenario=scenarios/voron24_cut.yaml
sets=(--set sim.gantry=quasistatic --set 'power[0].at={layer: 2, move: 20}')

taps='  - {name: z_plus0, kind: z_plus, motor: 0, line: GPIO20}\n  - {name: z_plus1, kind: z_plus, motor: 1, line: GPIO21}\n'
taps+='  - {name: z_plus2, kind: z_plus, motor: 2, line: GPIO22}\n  - {name: z_plus3, kind: z_plus, motor: 3, line: GPIO23}'
sed "s#/tmp/plr-printer#$dir/tty#; s/limits: {/limits: {cool_below: 200C, /; s/^beeper/$taps\nbeeper/; s/dut: printer/dut: core/; /^resume_gcode/d" \
    fixtures/benches/closed_loop.yaml > "$bench"

printer() {
    rm -f "$dir/tty" "$dir/ctl"
    "$sim" serve "$scenario" "${sets[@]}" --pty "$dir/tty" --control "$dir/ctl" -q \
        --gpio "$lines,mains=17,ac=5,z_plus0=20,z_plus1=21,z_plus2=22,z_plus3=23,poll=20ms" > "$dir/serve.log" 2>&1 &
    serve=$!
    while [ ! -e "$dir/tty" ]; do
        kill -0 "$serve" 2> /dev/null || { say "no printer: $(cat "$dir/serve.log")" && break; }
        sleep 0.1
    done
}

# What the printer is, by the simulator's own eyes.
verdict() {
    python3 - "$dir/ctl" << 'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'verdict\n')
text = b''
while not text.endswith(b'\n'):
    text += s.recv(65536)
r = json.loads(text)['report']
print(r['result'], *(f"{k}={v.get('value')}" for k, v in r['measures'].items()))
END
}

printer
run 0 calibrate "$scenario" "${sets[@]}" -b "$bench"
has out 'nothing is switched without --arm'
[ ! -e "$bench.plr" ] || say 'a dry run made a memory'
run 0 calibrate "$scenario" "${sets[@]}" -b "$bench" --arm
has out 'calibrated; '
cases=$((cases + 1))
"$rig" run "$scenario" "${sets[@]}" -b "$bench" --arm --color never --json "$dir/out.json" > "$dir/out" 2> "$dir/err" &
running=$!
until grep -qE 's  (measuring|safe)(:|$)' "$dir/err" || ! kill -0 "$running" 2> /dev/null; do sleep 1; done
truth=$(verdict)
wait "$running" || say "exit $?: $(tail -n 20 "$dir/err")"
[[ $truth == resumed* ]] || say "the simulator says $truth"
grep -E 'core: |recovering|printing' "$dir/err"
echo "$truth"
finish
