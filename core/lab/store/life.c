// A short life of a store, told to whoever wants to crash it or to let calls fail in it.
// SPDX-License-Identifier: MIT
#include "core/lab/store/life.h"

#include <stdio.h>
#include <string.h>

enum {
    BEHIND = 12,    // calls behind one that went wrong at which the power may go
    BEHIND_READ = 6 // the same, behind a read
};

// --- a life -----------------------------------------------------------------------------------------------------------

/// One attempt to do a step again is a daemon's: it was started anew, and says what it was told.
static bool opened(struct crash *crash, struct bench *bench, bool forgiving)
{
    char text[CRASH_TEXT] = "";
    int error = bench_open(bench);

    if (error && forgiving)
        error = bench_open(bench);
    if (error)
        return crash_fail(crash, "opening: %d", error);
    return bench_holds(bench, true, text) || crash_fail(crash, "after opening: %s", text);
}

static bool append_some(struct crash *crash, struct bench *bench, uint32_t *id, uint32_t count,
                        bool forgiving)
{
    char text[CRASH_TEXT] = "";

    for (uint32_t i = 0; i < count; i++) {
        int done = bench_append(bench, (*id)++);
        if (done <= 0 && !forgiving)
            return crash_fail(crash, "append: %d", done);
        if (!bench_holds(bench, false, text))
            return crash_fail(crash, "after an append: %s", text);
    }
    return true;
}

/// What a printer does when its supply falls: two records into room that was kept, without waiting for an erase.
static bool power_fails(struct crash *crash, struct bench *bench, uint32_t *id, bool forgiving)
{
    int error = plr_journal_reserve(&bench->journal, &store_nv, &bench->store, 2, 381);
    uint32_t erased = bench->journal.erased;

    bench->faults += bench->store.fault.count;
    bench->store.fault.count = 0;
    if (error && !forgiving)
        return crash_fail(crash, "reserve: %d", error);
    for (int i = 0; i < 2; i++) {
        *id += 8 - (*id + 5) % 8; // 3 of 8 is a power-fail record
        if (!append_some(crash, bench, id, 1, forgiving))
            return false;
    }
    return forgiving || bench->journal.erased == erased ||
           crash_fail(crash, "a power-fail record waited for an erase");
}

static bool reshaped(struct crash *crash, struct bench *bench, const struct life *life,
                     bool forgiving)
{
    char text[CRASH_TEXT] = "";
    int error = store_reshape(&bench->store, &bench->journal, &life->reshaped);

    bench->faults += bench->store.fault.count;
    bench->store.fault.count = 0;
    if (error && !forgiving)
        return crash_fail(crash, "reshape: %d", error);
    if (bench->store.fd < 0 && !opened(crash, bench, forgiving))
        return false;
    return bench_holds(bench, false, text) || crash_fail(crash, "after a reshape: %s", text);
}

bool life_live(struct crash *crash, struct bench *bench, const struct life *life, bool forgiving)
{
    uint32_t id = 1;

    if (!opened(crash, bench, forgiving) ||
        !append_some(crash, bench, &id, life->appends, forgiving) ||
        !power_fails(crash, bench, &id, forgiving))
        return false;
    bench_close(bench);
    if (!opened(crash, bench, forgiving) ||
        !append_some(crash, bench, &id, life->appends, forgiving))
        return false;
    void (*before)(void *, struct model *, enum model_call) = bench->model.before;
    uint32_t fail_at = bench->model.fail_at, fail_read_at = bench->model.fail_read_at;
    model_kill(&bench->model); // what a kill -9 leaves
    bench->model.before = before;
    bench->model.fail_at = fail_at;
    bench->model.fail_read_at = fail_read_at;
    return opened(crash, bench, forgiving) &&
           append_some(crash, bench, &id, life->appends / 2, forgiving) &&
           reshaped(crash, bench, life, forgiving) &&
           append_some(crash, bench, &id, life->appends, forgiving);
}

// --- crashed at every call --------------------------------------------------------------------------------------------

struct watch {
    struct crash *crash;
    struct bench *bench;
    uint32_t behind; ///< a failure: so many more calls at which the power may go
};

static void crash_at_call(void *ctx, struct model *model, enum model_call call)
{
    const struct watch *watch = ctx;

    (void)model, (void)call;
    crash_here(watch->crash, watch->bench);
}

bool life_crashed(struct crash *crash, const struct life *life, const struct crash_policy *policy)
{
    static struct bench bench;
    struct watch watch = {crash, &bench, 0};

    crash_begin(crash, policy);
    bench_begin(&bench, &life->shape);
    bench.model.before = crash_at_call;
    bench.model.before_ctx = &watch;
    if (life_live(crash, &bench, life, false))
        crash_here(crash, &bench);
    if (bench.model.misused)
        (void)crash_fail(crash, "the model was misused");
    return !crash->failed;
}

// --- every call goes wrong once ---------------------------------------------------------------------------------------

/// The ways in which a call can go wrong, as bits of enum model_error.
static uint32_t ways(enum model_call call)
{
    static const uint32_t of[MODEL_CALLS] = {
        [MODEL_OPEN] = 1u << MODEL_EIO | 1u << MODEL_ENOSPC | 1u << MODEL_EROFS | 1u << MODEL_EINTR,
        [MODEL_PWRITE] = 1u << MODEL_EIO | 1u << MODEL_ENOSPC | 1u << MODEL_EROFS |
                         1u << MODEL_EINTR | 1u << MODEL_SHORT | 1u << MODEL_HALF_ENOSPC,
        [MODEL_FDATASYNC] =
            1u << MODEL_EIO | 1u << MODEL_ENOSPC | 1u << MODEL_EINTR | 1u << MODEL_LIED,
        [MODEL_FSYNC] = 1u << MODEL_EIO | 1u << MODEL_ENOSPC | 1u << MODEL_EINTR | 1u << MODEL_LIED,
        [MODEL_RENAME] =
            1u << MODEL_EIO | 1u << MODEL_ENOSPC | 1u << MODEL_EROFS | 1u << MODEL_EINTR,
        [MODEL_UNLINK] = 1u << MODEL_EIO | 1u << MODEL_EROFS | 1u << MODEL_EINTR,
        [MODEL_LOCK] = 1u << MODEL_EIO | 1u << MODEL_EINTR};
    return of[call];
}

static void crash_behind_failure(void *ctx, struct model *model, enum model_call call)
{
    struct watch *watch = ctx;

    (void)call;
    if (!model->failed || !watch->behind)
        return;
    watch->behind--;
    crash_here(watch->crash, watch->bench);
}

/// A store may go on silently only where nothing was lost by it.
static bool silent(enum model_error error)
{
    return error == MODEL_EINTR || error == MODEL_SHORT || error == MODEL_LIED;
}

static const char *const error_names[MODEL_ERRORS] = {
    "fine", "EIO", "ENOSPC", "EROFS", "EINTR", "short", "half, then ENOSPC", "lied"};
static const char *const call_names[MODEL_CALLS] = {"open",   "pwrite", "fdatasync", "fsync",
                                                    "rename", "unlink", "lock"};

/// What goes wrong.
struct failure {
    uint32_t number;
    bool read; ///< it is the number of a read
    enum model_call call;
    enum model_error error;
    uint64_t draw;
};

static void name_failure(struct crash *crash, const struct failure *failure)
{
    char text[CRASH_TEXT];

    memcpy(text, crash->message, sizeof text);
    (void)snprintf(crash->message, sizeof crash->message, "%s %u (%s): %s: %.200s",
                   failure->read ? "read" : "call", failure->number,
                   failure->read ? "pread, fstat" : call_names[failure->call],
                   error_names[failure->error], text);
}

static void fail_once(struct crash *crash, const struct life *life, const struct failure *failure)
{
    static struct bench bench;
    struct watch watch = {crash, &bench, failure->read ? BEHIND_READ : BEHIND};
    uint32_t mark = model_pool_mark();
    enum model_error error = failure->error;

    bench_begin(&bench, &life->shape);
    bench.model.before = crash_behind_failure;
    bench.model.before_ctx = &watch;
    *(failure->read ? &bench.model.fail_read_at : &bench.model.fail_at) = failure->number;
    bench.model.error = error;
    bench.model.draw = failure->draw;
    if (life_live(crash, &bench, life, error != MODEL_EINTR && error != MODEL_SHORT))
        crash_here(crash, &bench);
    if (!crash->failed && !bench.model.failed)
        (void)crash_fail(crash, "call was never made");
    crash->unreported += !crash->failed && !silent(error) && !bench.faults;
    if (bench.model.misused)
        (void)crash_fail(crash, "the model was misused");
    model_pool_release(mark);
    if (crash->failed)
        name_failure(crash, failure);
}

enum { CALLS_MAX = 2048 };

struct calls {
    uint32_t count;
    enum model_call call[CALLS_MAX];
};

static void list_call(void *ctx, struct model *model, enum model_call call)
{
    struct calls *calls = ctx;

    (void)model;
    PLR_ASSERT(calls->count < CALLS_MAX);
    calls->call[calls->count++] = call;
}

/// Returns in how many ways it went wrong.
static uint32_t fail_call(struct crash *crash, const struct life *life, uint32_t number,
                          enum model_call call)
{
    static const uint64_t draws[] = {0, UINT64_MAX, 0x9e3779b97f4a7c14u, 0x2545f4914f6cdd1du};
    uint32_t failures = 0;

    for (int error = MODEL_FINE + 1; error < MODEL_ERRORS; error++) {
        bool drawn = (call == MODEL_FDATASYNC || call == MODEL_FSYNC) && error == MODEL_EIO;
        if (!(ways(call) >> error & 1u))
            continue;
        for (size_t i = 0; i < (drawn ? sizeof draws / sizeof *draws : 1) && !crash->failed; i++) {
            const struct failure failure = {
                .number = number, .call = call, .error = (enum model_error)error, .draw = draws[i]};
            fail_once(crash, life, &failure);
            failures++;
        }
    }
    return failures;
}

static uint32_t fail_read(struct crash *crash, const struct life *life, uint32_t number)
{
    static const enum model_error errors[] = {MODEL_EIO, MODEL_EINTR, MODEL_SHORT};
    uint32_t failures = 0;

    for (size_t i = 0; i < sizeof errors / sizeof *errors && !crash->failed; i++) {
        const struct failure failure = {.number = number, .read = true, .error = errors[i]};
        fail_once(crash, life, &failure);
        failures++;
    }
    return failures;
}

bool life_failing(struct crash *crash, const struct life *life, const struct crash_policy *policy,
                  uint64_t *failures)
{
    static struct bench bench;
    static struct calls calls;

    uint32_t thin = policy->thin ? policy->thin : 1;

    *failures = 0;
    crash_begin(crash, policy);
    bench_begin(&bench, &life->shape);
    memset(&calls, 0, sizeof calls);
    bench.model.before = list_call;
    bench.model.before_ctx = &calls;
    if (!life_live(crash, &bench, life, false))
        return false;
    for (uint32_t n = 0; n < calls.count && !crash->failed; n += thin)
        *failures += fail_call(crash, life, n, calls.call[n]);
    for (uint32_t n = 0; n < bench.model.reads && !crash->failed; n += thin)
        *failures += fail_read(crash, life, n);
    return !crash->failed;
}
