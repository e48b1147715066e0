// Plain moves without the lexer: "G1 X1.25 Y3 E.02" in millimetres and absolute coordinates, the nine lines of ten.
// SPDX-License-Identifier: MIT
//
// A run is lines on one height of a print that has begun. There X, Y and F matter only where the run ends, so they are looked at
// and not read before; E is added up. Whatever is not plain ends the run and is left to the lexer, so that this file need not
// know what it means. That both ways lead to the same state, bit by bit, is a property test.
// Alone the number of moves in the layer (layer.moves) is not kept by a run; nothing that is said again depends on it.
#include "core/resume/block.h"
#include "core/resume/resume.h"

#include <assert.h>
#include <string.h>

#define E_MAX_NM  INT64_C(1000000000000000)
#define SAME_Z_NM 1000
#define BASE_MAX_NM \
    INT64_C(        \
        1000000000) ///< G92 shift and offset in a run: with three digits nothing leaves the machine

// --- comments --------------------------------------------------------------------------------------------

/// A comment that is neither a layer mark (LAYER, CHANGE_LAYER, Z:, Z_HEIGHT:) nor about a thumbnail. RESUME_PAD.
static inline bool idle_comment(const char *text, size_t size)
{
    size_t at = 1;

    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    char c = text[at], large = (char)(c & ~0x20);
    return at >= size ||
           !((large == 'L') | (large == 'C') | (large == 'Z') | (c == 't' && text[at + 1] == 'h'));
}

size_t resume_fast_comment(const char *text, size_t room)
{
    if (text[0] != ';' || !idle_comment(text, room))
        return 0;
    const char *end = memchr(text, '\n', room);
    return end ? (size_t)(end - text) + 1 : 0;
}

// --- filament --------------------------------------------------------------------------------------------

/// What changes in a run.
struct run {
    int64_t e_nm, owed_nm;
    int64_t lines;
    size_t feed_end; ///< behind the last block of lines with an F; 0: none had
};

/// The number behind the letter at `letter` of a sound line, in micro-units.
ALWAYS_INLINE int64_t sound_number(const char *text, const struct block *b, unsigned letter,
                                   block_reader *read)
{
    bool negative = b->minus >> letter >> 1 & 1;
    unsigned start = letter + 1 + negative;
    int64_t value = read(text + start, block_lowest(~b->digit >> start),
                         block_lowest(~(b->digit | b->dot) >> start));

    return negative ? -value : value;
}

/// Filament with the flow factor, as the modal state counts it.
ALWAYS_INLINE int64_t flowed(int64_t e_nm, int32_t ppm)
{
    if (ppm == PLR_PPM)
        return e_nm;
    int64_t rest = e_nm % PLR_PPM * ppm;

    return e_nm / PLR_PPM * ppm + (rest < 0 ? rest - PLR_PPM / 2 : rest + PLR_PPM / 2) / PLR_PPM;
}

/// E of lines that are sound. False, and nothing is changed, where it might no longer be countable: a block adds little to it.
ALWAYS_INLINE bool push(struct run *run, const struct plr_modal *modal, const char *text,
                        const struct block *b, uint64_t lines, block_reader *read)
{
    const bool relative = modal->flags & PLR_MODAL_REL_E;
    const int64_t shift = modal->g92_nm[PLR_E];
    int64_t e = run->e_nm, owed = run->owed_nm;

    for (uint64_t left = b->e & lines; left; left &= left - 1) {
        int64_t value = sound_number(text, b, block_lowest(left), read);
        int64_t by = relative ? value : value - e;
        e += by;
        owed -= flowed(by, modal->flow_ppm);
        owed = owed < 0 ? 0 : owed > INT32_MAX ? INT32_MAX : owed;
    }
    if (e + shift > E_MAX_NM / 2 || e + shift < -E_MAX_NM / 2)
        return false;
    run->e_nm = e;
    run->owed_nm = owed;
    return true;
}

// --- runs --------------------------------------------------------------------------------------------

/// Would an extruding move at this Z of the file begin no layer? Then it is only counted.
static inline bool within_layer(const struct plr_modal *modal, int64_t z_nm)
{
    const struct plr_layer *layer = &modal->layer;

    if (layer->pending)
        return false;
    if (modal->flags & PLR_MODAL_MARKED)
        return true;
    return layer->number >= 0 && layer->stated < 0 && z_nm - layer->z_nm < SAME_Z_NM &&
           layer->z_nm - z_nm < SAME_Z_NM;
}

/// Is this a height on which moves only change X, Y, E, F?
static bool steady(const struct plr_modal *m)
{
    int64_t machine[PLR_AXES];

    plr_modal_machine(m, machine);
    for (int i = PLR_X; i <= PLR_Z; i++) {
        int64_t base = machine[i] - m->at_nm[i];
        if (base > BASE_MAX_NM || base < -BASE_MAX_NM)
            return false;
    }
    return !(m->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ)) && m->flags & PLR_MODAL_EXTRUDED &&
           m->reached_z_nm == machine[PLR_Z] && m->tallest_nm >= m->reached_z_nm &&
           within_layer(m, m->at_nm[PLR_Z]) && machine[PLR_E] < E_MAX_NM / 2 &&
           machine[PLR_E] > -E_MAX_NM / 2;
}

/// Take the whole lines of the block at `at` up to the first that is anything else. Returns their bytes; *more says whether the next
/// line may be one, too.
ALWAYS_INLINE size_t take_block(struct run *run, const struct plr_modal *modal, const char *text,
                                size_t at, size_t room, const struct block *b, block_reader *read,
                                bool *more)
{
    uint64_t feeds = room < 64 ? b->feed & ((UINT64_C(1) << room) - 1) : b->feed;
    uint64_t wrong = block_wrong(b);

    *more = !(wrong & block_lines(feeds));
    if (!*more)
        feeds &= block_below(wrong);
    uint64_t lines = block_lines(feeds);
    if (!lines || !push(run, modal, text, b, lines, read))
        return 0;
    size_t size = 64 - (unsigned)__builtin_clzll(feeds);
    if (b->f & lines)
        run->feed_end = at + size;
    run->lines += __builtin_popcountll(feeds);
    return size;
}

/// A block of 64 bytes, and the numbers in it, with certain instructions.
typedef struct block block_maker(const char *text);

/// The idle comment at `text`, which is byte `at` of the block. Returns its bytes, or 0.
ALWAYS_INLINE size_t comment_behind(const struct block *b, size_t at, const char *text, size_t room)
{
    uint64_t feeds = b->feed >> at; // at < 64: what is at 64 is the next block's
    size_t size = feeds ? block_lowest(feeds) + 1 : 0;

    if (!size || size > room)
        return resume_fast_comment(text, room);
    return text[0] == ';' && idle_comment(text, room) ? size : 0;
}

/// Lines of a run, from the beginning of `text` on. Returns their bytes.
ALWAYS_INLINE size_t take_lines(struct run *to, const struct plr_modal *modal, const char *text,
                                size_t room, block_maker *make, block_reader *read)
{
    struct run run = *to; // stays in registers
    size_t at = 0, step = 1;

    while (step && at < room) {
        struct block b = make(text + at);
        bool more;
        step = take_block(&run, modal, text + at, at, room - at, &b, read, &more);
        at += step;
        if ((more && step) || at >= room)
            continue;
        step = comment_behind(&b, step, text + at, room - at);
        run.lines += step > 0;
        at += step;
    }
    *to = run;
    return at;
}

typedef size_t lines_taker(struct run *run, const struct plr_modal *modal, const char *text,
                           size_t room);

static size_t take_any(struct run *run, const struct plr_modal *modal, const char *text,
                       size_t room)
{
    return take_lines(run, modal, text, room, block_any, block_number_any);
}

#if defined(__x86_64__)
BLOCK_AVX2 static size_t take_avx2(struct run *run, const struct plr_modal *modal, const char *text,
                                   size_t room)
{
    return take_lines(run, modal, text, room, block_avx2, block_number_avx2);
}
#endif

/// Whatever this computer is best at. The choice changes nothing but the speed.
static lines_taker *taker_here(bool modest)
{
#if defined(__x86_64__)
    if (!modest && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"))
        return take_avx2;
#endif
    (void)modest;
    return take_any;
}

// --- where a run ends ----------------------------------------------------------------------------------

/// Where the line begins that ends before `end`.
static size_t line_before(const char *text, size_t end)
{
    size_t start = end - 1;

    while (start && text[start - 1] != '\n')
        start--;
    return start;
}

/// The number behind the last of this letter in a line that was found sound; false when there is none, and in comments.
static bool number_in(const char *line, size_t size, char letter, int64_t *micro)
{
    size_t at = line[0] == ';' ? 0 : size;

    while (at && line[at - 1] != letter)
        at--;
    return at && plr_gcode_number(line + at, size - at, micro) > 0;
}

/// X and Y behind lines that were found sound: looked for from their end.
static void take_place(struct plr_modal *modal, const char *text, size_t size)
{
    bool x = false, y = false;

    for (size_t start, end = size; end && !(x && y); end = start) {
        start = line_before(text, end);
        x = x || number_in(text + start, end - start, 'X', &modal->at_nm[PLR_X]);
        y = y || number_in(text + start, end - start, 'Y', &modal->at_nm[PLR_Y]);
    }
}

/// The last F of these lines that is positive.
static void take_feed(struct plr_modal *modal, const char *text, size_t size)
{
    int64_t micro = 0;

    for (size_t start, end = size; end && micro <= 0; end = start) {
        start = line_before(text, end);
        if (!number_in(text + start, end - start, 'F', &micro) || micro <= 0)
            continue;
        int64_t feed = (micro + 30) / 60;
        modal->feed_nm_s = feed > INT32_MAX ? INT32_MAX : feed < 1 ? 1 : (int32_t)feed;
    }
}

/// G0 or G1, whichever was last.
static void take_motion(struct plr_modal *modal, const char *text, size_t size)
{
    size_t start = line_before(text, size);

    while (text[start] == ';')
        start = line_before(text, start);
    modal->motion = (uint8_t)(text[start + 1] - '0');
}

size_t resume_fast_run(struct plr_modal *modal, const char *text, size_t room, int64_t *lines,
                       bool modest)
{
    struct run run = {.e_nm = modal->at_nm[PLR_E], .owed_nm = modal->retract_nm};

    if (text[0] != 'G' || !steady(modal))
        return 0;
    size_t at = taker_here(modest)(&run, modal, text, room);
    if (!at)
        return 0;
    take_place(modal, text, at);
    take_feed(modal, text, run.feed_end);
    take_motion(modal, text, at);
    modal->at_nm[PLR_E] = run.e_nm;
    modal->retract_nm = (int32_t)run.owed_nm;
    *lines += run.lines;
    return at;
}
