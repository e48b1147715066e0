# What ci/size and ci/mcu share: how the core is compiled for a microcontroller, and for which. Sourced, never run.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034

cross=arm-none-eabi-
mcu_names=(Cortex-M0 Cortex-M4)
mcu_counts=build/mcu/counts # what ci/mcu measured: NAME CASE INSTRUCTIONS BOUND

# mcu_options NAME: the compiler's options for this processor.
mcu_options() {
    case $1 in
        Cortex-M0) echo '-mcpu=cortex-m0 -mthumb' ;;
        Cortex-M4) echo '-mcpu=cortex-m4 -mthumb' ;;
    esac
}

# mcu_machine NAME: QEMU's board for it. QEMU has no Cortex-M0 with enough memory for the tests: an M3 runs the M0's code (its
# instructions are all among the M3's), and the board's start code has it trap what an M0 cannot do, unaligned accesses.
mcu_machine() {
    case $1 in
        Cortex-M0) echo mps2-an385 ;;
        Cortex-M4) echo mps2-an386 ;;
    esac
}

# enums are as small as they can be on this ABI, and so perhaps unsigned: a check for a negative one is no mistake
mcu_flags=(-std=c11 -Os -ffreestanding -ffunction-sections -fdata-sections -fno-common -I.
    -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -Wundef -Wvla -Wstrict-prototypes
    -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wno-type-limits)

# The core's own sources, as a firmware compiles them.
mcu_sources() {
    find core/plr -name '*.c' ! -name 'test_*' ! -name 'fuzz_*' ! -name 'fake*' | LC_ALL=C sort
}

if ! command -v "${cross}gcc" > /dev/null; then
    echo "ci/$(basename "$0"): ${cross}gcc is missing (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi)" >&2
    exit 3
fi
