// How fast the parts of the simulator are on this computer: rows of the Markdown table that ci/bench prints. Judges nothing.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/plr/journal/journal.h"
#include "sim/run/run.h"

enum { ROUNDS = 7, COMMITS = 20000, COPIES = 2000 };

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "plr-bench: %s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/// Median of a few figures; sorts them.
static double median(double *figure, size_t count)
{
    qsort(figure, count, sizeof *figure, by_size);
    return figure[count / 2];
}

/// 1234567.8 as "1,234,567".
static const char *grouped(double value)
{
    static char text[32];
    char plain[24];
    int digits = snprintf(plain, sizeof plain, "%.0f", value), at = 0;

    for (int i = 0; i < digits; i++) {
        if (i > 0 && (digits - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = plain[i];
    }
    text[at] = '\0';
    return text;
}

static void row(const char *what, double value, const char *unit, const char *beside)
{
    printf("| %s | %s %s | %s |\n", what, grouped(value), unit, beside);
}

// --- G-code ------------------------------------------------------------------------------------------------

/// Lexer alone, or lexer and modal state over the whole job. Returns the lines with motion (0 for the lexer alone).
static int64_t read_job(const struct lab_job *job, bool modal_too)
{
    struct plr_modal modal;
    struct plr_gcode_line line;
    struct plr_action action;
    int64_t moves = 0;

    plr_modal_init(&modal);
    for (uint64_t at = 0, next; at < job->size; at = next) {
        size_t len = lab_job_line(job, at, &next);
        int bad = plr_gcode_lex(job->data + at, len, &line);
        if (!bad && modal_too && !plr_modal_apply(&modal, &line, &action))
            moves += action.kind == PLR_ACT_MOVE || action.kind == PLR_ACT_ARC;
    }
    return moves;
}

/// Lexer, modal state, feeder and planner as the simulated firmware uses them, without time. Returns the planned duration, s.
static double plan_job(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    struct sim_block block;
    double seconds = 0.0;

    firmware_job_begin(sim);
    for (;;) {
        firmware_feed(sim);
        if (planner_pop(&fw->planner, &block)) {
            seconds += block_duration(&block);
        } else if (fw->barrier.set) { // what stands in the way of the queue takes no time here
            planner_stop(&fw->planner);
            fw->barrier.set = false;
        } else if (fw->feed_at >= sim->job_now.size) {
            return seconds;
        }
    }
}

static void bench_gcode(struct sim *sim)
{
    double lex[ROUNDS], modal[ROUNDS], plan[ROUNDS], planned = 0.0;
    const struct lab_job *job = &sim->job;
    int64_t moves = read_job(job, true);
    char beside[160];

    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_s();
        read_job(job, false);
        lex[i] = (double)job->lines / (now_s() - begin);
        begin = now_s();
        read_job(job, true);
        modal[i] = (double)moves / (now_s() - begin);
        begin = now_s();
        planned = plan_job(sim);
        plan[i] = (double)moves / (now_s() - begin);
    }
    snprintf(beside, sizeof beside, "%" PRId64 " lines of %s", job->lines, job->name);
    row("lexer", median(lex, ROUNDS), "lines/s", beside);
    snprintf(beside, sizeof beside, "%" PRId64 " moves", moves);
    row("lexer and modal state", median(modal, ROUNDS), "moves/s", beside);
    snprintf(beside, sizeof beside,
             "aim 1,000,000; quoted for Klipper's batch mode: 27,000 to 36,500; %.0f min of motion "
             "planned",
             planned / 60.0);
    row("lexer, modal state, planner", median(plan, ROUNDS), "moves/s", beside);
}

// --- whole print ---------------------------------------------------------------------------------------------

static int bench_print(const struct lab_input *input)
{
    double factor[ROUNDS];
    char beside[160] = "";

    for (int i = 0; i < ROUNDS; i++) {
        struct sim *sim = calloc(1, sizeof *sim);
        if (!sim)
            return -1;
        double begin = now_s();
        int bad = sim_open(sim, &input->scenario, input->material, &input->job,
                           input->scenario.seed, true);
        if (!bad)
            bad = sim_run(sim);
        double wall = now_s() - begin, seconds = (double)sim->truth.on_us * 1e-6;
        factor[i] = seconds / wall;
        snprintf(
            beside, sizeof beside, "aim 10,000; %d layers, %" PRId64 " moves, %.0f min in %.0f ms",
            (int)input->job.layers, sim->world.firmware.move_lines, seconds / 60.0, wall * 1e3);
        sim_close(sim);
        free(sim);
        if (bad)
            return bad;
    }
    row("whole print, one world (twin)", median(factor, ROUNDS), "times real time", beside);
    return 0;
}

static void bench_copy(const struct sim *sim)
{
    static struct world copy[2];
    double took[ROUNDS];
    char beside[96];

    copy[0] = sim->world;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_s();
        for (int n = 0; n < COPIES; n++) {
            memcpy(&copy[(n + 1) & 1], &copy[n & 1], sizeof copy[0]);
            copy[n & 1].events++; // so that no copy can be left out
        }
        took[i] = (now_s() - begin) / (double)COPIES * 1e9;
    }
    snprintf(beside, sizeof beside, "`struct world` %zu bytes; aim at most 262,144",
             sizeof copy[0]);
    row("copy of a world", median(took, ROUNDS), "ns", beside);
}

// --- memory device ---------------------------------------------------------------------------------------------

static int dev_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    nv_read(ctx, block, offset, buffer, size);
    return 0;
}

static int dev_prog(void *ctx, uint32_t block, uint32_t offset, const void *data, uint32_t size)
{
    nv_prog(ctx, block, offset, data, size);
    return 0;
}

static int dev_erase(void *ctx, uint32_t block)
{
    nv_erase(ctx, block);
    return 0;
}

static int dev_sync(void *ctx)
{
    (void)ctx;
    return 0;
}

static int bench_journal(void)
{
    static struct nv_device device;
    static const struct plr_nv nv = {dev_read, dev_prog, dev_erase, dev_sync};
    static uint8_t payload[PLR_RECORD_MAX];
    struct plr_journal journal;
    double commits[ROUNDS], mounts[ROUNDS];
    int bad = nv_init(&device, LAB_NV_FRAM, 0);

    for (int i = 0; i < ROUNDS && !bad; i++) {
        double begin = now_s();
        bad = plr_journal_mount(&journal, &device.geometry, &nv, &device);
        mounts[i] = (now_s() - begin) * 1e6;
        begin = now_s();
        for (uint32_t n = 0; n < COMMITS && !bad; n++) {
            payload[n % PLR_RECORD_MAX]++;
            int done =
                plr_journal_append(&journal, &nv, &device, PLR_RECORD_JOB, payload, sizeof payload);
            bad = done < 0 ? done : 0;
        }
        commits[i] = (double)COMMITS / (now_s() - begin);
    }
    if (bad)
        return bad;
    char beside[96];
    snprintf(beside, sizeof beside, "%u bytes each, read back; FRAM of %u blocks, no device time",
             (unsigned)PLR_RECORD_MAX, (unsigned)device.geometry.block_count);
    row("journal commits", median(commits, ROUNDS), "/s", beside);
    row("journal mount", median(mounts, ROUNDS), "us", "all blocks full of records");
    return 0;
}

// ---------------------------------------------------------------------------------------------------------------

static int bench(const char *path)
{
    static struct lab_input input;
    struct lab_error err = {0};
    struct sim *sim = calloc(1, sizeof *sim);
    int bad = sim ? run_load(&input, path, NULL, NULL, 0, NULL, &err) : -1;

    if (!bad) {
        bad = sim_open(sim, &input.scenario, input.material, &input.job, input.scenario.seed, true);
        if (!bad) {
            bench_gcode(sim);
            bench_copy(sim);
            bad = bench_print(&input);
        }
        sim_close(sim);
        lab_input_close(&input);
    }
    free(sim);
    return bad ? bad : bench_journal();
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: plr-bench SCENARIO\n  Prints rows of a Markdown table; ci/bench "
                        "prints the whole.\n");
        return 2;
    }
    int bad = bench(argv[1]);
    if (bad)
        fprintf(stderr, "plr-bench: %s: failed with %d; plr-sim tells more\n", argv[1], bad);
    return bad ? 3 : 0;
}
