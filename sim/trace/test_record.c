// Tests of recording: a run is the same with and without, and its trace says what its report says.
// SPDX-License-Identifier: MIT
#include <math.h>

#include "core/lab/html/html.h"
#include "core/lab/trace/trace.h"
#include "sim/test_sim.h"

/// A run of the headline scenario, recorded.
struct recorded {
    struct lab_input input;
    struct run plain, traced;
    struct run_bytes bytes;
    struct lab_trace trace;
};

static void record(struct recorded *r, const char *scenario, const char *const *sets, size_t count)
{
    struct lab_error err = {0};
    struct run_sink sink = {.put = run_bytes_put, .ctx = &r->bytes};

    int bad = run_load(&r->input, scenario, NULL, sets, count, NULL, &err);
    if (!bad)
        bad = run_execute(&r->plain, &r->input, 1, &err);
    if (!bad)
        bad = run_execute_traced(&r->traced, &r->input, 1, &sink, &err);
    if (!bad)
        bad = sink.error;
    if (!bad)
        bad = lab_trace_read("memory", r->bytes.bytes, r->bytes.size, &r->trace, &err);
    if (bad)
        lab_error_print(stderr, &err);
    assert_int_equal(bad, 0);
}

static void drop(struct recorded *r)
{
    lab_trace_free(&r->trace);
    free(r->bytes.bytes);
    run_free(&r->plain);
    run_free(&r->traced);
    lab_input_close(&r->input);
    free(r);
}

static struct recorded *headline(const char *set)
{
    struct recorded *r = calloc(1, sizeof *r);

    assert_non_null(r);
    record(r, "scenarios/voron24_cut.yaml", &set, set ? 1 : 0);
    return r;
}

static void nobody_notices(void **state)
{
    struct recorded *r = headline(NULL);
    const struct sim *a = r->plain.cut, *b = r->traced.cut;

    (void)state;
    assert_true(a->world.hash == b->world.hash);
    assert_int_equal(a->world.events, b->world.events);
    assert_int_equal(a->truth.ledger.count, b->truth.ledger.count);
    for (int i = 0; i < LAB_MEASURES; i++)
        assert_int_equal(r->plain.verdict.measure[i].value, r->traced.verdict.measure[i].value);
    assert_memory_equal(&a->world.plant.heat, &b->world.plant.heat, sizeof a->world.plant.heat);
    drop(r);
}

static void it_says_what_the_run_did(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_trace *t = &r->trace;
    const struct sim *sim = r->traced.cut;
    const struct lab_truth *truth = &sim->truth;
    struct lab_trace_state s;

    (void)state;
    assert_true(t->whole);
    assert_string_equal(t->meta.id, r->traced.id);
    assert_int_equal(t->event[t->events - 1].number + 1, sim->world.events);
    assert_int_equal(t->deposits, truth->ledger.count);
    for (size_t i = 0; i < t->deposits; i++) {
        const struct lab_deposit *d = &truth->ledger.entry[i];
        assert_in_range(t->deposit[i].t_us - d->t_us + 1, 0, 2);
        assert_int_equal(t->deposit[i].e_nm, d->e_nm);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(t->deposit[i].from_nm[k], d->from_nm[k]);
            assert_int_equal(t->deposit[i].to_nm[k], d->to_nm[k]);
        }
    }
    lab_trace_at(t, truth->cut[0].mains_us, &s);
    assert_int_equal(s.cut, 0);
    assert_false(s.power & LAB_TRACE_MAINS);
    assert_true(s.power & LAB_TRACE_RAIL);
    lab_trace_at(t, truth->cut[0].stopped_us, &s);
    for (int k = 0; k < 3; k++)
        assert_in_range(s.true_nm[k] - truth->cut[0].stop_nm[k] + 1000, 0, 2000);
    lab_trace_at(t, truth->cut[0].back_us - 1, &s);
    for (int k = 0; k < LAB_TRACE_CORNERS; k++)
        assert_in_range(s.corner_nm[k] - truth->cut[0].corner_after_nm[k] + 20000, 0, 40000);
    assert_in_range(s.heat_mc[LAB_TRACE_NOZZLE] - truth->cut[0].nozzle_mc + 3000, 0, 6000);
    lab_trace_at(t, truth->cut[0].logic_us + 1000000, &s); // it cools in the dark, not at once
    assert_in_range(s.heat_mc[LAB_TRACE_NOZZLE], 230000, 240000);
    drop(r);
}

/// Phases, layers, lines, the memory and the verdict: each as the run itself has it.
static void it_says_what_the_rest_did(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_trace *t = &r->trace;
    const struct sim *sim = r->traced.cut;
    size_t steps = 0, erases = 0, job_z = 0;

    (void)state;
    assert_int_equal(t->nvs, sim->nv.operations - sim->span.nv_first);
    for (size_t i = 0; i < t->nvs; i++)
        erases += t->nv[i].offset < 0;
    assert_true(erases > 0 && erases < t->nvs);
    for (size_t i = 0; i < t->phases; i++)
        steps += t->phase[i].value >= PLR_PHASE_CONSENT && t->phase[i].value <= PLR_PHASE_RESUME;
    assert_int_equal(steps, sim->steps);
    assert_int_equal(t->layer[t->layers - 1].number, sim->job.layers - 1);
    for (size_t i = 0; i < t->motions; i++) {
        const struct lab_trace_motion *m = &t->motion[i];
        assert_true(m->true_known);
        job_z += m->kind == LAB_TRACE_MOVE && m->from_nm[2] != m->to_nm[2];
        assert_true(!i || m->t_us >= m[-1].t_us);
    }
    assert_true(job_z >= (size_t)sim->job.layers);
    bool pressed = false;
    for (size_t i = 0; i < t->level_count; i++)
        pressed = pressed || t->levels[i].bits == 15;
    assert_true(pressed); // all four switches, when Z was homed
    assert_int_equal(t->measures, LAB_MEASURES);
    for (int i = 0; i < LAB_MEASURES; i++)
        assert_int_equal(t->measure[i].value, r->traced.verdict.measure[i].value);
    assert_string_equal(t->verdict.result, "resumed");
    drop(r);
}

/// Speed by time is way: of each motion of the job, also where it was broken off. To a per mille and 2 um (times are whole us).
static void a_profile_is_as_long_as_its_way(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_trace *t = &r->trace;

    (void)state;
    for (size_t i = 0; i < t->motions; i++) {
        const struct lab_trace_motion *m = &t->motion[i];
        int64_t delta[3], steady_us = m->duration_us - m->up_us - m->down_us;
        int64_t twice = (m->v0_um_s + m->cruise_um_s) * m->up_us + 2 * m->cruise_um_s * steady_us +
                        (m->cruise_um_s + m->v1_um_s) * m->down_us;
        for (int k = 0; k < 3; k++)
            delta[k] = m->to_nm[k] - m->from_nm[k];
        int64_t way_nm = lab_length_nm(delta, 3), area_nm = twice / 2000;
        if (m->kind != LAB_TRACE_MOVE || !way_nm)
            continue;
        if (llabs(area_nm - way_nm) > way_nm / 1000 + 2000)
            fail_msg("motion %zu: %lld nm by its speed, %lld by its ends", i, (long long)area_nm,
                     (long long)way_nm);
    }
    drop(r);
}

/// The twin around the cut goes on where this run's deposits end, and this run goes on where the twin does.
static void the_twin_is_there_around_the_cut(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_trace *t = &r->trace;
    const struct lab_trace_cut *cut = &t->cut[0];
    const struct lab_ledger *twin = &r->traced.twin->truth.ledger;
    bool found = false;

    (void)state;
    assert_true(cut->matched && cut->twin_count > 10);
    assert_true(cut->twin_at_nm <= cut->cut_at_nm);
    const struct lab_trace_deposit *before = &t->deposit[cut->deposit - 4]; // whole still
    for (int64_t i = cut->twin_from; i < cut->twin_from + cut->twin_count; i++) {
        const struct lab_trace_deposit *d = &t->twin[i];
        int64_t apart = d->t_us - before->t_us; // rounded there, cut off here
        found = found || (apart >= -1 && apart <= 0 && d->from_nm[0] == before->from_nm[0]);
        assert_in_range(d->to_nm[2] - before->to_nm[2] + 30000, 0, 60000); // one layer
    }
    assert_true(found);
    assert_true((size_t)cut->twin_count < twin->count / 50);
    drop(r);
}

/// A write that the cut fell into ends as torn, and the displacements of sag are there.
static void a_torn_write_is_one(void **state)
{
    struct recorded *r = headline("power[0].at={nv_write: 300}");
    const struct lab_trace *t = &r->trace;
    size_t torn = 0, jumps = 0;

    (void)state;
    for (size_t i = 0; i < t->nvs; i++) {
        if (t->nv[i].end != LAB_TRACE_NV_TORN)
            continue;
        torn++;
        assert_int_equal(t->nv[i].t_us + t->nv[i].duration_us, t->cut[0].logic_us);
    }
    assert_int_equal(torn, 1);
    for (size_t i = 0; i < t->motions; i++)
        jumps += t->motion[i].kind == LAB_TRACE_JUMP && t->motion[i].t_us == t->cut[0].logic_us;
    assert_int_equal(jumps, 1);
    drop(r);
}

/// An endstop lets go within the motion that leaves it, where its edge is: not when that ends.
static void an_endstop_lets_go_at_its_edge(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_trace *t = &r->trace;
    size_t left = 0;

    (void)state;
    for (size_t i = 1; i < t->level_count; i++) {
        struct lab_trace_state s;
        uint32_t gone = t->levels[i - 1].bits & ~t->levels[i].bits;
        assert_true(t->levels[i].t_us >= t->levels[i - 1].t_us);
        lab_trace_at(t, t->levels[i].t_us, &s);
        if (!gone || s.motion < 0 || t->motion[s.motion].kind != LAB_TRACE_Z)
            continue;
        const struct lab_trace_motion *m = &t->motion[s.motion];
        // one that looks for the release ends there; one that backs off goes on for a millimetre
        assert_true(t->levels[i].t_us <= m->t_us + m->duration_us + 1);
        left += t->levels[i].t_us < m->t_us + m->duration_us / 2;
        if (m->duration_us > 100000)
            assert_true(t->levels[i].t_us < m->t_us + m->duration_us - 10000);
    }
    assert_true(left >= 16);
    drop(r);
}

/// A device that drives to its endstops before a print leaves them again: none is pressed while it prints.
static void no_endstop_is_pressed_in_a_print(void **state)
{
    struct recorded *r = headline("dut=naive");
    const struct lab_trace *t = &r->trace;
    struct lab_trace_state s;
    size_t homed = 0;

    (void)state;
    assert_true(r->plain.cut->world.hash == r->traced.cut->world.hash);
    for (size_t i = 0; i < t->level_count; i++) {
        homed += t->levels[i].bits != 0;
        if (t->levels[i].t_us > t->layer[1].t_us && t->levels[i].t_us < t->cut[0].mains_us)
            assert_int_equal(t->levels[i].bits, 0);
    }
    assert_true(homed > 0);
    lab_trace_at(t, t->layer[1].t_us, &s);
    assert_int_equal(s.levels, 0);
    lab_trace_at(t, t->cut[0].mains_us, &s);
    assert_int_equal(s.levels, 0);
    lab_trace_at(t, t->end_us, &s);
    assert_int_equal(s.levels, 0);
    drop(r);
}

/// The twin's place at a coordinate of its path.
static void twin_place(const struct lab_trace *t, int64_t want_nm, double at_nm[2])
{
    const struct lab_trace_cut *cut = &t->cut[0];
    double left = (double)(want_nm - cut->twin_at_nm);

    for (int64_t n = 0; n < cut->twin_count; n++) {
        const struct lab_trace_deposit *d = &t->twin[cut->twin_from + n];
        double x = (double)(d->to_nm[0] - d->from_nm[0]), y = (double)(d->to_nm[1] - d->from_nm[1]);
        double length = sqrt(x * x + y * y);
        if (length > 0 && left <= length) {
            at_nm[0] = (double)d->from_nm[0] + x * left / length;
            at_nm[1] = (double)d->from_nm[1] + y * left / length;
            return;
        }
        left -= length;
    }
    fail_msg("the twin ends before it");
}

/// The first row of the seam's table.
static void seam_begins(struct recorded *r, double at_mm[2])
{
    struct lab_report report;
    char *page = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&page, &size);

    assert_non_null(out);
    run_report(&r->traced, &report);
    assert_int_equal(lab_html_run_out(&report, &r->trace, out), 0);
    assert_int_equal(fclose(out), 0);
    const char *row = strstr(page, "id=\"seam0");
    row = row ? strstr(row, "<th scope=\"row\">0.000 mm</th><td>") : NULL;
    assert_non_null(row);
    assert_int_equal(sscanf(row, "<th scope=\"row\">0.000 mm</th><td>%lf mm</td><td>%lf mm",
                            &at_mm[0], &at_mm[1]),
                     2);
    free(page);
}

/// The page's seam begins where the oracle saw the print go on, not behind the pieces that were laid first.
static void the_seam_begins_where_the_print_went_on(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_aligned *a = &r->traced.verdict.cut[0];
    const struct lab_ledger *ledger = &r->traced.cut->truth.ledger;
    double twin_nm[2], page_mm[2];

    (void)state;
    assert_true(a->profiled && a->first_entry >= r->traced.cut->truth.cut[0].ledger_at);
    assert_true(a->first_entry_nm >= 0 &&
                a->first_entry_nm <= lab_deposit_length(&ledger->entry[a->first_entry]));
    twin_place(&r->trace, a->resumed_at_nm, twin_nm);
    seam_begins(r, page_mm);
    for (int i = 0; i < 2; i++) {
        assert_true(fabs(twin_nm[i] * 1e-6 - page_mm[i]) < 0.1);
        assert_true(fabs((double)ledger->entry[a->first_entry].from_nm[i] * 1e-6 - page_mm[i]) <=
                    (double)a->first_entry_nm * 1e-6 + 0.1);
    }
    drop(r);
}

/// What a trace says of its cut and what is made of it when it is torn before that are the same.
static void a_torn_trace_knows_its_cut(void **state)
{
    struct recorded *r = headline(NULL);
    const struct lab_trace_cut *want = r->trace.cut;
    struct lab_trace *torn = calloc(1, sizeof *torn);
    size_t size = r->bytes.size;
    struct lab_error err = {0};

    (void)state;
    assert_non_null(torn);
    do {
        lab_trace_free(torn);
        size -= 1 + size / 256;
        assert_int_equal(lab_trace_read("torn", r->bytes.bytes, size, torn, &err), 0);
    } while (torn->cuts != torn->cuts_made || torn->whole);
    assert_int_equal(torn->cuts, 1);
    const struct lab_trace_cut *made = torn->cut;
    assert_int_equal(made->mains_us, want->mains_us);
    assert_int_equal(made->detected_us, want->detected_us);
    assert_in_range(made->stopped_us - want->stopped_us + 1, 0, 2);
    assert_int_equal(made->drivers_us, want->drivers_us);
    assert_int_equal(made->logic_us, want->logic_us);
    assert_int_equal(made->back_us, want->back_us);
    assert_in_range(made->first_extrusion_us - want->first_extrusion_us + 2, 0, 4);
    assert_int_equal(made->event, want->event);
    assert_int_equal(made->layer, want->layer);
    assert_int_equal(made->deposit, want->deposit);
    for (int i = 0; i < 3; i++)
        assert_in_range(made->stop_nm[i] - want->stop_nm[i] + 1000, 0, 2000);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        assert_in_range(made->before_nm[i] - want->before_nm[i] + 20000, 0, 40000);
        assert_in_range(made->after_nm[i] - want->after_nm[i] + 20000, 0, 40000);
    }
    lab_trace_free(torn);
    free(torn);
    drop(r);
}

/// A machine without switches at the top has no lines that could be looked at.
static void what_is_not_there_is_no_line(void **state)
{
    struct recorded *r = calloc(1, sizeof *r);

    (void)state;
    assert_non_null(r);
    record(r, "scenarios/ender3_cut.yaml", NULL, 0);
    assert_int_equal(r->trace.lines, 0);
    for (size_t i = 0; i < r->trace.level_count; i++)
        assert_int_equal(r->trace.levels[i].bits, 0);
    assert_true(r->trace.whole && r->trace.meta.z_endstop_nm == LAB_TRACE_UNKNOWN);
    drop(r);
}

/// Steps that were come to again are told with their parts, which follow each other and are as long as the whole.
static void steps_are_told_in_parts(void **state)
{
    struct recorded *r = headline(NULL);
    struct lab_report report;
    int again = 0;

    (void)state;
    run_report(&r->traced, &report);
    assert_true(report.steps > 3);
    for (size_t i = 0; i < report.steps; i++) {
        const struct lab_report_step *s = &report.step[i];
        int64_t sum_us = 0, end_us = s->start_us - 1;
        assert_in_range(s->bouts, 1, LAB_REPORT_BOUTS);
        for (int32_t n = 0; n < s->bouts; n++) {
            assert_true(s->bout[n].start_us > end_us);
            end_us = s->bout[n].start_us + s->bout[n].duration_us;
            sum_us += s->bout[n].duration_us;
        }
        assert_int_equal(s->bout[0].start_us, s->start_us);
        assert_int_equal(sum_us, s->duration_us);
        again += s->bouts > 1;
    }
    assert_true(again > 0);
    drop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_notices),
        cmocka_unit_test(it_says_what_the_run_did),
        cmocka_unit_test(it_says_what_the_rest_did),
        cmocka_unit_test(a_profile_is_as_long_as_its_way),
        cmocka_unit_test(the_twin_is_there_around_the_cut),
        cmocka_unit_test(a_torn_write_is_one),
        cmocka_unit_test(a_torn_trace_knows_its_cut),
        cmocka_unit_test(what_is_not_there_is_no_line),
        cmocka_unit_test(steps_are_told_in_parts),
        cmocka_unit_test(the_seam_begins_where_the_print_went_on),
        cmocka_unit_test(an_endstop_lets_go_at_its_edge),
        cmocka_unit_test(no_endstop_is_pressed_in_a_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
