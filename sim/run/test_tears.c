// Whole runs in which a save is torn, in every way that its memory can be: the print goes on all the same.
// SPDX-License-Identifier: MIT
#include <dirent.h>

#include "core/lab/scenario/cut.h"
#include "sim/test_sim.h"

static struct lab_input input;
static struct run run;
static const char scenario[] = "scenarios/voron24_cut.yaml";

static bool load(const char *path, const char *nv)
{
    char set[64];
    // a small job: what is torn here does not hang on the size of the print
    const char *const sets[] = {"sim.gantry=quasistatic", set,
                                "job=fixtures/gcode/defects/numbered_voron24.gcode",
                                "power[0].at={layer: 6, move: 5}"};
    struct lab_error err = {0};

    snprintf(set, sizeof set, "sim.nv.kind=%s", nv ? nv : "fram");
    int bad = run_load(&input, path, NULL, sets, nv ? 4 : 0, NULL, &err);
    if (bad)
        lab_error_print(stderr, &err);
    return !bad;
}

static int execute(void)
{
    struct lab_error err = {0};

    memset(&run, 0, sizeof run);
    return run_execute(&run, &input, input.scenario.seed, &err);
}

static void done(void)
{
    run_free(&run);
    lab_input_close(&input);
}

static void every_scenario_of_tears_passes(void **state)
{
    (void)state;
    DIR *dir = opendir("scenarios/tear");
    int files = 0;

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[300];
        snprintf(path, sizeof path, "scenarios/tear/%s", entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        assert_true(load(path, NULL));
        int bad = execute();
        int last = input.scenario.power_count - 1;
        // what the file says is torn is torn
        bool torn = !bad && run.cut->cut[run.cut->truth.cuts - 1].torn.set &&
                    run.cut->power_fired_us[last] >= 0;
        if (!torn || run.verdict.outcome > LAB_MARGINAL)
            fail_msg("%s: error %d, torn %d, %s", path, bad, torn, run.verdict.why);
        done();
        files++;
    }
    closedir(dir);
    assert_true(files >= 8);
}

/// Goes on from the last commit or the save in flight: no gap above `gap_um`, no shift in Z, nothing hit.
static void expect_resumed(const char *nv, const struct lab_tear *tear, int64_t gap_um)
{
    const struct lab_measured *m = run.verdict.measure;
    char text[LAB_CUT_BYTES];
    bool good = run.result == LAB_RESUMED && m[LAB_SEAM_GAP].value <= gap_um &&
                m[LAB_SEAM_OVERLAP].value < 100000 && m[LAB_COLLISIONS].value == 0 &&
                m[LAB_DIVE].value == 0 && llabs(m[LAB_Z_OFFSET_ERROR].value) <= 60;

    if (!good)
        fail_msg("%s, %s: %s %s, gap %lld, overlap %lld, z %lld", nv, lab_tear_print(tear, text),
                 lab_result_name(run.result), run.reason, (long long)m[LAB_SEAM_GAP].value,
                 (long long)m[LAB_SEAM_OVERLAP].value, (long long)m[LAB_Z_OFFSET_ERROR].value);
}

/// Tears entry `which` of the loaded scenario's power in each way that its memory can be.
static int tear_each(const char *nv, int which, int32_t size, int64_t gap_um)
{
    const int32_t prefixes[] = {1, size / 2, size - 1};
    int runs = 0;

    for (int kind = LAB_TEAR_NONE; kind < LAB_TEARS; kind++) {
        for (int n = 0; n < (kind == LAB_TEAR_PREFIX ? 3 : 1); n++) {
            struct lab_tear tear = {.kind = (enum lab_tear_kind)kind,
                                    .bytes = kind == LAB_TEAR_PREFIX ? prefixes[n] : 0};
            if (!nv_can_tear(input.scenario.sim.nv.kind, false, (uint32_t)size, &tear))
                continue;
            input.scenario.power[which].tear = tear;
            assert_int_equal(execute(), 0);
            const struct sim_torn *torn = &run.cut->cut[run.cut->truth.cuts - 1].torn;
            assert_true(torn->set && !torn->erase);
            assert_int_equal(torn->tear.kind, kind);
            assert_in_range(torn->size, size, 512); // a record of the full state, in whole units
            expect_resumed(nv, &tear, gap_um);
            run_free(&run);
            runs++;
        }
    }
    return runs;
}

static const char *const memories[] = {"fram", "eeprom", "nor", "sd"};
enum { MEMORIES = sizeof memories / sizeof *memories, STATE_SAVE = 389 };

/// The first write behind a power failure, in the hold-up: one outage, whose detection has been and whose brake ends there. The
/// save tells where the axes will stand after braking; where it lands, and they die before, what they did not travel is missing.
static void the_save_at_a_power_failure_may_be_torn(void **state)
{
    (void)state;
    for (int m = 0; m < MEMORIES; m++) {
        assert_true(load(scenario, memories[m]));
        struct lab_power *power = input.scenario.power;
        input.scenario.power_count = 2;
        power[1] = power[0];
        power[1].at = (struct lab_trigger){.kind = LAB_AT_NV_WRITE};
        assert_true(tear_each(memories[m], 1, STATE_SAVE, 1000) >= 4);
        power[1].tear = (struct lab_tear){.kind = LAB_TEAR_NONE};
        assert_int_equal(execute(), 0);
        assert_int_equal(run.cut->truth.cuts, 1);
        assert_true(run.cut->truth.cut[0].detected_us > run.cut->truth.cut[0].mains_us);
        assert_true(run.cut->truth.cut[0].logic_us >= run.cut->truth.cut[0].detected_us);
        assert_int_equal(run.cut->truth.cut[0].back_us,
                         run.cut->truth.cut[0].logic_us + power[1].off_for_us);
        done();
    }
}

/// A save between: the first of the full state behind the 150th operation.
static void a_save_of_the_print_may_be_torn(void **state)
{
    (void)state;
    for (int m = 0; m < MEMORIES; m++) {
        assert_true(load(scenario, memories[m]));
        struct lab_power *power = input.scenario.power;
        power[0].at = (struct lab_trigger){.kind = LAB_AT_NV_WRITE, .value = 150};
        const struct sim_torn *torn = NULL;
        for (int tries = 0; tries < 60; tries++, power[0].at.value++) {
            assert_int_equal(execute(), 0);
            torn = &run.cut->cut[0].torn;
            bool full = torn->set && !torn->erase && torn->size >= STATE_SAVE;
            run_free(&run);
            if (full)
                break;
        }
        assert_true(tear_each(memories[m], 0, STATE_SAVE, 0) >= 4);
        done();
    }
}

// --- what cannot be -----------------------------------------------------------------------------------------------------

static void expect_error(const char *operand, const char *const *sets, size_t n, bool at_load,
                         const char *words)
{
    struct lab_error err = {0};
    int bad = run_load(&input, operand, NULL, sets, n, NULL, &err);

    assert_int_equal(bad != 0, at_load);
    memset(&run, 0, sizeof run);
    if (!bad) {
        assert_true(run_execute(&run, &input, 1, &err) != 0);
        done();
    }
    if (!strstr(err.message, words))
        fail_msg("'%s' lacks '%s'", err.message, words);
}

static void what_the_memory_cannot_do_is_an_error(void **state)
{
    (void)state;
    static const char *const never[] = {
        "power=[{at: {nv_write: 500}, off_for: 9s, tear: garbage}]"};
    static const char *const long_prefix[] = {
        "power=[{at: {nv_write: 500}, off_for: 9s, tear: prefix9999}]"};
    static const char *const of_erases[] = {
        "power=[{at: {nv_write: 500}, off_for: 9s, tear: prefix512}]", "sim.nv.kind=sd"};
    expect_error(scenario, never, 1, true, "cannot leave 'garbage' in this memory");
    expect_error(scenario, long_prefix, 1, false, "it cannot leave 'prefix9999' of that");
    expect_error(scenario, of_erases, 2, false, "falls into a program of 512 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_of_tears_passes),
        cmocka_unit_test(the_save_at_a_power_failure_may_be_torn),
        cmocka_unit_test(a_save_of_the_print_may_be_torn),
        cmocka_unit_test(what_the_memory_cannot_do_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
