// Tests of recording: a run is the same with and without, and its trace says what its report says.
// SPDX-License-Identifier: MIT
#include "core/lab/trace/trace.h"
#include "sim/test_sim.h"

static const char scenario[] = "scenarios/voron24_cut.yaml";

/// A run of the headline scenario, recorded.
struct recorded {
    struct lab_input input;
    struct run plain, traced;
    struct run_bytes bytes;
    struct lab_trace trace;
};

static void record(struct recorded *r, const char *const *sets, size_t count)
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
    record(r, &set, set ? 1 : 0);
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
    assert_in_range(s.heat_mc[LAB_TRACE_NOZZLE], 100000, 200000);
    drop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_notices),
        cmocka_unit_test(it_says_what_the_run_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
