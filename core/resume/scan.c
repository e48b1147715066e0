// Scanning a job up to a byte: whole lines, in constant memory, through the recorder's own lexer where it matters.
// SPDX-License-Identifier: MIT
#include "core/resume/line.h"
#include "core/resume/resume.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_MAX 15

void resume_scan_begin(struct resume_scan *scan)
{
    assert(scan);
    memset(scan, 0, sizeof *scan);
    plr_modal_init(&scan->modal);
    shapes_forget(scan->shapes);
    scan->stop = UINT64_MAX;
}

/// What follows from a line besides the modal state; `said` is what plr_gcode_follow said of it.
static __attribute__((noinline)) void note(struct resume_scan *scan,
                                           const struct plr_gcode_line *line, const char *text,
                                           size_t size, int said)
{
    if (said < 0) {
        // a line that cannot be read or drawn changes nothing, here as in the machine
        if (!scan->faults++)
            scan->fault_at = scan->at;
        return;
    }
    scan->unknown += (said & PLR_FOLLOW_UNKNOWN) != 0;
    if (!(said & PLR_FOLLOW_MOVE))
        resume_note_line(&scan->notes, line, text, size, scan->at,
                         scan->modal.flags & PLR_MODAL_INCH);
    if (said & PLR_FOLLOW_LAYER && scan->layer)
        scan->layer(scan, scan->layer_ctx);
}

/// A line that is whole and ends before the stop, through the lexer.
static inline __attribute__((always_inline)) void take_line(struct resume_scan *scan,
                                                            const char *text, size_t size)
{
    struct plr_gcode_line line;
    int said = plr_gcode_follow(&scan->modal, text, size - (text[size - 1] == '\n'), &line);

    if (said != PLR_FOLLOW_MOVE)
        note(scan, &line, text, size, said);
    scan->lexed++;
    if (!scan->lines++)
        scan->crlf = size >= 2 && text[size - 1] == '\n' && text[size - 2] == '\r';
    scan->at += size;
}

/// Lines that begin in the first `limit` of `size` bytes, without the lexer as far as that goes. Returns the bytes taken, 0 for none.
/// Where it goes nowhere (a spiral has a Z in every move) it is tried ever less often.
static inline size_t take_fast(struct resume_scan *scan, const char *text, size_t limit)
{
    size_t step = resume_fast_comment(text, limit);

    if (step) {
        if (!scan->lines++)
            scan->crlf = step >= 2 && text[step - 2] == '\r';
    } else if (text[0] != 'G' || (text[1] | 1) != '1' || text[3] == 'Z' ||
               !resume_fast_steady(&scan->modal)) {
        return 0; // that says nothing about the lines behind it
    } else if (scan->idle > 0) {
        scan->idle--;
    } else {
        step = scan->modest
                   ? 0
                   : resume_fast_run(&scan->modal, scan->shapes, text, limit, &scan->lines);
        scan->idle_next = step                         ? 0
                          : scan->idle_next < IDLE_MAX ? 2 * scan->idle_next + 1
                                                       : IDLE_MAX;
        scan->idle = scan->idle_next;
    }
    scan->at += step;
    return step;
}

/// Lines that begin in the first `limit` bytes and are plain moves, through the lexer. Returns the bytes taken, 0 for none.
static inline size_t take_moves(struct resume_scan *scan, const char *text, size_t limit)
{
    int64_t lines = 0;

    if (text[0] != 'G' || (text[1] | 1) != '1')
        return 0;
    // where the print is on a level the rest may be skipped
    bool soon = !scan->careful && !scan->idle && resume_fast_near(&scan->modal);
    size_t step = plr_gcode_follow_moves(&scan->modal, text, limit, soon, &lines);

    scan->lines += lines;
    scan->lexed += lines;
    scan->at += step;
    return step;
}

size_t resume_scan_text(struct resume_scan *scan, const char *text, size_t size, bool last)
{
    size_t at = 0, limit = size;

    assert(scan && (text || !size));
    if (scan->stop < scan->at)
        return 0;
    if (scan->stop - scan->at < limit)
        limit = (size_t)(scan->stop - scan->at); // lines end before the stop
    while (at < size) {
        size_t step = scan->careful || at >= limit ? 0 : take_fast(scan, text + at, limit - at);
        if (!step && at < limit && scan->lines)
            step = take_moves(scan, text + at, limit - at);
        if (!step) {
            step = resume_line(text + at, size - at);
            step = step || !last ? step : size - at;
            if (!step || limit - at < step)
                break;
            take_line(scan, text + at, step);
        }
        at += step;
    }
    return at;
}

static int scan_pieces(struct resume_scan *scan, const struct resume_source *source, char *buffer,
                       struct lab_error *err)
{
    uint64_t next = scan->at;
    size_t held = 0;
    bool last = false;

    while (!last) {
        int64_t got = source->read(source, next, buffer + held, RESUME_LINE_MAX - held);
        if (got < 0) {
            lab_error_at_file(err, source->name, "the job cannot be read at byte %llu",
                              (unsigned long long)next);
            return LAB_EIO;
        }
        next += (uint64_t)got;
        held += (size_t)got;
        last = got == 0 || next >= source->size;
        size_t used = resume_scan_text(scan, buffer, held, last);
        held -= used;
        if (scan->stop - scan->at <= held && scan->stop != UINT64_MAX)
            return 0; // the line that holds the stop is next
        if (!used && !last && held == RESUME_LINE_MAX) {
            lab_error_at_file(err, source->name,
                              "the line at byte %llu is longer than %d bytes: no G-code",
                              (unsigned long long)scan->at, RESUME_LINE_MAX);
            return LAB_EFBIG;
        }
        memmove(buffer, buffer + used, held);
    }
    return 0;
}

int resume_scan_run(struct resume_scan *scan, const struct resume_source *source, uint64_t stop,
                    struct lab_error *err)
{
    char *buffer = malloc(RESUME_LINE_MAX + RESUME_PAD);

    assert(scan && source);
    if (!buffer)
        return LAB_ENOMEM;
    memset(buffer, 0,
           RESUME_LINE_MAX + RESUME_PAD); // blocks of bytes are looked at beyond what was read
    scan->stop = stop;
    int error = scan_pieces(scan, source, buffer, err);
    free(buffer);
    return error;
}
