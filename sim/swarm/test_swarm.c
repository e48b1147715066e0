// Swarms: a run is the run that its ID replays, draws hang on seed and number alone, and what is wrong is seen red.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <unistd.h>

#include "sim/test_sim.h"

#include "sim/swarm/swarm.h"

enum { RUNS = PLR_TEST_THIN > 1 ? 6 : 24, MANY = PLR_TEST_THIN > 1 ? 400 : 4000 };

static struct lab_input input, again;
static struct run run, replay;
static struct swarm_result result;

static struct swarm_request of_seed(uint64_t seed)
{
    return (struct swarm_request){.seed = seed, .to = RUNS - 1, .jobs = 1};
}

static void make(const struct swarm_request *request, int64_t number)
{
    swarm_one(request, number, &input, &run, &result);
    if (result.bad) {
        lab_error_print(stderr, &result.error);
        fail_msg("run %lld", (long long)number);
    }
}

static void done(void)
{
    run_free(&run);
    lab_input_close(&input);
}

/// The whole report as JSON, without the host's figures.
static void json_of(struct run *of, char *text, size_t room)
{
    char path[] = "/tmp/plr_swarm_XXXXXX";
    struct lab_report report;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    run_report(of, &report);
    assert_int_equal(lab_report_json(&report, path), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, room - 1, file);
    assert_true(n > 500 && n < room - 1);
    text[n] = '\0';
    fclose(file);
    unlink(path);
}

// --- replay -------------------------------------------------------------------------------------------------------

static void an_id_replays_its_run_to_the_byte(void **state)
{
    static char first[131072], second[131072];
    struct swarm_request request = of_seed(20261121);
    struct lab_error err = {0};

    (void)state;
    for (int64_t i = 0; i < RUNS; i++) {
        make(&request, i);
        json_of(&run, first, sizeof first);
        if (run_load(&again, result.id, NULL, NULL, 0, NULL, &err) ||
            run_execute(&replay, &again, again.scenario.seed, &err)) {
            lab_error_print(stderr, &err);
            fail_msg("%s", result.id);
        }
        json_of(&replay, second, sizeof second);
        assert_string_equal(first, second);
        assert_int_equal(run.cut->world.hash, replay.cut->world.hash);
        run_free(&replay);
        lab_input_close(&again);
        done();
    }
}

/// What a fault does to a draw must not depend on which processes made what, nor on what was drawn before.
static bool keep_id(void *ctx, const void *data)
{
    const struct swarm_result *one = data;
    char(*ids)[LAB_ID_BYTES] = ctx;

    assert_int_equal(one->bad, 0);
    snprintf(ids[one->row.number], LAB_ID_BYTES, "%s", one->id);
    return true;
}

static void parts_and_processes_change_nothing(void **state)
{
    static char whole[RUNS][LAB_ID_BYTES], parts[RUNS][LAB_ID_BYTES];
    struct swarm_request request = of_seed(5);

    (void)state;
    assert_int_equal(swarm_runs(&request, keep_id, whole, NULL), 0);
    request.jobs = 3;
    request.from = RUNS / 2;
    assert_int_equal(swarm_runs(&request, keep_id, parts, NULL), 0);
    request.from = 0;
    request.to = RUNS / 2 - 1;
    assert_int_equal(swarm_runs(&request, keep_id, parts, NULL), 0);
    for (int i = 0; i < RUNS; i++) {
        assert_string_equal(whole[i], parts[i]);
        assert_true(i == 0 || strcmp(whole[i], whole[i - 1]) != 0);
    }
}

/// What the run meets where a cut was drawn into a write is another write than the twin's: the tear is made to fit, and the ID stands for that.
static void a_tear_is_made_to_fit_the_write_it_meets(void **state)
{
    static const struct {
        uint64_t seed;
        int64_t number;
    } once[] = {{77, 1008}, {77, 2109}, {991, 682}, {5, 994}, {5, 1237}}; // these could not be made
    struct lab_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        struct swarm_request request = of_seed(once[i].seed);
        make(&request, once[i].number);
        assert_int_equal(run_load(&again, result.id, NULL, NULL, 0, NULL, &err), 0);
        assert_int_equal(run_execute(&replay, &again, again.scenario.seed, &err), 0);
        assert_int_equal(run.cut->world.hash, replay.cut->world.hash);
        run_free(&replay);
        lab_input_close(&again);
        done();
    }
}

static void a_run_that_cannot_be_made_says_so(void **state)
{
    static const char *const sets[] = {
        "power=[{at: {nv_write: 400}, tear: prefix9000, off_for: 20s}]"};
    struct swarm_request request = of_seed(2);

    (void)state;
    request.set = sets;
    request.sets = 1;
    swarm_one(&request, 0, &input, &run, &result);
    assert_int_equal(result.bad, -EINVAL);
    assert_non_null(strstr(result.error.message, "cannot leave 'prefix9000'"));
}

// --- what is drawn ------------------------------------------------------------------------------------------------

static void every_fault_is_drawn_and_every_one_left_out(void **state)
{
    static struct swarm_draw draw;
    int with[SWARM_FAULTS] = {0}, calm = 0;

    (void)state;
    for (int64_t i = 0; i < MANY; i++) {
        swarm_draw_machine(&draw, 1, i, NULL);
        for (int fault = 0; fault < SWARM_FAULTS; fault++)
            with[fault] += swarm_has(&draw, (enum swarm_fault)fault);
        calm += !draw.faults;
    }
    for (int fault = 0; fault < SWARM_FAULTS; fault++)
        if (with[fault] < MANY / 200 || with[fault] > MANY / 2)
            fail_msg("%s: in %d of %d runs", swarm_fault_word((enum swarm_fault)fault), with[fault],
                     MANY);
    assert_true(calm > MANY / 50 && calm < MANY / 4);
}

static void numbers_keep_to_their_bounds(void **state)
{
    struct swarm_draw draw = {0};
    bool least = false, most = false;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        int64_t n = swarm_between(&draw, "n", i, -3, 3), wide = swarm_spread(&draw, "w", i, 2, 300);
        assert_true(n >= -3 && n <= 3);
        assert_true(wide >= 2 && wide <= 300);
        least = least || n == -3;
        most = most || n == 3;
        assert_int_equal(swarm_spread(&draw, "one", i, 7, 7), 7);
    }
    assert_true(least && most);
}

// --- it bites -----------------------------------------------------------------------------------------------------

static void a_device_known_to_be_wrong_is_seen(void **state)
{
    static const char *const naive[] = {"dut=naive"};
    struct swarm_request request = of_seed(3);
    int failed = 0;

    (void)state;
    request.set = naive;
    request.sets = 1;
    for (int64_t i = 0; i < RUNS; i++) {
        make(&request, i);
        failed += run.verdict.outcome == LAB_FAIL;
        done();
    }
    assert_true(failed >= RUNS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_replays_its_run_to_the_byte),
        cmocka_unit_test(parts_and_processes_change_nothing),
        cmocka_unit_test(a_tear_is_made_to_fit_the_write_it_meets),
        cmocka_unit_test(a_run_that_cannot_be_made_says_so),
        cmocka_unit_test(every_fault_is_drawn_and_every_one_left_out),
        cmocka_unit_test(numbers_keep_to_their_bounds),
        cmocka_unit_test(a_device_known_to_be_wrong_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
