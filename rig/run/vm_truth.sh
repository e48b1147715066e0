#!/bin/bash
# The rig's verdict beside the simulator's own on the same print: a gauge reads what no switch knows. In the guest of ci/gpio-vm.
# SPDX-License-Identifier: MIT
# usage: vm_truth.sh PLR-RIG PLR-SIM [short|headline|CASE...]
set -u
rig=$1 sim=$2
shift 2
only=" $* "
# shellcheck source=rig/run/vm_loop.sh
. "$(dirname "$0")/vm_loop.sh"
here=$(dirname "$0")

# ready [INDEPENDENT]: a bench with a sensor that reads to 5 um; independent of the recovery or not.
ready() {
    rm -f "$dir/dial"
    local gauge="gauges: [{name: dial, kind: cmd, measures: z_offset, source: 'cat $dir/dial', uncertainty: 5um, independent: ${1-true}}]"
    sed "s#/tmp/plr-printer#$dir/tty#; s#^beeper#$gauge\nbeeper#" fixtures/benches/closed_loop.yaml > "$bench"
}

# observed: the printer with the sensor at its nozzle, and a run until it measures.
observed() {
    printer ",ac=5"
    "$here/dial.py" "$dir/ctl" "$dir/dial" 2> "$dir/dial.err" &
    start
}

# judged CODE: ended so; both verdicts are there, and they agree on the offset within what the rig says that it can know.
judged() {
    reach measuring 2
    ask verdict
    ended "$1"
    python3 - "$dir/out.json" "$dir/answer" << 'END' || say "the two verdicts: $(head -c 300 "$dir/dial.err")"
import json, sys
rig, sim = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))["report"]
said, true = rig["measures"]["z_offset_error_um"], sim["measures"]["z_offset_error_um"]
print(f"  z_offset_error: the rig says {said['value']} +- {said['uncertainty']} um, the simulator {true['value']} um")
assert rig["result"] == sim["result"] == "resumed", (rig["result"], sim["result"])
assert said["uncertainty"] == 5
assert abs(said["value"] - true["value"]) <= said["uncertainty"]
assert sim["cuts"][0]["during"] == "print"
END
}

# --- the scenario of the first page as it is: soaked, hot, a whole tower; three hours of a printer's life ---
scenario=scenarios/voron24_cut.yaml
if wanted headline headline; then
    ready
    observed
    judged 0
    report "r['outcome'] == 'pass' and r['rig']['fault'] == '' and not r['set']"
    report "r['measures']['z_offset_error_um']['outcome'] == 'pass' and r['measures']['z_offset_error_um']['independent']"
    has answer '"outcome":"pass","why"'
fi

# --- a short job ---
scenario=scenarios/voron24_unusual_modes.yaml
if wanted short true; then
    ready
    observed
    judged 0
    report "r['outcome'] == 'pass' and r['measures']['z_offset_error_um']['outcome'] == 'pass'"
fi
if wanted short knocked; then # in the outage somebody knocks the nozzle by 100 um: the recovery cannot know
    ready
    observed
    reach waiting 1
    ask fault z_offset 100um
    judged 1
    report "r['outcome'] == 'fail' and r['measures']['z_offset_error_um']['outcome'] == 'fail'"
    report "r['result'] == 'resumed' and r['rig']['fault'] == '' and r['rig']['all_off']"
fi
if wanted short unseen; then # the same, and nobody looks: the rig does not vouch for what it did not measure
    ready
    sed -i '/^gauges/d' "$bench"
    printer ",ac=5"
    start
    reach waiting 1
    ask fault z_offset 100um
    ended 0
    report "r['measures']['z_offset_error_um']['outcome'] == 'not_applicable'"
fi
if wanted short own; then # the recovery used this gauge itself
    ready false
    observed
    judged 0
    report "r['measures']['z_offset_error_um']['outcome'] == 'not_applicable'"
fi
if wanted short gauge-gone; then # a gauge that says nothing is the bench's fault; what else is known stays
    ready
    printer ",ac=5"
    start
    ended 3
    report "r['outcome'] == 'error' and r['result'] == 'resumed' and r['rig']['fault'] == '' and r['rig']['gauges'][0]['why']"
fi

finish
