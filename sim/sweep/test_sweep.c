// Sweeps: a branch is the run that its ID replays, the window says what the whole print says, and parts add up.
// SPDX-License-Identifier: MIT
#include "sim/test_sim.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "sim/sweep/full.h"
#include "sim/sweep/jobs.h"
#include "sim/sweep/line.h"
#include "sim/sweep/test_rig.h"

enum { THIN = PLR_TEST_THIN > 1 ? 3 : 1, REPLAYS = PLR_TEST_THIN > 1 ? 5 : 20 };

/// Numbers alone: what padding holds is nobody's affair.
static bool same_result(const struct sweep_result *a, const struct sweep_result *b)
{
    return a->outcome == b->outcome && a->result == b->result && a->reason == b->reason &&
           a->fired == b->fired && a->to_end == b->to_end && a->known == b->known &&
           a->cut_us == b->cut_us && a->state == b->state && a->marks == b->marks &&
           !memcmp(a->value, b->value, sizeof a->value);
}

// --- window and whole print --------------------------------------------------------------------------------

/// Say which cut it was.
static void accuse(struct rig *rig, const struct sweep_result *result)
{
    const struct sweep_cut cut = sweep_cut_of(&rig->work.list, &rig->input.scenario, result);
    char id[LAB_ID_BYTES];

    sweep_id(&rig->run, &cut, id);
    for (int n = 0; n < LAB_MEASURES; n++)
        if (result->measure_outcome[n] == LAB_FAIL)
            print_error("%s %lld\n", lab_measure_info((enum lab_measure)n)->key,
                        (long long)result->value[n]);
    fail_msg("%s: %s%s", id, lab_outcome_name((enum lab_outcome)result->outcome),
             result->differs ? ", and its window says something else" : "");
}

static void prove(struct rig *rig)
{
    size_t fired = 0;

    rig->request.proof_every = 1;
    sweep_all(rig);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        fired += result->fired;
        if (result->differs || result->other_state)
            accuse(rig, result);
    }
    assert_true(fired > 20 / THIN);
    rig_close(rig);
}

static void the_window_says_what_the_whole_print_says(void **state)
{
    (void)state;
    prove(rig_open(SWEEP_MOVE, THIN, LAB_DUT_CORE));
    prove(rig_open(SWEEP_NV_WRITE, 1, LAB_DUT_CORE));
    prove(rig_open(SWEEP_MS, 2500 * THIN, LAB_DUT_CORE));
}

enum { TURNS = 4, CORNERS = 90 };

static const char halt[] = "G1E-.8F1800\nG4P300\nG1E.8F1800\nG1F15000\nM104S215\n"
                           "G1X140Y150E1\nG1X150E1\nG1X150.1E.01\nG1E-.8F1800\nG1E.8F1800\nG1F60\n";

/// Fast rounds of short straight pieces, so that many moves pass until the head has its speed again; in the second a wait, another
/// temperature, a long move before a short one and a slow end.
static void round_text(char *out, size_t room)
{
    int n = snprintf(out, room,
                     "; filament_type = ABS\nM140 S105\nM190 S105\nM104 S240\nG28\nM109 "
                     "S240\nM83\nG1 E2 F300\n");
    for (int turn = 0; turn < TURNS; turn++) {
        n += snprintf(out + n, room - (size_t)n,
                      ";LAYER_CHANGE\n;Z:%.1f\nG1 Z%.1f F600\nG1 F15000\n", 0.2 * (turn + 1),
                      0.2 * (turn + 1));
        for (int corner = 0; corner < CORNERS; corner++) {
            double angle = 2.0 * SIM_PI * corner / CORNERS;
            n += snprintf(out + n, room - (size_t)n, "G1X%.2fY%.2fE.05\n",
                          150.0 + 15.0 * sim_cos(angle), 150.0 + 15.0 * sim_sin(angle));
            if (turn == 1 && corner == 40)
                n += snprintf(out + n, room - (size_t)n, "%s", halt);
        }
    }
    snprintf(out + n, room - (size_t)n, "M400\nM107\nG1 E-1 F1800\nM104 S0\nM140 S0\n");
}

static struct rig *rig_round(bool slow)
{
    struct rig *rig = rig_make(SWEEP_MOVE, 1);
    struct lab_error err = {0};

    round_text(rig->stage.text, sizeof rig->stage.text);
    assert_int_equal(lab_job_use(&rig->input.job, "round.gcode", rig->stage.text,
                                 strlen(rig->stage.text), &rig->stage.scenario.printer, &err),
                     0);
    if (slow)
        rig->input.scenario.sim.nv.sync_us = 250000;
    rig->request.to = THIN > 1 ? 150 : INT64_MAX;
    return rig_begin(rig);
}

/// With a memory that keeps nobody waiting, and with one behind which the queue runs dry.
static void a_window_speeds_up_as_the_whole_print_does(void **state)
{
    (void)state;
    prove(rig_round(false));
    prove(rig_round(true));
}

/// Whoever asks for no proof is told by windows, wherever in the twin they lie.
static void windows_acquit(void **state)
{
    (void)state;
    struct rig *rig = rig_round(false);
    size_t ended = 0;

    sweep_all(rig);
    for (size_t i = 0; i < rig->totals.count; i++)
        ended += rig->totals.result[i].to_end;
    assert_in_range(ended, 0, rig->totals.count / 20);
    rig_close(rig);
}

/// A branch of the cut in the middle, again and again.
struct bench {
    struct rig *rig;
    const struct sweep_cut *cut;
    struct lab_scenario uncut;
    struct sweep_line line;
};

static void bench_open(struct bench *bench)
{
    bench->rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    bench->cut = &bench->rig->work.list.cut[bench->rig->work.list.count / 2];
    assert_int_equal(sweep_line_open(&bench->line, &bench->rig->run), 0);
    assert_int_equal(sweep_line_print(&bench->line, &bench->uncut), 0);
    assert_true(sweep_line_pass(&bench->line, bench->cut));
}

static void bench_close(struct bench *bench)
{
    sweep_line_print_end(&bench->line);
    sweep_line_close(&bench->line);
    rig_close(bench->rig);
}

/// The branch, where its job goes on. After each, sweep_line_back.
static struct sim *bench_held(struct bench *bench)
{
    struct sim *branch = bench->line.branch;

    assert_int_equal(sweep_line_branch(&bench->line, bench->cut), 0);
    branch->hold = true;
    while (!branch->held && sim_step(branch))
        ;
    assert_true(branch->held);
    return branch;
}

enum { FORGERIES = 14 };

/// Something that the twin does not have: of what the lines to come depend on (also where it moves nothing: a fan, the feed, a babystep), of
/// the machine, and of what the device would save next.
static void forge(struct sim *branch, int change)
{
    struct firmware *fw = &branch->world.firmware;
    struct plr *plr = &branch->world.dut.u.core;

    fw->ahead.fan_ppm[0] += change == 1;
    fw->ahead.feed_nm_s += change == 2;
    fw->ahead.offset_nm[2] += change == 3;
    fw->ahead.bed_mc += change == 4;
    fw->ahead.at_nm[PLR_E] += change == 5;
    fw->fan_ppm[0] += change == 6; // what it does, not what it believes
    fw->target_mc[1] += change == 7;
    fw->barrier.set = change == 8;
    plr->after.flow_ppm += change == 9;
    plr->after.tallest_nm += change == 10;
    plr->session += change == 11;
    plr->state.job.size += change == 12;
    if (change == 13)
        plr->objects.names[plr->objects.len++] = 'x';
}

static void each_byte_of_a_state_counts(void **state)
{
    (void)state;
    struct plr_modal modal, other;
    size_t mesh = offsetof(struct plr_modal, mesh) + 1;
    size_t end = offsetof(struct plr_modal, layer) + offsetof(struct plr_layer, pending);

    plr_modal_init(&modal);
    for (size_t i = 0; i < end; i++) {
        if (i == mesh) // behind the end of its text nothing counts
            i += sizeof modal.mesh - 1;
        other = modal;
        ((uint8_t *)&other)[i] ^= 0x40;
        assert_true(sim_trail_state(&other) != sim_trail_state(&modal));
    }
    other = modal;
    other.layer.pending = !modal.layer.pending;
    assert_true(sim_trail_state(&other) != sim_trail_state(&modal));
    other = modal;
    other.mesh[5] = 'x';
    assert_true(sim_trail_state(&other) == sim_trail_state(&modal));
}

static void a_window_knows_other_states(void **state)
{
    (void)state;
    struct bench bench;
    struct lab_verdict verdict;

    bench_open(&bench);
    const struct sweep_window *window = &bench.rig->work.window;
    for (int change = 0; change < FORGERIES; change++) {
        struct sim *branch = bench_held(&bench);
        forge(branch, change);
        assert_int_equal(run_same_state(&window->same, branch), change == 0);
        assert_int_equal(sweep_window_judge(window, branch, &verdict), change != 0);
        sweep_line_back(&bench.line);
    }
    bench_close(&bench);
}

/// A head that comes back too low ploughs through what is printed: a laid window sees that, too.
static void a_window_sees_what_is_hit(void **state)
{
    (void)state;
    struct bench bench;
    struct lab_verdict verdict;

    bench_open(&bench);
    for (int32_t low_nm = 0; low_nm <= 300000; low_nm += 300000) {
        struct sim *branch = bench_held(&bench);
        for (int i = 0; i < PLR_Z_MAX; i++)
            branch->world.firmware.z_nm[i] -= low_nm;
        assert_int_equal(sweep_window_judge(&bench.rig->work.window, branch, &verdict), 0);
        assert_int_equal(verdict.measure[LAB_COLLISIONS].value > 0, low_nm > 0);
        assert_in_range(verdict.measure[LAB_DIVE].value, low_nm ? 200 : 0, low_nm ? 310 : 0);
        sweep_line_back(&bench.line);
    }
    bench_close(&bench);
}

/// A record that is another state than the print had at its place, and none behind it.
static void forge_memory(struct sim *branch)
{
    struct plr *plr = &branch->world.dut.u.core;
    struct plr_state state;
    uint8_t bytes[PLR_STATE_BYTES];

    assert_true(branch->dut->kept(branch, &state));
    state.modal.flow_ppm++;
    uint32_t size = plr_state_encode(&state, bytes);
    assert_true(plr_journal_append(&plr->journal, &firmware_port.nv, branch, PLR_RECORD_JOB, bytes,
                                   size) > 0);
    plr->config.save_interval_us = 0;
    plr->config.save_on_layer = plr->save_wanted = plr->save_now = false;
}

/// What is another state only at the end of the window, or in what the memory holds there, is seen when it is walked; what is still
/// another one at the end of the job, there.
static void a_walk_knows_other_states_at_its_end(void **state)
{
    (void)state;
    struct bench bench;

    bench_open(&bench);
    const struct sweep_window *window = &bench.rig->work.window;
    struct sim_trail *trail = &bench.rig->work.trail;
    for (int change = 0; change < 5; change++) {
        struct sim *branch = bench_held(&bench);
        size_t at = sim_trail_find_step(trail, branch->world.firmware.feed_at, 0) + 12;
        struct sim_trail_line *line = NULL;
        for (size_t i = 0; i < trail->lines && !line; i++)
            line = trail->line[i].offset == trail->step[at].line ? &trail->line[i] : NULL;
        const struct sim_trail_line kept = *line;
        line->state ^= change == 1;
        line->device ^= change == 2;
        if (change == 3)
            forge_memory(branch);
        struct run_stretch where;
        size_t count;
        assert_true(run_same_place(&window->same, branch, &where));
        assert_int_equal(run_same_stretch(&window->same, branch, &where, &count),
                         change == 0 || change == 4);
        *line = kept;
        sim_run(branch);
        branch->world.firmware.exec.fan_ppm[1] += change == 4;
        assert_int_equal(run_same_end(&window->same, branch), change != 4);
        sweep_line_back(&bench.line);
    }
    bench_close(&bench);
}

/// A run that was held and let go is the run that never was: to the last byte of its trace.
static void what_is_held_goes_on_as_if_it_had_not_been(void **state)
{
    (void)state;
    struct bench bench;

    bench_open(&bench);
    bench.line.mark->unheard = false;
    struct sim *branch = bench_held(&bench);
    sim_release(branch);
    sim_run(branch);
    uint64_t hash = branch->world.hash;
    sweep_line_back(&bench.line);
    assert_int_equal(sweep_line_branch(&bench.line, bench.cut), 0);
    sim_run(bench.line.branch);
    assert_true(bench.line.branch->world.firmware.job_done);
    assert_int_equal(bench.line.branch->world.hash, hash);
    sweep_line_back(&bench.line);
    bench_close(&bench);
}

/// Nobody reads a branch's trace or its notes, so they are not made; all else is as if they were.
static void who_is_not_heard_does_the_same(void **state)
{
    (void)state;
    struct bench bench;
    struct lab_deposit last;

    bench_open(&bench);
    struct sim *branch = bench_held(&bench);
    assert_true(branch->world.hash == bench.line.mark->world.hash);
    assert_int_equal(branch->notes, bench.line.mark->notes);
    sim_release(branch);
    sim_run(branch);
    uint64_t events = branch->world.events, memory = nv_hash(&branch->nv);
    size_t deposits = branch->truth.ledger.count;
    int64_t moves = branch->world.firmware.moves, pushed_nm = branch->world.firmware.e_nm;
    last = branch->truth.ledger.entry[deposits - 1];
    sweep_line_back(&bench.line);
    bench.line.mark->unheard = false;
    branch = bench_held(&bench);
    assert_true(branch->world.hash != bench.line.mark->world.hash);
    assert_true(branch->notes > bench.line.mark->notes);
    sim_release(branch);
    sim_run(branch);
    assert_true(branch->world.events == events && nv_hash(&branch->nv) == memory);
    assert_int_equal(branch->truth.ledger.count, deposits);
    assert_true(branch->world.firmware.moves == moves && branch->world.firmware.e_nm == pushed_nm);
    assert_memory_equal(&branch->truth.ledger.entry[deposits - 1], &last, LAB_DEPOSIT_BYTES);
    sweep_line_back(&bench.line);
    bench_close(&bench);
}

/// The twin as recorded is made to have been in another state where layers begin: all measures are good, and every cut fails.
static void what_goes_on_in_another_state_fails_with_its_id(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_LAYER, 1, LAB_DUT_CORE);
    struct lab_population population = {0};
    struct lab_sweep_facts facts = {.every = "layer"};

    for (size_t i = 0; i < rig->work.trail.lines; i++)
        rig->work.trail.line[i].state ^= 1;
    sweep_all(rig);
    assert_int_equal(sweep_totals_sum(&rig->totals, &rig->work, &population, &facts), 0);
    lab_population_judge(&population, &rig->input.scenario);
    assert_int_equal(population.outcome, LAB_FAIL);
    assert_true(facts.other_state > 0);
    assert_int_equal(population.outcomes[LAB_FAIL], facts.other_state);
    assert_int_equal(population.failures, facts.other_state);
    assert_int_equal(rig->totals.failures, facts.other_state);
    assert_int_equal(population.kinds, 1);
    assert_int_equal(population.kind[0].measure, LAB_FAILED_STATE);
    assert_non_null(strstr(population.kind[0].id, ":l"));
    lab_population_free(&population);

    rig->totals.result[0].differs = true; // the lab contradicts itself: worse than any failure
    facts = (struct lab_sweep_facts){.every = "layer"};
    free(rig->totals.state);
    assert_int_equal(sweep_totals_sum(&rig->totals, &rig->work, &population, &facts), 0);
    lab_population_judge(&population, &rig->input.scenario);
    assert_int_equal(population.outcome, LAB_ERROR);
    assert_int_equal(population.outcomes[LAB_ERROR], 1);
    assert_int_equal(population.failure[0].measure, LAB_FAILED_WINDOW);
    lab_population_free(&population);
    rig_close(rig);
}

/// A run by itself looks with the same eyes as a sweep.
static void a_single_run_sees_another_state_too(void **state)
{
    (void)state;
    struct rig *rig = rig_make(SWEEP_LAYER, 1);
    struct lab_error err = {0};
    struct sim_trail trail = {0};
    struct run run;

    assert_int_equal(run_execute(&run, &rig->input, 7, &err), 0);
    assert_int_equal(run.verdict.state, LAB_STATE_SAME);
    assert_int_equal(run.verdict.outcome, LAB_PASS);
    run_free(&run);
    assert_int_equal(run_dry(&run, &rig->input, 7, &trail, &err), 0);
    for (int change = 0; change < 2; change++) {
        struct run_same same;
        struct sim *cut = calloc(1, sizeof *cut);
        assert_non_null(cut);
        for (size_t i = 0; i < trail.lines; i++)
            trail.line[i].device ^= (uint64_t)change;
        assert_int_equal(run_same_open(&same, &run, &trail), 0);
        assert_int_equal(sim_open(cut, &rig->input.scenario, rig->input.material, &rig->input.job,
                                  7, false),
                         0);
        cut->limit_us = run_patience(&run, &rig->input.scenario);
        assert_int_equal(run_same_run(&same, cut), change ? LAB_STATE_OTHER : LAB_STATE_SAME);
        sim_close(cut);
        free(cut);
        run_same_free(&same);
    }
    struct lab_verdict verdict = {.result_ok = true};
    lab_judge_state(&verdict, LAB_STATE_OTHER);
    assert_int_equal(verdict.outcome, LAB_FAIL);
    assert_non_null(strstr(verdict.why, "another state"));
    sim_trail_free(&trail);
    run_free(&run);
    rig_close(rig);
}

static void a_bad_recovery_is_red(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_NAIVE);
    sweep_all(rig);
    assert_true(rig->totals.failures > (int64_t)rig->totals.count / 2);
    rig_close(rig);
}

/// The millisecond that stands for the first class of failures, and what its sweep and that of the one before it come to.
static void a_coarse_sweep_goes_back_to_the_earliest(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MS, 40000, LAB_DUT_NAIVE);
    struct lab_population population = {0};
    struct lab_sweep_facts facts = {.every = "ms:40000"};

    sweep_all(rig);
    sweep_totals_sort(&rig->totals);
    assert_int_equal(sweep_totals_sum(&rig->totals, &rig->work, &population, &facts), 0);
    assert_true(population.kinds > 0);
    const struct lab_failure_class *kind = &population.kind[0];
    int64_t coarse = rig->work.list.cut[kind->at].power[0].at.value / 1000;
    assert_int_equal(sweep_earliest(&rig->work, &population), 0);
    long long us;
    assert_int_equal(sscanf(strstr(kind->id, ":t"), ":t%lld", &us), 1);
    int64_t fine = us / 1000;
    assert_true(fine < coarse && fine > coarse - 40000);
    for (int64_t ms = fine - 1; ms <= fine; ms++) {
        struct rig *one = rig_open(SWEEP_MS, 1, LAB_DUT_NAIVE);
        struct lab_population alone = {0};
        one->work.list.cut[0] = sweep_cut_number(&one->request, &one->input.scenario, ms);
        assert_int_equal(sweep_part(&one->work, 0, 1, keep, one), 0);
        assert_int_equal(sweep_totals_sum(&one->totals, &one->work, &alone, &facts), 0);
        bool alike = alone.kinds && lab_failure_same_kind(&alone.kind[0], kind);
        assert_int_equal(alike, ms == fine);
        lab_population_free(&alone);
        rig_close(one);
    }
    lab_population_free(&population);
    rig_close(rig);
}

/// Goes back from the first failures of this sweep, all of whose cuts fail. Returns the number at which the first class is found.
static long long earliest_of(enum sweep_every every, int64_t stride, int64_t from)
{
    struct rig *rig = rig_make(every, stride);
    struct lab_population population = {0};
    struct lab_sweep_facts facts = {.every = "some"};
    long long at;

    rig->input.scenario.expect_result = LAB_REFUSED;
    rig->request.from = from;
    (void)rig_begin(rig);
    int64_t least = sweep_list_least(&rig->request, &rig->run);
    sweep_all(rig);
    sweep_totals_sort(&rig->totals);
    assert_int_equal(sweep_totals_sum(&rig->totals, &rig->work, &population, &facts), 0);
    assert_true(population.kinds > 0);
    assert_int_equal(sweep_earliest(&rig->work, &population), 0);
    for (size_t n = 0; n < population.kinds; n++) {
        const char *id = population.kind[n].id;
        assert_int_equal(
            sscanf(strchr(id, ':'), every == SWEEP_MS ? ":t%lld" : ":e%lld", &at), 1);
        assert_true((every == SWEEP_MS ? at / 1000 : at) >= least);
    }
    lab_population_free(&population);
    rig_close(rig);
    return least;
}

static void nobody_goes_back_below_the_first_place(void **state)
{
    (void)state;
    assert_true(earliest_of(SWEEP_EVENT, 997, 0) > 0); // the job begins behind the calibration
    assert_int_equal(earliest_of(SWEEP_MS, 30000, 50000), 50000);
}

// --- alike -------------------------------------------------------------------------------------------------

/// Each write in every way in which this memory can tear, and each write of each recovery from the first of them: with what is alike recovered once, and
/// each by itself. Returns how many were alike.
static size_t compare_alike(enum lab_nv_kind kind, uint32_t every2)
{
    struct rig *rigs[2];
    size_t alike = 0;

    for (int alone = 0; alone < 2; alone++) {
        struct rig *rig = rigs[alone] = rig_make(SWEEP_NV_WRITE, 1);
        rig->input.scenario.sim.nv.kind = kind;
        rig->request.tears = (1u << LAB_TEARS) - 1;
        rig->request.every2 = every2;
        rig->request.from = every2 ? 150 : 0;
        rig->request.to = every2 ? 170 : INT64_MAX;
        rig->request.no_alike = alone;
        rig_begin(rig);
        sweep_all(rig);
    }
    assert_int_equal(rigs[0]->totals.count, rigs[1]->totals.count);
    for (size_t i = 0; i < rigs[0]->totals.count; i++) {
        const struct sweep_result *one = &rigs[0]->totals.result[i];
        if (!same_result(one, &rigs[1]->totals.result[i]))
            accuse(rigs[0], one);
        assert_false(rigs[1]->totals.result[i].alike);
        alike += one->alike;
    }
    rig_close(rigs[0]);
    rig_close(rigs[1]);
    return alike;
}

static void what_is_alike_is_recovered_once(void **state)
{
    (void)state;
    assert_true(compare_alike(LAB_NV_FRAM, 0) > 20);
    if (THIN > 1)
        return;
    assert_true(compare_alike(LAB_NV_EEPROM, 0) > 10);
    assert_true(compare_alike(LAB_NV_NOR, 0) > 10);
    assert_int_equal(compare_alike(LAB_NV_SD, 0),
                     0); // its sectors are old or new, and a recovery knows which
    assert_true(compare_alike(LAB_NV_FRAM, SWEEP_AGAIN_NV_WRITE) > 20);
}

// --- replay ------------------------------------------------------------------------------------------------

/// The run that the cut's ID stands for, from its beginning, as plr-sim makes it.
static void replay(struct rig *rig, const struct sweep_cut *cut, uint64_t passed,
                   struct lab_verdict *verdict, enum lab_result *result)
{
    struct lab_input *input = malloc(sizeof *input);
    struct lab_error err = {0};
    struct run run;

    assert_non_null(input);
    *input = rig->input;
    memcpy(input->scenario.power, cut->power, sizeof cut->power);
    input->scenario.power_count = cut->cuts;
    if (run_execute(&run, input, 7, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
    *verdict = run.verdict;
    *result = run.result;
    assert_int_equal(passed & ~run.marks, 0); // a branch is a part of this run
    run_free(&run);
    free(input);
}

static void compare(struct rig *rig, size_t at)
{
    const struct sweep_result *swept = &rig->totals.result[at];
    struct lab_verdict verdict;
    enum lab_result result;

    const struct sweep_cut cut = sweep_cut_of(&rig->work.list, &rig->input.scenario, swept);
    replay(rig, &cut, swept->marks, &verdict, &result);
    assert_int_equal(swept->result, result);
    assert_int_equal(swept->outcome, verdict.outcome);
    for (int n = 0; n < LAB_MEASURES; n++) {
        if (n >= LAB_NV_BYTES_PER_HOUR && !swept->to_end)
            continue; // what wear there is, is of the whole print
        if (n == LAB_PRINT_STALL && !((swept->known >> n) & 1u))
            continue; // of what is to come it knows nothing
        assert_int_equal((swept->known >> n) & 1u, verdict.measure[n].known);
        assert_int_equal(swept->value[n], verdict.measure[n].known ? verdict.measure[n].value : 0);
        assert_int_equal(swept->limit[n], verdict.measure[n].limit); // its own
    }
}

/// Each kind of cut, torn in every way that the memory can be, and cuts in recoveries. Most are judged by their window.
static void a_hundred_at_random_replay_the_same(void **state)
{
    (void)state;
    static const struct {
        enum sweep_every every;
        int64_t stride;
        enum lab_nv_kind nv;
        uint32_t every2;
    } kinds[] = {{SWEEP_MOVE, 1, LAB_NV_FRAM, 0},
                 {SWEEP_EVENT, 1, LAB_NV_FRAM, 0},
                 {SWEEP_MS, 377, LAB_NV_FRAM, 0},
                 {SWEEP_NV_WRITE, 1, LAB_NV_FRAM, 0},
                 {SWEEP_NV_WRITE, 3, LAB_NV_EEPROM, 0},
                 {SWEEP_NV_WRITE, 1, LAB_NV_SD, 0},
                 {SWEEP_LAYER, 1, LAB_NV_NOR, SWEEP_AGAIN_PHASE | SWEEP_AGAIN_NV_WRITE}};
    uint64_t random = 12345;
    int by_window = 0, torn = 0, again = 0, without_warning = 0;

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct rig *rig = rig_make(kinds[k].every, kinds[k].stride);
        rig->input.scenario.sim.nv.kind = kinds[k].nv;
        rig->request.tears = UINT32_MAX;
        rig->request.every2 = kinds[k].every2;
        rig_begin(rig);
        sweep_all(rig);
        for (int n = 0; n < REPLAYS; n++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            size_t at = (size_t)(random >> 33) % rig->totals.count;
            const struct sweep_result *result = &rig->totals.result[at];
            if (!result->fired)
                continue;
            compare(rig, at);
            by_window += !result->to_end;
            torn += kinds[k].every == SWEEP_NV_WRITE;
            again += result->order > 0;
            without_warning +=
                result->limit[LAB_SEAM_OVERLAP] > rig->input.scenario.expect[LAB_SEAM_OVERLAP].max;
        }
        rig_close(rig);
    }
    assert_true(by_window > 4 * REPLAYS && torn > 2 * REPLAYS && again > REPLAYS / 2);
    assert_true(without_warning > REPLAYS);
}

/// What a page is told of each cut is what it was judged by.
static void the_curve_tells_how_each_was_judged(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_NV_WRITE, 1, LAB_DUT_CORE);
    const struct sweep_curve curve = {&rig->totals, &rig->work};
    struct lab_curve all;
    struct lab_curve_cut cut;
    size_t own = 0, unjudged = 0;

    sweep_all(rig);
    sweep_totals_curve(&curve, &all);
    for (size_t n = 0; n < all.count; n++) {
        const struct sweep_result *result = &rig->totals.result[n];
        if (!all.cut(all.ctx, n, &cut))
            continue;
        assert_int_equal(cut.limit[LAB_SEAM_OVERLAP], result->limit[LAB_SEAM_OVERLAP]);
        own += cut.limit[LAB_SEAM_OVERLAP] > rig->input.scenario.expect[LAB_SEAM_OVERLAP].max;
        bool judged = result->measure_outcome[LAB_GANTRY_TILT] != LAB_NOT_APPLICABLE;
        assert_int_equal(cut.judged >> LAB_GANTRY_TILT & 1u, judged);
        assert_true(judged || result->result != LAB_RESUMED);
        unjudged += !judged;
    }
    assert_true(own > 0 && unjudged < all.count);
    rig_close(rig);
}

// --- second cuts -------------------------------------------------------------------------------------------

/// Both verdicts on every second cut, and a sample of them replayed.
static void recoveries_that_are_cut_again(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, THIN > 1 ? 50 : 29, LAB_DUT_CORE);
    size_t writes = 0, phases = 0, fading = 0, resumed = 0;

    rig->request.every2 = SWEEP_AGAIN_PHASE | SWEEP_AGAIN_NV_WRITE;
    rig->request.proof_every = 1;
    sweep_all(rig);
    sweep_totals_sort(&rig->totals);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        bool write = result->second.kind == LAB_AT_NV_WRITE;
        assert_true(result->fired);
        if (result->differs || result->outcome != LAB_PASS)
            accuse(rig, result);
        resumed += !result->order && result->result == LAB_RESUMED;
        writes += result->order && write;
        phases += result->order && !write;
        fading += write && result->order == 1;
        if (result->order % 17 == 5)
            compare(rig, i);
    }
    assert_true(resumed > 0 && phases > 15 * resumed);
    assert_true(writes > 15 * resumed);
    assert_int_equal(fading, rig->totals.firsts); // the power-fail save comes first
    rig_close(rig);
}

static void the_recovery_from_the_scenarios_own_cut(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_PHASE, 1, LAB_DUT_CORE);
    bool phase[PLR_PHASES] = {false};

    rig->request.every2 = SWEEP_AGAIN_PHASE;
    assert_int_equal(rig->work.list.count, 1);
    assert_int_equal(sweep_part(&rig->work, 0, 1, keep, rig), 0);
    assert_int_equal(rig->totals.firsts, 0);
    assert_true(rig->totals.count > 10);
    for (size_t i = 0; i < rig->totals.count; i++) {
        assert_int_equal(rig->totals.result[i].outcome, LAB_PASS);
        phase[rig->totals.result[i].second.phase] = true;
    }
    assert_true(phase[PLR_PHASE_LIFT] && phase[PLR_PHASE_HOME_Z0] && phase[PLR_PHASE_VERIFY] &&
                phase[PLR_PHASE_RESUME]);
    assert_false(phase[PLR_PHASE_BRAKING] || phase[PLR_PHASE_PRINTING]);
    rig_close(rig);
}

// --- parts -------------------------------------------------------------------------------------------------

static void parts_and_processes_add_up_to_the_same(void **state)
{
    (void)state;
    struct rig *whole = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    struct rig *parts = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    struct rig *jobs = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    size_t count = whole->work.list.count;

    sweep_all(whole);
    for (size_t i = 0; i < 3; i++) // the last first: order does not matter
        assert_int_equal(
            sweep_part(&parts->work, count * (2 - i) / 3, count * (3 - i) / 3, keep, parts), 0);
    jobs->request.jobs = 3;
    assert_int_equal(sweep_jobs(&jobs->work, 0, count, keep, jobs, NULL), 0);
    sweep_totals_sort(&parts->totals);
    sweep_totals_sort(&jobs->totals);
    assert_int_equal(parts->totals.count, count);
    assert_int_equal(jobs->totals.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(same_result(&whole->totals.result[i], &parts->totals.result[i]));
        assert_true(same_result(&whole->totals.result[i], &jobs->totals.result[i]));
    }
    rig_close(whole);
    rig_close(parts);
    rig_close(jobs);
}

/// The second of two processes ends as `work` says: with that exit code, or of that signal.
struct end {
    int code, signal;
};

static int end_badly(const void *work, size_t first, size_t last, jobs_heard *heard, void *ctx)
{
    const struct end *end = work;

    (void)last, (void)heard, (void)ctx;
    if (first == 0)
        return 0;
    if (end->signal)
        raise(end->signal);
    _exit(end->code);
}

static bool hear_nothing(void *ctx, const void *result)
{
    (void)ctx, (void)result;
    return true;
}

static void a_process_that_dies_is_told_of(void **state)
{
    static const struct {
        struct end end;
        const char *said;
        int bad;
    } cases[] = {{{7, 0}, "with exit code 7", -ECHILD},
                 {{0, SIGUSR1}, "died of signal 10 (", -ECHILD},
                 {{0, SIGKILL}, "from outside by signal 9 (", -EIO}, // memory is short
                 {{0, SIGTERM}, "from outside by signal 15 (", -EIO},
                 {{1, 0}, "with exit code 1", -ECHILD},
                 {{ENOMEM, 0}, "", -ENOMEM},
                 {{0, 0}, "", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_error err = {0};
        const struct jobs jobs = {&cases[i].end, end_badly, 8, 2, &err};
        assert_int_equal(jobs_run(&jobs, 0, 2, hear_nothing, NULL), cases[i].bad);
        assert_non_null(strstr(err.message, cases[i].said));
        assert_int_equal(lab_error_set(&err), cases[i].bad == -ECHILD || cases[i].bad == -EIO);
    }
}

static void a_stride_beyond_all_numbers_cuts_once(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_EVENT, INT64_MAX - 1, LAB_DUT_CORE);
    assert_int_equal(rig->work.list.count, 1);
    rig_close(rig);
}

static void every_move_has_its_cut(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    struct lab_population population = {0};
    struct lab_sweep_facts facts = {.every = "move"};

    sweep_all(rig);
    assert_int_equal(rig->work.list.count, rig->run.twin->world.firmware.move_lines);
    assert_int_equal(sweep_totals_sum(&rig->totals, &rig->work, &population, &facts), 0);
    assert_int_equal(facts.never_fired, 0);
    assert_int_equal(facts.cuts, rig->work.list.count);
    assert_int_equal(population.runs, facts.cuts);
    assert_true(facts.unique_states > facts.cuts / 2);
    assert_in_range(facts.marks[PLR_MARK_warms_then_lifts], facts.cuts / 2, facts.cuts);
    assert_int_equal(facts.marks[PLR_MARK_bed_cold], 0);
    assert_true(population.worst[LAB_Z_OFFSET_ERROR].known);
    lab_population_free(&population);
    rig_close(rig);
}

// --- with the full gantry ----------------------------------------------------------------------------------

/// How many cuts are too far apart when this one's measure is.
static int64_t too_far(struct rig *rig, size_t at, enum lab_measure measure, int64_t apart)
{
    struct sweep_result *result = &rig->totals.result[at], kept = *result;
    struct lab_sweep_full sum;

    result->full_known |= 1u << measure;
    result->full_apart[measure] = apart;
    assert_int_equal(sweep_full_sum(&rig->totals, &rig->work, &sum), 0);
    assert_int_equal(sum.apart[measure].value, apart);
    int64_t count = sum.too_far;
    lab_sweep_full_free(&sum);
    *result = kept;
    return count;
}

static void both_gantries_say_the_same(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    const int64_t every = 8 * THIN;
    struct lab_sweep_full sum;
    struct lab_error err = {0};

    rig->request.full_every = every;
    assert_int_equal(sweep_full_open(&rig->work, &err), 0);
    sweep_all(rig);
    sweep_totals_sort(&rig->totals);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        assert_int_equal(result->full, result->fired && result->index % every == 0);
    }
    assert_int_equal(sweep_full_sum(&rig->totals, &rig->work, &sum), 0);
    assert_in_range(sum.cuts, rig->totals.firsts / (size_t)every - 2,
                    rig->totals.firsts / (size_t)every + 1);
    assert_int_equal(sum.otherwise, 0);
    assert_int_equal(sum.too_far, 0);
    assert_true(sum.apart[LAB_OUTAGE_CONTACT].value > 0); // what dynamics are for
    assert_non_null(strstr(sum.apart[LAB_OUTAGE_CONTACT].id, ":m"));
    lab_sweep_full_free(&sum);
    assert_int_equal(too_far(rig, (size_t)every, LAB_Z_OFFSET_ERROR, -2), 0);
    assert_int_equal(too_far(rig, (size_t)every, LAB_Z_OFFSET_ERROR, -3), 1);
    assert_int_equal(too_far(rig, (size_t)every, LAB_GANTRY_TILT, 5), 0); // four microsteps
    assert_int_equal(too_far(rig, (size_t)every, LAB_GANTRY_TILT, 6), 1);
    assert_int_equal(too_far(rig, (size_t)every, LAB_OUTAGE_CONTACT, 600), 0);
    rig_close(rig);
}

static void every_failure_is_made_again(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 5, LAB_DUT_NAIVE);
    struct lab_error err = {0};

    rig->request.full_every = 1000000;
    assert_int_equal(sweep_full_open(&rig->work, &err), 0);
    sweep_all(rig);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        assert_int_equal(result->full,
                         result->fired && (!result->index || result->outcome == LAB_FAIL));
    }
    rig_close(rig);
}

static void the_full_gantry_is_held_against_none(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    struct lab_error err = {0};

    rig->input.scenario.sim.gantry = LAB_FULL;
    rig->request.full_every = 1;
    assert_int_equal(sweep_full_open(&rig->work, &err), -EINVAL);
    assert_null(rig->work.full);
    rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_gantries_say_the_same),
        cmocka_unit_test(every_failure_is_made_again),
        cmocka_unit_test(the_full_gantry_is_held_against_none),
        cmocka_unit_test(the_window_says_what_the_whole_print_says),
        cmocka_unit_test(a_window_speeds_up_as_the_whole_print_does),
        cmocka_unit_test(windows_acquit),
        cmocka_unit_test(each_byte_of_a_state_counts),
        cmocka_unit_test(a_window_knows_other_states),
        cmocka_unit_test(a_window_sees_what_is_hit),
        cmocka_unit_test(a_walk_knows_other_states_at_its_end),
        cmocka_unit_test(what_is_held_goes_on_as_if_it_had_not_been),
        cmocka_unit_test(who_is_not_heard_does_the_same),
        cmocka_unit_test(what_goes_on_in_another_state_fails_with_its_id),
        cmocka_unit_test(a_single_run_sees_another_state_too),
        cmocka_unit_test(a_bad_recovery_is_red),
        cmocka_unit_test(a_coarse_sweep_goes_back_to_the_earliest),
        cmocka_unit_test(nobody_goes_back_below_the_first_place),
        cmocka_unit_test(what_is_alike_is_recovered_once),
        cmocka_unit_test(a_hundred_at_random_replay_the_same),
        cmocka_unit_test(the_curve_tells_how_each_was_judged),
        cmocka_unit_test(recoveries_that_are_cut_again),
        cmocka_unit_test(the_recovery_from_the_scenarios_own_cut),
        cmocka_unit_test(parts_and_processes_add_up_to_the_same),
        cmocka_unit_test(every_move_has_its_cut),
        cmocka_unit_test(a_process_that_dies_is_told_of),
        cmocka_unit_test(a_stride_beyond_all_numbers_cuts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
