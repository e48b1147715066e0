// Following a job: what its lines do to the modal state, and nothing of what the machine would do for them.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/move.h"
#include "core/plr/gcode/plain.h"

#include <string.h>

int plr_gcode_follow(struct plr_modal *modal, const char *text, size_t len,
                     struct plr_gcode_line *line)
{
    struct plr_action action;

    PLR_ASSERT(modal && text && line);
    int error = plr_gcode_lex(text, len, line);
    if (!error && line->kind == PLR_GCODE_EMPTY)
        return plr_layer_comment(modal, line) ? PLR_FOLLOW_LAYER : 0;
    if (!error)
        error = plr_modal_apply(modal, line, &action);
    if (error)
        return error;
    bool move = line->kind == PLR_GCODE_WORDS ||
                (line->kind == PLR_GCODE_CODE && line->letter == 'G' && line->code <= 3);
    return (move ? PLR_FOLLOW_MOVE : 0) | (action.new_layer ? PLR_FOLLOW_LAYER : 0) |
           (action.kind == PLR_ACT_UNKNOWN ? PLR_FOLLOW_UNKNOWN : 0);
}

#if PLR_GCODE_WIDE
/// No plain move is longer: six words, its line's end, and what is looked at behind the last number.
#define LONGEST (2 + 6 * (2 + PLR_PLAIN_WIDEST) + 2)

PLR_ALWAYS_INLINE bool is_move(const char *text)
{
    return !memcmp(text, "G1", 2) || !memcmp(text, "G0", 2);
}

PLR_NEVER_INLINE const char *seldom_number(const char *at, int64_t *micro, uint64_t *bad)
{
    return plr_plain_number(at, NULL, micro, bad);
}

/// The word at `at`, if it begins with these two bytes, blank and letter, and has a plain number. Returns what is behind it; `at` when it
/// is another.
PLR_ALWAYS_INLINE const char *take_word(const char *begin, const char *at, int64_t *micro,
                                        uint64_t *bad)
{
    int64_t value = 0; // not the caller's own: those are to stay in registers
    uint64_t wrong = 0;

    if (memcmp(at, begin, 2) != 0)
        return at;
    const char *next = begin[1] == 'Z' ? seldom_number(at + 2, &value, &wrong)
                                       : plr_plain_number(at + 2, NULL, &value, &wrong);
    if (!next)
        return at;
    *micro = value;
    *bad |= wrong;
    return next;
}

/// The line of a move: "G1" or "G0" and words in the order in which slicers write them, millimetres and absolute but for E, to which
/// `keep` (0 or -1) of it is added. Returns the next line, or NULL when this one is anything else.
PLR_ALWAYS_INLINE const char *take_move(const struct plr_modal *modal, struct move *move,
                                        int64_t keep, const char *at)
{
    int64_t x = modal->at_nm[PLR_X], y = modal->at_nm[PLR_Y], z = modal->at_nm[PLR_Z];
    int64_t e = modal->at_nm[PLR_E] & ~keep, f = 0;
    uint64_t bad = 0;

    if (!is_move(at))
        return NULL;
    move->motion = at[1] & 1;
    at = take_word(" Z", at + 2, &z, &bad); // of a spiral
    at = take_word(" X", at, &x, &bad);
    at = take_word(" Y", at, &y, &bad);
    at = take_word(" Z", at, &z, &bad);
    at = take_word(" E", at, &e, &bad);
    at = take_word(" F", at, &f, &bad);
    if (!PLR_LIKELY(*at == '\n') && (*at++ != '\r' || *at != '\n'))
        return NULL;
    move->at_nm[PLR_X] = x;
    move->at_nm[PLR_Y] = y;
    move->at_nm[PLR_Z] = z;
    move->at_nm[PLR_E] = (modal->at_nm[PLR_E] & keep) + e;
    move->feed = f;
    return bad & PLR_PLAIN_EVERY(0xf0) ? NULL : at + 1;
}

size_t plr_gcode_follow_moves(struct plr_modal *modal, const char *text, size_t size,
                              int64_t *lines)
{
    const char *at = text;

    PLR_ASSERT(modal && text && lines);
    if (size < LONGEST || !is_move(text) || modal->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ))
        return 0;
    struct plr_modal now = *modal; // in registers, as far as they go
    int64_t taken = 0, keep = now.flags & PLR_MODAL_REL_E ? -1 : 0;
    for (const char *next, *last = text + size - LONGEST; at <= last; at = next) {
        struct move move;
        next = take_move(&now, &move, keep, at);
        if (!next || !lay_out(&now, &move) ||
            (extrudes(&move) && !plr_layer_stays(&now, move.at_nm[PLR_Z])))
            break;
        take(&now, &move);
        taken++;
    }
    *modal = now;
    *lines += taken;
    return (size_t)(at - text);
}
#else
// two copies of it all are too many for a small computer
size_t plr_gcode_follow_moves(struct plr_modal *modal, const char *text, size_t size,
                              int64_t *lines)
{
    (void)modal;
    (void)text;
    (void)size;
    (void)lines;
    return 0;
}
#endif
