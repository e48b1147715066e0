// Makes a small trace by hand.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/trace/model.h"
#include "sim/view/made.h"

enum { SIDE_NM = 20000000, LOW_NM = 50000000, LINES = 16, PHASES = 9 };

/// The maker: time and place so far.
struct maker {
    struct lab_trace *trace;
    int64_t t_us;
    int64_t at_nm[3];
    int64_t off_nm; ///< truth less belief, in Z: of the nozzle, of the corners
    int64_t corner_off_nm[LAB_TRACE_CORNERS];
    int64_t events;
};

#define ADD(array, count, room, thing) assert_int_equal(TRACE_ADD(array, count, room, thing), 0)

static void add_event(struct maker *m, int32_t kind, int64_t a, int64_t b)
{
    struct lab_trace_event event = {
        .t_us = m->t_us, .number = m->events++, .kind = kind, .a = a, .b = b};

    ADD(m->trace->event, m->trace->events, m->trace->event_room, event);
}

static void add_power(struct maker *m, uint32_t bits, uint32_t motors)
{
    struct lab_trace_power power = {m->t_us, bits, motors};

    ADD(m->trace->power, m->trace->powers, m->trace->power_room, power);
}

static void add_corners(struct maker *m, const int64_t off_nm[LAB_TRACE_CORNERS])
{
    struct lab_trace_corners corners = {.t_us = m->t_us};

    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        corners.believed_nm[i] = m->at_nm[2];
        corners.true_nm[i] = m->at_nm[2] + off_nm[i];
        m->corner_off_nm[i] = off_nm[i];
    }
    ADD(m->trace->corners, m->trace->corner_count, m->trace->corners_room, corners);
}

static void add_heat(struct maker *m, int64_t nozzle_mc, int64_t bed_mc)
{
    const int64_t mc[LAB_TRACE_HEATS] = {nozzle_mc, bed_mc, 45000};

    for (int i = 0; i < LAB_TRACE_HEATS; i++) {
        struct lab_trace_temperature point = {m->t_us, mc[i]};
        ADD(m->trace->heat[i], m->trace->heats[i], m->trace->heat_room[i], point);
    }
}

static void add_nv(struct maker *m, int64_t size, enum lab_trace_nv_end end)
{
    struct lab_trace_nv nv = {.t_us = m->t_us, .duration_us = size * 20, .size = size, .end = end};

    add_event(m, LAB_TRACE_EVENT_NV, 0, 0);
    ADD(m->trace->nv, m->trace->nvs, m->trace->nv_room, nv);
}

/// Move, and lay filament on the way or not.
static void add_motion(struct maker *m, int64_t x_nm, int64_t y_nm, int64_t z_nm,
                       int64_t duration_us, bool lay)
{
    struct lab_trace_motion motion = {.t_us = m->t_us,
                                      .duration_us = duration_us,
                                      .kind = LAB_TRACE_MOVE,
                                      .from_nm = {m->at_nm[0], m->at_nm[1], m->at_nm[2]},
                                      .to_nm = {x_nm, y_nm, z_nm},
                                      .true_known = true};

    for (int i = 0; i < 3; i++) {
        motion.true_from_nm[i] = motion.from_nm[i] + (i == 2 ? m->off_nm : 0);
        motion.true_to_nm[i] = motion.to_nm[i] + (i == 2 ? m->off_nm : 0);
    }
    add_event(m, LAB_TRACE_EVENT_MOVE, x_nm, y_nm);
    ADD(m->trace->motion, m->trace->motions, m->trace->motion_room, motion);
    if (lay) {
        struct lab_trace_deposit d = {.t_us = m->t_us,
                                      .duration_us = duration_us,
                                      .from_nm = {m->at_nm[0], m->at_nm[1], z_nm},
                                      .to_nm = {x_nm, y_nm, z_nm},
                                      .e_nm = 100000,
                                      .motion = (int64_t)m->trace->motions - 1};
        ADD(m->trace->deposit, m->trace->deposits, m->trace->deposit_room, d);
    }
    m->at_nm[0] = x_nm;
    m->at_nm[1] = y_nm;
    m->at_nm[2] = z_nm;
    m->t_us += duration_us;
}

/// Push filament where the nozzle is, or while it rises: nothing that lies as path.
static void push(struct maker *m, int64_t rise_nm)
{
    size_t before = m->trace->deposits;

    add_motion(m, m->at_nm[0], m->at_nm[1], m->at_nm[2] + rise_nm, 300000, true);
    m->trace->deposit[before].from_nm[2] -= rise_nm;
}

static void add_phase(struct maker *m, int64_t phase, int64_t duration_us)
{
    struct lab_trace_phase p = {m->t_us, LAB_TRACE_PHASE, phase};

    add_event(m, LAB_TRACE_EVENT_PHASE, phase, 0);
    ADD(m->trace->phase, m->trace->phases, m->trace->phase_room, p);
    m->t_us += duration_us;
}

/// The firmware counts Z from here on; nothing moves.
static void set_count(struct maker *m, int64_t z_nm)
{
    int64_t by = m->at_nm[2] - z_nm, off[LAB_TRACE_CORNERS];

    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        off[i] = m->corner_off_nm[i] + by;
    m->at_nm[2] = z_nm;
    m->off_nm += by;
    add_corners(m, off);
    add_motion(m, m->at_nm[0], m->at_nm[1], z_nm, 0, false);
}

// --- the run ----------------------------------------------------------------------------------------------------

static const int64_t level[LAB_TRACE_CORNERS] = {0, 0, 0, 0};

static void begin_layer(struct maker *m, int64_t number)
{
    struct lab_trace_layer layer = {m->t_us, number, (number + 1) * MADE_Z_NM, m->trace->deposits};

    add_event(m, LAB_TRACE_EVENT_LAYER, number, layer.z_nm);
    ADD(m->trace->layer, m->trace->layers, m->trace->layer_room, layer);
    add_nv(m, number % 3 ? 120 : 3000, LAB_TRACE_NV_DONE);
    add_motion(m, m->at_nm[0], m->at_nm[1], layer.z_nm, MADE_MOVE_US / 4, false);
}

/// Line number i of a layer: four of a square, then the filling.
static void lay_line(struct maker *m, int64_t number, int line)
{
    static const int64_t corner[4][2] = {{SIDE_NM, 0}, {SIDE_NM, SIDE_NM}, {0, SIDE_NM}, {0, 0}};
    int64_t z = (number + 1) * MADE_Z_NM;

    if (line < 4) {
        add_motion(m, LOW_NM + corner[line][0], LOW_NM + corner[line][1], z, MADE_MOVE_US, true);
        return;
    }
    int64_t at = (line - 3) * SIDE_NM / (LINES - 2);
    add_motion(m, LOW_NM + at, LOW_NM + (line % 2 ? SIDE_NM : 0), z, MADE_MOVE_US / 4, false);
    add_motion(m, LOW_NM + at, LOW_NM + (line % 2 ? 0 : SIDE_NM), z, MADE_MOVE_US, true);
    if (line % 4 == 0)
        add_nv(m, 40, LAB_TRACE_NV_DONE);
}

static void add_outage(struct maker *m)
{
    static const int64_t sag[LAB_TRACE_CORNERS] = {80000, -420000, -650000, 60000};
    struct lab_trace_cut *cut = m->trace->cut;

    cut->mains_us = m->t_us;
    add_event(m, LAB_TRACE_EVENT_SUPPLY, 1, 0);
    add_power(m, LAB_TRACE_RAIL | LAB_TRACE_LOGIC | LAB_TRACE_ALIVE, 0x8f);
    m->t_us += 5000;
    cut->detected_us = m->t_us;
    add_power(m, LAB_TRACE_FAIL | LAB_TRACE_RAIL | LAB_TRACE_LOGIC | LAB_TRACE_ALIVE, 0x8f);
    add_nv(m, 786, LAB_TRACE_NV_TORN);
    add_motion(m, m->at_nm[0], m->at_nm[1] - 300000, m->at_nm[2], 20000,
               true); // braking on the path
    cut->stopped_us = m->t_us;
    memcpy(cut->stop_nm, m->at_nm, sizeof cut->stop_nm);
    m->t_us += 100000;
    cut->drivers_us = m->t_us;
    add_power(m, LAB_TRACE_FAIL, 0);
    m->off_nm = -280000;
    add_corners(m, sag);
    add_motion(m, m->at_nm[0], m->at_nm[1], m->at_nm[2], 0, false);
    m->t_us = cut->mains_us + MADE_OUTAGE_US;
    add_heat(m, 150000, 94000);
    cut->back_us = m->t_us;
    add_event(m, LAB_TRACE_EVENT_SUPPLY, 2, 0);
    add_power(m, LAB_TRACE_MAINS | LAB_TRACE_RAIL | LAB_TRACE_LOGIC | LAB_TRACE_ALIVE, 0x8f);
    set_count(m, 0);
}

static void recover(struct maker *m)
{
    static const int64_t off[LAB_TRACE_CORNERS] = {7000, 12000, -7000, 0};
    struct lab_trace_levels levels = {0};
    int64_t x = m->at_nm[0], y = m->at_nm[1], z = m->trace->cut->stop_nm[2];

    add_phase(m, 8, 500000); // idle is no step
    add_phase(m, 0, 2000000);
    add_phase(m, 1, 0);
    set_count(m, z - 40000); // as it was saved
    add_motion(m, x, y, 15000000, 4000000, false);
    add_phase(m, 2, 10000000);
    add_phase(m, 3, 0);
    add_motion(m, x, y, 200000000, 8000000, false);
    levels = (struct lab_trace_levels){m->t_us, 5};
    ADD(m->trace->levels, m->trace->level_count, m->trace->levels_room, levels);
    add_phase(m, 4, 1500000);
    levels = (struct lab_trace_levels){m->t_us, 0};
    ADD(m->trace->levels, m->trace->level_count, m->trace->levels_room, levels);
    set_count(m, m->at_nm[2] + m->off_nm - 1200);
    add_phase(m, 5, 900000);
    m->off_nm = 1200;
    add_corners(m, off);
    add_phase(m, 6, 5000000 - 2 * 300000);
    push(m, 0);
    push(m, -400000);
    add_heat(m, 240000, 104000);
    add_motion(m, x, y, z, 6000000, false);
    add_phase(m, 7, 0);
    m->trace->cut->first_extrusion_us = m->t_us;
}

static void add_measure(struct maker *m, const char *key, const char *unit, int64_t value,
                        int64_t limit, const char *outcome)
{
    struct lab_trace_measure measure = {.known = strcmp(outcome, "not_applicable") != 0,
                                        .limited = limit >= 0,
                                        .value = value,
                                        .limit = limit};

    snprintf(measure.key, sizeof measure.key, "%s", key);
    snprintf(measure.unit, sizeof measure.unit, "%s", unit);
    snprintf(measure.outcome, sizeof measure.outcome, "%s", outcome);
    ADD(m->trace->measure, m->trace->measures, m->trace->measure_room, measure);
}

static void describe(struct lab_trace *trace)
{
    static const char *const phase[PHASES] = {"consent", "lift",  "heat",   "home_z0", "home_z1",
                                              "level",   "purge", "resume", "idle"};
    static const int64_t post[LAB_TRACE_CORNERS][2] = {
        {-40000000, 0}, {-40000000, 120000000}, {160000000, 120000000}, {160000000, 0}};
    struct lab_trace_meta *meta = &trace->meta;

    *meta = (struct lab_trace_meta){
        .z_motors = 4, .travel_nm = {120000000, 120000000, 200000000}, .z_endstop_nm = 202000000};
    memcpy(meta->post_nm, post, sizeof post);
    snprintf(meta->id, sizeof meta->id, "made@00000000#s1");
    snprintf(meta->scenario, sizeof meta->scenario, "made");
    snprintf(meta->about, sizeof meta->about, "A square of eight layers, cut in the fifth.");
    for (int i = 0; i < PHASES; i++) {
        struct lab_trace_name name = {.domain = LAB_TRACE_PHASE, .value = i};
        snprintf(name.text, sizeof name.text, "%s", phase[i]);
        ADD(trace->name, trace->names, trace->name_room, name);
    }
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        struct lab_trace_line *line = &trace->line[trace->lines++];
        snprintf(line->name, sizeof line->name, "z_plus%d", i);
    }
}

static void judge(struct maker *m)
{
    struct lab_trace_verdict *verdict = &m->trace->verdict;

    add_measure(m, "z_offset_error_um", "um", 2, 60, "pass");
    add_measure(m, "layer_shift_um", "um", 27, 100, "marginal");
    add_measure(m, "seam_gap_um", "um", 1500, 0, "fail");
    add_measure(m, "outage_contact_um", "um", 297, -1, "pass");
    add_measure(m, "time_to_resume_ms", "ms", 37400, -1, "pass");
    add_measure(m, "nv_wear_years", "years", 0, -1, "not_applicable");
    verdict->known = true;
    snprintf(verdict->outcome, sizeof verdict->outcome, "fail");
    snprintf(verdict->result, sizeof verdict->result, "resumed");
}

void made_trace(struct lab_trace *trace)
{
    struct maker m = {.trace = trace, .at_nm = {LOW_NM, LOW_NM, MADE_Z_NM}};
    struct lab_trace_cut cut = {.first_path_nm = 30000000};

    memset(trace, 0, sizeof *trace);
    describe(trace);
    ADD(trace->cut, trace->cuts, trace->cut_room, cut);
    add_power(&m, LAB_TRACE_MAINS | LAB_TRACE_RAIL | LAB_TRACE_LOGIC | LAB_TRACE_ALIVE, 0x8f);
    add_corners(&m, level);
    add_heat(&m, 240000, 104000);
    add_event(&m, LAB_TRACE_EVENT_JOB, 1, 0);
    for (int64_t layer = 0; layer < MADE_LAYERS; layer++) {
        begin_layer(&m, layer);
        for (int line = 0; line < LINES; line++) {
            if (layer == MADE_CUT_LAYER && line == 9) {
                add_heat(&m, 240000, 104000);
                add_outage(&m);
                recover(&m);
            }
            lay_line(&m, layer, line);
        }
    }
    add_event(&m, LAB_TRACE_EVENT_JOB, 2, 0);
    add_heat(&m, 240000, 104000);
    judge(&m);
    trace->end_us = m.t_us + 1000000;
    assert_int_equal(trace_find_lost(trace), 0);
    trace->whole = true;
}
