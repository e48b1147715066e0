# What the scripts in ci/ share: where builds go, how they are made, stages with a log each. Sourced, never run.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash

shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=$(nproc)
export CTEST_OUTPUT_ON_FAILURE=1

# die CODE TEXT...: say why on stderr and end.
die() {
    local code=$1
    shift
    echo "ci/$(basename "$0"): $*" >&2
    exit "$code"
}

# build PRESET COMPILER TARGET...: configure and build build/PRESET with this compiler. Cheap when nothing changed.
build() {
    local preset=$1 compiler=$2 options=()
    shift 2
    if command -v ccache > /dev/null; then
        options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    fi
    if command -v mold > /dev/null; then
        options+=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold) # three hundred test programs: half a minute saved
    fi
    if [ ! -f "build/$preset/build.ninja" ] && [ ! -f "build/$preset/Makefile" ]; then
        rm -rf "build/${preset:?}" # never configured to the end
        if [ -z "${CMAKE_GENERATOR-}" ] && command -v ninja > /dev/null; then
            options+=(-G Ninja)
        fi
        options+=("-DCMAKE_C_COMPILER=$compiler")
    elif ! grep -Eq "^CMAKE_C_COMPILER:[A-Z]*=(.*/)?$compiler\$" "build/$preset/CMakeCache.txt"; then
        echo "build/$preset was configured with another compiler than $compiler; remove it"
        return 3
    fi
    cmake --preset "$preset" "${options[@]}" &&
        cmake --build "build/$preset" --parallel "$jobs" --target "$@"
}

# The simulator of a preset.
sim_of() {
    echo "build/$1/sim/plr-sim"
}

# built_sim: build that of build/release and print its path. Ends with 3 and the reason on stderr when that fails; called in a
# subshell, so under -e: sim=$(built_sim).
built_sim() {
    local said
    said=$(build release gcc plr-sim 2>&1) || die 3 "plr-sim was not built: $(tail -n 40 <<< "$said")"
    realpath "$(sim_of release)"
}

# a_simulator FILE: is it one that can be run? Else ends with 2.
a_simulator() {
    if [ ! -f "$1" ] || [ ! -x "$1" ]; then
        die 2 "there is no program '$1'"
    fi
}

# --- stages ----------------------------------------------------------------------------------------------

stage_names=()
stage_result=()
stage_seconds=()

# seconds_since T0: with one digit, from two readings of EPOCHREALTIME.
seconds_since() {
    local now=${EPOCHREALTIME/[.,]/} then=${1/[.,]/}
    printf '%d.%d' $(((now - then) / 1000000)) $(((now - then) / 100000 % 10))
}

# stage_passed NAME: did this stage pass? One that was never begun did not.
stage_passed() {
    local i
    for i in "${!stage_names[@]}"; do
        if [ "${stage_names[i]}" = "$1" ]; then
            [ "${stage_result[i]}" = passed ]
            return
        fi
    done
    return 1
}

stage_note() { # NAME RESULT SECONDS
    stage_names+=("$1")
    stage_result+=("$2")
    stage_seconds+=("$3")
}

# stage NAME NEEDS COMMAND...: run a command with its output in build/log/NAME.log. NEEDS: a stage that must have passed, or "-".
# Lines of the log that begin with "| " (tables) or are ctest's summary are shown. Returns 0: a failure is counted.
stage() {
    local name=$1 needs=$2 begin=$EPOCHREALTIME
    local log="build/log/${name//[^a-z0-9]/-}.log" code=0
    shift 2
    if [ "$needs" != - ] && ! stage_passed "$needs"; then
        stage_note "$name" skipped 0.0
        return
    fi
    mkdir -p build/log
    printf '== %s\n' "$name"
    # a subshell of its own, with -e in force inside it
    set +e
    (
        set -e
        "$@"
    ) > "$log" 2>&1 < /dev/null
    code=$?
    set -e
    grep -E '^(\||[0-9]+% tests passed)' "$log" || true
    if [ "$code" -eq 0 ]; then
        stage_note "$name" passed "$(seconds_since "$begin")"
        return
    fi
    stage_note "$name" failed "$(seconds_since "$begin")"
    echo "-- $name failed (exit $code); the last lines of $log:"
    # without the tests that passed
    { grep -aEv '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed )|^\[ (RUN     |      OK) ' "$log" || true; } | tail -n 40
    echo "-- end of $log"
}

# Table of all stages and a closing line. Returns 1 when one failed.
stage_report() {
    local i passed=0 failed=0 skipped=0
    printf '\n%-24s %8s  %s\n' stage seconds result
    for i in "${!stage_names[@]}"; do
        printf '%-24s %8s  %s\n' "${stage_names[i]}" "${stage_seconds[i]}" "${stage_result[i]}"
        case ${stage_result[i]} in
            passed) passed=$((passed + 1)) ;;
            failed) failed=$((failed + 1)) ;;
            skipped) skipped=$((skipped + 1)) ;;
        esac
    done
    printf '%-24s %8s\n\n' total "$SECONDS"
    printf 'stages: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ]
}
