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

#define E_MAX_NM INT64_C(1000000000000000)
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
    size_t size = block_line(text);
    if (size)
        return size <= room ? size : 0;
    const char *end = memchr(text, '\n', room);
    return end ? (size_t)(end - text) + 1 : 0;
}

// --- filament --------------------------------------------------------------------------------------------

/// What changes in a run.
struct run {
    int64_t e_nm, owed_nm;
    int64_t lines;
    size_t f_end; ///< behind the last F, or somewhere in the line behind the run; 0: there was none
};

/// Filament with the flow factor, as the modal state counts it.
ALWAYS_INLINE int64_t flowed(int64_t e_nm, int32_t ppm)
{
    if (ppm == PLR_PPM)
        return e_nm;
    int64_t rest = e_nm % PLR_PPM * ppm;

    return e_nm / PLR_PPM * ppm + (rest < 0 ? rest - PLR_PPM / 2 : rest + PLR_PPM / 2) / PLR_PPM;
}

/// What filament does that is relative and has no factor, as nearly always. False, and nothing is changed, where what is owed grows too
/// large: to see that in the end keeps it out of a sum in which each number waits for the one before it.
ALWAYS_INLINE bool push_plain(struct run *run, const int64_t *value, unsigned count)
{
    int64_t e = run->e_nm, owed = run->owed_nm, most = 0;

    for (unsigned i = 0; i < count; i++) {
        e += value[i];
        owed -= value[i];
        owed = owed < 0 ? 0 : owed;
        most = owed > most ? owed : most;
    }
    if (most > INT32_MAX)
        return false;
    run->e_nm = e;
    run->owed_nm = owed;
    return true;
}

/// Apply the values of E in their order.
ALWAYS_INLINE void push(struct run *run, const struct plr_modal *modal, const int64_t *value,
                        unsigned count)
{
    const bool relative = modal->flags & PLR_MODAL_REL_E;
    int64_t e = run->e_nm, owed = run->owed_nm;

    if (relative && modal->flow_ppm == PLR_PPM && push_plain(run, value, count))
        return;
    for (unsigned i = 0; i < count; i++) {
        int64_t by = relative ? value[i] : value[i] - e;
        e += by;
        owed -= flowed(by, modal->flow_ppm);
        owed = owed < 0 ? 0 : owed > INT32_MAX ? INT32_MAX : owed;
    }
    run->e_nm = e;
    run->owed_nm = owed;
}

/// Is filament still countable, whatever a chunk adds to it?
ALWAYS_INLINE bool countable(const struct plr_modal *modal, int64_t e_nm)
{
    int64_t machine = e_nm + modal->g92_nm[PLR_E];

    return machine < E_MAX_NM / 2 && machine > -E_MAX_NM / 2;
}

// --- runs --------------------------------------------------------------------------------------------

static inline bool small(int64_t base_nm)
{
    return base_nm <= BASE_MAX_NM && base_nm >= -BASE_MAX_NM;
}

bool resume_fast_steady(const struct plr_modal *m)
{
    int64_t base[3];

    for (int i = PLR_X; i <= PLR_Z; i++)
        base[i] = m->g92_nm[i] + m->offset_nm[i];
    return m->reached_z_nm == m->at_nm[PLR_Z] + base[PLR_Z] &&
           !(m->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ)) && m->flags & PLR_MODAL_EXTRUDED &&
           m->tallest_nm >= m->reached_z_nm && plr_layer_stays(m, m->at_nm[PLR_Z]) &&
           small(base[PLR_X]) && small(base[PLR_Y]) && small(base[PLR_Z]) &&
           countable(m, m->at_nm[PLR_E]);
}

/// A block of 64 bytes, with certain instructions.
typedef struct block block_maker(const char *text);

/// Lines that are looked at before their E is read. None adds more than a million millimetres to it, and none is shorter than six bytes.
enum { CHUNK = 2048, CHUNK_WORDS = CHUNK / 4 };

/// Add the places of a mask's bits to a list, from `base` on. Three are written in any case: how many there are cannot be guessed.
ALWAYS_INLINE unsigned list(uint32_t *to, uint64_t mask, uint32_t base)
{
    unsigned count = (unsigned)__builtin_popcountll(mask);
    uint64_t second = mask & (mask - 1), third = second & (second - 1);

    to[0] = base + block_lowest(mask | BLOCK_LAST);
    to[1] = base + block_lowest(second | BLOCK_LAST);
    to[2] = base + block_lowest(third | BLOCK_LAST);
    if (count > 3)
        for (unsigned i = 2; third; third &= third - 1)
            to[i++] = base + block_lowest(third);
    return count;
}

/// Lines that were looked at, and what of them is still to be read.
struct chunk {
    size_t end;     ///< behind the last whole line that is sound
    size_t f_end;   ///< behind the last F, which may be in the line behind `end`; 0: there was none
    int64_t lines;  ///< lines up to `end`
    unsigned words; ///< how many E there are,
    uint32_t word[CHUNK_WORDS]; ///< and where, in their order
};

/// Note what the sound bits of a block hold. They may end within a line.
ALWAYS_INLINE void note_block(struct chunk *chunk, const struct block *b, uint64_t sound,
                              size_t window)
{
    chunk->words += list(chunk->word + chunk->words, b->e & sound, (uint32_t)window);
    if (b->f & sound)
        chunk->f_end = window + 64 - (unsigned)__builtin_clzll(b->f & sound);
    chunk->lines += __builtin_popcountll(b->feed & sound);
}

/// Leave out the line that begins at chunk->end: it is not whole, or no plain move.
ALWAYS_INLINE void drop_line(struct chunk *chunk)
{
    while (chunk->words && chunk->word[chunk->words - 1] >= chunk->end)
        chunk->words--;
}

/// Look at the lines of `text`, up to the first that is neither a plain move nor an idle comment, or a little further than CHUNK bytes.
/// Returns whether there may be more.
ALWAYS_INLINE bool look(struct chunk *chunk, const char *text, size_t room, block_maker *make)
{
    const struct block_place begin = {.first = 1, .fresh = ~UINT64_C(0)};
    struct block_place place = begin;
    size_t window = 0, limit = room < CHUNK ? room : CHUNK;

    while (window < limit) {
        struct block b = make(text + window);
        uint64_t wrong = block_wrong(&b, &place), feeds = b.feed & place.fresh;
        if (room - window < 64)
            wrong |= ~UINT64_C(0) << (room - window);
        if (!wrong && feeds) {
            note_block(chunk, &b, place.fresh, window);
            chunk->end = window + 64 - (unsigned)__builtin_clzll(feeds);
            place.first = 0;
            place.fresh = ~UINT64_C(0) << BLOCK_BACK;
            place.e_open = (uint64_t)(b.e > b.feed) << BLOCK_BACK;
            window += 64 - BLOCK_BACK;
            continue;
        }
        uint64_t sound = place.fresh & block_below(wrong);
        note_block(chunk, &b, sound, window);
        feeds &= sound;
        if (feeds)
            chunk->end = window + 64 - (unsigned)__builtin_clzll(feeds);
        drop_line(chunk);
        size_t comment =
            chunk->end < room ? resume_fast_comment(text + chunk->end, room - chunk->end) : 0;
        if (!comment)
            return false;
        chunk->lines++;
        window = chunk->end += comment;
        place = begin;
    }
    drop_line(chunk);
    return true;
}

/// Lines of a run, from the beginning of `text` on. Returns their bytes.
ALWAYS_INLINE size_t take_lines(struct run *run, const struct plr_modal *modal, const char *text,
                                size_t room, block_maker *make, block_reader *read)
{
    struct chunk chunk;
    int64_t value[CHUNK_WORDS];
    size_t at = 0;
    bool more = true;

    while (more && at < room && countable(modal, run->e_nm)) {
        chunk.end = chunk.f_end = chunk.words = 0;
        chunk.lines = 0;
        more = look(&chunk, text + at, room - at, make);
        read(text + at, chunk.word, chunk.words, value);
        push(run, modal, value, chunk.words);
        run->f_end = chunk.f_end ? at + chunk.f_end : run->f_end;
        run->lines += chunk.lines;
        at += chunk.end;
    }
    return at;
}

typedef size_t lines_taker(struct run *run, const struct plr_modal *modal, const char *text,
                           size_t room);

static size_t take_any(struct run *run, const struct plr_modal *modal, const char *text,
                       size_t room)
{
    return take_lines(run, modal, text, room, block_any, block_read_any);
}

#if defined(__x86_64__)
BLOCK_AVX2 static size_t take_avx2(struct run *run, const struct plr_modal *modal, const char *text,
                                   size_t room)
{
    return take_lines(run, modal, text, room, block_avx2, block_read_avx2);
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

/// X, Y and G0 or G1 behind lines that were found sound: looked for from their end.
static void take_place(struct plr_modal *modal, const char *text, size_t size)
{
    bool x = false, y = false, motion = false;

    for (size_t start, end = size; end && !(x && y && motion); end = start) {
        start = line_before(text, end);
        x = x || number_in(text + start, end - start, 'X', &modal->at_nm[PLR_X]);
        y = y || number_in(text + start, end - start, 'Y', &modal->at_nm[PLR_Y]);
        if (!motion && text[start] != ';')
            modal->motion = (uint8_t)(text[start + 1] - '0');
        motion = motion || text[start] != ';';
    }
}

/// The same where the last line has an X with a Y behind it, as nearly always. False, and nothing is changed, where that cannot be told.
static bool take_last(struct plr_modal *modal, const char *text, size_t size)
{
    if (size < 64)
        return false;
    text += size - 64;
    struct block b = block_any(text);
    uint64_t before = b.feed & ~BLOCK_LAST;
    unsigned start = before ? 64 - (unsigned)__builtin_clzll(before) : 64;
    if (start == 64 || text[start] != 'G')
        return false;
    uint64_t words = b.xy >> start, first = words & (words - 1);
    unsigned x = start + block_lowest(words | BLOCK_LAST);
    unsigned y = start + block_lowest(first | BLOCK_LAST);
    if (!first || first & (first - 1) || text[x] != 'X' || text[y] != 'Y')
        return false;
    modal->at_nm[PLR_X] = block_number_any(text + x + 1);
    modal->at_nm[PLR_Y] = block_number_any(text + y + 1);
    modal->motion = (uint8_t)(text[start + 1] - '0');
    return true;
}

static void set_feed(struct plr_modal *modal, int64_t micro_min)
{
    int64_t feed = (micro_min + 30) / 60;

    modal->feed_nm_s = feed > INT32_MAX ? INT32_MAX : feed < 1 ? 1 : (int32_t)feed;
}

/// The last F that is positive. It ends at `f_end`, unless that is behind all lines; 0: there is none.
static void take_feed(struct plr_modal *modal, const char *text, size_t size, size_t f_end)
{
    int64_t micro = f_end && f_end < size ? block_number_any(text + f_end) : 0;

    if (micro > 0)
        set_feed(modal, micro);
    for (size_t start, end = f_end ? size : 0; end && micro <= 0; end = start) {
        start = line_before(text, end);
        if (number_in(text + start, end - start, 'F', &micro) && micro > 0)
            set_feed(modal, micro);
    }
}

size_t resume_fast_run(struct plr_modal *modal, const char *text, size_t room, int64_t *lines,
                       bool modest)
{
    struct run run = {.e_nm = modal->at_nm[PLR_E], .owed_nm = modal->retract_nm};

    assert(resume_fast_steady(modal));
    size_t size = taker_here(modest)(&run, modal, text, room);
    if (!size)
        return 0;
    if (!take_last(modal, text, size))
        take_place(modal, text, size);
    take_feed(modal, text, size, run.f_end);
    modal->at_nm[PLR_E] = run.e_nm;
    modal->retract_nm = (int32_t)run.owed_nm;
    *lines += run.lines;
    return size;
}
