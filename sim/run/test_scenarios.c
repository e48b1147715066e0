// Tests of whole runs: every scenario ends as it expects, the naive device is seen red, populations and replays.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "sim/test_sim.h"

enum { SEEDS = PLR_TEST_THIN > 1 ? 4 : 20 };

static struct lab_input input;
static struct run run;

/// Load and execute; 0 or the error, which is printed.
static int execute(const char *operand, const char *const *sets, size_t n)
{
    struct lab_error err = {0};
    int bad = run_load(&input, operand, NULL, sets, n, NULL, &err);

    memset(&run, 0, sizeof run);
    if (!bad)
        bad = run_execute(&run, &input, input.scenario.seed, &err);
    if (bad)
        lab_error_print(stderr, &err);
    return bad;
}

static void done(void)
{
    run_free(&run);
    lab_input_close(&input);
}

static int64_t value(enum lab_measure measure)
{
    assert_true(run.verdict.measure[measure].known);
    return run.verdict.measure[measure].value;
}

/// The whole report as JSON, without the host's figures.
static char *json_report(void)
{
    static char text[131072];
    char path[] = "/tmp/plr_report_XXXXXX";
    struct lab_report report;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    run_report(&run, &report);
    assert_int_equal(lab_report_json(&report, path), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    assert_true(n > 500 && n < sizeof text - 1);
    text[n] = '\0';
    fclose(file);
    unlink(path);
    return text;
}

// --- every scenario ----------------------------------------------------------------------------------------

static bool is_scenario(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 5 && !strcmp(name + n - 5, ".yaml");
}

/// Returns whether it ended as it expects.
static bool run_file(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "scenarios/%s", name);
    int bad = execute(path, NULL, 0);
    bool good = !bad && run.verdict.outcome <= LAB_MARGINAL && run.verdict.result_ok;

    if (!good && !bad)
        print_error("%s: %s, %s %s\n", run.id, lab_result_name(run.result), run.verdict.why,
                    run.reason);
    else if (bad)
        print_error("%s: does not run\n", path);
    done();
    return good;
}

static void every_scenario_ends_as_it_expects(void **state)
{
    (void)state;
    DIR *dir = opendir("scenarios");
    int files = 0, wrong = 0;

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (is_scenario(entry->d_name)) {
            files++;
            wrong += !run_file(entry->d_name);
        }
    closedir(dir);
    assert_true(files >= 20);
    assert_int_equal(wrong, 0);
}

/// A cut in the probing of a corner falls into that corner's phase, and what is drawn after it is its own.
static void cuts_at_the_four_corners_are_four_events(void **state)
{
    (void)state;
    uint64_t identity[PLR_Z_MAX];

    for (int corner = 0; corner < PLR_Z_MAX; corner++) {
        static const char *const sets[] = {"sim.gantry=quasistatic"};
        char path[64], phase[32];
        snprintf(path, sizeof path, "scenarios/voron24_recut_z%d.yaml", corner);
        snprintf(phase, sizeof phase, "home_z%d", corner);
        assert_int_equal(execute(path, sets, 1), 0);
        assert_int_equal(run.cut->truth.cuts, 2);
        assert_string_equal(run.cut->cut[1].during, phase);
        identity[corner] = run.cut->world.plant.noise.cut;
        for (int i = 0; i < corner; i++)
            assert_true(identity[i] != identity[corner]);
        done();
    }
}

/// The corners are visited in turn, again and again: a second visit is another event than the first.
static void cuts_in_two_visits_of_one_corner_see_different_noise(void **state)
{
    (void)state;
    static const char *const visits[] = {"power[1].at={phase: home_z1, after: 5ms}",
                                         "power[1].at={phase: home_z1, after: 1s}"};
    uint64_t identity[2];

    for (int i = 0; i < 2; i++) {
        const char *const sets[] = {"sim.gantry=quasistatic", visits[i]};
        assert_int_equal(execute("scenarios/voron24_recut_z1.yaml", sets, 2), 0);
        assert_string_equal(run.cut->cut[1].during, "home_z1");
        identity[i] = run.cut->world.plant.noise.cut;
        done();
    }
    assert_true(identity[0] != identity[1]);
}

/// Mains go in the middle of arcs of two sizes, in their first and last chords too: the rest of the arc is printed, no more, no less.
static void a_cut_in_mid_arc_leaves_no_seam(void **state)
{
    (void)state;
    static const int32_t fractions[] = {1, 100000, 370001, 777770, 999000};
    static const int moves[] = {1, 17}; // of layer 6: a corner, and three quarters of a circle
    for (size_t i = 0; i < 2 * sizeof fractions / sizeof *fractions; i++) {
        char at[80];
        const char *const sets[] = {"sim.gantry=quasistatic", at};
        snprintf(at, sizeof at, "power[0].at={layer: 6, move: %d, fraction: %dppm}", moves[i % 2],
                 (int)fractions[i / 2]);
        assert_int_equal(execute("scenarios/voron24_unusual_modes.yaml", sets, 2), 0);
        const char *line = input.job.data + run.cut->cut[0].file_offset;
        if (strncmp(line, "G3 ", 3) != 0)
            fail_msg("%s: in no arc", at);
        assert_true(run.verdict.cut[0].matched);
        assert_int_equal(value(LAB_SEAM_GAP), 0);
        assert_true(value(LAB_SEAM_OVERLAP) <= 100);
        assert_true(value(LAB_LAYER_SHIFT) <= 50);
        assert_int_equal(run.verdict.outcome, LAB_PASS);
        done();
    }
}

// --- core beside naive ----------------------------------------------------------------------------------------

static void the_core_is_green_on_the_headline(void **state)
{
    (void)state;
    static const char *const sets[] = {"sim.gantry=quasistatic"};
    assert_int_equal(execute("scenarios/voron24_cut.yaml", sets, 1), 0);
    assert_int_equal(run.verdict.outcome, LAB_PASS);
    assert_int_equal(run.result, LAB_RESUMED);
    assert_int_equal(value(LAB_SEAM_GAP), 0);
    assert_true(value(LAB_SEAM_OVERLAP) <= 100);
    assert_int_equal(value(LAB_COLLISIONS), 0);
    done();
}

/// In the sizes measured on the real thing.
static void the_naive_device_is_red_in_the_sizes_measured(void **state)
{
    (void)state;
    static const char *const sets[] = {"dut=naive", "sim.gantry=quasistatic"};
    assert_int_equal(execute("scenarios/voron24_cut.yaml", sets, 2), 0);
    assert_int_equal(run.verdict.outcome, LAB_FAIL);
    assert_int_equal(run.result, LAB_RESUMED);
    assert_in_range(llabs(value(LAB_Z_OFFSET_ERROR)), 700, 900);
    assert_true(value(LAB_GANTRY_TILT) > 1000);
    assert_in_range(value(LAB_SEAM_OVERLAP_FILAMENT), 1000, 31000);
    assert_true(value(LAB_HOT_DWELL) > 0);
    done();
}

static void seeds_hold_the_limits_of_a_population(void **state)
{
    (void)state;
    static const char *const sets[] = {"sim.gantry=quasistatic"};
    struct lab_population population = {0};
    struct lab_error err = {0};
    uint64_t hash = 0;

    assert_int_equal(run_load(&input, "scenarios/voron24_cut.yaml", NULL, sets, 1, NULL, &err), 0);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        assert_int_equal(run_execute(&run, &input, seed, &err), 0);
        assert_int_equal(lab_population_add(&population,
                                            &(struct lab_population_run){
                                                .at = (int64_t)seed, .id = run.id, .reason = ""},
                                            &run.verdict),
                         0);
        assert_true(run.cut->world.hash != hash);
        hash = run.cut->world.hash;
        run_free(&run);
    }
    lab_population_judge(&population, &input.scenario);
    for (size_t i = 0; i < population.failures; i++)
        print_error("%s: measure %d is %lld\n", population.failure[i].id,
                    population.failure[i].measure, (long long)population.failure[i].value);
    assert_int_equal(population.results[LAB_RESUMED], SEEDS);
    assert_true(population.measure[LAB_Z_OFFSET_ERROR].limited &&
                population.measure[LAB_LAYER_SHIFT].limited);
    assert_true(population.measure[LAB_Z_OFFSET_ERROR].p95 <= 25 &&
                population.measure[LAB_LAYER_SHIFT].p95 <= 50);
    assert_true(population.measure[LAB_Z_OFFSET_ERROR].p95 > 3); // noise is on
    assert_true(population.outcome <= LAB_MARGINAL);
    lab_population_free(&population);
    lab_input_close(&input);
}

// --- dips -------------------------------------------------------------------------------------------------------

/// The mains blink for less than the board needs to see it: an undisturbed run passes, and says what happened.
static void a_dip_leaves_an_undisturbed_run(void **state)
{
    (void)state;
    static const char *const sets[] = {"sim.gantry=quasistatic", "power[0].off_for=3ms"};
    assert_int_equal(execute("scenarios/voron24_cut.yaml", sets, 2), 0);
    assert_int_equal(run.verdict.outcome, LAB_PASS);
    assert_int_equal(run.result, LAB_RESUMED);
    assert_int_equal(value(LAB_SEAM_GAP), 0);
    assert_int_equal(value(LAB_SEAM_OVERLAP), 0);
    assert_false(run.verdict.measure[LAB_Z_OFFSET_ERROR].known);
    const char *report = json_report();
    assert_non_null(strstr(report, "undisturbed: the supply rode through"));
    assert_non_null(strstr(report, "the mains were away for 3.000 ms"));
    assert_non_null(strstr(report, "\"cuts\": []"));
    assert_true(run.save_count > 0 && run.saves[0].count > 0);
    done();
}

// --- IDs --------------------------------------------------------------------------------------------------------

static const char *const overrides[] = {
    "job=fixtures/gcode/unusual_modes.gcode",
    "power[0].at={layer: 4, move: 3}",
    "power[0].off_for=61s",
    "sim.gantry=quasistatic",
    "plr.save_interval=7s",
    "printer.gantry.corner_stiffness=85000N/m",
};
enum { OVERRIDES = sizeof overrides / sizeof *overrides };

static void an_id_replays_byte_for_byte(void **state)
{
    (void)state;
    char id[LAB_ID_BYTES];
    uint64_t seed = 77;
    struct lab_error err = {0};

    assert_int_equal(
        run_load(&input, "scenarios/voron24_cut.yaml", NULL, overrides, OVERRIDES, &seed, &err), 0);
    assert_int_equal(run_execute(&run, &input, input.scenario.seed, &err), 0);
    snprintf(id, sizeof id, "%s", run.id);
    char *first = strdup(json_report());
    assert_non_null(first);
    done();
    assert_non_null(strstr(id, "#s77"));
    assert_int_equal(execute(id, NULL, 0), 0);
    assert_string_equal(run.id, id);
    assert_string_equal(json_report(), first);
    free(first);
    done();
}

static void an_id_whose_hash_does_not_match_is_refused(void **state)
{
    (void)state;
    struct lab_error err = {0};
    assert_int_equal(run_load(&input, "voron24_cut@00000000#s1", NULL, NULL, 0, NULL, &err),
                     -EINVAL);
    assert_non_null(strstr(err.message, "00000000"));
    lab_error_clear(&err);
    assert_true(run_load(&input, "no_such_scenario@00000000#s1", NULL, NULL, 0, NULL, &err) < 0);
    assert_true(lab_error_set(&err));
    // with further sets it is another run on purpose
    static const char *const sets[] = {"sim.gantry=quasistatic"};
    lab_error_clear(&err);
    assert_int_equal(run_load(&input, "voron24_cut@00000000#s5", NULL, sets, 1, NULL, &err), 0);
    assert_int_equal(input.scenario.seed, 5);
    lab_input_close(&input);
}

// --- what cannot be run -----------------------------------------------------------------------------------------

static void a_cut_that_never_fires_is_blamed(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        int status;
    } cases[] = {
        {"power[0].at={layer: 400}", -ENOENT},    {"power[0].at={z: 100mm}", -ENOENT},
        {"power[0].at={time: 20h}", -ENOENT},     {"power[0].at={phase: warm}", -ENOENT},
        {"power[0].at={event: 900000}", -ENOENT}, {"power[0].domains=[24v]", -EINVAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const sets[] = {overrides[0], "sim.gantry=quasistatic", cases[i].at};
        struct lab_error err = {0};
        int bad = run_load(&input, "scenarios/voron24_cut.yaml", NULL, sets, 3, NULL, &err);
        bool loaded = !bad;
        memset(&run, 0, sizeof run);
        if (!bad)
            bad = run_execute(&run, &input, 1, &err);
        assert_int_equal(bad, cases[i].status);
        assert_true(lab_error_set(&err));
        assert_true(err.line > 0);
        assert_true(bad != -ENOENT || strstr(err.message, "this cut never fires"));
        run_free(&run);
        if (loaded)
            lab_input_close(&input);
    }
}

/// Many slicers do not name it: the nozzle's target does, roughly; the scenario overrides.
static void a_material_nobody_names_is_supposed(void **state)
{
    static const struct {
        int target;
        const char *material;
    } cases[] = {{0, "PLA"}, {224, "PLA"}, {225, "PETG"}, {244, "PETG"}, {245, "ABS"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[] = "/tmp/plr_job_XXXXXX", set[64];
        struct lab_error err = {0};
        int fd = mkstemp(path);
        FILE *file = fdopen(fd, "w");

        assert_non_null(file);
        fprintf(file, "M83\nM104 S%d\nG1 X10 Y10 E1\n", cases[i].target);
        fclose(file);
        snprintf(set, sizeof set, "job=%s", path);
        const char *const sets[] = {set, "material=ASA"};
        for (size_t said = 0; said < 2; said++) {
            assert_int_equal(
                run_load(&input, "scenarios/voron24_cut.yaml", NULL, sets, 1 + said, NULL, &err),
                0);
            assert_string_equal(input.material->name, said ? "ASA" : cases[i].material);
            lab_input_close(&input);
        }
        unlink(path);
    }
}

static void too_many_sets_are_refused(void **state)
{
    (void)state;
    const char *sets[LAB_INPUT_SETS + 1];
    static char long_set[600];
    struct lab_error err = {0};
    for (size_t i = 0; i <= LAB_INPUT_SETS; i++)
        sets[i] = "sim.gantry=quasistatic";
    assert_int_equal(
        run_load(&input, "scenarios/voron24_cut.yaml", NULL, sets, LAB_INPUT_SETS + 1, NULL, &err),
        -E2BIG);
    memset(long_set, 'x', sizeof long_set - 1);
    sets[0] = long_set;
    assert_int_equal(run_load(&input, "scenarios/voron24_cut.yaml", NULL, sets, 1, NULL, &err),
                     -E2BIG);
}

// --- the report for people -------------------------------------------------------------------------------------------

static void the_text_reads_like_a_protocol(void **state)
{
    (void)state;
    static char text[65536];
    static const char *const wanted[] = {
        "Voron 2.4",
        "unusual_modes.gcode",
        "material PETG",
        "dut core",
        "Cuts",
        "stood still",
        "power back",
        "true corners",
        "Saves",
        "Recovery",
        "home_z0",
        "verify",
        "Measures",
        "z_offset_error_um",
        "Verdict",
        "resumed",
        "times real time",
        "plr-sim voron24_cut@",
    };
    struct lab_report report;

    assert_int_equal(execute("scenarios/voron24_cut.yaml", overrides, OVERRIDES), 0);
    run_report(&run, &report);
    report.host = (struct lab_report_host){
        .present = true, .wall_ms = 100, .max_rss_kib = 1, .jobs = 1, .cuts_per_second = -1};
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    lab_report_text(&report, false, out);
    fclose(out);
    assert_int_equal(strncmp(text, run.id, strlen(run.id)), 0); // printed first
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(text, wanted[i]))
            fail_msg("no '%s' in the report", wanted[i]);
    for (int m = 0; m < LAB_MEASURES; m++)
        assert_non_null(strstr(text, lab_measure_info((enum lab_measure)m)->key));
    assert_null(strchr(text, '\033'));
    done();
}

/// A refusal's reason stands in the verdict, and nowhere else.
static void a_reason_is_given_once(void **state)
{
    (void)state;
    static const char *const scenarios[] = {"voron24_bed_cold", "voron24_dead_switch"};

    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        char path[60];
        static const char *const sets[] = {"sim.gantry=quasistatic"};
        snprintf(path, sizeof path, "scenarios/%s.yaml", scenarios[i]);
        assert_int_equal(execute(path, sets, 1), 0);
        const char *sentence = plr_reason_text(run.cut->dut->reason(run.cut));
        const char *report = json_report(), *first = strstr(report, sentence);
        assert_non_null(first);
        assert_null(strstr(first + 1, sentence));
        assert_int_equal(strstr(report, "recovery begins") != NULL, i == 1); // other notes stay
        done();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_ends_as_it_expects),
        cmocka_unit_test(cuts_at_the_four_corners_are_four_events),
        cmocka_unit_test(cuts_in_two_visits_of_one_corner_see_different_noise),
        cmocka_unit_test(a_cut_in_mid_arc_leaves_no_seam),
        cmocka_unit_test(the_core_is_green_on_the_headline),
        cmocka_unit_test(the_naive_device_is_red_in_the_sizes_measured),
        cmocka_unit_test(seeds_hold_the_limits_of_a_population),
        cmocka_unit_test(a_dip_leaves_an_undisturbed_run),
        cmocka_unit_test(an_id_replays_byte_for_byte),
        cmocka_unit_test(an_id_whose_hash_does_not_match_is_refused),
        cmocka_unit_test(a_cut_that_never_fires_is_blamed),
        cmocka_unit_test(a_material_nobody_names_is_supposed),
        cmocka_unit_test(too_many_sets_are_refused),
        cmocka_unit_test(a_reason_is_given_once),
        cmocka_unit_test(the_text_reads_like_a_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
