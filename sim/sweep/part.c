// The cuts of one process, one after the other.
// SPDX-License-Identifier: MIT
#include "sim/sweep/full.h"
#include "sim/sweep/judge.h"

/// The lines of a process.
struct lines {
    struct lab_scenario uncut;
    struct sweep_line print, recovery;
    struct sweep_full_line full;
};

static int open_lines(struct lines *lines, const struct run *run)
{
    lines->full.begun = false;
    int bad = sweep_line_open(&lines->print, run);
    int worse = sweep_line_open(&lines->recovery, run);

    bad = bad ? bad : worse;
    return bad ? bad : sweep_line_print(&lines->print, &lines->uncut);
}

static void close_lines(struct lines *lines)
{
    sweep_line_print_end(&lines->print);
    sweep_line_close(&lines->print);
    sweep_line_close(&lines->recovery);
    sweep_full_line_end(&lines->full);
}

/// One entry of the list: the cut, and those in its recovery. Returns as sweep_second.
static int entry(const struct sweep_work *work, struct lines *lines, size_t index,
                 sweep_heard *heard, void *ctx)
{
    const struct sweep_cut *cut = &work->list.cut[index];
    struct sweep_result result = {.index = (uint32_t)index};
    bool there = sweep_line_pass(&lines->print, cut);
    int bad = 0;

    if (work->request->every != SWEEP_PHASE) {
        bad = there ? sweep_judge(work, &lines->print, cut, &result) : 0;
        if (!bad && sweep_full_wanted(work, &result))
            bad = sweep_full_cut(work, &lines->full, cut, &result);
        if (!bad)
            bad = !heard(ctx, &result);
    }
    if (!bad && there && work->request->every2)
        bad = sweep_second(work, &lines->print, &lines->recovery, index, heard, ctx);
    return bad;
}

int sweep_part(const struct sweep_work *work, size_t first, size_t last, sweep_heard *heard,
               void *ctx)
{
    struct lines lines;
    int bad = open_lines(&lines, work->run);

    for (size_t i = first; i < last && !bad; i++)
        bad = entry(work, &lines, i, heard, ctx);
    close_lines(&lines);
    return bad < 0 ? bad : 0;
}
