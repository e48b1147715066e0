// What the files of the G-code folder share; nobody else includes it.
// SPDX-License-Identifier: MIT
#ifndef PLR_GCODE_INTERNAL_H
#define PLR_GCODE_INTERNAL_H

#include "core/plr/gcode/gcode.h"

#include <string.h>

/// May code be large to be fast? 0 or 1; unless told it may where a register holds eight bytes.
#ifndef PLR_GCODE_WIDE
#if UINTPTR_MAX > 0xffffffffu && defined(__BYTE_ORDER__)
#define PLR_GCODE_WIDE 1
#else
#define PLR_GCODE_WIDE 0
#endif
#endif

/// For what must not cost a call, for what is seldom and must not burden what is often, and for what nearly always is so.
#if PLR_GCODE_WIDE
#define PLR_ALWAYS_INLINE   static inline __attribute__((always_inline))
#define PLR_NEVER_INLINE    static __attribute__((noinline))
#define PLR_LIKELY(is_true) __builtin_expect(!!(is_true), 1)
#else
#define PLR_ALWAYS_INLINE   static inline
#define PLR_NEVER_INLINE    static
#define PLR_LIKELY(is_true) (is_true)
#endif

static inline bool plr_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool plr_is_digit(char c)
{
    return (unsigned)(unsigned char)c - '0' < 10u;
}

static inline bool plr_is_letter(char c)
{
    return ((unsigned)(unsigned char)c | 0x20u) - 'a' < 26u;
}

/// Anything but a tab below a blank, and DEL. Bytes from 0x80 are text (UTF-8).
static inline bool plr_is_control(char c)
{
    return ((unsigned char)c < 0x20u && c != '\t') || c == 0x7f;
}

/// A byte of names and numbers that means nothing else anywhere: nearly all.
static inline bool plr_is_name(char c)
{
    return plr_is_letter(c) || (c >= '.' && c <= '9') || c == '_' || c == '=';
}

/// The quote that is open behind `c`, given the one that was open before it; 0 for none.
static inline char plr_quote_after(char quote, char c)
{
    if (c != '"' && c != '\'')
        return quote;
    return !quote ? c : quote == c ? '\0' : quote;
}

static inline char plr_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/// Are `len` bytes of `text` the C string `word`, case aside?
bool plr_text_is_like(const char *text, size_t len, const char *word);

static inline bool plr_text_is(const char *text, size_t len, const char *word)
{
#if PLR_GCODE_WIDE
    if (len != strlen(word)) // known when this is compiled, nearly always
        return false;
    if (len && !memcmp(text, word, len))
        return true; // nearly all that are alike are the same
#endif
    return plr_text_is_like(text, len, word);
}

/// Do they begin with it?
bool plr_text_begins(const char *text, size_t len, const char *word);

/// Quotient rounded half away from zero; `divisor` > 0.
static inline int64_t plr_div_round(int64_t value, int64_t divisor)
{
    return (value < 0 ? value - divisor / 2 : value + divisor / 2) / divisor;
}

static inline int64_t plr_clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/// `value` times `ppm` / 1e6 without overflow for |value| up to 4e18 and 0 <= ppm <= 2e6 (1e16, 4e8).
static inline int64_t plr_scale_ppm(int64_t value, int32_t ppm)
{
    if (ppm == PLR_PPM)
        return value;
    return value / PLR_PPM * ppm + plr_div_round(value % PLR_PPM * ppm, PLR_PPM);
}

/// Integer square root, rounded down.
uint64_t plr_isqrt(uint64_t value);

// --- the parts of plr_modal_apply ------------------------------------------------------------

typedef int plr_modal_handler(struct plr_modal *modal, const struct plr_gcode_line *line,
                              struct plr_action *action);

plr_modal_handler plr_modal_motion;   ///< motion.c: G0-G3 and lines without a code
plr_modal_handler plr_modal_g;        ///< codes.c
plr_modal_handler plr_modal_m;        ///< codes.c
plr_modal_handler plr_modal_extended; ///< extended.c
plr_modal_handler plr_modal_object;   ///< objects.c: EXCLUDE_OBJECT_*, M486

/// Unit of the file to nanometres.
static inline int64_t plr_modal_length(const struct plr_modal *modal, int64_t micro)
{
    return modal->flags & PLR_MODAL_INCH ? plr_div_round(micro * 127, 5) : micro;
}

/// Machine coordinates of a place in the file's.
static inline void plr_modal_where(const struct plr_modal *modal, const int64_t at_nm[PLR_AXES],
                                   int64_t machine_nm[PLR_AXES])
{
    machine_nm[PLR_X] = at_nm[PLR_X] + modal->g92_nm[PLR_X] + modal->offset_nm[PLR_X];
    machine_nm[PLR_Y] = at_nm[PLR_Y] + modal->g92_nm[PLR_Y] + modal->offset_nm[PLR_Y];
    machine_nm[PLR_Z] = at_nm[PLR_Z] + modal->g92_nm[PLR_Z] + modal->offset_nm[PLR_Z];
    machine_nm[PLR_E] = at_nm[PLR_E] + modal->g92_nm[PLR_E];
}

// A million metres of filament is no print; the bound keeps every sum far from the end of int64.
#define PLR_E_MAX_NM INT64_C(1000000000000000)

/// Is |value| at most `most`?
static inline bool plr_within(int64_t value, int64_t most)
{
    return (uint64_t)value + (uint64_t)most <= 2 * (uint64_t)most;
}

/// Are these machine coordinates on a machine (XYZ), and countable (E)?
static inline bool plr_modal_in_range(const int64_t machine_nm[PLR_AXES])
{
    return plr_within(machine_nm[PLR_X], PLR_XYZ_MAX_NM) &&
           plr_within(machine_nm[PLR_Y], PLR_XYZ_MAX_NM) &&
           plr_within(machine_nm[PLR_Z], PLR_XYZ_MAX_NM) &&
           plr_within(machine_nm[PLR_E], PLR_E_MAX_NM);
}
/// Shift the offsets (babystep, gcode offset); `move` also moves the machine by them.
int plr_modal_shift(struct plr_modal *modal, const int64_t offset_nm[3], bool move,
                    struct plr_action *action);
/// Set a target: heater 0 bed, 1 + tool, -1 chamber.
void plr_modal_heat(struct plr_modal *modal, int heater, int64_t micro);
/// Wait for that heater's target; also downwards with `cool`.
void plr_modal_wait(const struct plr_modal *modal, int heater, bool cool,
                    struct plr_action *action);

/// Find the centre of an arc from its words. `from` and `to` are machine coordinates.
/// Returns 0 or PLR_EINVAL.
int plr_arc_centre(const struct plr_modal *modal, const struct plr_gcode_line *line,
                   struct plr_action *action, const int64_t to_nm[PLR_AXES]);

/// A comment line: is it a mark? Returns whether a layer begins.
bool plr_layer_comment(struct plr_modal *modal, const struct plr_gcode_line *line);
/// A mark that states number (or -1) and Z.
bool plr_layer_mark(struct plr_modal *modal, int64_t number, int64_t z_nm);
/// A layer begins at this Z of the file, unless it is the running one's. Returns whether it is another.
bool plr_layer_begin(struct plr_layer *layer, int64_t z_nm);

/// An extruding move at this Z of the file. Returns whether a layer begins with it.
static inline bool plr_layer_move(struct plr_modal *modal, int64_t z_nm)
{
    struct plr_layer *layer = &modal->layer;
    bool fresh = false;

    if (layer->pending || !(modal->flags & PLR_MODAL_MARKED))
        fresh = plr_layer_begin(layer, z_nm);
    if (layer->moves < INT32_MAX)
        layer->moves++;
    return fresh;
}

#endif
