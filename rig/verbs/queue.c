// plr-rig run --repeat: a queue of runs, unattended, that goes on after whatever interrupted it.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/input/input.h"
#include "rig/run/lock.h"
#include "rig/run/queue.h"
#include "rig/verbs/verbs.h"

enum { PATH = 512 };

/// A queue at work.
struct working {
    const struct rig_options *options;
    struct bench bench; ///< as it is when the queue begins: whose lines are held
    struct run_queue queue;
    struct lab_input input; ///< the first run's: places vary in its job
    char state[PATH];
    struct run_lock lock; ///< of the bench, from the first run to the last
    int own;              ///< and of the state's file, where that was named; -1 none
};

static int usage(const char *text)
{
    fprintf(stderr, "plr-rig: %s\nTry 'plr-rig run --help'.\n", text);
    return LAB_EXIT_USAGE;
}

/// "out.json" of the third run is "out.3.json".
static const char *numbered(const char *path, int64_t number, char out[PATH])
{
    const char *dot = path ? strrchr(path, '.') : NULL, *slash = path ? strrchr(path, '/') : NULL;
    size_t stem = dot && (!slash || dot > slash + 1) ? (size_t)(dot - path)
                  : path                             ? strlen(path)
                                                     : 0;

    if (path)
        snprintf(out, PATH, "%.*s.%" PRId64 "%s", (int)stem, path, number, path + stem);
    return path ? out : NULL;
}

static int run_one(struct working *working, int64_t n)
{
    const struct lab_cli *cli = &working->options->cli;
    struct rig_options one = *working->options;
    char place[80], json[PATH], junit[PATH], html[PATH], trace[PATH], vcd[PATH];
    const char **sets = calloc(cli->sets + 1, sizeof *sets);

    if (!sets)
        return LAB_EXIT_INFRA;
    if (cli->sets)
        memcpy(sets, cli->set, cli->sets * sizeof *sets);
    one.cli.set = sets;
    if (one.vary) {
        snprintf(place, sizeof place, "power[0].at={file: %" PRId64 "B}",
                 run_queue_place(&working->input.job, n));
        sets[one.cli.sets++] = place;
    }
    one.number = n + 1;
    one.cli.json = numbered(cli->json, n + 1, json);
    one.cli.junit = numbered(cli->junit, n + 1, junit);
    one.cli.html = numbered(cli->html, n + 1, html);
    one.trace = numbered(one.trace, n + 1, trace);
    one.vcd = numbered(one.vcd, n + 1, vcd);
    int code = rig_run_once(&one, &working->queue);
    free(sets);
    return code;
}

// --- one after the other ------------------------------------------------------------------------------------------

/// Did the run give a verdict? Everything else ends a queue: somebody has to look.
static bool is_verdict(int code)
{
    return code == LAB_EXIT_PASS || code == LAB_EXIT_FAIL || code == LAB_EXIT_LIVENESS;
}

static bool enough(const struct working *working)
{
    int64_t most = working->options->cli.stop_after;

    return most && working->queue.failed >= most;
}

static int keep(struct working *working)
{
    int bad = run_queue_save(&working->queue, working->state);

    if (bad)
        (void)verb_tell(stderr, "plr-rig: %s: the queue cannot be kept: %s\n", working->state,
                        strerror(-bad));
    return bad ? LAB_EXIT_INFRA : 0;
}

static void tell_spread(const char *what, const struct run_spread *spread)
{
    int64_t mean_us = spread->count ? spread->sum_us / spread->count : 0;

    if (spread->count)
        printf("%" PRId64 " cuts, %s: %" PRId64 " to %" PRId64 " us, %" PRId64 " on average\n",
               spread->count, what, spread->min_us, spread->max_us, mean_us);
}

static int work(struct working *working)
{
    struct run_queue *queue = &working->queue;

    while (queue->done < queue->repeat && !enough(working)) {
        if (!working->options->cli.quiet)
            (void)verb_tell(stderr, "run %" PRId64 " of %" PRId64 "\n", queue->done + 1,
                            queue->repeat);
        int code = run_one(working, queue->done);
        if (!is_verdict(code))
            return code;
        queue->done++;
        *(code == LAB_EXIT_PASS ? &queue->passed : &queue->failed) += 1;
        code = keep(working);
        if (code || rig_interrupted())
            return code ? code : LAB_EXIT_INTERRUPTED;
    }
    printf("%" PRId64 " of %" PRId64 " runs: %" PRId64 " passed, %" PRId64 " failed\n", queue->done,
           queue->repeat, queue->passed, queue->failed);
    tell_spread("from the command to the relay's line", &queue->line);
    tell_spread("from there to the read-back", &queue->sense);
    return queue->failed ? LAB_EXIT_FAIL : LAB_EXIT_PASS;
}

// --- beginning ----------------------------------------------------------------------------------------------------

static int check(const struct rig_options *options)
{
    const struct lab_cli *cli = &options->cli;
    const char *const each[] = {cli->json, cli->junit, cli->html, options->trace, options->vcd};

    if (options->vary && strcmp(options->vary, "at") != 0)
        return usage("--vary wants at");
    for (size_t n = 0; n < sizeof each / sizeof *each; n++)
        if (each[n] && !strcmp(each[n], "-"))
            return usage("a queue writes for each run: --json, --junit, --html, --trace and --vcd "
                         "want a file");
    return options->arm ? 0 : usage("a queue is for real: --repeat goes with --arm");
}

/// Nothing would be run, and that is neither a pass nor a failure.
static int over(const struct working *working)
{
    const struct run_queue *queue = &working->queue;

    fprintf(stderr,
            "plr-rig: this queue is over: %" PRId64 " of %" PRId64 " runs, %" PRId64
            " passed, %" PRId64 " failed. To begin another one remove %s or name another file with "
            "--state; to go on raise %s\n",
            queue->done, queue->repeat, queue->passed, queue->failed, working->state,
            queue->done < queue->repeat ? "--stop-after" : "--repeat");
    return LAB_EXIT_USAGE;
}

static int begin(struct working *working)
{
    const struct rig_options *options = working->options;
    const struct lab_cli *cli = &options->cli;
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES], id[LAB_ID_BYTES];
    struct lab_error err = {0};

    int bad = lab_input_open(&working->input, cli->operand[0], cli->root, cli->set, cli->sets, NULL,
                             &err);
    if (bad)
        return rig_complain(&err, bad == -ENOMEM ? LAB_EXIT_INFRA : LAB_EXIT_USAGE);
    if (rig_reads_stay(&working->bench, &working->input.scenario, "--state", cli->state, &err))
        return rig_complain(&err, LAB_EXIT_USAGE);
    if (options->vary && !working->input.scenario.power_count)
        return usage("nothing is cut in this scenario: there is nothing to --vary");
    memcpy(cut, working->input.cut, sizeof cut);
    bad = lab_input_id(&working->input, working->input.scenario.seed, cut, working->input.cuts, id);
    if (bad)
        return usage("these overrides do not fit into a run ID");
    snprintf(working->queue.what, RUN_QUEUE_WHAT, "%.480s%s", id,
             options->vary ? " at varies" : "");
    working->queue.repeat = options->repeat;
    snprintf(working->state, PATH, cli->state ? "%.500s" : "%.490s.queue",
             cli->state ? cli->state : working->bench.path);
    return 0;
}

/// Nobody comes between its runs: neither to the bench nor to how far it is.
static int hold(struct working *working)
{
    struct lab_error err = {0};
    const struct rig_options *options = working->options;
    int bad = run_lock(&working->lock, &working->bench, "a queue of runs", &err);

    if (!bad && options->cli.state) {
        working->own = run_lock_file(working->state, "queue", "a queue of runs", &err);
        bad = working->own < 0 ? working->own : 0;
    }
    if (bad)
        return rig_complain(&err, rig_exit(bad));
    bad = run_queue_open(&working->queue, working->state, &err);
    if (bad)
        return rig_complain(&err, LAB_EXIT_USAGE);
    return working->queue.done >= working->queue.repeat || enough(working) ? over(working) : 0;
}

static void let_go(struct working *working)
{
    if (working->own >= 0)
        close(working->own);
    run_unlock(&working->lock);
}

int rig_run_queue(const struct rig_options *options)
{
    struct working *working = calloc(1, sizeof *working);
    int code = working ? check(options) : LAB_EXIT_INFRA;

    if (!code) {
        working->options = options;
        working->own = working->lock.file = -1;
        code = rig_load(options, &working->bench);
    }
    if (!code) {
        code = begin(working);
        code = code ? code : hold(working);
        code = code ? code : work(working);
        let_go(working);
        lab_input_close(&working->input);
    }
    free(working);
    return code;
}
