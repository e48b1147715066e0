// Following a job: what its lines do to the modal state, and nothing of what the machine would do for them.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/move.h"
#include "core/plr/gcode/plain.h"

/// Any line, by way of an action that nobody wants.
PLR_NEVER_INLINE int follow_any(struct plr_modal *modal, const char *text, size_t len,
                                struct plr_gcode_line *line)
{
    struct plr_action action;
    int error = plr_gcode_lex(text, len, line);

    if (!error)
        error = plr_modal_apply(modal, line, &action);
    if (error)
        return error;
    bool move = line->kind == PLR_GCODE_WORDS ||
                (line->kind == PLR_GCODE_CODE && line->letter == 'G' && line->code <= 3);
    return (move ? PLR_FOLLOW_MOVE : 0) | (action.new_layer ? PLR_FOLLOW_LAYER : 0) |
           (action.kind == PLR_ACT_UNKNOWN ? PLR_FOLLOW_UNKNOWN : 0);
}

int plr_gcode_follow(struct plr_modal *modal, const char *text, size_t len,
                     struct plr_gcode_line *line)
{
    PLR_ASSERT(modal && line && (text || !len));
#if PLR_GCODE_WIDE
    // nine lines of ten in one go; elsewhere two copies of it all are too many
    if (len > 3 && text[0] == 'G' && (text[1] | 1) == '1' && text[2] == ' ' &&
        !(modal->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ))) {
        struct move move;
        line->present = line->valued = 0;
        line->kind = PLR_GCODE_CODE;
        line->code = text[1] - '0';
        size_t end = len - (text[len - 1] == '\r');
        if (plr_plain_words(text, 2, end, line) == end) {
            if (!lay_out(modal, line, &move, true))
                return PLR_ERANGE;
            return take(modal, line, &move) ? PLR_FOLLOW_MOVE | PLR_FOLLOW_LAYER : PLR_FOLLOW_MOVE;
        }
    }
#endif
    return follow_any(modal, text, len, line);
}
