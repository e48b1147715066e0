# What guest tests of plr-rig share: a simulated header with a contact that follows its relay, and cases that are counted.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced with $rig set. GPIO17 is a relay of the mains, GPIO5 what stands behind its contact, GPIO24 the emergency stop, GPIO25 the door.
# With PLR_JUNIT_FILE set, the cases are there at the end.
rig=${rig:?who sources this says which plr-rig}
dir=$(mktemp -d)
bench=$dir/bench.yaml
failed=0 cases=0 case_name='' case_words='' case_begun=0 junit=''

say() {
    echo "FAIL: $*"
    failed=$((failed + 1))
    case_words+="$*"$'\n'
}

# --- cases ---
in_xml() { # TEXT
    local text=${1//&/&amp;}
    text=${text//</&lt;}
    text=${text//>/&gt;}
    printf '%s' "${text//\"/&quot;}" | tr -d '\000-\010\013\014\016-\037'
}

# begin_case NAME: what is said from here on is said of this one.
begin_case() {
    end_case
    case_name=$* case_words='' case_begun=${EPOCHREALTIME/[.,]/}
    cases=$((cases + 1))
}

end_case() {
    [ -n "$case_name" ] || return 0
    local us=$((${EPOCHREALTIME/[.,]/} - case_begun))
    if [ -n "${PLR_JUNIT_FILE-}" ]; then # forks cost the guest much
        junit+="<testcase classname=\"$(basename "$0" .sh)\" name=\"$(in_xml "$case_name")\""
        junit+=" time=\"$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))\""
        [ -n "$case_words" ] && junit+="><failure>$(in_xml "$case_words")</failure></testcase>"$'\n' || junit+=$'/>\n'
    fi
    case_name=''
}

junit() {
    end_case
    [ -n "${PLR_JUNIT_FILE-}" ] || return 0
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="%s" tests="%d" failures="%d">\n%s</testsuite>\n' \
        "$(basename "$0" .sh)" "$cases" "$(grep -c '<failure>' <<< "$junit")" "$junit" > "$PLR_JUNIT_FILE"
}

# run CODE ARGUMENT...: plr-rig, its output in out and err.
run() {
    local want=$1 code=0
    shift
    begin_case "$@"
    "$rig" "$@" > "$dir/out" 2> "$dir/err" || code=$?
    [ "$code" -eq "$want" ] || say "exit $code, not $want: plr-rig $* ($(head -c 300 "$dir/err"))"
}

has() { # FILE WORDS
    grep -qF -- "$2" "$dir/$1" || say "no '$2' in $1: $(head -c 400 "$dir/$1")"
}

# --- the chip, and what is wired to it ---
config=/sys/kernel/config/gpio-sim/rig
mkdir "$config" "$config/bank0"
echo 28 > "$config/bank0/num_lines"
echo pinctrl-bcm2711 > "$config/bank0/label"
for i in $(seq 0 27); do
    mkdir "$config/bank0/line$i"
    echo "GPIO$i" > "$config/bank0/line$i/name"
done
echo 1 > "$config/live"
lines=/sys/devices/platform/$(cat "$config/dev_name")/$(cat "$config/bank0/chip_name")

level() { # without a fork: the guest is slow at those
    local value
    read -r value < "$lines/sim_gpio$1/value"
    echo "$value"
}
pull() { echo "pull-$2" > "$lines/sim_gpio$1/pull"; }
wire() {
    local value
    while [ ! -e "$dir/end" ]; do
        read -r value < "$lines/sim_gpio17/value"
        if [ "$value" = 1 ] && [ ! -e "$dir/open" ]; then pull 5 up; elif [ ! -e "$dir/welded" ]; then pull 5 down; fi
        sleep 0.05
    done 2> /dev/null # the chip goes before its wires do
}
wire &
wirer=$!

cat > "$bench" << 'END'
about: in a guest
relays: [{name: mains, domain: mains, role: cut, line: GPIO17, read_back: ac, switching_time: 500ms, min_off: 0s}]
senses:
  - {name: ac, kind: power, domain: mains, line: GPIO5}
  - {name: stop, kind: estop, line: GPIO24}
  - {name: door, kind: door, line: GPIO25}
link: {kind: none}
END

# two_relays FILE: a bench with a second relay behind the first, on GPIO18, and wire_two: what stands behind both contacts, GPIO6.
two_relays() {
    sed 's/^relays: \[\(.*\)\]$/relays: [\1, {name: psu, domain: 24v, role: cut, line: GPIO18, read_back: dc, switching_time: 500ms}]/
         s/^senses:/senses:\n  - {name: dc, kind: power, domain: 24v, line: GPIO6}/' "$bench" > "$1"
}
wire_two() { # GPIO6 is behind both contacts
    local one two
    while [ ! -e "$dir/end" ]; do
        read -r one < "$lines/sim_gpio17/value"
        read -r two < "$lines/sim_gpio18/value"
        if [ "$one$two" = 11 ]; then pull 6 up; else pull 6 down; fi
        sleep 0.05
    done 2> /dev/null
}

# finish: take all of it away, and say how it went.
finish() {
    touch "$dir/end"
    kill "$wirer" 2> /dev/null
    junit
    echo "$cases runs of plr-rig, $failed failed"
    rm -rf "$dir"
    [ "$failed" -eq 0 ]
}
