#!/bin/bash
# The core on this computer (dut: core) calibrates, prints and brings back the print of a simulated printer (plr-sim serve), behind simulated
# GPIO, up to a verdict that holds the step of its touches. In the guest of ci/gpio-vm.
# SPDX-License-Identifier: MIT
# usage: vm_host.sh PLR-RIG PLR-SIM
set -u
rig=$1 sim=$2
# shellcheck source=rig/vm_bench.sh
. "$(dirname "$0")/../vm_bench.sh"
kill "$wirer" # the printer drives its own senses
scenario=scenarios/bench/short.yaml
sets=(--set sim.gantry=quasistatic --set 'disturb=[{kind: console, at: {layer: 3}, line: M220 S95}]')

# What stands where in truth, by the simulator's own eyes: a gauge of z_offset, and the whole verdict in a file.
cat > "$dir/truth" << 'PYTHON'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'verdict\n')
text = b''
while not text.endswith(b'\n'):
    text += s.recv(65536)
with open(sys.argv[2], 'wb') as out:
    out.write(text)
print(json.loads(text)['report']['measures']['z_offset_error_um']['value'], 'um')
PYTHON

taps='  - {name: z_plus0, kind: z_plus, motor: 0, line: GPIO20}\n  - {name: z_plus1, kind: z_plus, motor: 1, line: GPIO21}\n'
taps+='  - {name: z_plus2, kind: z_plus, motor: 2, line: GPIO22}\n  - {name: z_plus3, kind: z_plus, motor: 3, line: GPIO23}\n'
taps+="gauges: [{name: eyes, kind: cmd, measures: z_offset, independent: true, uncertainty: 5um, time: 10min,\n"
taps+="          source: python3 $dir/truth $dir/ctl $dir/truth.json}]"
sed "s#/tmp/plr-printer#$dir/tty#; s/limits: {/limits: {cool_below: 200C, /; s#^beeper#$taps\nbeeper#; s/dut: printer/dut: core/
     /^resume_gcode/d" fixtures/benches/closed_loop.yaml > "$bench"

printer() { # a fresh one, without power
    "$sim" serve "$scenario" "${sets[@]}" --pty "$dir/tty" --control "$dir/ctl" -q \
        --gpio "$lines,mains=17,ac=5,z_plus0=20,z_plus1=21,z_plus2=22,z_plus3=23,poll=20ms" > "$dir/serve.log" 2>&1 &
    serve=$!
    while [ ! -e "$dir/tty" ]; do
        kill -0 "$serve" 2> /dev/null || { say "no printer: $(cat "$dir/serve.log")" && break; }
        sleep 0.1
    done
}
printer

run 2 run "$scenario" "${sets[@]}" -b "$bench"
has err 'plr-rig calibrate comes first'
run 0 calibrate "$scenario" "${sets[@]}" -b "$bench"
has out 'nothing is switched without --arm'
[ ! -e "$bench.plr" ] || say 'a dry run made a memory'
run 0 calibrate "$scenario" "${sets[@]}" -b "$bench" --arm
has out 'touches, each known to 10 um'
run 0 run "$scenario" "${sets[@]}" -b "$bench" --arm --color never --lava --json "$dir/out.json"
has err 'core: recovery begins'
has out '+-11'
has out '<LAVA_SIGNAL_TESTSET START short>'
has out '<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=z_offset_error_um RESULT=pass MEASUREMENT='
# the verdict's interval holds gauge (5 um) and step (10 um), and the simulator's own eyes say that the print is fine
python3 - "$dir/out.json" "$dir/truth.json" << 'PYTHON' || say "not so: $(head -c 3000 "$dir/out.json")"
import json, sys
r, t = (json.load(open(name)) for name in sys.argv[1:])
t = t['report']
z, touched = r['measures']['z_offset_error_um'], r['rig']['touched']
print(f"z {z['value']} +-{z['uncertainty']} um; {touched}; the simulator: {t['result']}, {t['outcome']}",
      {name: m['value'] for name, m in t['measures'].items() if m['value']})
assert (r['result'], r['outcome'], r['dut'], r['rig']['fault']) == ('resumed', 'pass', 'core', '')
assert (z['uncertainty'], z['independent'], z['outcome']) == (11, True, 'pass')
assert z['value'] == t['measures']['z_offset_error_um']['value'] and abs(z['value']) <= 30
assert touched['touch_um'] == 10 and touched['late_touches'] == 0 and touched['touches'] >= 16 and touched['looks'] > 500
assert (t['result'], t['outcome']) == ('resumed', 'pass')
said, took = r['rig']['said'][0], r['measures']['time_to_resume_ms']
assert said['line'] == 'M220 S95' and said['due_us'] <= said['said_us'] <= said['done_us']
# the printer says that it prints some time before it extrudes: hardly ever later
assert took['value'] - took['uncertainty'] <= t['measures']['time_to_resume_ms']['value']
PYTHON
kill "$serve"
wait "$serve"

# --- a cut half a second into a layer, which is heard of too late: nothing of it may lie where the print goes on. Each layer of this wall goes
# back along the end of the one below.
python3 > "$dir/wall.gcode" << 'PYTHON'
print('; filament_type = PLA\n; layer_height = 0.2\nM140 S60\nM104 S210\nG28\nM190 S60\nM109 S210\nG90\nM83\nG92 E0')
for layer in range(6):
    z, there, back = 0.2 * (layer + 1), *(('150', '150.45') if layer % 2 == 0 else ('150.45', '150'))
    print(f';LAYER_CHANGE\n;Z:{z:.1f}\n;HEIGHT:0.2\nG1 Z{z:.1f} F600\n;TYPE:Perimeter')
    print('G1 X120 Y150 F9000' if layer == 0 else ';')
    print(f'G1 E-0.8 F1800\nG1 E0.8 F1800\nG1 F2400\nG1 X180 Y{there} E2.245\nG1 Y{back} E0.017\nG1 X120 Y{back} E2.245')
print('G1 E-2 F1800\nM104 S0\nM140 S0\nG1 Z20 F600\nM84')
PYTHON
sets=(--set sim.gantry=quasistatic --set "job=$dir/wall.gcode")
printer
run 0 run "$scenario" "${sets[@]}" --set 'power[0].at={time: 95.7s}' --set 'power[0].off_for=5s' -b "$bench" --arm --color never --json "$dir/out.json"
python3 - "$dir/out.json" "$dir/truth.json" << 'PYTHON' || say "not so: $(head -c 3000 "$dir/out.json")"
import json, sys
r, t = (json.load(open(name)) for name in sys.argv[1:])
t = t['report']
cut, m = t['cuts'][0], {name: m['value'] for name, m in t['measures'].items()}
print(f"cut in layer {cut['layer']}, line {cut['line']}; dive {m['dive_um']} um, overlap {m['seam_overlap_um']} um, gap {m['seam_gap_um']} um")
assert (r['result'], r['rig']['fault'], t['result'], cut['layer']) == ('resumed', '', 'resumed', 3)
assert (m['dive_um'], m['collisions'], m['seam_gap_um']) == (0, 0, 0) and 5000 < m['seam_overlap_um'] < 60000
PYTHON
kill "$serve"
finish
