// Tests of populations: percentiles from tallies, kinds of failure, and that parts put together are the whole.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/oracle.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUNS = 400, PARTS = 7 };

static uint64_t seed = 5;

static int64_t draw(int64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int64_t)(seed >> 33) % below;
}

/// One drawn run: often the same values, some failures, some with two cuts.
struct drawn {
    struct lab_verdict verdict;
    char id[64];
    char reason[24];
};

static void draw_run(struct drawn *run, int at)
{
    static const char *const reasons[] = {"bed_cold: it is", "no_record", ""};
    memset(run, 0, sizeof *run);
    bool failed = draw(6) == 0;
    run->verdict.outcome = failed ? LAB_FAIL : draw(9) == 0 ? LAB_MARGINAL : LAB_PASS;
    run->verdict.result_ok = !failed || draw(2) == 0;
    run->verdict.result = run->verdict.result_ok ? LAB_RESUMED : LAB_REFUSED;
    for (int n = 0; n < LAB_MEASURES; n++) {
        struct lab_measured *m = &run->verdict.measure[n];
        m->known = draw(10) != 0;
        m->value = draw(n % 2 ? 1000000 : 12) - 5;
        m->outcome = failed && draw(3) == 0 ? LAB_FAIL : LAB_PASS;
    }
    run->verdict.measure[LAB_Z_OFFSET_ERROR].outcome = run->verdict.outcome;
    snprintf(run->id, sizeof run->id, "a@00000000#s1:m%d%s+x=a%%3A:b", at, draw(3) ? "" : ":w3");
    snprintf(run->reason, sizeof run->reason, "%s", reasons[draw(3)]);
}

static void add(struct lab_population *p, const struct drawn *run, int at)
{
    const struct lab_population_run as = {at, run->id, run->reason};
    assert_int_equal(lab_population_add(p, &as, &run->verdict), 0);
}

static void assert_same(const struct lab_population *a, const struct lab_population *b)
{
    assert_int_equal(a->runs, b->runs);
    assert_int_equal(a->outcome, b->outcome);
    assert_memory_equal(a->results, b->results, sizeof a->results);
    assert_memory_equal(a->outcomes, b->outcomes, sizeof a->outcomes);
    assert_int_equal(a->failures, b->failures);
    for (size_t n = 0; n < a->failures; n++) {
        assert_string_equal(a->failure[n].id, b->failure[n].id);
        assert_int_equal(a->failure[n].measure, b->failure[n].measure);
    }
    assert_int_equal(a->kinds, b->kinds);
    for (size_t n = 0; n < a->kinds; n++) {
        assert_string_equal(a->kind[n].id, b->kind[n].id);
        assert_string_equal(a->kind[n].reason, b->kind[n].reason);
        assert_int_equal(a->kind[n].count, b->kind[n].count);
    }
    for (int n = 0; n < LAB_MEASURES; n++) {
        assert_int_equal(a->tallies[n], b->tallies[n]);
        assert_memory_equal(a->tally[n], b->tally[n], a->tallies[n] * sizeof *a->tally[n]);
        assert_string_equal(a->worst[n].id, b->worst[n].id);
        assert_int_equal(a->worst[n].value, b->worst[n].value);
        assert_int_equal(a->measure[n].p50, b->measure[n].p50);
        assert_int_equal(a->measure[n].p95, b->measure[n].p95);
        assert_int_equal(a->measure[n].max, b->measure[n].max);
        assert_int_equal(a->measure[n].outcome, b->measure[n].outcome);
    }
}

/// Runs dealt at random to parts, each part judged or not, parts put together in pairs or in a row.
static void parts_are_the_whole(void **state)
{
    (void)state;
    static struct lab_scenario scenario;
    static struct lab_population part[PARTS];
    scenario.expect_p95[LAB_DIVE] = (struct lab_limit){.set = true, .max = 3};
    for (int round = 0; round < 20; round++) {
        struct lab_population whole = {0}, merged = {0}, half = {0};
        memset(part, 0, sizeof part);
        for (int at = 0; at < RUNS; at++) {
            struct drawn run;
            draw_run(&run, at);
            add(&whole, &run, at);
            add(&part[draw(PARTS)], &run, at);
        }
        int turn = (int)draw(PARTS), split = (int)draw(PARTS + 1);
        for (int n = 0; n < PARTS; n++) {
            struct lab_population *one = &part[(n + turn) % PARTS];
            if (draw(2))
                lab_population_judge(one, &scenario);
            assert_int_equal(lab_population_merge(n < split ? &half : &merged, one), 0);
        }
        assert_int_equal(lab_population_merge(&merged, &half), 0);
        lab_population_judge(&whole, &scenario);
        lab_population_judge(&merged, &scenario);
        assert_same(&whole, &merged);
        for (int n = 0; n < PARTS; n++)
            lab_population_free(&part[n]);
        lab_population_free(&whole);
        lab_population_free(&merged);
        lab_population_free(&half);
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/// Nearest rank, from all values side by side.
static void percentiles_are_those_of_the_values(void **state)
{
    (void)state;
    static struct lab_scenario scenario;
    static struct drawn run; // results and IDs mean nothing here
    int64_t value[RUNS];

    for (int count = 1; count <= RUNS; count += count < 25 ? 1 : 17) {
        struct lab_population p = {0};
        for (int n = 0; n < count; n++) {
            value[n] = draw(count < 100 ? 5 : 1000);
            run.verdict.measure[LAB_DIVE] =
                (struct lab_measured){.known = true, .value = n % 2 ? value[n] : -value[n]};
            run.verdict.measure[LAB_NV_WEAR_YEARS] = run.verdict.measure[LAB_DIVE];
            add(&p, &run, n);
        }
        lab_population_judge(&p, &scenario);
        qsort(value, (size_t)count, sizeof *value, by_size);
        int p50 = (count * 50 + 99) / 100 - 1, p95 = (count * 95 + 99) / 100 - 1;
        const struct lab_population_measure *m = &p.measure[LAB_DIVE];
        assert_int_equal(m->count, count);
        assert_int_equal(m->p50, value[p50]);
        assert_int_equal(m->p95, value[p95]);
        assert_int_equal(m->max, value[count - 1]);
        m = &p.measure[LAB_NV_WEAR_YEARS]; // the low end is the bad one
        assert_int_equal(m->p50, value[count - 1 - p50]);
        assert_int_equal(m->p95, value[count - 1 - p95]);
        assert_int_equal(m->max, value[0]);
        assert_int_equal(llabs(p.worst[LAB_NV_WEAR_YEARS].value), value[0]);
        assert_int_equal(llabs(p.worst[LAB_DIVE].value), value[count - 1]);
        lab_population_free(&p);
    }
}

static void fail_with(struct lab_population *p, int64_t at, const char *id, const char *reason,
                      int64_t dive)
{
    struct lab_verdict verdict = {
        .outcome = LAB_FAIL, .result = LAB_REFUSED, .result_ok = dive != 0};
    verdict.measure[LAB_DIVE] =
        (struct lab_measured){.known = true, .value = dive, .outcome = LAB_FAIL};
    const struct lab_population_run run = {at, id, reason};
    assert_int_equal(lab_population_add(p, &run, &verdict), 0);
}

static void a_kind_has_its_shortest_id(void **state)
{
    (void)state;
    static struct lab_scenario scenario;
    struct lab_population p = {0};

    fail_with(&p, 3, "a@1#s1:m3:w1", "bed_cold: so", 0);
    fail_with(&p, 9, "a@1#s1:m900000+a=:::", "bed_cold: other words", 0);
    fail_with(&p, 11, "a@1#s1:m1", "bed_cold", 0);
    fail_with(&p, 4, "a@1#s1:m4", "no_record", 0);
    fail_with(&p, 5, "a@1#s1:m5", "", 7);
    fail_with(&p, 2, "a@1#s1:m2", "", -7);
    lab_population_judge(&p, &scenario);
    assert_int_equal(p.kinds, 3);
    assert_int_equal(p.kind[0].count, 3);
    assert_string_equal(p.kind[0].reason, "bed_cold");
    assert_string_equal(p.kind[0].id, "a@1#s1:m900000+a=:::");
    assert_int_equal(p.kind[1].measure, LAB_DIVE);
    assert_int_equal(p.kind[1].count, 2);
    assert_string_equal(p.kind[1].id, "a@1#s1:m2");
    assert_string_equal(p.kind[2].reason, "no_record");
    assert_int_equal(p.failure[0].at, 2);
    assert_int_equal(p.failure[5].at, 11);
    assert_int_equal(p.worst[LAB_DIVE].value, -7); // the earlier of two as bad
    lab_population_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(percentiles_are_those_of_the_values),
        cmocka_unit_test(a_kind_has_its_shortest_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
