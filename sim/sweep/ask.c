// What the command line asks of a sweep, in a request.
// SPDX-License-Identifier: MIT
#include "sim/sweep/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *word;
    bool number;
} everies[SWEEP_EVERIES] = {
    [SWEEP_NV_WRITE] = {"nv_write", false}, [SWEEP_MOVE] = {"move", false},
    [SWEEP_LAYER] = {"layer", false},       [SWEEP_PHASE] = {"phase", false},
    [SWEEP_EVENT] = {"event", true},        [SWEEP_MS] = {"ms", true},
};

enum { STRIDE_MAX = 1000000000 };

/// A whole number that is all of `text`.
static bool whole(const char *text, int64_t least, int64_t *out)
{
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return false;
    *out = strtoll(text, &end, 10);
    return !*end && *out >= least && *out < INT64_MAX;
}

static bool ask_every(const char *text, struct sweep_request *out)
{
    for (int i = 0; i < SWEEP_EVERIES; i++) {
        size_t length = strlen(everies[i].word);
        if (strncmp(text, everies[i].word, length) != 0)
            continue;
        out->every = (enum sweep_every)i;
        out->stride = 1;
        if (!text[length])
            return !everies[i].number;
        return everies[i].number && text[length] == ':' &&
               whole(text + length + 1, 1, &out->stride) && out->stride <= STRIDE_MAX;
    }
    return false;
}

/// "2/8": 1-based in words.
static bool ask_shard(const char *text, struct sweep_request *out)
{
    char part[24];
    const char *slash = strchr(text, '/');
    int64_t shard, of;

    if (!slash || (size_t)(slash - text) >= sizeof part)
        return false;
    snprintf(part, sizeof part, "%.*s", (int)(slash - text), text);
    if (!whole(part, 1, &shard) || !whole(slash + 1, 1, &of) || shard > of || of > 1000000)
        return false;
    out->shard = (int32_t)shard - 1;
    out->of = (int32_t)of;
    return true;
}

/// "prefix:all,garbage", or "all".
static bool ask_tears(const char *text, struct sweep_request *out)
{
    char list[160];
    struct lab_tear tear;

    if (!strcmp(text, "all")) {
        out->tears = (1u << LAB_TEARS) - 2u; // whatever the memory can do
        return true;
    }
    if ((size_t)snprintf(list, sizeof list, "%s", text) >= sizeof list)
        return false;
    for (char *word = list, *comma; word; word = comma ? comma + 1 : NULL) {
        comma = strchr(word, ',');
        if (comma)
            *comma = '\0';
        bool every = !strcmp(word, "prefix:all");
        if (every || !strcmp(word, "prefix"))
            tear.kind = LAB_TEAR_PREFIX;
        else if (lab_tear_parse(word, &tear) || tear.kind == LAB_TEAR_PREFIX)
            return false;
        out->every_prefix = out->every_prefix || every;
        out->tears |= 1u << tear.kind;
    }
    return true;
}

/// "phase,nv_write,layer", or some of them.
static bool ask_again(const char *text, uint32_t *out)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } words[] = {{"phase", SWEEP_AGAIN_PHASE},
                 {"nv_write", SWEEP_AGAIN_NV_WRITE},
                 {"layer", SWEEP_AGAIN_LAYER}};
    const size_t count = sizeof words / sizeof *words;
    const char *at = text;

    *out = 0;
    do {
        size_t length = strcspn(at, ","), n = 0;
        while (n < count &&
               (strlen(words[n].word) != length || strncmp(at, words[n].word, length) != 0))
            n++;
        if (n == count || *out & words[n].bit)
            return false;
        *out |= words[n].bit;
        at += length;
    } while (*at++);
    return true;
}

/// Second cuts. Returns what is wrong with them, or NULL.
static const char *ask_depth(const struct lab_cli *cli, struct sweep_request *out)
{
    if (cli->depth > SWEEP_DEPTH)
        return "--depth wants 1 or 2";
    if (cli->every2 && cli->depth != 2)
        return "--every2 goes with --depth 2";
    if (cli->every2 && !ask_again(cli->every2, &out->every2))
        return "--every2 wants some of phase, nv_write, layer";
    if (out->every == SWEEP_PHASE && cli->depth == 2)
        return "--every phase cuts inside a recovery already: --depth 2 is for cuts of the print";
    if (out->every == SWEEP_PHASE && (cli->from || cli->to))
        return "--from and --to number what the print meets: they do not go with --every phase";
    if (cli->depth == 2 && !out->every2)
        out->every2 = SWEEP_AGAIN_PHASE | SWEEP_AGAIN_NV_WRITE;
    if (out->every == SWEEP_PHASE)
        out->every2 = SWEEP_AGAIN_PHASE;
    return NULL;
}

/// Does any cut fall into a write?
static bool writes_are_cut(const struct sweep_request *request)
{
    return request->every == SWEEP_NV_WRITE || request->every2 & SWEEP_AGAIN_NV_WRITE;
}

int sweep_ask(const struct lab_cli *cli, struct sweep_request *out, char *message, size_t room)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const char *wrong;

    *out = (struct sweep_request){.to = INT64_MAX, .of = 1, .proof_every = 1000};
    out->jobs = (int32_t)(cli->jobs ? cli->jobs : processors > 0 ? processors : 1);
    out->stop_after = cli->stop_after;
    out->full_every = cli->full;
    if (!cli->every)
        snprintf(message, room,
                 "sweep wants --every nv_write, move, layer, phase, event:N or ms:N");
    else if (!ask_every(cli->every, out))
        snprintf(
            message, room,
            "--every wants nv_write, move, layer, phase, event:N or ms:N (N from 1 to %d), not "
            "'%.60s'",
            STRIDE_MAX, cli->every);
    else if ((wrong = ask_depth(cli, out)))
        snprintf(message, room, "%s", wrong);
    else if (cli->tear && !writes_are_cut(out))
        snprintf(message, room, "--tear goes with --every nv_write, or with --every2 nv_write");
    else if (cli->tear && !ask_tears(cli->tear, out))
        snprintf(message, room,
                 "--tear wants all, or some of none, prefix, prefix:all, some_bits, most_bits, "
                 "complete, metastable, lost_unsynced, garbage, not '%.40s'",
                 cli->tear);
    else if (cli->shard && !ask_shard(cli->shard, out))
        snprintf(message, room, "--shard wants I/N, 1/N to N/N, not '%.60s'", cli->shard);
    else if ((cli->from && !whole(cli->from, 0, &out->from)) ||
             (cli->to && !whole(cli->to, 0, &out->to)))
        snprintf(message, room, "--from and --to want event numbers");
    else if (out->from > out->to)
        snprintf(message, room, "--from %" PRId64 " is beyond --to %" PRId64, out->from, out->to);
    else
        return 0;
    return LAB_EXIT_USAGE;
}
