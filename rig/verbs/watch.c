// plr-rig watch: what the inputs say and what the printer tells, live. No relay is touched.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/lab/doc/units.h"
#include "rig/run/lock.h"
#include "rig/run/run.h"

enum { LOOK_US = 250000 };

/// What is looked at.
struct watching {
    struct bench bench;
    struct gpio *gpio; ///< NULL: the bench has no senses
    struct link *link; ///< NULL: no link
    bool terminal;
    bool said[BENCH_SENSES];
    struct run_lock lock;
    enum link_state state;
    int64_t begun_us;
};

// --- opening ------------------------------------------------------------------------------------------------------

/// The senses as inputs, nothing else of the bench.
static int open_senses(struct watching *w, struct lab_error *err)
{
    struct gpio_want want[BENCH_SENSES] = {{.on = false}};
    const struct bench *bench = &w->bench;
    char why[200] = "";
    size_t culprit = 0;
    int bad = 0;

    for (int32_t i = 0; i < bench->senses && !bad; i++) {
        const struct bench_line *line = &bench->sense[i].line;
        want[i].active_low = line->active_low;
        want[i].bias = (enum gpio_bias)line->bias;
        culprit = (size_t)i;
        bad = gpio_find(line->address, &want[i].place, why, sizeof why);
    }
    if (!bad && bench->senses)
        bad = gpio_open(&w->gpio, "plr-rig watch", want, (size_t)bench->senses, &culprit);
    if (bad)
        lab_error_at_file(err, bench->path, "line %s: %s", bench->sense[culprit].line.address,
                          bad == -EBUSY ? "another program holds it"
                          : why[0]      ? why
                                        : strerror(-bad));
    return bad;
}

/// The kernel shows nobody a line that another one holds; but Klipper and Moonraker talk with several. Returns 0 when that is left.
static int look_beside(struct watching *w, struct lab_error *err)
{
    bool many = w->bench.link.kind == BENCH_KLIPPER || w->bench.link.kind == BENCH_MOONRAKER;
    struct lab_error owner = {0};

    if (run_lock_owner(w->bench.path, &owner))
        *err = owner;
    if (!many)
        return -EBUSY;
    (void)rig_complain(err, 0);
    (void)verb_tell(stderr, "plr-rig: its lines are not seen here: only what the printer tells\n");
    lab_error_clear(err);
    w->bench.senses = 0;
    return 0;
}

static int open_all(struct watching *w, struct lab_error *err)
{
    int bad = run_lock_lines(&w->lock, &w->bench, err);

    bad = bad ? bad : open_senses(w, err);
    if (bad == -EBUSY)
        bad = look_beside(w, err);
    if (!bad && w->bench.link.kind != BENCH_LINK_NONE)
        bad = run_link_open(&w->link, &w->bench, err);
    return bad;
}

// --- telling ------------------------------------------------------------------------------------------------------

static void degrees(FILE *out, const char *name, const struct link_heater *heater)
{
    if (heater->now_mc == LINK_NO_TEMPERATURE)
        return;
    fprintf(out, "  %s %d.%d", name, (int)(heater->now_mc / 1000),
            (int)(heater->now_mc % 1000 / 100));
    if (heater->target_mc != LINK_NO_TEMPERATURE)
        fprintf(out, "/%d", (int)(heater->target_mc / 1000));
    fputs(" C", out);
}

/// One line of what the printer tells; what it does not tell is left out.
static void printer_line(FILE *out, const struct link_status *status)
{
    fprintf(out, "printer      %s", link_state_name(status->state));
    if (status->why[0])
        fprintf(out, ": %s", status->why);
    if (status->file_at != LINK_UNKNOWN && status->file_size != LINK_UNKNOWN)
        fprintf(out, "  byte %" PRId64 " of %" PRId64, status->file_at, status->file_size);
    if (status->layer >= 0)
        fprintf(out, "  layer %" PRId32, status->layer);
    if (status->at_nm[2] != LINK_UNKNOWN)
        fprintf(out, "  z %" PRId64 " um", status->at_nm[2] / 1000);
    degrees(out, "nozzle", &status->nozzle);
    degrees(out, "bed", &status->bed);
    degrees(out, "chamber", &status->chamber);
    for (int32_t i = 0; i < status->others; i++)
        degrees(out, status->other[i].name, &status->other[i].heat);
    fputc('\n', out);
}

static void sense_line(FILE *out, const struct bench_sense *sense, bool on)
{
    fprintf(out, "%-12s %s\n", sense->name, rig_sense_says(sense, on));
}

/// All of it, over what was there before.
static void redraw(const struct watching *w, FILE *out)
{
    fprintf(out, "\033[H\033[J%s\n\n", w->bench.about);
    for (int32_t i = 0; i < w->bench.senses; i++)
        sense_line(out, &w->bench.sense[i], w->said[i]);
    if (w->link)
        printer_line(out, link_status(w->link));
}

enum { ALL = BENCH_SENSES };

/// A line for a change of a sense, BENCH_NONE of the printer; or ALL.
static void tell(const struct watching *w, int32_t what)
{
    char text[2048] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    int64_t ms = (lines_now_us() - w->begun_us) / 1000;

    if (!out)
        return;
    if (what != ALL)
        fprintf(out, "%8" PRId64 ".%03d s  ", ms / 1000, (int)(ms % 1000));
    if (what == ALL)
        redraw(w, out);
    else if (what == BENCH_NONE)
        printer_line(out, link_status(w->link));
    else
        sense_line(out, &w->bench.sense[what], w->said[what]);
    fclose(out);
    (void)verb_tell(stdout, "%s", text); // who does not read it holds nothing up
}

// --- looking ------------------------------------------------------------------------------------------------------

static int look(struct watching *w, bool first)
{
    for (int32_t i = 0; i < w->bench.senses; i++) {
        int on = gpio_get(w->gpio, (size_t)i);
        if (on < 0)
            return on;
        bool news = first || on != w->said[i];
        w->said[i] = on;
        if (news && !w->terminal)
            tell(w, i);
    }
    if (w->link && (first || link_status(w->link)->state != w->state)) {
        w->state = link_status(w->link)->state;
        if (!w->terminal)
            tell(w, BENCH_NONE);
    }
    if (w->terminal)
        tell(w, ALL);
    return 0;
}

/// Let time pass, with the printer listened to where there is one.
static int pass(struct watching *w)
{
    int64_t until = lines_now_us() + LOOK_US;
    int heard = 0;

    while (heard >= 0 && lines_now_us() < until && !rig_interrupted()) {
        if (w->link)
            heard = link_turn(w->link, until);
        else
            nanosleep(&(struct timespec){0, LOOK_US * 1000L}, NULL);
    }
    return heard < 0 ? heard : 0;
}

static int watch(struct watching *w, int64_t for_us)
{
    int bad = look(w, true);

    while (!bad && !rig_interrupted() && lines_now_us() - w->begun_us < for_us) {
        bad = pass(w);
        bad = bad ? bad : look(w, false);
    }
    if (bad)
        (void)verb_tell(stderr, "plr-rig: %s\n", strerror(-bad));
    return bad ? LAB_EXIT_INFRA : rig_interrupted() ? LAB_EXIT_INTERRUPTED : LAB_EXIT_PASS;
}

int rig_watch(const struct rig_options *options)
{
    static struct watching w;
    struct lab_error err = {0};
    int64_t for_us = INT64_MAX;
    int code = rig_load(options, &w.bench);

    if (!code && options->hold &&
        (lab_quantity_parse(options->hold, LAB_TIME, &for_us, NULL) || for_us <= 0)) {
        fprintf(stderr, "plr-rig: --for wants a time like 10s, not %s\n", options->hold);
        code = LAB_EXIT_USAGE;
    }
    if (code)
        return code;
    (void)rig_interrupted();
    w.begun_us = lines_now_us();
    w.terminal = isatty(STDOUT_FILENO);
    int bad = open_all(&w, &err);
    code = bad ? rig_complain(&err, rig_exit(bad)) : watch(&w, for_us);
    link_close(w.link);
    gpio_close(w.gpio);
    run_unlock(&w.lock);
    return code;
}
