// Tests of the uninterrupted print from outside: against the slicer's own figures and a second interpreter.
// SPDX-License-Identifier: MIT
#include <jansson.h>

#include "sim/test_sim.h"

/// What the second interpreter says of a file.
struct second {
    int64_t file_nm, job_nm,
        flow_nm;       ///< filament of the whole file, of the job, of the job with M221
    int64_t box_nm[4]; ///< x_min, y_min, x_max, y_max of the whole file
    int64_t z_um[8192];
    size_t z_count, extruding;
};

static int64_t nano(const json_t *from, const char *key)
{
    const json_t *value = json_object_get(from, key);
    assert_true(json_is_number(value));
    return sim_round(json_number_value(value) * 1e6);
}

/// python3 runs it. Without python3 the tests are skipped, aloud: CI has it.
static bool ask_second(const char *job, struct second *out)
{
    static const char *const sides[] = {"x_min", "y_min", "x_max", "y_max"};
    char command[256];
    json_error_t error;

    memset(out, 0, sizeof *out);
    if (system("python3 -c '' 2>/dev/null") != 0) {
        print_error("NO python3: %s is NOT compared with the second interpreter\n", job);
        return false;
    }
    snprintf(command, sizeof command, "python3 fixtures/gcode/summary.py fixtures/gcode/%s.gcode",
             job);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    json_t *root = json_loadf(pipe, 0, &error);
    assert_int_equal(pclose(pipe), 0);
    assert_non_null(root);
    const json_t *file = json_object_get(root, "file"), *box = json_object_get(file, "bbox_mm");
    const json_t *heights = json_object_get(file, "z_um");
    out->file_nm = nano(file, "e_forward_mm");
    out->flow_nm = nano(json_object_get(root, "job"), "e_flow_mm");
    out->job_nm = nano(json_object_get(root, "job"), "e_forward_mm");
    out->extruding = (size_t)json_integer_value(json_object_get(file, "extruding"));
    for (int i = 0; i < 4; i++)
        out->box_nm[i] = nano(box, sides[i]);
    out->z_count = json_array_size(heights);
    assert_true(out->z_count <= sizeof out->z_um / sizeof *out->z_um);
    for (size_t i = 0; i < out->z_count; i++)
        out->z_um[i] = json_integer_value(json_array_get(heights, i));
    json_decref(root);
    return true;
}

/// The twin of a job, with every error term off and the machine soaked: what is deposited is where it was commanded.
static struct run *print_job(struct lab_input *input, const char *scenario, const char *job)
{
    static const char *const terms[] = {"switch", "step",  "belt", "heat", "nozzle",
                                        "part",   "level", "xy",   "sag"};
    static char sets[12][96];
    const char *list[12];
    struct lab_error err = {0};
    struct run *run = calloc(1, sizeof *run);

    assert_non_null(run);
    snprintf(sets[0], sizeof sets[0], "job=fixtures/gcode/%s.gcode", job);
    snprintf(sets[1], sizeof sets[1], "sim.gantry=quasistatic");
    snprintf(sets[2], sizeof sets[2], "power[0].at={layer: 1}");
    for (size_t i = 0; i < 9; i++)
        snprintf(sets[3 + i], sizeof sets[0], "sim.noise.%s=off", terms[i]);
    for (size_t i = 0; i < 12; i++)
        list[i] = sets[i];
    int bad = run_load(input, scenario, NULL, list, 12, NULL, &err);
    if (!bad)
        bad = run_execute(run, input, 1, &err);
    if (bad) {
        lab_error_print(stderr, &err);
        fail();
    }
    return run;
}

/// Distinct heights at the ends of commanded extruding moves, from the plan that the firmware made.
static void compare_heights(const struct run *run, const struct second *second)
{
    const struct lab_ledger *ledger = &run->twin->truth.ledger;
    static bool met[8192];

    memset(met, 0, sizeof met);
    // true heights are within some ten micrometres of the commanded ones, layers are further apart
    for (size_t i = 0; i < ledger->count; i++) {
        const struct lab_deposit *d = &ledger->entry[i];
        if (d->from_nm[0] == d->to_nm[0] && d->from_nm[1] == d->to_nm[1])
            continue;
        int64_t z = d->to_nm[2] / 1000, nearest = -1, best = INT64_MAX;
        for (size_t k = 0; k < second->z_count; k++)
            if (llabs(second->z_um[k] - z) < best) {
                best = llabs(second->z_um[k] - z);
                nearest = (int64_t)k;
            }
        if (best > 60)
            fail_msg("deposit at %lld um, no layer of the second interpreter is near",
                     (long long)z);
        met[nearest] = true;
    }
    for (size_t k = 0; k < second->z_count; k++)
        if (!met[k])
            fail_msg("nothing was deposited at %lld um", (long long)second->z_um[k]);
}

static void compare_box(const struct run *run, const struct second *second)
{
    const struct lab_job *job = &run->input->job;
    const struct lab_twin_facts *facts = &run->facts;

    for (int axis = 0; axis < 2; axis++)
        for (int side = 0; side < 2; side++) {
            int64_t theirs = second->box_nm[2 * side + axis];
            // the walk through the file: exactly; what was deposited: the machine is some micrometres larger than it believes
            assert_true(llabs(job->box_nm[side][axis] - theirs) <= 100);
            assert_true(llabs(facts->box_nm[side][axis] - theirs) <= 20000);
        }
}

enum what { FILAMENT = 1, TIME = 2, HEIGHTS = 4, FLOW = 8 };

static void compare(const char *scenario, const char *name, unsigned what)
{
    static struct lab_input input;
    static struct second second;
    struct run *run = print_job(&input, scenario, name);
    const struct lab_twin_facts *facts = &run->facts;

    if (what & FILAMENT) {
        assert_true(facts->slicer.has_filament);
        assert_true(llabs(facts->filament_error_ppm) <= 1000);
    }
    if (what & TIME) {
        assert_true(facts->slicer.has_time);
        assert_true(llabs(facts->time_error_ppm) <= 150000);
    }
    if (ask_second(name, &second)) {
        int64_t theirs = what & FLOW ? second.flow_nm : second.job_nm;
        assert_true(llabs(facts->filament_nm - theirs) <= theirs / 1000);
        compare_box(run, &second);
        assert_int_equal(input.job.extruding_moves, second.extruding);
        if (what & HEIGHTS)
            compare_heights(run, &second);
    }
    run_free(run);
    free(run);
    lab_input_close(&input);
}

static void tower(void **state)
{
    (void)state;
    compare("scenarios/voron24_cut.yaml", "tower_voron24", FILAMENT | TIME | HEIGHTS);
}

static void plate(void **state)
{
    (void)state;
    compare("scenarios/voron24_cut.yaml", "plate_absolute", FILAMENT | TIME | HEIGHTS);
}

static void sequential(void **state)
{
    (void)state;
    compare("scenarios/voron24_cut.yaml", "objects_sequential", FILAMENT | TIME | HEIGHTS);
}

static void ender3(void **state)
{
    (void)state;
    compare("scenarios/ender3_cut.yaml", "ender3_cube", FILAMENT | TIME | HEIGHTS);
}

static void trident(void **state)
{
    (void)state;
    compare("scenarios/trident_cut.yaml", "trident_bracket", FILAMENT | TIME | HEIGHTS);
}

/// The slicer counts a turn that it then thins out; its heights are a slope.
static void vase(void **state)
{
    (void)state;
    compare("scenarios/voron24_cut.yaml", "vase_spiral", TIME);
}

/// From no slicer: the flow factor counts, and its time is path over speed.
static void unusual(void **state)
{
    (void)state;
    compare("scenarios/voron24_unusual_modes.yaml", "unusual_modes", FLOW | TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tower),   cmocka_unit_test(plate),   cmocka_unit_test(sequential),
        cmocka_unit_test(ender3),  cmocka_unit_test(trident), cmocka_unit_test(vase),
        cmocka_unit_test(unusual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
