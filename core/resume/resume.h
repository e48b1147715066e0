// Resuming a print of today from its own G-code file: find the place, know everything a move depends on, write what goes on.
// SPDX-License-Identifier: MIT
//
//   resume_source_*   the job's bytes: a file or memory, read in pieces
//   resume_scan       the modal state before the line that holds a byte
//   resume_find       where a layer begins
//   resume_state_*    a saved state: what PLR_QUERY_SAVED_STATE JSON=1 or the Klipper plugin prints
//   resume_make       all of it: the text that goes before the rest of the job
//   resume_write      text and rest of the job into a new file, whole or not at all
//
// The job is never written to. Errors are negative (enum lab_status) with a sentence in the caller's record.
#ifndef RESUME_H
#define RESUME_H

#include "core/lab/doc/error.h"
#include "core/plr/gcode/gcode.h"
#include "core/resume/shape.h"

// --- the job -----------------------------------------------------------------------------------

/// The bytes of a job. `read` copies up to `size` bytes from offset `at` and returns how many (fewer only at the end), or a
/// negative errno.
struct resume_source {
    int64_t (*read)(const struct resume_source *source, uint64_t at, void *to, size_t size);
    const char *data; ///< memory source
    int fd;           ///< file source, -1 for memory
    uint64_t size;
    const char *name; ///< as the user gave it; borrowed
};

/// Open a file for reading. Returns 0 or a negative errno with `err`; release with resume_source_close.
int resume_source_open(struct resume_source *source, const char *path, struct lab_error *err);
/// Bytes in memory that the caller keeps.
void resume_source_use(struct resume_source *source, const char *name, const char *data,
                       size_t size);
void resume_source_close(struct resume_source *source);
/// Last part of its path.
const char *resume_source_base(const struct resume_source *source);

/// Are both names, links followed, of one regular file that exists?
bool resume_same_file(const char *one, const char *other);

// --- scanning ----------------------------------------------------------------------------------

/// A piece of the job: text that is said again as it stands there.
struct resume_span {
    uint64_t at;
    uint32_t size;
};

enum {
    RESUME_KEPT_MAX = 96,
    RESUME_OBJECTS_MAX = 1024,
    RESUME_CANCELLED_MAX = 256,
    RESUME_LINE_MAX = 262144, ///< a longer line is no G-code
    RESUME_PAD = 64           ///< bytes behind the text that may be read
};

/// Settings that the modal state does not hold and the machine forgets without power. The last line of its sort stays.
struct resume_kept {
    struct resume_span span;
    uint32_t sort; ///< hash of code and parameter names
    bool inch;     ///< said while G20 was in force
};

/// What is collected beside the modal state.
struct resume_notes {
    struct resume_kept kept[RESUME_KEPT_MAX]; ///< in the order of the last use
    int32_t kepts;
    struct resume_span object[RESUME_OBJECTS_MAX]; ///< EXCLUDE_OBJECT_DEFINE, M486 S with a name
    int32_t objects;
    struct resume_span cancelled[RESUME_CANCELLED_MAX]; ///< EXCLUDE_OBJECT NAME=, M486 P
    int32_t cancels;
    struct resume_span current;   ///< EXCLUDE_OBJECT_START or M486 S that is in force; size 0: none
    struct resume_span thumbnail; ///< from the first "; thumbnail begin" to the last end
    uint64_t thumbnail_open;
    bool in_thumbnail, overflow; ///< more of something than there is room for
};

/// A scan. Set up by resume_scan_begin, fed with text by resume_scan_text.
struct resume_scan {
    struct plr_modal modal; ///< before the line at `at`; layer.moves only with `careful`
    uint64_t at;            ///< first byte of the first line that was not applied
    uint64_t stop;          ///< do not apply the line that holds this byte
    int64_t lines;          ///< lines applied
    int64_t lexed;          ///< of them through the lexer
    int64_t unknown;        ///< lines that nobody here understands
    /// Lines that cannot be read or drawn: the machine leaves them out, too; comments only with `careful`.
    int64_t faults;
    uint64_t fault_at; ///< the first of them
    bool crlf;         ///< the first line ends in CR LF
    /// Every line through the lexer: the reference that the fast way is proven against.
    bool careful;
    bool modest;                 ///< skip no moves, as where the computer cannot, for the test
    int32_t idle;                ///< lines until the next try to skip some
    int32_t idle_next;           ///< what that becomes when it fails
    struct shape shapes[SHAPES]; ///< of lines that can be skipped, as far as they are known
    struct resume_notes notes;
    /// Told of every line that begins a layer; `scan->at` is that line, the modal state is behind it. May be NULL.
    void (*layer)(const struct resume_scan *scan, void *ctx);
    void *layer_ctx;
};

void resume_scan_begin(struct resume_scan *scan);

/// Apply the lines of `size` bytes that lie at offset scan->at. RESUME_PAD further bytes must be readable. With `last`
/// a line without line feed at the end counts, too. Returns the bytes consumed: up to the stop, or up to the line that is not whole.
size_t resume_scan_text(struct resume_scan *scan, const char *text, size_t size, bool last);

/// Read and apply everything before the line that holds byte `stop` (UINT64_MAX: the whole file), in constant memory.
/// Returns 0, LAB_EIO, LAB_ENOMEM, LAB_EFBIG (a line without end).
int resume_scan_run(struct resume_scan *scan, const struct resume_source *source, uint64_t stop,
                    struct lab_error *err);

/// Millimetres, absolute, and so near to zero that no number of three digits leads out of a machine? (fast.c)
bool resume_fast_near(const struct plr_modal *modal);

/// That, and on a level (plr_modal_is_level), where moves only change X, Y, E, F? Then resume_fast_run may be called. (fast.c)
bool resume_fast_steady(const struct plr_modal *modal);

/// Plain moves ("G1 X1.25 Y3 E.02", mm, absolute) on one height of a print that has begun, and idle comments between: apply them
/// without the lexer; X, Y and F are read only where the run ends. `room` bytes may be looked at, RESUME_PAD more be read; `shapes` are
/// those that are known. Returns the bytes of the lines taken and adds their number to *lines; 0: no run begins here, or this computer
/// knows none (it has no AVX2). Does not count layer.moves. (fast.c)
size_t resume_fast_run(struct plr_modal *modal, struct shape *shapes, const char *text, size_t room,
                       int64_t *lines);

/// A comment from which nothing can come. Returns its bytes with its line feed, which lies within `room`, or 0. (fast.c)
size_t resume_fast_comment(const char *text, size_t room);

/// Collect what the modal state does not hold from one lexed line of `size` bytes at offset `at` (notes.c).
void resume_note_line(struct resume_notes *notes, const struct plr_gcode_line *line,
                      const char *text, size_t size, uint64_t at, bool inch);

/// Where layers begin.
struct resume_layers {
    int32_t first, last;     ///< numbers that exist (first > last: none)
    int64_t low_nm, high_nm; ///< lowest and highest Z at which a layer begins
    bool found;              ///< the one that was asked for
    uint64_t at;             ///< its first line
    int32_t number;
    int64_t z_nm;
    /// How often that number or height comes (objects printed one after another: more than once).
    int32_t times;
};

/// Find layer `number` (>= 0), or, with number -1, the first layer above a part that is complete up to `z_nm`: one whose Z is
/// more than half its height above that, so that a measured height means the layer nearest to it. Walks through the whole file.
/// Returns 0 (also when it is not found: see `found`) or as resume_scan_run.
int resume_find(const struct resume_source *source, int32_t number, int64_t z_nm,
                struct resume_layers *layers, struct lab_error *err);

// --- arcs --------------------------------------------------------------------------------------

/// The point `ppm` along the arc about (0, 0) from `from` to `to`, in nm, in integers. Equal ends: a full circle.
void resume_arc_point(const int64_t from[2], const int64_t to[2], bool clockwise, int32_t ppm,
                      int64_t point[2]);

// --- saved state -------------------------------------------------------------------------------

enum { RESUME_NAME = 256 };

/// A saved state. `has_*` say what the file held.
struct resume_state {
    /// "schema": "plr-state/1": targets, not measured temperatures; the executing line, not the reader's.
    bool ours;
    bool has_position, has_offsets, has_size, has_window, has_name, has_hotend, has_bed, has_fan;
    bool has_speed, has_flow, has_advance, has_cancelled;
    int64_t position_nm[3];
    int64_t offset_nm[3];
    uint64_t file_position, total_size;
    int32_t fraction_ppm;
    uint64_t window_at;
    uint32_t window_size, window_crc;
    char name[RESUME_NAME];
    int32_t tool; ///< -1 unknown
    int64_t hotend_mc, bed_mc;
    int64_t fan_ppm;
    int64_t layer; ///< -1 unknown
    int64_t speed_ppm, flow_ppm, advance_us;
    char cancelled[RESUME_CANCELLED_MAX][64];
    int32_t cancels;
    bool cancels_full; ///< more were excluded than the printer could keep
};

/// Parse the text of a saved state; unknown keys are ignored. Returns 0 or LAB_EINVAL with file:line:column and the key.
int resume_state_parse(struct resume_state *state, const char *file, const char *text, size_t size,
                       struct lab_error *err);
/// The same from a file.
int resume_state_load(struct resume_state *state, const char *path, struct lab_error *err);

// --- what is made ------------------------------------------------------------------------------

enum resume_dialect { RESUME_KLIPPER, RESUME_MARLIN, RESUME_RRF, RESUME_DIALECTS };

/// How the machine comes to know Z again.
enum resume_z {
    RESUME_Z_DEFAULT, ///< plus for Klipper, kept for the others
    RESUME_Z_PLUS, ///< endstops at the top: PLR_Z_HOME MODE=RESUME, else G28 Z of a machine that homes upwards
    RESUME_Z_KEPT,   ///< screws held it: it stands where it stood when power failed
    RESUME_Z_AT,     ///< the user has put the nozzle at a height he knows
    RESUME_Z_MACHINE ///< the machine knows already, and the nozzle is clear of the part
};

enum resume_place { RESUME_BY_STATE, RESUME_AT_BYTE, RESUME_AT_LAYER, RESUME_AT_Z };

/// What is asked for.
struct resume_request {
    enum resume_dialect dialect;
    enum resume_place place;
    const struct resume_state *state; ///< RESUME_BY_STATE
    uint64_t byte;
    int32_t layer;
    int64_t z_nm;
    bool split_move, in_place, any_file;
    bool careful; ///< scan with the lexer alone
    enum resume_z z_from;
    int64_t z_at_nm;  ///< RESUME_Z_AT
    int64_t lift_nm;  ///< clearance above the part
    int64_t prime_nm; ///< filament pushed before the print goes on
    bool has_prime_at;
    int64_t prime_at_nm[2];               ///< where; else where X and Y home
    int32_t hotend_mc, bed_mc, soften_mc; ///< -1: as the job (60 % of it for soften_mc)
};

enum { RESUME_WARNINGS_MAX = 24, RESUME_WARNING = 320 };

/// What was made. `text` is owned: resume_made_free.
struct resume_made {
    char *text;
    size_t size;
    uint64_t tail_at; ///< the rest of the job that goes behind it (job size: nothing)
    uint64_t line_at; ///< the running line
    int64_t line_number;
    int32_t fraction_ppm; ///< of it that is done and not repeated
    int32_t layer;
    int64_t stop_nm[4]; ///< machine position at which the print goes on
    enum resume_z z_from;
    int64_t scanned, lines, lexed;
    char warning[RESUME_WARNINGS_MAX][RESUME_WARNING];
    int32_t warnings;
};

/// The defaults of a request: 10 mm lift, 15 mm prime, everything else as the job.
void resume_request_init(struct resume_request *request);

/// Make the text. Returns 0, or LAB_EINVAL (nothing printed yet, no such layer, the file changed, no temperature ...),
/// or what scanning returns.
int resume_make(const struct resume_request *request, const struct resume_source *job,
                struct resume_made *made, struct lab_error *err);
void resume_made_free(struct resume_made *made);

/// Write text and tail to `path`: a temporary file beside it, synced, renamed; a link stays a link, a device or pipe is written
/// into. `path` must not be the job. Returns 0 or a negative errno with `err`; no file is left behind then.
int resume_write(const struct resume_made *made, const struct resume_source *job, const char *path,
                 struct lab_error *err);

/// The report as JSON. Returns 0 or LAB_EIO.
int resume_report(const struct resume_request *request, const struct resume_source *job,
                  const struct resume_made *made, const char *out_path, FILE *out);

/// "klipper", "marlin", "rrf"; "plus", "kept", "at", "machine".
const char *resume_dialect_name(enum resume_dialect dialect);
const char *resume_z_name(enum resume_z z);

#endif
