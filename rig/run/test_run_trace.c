// Tests of a bench's trace: it says what the run's record says, outlives whoever wrote it, and changes nothing.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/lab/trace/trace.h"
#include "core/lab/vcd/vcd.h"
#include "rig/run/bed.h"
#include "rig/run/fill.h"
#include "rig/run/trace.h"

/// Where the blocks go.
struct kept {
    uint8_t bytes[1 << 22];
    size_t size, blocks;
    int error;
};
static struct kept kept;
static struct lab_trace trace;
static struct run_told told;
static struct lab_report report;

static int put(void *ctx, const void *bytes, size_t size)
{
    struct kept *to = ctx;

    assert_true(to->size + size <= sizeof to->bytes);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    to->blocks++;
    return to->error;
}

/// A disk that takes nothing for some of its blocks.
static int put_some(void *ctx, const void *bytes, size_t size)
{
    struct kept *to = ctx;

    to->blocks++;
    if (to->blocks > 20 && to->blocks <= 30)
        return -EAGAIN;
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    return 0;
}

/// A run, taken down; what is known of it is read as the file has it.
static void go(void)
{
    struct lab_error err = {0};

    memset(&kept, 0, sizeof kept);
    bed.trace = run_trace_open(&bed.bench, &bed.input, put, &kept);
    assert_non_null(bed.trace);
    assert_int_equal(bed_go(), 0);
    assert_int_equal(run_tell(&told, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
    assert_int_equal(run_trace_end(bed.trace, &bed.record, &report), 0);
    if (lab_trace_read("rig.trace", kept.bytes, kept.size, &trace, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
}

static void done(void)
{
    lab_trace_free(&trace);
    run_trace_close(bed.trace);
    bed.trace = NULL;
}

static void it_says_what_the_record_says(void **state)
{
    struct lab_trace_state s;

    (void)state;
    go();
    const struct run_record *record = &bed.record;
    const int64_t begun = record->begun_us;
    assert_true(trace.whole);
    assert_int_equal(trace.meta.source, LAB_TRACE_RIG);
    assert_string_equal(trace.meta.id, report.id);
    assert_in_range(trace.end_us - (record->end_us - begun), 0, 10000); // a read-back follows late
    assert_int_equal(trace.phases, record->times);
    for (size_t i = 0; i < trace.phases; i++) {
        assert_int_equal(trace.phase[i].t_us, record->time[i].at_us - begun);
        assert_string_equal(lab_trace_word(&trace, LAB_TRACE_STATE, trace.phase[i].value),
                            run_state_name(record->time[i].state));
    }
    assert_int_equal(trace.lines, 4); // mains, ac, stop, door
    assert_string_equal(trace.line[1].name, "ac");
    assert_int_equal(trace.level_count, record->edges + 1);
    const struct run_cut_record *cut = &record->cut[0];
    lab_trace_at(&trace, cut->sense_us - begun - 1, &s);
    assert_true(s.power & LAB_TRACE_MAINS); // the relay's line fell, the contact did not yet
    assert_int_equal(s.levels & 3, 2);
    lab_trace_at(&trace, cut->sense_us - begun, &s);
    assert_int_equal(s.power, 0);
    assert_int_equal(s.levels & 3, 0);
    lab_trace_at(&trace, cut->back_sense_us - begun, &s);
    assert_int_equal(s.power,
                     LAB_TRACE_MAINS | LAB_TRACE_RAIL | LAB_TRACE_LOGIC); // nobody answers yet
    lab_trace_at(&trace, cut->ready_us - begun, &s);
    assert_true(s.power & LAB_TRACE_ALIVE);
    assert_int_equal(trace.cuts, 1);
    assert_int_equal(trace.cut[0].mains_us, cut->sense_us - begun);
    assert_int_equal(trace.cut[0].back_us - trace.cut[0].mains_us, cut->off_us);
    assert_int_equal(trace.cut[0].offset, cut->file_at);
    assert_string_equal(trace.verdict.result, "resumed");
    done();
}

/// Of a bench that was found on there is a trace as well.
static void a_run_that_could_not_begin_says_why(void **state)
{
    (void)state;
    bed_weld();
    go();
    assert_true(bed.record.unsafe && trace.whole);
    assert_int_equal(trace.notes, 1);
    assert_non_null(strstr(trace.note[0].text, "DANGER"));
    assert_string_equal(trace.verdict.outcome, "error");
    done();
}

static void it_says_what_the_printer_told(void **state)
{
    int64_t hottest = 0;

    (void)state;
    world.nozzle_mc = 25000;
    go();
    assert_true(trace.heats[LAB_TRACE_NOZZLE] > 1);
    for (size_t i = 0; i < trace.heats[LAB_TRACE_NOZZLE]; i++)
        if (trace.heat[LAB_TRACE_NOZZLE][i].mc > hottest)
            hottest = trace.heat[LAB_TRACE_NOZZLE][i].mc;
    assert_int_equal(hottest, 240000);
    assert_true(trace.motions > 1000); // from each status to the next
    for (size_t i = 1; i < trace.motions; i++) {
        const struct lab_trace_motion *m = &trace.motion[i];
        assert_false(m->true_known);
        assert_true(m->kind == LAB_TRACE_JUMP || m->from_nm[0] == m[-1].to_nm[0]);
        assert_true(m->t_us >= m[-1].t_us + m[-1].duration_us);
    }
    bool resumed = false, printed = false;
    for (size_t i = 0; i < trace.events; i++) {
        printed = printed || (trace.event[i].kind == LAB_TRACE_EVENT_JOB && trace.event[i].a == 1);
        resumed = resumed || (trace.event[i].kind == LAB_TRACE_EVENT_JOB && trace.event[i].a == 3);
        assert_int_equal(trace.event[i].number, i);
    }
    assert_true(printed && resumed);
    bool said = false;
    for (size_t i = 0; i < trace.notes; i++)
        said = said || !strcmp(trace.note[i].text, "power is on");
    assert_true(said);
    done();
}

/// Killed at any moment, what happened up to a second before is there.
static void it_outlives_us(void **state)
{
    struct lab_error err = {0};
    static struct lab_trace part;

    (void)state;
    go();
    assert_true(kept.blocks > 50);
    int64_t before = INT64_MIN;
    for (size_t size = kept.size / 2; size < kept.size; size += kept.size / 20) {
        assert_int_equal(lab_trace_read("part", kept.bytes, size, &part, &err), 0);
        assert_false(part.whole);
        assert_true(part.end_us >= before);
        before = part.end_us;
        lab_trace_free(&part);
    }
    done();
}

static void nobody_notices(void **state)
{
    static struct run_record plain;

    assert_int_equal(bed_go(), 0);
    plain = bed.record;
    bed_begin(state);
    go();
    assert_int_equal(plain.times, bed.record.times);
    assert_int_equal(plain.edges, bed.record.edges);
    assert_int_equal(plain.cut[0].file_at, bed.record.cut[0].file_at);
    assert_int_equal(plain.end_us - plain.begun_us, bed.record.end_us - bed.record.begun_us);
    done();
}

/// A full disk is told at the end, and ends no run.
static void a_full_disk_ends_no_run(void **state)
{
    (void)state;
    memset(&kept, 0, sizeof kept);
    kept.error = -ENOSPC;
    bed.trace = run_trace_open(&bed.bench, &bed.input, put, &kept);
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(run_tell(&told, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
    assert_int_equal(run_trace_end(bed.trace, &bed.record, &report), -ENOSPC);
    assert_int_equal(kept.blocks, 1); // nothing was tried behind the first error
    done();
}

/// A relay that may not go on for long is no run that hangs: people are told, once before the print and once behind the cut.
static void a_long_rest_is_told(void **state)
{
    int told_of = 0;

    (void)state;
    bed.bench.relay[0].min_off_us = INT64_C(600000000);
    go();
    assert_int_equal(bed.record.fault, RUN_FINE);
    for (size_t i = 0; i < trace.notes; i++)
        told_of += !strncmp(trace.note[i].text, "mains rests for another ", 24);
    assert_int_equal(told_of, 2);
    done();
}

/// Was relay 0 driven on at that time of the run?
static bool world_was_on(int64_t t_us)
{
    bool on = false;

    for (size_t n = 0; n < bed.record.edges; n++)
        if (bed.record.edge[n].relay && bed.record.edge[n].at_us - bed.record.begun_us <= t_us)
            on = bed.record.edge[n].on;
    return on;
}

/// Blocks that are lost are counted and said, and the rest of the trace is right.
static void a_slow_disk_leaves_a_gap_that_is_said(void **state)
{
    struct lab_error err = {0};
    struct lab_trace_state s;
    int64_t gap_us = -1;

    (void)state;
    memset(&kept, 0, sizeof kept);
    bed.trace = run_trace_open(&bed.bench, &bed.input, put_some, &kept);
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(run_tell(&told, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
    assert_int_equal(run_trace_end(bed.trace, &bed.record, &report), 0);
    assert_int_equal(run_trace_lost(bed.trace), 10);
    assert_int_equal(lab_trace_read("gap", kept.bytes, kept.size, &trace, &err), 0);
    assert_true(trace.whole);
    uint64_t lost = 0;
    for (size_t i = 0; i < trace.notes; i++)
        if (!strncmp(trace.note[i].text, "gap: ", 5)) {
            lost = strtoull(trace.note[i].text + 5, NULL, 10);
            gap_us = trace.note[i].t_us;
        }
    assert_int_equal(lost, 10);
    // power came on in the gap: behind it the trace knows
    int64_t on_us = bed.record.edge[0].at_us - bed.record.begun_us;
    assert_true(on_us < gap_us);
    lab_trace_at(&trace, gap_us, &s);
    assert_int_equal(s.levels & 1, world_was_on(gap_us));
    done();
}

/// Each domain goes with its own relays and senses, and what has none with what stands in front of it.
static void each_domain_shows_its_own_power(void **state)
{
    static const char text[] =
        "about: a double\n"
        "relays:\n"
        "  - {name: mains, domain: mains, role: cut, line: GPIO1, min_on: 0s, min_off: 0s, "
        "read_back: ac}\n"
        "  - {name: psu, domain: 24v, role: cut, line: GPIO5, min_on: 0s, min_off: 0s, read_back: "
        "dc}\n"
        "senses:\n"
        "  - {name: ac, kind: power, domain: mains, line: GPIO2}\n"
        "  - {name: dc, kind: power, domain: 24v, line: GPIO6}\n"
        "link: {kind: marlin, address: nowhere}\n"
        "limits: {nozzle: 250C, run_time: 2h, ready: 1min, recovery: 10min, cooldown: 30min}\n"
        "resume_gcode: RESUME\n";
    struct lab_trace_state s;

    (void)state;
    assert_int_equal(bench_parse(&bed.bench, bed.path, text, sizeof text - 1, &bed.err), 0);
    assert_int_equal(run_plan_make(&bed.plan, &bed.bench, &bed.input, NULL, 0, &bed.err), 0);
    go();
    // the mains come first: in between there is no 24 V
    int64_t ac_us = -1, dc_us = -1;
    for (size_t n = bed.record.edges; n-- > 0;) {
        const struct lines_edge *edge = &bed.record.edge[n];
        if (!edge->relay && edge->on)
            *(edge->index ? &dc_us : &ac_us) = edge->at_us - bed.record.begun_us;
    }
    assert_true(ac_us >= 0 && dc_us > ac_us);
    lab_trace_at(&trace, ac_us, &s);
    assert_int_equal(s.power, LAB_TRACE_MAINS);
    lab_trace_at(&trace, dc_us, &s);
    assert_int_equal(s.power & ~(uint32_t)LAB_TRACE_ALIVE,
                     LAB_TRACE_MAINS | LAB_TRACE_RAIL | LAB_TRACE_LOGIC);
    done();
}

/// The waveforms of a bench open in sigrok, with its relays and senses as channels.
static void sigrok_opens_its_waveforms(void **state)
{
    char path[] = "/tmp/test_run_trace_XXXXXX", command[256];
    const struct lab_vcd_window all = {.whole = true};

    (void)state;
    go();
    int file = mkstemp(path);
    FILE *out = file < 0 ? NULL : fdopen(file, "w");
    assert_non_null(out);
    assert_int_equal(lab_vcd_write(&trace, &all, out), 0);
    assert_int_equal(fclose(out), 0);
    // seven of every trace, its lines, the memory, three heaters, step and direction of six motors
    snprintf(command, sizeof command, "core/lab/vcd/sigrok.sh %s %zu mains relay_mains nv_busy",
             path, 7 + trace.lines + 4 + 12);
    int code = system(command);
    unlink(path);
    done();
    if (WIFEXITED(code) && WEXITSTATUS(code) == 77)
        skip();
    assert_int_equal(code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_says_what_the_record_says, bed_begin),
        cmocka_unit_test_setup(a_run_that_could_not_begin_says_why, bed_begin),
        cmocka_unit_test_setup(it_says_what_the_printer_told, bed_begin),
        cmocka_unit_test_setup(it_outlives_us, bed_begin),
        cmocka_unit_test_setup(nobody_notices, bed_begin),
        cmocka_unit_test_setup(a_full_disk_ends_no_run, bed_begin),
        cmocka_unit_test_setup(a_slow_disk_leaves_a_gap_that_is_said, bed_begin),
        cmocka_unit_test_setup(each_domain_shows_its_own_power, bed_begin),
        cmocka_unit_test_setup(a_long_rest_is_told, bed_begin),
        cmocka_unit_test_setup(sigrok_opens_its_waveforms, bed_begin),
    };
    return cmocka_run_group_tests(tests, bed_open, bed_close);
}
