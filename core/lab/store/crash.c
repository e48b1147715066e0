// A store that is crashed everywhere: what is known to be safe, what may survive a crash, and the law that must hold behind it.
// SPDX-License-Identifier: MIT
#include "core/lab/store/crash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SEEN = 1 << 20, PAGE_SECTORS = 4096 / MODEL_SECTOR };

/// Behind a first crash and behind a second one.
enum level { FIRST, SECOND };

static const struct crash_policy second_policy = {.limit = 8, .draws = 3};

// --- records --------------------------------------------------------------------------------------------------------

static uint32_t kind_of(uint32_t id)
{
    static const uint32_t kinds[] = {PLR_RECORD_SESSION, PLR_RECORD_JOB,         PLR_RECORD_TICK,
                                     PLR_RECORD_FAIL,    PLR_RECORD_CALIBRATION, PLR_RECORD_JOB,
                                     PLR_RECORD_NOTE,    PLR_RECORD_OBJECTS};
    return kinds[id % (sizeof kinds / sizeof *kinds)];
}

/// Sizes as the core writes them.
static uint32_t size_of(uint32_t id)
{
    static const uint32_t sizes[PLR_RECORD_KINDS] = {0, 381, 57, 381, 16, 60, 25, 456};
    return sizes[kind_of(id)];
}

static void payload_of(uint32_t id, uint8_t *out)
{
    for (uint32_t i = 0; i < size_of(id); i++)
        out[i] = (uint8_t)(i < 4 ? id >> (8 * i) : id * 31 + i * 7 + (i >> 3));
}

/// ID of the live record of a kind; 0 none; UINT32_MAX: it is none that was ever written.
static uint32_t found(struct bench *bench, uint32_t kind)
{
    uint8_t is[PLR_RECORD_MAX], wanted[PLR_RECORD_MAX];
    uint32_t id = 0;

    int size = PLR_EIO;
    for (int tries = 0; size == PLR_EIO && tries < 2;
         tries++) // a read that fails says nothing of the record
        size = plr_journal_read(&bench->journal, &store_nv, &bench->store,
                                (enum plr_record_kind)kind, is, sizeof is, NULL);
    if (size == PLR_ENOENT)
        return 0;
    if (size < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++)
        id |= (uint32_t)is[i] << (8 * i);
    if (kind_of(id) != kind || size_of(id) != (uint32_t)size)
        return UINT32_MAX;
    payload_of(id, wanted);
    return memcmp(is, wanted, (size_t)size) ? UINT32_MAX : id;
}

static void allow_only(struct bench *bench, uint32_t kind, uint32_t id)
{
    for (int i = 0; i < CRASH_ALLOWED; i++)
        bench->allowed[kind][i] = id;
}

// --- a machine ------------------------------------------------------------------------------------------------------

void bench_begin(struct bench *bench, const struct store_shape *shape)
{
    memset(bench, 0, sizeof *bench);
    bench->shape = *shape;
    model_init(&bench->model);
}

int bench_open(struct bench *bench)
{
    int error = store_open(&bench->store, "d/s", &bench->shape, &model_os, &bench->model);

    if (!error) {
        error =
            plr_journal_mount(&bench->journal, &bench->store.geometry, &store_nv, &bench->store);
        if (error)
            store_close(&bench->store);
    }
    bench->faults += bench->store.fault.count;
    bench->store.fault.count = 0;
    return error;
}

void bench_close(struct bench *bench)
{
    store_close(&bench->store);
}

int bench_append(struct bench *bench, uint32_t id)
{
    uint8_t payload[PLR_RECORD_MAX];
    uint32_t kind = kind_of(id), *allowed = bench->allowed[kind];

    payload_of(id, payload);
    memmove(allowed + 1, allowed, (CRASH_ALLOWED - 1) * sizeof *allowed);
    allowed[0] = id; // in flight
    int done = plr_journal_append(&bench->journal, &store_nv, &bench->store,
                                  (enum plr_record_kind)kind, payload, size_of(id));
    if (done > 0)
        allow_only(bench, kind, id);
    bench->faults += bench->store.fault.count;
    bench->store.fault.count = 0;
    return done;
}

bool bench_holds(struct bench *bench, bool settle, char text[CRASH_TEXT])
{
    for (uint32_t kind = 1; kind < PLR_RECORD_KINDS; kind++) {
        uint32_t id = found(bench, kind);
        const uint32_t *allowed = bench->allowed[kind];
        bool good = false;
        for (int i = 0; i < CRASH_ALLOWED; i++)
            good = good || allowed[i] == id;
        if (!good) {
            (void)snprintf(text, CRASH_TEXT, "kind %u: found %u, allowed %u %u", kind, id,
                           allowed[0], allowed[1]);
            return false;
        }
        if (settle)
            allow_only(bench, kind, id);
    }
    bench->faults += bench->store.fault.count;
    bench->store.fault.count = 0;
    return true;
}

// --- the law --------------------------------------------------------------------------------------------------------

void crash_begin(struct crash *crash, const struct crash_policy *policy)
{
    memset(crash, 0, sizeof *crash);
    crash->policy = *policy;
    crash->random = 1;
}

bool crash_fail(struct crash *crash, const char *format, ...)
{
    va_list args;

    if (!crash->failed) {
        va_start(args, format);
        (void)vsnprintf(crash->message, sizeof crash->message, format, args);
        va_end(args);
    }
    crash->failed = true;
    return false;
}

uint32_t crash_random(struct crash *crash)
{
    crash->random = crash->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(crash->random >> 33);
}

/// Was this state looked at already? One that finds no room is looked at again.
static bool seen(struct crash *crash, const struct bench *bench)
{
    static uint64_t table[SEEN];
    static const struct crash *owner;
    uint64_t hash = model_hash(&bench->model);

    if (owner != crash || !crash->unique) // another sweep
        memset(table, 0, sizeof table);
    owner = crash;
    for (uint32_t kind = 1; kind < PLR_RECORD_KINDS; kind++)
        for (int i = 0; i < CRASH_ALLOWED; i++)
            hash = (hash ^ bench->allowed[kind][i]) * UINT64_C(0x9e3779b97f4a7c15);
    hash += !hash;
    for (uint32_t at = (uint32_t)(hash >> 40), tries = 0; tries < 64; at++, tries++) {
        uint64_t *place = &table[at % SEEN];
        if (*place == hash)
            return true;
        if (*place)
            continue;
        *place = hash;
        break;
    }
    crash->unique++;
    return false;
}

/// The power goes, and nothing survives that was not synced.
static void cut_bare(struct bench *bench)
{
    static struct model before;

    before = bench->model;
    model_cut(&bench->model, &before, NULL, NULL, 0);
}

/// Open and look, twice with a cut between; add a record, and look again behind another cut.
static bool lives(struct crash *crash, struct bench *bench, uint32_t next)
{
    char text[CRASH_TEXT] = "";

    for (int boot = 0; boot < 3; boot++) {
        void (*before)(void *, struct model *, enum model_call) = bench->model.before;
        if (boot)
            cut_bare(bench);
        bench->model.before = before; // a second crash may fall into any of it
        int error = bench_open(bench);
        if (error)
            return crash_fail(crash, "boot %d: %d, %s", boot, error,
                              bench->store.fault.call ? bench->store.fault.call : "journal");
        if (!bench_holds(bench, true, text))
            return crash_fail(crash, "boot %d: %s", boot, text);
        if (boot == 1 && bench_append(bench, next) <= 0)
            return crash_fail(crash, "no record can be added");
    }
    if (bench->model.misused)
        return crash_fail(crash, "the model was misused");
    if (model_find(&bench->model, "d/s.new") >= 0)
        return crash_fail(crash, "an unfinished file is left");
    return true;
}

static void enumerate(struct crash *crash, const struct bench *at,
                      const struct crash_policy *policy, enum level level);

struct second {
    struct crash *crash;
    const struct bench *bench;
};

static void crash_again(void *ctx, struct model *model, enum model_call call)
{
    const struct second *second = ctx;

    (void)model, (void)call;
    if (!second->crash->failed)
        enumerate(second->crash, second->bench, &second_policy, SECOND);
}

/// `crashed` is what a crash has left.
static void judge(struct crash *crash, const struct bench *crashed, enum level level)
{
    static struct bench benches[2];
    struct bench *bench = &benches[level];
    struct second second = {crash, bench};
    uint32_t mark = model_pool_mark();

    if (crash->failed)
        return;
    *(level == FIRST ? &crash->states : &crash->second) += 1;
    if (seen(crash, crashed))
        return;
    *bench = *crashed;
    uint32_t every = crash->policy.second_every;
    if (level == FIRST && every && crash->unique % every == 0) {
        bench->model.before = crash_again;
        bench->model.before_ctx = &second;
    }
    uint32_t next = (level == FIRST ? 1000 : 2000) + (uint32_t)(crash->points % 8);
    (void)lives(crash, bench, next);
    model_pool_release(mark);
}

// --- what may survive -------------------------------------------------------------------------------------------------

/// A crash point: the choices it leaves, and the state that a set of them makes.
struct point {
    struct crash *crash;
    const struct bench *at;
    enum level level;
    uint32_t choices;
    struct model_choice choice[MODEL_CHOICES];
    uint8_t chosen[MODEL_CHOICES];
};

/// What a daemon's user knows outlives every crash.
static void remember(const struct point *point, struct bench *bench)
{
    memcpy(bench->allowed, point->at->allowed, sizeof bench->allowed);
    bench->shape = point->at->shape;
}

static void make(const struct point *point, struct bench *bench)
{
    remember(point, bench);
    model_cut(&bench->model, &point->at->model, point->choice, point->chosen, point->choices);
}

static void look(const struct point *point)
{
    static struct bench crashed[2];

    make(point, &crashed[point->level]);
    judge(point->crash, &crashed[point->level], point->level);
}

static void choose(struct point *point, bool newest)
{
    for (uint32_t i = 0; i < point->choices; i++)
        point->chosen[i] = (uint8_t)(newest ? point->choice[i].outcomes - 1 : 0);
}

static void draw(struct point *point)
{
    for (uint32_t i = 0; i < point->choices; i++)
        point->chosen[i] = (uint8_t)(crash_random(point->crash) % point->choice[i].outcomes);
}

/// Every combination, counted up like the wheels of a meter.
static void look_at_all(struct point *point)
{
    uint32_t i;

    choose(point, false);
    do {
        look(point);
        for (i = 0; i < point->choices; i++) {
            if (++point->chosen[i] < point->choice[i].outcomes)
                break;
            point->chosen[i] = 0;
        }
    } while (i < point->choices);
}

static void look_at_some(struct point *point, const struct crash_policy *policy)
{
    for (int newest = 0; newest < 2; newest++) {
        choose(point, newest);
        look(point);
        for (uint32_t i = 0; policy->each && i < point->choices; i++) {
            uint8_t was = point->chosen[i];
            for (uint32_t outcome = 0; outcome < point->choice[i].outcomes; outcome++) {
                point->chosen[i] = (uint8_t)outcome;
                look(point);
            }
            point->chosen[i] = was;
        }
    }
    for (uint32_t i = 0; i < policy->draws; i++) {
        draw(point);
        look(point);
    }
}

enum tear { TEAR_HALF, TEAR_GARBAGE, TEAR_PAGE, TEARS };

static void set_disk(struct model_file *file, uint32_t sector, const uint8_t *bytes)
{
    if ((uint64_t)sector * MODEL_SECTOR < file->size)
        file->disk[sector] = file->cache[sector] = model_pool_add(bytes);
}

static void tear_sector(struct crash *crash, struct model_file *file,
                        const struct model_choice *choice, enum tear tear)
{
    uint8_t bytes[MODEL_SECTOR];
    uint32_t first =
        tear == TEAR_PAGE ? choice->index / PAGE_SECTORS * PAGE_SECTORS : choice->index;
    uint32_t count = tear == TEAR_PAGE ? PAGE_SECTORS : 1;

    if (tear == TEAR_HALF) {
        uint32_t done = crash_random(crash) % MODEL_SECTOR;
        memcpy(bytes, model_pool_bytes(choice->outcome[0]), sizeof bytes);
        memcpy(bytes, model_pool_bytes(choice->outcome[choice->outcomes - 1]), done);
        set_disk(file, first, bytes);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)crash_random(crash);
        set_disk(file, first + i, bytes);
    }
}

/// One write was under way, the others had been made or not.
static void look_at_torn(struct point *point)
{
    static struct bench crashed[2];
    struct bench *bench = &crashed[point->level];

    for (uint32_t i = 0; i < point->choices; i++) {
        if (point->choice[i].what != MODEL_CHOOSE_SECTOR)
            continue;
        for (int n = 0; n < TEARS * 3; n++) {
            uint32_t mark = model_pool_mark();
            if (n / TEARS == 2)
                draw(point);
            else
                choose(point, n / TEARS == 1);
            make(point, bench);
            tear_sector(point->crash, &bench->model.file[point->choice[i].file], &point->choice[i],
                        (enum tear)(n % TEARS));
            judge(point->crash, bench, point->level);
            model_pool_release(mark);
        }
    }
}

static bool few(const struct point *point, uint32_t limit)
{
    uint64_t all = 1;

    for (uint32_t i = 0; i < point->choices && all <= limit; i++)
        all *= point->choice[i].outcomes;
    return all <= limit;
}

/// The process is killed: all that it wrote is there, nothing of it is safe.
static void look_at_killed(const struct point *point)
{
    static struct bench killed[2];
    struct bench *bench = &killed[point->level];

    remember(point, bench);
    bench->model = point->at->model;
    model_kill(&bench->model);
    judge(point->crash, bench, point->level);
}

static void enumerate(struct crash *crash, const struct bench *at,
                      const struct crash_policy *policy, enum level level)
{
    static struct point points[2];
    struct point *point = &points[level];

    point->crash = crash;
    point->at = at;
    point->level = level;
    point->choices = model_choices(&at->model, point->choice);
    if (few(point, policy->limit)) {
        crash->exhaustive += level == FIRST;
        look_at_all(point);
    } else {
        look_at_some(point, policy);
    }
    if (policy->tears)
        look_at_torn(point);
    look_at_killed(point);
}

void crash_here(struct crash *crash, const struct bench *bench)
{
    uint32_t thin = crash->policy.thin ? crash->policy.thin : 1;

    if (crash->failed || crash->points++ % thin)
        return;
    enumerate(crash, bench, &crash->policy, FIRST);
}
