// What a test program on an emulated Cortex-M gets from its board: a clock of instructions, and a way out.
// SPDX-License-Identifier: MIT
//
// The boards are QEMU's mps2-an385 (Cortex-M3) and mps2-an386 (Cortex-M4), run with `-icount shift=0`: one instruction
// takes one nanosecond of the board's time, whatever the host does. Same program, same counts, on every machine.
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/// One step of the board's timer: 25 MHz, so 40 instructions.
#define BOARD_TICK_INSTRUCTIONS 40u

/// Instructions since reset, in whole ticks; right for the first 171 G.
uint64_t board_instructions(void);

/// Start the clock for short stretches anew.
void board_clock_start(void);

/// Ticks since board_clock_start (2^32 at most). A reading is whole ticks: sum the readings of BOARD_TICK_INSTRUCTIONS runs, each begun
/// board_delay(i) later, and the sum of differences *is* the number of instructions, exactly.
uint32_t board_clock(void);

/// Spend 3 * count instructions and a fixed few. Three has no factor in common with forty: counts 0 to 39 meet every phase of a tick.
void board_delay(uint32_t count);

/// The words that QEMU was given behind `arg=`, one space between them; static.
const char *board_arguments(void);

/// End the program, and QEMU with it, with this exit code.
_Noreturn void board_exit(int code);

#endif
