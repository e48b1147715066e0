// Tests of bench files: what a good one says, what defaults are, and how bad ones are refused.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/doc/test_corpus.h"
#include "core/lab/doc/test_golden.h"
#include "rig/bench/bench.h"

static struct bench bench;

static void a_good_file_is_read(void **state)
{
    (void)state;
    struct lab_error err = {0};

    if (bench_load(&bench, "fixtures/benches/voron24_pi4.yaml", &err))
        fail_msg("%d:%d %s", err.line, err.column, err.message);
    assert_int_equal(bench.relays, 2);
    const struct bench_relay *mains = &bench.relay[0], *psu = &bench.relay[1];
    assert_string_equal(mains->name, "mains");
    assert_int_equal(mains->role, BENCH_ISOLATION);
    assert_int_equal(mains->domain, BENCH_MAINS);
    assert_string_equal(mains->line.address, "GPIO17");
    assert_int_equal(mains->switching_us, 30000);
    assert_int_equal(mains->min_off_us, 10000000);
    assert_int_equal(mains->cycles_per_hour, 20);
    assert_int_equal(mains->sense, 0);
    assert_int_equal(psu->role, BENCH_CUT);
    assert_int_equal(psu->sense, 1);
    assert_int_equal(bench.senses, 8);
    assert_int_equal(bench.sense[3].motor, 1);
    assert_true(bench.sense[1].line.active_low);
    assert_int_equal(bench.sense[1].line.bias, GPIO_BIAS_UP);
    assert_int_equal(bench.gauges, 3);
    assert_true(bench.gauge[0].independent);
    assert_int_equal(bench.gauge[1].uncertainty_nm, 50000);
    assert_string_equal(bench.watchdog.device, "/dev/watchdog");
    assert_int_equal(bench.link.kind, BENCH_MOONRAKER);
    assert_int_equal(bench.limits.run_us, INT64_C(6) * 3600 * 1000000);
    assert_int_equal(bench_relay(&bench, "psu"), 1);
    assert_int_equal(bench_relay(&bench, "ac"), BENCH_NONE);
    assert_string_equal(bench_domain_name(BENCH_24V), "24v");
}

static char *text_of(const char *path)
{
    static char text[40000];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/// Each of them is read, and a person who is asked has the time to look.
static void the_examples_are_read(void **state)
{
    glob_t found;

    (void)state;
    assert_int_equal(glob("fixtures/benches/*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 2);
    for (size_t n = 0; n < found.gl_pathc; n++) {
        struct lab_error err = {0};
        if (bench_load(&bench, found.gl_pathv[n], &err))
            fail_msg("%s:%d:%d %s", found.gl_pathv[n], err.line, err.column, err.message);
        for (int32_t i = 0; i < bench.gauges; i++)
            if (bench.gauge[i].kind == BENCH_GAUGE_PROMPT &&
                bench.gauge[i].time_us < INT64_C(600) * 1000000)
                fail_msg("%s: nobody answers %s so soon", found.gl_pathv[n], bench.gauge[i].name);
    }
    globfree(&found);
}

/// The page of the coupons says how its gauges are written, and the example has them: two axes, in lines of 50 um.
static void the_example_reads_the_coupon(void **state)
{
    static struct bench coupon;
    char *page = text_of("fixtures/coupons/README.md"), *begin = strstr(page, "```yaml\n"),
         text[2000];
    struct lab_error err = {0};

    (void)state;
    assert_non_null(begin);
    *strstr(begin + 8, "```") = '\0';
    int size = snprintf(text, sizeof text, "about: a\nlink: {kind: none}\n%s", begin + 8);
    if (bench_parse(&coupon, "page", text, (size_t)size, &err))
        fail_msg("%d:%d %s", err.line, err.column, err.message);
    assert_int_equal(coupon.gauges, 2);
    assert_int_equal(bench_load(&bench, "fixtures/benches/voron24_pi4.yaml", &err), 0);
    int shifts = 0;
    for (int32_t i = 0; i < bench.gauges; i++)
        if (bench.gauge[i].measure == BENCH_LAYER_SHIFT)
            assert_memory_equal(&bench.gauge[i], &coupon.gauge[shifts++], sizeof coupon.gauge[0]);
    assert_int_equal(shifts, 2);
    assert_int_equal(coupon.gauge[1].scale_nm, 50000);
}

/// docs/BENCH.md wires the same lines.
static void the_page_wires_the_example(void **state)
{
    const char *page = text_of("docs/BENCH.md");
    struct lab_error err = {0};
    char line[BENCH_ADDRESS + 4];

    (void)state;
    assert_int_equal(bench_load(&bench, "fixtures/benches/voron24_pi4.yaml", &err), 0);
    const char *address[BENCH_RELAYS + BENCH_SENSES + 3] = {bench.beeper.address, bench.led.address,
                                                            bench.watchdog.line.address};
    int count = 3;
    for (int32_t i = 0; i < bench.relays; i++)
        address[count++] = bench.relay[i].line.address;
    for (int32_t i = 0; i < bench.senses; i++) // of the taps the page says the first and the last
        if (bench.sense[i].kind != BENCH_Z_PLUS || bench.sense[i].motor == 0)
            address[count++] = bench.sense[i].line.address;
    for (int i = 0; i < count; i++) {
        snprintf(line, sizeof line, "%s", address[i]);
        if (!strstr(page, line))
            fail_msg("docs/BENCH.md does not wire %s", line);
    }
}

static void what_is_not_said_is_careful(void **state)
{
    static const char text[] =
        "about: least\nlink: {kind: none}\n"
        "relays: [{name: m, domain: mains, role: isolation, on_cmd: a, off_cmd: b, get_cmd: c}]\n";
    struct lab_error err = {0};

    (void)state;
    assert_int_equal(bench_parse(&bench, "least", text, sizeof text - 1, &err), 0);
    assert_int_equal(bench.relay[0].contact, BENCH_NORMALLY_OPEN);
    assert_int_equal(bench.relay[0].sense, BENCH_NONE);
    assert_int_equal(bench.relay[0].min_on_us, 1000000);
    assert_int_equal(bench.limits.nozzle_mc, 290000);
    assert_int_equal(bench.limits.cool_below_mc, 50000);
    assert_int_equal(bench.link.silence_us, 5000000);
    assert_string_equal(bench.watchdog.device, "");
}

static void power_comes_through_the_mains_first(void **state)
{
    static const struct {
        uint8_t domain, role;
    } rows[] = {{BENCH_MAINS, BENCH_ISOLATION},
                {BENCH_MAINS, BENCH_CUT},
                {BENCH_24V, BENCH_ISOLATION},
                {BENCH_24V, BENCH_CUT},
                {BENCH_LOGIC, BENCH_CUT}};
    static const char feeds[5][6] = {"01111", "00111", "00010", "00000", "00000"};

    (void)state;
    memset(&bench, 0, sizeof bench);
    bench.relays = 5;
    for (int32_t i = 0; i < 5; i++) {
        bench.relay[i].domain = rows[i].domain;
        bench.relay[i].role = rows[i].role;
    }
    for (int32_t from = 0; from < 5; from++)
        for (int32_t to = 0; to < 5; to++)
            assert_int_equal(bench_feeds(&bench, from, to), feeds[from][to] == '1');
}

/// Nothing is armed without a relay that takes the mains, or all there is.
static void something_takes_all_power(void **state)
{
    static const struct {
        uint8_t domain, role, feeds;
        bool can;
    } rows[] = {{BENCH_MAINS, BENCH_ISOLATION, BENCH_FEEDS_DOMAIN, true},
                {BENCH_MAINS, BENCH_CUT, BENCH_FEEDS_DOMAIN, true},
                {BENCH_24V, BENCH_CUT, BENCH_FEEDS_DOMAIN, false},
                {BENCH_24V, BENCH_ISOLATION, BENCH_FEEDS_DOMAIN, false},
                {BENCH_LOGIC, BENCH_CUT, BENCH_FEEDS_DOMAIN, false},
                {BENCH_24V, BENCH_CUT, BENCH_FEEDS_EVERYTHING, true}};
    char why[BENCH_WHY];

    (void)state;
    memset(&bench, 0, sizeof bench);
    assert_false(bench_can_cut_all(&bench, why));
    assert_non_null(strstr(why, "feeds: everything"));
    bench.relays = 1;
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        bench.relay[0] = (struct bench_relay){
            .domain = rows[n].domain, .role = rows[n].role, .feeds = rows[n].feeds};
        assert_int_equal(bench_can_cut_all(&bench, why), rows[n].can);
    }
    // and stands in front of what hangs on other domains
    bench.relays = 2;
    bench.relay[1] = (struct bench_relay){.domain = BENCH_LOGIC, .role = BENCH_CUT};
    assert_true(bench_feeds(&bench, 0, 1));
    assert_false(bench_feeds(&bench, 1, 0));
}

static void print_schema(FILE *out)
{
    lab_table_schema(out, &bench_table, "plr bench");
}

static void print_reference(FILE *out)
{
    fputs("## Keys of a bench file\n", out);
    lab_table_reference(out, &bench_table, "the whole");
}

static void committed_schema_and_reference_are_the_table(void **state)
{
    (void)state;
    golden_same("fixtures/benches/schema.json", NULL, print_schema);
    golden_same("docs/BENCHFILE.md", "## Keys of a bench file\n", print_reference);
}

static int read_bench(const char *path, struct lab_error *err)
{
    return bench_load(&bench, path, err);
}

static void the_corpus_is_refused(void **state)
{
    (void)state;
    corpus_is_refused("fixtures/invalid/bench", "input", read_bench, 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_is_read),
        cmocka_unit_test(the_examples_are_read),
        cmocka_unit_test(the_example_reads_the_coupon),
        cmocka_unit_test(the_page_wires_the_example),
        cmocka_unit_test(what_is_not_said_is_careful),
        cmocka_unit_test(power_comes_through_the_mains_first),
        cmocka_unit_test(something_takes_all_power),
        cmocka_unit_test(committed_schema_and_reference_are_the_table),
        cmocka_unit_test(the_corpus_is_refused),
    };
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
