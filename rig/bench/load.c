// Reading bench files.
// SPDX-License-Identifier: MIT
#include "rig/bench/bench.h"

#include <stdio.h>
#include <string.h>

static int bind_all(struct bench *out, const char *name, struct lab_doc *doc, struct lab_error *err)
{
    struct lab_bind bind = {doc, err};

    memset(out, 0, sizeof *out);
    snprintf(out->path, sizeof out->path, "%s", name);
    lab_bind_defaults(&bench_table, out);
    int bad = lab_bind_table(&bind, &bench_table, lab_doc_root(doc), out);
    lab_doc_close(doc);
    return bad;
}

int bench_load(struct bench *out, const char *path, struct lab_error *err)
{
    struct lab_doc *doc;
    int bad = lab_doc_open(&doc, path, err);

    return bad ? bad : bind_all(out, path, doc, err);
}

int bench_parse(struct bench *out, const char *name, const char *text, size_t size,
                struct lab_error *err)
{
    struct lab_doc *doc;
    int bad = lab_doc_parse(&doc, name, text, size, err);

    return bad ? bad : bind_all(out, name, doc, err);
}

int32_t bench_relay(const struct bench *bench, const char *name)
{
    int32_t n = 0;

    while (n < bench->relays && strcmp(bench->relay[n].name, name) != 0)
        n++;
    return n < bench->relays ? n : BENCH_NONE;
}

bool bench_can_cut_all(const struct bench *bench, char why[BENCH_WHY])
{
    for (int32_t i = 0; i < bench->relays; i++)
        if (bench->relay[i].domain == BENCH_MAINS ||
            bench->relay[i].feeds == BENCH_FEEDS_EVERYTHING)
            return true;
    snprintf(
        why, BENCH_WHY,
        "no relay of this bench takes the mains away, so nothing could make a printer safe that "
        "is hot or burns: it needs one of domain: mains (role cut or isolation), or feeds: "
        "everything of a relay through which all of the printer's power goes");
    return false;
}

bool bench_feeds(const struct bench *bench, int32_t from, int32_t to)
{
    const struct bench_relay *a = &bench->relay[from], *b = &bench->relay[to];
    bool isolates = a->role == BENCH_ISOLATION && b->role == BENCH_CUT && a->domain == b->domain;
    bool all = a->feeds == BENCH_FEEDS_EVERYTHING && b->feeds != BENCH_FEEDS_EVERYTHING;

    if (b->domain == BENCH_MAINS)
        return isolates;
    return isolates || a->domain == BENCH_MAINS || (all && a->domain != b->domain);
}
