// The bench, the scenario and the happenings of tests of whole runs.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rig/run/bed.h"

struct bed bed;

static char folder[] = "/tmp/plr_run_XXXXXX";

const char bed_bench[] =
    "about: a double\n"
    "relays:\n"
    "  - {name: mains, domain: mains, role: cut, line: GPIO1, min_on: 1s, min_off: 2s, read_back: "
    "ac}\n"
    "senses:\n"
    "  - {name: ac, kind: power, domain: mains, line: GPIO2}\n"
    "  - {name: stop, kind: estop, line: GPIO3}\n"
    "  - {name: door, kind: door, line: GPIO4}\n"
    "link: {kind: marlin, address: nowhere}\n"
    "limits: {nozzle: 250C, run_time: 2h, ready: 1min, recovery: 10min, cooldown: 30min}\n"
    "resume_gcode: RESUME\n";

static char told[8192];

static void tell(void *ctx, int64_t at_us, const char *what)
{
    size_t used = strlen(told);

    (void)ctx;
    (void)at_us;
    snprintf(told + used, sizeof told - used, "%s\n", what);
    if (bed.event.state && !strcmp(what, bed.event.state) && bed.event.at_us < 0)
        bed.event.at_us = world.now_us + bed.event.after_us;
}

/// A gauge is a process, which lives in this computer's own time.
static void wait_for_gauges(void)
{
    enum run_state state = bed.record.times ? bed.record.time[bed.record.times - 1].state : RUN_OFF;

    if (bed.bench.gauges && (state == RUN_ARMED || state == RUN_MEASURING))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/// Asked in each turn of the loop: here tests meddle.
static bool ask(void)
{
    wait_for_gauges();
    if (bed.event.happen && bed.event.at_us >= 0 && world.now_us >= bed.event.at_us) {
        void (*happen)(void) = bed.event.happen;
        bed.event.happen = NULL;
        happen();
    }
    return bed.interrupted;
}

int bed_go(void)
{
    const struct run_ask asked = {.bench = &bed.bench,
                                  .plan = &bed.plan,
                                  .input = &bed.input,
                                  .calibrate = bed.calibrates,
                                  .file = "tower.gcode",
                                  .trace = bed.trace,
                                  .interrupted = ask,
                                  .tell = tell};

    told[0] = '\0';
    memset(&bed.err, 0, sizeof bed.err);
    return run_go(&asked, &bed.record, &bed.err);
}

int bed_begin(void **state)
{
    (void)state;
    double_begin();
    world.byte_us = 1250; // four times as fast as it really would: more is not believed
    world.file_size = (int64_t)bed.input.job.size;
    bed.interrupted = bed.calibrates = false;
    bed.trace = NULL;
    memset(&bed.event, 0, sizeof bed.event);
    bed.event.at_us = -1;
    assert_int_equal(bench_parse(&bed.bench, bed.path, bed_bench, strlen(bed_bench), &bed.err), 0);
    assert_int_equal(run_plan_make(&bed.plan, &bed.bench, &bed.input, NULL, 0, &bed.err), 0);
    unlink(bed.dog);
    unlink(bed.alarm_file);
    return 0;
}

int bed_open(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(bed.path, sizeof bed.path, "%s/bench.yaml", folder);
    snprintf(bed.dog, sizeof bed.dog, "%s/watchdog", folder);
    snprintf(bed.alarm_file, sizeof bed.alarm_file, "%s/alarm", folder);
    assert_int_equal(
        lab_input_open(&bed.input, "scenarios/voron24_cut.yaml", NULL, NULL, 0, NULL, &bed.err), 0);
    return 0;
}

int bed_close(void **state)
{
    static const char *const behind[] = {".plr", ".plr.lock"};
    char lock[160];

    (void)state;
    lab_input_close(&bed.input);
    for (int i = 0; i < 2; i++) {
        snprintf(lock, sizeof lock, "%s%s", bed.path, behind[i]);
        unlink(lock);
    }
    snprintf(lock, sizeof lock, "%s.lock", bed.path);
    unlink(lock);
    unlink(bed.dog);
    unlink(bed.alarm_file);
    return rmdir(folder);
}

size_t bed_read(const char *file, char *out, size_t room)
{
    FILE *in = fopen(file, "r");

    out[0] = '\0';
    if (!in)
        return 0;
    size_t n = fread(out, 1, room - 1, in);
    out[n] = '\0';
    fclose(in);
    return n;
}

void bed_is_off(void)
{
    assert_false(world.relay[0]);
    assert_int_equal(bed.record.time[bed.record.times - 1].state, RUN_SAFE);
    assert_false(world.led);
}

// --- what may happen ----------------------------------------------------------------------------------------------

void bed_interrupt(void)
{
    bed.interrupted = true;
}

void bed_weld(void)
{
    world.contact[0] = DOUBLE_WELDED;
}
