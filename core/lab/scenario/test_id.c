// Run IDs: what is written reads back the same, in a shell's sight too; what is no ID is refused with its column.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/scenario/id.h"

static uint64_t next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void random_text(uint64_t *seed, char *out, size_t longest)
{
    const size_t n = 1 + next(seed) % longest;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)(1 + next(seed) % 255);
    }
    out[n] = '\0';
}

static void random_id(uint64_t *seed, struct lab_id *id)
{
    memset(id, 0, sizeof *id);
    random_text(seed, id->name, 30);
    id->hash = (uint32_t)next(seed);
    id->seed = next(seed) >> (next(seed) % 64);
    id->cuts = (int)(next(seed) % 4);
    for (int i = 0; i < id->cuts; i++) {
        snprintf(id->cut[i], sizeof id->cut[i], "w%d.prefix%d", (int)(next(seed) % 1000), i);
    }
    id->sets = (int)(next(seed) % 5);
    for (int i = 0; i < id->sets; i++) {
        random_text(seed, id->set[i] + 2, 60);
        memcpy(id->set[i], "k=", 2);
    }
}

static void ids_survive_a_round_trip(void **state)
{
    (void)state;
    static struct lab_id id;
    static struct lab_id back;
    static char text[LAB_ID_BYTES];
    uint64_t seed = 7;
    for (int i = 0; i < 3000; i++) {
        struct lab_error err = {0};
        random_id(&seed, &id);
        assert_true(lab_id_print(&id, text, sizeof text) > 0);
        if (lab_id_parse(text, &back, &err) != LAB_OK) {
            fail_msg("%s: %d %s", text, err.column, err.message);
        }
        assert_memory_equal(&id, &back, sizeof id);
        assert_true(lab_id_is(text));
        // nothing in it that a shell, a path or a URL would take for its own
        assert_int_equal(
            strspn(text,
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@#:+=%"),
            strlen(text));
    }
}

static void an_id_reads_as_documented(void **state)
{
    (void)state;
    static struct lab_id id;
    struct lab_error err = {0};
    const char text[] =
        "voron24_cut@1f3c9a02#s42:w137.prefix3:l61.30+power%5B0%5D.at.layer=7+job=a%20b.gcode";
    assert_int_equal(lab_id_parse(text, &id, &err), LAB_OK);
    assert_string_equal(id.name, "voron24_cut");
    assert_int_equal(id.hash, 0x1f3c9a02);
    assert_int_equal(id.seed, 42);
    assert_int_equal(id.cuts, 2);
    assert_string_equal(id.cut[1], "l61.30");
    assert_int_equal(id.sets, 2);
    assert_string_equal(id.set[0], "power[0].at.layer=7");
    assert_string_equal(id.set[1], "job=a b.gcode");
    static char back[LAB_ID_BYTES];
    assert_int_equal(lab_id_print(&id, back, sizeof back), (int)strlen(text));
    assert_string_equal(back, text);
    assert_int_equal(lab_id_print(&id, back, 20), LAB_EFBIG);
    static struct lab_scenario now;
    now.hash_doc = 0x11111111;
    now.hash_printer = 0x22222222;
    id.hash = lab_id_hash(&now, 0x33333333);
    assert_int_equal(lab_id_check(&id, &now, 0x33333333, &err), LAB_OK);
    assert_false(lab_error_set(&err));
    // one changed: both hashes, and the three as they are now
    now.hash_printer = 0x2222222a;
    assert_int_equal(lab_id_check(&id, &now, 0x33333333, &err), LAB_EINVAL);
    char both[2][16];
    snprintf(both[0], sizeof both[0], "%08x", (unsigned)id.hash);
    snprintf(both[1], sizeof both[1], "%08x", (unsigned)lab_id_hash(&now, 0x33333333));
    assert_non_null(strstr(err.message, both[0]));
    assert_non_null(strstr(err.message, both[1]));
    assert_non_null(strstr(err.message, "doc 11111111, printer 2222222a, job 33333333"));
    assert_non_null(strstr(err.message, "'hashes'"));
    now.hash_config = 0x44444444;
    lab_error_clear(&err);
    assert_int_equal(lab_id_check(&id, &now, 0x33333333, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "job 33333333, config 44444444;"));
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int column;
    } cases[] = {
        {"", 1},
        {"name", 5},
        {"name#s1", 5},
        {"name@", 6},
        {"name@12", 8},
        {"name@zzzzzzzz#s1", 6},
        {"name@123456789#s1", 14},
        {"@12345678#s1", 1},
        {"name@1234567#s1", 13},
        {"name@12345678s1", 14},
        {"name@12345678#s", 16},
        {"name@12345678#sx", 16},
        {"name@12345678#s99999999999999999999999", 35},
        {"name@12345678#s1x", 17},
        {"name@12345678#s1:", 18},
        {"name@12345678#s1+", 18},
        {"name@12345678#s1+a=1:w1", 21},
        {"name@12345678#s1+a=1+b=1:w1", 25},
        {"name@12345678#s1:w1:q7", 21},
        {"name@12345678#s1:w", 18},
        {"name@12345678#s1:w%zz", 19},
        {"name@12345678#s1+a", 19},
        {"name@12345678#s1+=1", 18},
        {"name@12345678#s1+a%", 19},
        {"name@12345678#s1+a%00", 19},
        {"name@12345678#s1+a%zz", 19},
        {"name@12345678#s1+a b", 19},
        {"name@12345678#s1:w1:w1:w1:w1:w1:w1:w1:w1:w1", 42},
        {"0123456789012345678901234567890123456789012345678901234567890123@12345678#s1", 64},
    };
    static struct lab_id id;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_error err = {0};
        assert_int_equal(lab_id_parse(cases[i].text, &id, &err), LAB_EINVAL);
        if (err.column != cases[i].column) {
            fail_msg("%s: column %d (%s), not %d", cases[i].text, err.column, err.message,
                     cases[i].column);
        }
    }
    assert_false(lab_id_is("scenarios/voron24_cut.yaml"));
    assert_false(lab_id_is("odd@name.yaml"));
    assert_false(lab_id_is("odd@12345678.yaml"));
    assert_true(lab_id_is("x@12345678#s1"));
}

static void what_was_meant_as_an_id_is_told_from_paths(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "a@",         "a@12",          "a@zzzzzzzz#s1",          "a#s1",
        "a@12345678", "a@12345678#x1", "a@1234#s1+job=b/c.yaml", "a@12345678#s1+printer=b/c.yaml"};
    static const char *const paths[] = {"a",           "a/b.yaml", "odd@name.yaml", "a@b/c",
                                        "a@b/c#s.yml", "odd#side", "me@here/x#s1",  ""};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (!lab_id_meant(ids[i])) {
            fail_msg("%s is taken for a path", ids[i]);
        }
    }
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (lab_id_meant(paths[i])) {
            fail_msg("%s is taken for an ID", paths[i]);
        }
    }
}

static void a_run_has_an_id(void **state)
{
    (void)state;
    static struct lab_scenario scenario;
    static struct lab_id id;
    struct lab_error err = {0};
    const struct lab_set sets[] = {{"seed=9"}, {"power[0].at={layer: 12, move: 3}"}};
    assert_int_equal(lab_scenario_load("scenarios/voron24_cut.yaml", sets, 2, &scenario, &err),
                     LAB_OK);
    uint32_t job = 0;
    assert_int_equal(lab_file_hash(scenario.job_path, &job, &err), LAB_OK);
    assert_int_equal(lab_id_make(&id, &scenario, sets, 2, job), LAB_OK);
    assert_string_equal(id.name, "voron24_cut");
    assert_int_equal(id.seed, 9);
    assert_int_equal(id.hash, lab_id_hash(&scenario, job));
    assert_int_not_equal(id.hash, lab_id_hash(&scenario, job + 1));
    scenario.hash_config = 1;
    assert_int_not_equal(id.hash, lab_id_hash(&scenario, job));
    scenario.hash_config = 0;
    static char text[LAB_ID_BYTES];
    assert_true(lab_id_print(&id, text, sizeof text) > 0);
    assert_non_null(strstr(text, "+power%5B0%5D.at=%7Blayer%3A%20"));
    struct lab_set many[LAB_ID_SETS + 1];
    for (int i = 0; i <= LAB_ID_SETS; i++) {
        many[i].text = "seed=1";
    }
    assert_int_equal(lab_id_make(&id, &scenario, many, LAB_ID_SETS + 1, job), LAB_EFBIG);
    static char long_set[600];
    memset(long_set, 'a', sizeof long_set - 1);
    many[0].text = long_set;
    assert_int_equal(lab_id_make(&id, &scenario, many, 1, job), LAB_EFBIG);
    assert_int_equal(lab_file_hash("nowhere", &job, &err), LAB_EIO);
}

static void scenarios_are_found_by_name(void **state)
{
    (void)state;
    char path[256];
    struct lab_error err = {0};
    assert_int_equal(lab_id_find_scenario(NULL, "voron24_cut", path, sizeof path, &err), LAB_OK);
    assert_string_equal(path, "scenarios/voron24_cut.yaml");
    assert_int_equal(lab_id_find_scenario("./.", "voron24_cut", path, sizeof path, &err), LAB_OK);
    assert_string_equal(path, "././scenarios/voron24_cut.yaml");
    assert_int_equal(lab_id_find_scenario(NULL, "voron24_cat", path, sizeof path, &err),
                     LAB_ENOENT);
    assert_string_equal(err.suggestion, "voron24_cut");
    lab_error_clear(&err);
    assert_true(lab_id_find_scenario("core", "voron24_cut", path, sizeof path, &err) < 0);
    assert_true(lab_error_set(&err));
    assert_true(lab_id_find_scenario(NULL, "voron24_cut", path, 5, &err) < 0);
    char stem[64];
    lab_scenario_stem("a/b.c/.hidden", stem, sizeof stem);
    assert_string_equal(stem, ".hidden");
    lab_scenario_stem("plain", stem, sizeof stem);
    assert_string_equal(stem, "plain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_survive_a_round_trip),
        cmocka_unit_test(an_id_reads_as_documented),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(a_run_has_an_id),
        cmocka_unit_test(scenarios_are_found_by_name),
        cmocka_unit_test(what_was_meant_as_an_id_is_told_from_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
