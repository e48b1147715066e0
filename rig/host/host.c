// The host from outside: the core's memory opened, jobs followed, prints brought back, and how that stands.
// SPDX-License-Identifier: MIT
#include "rig/host/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig/host/sync.h"

#define IDLE_US 1000000
#define HEAR_US 1000 // an answer may come any time: the link's turn is what waits for it

const char *host_state_name(enum host_state state)
{
    static const char *const name[HOST_STATES] = {"idle",        "printing",   "recovering",
                                                  "calibrating", "calibrated", "refused",
                                                  "nothing",     "lost"};

    return name[state];
}

const struct host_result *host_result(const struct host *host)
{
    return &host->result;
}

// --- coming and going ---------------------------------------------------------------------------------------------

static int store_trouble(const struct host *host, int bad, struct lab_error *err)
{
    const struct store_fault *fault = &host->store.fault;
    const char *why = bad == PLR_EBADMSG ? "this is no memory of a recovery"
                      : bad == PLR_EBUSY ? "somebody else has it open"
                                         : strerror(-bad);

    lab_error_at_file(err, host->config.store, "%s%s%s", fault->call ? fault->call : "",
                      fault->call ? ": " : "", why);
    return bad;
}

static int datasync(int fd)
{
    return fdatasync(fd) ? -errno : 0;
}

static int sync_all(int fd)
{
    return fsync(fd) ? -errno : 0;
}

/// An SD card may take a second and more.
static void meanwhile(void *ctx, int fd)
{
    struct host *host = ctx;

    lines_pass(host->lines, fd);
}

static int data_synced(void *ctx, int fd)
{
    return host_sync(datasync, fd, meanwhile, ctx);
}

static int all_synced(void *ctx, int fd)
{
    return host_sync(sync_all, fd, meanwhile, ctx);
}

int host_open(struct host **out, const struct host_config *config, struct lines *lines,
              struct link *link, struct lab_error *err)
{
    struct host *host = calloc(1, sizeof *host);

    *out = NULL;
    if (!host) {
        lab_error_at_file(err, NULL, "no memory for the core");
        return -ENOMEM;
    }
    host->config = *config;
    host->lines = lines;
    host->link = link;
    host->result.touch_nm = config->step_nm;
    host->result.reason = PLR_REASON_NONE;
    int bad = plr_init(&host->plr, &config->plr);
    if (bad) {
        lab_error_at_file(err, NULL, "the options of the core do not fit together");
        free(host);
        return bad;
    }
    host->os = store_posix;
    host->os.fdatasync = data_synced;
    host->os.fsync = all_synced;
    bad = store_open(&host->store, config->store, NULL, &host->os, host);
    if (!bad) {
        bad = plr_boot(&host->plr, &host->store.geometry, &host_port, host);
        if (bad)
            store_close(&host->store);
    }
    if (bad) {
        bad = store_trouble(host, bad, err);
        free(host);
        return bad;
    }
    *out = host;
    return 0;
}

void host_close(struct host *host)
{
    if (!host)
        return;
    store_close(&host->store);
    free(host);
}

// --- what it ends in ----------------------------------------------------------------------------------------------

static void enter(struct host *host, enum host_state state)
{
    host->result.state = state;
    host->due_us = 0;
}

/// Said by us, or by the printer before.
static void because(struct host *host, const char *why)
{
    char words[HOST_WHY];

    snprintf(words, sizeof words, "%s", host->result.why);
    snprintf(host->result.why, sizeof host->result.why, words[0] ? "%.140s: %.140s" : "%.140s", why,
             words);
}

/// This computer's own file is no part of what is tried out.
static void memory_fails(struct host *host)
{
    const char *call = host->store.fault.call;

    snprintf(host->result.why, sizeof host->result.why, "%.200s: %s%s", host->config.store,
             call ? call : "", call ? " failed" : "the memory fails");
    enter(host, HOST_LOST);
}

static void refused(struct host *host)
{
    if (host->plr.reason == PLR_REASON_MEMORY || host->store.fault.count != host->faults) {
        memory_fails(host);
        return;
    }
    host->result.reason = host->plr.reason;
    because(host, plr_reason_text(host->plr.reason));
    enter(host, HOST_REFUSED);
}

static void gone(struct host *host)
{
    const char *why = link_status(host->link)->why;

    host->lost = true;
    if (!host->result.why[0])
        snprintf(host->result.why, sizeof host->result.why, "%s",
                 why[0] ? why : "the printer is gone");
    enter(host, HOST_LOST);
}

// --- beginning ----------------------------------------------------------------------------------------------------

/// Nothing is under way any more.
static void forget(struct host *host)
{
    memset(&host->talk, 0, sizeof host->talk);
    host->z.active = false;
    host->adopt_us = 0;
    host->faults = host->store.fault.count;
    host->error = 0;
    host->lost = host->running = false;
    host->result.why[0] = '\0';
    host->result.reason = PLR_REASON_NONE;
}

int host_print(struct host *host)
{
    struct plr_modal begin;
    uint64_t next;

    forget(host);
    host->result.resumed = false;
    // a core that was at something else knows nothing of that any more
    int bad = plr_boot(&host->plr, &host->store.geometry, &host_port, host);
    if (!bad)
        bad = plr_job_begin(&host->plr, &host_port, host);
    if (bad)
        return bad;
    plr_modal_init(&begin);
    host_place_begin(host, &begin, 0, 0);
    plr_line(&host->plr, 0, host->config.job->data, lab_job_line(host->config.job, 0, &next));
    host->since_us = lines_now_us();
    host->placed_us = LINK_UNKNOWN;
    host->printed = false;
    enter(host, HOST_PRINTING);
    return 0;
}

void host_console(struct host *host, const char *line)
{
    if (host->result.state != HOST_PRINTING)
        return;
    plr_console(&host->plr, line, strlen(line));
    host->due_us = 0; // what it set is stored soon
}

void host_dark(struct host *host)
{
    forget(host);
    enter(host, HOST_IDLE);
}

static bool can_probe(struct host *host)
{
    if (link_abilities(host->link) & LINK_CAN_ONE_Z)
        return true;
    snprintf(host->result.why, sizeof host->result.why,
             "this printer moves no Z motor alone through its link: its switches can be neither "
             "calibrated nor levelled by");
    enter(host, HOST_REFUSED);
    return false;
}

/// What a command to the core came to at once. True: it goes on.
static bool began(struct host *host, int bad, enum host_state state)
{
    if (host->lost || bad == PLR_EPOWER) {
        gone(host);
    } else if (host->plr.result == PLR_RESULT_REFUSED) {
        refused(host);
    } else if (bad) {
        because(host, plr_strerror(bad));
        enter(host, HOST_REFUSED);
    } else {
        enter(host, state);
        return true;
    }
    return false;
}

void host_recover(struct host *host)
{
    char command[96];

    forget(host);
    host->result.resumed = false;
    if (!can_probe(host))
        return;
    int bad = plr_boot(&host->plr, &host->store.geometry, &host_port, host);
    if (bad) {
        memory_fails(host);
        return;
    }
    if (host->plr.phase != PLR_PHASE_CONSENT) {
        host->result.reason = host->plr.reason;
        because(host, plr_reason_text(host->plr.reason));
        enter(host, HOST_NOTHING);
        return;
    }
    snprintf(command, sizeof command, "PLR_RESUME_PRINT%s%s",
             host->config.consent[0] ? " CONSENT=" : "", host->config.consent);
    bad = plr_command(&host->plr, &host_port, host, command, strlen(command));
    (void)began(host, bad, HOST_RECOVERING);
}

void host_calibrate(struct host *host)
{
    static const char command[] = "PLR_Z_HOME MODE=CALIBRATE";

    forget(host);
    if (!can_probe(host))
        return;
    // the core looks into its memory as after power-on: what a job of before left there is kept, and a calibration moves in any case
    if (plr_boot(&host->plr, &host->store.geometry, &host_port, host)) {
        memory_fails(host);
        return;
    }
    host->plr.phase = PLR_PHASE_IDLE;
    int bad = plr_command(&host->plr, &host_port, host, command, sizeof command - 1);
    (void)began(host, bad, HOST_CALIBRATING);
}

// --- turning ------------------------------------------------------------------------------------------------------

static bool link_gone(const struct host *host)
{
    enum link_state state = link_status(host->link)->state;
    return state == LINK_LOST || state == LINK_STARTING;
}

/// Let the core do what is due.
static int64_t poll(struct host *host)
{
    int64_t now = lines_now_us();

    if (now < host->due_us)
        return host->due_us - now;
    int64_t wait = plr_poll(&host->plr, &host_port, host);
    host->due_us = wait < 0 ? 0 : now + wait;
    return wait;
}

static void work(struct host *host)
{
    host_work(host);
    if (!host_busy(host))
        host->due_us = 0; // what the core waits for is done
}

/// A layer begins: what says so is written at once. Where its first line was passed unheard, a whole state does.
static void mark(struct host *host)
{
    static const char command[] = "PLR_SAVE_PRINT_STATE";
    struct plr *plr = &host->plr;

    if (plr->layer_begun && plr->laying && !plr->save_wanted)
        (void)plr_command(plr, &host_port, host, command, sizeof command - 1);
    if (plr->save_wanted || plr_layer_due(plr))
        host->due_us = 0;
}

/// Record the job that runs.
static int64_t record(struct host *host)
{
    if (link_gone(host) || host->lost)
        return IDLE_US;
    if (host->running) { // M24 is on its way: nothing told before it belongs to the job
        work(host);
        host->running = host->talk.size || host->talk.asked;
        host->since_us = lines_now_us();
        host->placed_us = LINK_UNKNOWN;
        return host->running ? HEAR_US : 0;
    }
    enum link_state state = link_status(host->link)->state;
    host->printed |= state == LINK_PRINTING;
    if (host->printed && state == LINK_DONE) {
        (void)plr_job_end(&host->plr, &host_port, host);
        enter(host, HOST_IDLE);
        return IDLE_US;
    }
    host_place_follow(host);
    host_place_expect(host);
    mark(host);
    int64_t wait = poll(host);
    return wait < 0 ? IDLE_US : wait;
}

/// The line in which the job goes on begins again, as far as the core is concerned.
static void tell_running_line(struct host *host)
{
    uint64_t next;

    if (host->place.at < host->config.job->size)
        plr_line(&host->plr, host->place.at, host->config.job->data + host->place.at,
                 lab_job_line(host->config.job, host->place.at, &next));
}

/// Did what was under way end?
static void conclude(struct host *host)
{
    const struct plr *plr = &host->plr;
    bool calibrates = host->result.state == HOST_CALIBRATING;

    if (host->lost || plr->dead) {
        gone(host);
    } else if (plr->result == PLR_RESULT_REFUSED) {
        refused(host);
    } else if (!calibrates && plr->phase == PLR_PHASE_PRINTING) {
        tell_running_line(host);
        host->result.resumed = true;
        host->printed = false;
        enter(host, HOST_PRINTING);
    } else if (calibrates && plr->result == PLR_RESULT_CALIBRATED) {
        enter(host, HOST_CALIBRATED);
    }
}

/// Bring the print back, or calibrate.
static int64_t recover(struct host *host)
{
    if (link_gone(host)) {
        gone(host);
        return IDLE_US;
    }
    work(host);
    int64_t wait = poll(host);
    conclude(host);
    return wait < 0 || (host_busy(host) && wait > HEAR_US) ? HEAR_US : wait;
}

static void note(struct host *host)
{
    host->result.phase = host->plr.phase;
    host->result.place = host->place.at;
    host->result.place_ppm = host->place.ppm;
    host->result.saves = host->plr.saves;
}

int64_t host_turn(struct host *host)
{
    enum host_state state = host->result.state;
    int64_t wait = IDLE_US;

    if (state == HOST_PRINTING)
        wait = record(host);
    else if (state == HOST_RECOVERING || state == HOST_CALIBRATING)
        wait = recover(host);
    else if (state == HOST_REFUSED && !host->lost && !link_gone(host))
        work(host); // what a refusal still says: heaters off
    note(host);
    return wait;
}
