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
/// No plain move is longer: five words, its line's end, and what is looked at behind the last number.
#define LONGEST (2 + 5 * (2 + PLR_PLAIN_WIDEST) + 2)

enum { C = 2, E = 4, F = 5, L = 11, X = 23, Y, Z }; // letters, from A on

PLR_ALWAYS_INLINE bool is_move(const char *text)
{
    return !memcmp(text, "G1", 2) || !memcmp(text, "G0", 2);
}

// --- moves that keep their height ------------------------------------------------------------------

/// Room around zero, in nanometres, in which a nozzle and filament surely may be; powers of two, for they are asked for with each move.
#define NEAR_BITS   31
#define E_NEAR_BITS 50

/// Moves on a level (plr_modal_is_level): what they change, in registers, and what they depend on.
struct level {
    int64_t x_nm, y_nm, e_nm, owed_nm;
    int64_t feed;     ///< the last F that counts, in nanometres a minute; 0: none yet
    int64_t moves;    ///< that extrude
    const char *last; ///< the last of them, or NULL
    int64_t absolute; ///< -1, or 0 when E is relative
    int32_t flow_ppm;
    uint64_t x_low, y_low,
        e_low; ///< what makes places of the file count from the lower end of what is near
};

PLR_ALWAYS_INLINE struct level begin_level(const struct plr_modal *modal)
{
    const int64_t *at_nm = modal->at_nm, *g92_nm = modal->g92_nm;

    return (struct level){
        .x_nm = at_nm[PLR_X],
        .y_nm = at_nm[PLR_Y],
        .e_nm = at_nm[PLR_E],
        .owed_nm = modal->retract_nm,
        .absolute = modal->flags & PLR_MODAL_REL_E ? 0 : -1,
        .flow_ppm = modal->flow_ppm,
        .x_low = (uint64_t)(g92_nm[PLR_X] + modal->offset_nm[PLR_X]) + (1ull << (NEAR_BITS - 1)),
        .y_low = (uint64_t)(g92_nm[PLR_Y] + modal->offset_nm[PLR_Y]) + (1ull << (NEAR_BITS - 1)),
        .e_low = (uint64_t)g92_nm[PLR_E] + (1ull << (E_NEAR_BITS - 1)),
    };
}

PLR_ALWAYS_INLINE void end_level(struct plr_modal *modal, const struct level *level)
{
    if (!level->last)
        return;
    modal->at_nm[PLR_X] = level->x_nm;
    modal->at_nm[PLR_Y] = level->y_nm;
    modal->at_nm[PLR_E] = level->e_nm;
    modal->retract_nm = (int32_t)level->owed_nm;
    modal->motion = level->last[1] & 1;
    plr_modal_feed(modal, level->feed);
    modal->layer.moves = (int32_t)plr_clamp(modal->layer.moves + level->moves, 0, INT32_MAX);
}

/// The word at `at`, if it begins with these two bytes, blank and letter, and has a plain number. Returns what is behind it; `at` when it
/// is another.
PLR_ALWAYS_INLINE const char *take_word(const char *begin, const char *at, int64_t *micro,
                                        uint64_t *bad)
{
    if (memcmp(at, begin, 2) != 0)
        return at;
    int64_t value = 0; // not the caller's own: those are to stay in registers
    const char *next = plr_plain_number(at + 2, NULL, &value, bad);
    if (!next)
        return at;
    *micro = value;
    return next;
}

/// What may stand behind X, Y and E: F, CR. Returns where the line feed is, or NULL.
PLR_NEVER_INLINE const char *take_end(const char *at, int64_t *feed, uint64_t *bad)
{
    at = take_word(" F", at, feed, bad);
    at += *at == '\r';
    return *at == '\n' ? at : NULL;
}

/// The line of a move: "G1" or "G0" and X, Y, E, F as most slicers write them. Returns the next line, or NULL when this one is anything else,
/// or leads far away.
PLR_ALWAYS_INLINE const char *take_flat(struct level *now, const char *line)
{
    int64_t x = now->x_nm, y = now->y_nm, from = now->e_nm & now->absolute, e = from, feed = 0;
    uint64_t bad = 0;

    if (!is_move(line))
        return NULL;
    const char *at = take_word(" X", line + 2, &x, &bad);
    at = take_word(" Y", at, &y, &bad);
    at = take_word(" E", at, &e, &bad);
    if (!PLR_LIKELY(*at == '\n')) {
        int64_t value = 0; // as in take_word
        uint64_t wrong = 0;
        at = take_end(at, &value, &wrong);
        feed = value;
        bad |= wrong;
        if (!at)
            return NULL;
    }
    e -= from;
    if (bad & PLR_PLAIN_EVERY(0xf0) ||
        (((uint64_t)x + now->x_low) | ((uint64_t)y + now->y_low)) >> NEAR_BITS ||
        ((uint64_t)(now->e_nm + e) + now->e_low) >> E_NEAR_BITS)
        return NULL;
    int64_t flowed_nm = plr_scale_ppm(e, now->flow_ppm);
    now->moves += (flowed_nm > 0) & ((x != now->x_nm) | (y != now->y_nm));
    now->owed_nm = plr_clamp(now->owed_nm - flowed_nm, 0, INT32_MAX);
    now->x_nm = x;
    now->y_nm = y;
    now->e_nm += e;
    now->feed = feed > 0 ? feed : now->feed;
    now->last = line;
    return at + 1;
}

/// The line of a comment that begins with a capital and is no mark: where one pends, so that a Z would count, is no level. Returns the next
/// line, or NULL when this is another one, or does not end before `last`.
PLR_NEVER_INLINE const char *take_comment(const char *line, const char *last)
{
    unsigned letter = (unsigned)(unsigned char)line[1] - 'A';
    uint64_t controls;

    if (line[0] != ';' || letter > Z || letter == C || letter == L)
        return NULL;
    for (line += 2; !(controls = plr_plain_controls(line)); line += sizeof controls)
        if (line >= last)
            return NULL;
    line += plr_plain_before(controls);
    line += *line == '\r';
    return *line == '\n' ? line + 1 : NULL;
}

/// Lines of such moves, from `at` on, that begin up to `last`, and idle comments between. Returns the first that is none.
static const char *take_flat_ones(struct plr_modal *modal, const char *at, const char *last,
                                  int64_t *lines)
{
    struct level now = begin_level(modal);
    int64_t taken = 0;

    for (const char *next; at <= last; at = next, taken++) {
        next = take_flat(&now, at);
        if (!PLR_LIKELY(next) && !(next = take_comment(at, last)))
            break;
    }
    end_level(modal, &now);
    *lines += taken;
    return at;
}

// --- all moves -------------------------------------------------------------------------------------

/// Words of X, Y, Z, E, F in any order, each at most once, to `word` by letter. Returns the next line, or NULL: there is something else.
PLR_ALWAYS_INLINE const char *take_words(const char *at, int64_t *word)
{
    uint32_t left = 1u << X | 1u << Y | 1u << Z | 1u << E | 1u << F;
    uint64_t bad = 0;

    while (*at == ' ') {
        unsigned letter = (unsigned)(unsigned char)at[1] - 'A';
        int64_t value = 0;
        if (letter > Z || !(left >> letter & 1))
            return NULL;
        left ^= 1u << letter;
        at = plr_plain_number(at + 2, NULL, &value, &bad);
        if (!at)
            return NULL;
        word[letter] = value;
    }
    at += *at == '\r';
    return *at == '\n' && !(bad & PLR_PLAIN_EVERY(0xf0)) ? at + 1 : NULL;
}

/// The line of any move. Returns the next line, or NULL when this one is something else, leads beyond what a machine can reach, or begins a
/// layer.
PLR_NEVER_INLINE const char *take_any(struct plr_modal *modal, const char *line)
{
    int64_t keep = modal->flags & PLR_MODAL_REL_E ? modal->at_nm[PLR_E] : 0;
    int64_t word[Z + 1];

    if (!is_move(line))
        return NULL;
    word[X] = modal->at_nm[PLR_X];
    word[Y] = modal->at_nm[PLR_Y];
    word[Z] = modal->at_nm[PLR_Z];
    word[E] = modal->at_nm[PLR_E] - keep;
    word[F] = 0;
    const char *next = take_words(line + 2, word);
    struct move move = {
        .at_nm = {word[X], word[Y], word[Z], word[E] + keep},
        .feed = word[F],
        .motion = line[1] & 1,
    };
    if (!next || !lay_out(modal, &move) ||
        (extrudes(&move) && !plr_layer_stays(modal, move.at_nm[PLR_Z])))
        return NULL;
    take(modal, &move);
    return next;
}

size_t plr_gcode_follow_moves(struct plr_modal *modal, const char *text, size_t size, bool to_level,
                              int64_t *lines)
{
    const char *at = text, *next = text;
    bool steep = false; // as one move after the other is in a spiral

    PLR_ASSERT(modal && text && lines);
    if (size < LONGEST || !is_move(text) || modal->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ))
        return 0;
    for (const char *last = text + size - LONGEST; next && at <= last; at = next ? next : at) {
        int64_t z_nm = modal->at_nm[PLR_Z];
        bool level = !steep && plr_modal_is_level(modal);
        if (level && !to_level)
            at = take_flat_ones(modal, at, last, lines);
        if (at > last || (level && to_level && at != text))
            break;
        next = take_any(modal, at);
        *lines += next != NULL;
        steep = modal->at_nm[PLR_Z] != z_nm;
    }
    return (size_t)(at - text);
}
#else
// two copies of it all are too many for a small computer
size_t plr_gcode_follow_moves(struct plr_modal *modal, const char *text, size_t size, bool to_level,
                              int64_t *lines)
{
    (void)modal;
    (void)to_level;
    (void)text;
    (void)size;
    (void)lines;
    return 0;
}
#endif
