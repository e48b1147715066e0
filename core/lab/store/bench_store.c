// What a commit to a file-backed store asks of the system: rows of the Markdown table that ci/bench prints. Counts, not times.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/lab/store/store.h"

enum { COMMITS = 2000, STATE = 381, KINDS = PLR_RECORD_KINDS - 1 };

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "bench_store: %s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

static struct store store;
static struct plr_journal journal;

static _Noreturn void give_up(const char *what, int error)
{
    fprintf(stderr, "bench_store: %s: %d\n", what, error);
    exit(2);
}

/// Records of all kinds in turn: each block carries as much over as it ever does.
static void commit(uint32_t number)
{
    uint8_t payload[STATE] = {0};
    enum plr_record_kind kind = (enum plr_record_kind)(1 + number % KINDS);
    bool large = kind == PLR_RECORD_JOB || kind == PLR_RECORD_FAIL || kind == PLR_RECORD_OBJECTS;

    int done = plr_journal_append(&journal, &store_nv, &store, kind, payload, large ? STATE : 60);
    if (done <= 0)
        give_up("append", done);
}

static void print_tenths(const char *separator, uint64_t count)
{
    uint64_t tenths = count * 10 / COMMITS;
    printf("%s%u.%u", separator, (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

static void print_row(const struct store_counts *before, uint32_t blocks)
{
    printf("| file-backed store: bytes written, writes, fdatasync, reads a commit |");
    print_tenths(" ", store.counts.bytes_written - before->bytes_written);
    print_tenths(", ", store.counts.writes - before->writes);
    print_tenths(", ", store.counts.syncs - before->syncs);
    print_tenths(", ", store.counts.reads - before->reads);
    printf(" | pages of %u, all kinds of records live, a new block every %u commits |\n",
           store.shape.page_bytes, COMMITS / blocks);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: bench_store FILE (is made, and removed)\n");
        return 2;
    }
    (void)unlink(argv[1]);
    int error = store_open(&store, argv[1], NULL, &store_posix, NULL);
    if (!error)
        error = plr_journal_mount(&journal, &store.geometry, &store_nv, &store);
    if (error)
        give_up(argv[1], error);
    for (uint32_t i = 0; i < COMMITS; i++) // until every block is as it is in the long run
        commit(i);
    struct store_counts before = store.counts;
    uint32_t erased = journal.erased;
    for (uint32_t i = 0; i < COMMITS; i++)
        commit(i);
    print_row(&before, journal.erased - erased);
    store_close(&store);
    return unlink(argv[1]) ? 2 : 0;
}
