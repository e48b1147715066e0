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
    [SWEEP_NV_WRITE] = {"nv_write", false},
    [SWEEP_MOVE] = {"move", false},
    [SWEEP_LAYER] = {"layer", false},
    [SWEEP_EVENT] = {"event", true},
    [SWEEP_MS] = {"ms", true},
};

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
               whole(text + length + 1, 1, &out->stride);
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

int sweep_ask(const struct lab_cli *cli, struct sweep_request *out, char *message, size_t room)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    *out = (struct sweep_request){.to = INT64_MAX, .of = 1, .proof_every = 1000};
    out->jobs = (int32_t)(cli->jobs ? cli->jobs : processors > 0 ? processors : 1);
    out->stop_after = cli->stop_after;
    if (!cli->every)
        snprintf(message, room, "sweep wants --every nv_write, move, layer, event:N or ms:N");
    else if (!ask_every(cli->every, out))
        snprintf(message, room,
                 "--every wants nv_write, move, layer, event:N or ms:N (N from 1), not '%.60s'",
                 cli->every);
    else if (cli->tear && out->every != SWEEP_NV_WRITE)
        snprintf(message, room, "--tear goes with --every nv_write");
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
