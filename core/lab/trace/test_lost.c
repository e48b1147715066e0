// Tests of when the count of Z is lost.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/trace/model.h"

enum { ON = 29, FAILS = 30, DARK = 0, MM = 1000000, LIFT = 0, HOME_XY = 1, HOME_Z = 2 };

/// A trace of what a row of the tests says: supply, phases, and what Z is counted to be.
struct row {
    struct {
        int64_t t_us;
        uint32_t bits;
    } power[8];
    struct {
        int64_t t_us, phase;
    } phase[6];
    struct {
        int64_t t_us, from_mm, to_mm;
    } z[8];
    int64_t prints_us; ///< on; 0 never
    struct lab_trace_lost lost[3];
};

static struct lab_trace trace;

static int tear_down(void **state)
{
    (void)state;
    lab_trace_free(&trace);
    return 0;
}

static void make(const struct row *row)
{
    static const struct lab_trace_name name[] = {{LAB_TRACE_PHASE, LIFT, "lift"},
                                                 {LAB_TRACE_PHASE, HOME_XY, "home_xy"},
                                                 {LAB_TRACE_PHASE, HOME_Z, "home_z0"}};

    lab_trace_free(&trace);
    trace.end_us = 1000;
    for (int i = 0; i < 3; i++)
        assert_int_equal(TRACE_ADD(trace.name, trace.names, trace.name_room, name[i]), 0);
    for (int i = 0; i < 8 && (!i || row->power[i].t_us); i++) {
        struct lab_trace_power p = {row->power[i].t_us, row->power[i].bits, 0};
        assert_int_equal(TRACE_ADD(trace.power, trace.powers, trace.power_room, p), 0);
    }
    for (int i = 0; i < 6 && row->phase[i].t_us; i++) {
        struct lab_trace_phase p = {row->phase[i].t_us, LAB_TRACE_PHASE, row->phase[i].phase};
        assert_int_equal(TRACE_ADD(trace.phase, trace.phases, trace.phase_room, p), 0);
    }
    for (int i = 0; i < 8 && row->z[i].t_us; i++) {
        struct lab_trace_motion m = {.t_us = row->z[i].t_us,
                                     .from_nm = {0, 0, row->z[i].from_mm * MM},
                                     .to_nm = {0, 0, row->z[i].to_mm * MM}};
        assert_int_equal(TRACE_ADD(trace.motion, trace.motions, trace.motion_room, m), 0);
    }
    struct lab_trace_cut cut = {.first_extrusion_us = row->prints_us ? row->prints_us : -1};
    assert_int_equal(TRACE_ADD(trace.cut, trace.cuts, trace.cut_room, cut), 0);
    assert_int_equal(trace_find_lost(&trace), 0);
}

static void the_count_is_lost_until_z_is_homed(void **state)
{
    (void)state;
    static const struct row row[] = {
        // never, also when the firmware survives
        {.power = {{0, ON}, {100, FAILS}, {150, ON}}, .z = {{10, 1, 2}, {20, 5, 5}}},
        // dark to the end: nobody counts
        {.power = {{0, ON}, {100, DARK}}, .z = {{10, 1, 2}}},
        // a device that never homes Z knows what it was told
        {.power = {{0, ON}, {100, DARK}, {200, ON}},
         .phase = {{200, LIFT}, {260, HOME_XY}},
         .z = {{10, 1, 2}, {200, 0, 0}, {250, 2, 2}, {300, 2, 9}, {350, 3, 3}},
         .lost = {{200, 250}}},
        // ... and one that does counts from anywhere until then, whatever it was told
        {.power = {{0, ON}, {100, DARK}, {200, ON}},
         .phase = {{200, LIFT}, {260, HOME_Z}},
         .z = {{10, 1, 2}, {200, 0, 0}, {250, 2, 2}, {300, 2, 9}, {350, 3, 3}, {360, 4, 4}},
         .lost = {{200, 350}}},
        // it was homed, but set no other count: until the print goes on
        {.power = {{0, ON}, {100, DARK}, {200, ON}},
         .phase = {{260, HOME_Z}},
         .z = {{10, 1, 2}, {200, 0, 0}, {250, 2, 2}, {300, 2, 9}},
         .prints_us = 400,
         .lost = {{200, 400}}},
        // it never was told anything, and no motion was ever seen
        {.power = {{0, ON}, {100, DARK}, {200, ON}}, .lost = {{200, 1001}}},
        // power fails again while it homes, and once more
        {.power = {{0, ON}, {100, DARK}, {200, ON}, {300, FAILS}, {310, DARK}, {400, ON}},
         .phase = {{210, HOME_Z}, {410, HOME_Z}},
         .z = {{10, 1, 2}, {200, 0, 0}, {205, 2, 2}, {400, 0, 0}, {405, 2, 2}, {450, 7, 7}},
         .lost = {{200, 310}, {400, 450}}},
        // one that was not alive at first
        {.power = {{0, DARK}, {50, ON}}, .z = {{60, 1, 2}, {70, 1, 1}}, .lost = {{50, 70}}}};

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        size_t count = 0;
        make(&row[i]);
        while (row[i].lost[count].until_us)
            count++;
        assert_int_equal(trace.losts, count);
        for (size_t k = 0; k < count; k++) {
            struct lab_trace_state at;
            assert_int_equal(trace.lost[k].from_us, row[i].lost[k].from_us);
            assert_int_equal(trace.lost[k].until_us, row[i].lost[k].until_us);
            for (int64_t edge = -1; edge <= 0; edge++) {
                lab_trace_at(&trace, trace.lost[k].from_us + edge, &at);
                assert_int_equal(at.lost, edge == 0);
                lab_trace_at(&trace, trace.lost[k].until_us + edge, &at);
                assert_int_equal(at.lost, edge < 0);
            }
        }
    }
}

static int put(void *ctx, const void *bytes, size_t size)
{
    FILE *out = ctx;

    return fwrite(bytes, 1, size, out) == size ? 0 : LAB_EIO;
}

static void what_is_read_knows_it(void **state)
{
    (void)state;
    static const struct row row = {.power = {{0, ON}, {100, DARK}, {200, ON}},
                                   .z = {{10, 1, 2}, {200, 0, 0}, {250, 2, 2}}};
    struct lab_trace *read = calloc(1, sizeof *read);
    struct lab_error err = {0};
    FILE *file = tmpfile();

    assert_non_null(read);
    assert_non_null(file);
    make(&row);
    assert_int_equal(lab_trace_write(&trace, put, file), 0);
    rewind(file);
    assert_int_equal(lab_trace_read_stream("a trace", file, read, &err), 0);
    assert_int_equal(read->losts, 1);
    assert_int_equal(read->lost[0].from_us, 200);
    assert_int_equal(read->lost[0].until_us, 250);
    lab_trace_free(read);
    free(read);
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_teardown(test, tear_down)
    const struct CMUnitTest tests[] = {
        HERE(the_count_is_lost_until_z_is_homed),
        HERE(what_is_read_knows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
