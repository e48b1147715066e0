// Counts the instructions of a power-fail save on the target, and fails when they exceed their bounds.
// SPDX-License-Identifier: MIT
//
// Counted is the core, with what it calls of libc and of the compiler's library; not counted is what the port does inside its
// functions: that is the machine's. Instructions are not cycles: an M0 takes about 1.3 to 1.6 for each, and flash wait states more.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ci/mcu_board/board.h"
#include "core/plr/fake.h"

#include <stdio.h>
#include <string.h>

/// The bounds, in one place: measured with arm-none-eabi-gcc 12.2, `-Os`, and a quarter more, for other compilers and for growth
/// that is looked at before it is allowed.
#ifdef __ARM_ARCH_6M__
enum { BOUND_RECORD = 40000, BOUND_SAVE = 41000, BOUND_SAVE_LATER = 62000 };
#else
enum { BOUND_RECORD = 26500, BOUND_SAVE = 27000, BOUND_SAVE_LATER = 39500 };
#endif

static struct plr plr, plr_then;
static struct fake fake, fake_then;
static uint32_t outside; // ticks spent in the port

// --- the fake machine's port, with a clock at its door ------------------------------------------

#define OUTSIDE(type, call)          \
    uint32_t from = board_clock();   \
    type answer = call;              \
    outside += board_clock() - from; \
    return answer

static uint64_t now_us(void *ctx)
{
    OUTSIDE(uint64_t, fake_port.now_us(ctx));
}

static int nv_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    OUTSIDE(int, fake_port.nv.read(ctx, block, offset, buffer, size));
}

static int nv_prog(void *ctx, uint32_t block, uint32_t offset, const void *buffer, uint32_t size)
{
    OUTSIDE(int, fake_port.nv.prog(ctx, block, offset, buffer, size));
}

static int nv_sync(void *ctx)
{
    OUTSIDE(int, fake_port.nv.sync(ctx));
}

static int heaters_off(void *ctx)
{
    OUTSIDE(int, fake_port.heaters_off(ctx));
}

static int brake(void *ctx)
{
    OUTSIDE(int, fake_port.brake(ctx));
}

static int progress(void *ctx, struct plr_progress *at)
{
    OUTSIDE(int, fake_port.progress(ctx, at));
}

static int motion(void *ctx, struct plr_motion *out)
{
    OUTSIDE(int, fake_port.motion(ctx, out));
}

static int job_read(void *ctx, uint64_t offset, void *buffer, uint32_t size)
{
    OUTSIDE(int, fake_port.job_read(ctx, offset, buffer, size));
}

static struct plr_port clocked_port(void)
{
    struct plr_port port = fake_port;

    port.now_us = now_us;
    port.nv.read = nv_read;
    port.nv.prog = nv_prog;
    port.nv.sync = nv_sync;
    port.heaters_off = heaters_off;
    port.brake = brake;
    port.progress = progress;
    port.motion = motion;
    port.job_read = job_read;
    return port;
}

// --- what is counted ----------------------------------------------------------------------------

static const struct plr_port *port;

/// The record alone: a state to bytes, bytes to the journal, read back.
static int record(void)
{
    uint8_t bytes[PLR_STATE_BYTES];
    uint32_t size = plr_state_encode(&plr.state, bytes);

    return plr_journal_append(&plr.journal, &port->nv, &fake, PLR_RECORD_FAIL, bytes, size) > 0
               ? 0
               : PLR_EIO;
}

/// From the edge of the power-fail input to the committed record of the place at which it fell.
static int save(void)
{
    return plr_power_fail(&plr, port, &fake);
}

/// Instructions of one call from the state in plr_then and fake_then; exact: see board_clock.
static uint32_t count(int (*call)(void))
{
    uint32_t ticks = 0;

    for (uint32_t phase = 0; phase < BOARD_TICK_INSTRUCTIONS; phase++) {
        plr = plr_then;
        fake = fake_then;
        outside = 0;
        board_clock_start();
        board_delay(phase);
        uint32_t from = board_clock();
        int error = call();
        ticks += board_clock() - from - outside;
        assert_int_equal(error, 0);
    }
    return ticks;
}

/// The job was saved early in line 10 and now runs in line 20, halfway; braking ends in line `stop`.
static void printing(int stop)
{
    static struct plr_port clocked;
    struct plr_config config = fake_config();

    clocked = clocked_port();
    port = &clocked;
    fake_init(&fake, &plr);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 11, 100000);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    fake_print_to(&fake, 20, 500000);
    fake.brake_to = stop > 20 ? fake_offset(&fake, stop) : 0;
    plr_then = plr;
    fake_then = fake;
}

static void within(const char *what, uint32_t counted, uint32_t bound)
{
    printf("count %s %lu %lu\n", what, (unsigned long)counted, (unsigned long)bound);
    assert_in_range(counted, 1, bound);
}

static uint32_t count_delay(uint32_t loops)
{
    uint32_t ticks = 0;

    for (uint32_t phase = 0; phase < BOARD_TICK_INSTRUCTIONS; phase++) {
        board_clock_start();
        board_delay(phase);
        uint32_t from = board_clock();
        board_delay(loops);
        ticks += board_clock() - from;
    }
    return ticks;
}

/// The clock itself: a loop of three instructions that runs 1000 times more takes 3000 more, to the instruction.
static void test_exact(void **state)
{
    (void)state;
    assert_int_equal(count_delay(1007) - count_delay(7), 3000);
}

static void test_record(void **state)
{
    (void)state;
    printing(20);
    within("record", count(record), BOUND_RECORD);
}

static void test_save(void **state)
{
    (void)state;
    printing(20);
    within("save", count(save), BOUND_SAVE);
    assert_int_equal(plr.phase, PLR_PHASE_BRAKING);
}

/// The record after the stop.
static int stopped(void)
{
    return plr_poll(&plr, port, &fake) < 0 ? PLR_EIO : 0;
}

/// Braking ran through four lines, which are read from the job file and followed.
static void test_save_later(void **state)
{
    (void)state;
    printing(24);
    assert_int_equal(save(), 0);
    fake.now_us += fake.brake_us;
    plr_then = plr;
    fake_then = fake;
    within("save_later", count(stopped), BOUND_SAVE_LATER);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_save),
        cmocka_unit_test(test_save_later),
    };
    return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
