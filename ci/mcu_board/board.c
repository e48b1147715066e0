// Reset, faults, timer and semihosting of an emulated mps2 board.
// SPDX-License-Identifier: MIT
#include "ci/mcu_board/board.h"

#include <stdlib.h>
#include <string.h>

/// The board's two down-counters (CMSDK APB timers).
struct timer {
    volatile uint32_t ctrl, value, reload;
};

#define TIMER_ALL       ((struct timer *)0x40000000u) // runs from reset on
#define TIMER_PART      ((struct timer *)0x40001000u) // board_clock
#define SCB_CCR         (*(volatile uint32_t *)0xe000ed14u)
#define CCR_UNALIGN_TRP (1u << 3)
#define SYS_WRITE0      0x04u
#define SYS_GET_CMDLINE 0x15u
#define SYS_EXIT_MORE   0x20u
#define STOPPED_BY_EXIT 0x20026u

extern uint32_t board_data_begin[], board_data_end[], board_data_load[];
extern uint32_t board_bss_begin[], board_bss_end[], board_stack[];

int main(void);
void board_reset(void);
void board_fault(void);
void initialise_monitor_handles(void); // newlib's librdimon: opens stdin, stdout and stderr
void _init(void);
void _fini(void);

/// A request to the debugger, here QEMU.
static void semihost(uint32_t what, const void *with)
{
    register uint32_t r0 __asm__("r0") = what;
    register const void *r1 __asm__("r1") = with;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

_Noreturn void board_exit(int code)
{
    const uint32_t block[2] = {STOPPED_BY_EXIT, (uint32_t)code};

    for (;;)
        semihost(SYS_EXIT_MORE, block);
}

const char *board_arguments(void)
{
    static char words[1024];
    uint32_t block[2] = {(uint32_t)words, sizeof words};

    semihost(SYS_GET_CMDLINE, block); // too long: QEMU answers nothing, and nothing is left out
    return words;
}

/// What a real Cortex-M0 does at an odd access, at a jump to nowhere, at an undefined instruction.
void board_fault(void)
{
    semihost(SYS_WRITE0, "board: fault: unaligned access, bad address or undefined instruction\n");
    board_exit(99);
}

// newlib calls these around main when a program has constructors; none of ours does
void _init(void)
{
}

void _fini(void)
{
}

static void start(struct timer *timer)
{
    timer->ctrl = 0;
    timer->reload = UINT32_MAX;
    timer->value = UINT32_MAX;
    timer->ctrl = 1;
}

void board_reset(void)
{
    memcpy(board_data_begin, board_data_load,
           (size_t)((char *)board_data_end - (char *)board_data_begin));
    memset(board_bss_begin, 0, (size_t)((char *)board_bss_end - (char *)board_bss_begin));
#ifdef __ARM_ARCH_6M__
    // code for a Cortex-M0 runs on an emulated M3, which takes odd addresses; an M0 does not
    SCB_CCR |= CCR_UNALIGN_TRP;
#endif
    initialise_monitor_handles();
    start(TIMER_ALL);
    exit(main());
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    board_stack,         (void *)board_reset, (void *)board_fault, (void *)board_fault,
    (void *)board_fault, (void *)board_fault, (void *)board_fault,
};

uint64_t board_instructions(void)
{
    return (uint64_t)(UINT32_MAX - TIMER_ALL->value) * BOARD_TICK_INSTRUCTIONS;
}

void board_clock_start(void)
{
    start(TIMER_PART);
}

uint32_t board_clock(void)
{
    return UINT32_MAX - TIMER_PART->value;
}

void board_delay(uint32_t count)
{
    count++;
    __asm__ volatile("1: nop\n"
                     "subs %0, #1\n"
                     "bne 1b\n"
                     : "+l"(count)
                     :
                     : "cc");
}
