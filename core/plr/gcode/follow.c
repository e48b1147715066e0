// Following a job: what its lines do to the modal state, and nothing of what the machine would do for them.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/move.h"
#include "core/plr/gcode/plain.h"

#include <string.h>

/// Any line, by way of an action that nobody wants.
PLR_NEVER_INLINE int follow_any(struct plr_modal *modal, const char *text, size_t len,
                                struct plr_gcode_line *line)
{
    struct plr_action action;
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
/// The word at `at`, if it begins with these two bytes, blank and letter, and has a plain number. Returns what is behind it; `at` when it
/// is another.
PLR_ALWAYS_INLINE const char *take_word(const char *begin, const char *at, const char *end,
                                        int64_t *micro, uint64_t *bad)
{
    if (at >= end - 2 || memcmp(at, begin, 2) != 0)
        return at;
    int64_t value = 0;
    const char *next = plr_plain_number(at + 2, end, &value, bad);
    if (!next)
        return at;
    *micro = value;
    return next;
}

/// The words of a move in the order in which slicers write them, millimetres and absolute but for E. Returns whether these were all
/// words up to `end`.
PLR_ALWAYS_INLINE bool take_words(const struct plr_modal *modal, struct move *move, const char *at,
                                  const char *end)
{
    int64_t from = modal->at_nm[PLR_E], base = modal->flags & PLR_MODAL_REL_E ? from : 0;
    int64_t x = modal->at_nm[PLR_X], y = modal->at_nm[PLR_Y], z = modal->at_nm[PLR_Z];
    int64_t e = from - base, f = 0;
    uint64_t bad = 0;

    at = take_word(" X", at, end, &x, &bad);
    at = take_word(" Y", at, end, &y, &bad);
    at = take_word(" Z", at, end, &z, &bad);
    at = take_word(" E", at, end, &e, &bad);
    at = take_word(" F", at, end, &f, &bad);
    move->at_nm[PLR_X] = x;
    move->at_nm[PLR_Y] = y;
    move->at_nm[PLR_Z] = z;
    move->at_nm[PLR_E] = base + e;
    move->feed = f;
    return at == end && !(bad & PLR_PLAIN_EVERY(0xf0));
}

/// Can this be a plain move? Then it has the eight bytes that numbers are read by.
PLR_ALWAYS_INLINE bool is_plain(const char *text, size_t len)
{
    return len >= 8 && (!memcmp(text, "G1", 2) || !memcmp(text, "G0", 2));
}
#endif

int plr_gcode_follow(struct plr_modal *modal, const char *text, size_t len,
                     struct plr_gcode_line *line)
{
    PLR_ASSERT(modal && text && line);
#if PLR_GCODE_WIDE
    // nine lines of ten in one go; elsewhere two copies of it all are too many
    size_t size = len - (len && text[len - 1] == '\r');
    struct move move;
    if (!(modal->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ)) && is_plain(text, size) &&
        take_words(modal, &move, text + 2, text + size)) {
        move.motion = (uint8_t)(text[1] - '0');
        if (!lay_out(modal, &move))
            return PLR_ERANGE;
        return take(modal, &move) ? PLR_FOLLOW_MOVE | PLR_FOLLOW_LAYER : PLR_FOLLOW_MOVE;
    }
#endif
    return follow_any(modal, text, len, line);
}
