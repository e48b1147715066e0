// G-code for the core, the resume tool and the simulated firmware: lexer, modal state, layers.
// SPDX-License-Identifier: MIT
//
// Three steps, none of which allocates or looks further than one line:
//   plr_gcode_lex      text of a line         -> letters with values, or an extended command
//   plr_modal_apply    modal state + line     -> new modal state, and what the machine must do
//   plr_layer_*        marks and moves        -> which layer runs (part of the modal state)
//
// Values are micro-units: "G1 X1.25" gives 1250000, which is nanometres as long as the unit is mm.
#ifndef PLR_GCODE_H
#define PLR_GCODE_H

#include "core/plr/base.h"

enum plr_gcode_kind {
    PLR_GCODE_EMPTY,    ///< nothing but white space or a comment
    PLR_GCODE_CODE,     ///< letter and number: G1, M104, T0, M117 text
    PLR_GCODE_EXTENDED, ///< a name: SET_PRESSURE_ADVANCE ADVANCE=0.04, EXCLUDE_OBJECT ...
    PLR_GCODE_WORDS     ///< parameters without a code ("X10 Y20"): the modal G code is meant
};

enum plr_gcode_fault {
    PLR_GCODE_FINE,
    PLR_GCODE_NAN,          ///< a parameter that is no number ("Xnan", "X1.2.3", "X-")
    PLR_GCODE_TOO_BIG,      ///< magnitude above 1e9 units
    PLR_GCODE_BAD_CHECKSUM, ///< "*nn" does not match the line
    PLR_GCODE_BINARY        ///< a control character or NUL inside the line
};

/// A lexed line. Pointers point into the caller's text and live as long as it does.
struct plr_gcode_line {
    enum plr_gcode_kind kind;
    int32_t code;     ///< the number behind the letter
    char letter;      ///< 'G', 'M', 'T' (upper case) for PLR_GCODE_CODE
    uint32_t present; ///< bit n set: parameter 'A'+n is there
    uint32_t valued;  ///< bit n set: it has a value ("G28 X" has none)
    int32_t sub;      ///< G92.9 -> 9; 0 without a dot
    /// Micro-units by letter; 0 when present without one, not set when absent.
    int64_t value[26];
    const char *name; ///< extended command's name, or free text of M117 etc.
    size_t name_len;
    const char *args; ///< what follows the name
    size_t args_len;
    const char *comment; ///< text behind ';' or NULL
    size_t comment_len;
    enum plr_gcode_fault fault; ///< first thing wrong with the line
    size_t fault_at;            ///< its 0-based column
    size_t fault_len;           ///< length of the offending token
};

/// Is parameter `letter` (upper case) present with a value?
static inline bool plr_gcode_has(const struct plr_gcode_line *line, char letter)
{
    return (line->valued >> (letter - 'A')) & 1u;
}

/// Value of a parameter in micro-units, or `otherwise` when it is absent.
static inline int64_t plr_gcode_get(const struct plr_gcode_line *line, char letter,
                                    int64_t otherwise)
{
    return plr_gcode_has(line, letter) ? line->value[letter - 'A'] : otherwise;
}

/// Lex one line of `len` bytes without its line feed (a trailing CR is ignored). Upper and lower
/// case, words without blanks, (comments), ; comments, N numbers and *checksums, "G92.1" are
/// understood. Numbers keep six decimals and round half away from zero; more digits are read and
/// dropped. Never fails on unknown codes.
/// Returns 0, or PLR_EINVAL with `fault`, `fault_at`, `fault_len` set.
int plr_gcode_lex(const char *text, size_t len, struct plr_gcode_line *line);

/// Read a decimal number (sign, digits, dot; no exponent) at the start of `text` into micro-units.
/// Returns the bytes read (> 0), PLR_EINVAL when there is no number, PLR_ERANGE above 1e9.
int plr_gcode_number(const char *text, size_t len, int64_t *micro);

/// Find KEY=VALUE in an extended command's arguments (key compared without case; value may be in
/// quotes of either sort). A key given twice: the later one counts. Returns its length (>= 0) and points *value at it, or PLR_ENOENT.
int plr_gcode_arg(const struct plr_gcode_line *line, const char *key, const char **value);

/// The same as a number in micro-units. Returns 0, PLR_ENOENT or PLR_EINVAL.
int plr_gcode_arg_number(const struct plr_gcode_line *line, const char *key, int64_t *micro);

/// Does the extended command have this name (compared without case)?
bool plr_gcode_is(const struct plr_gcode_line *line, const char *name);

// --- modal state -------------------------------------------------------------------------------

/// E is relative when G91 *or* M83 is in force; G90 does not undo M83 ("M83 G90" is relative, "M82 G91" too).
/// So do Klipper (gcode_move) and Repetier; recent Marlin lets G90/G91 overwrite M82/M83. Both give the same
/// for every file that states M82/M83 behind its last G90/G91, as slicers do.
enum plr_modal_flag {
    PLR_MODAL_INCH = 1u << 0,        ///< G20
    PLR_MODAL_REL_XYZ = 1u << 1,     ///< G91; see below for E
    PLR_MODAL_REL_E = 1u << 2,       ///< M83
    PLR_MODAL_RETRACTED = 1u << 3,   ///< G10 without G11 yet (firmware retraction)
    PLR_MODAL_PLR_ENABLED = 1u << 4, ///< PLR_ENABLE without PLR_DISABLE yet
    PLR_MODAL_PLR_NAMED = 1u << 5,   ///< the file uses PLR_ENABLE/PLR_DISABLE at all
    PLR_MODAL_EXTRUDED = 1u << 6,    ///< something was extruded while moving in XY
    PLR_MODAL_MARKED = 1u << 7       ///< the file marks its layers: moves no longer begin layers
};

/// Which layer runs. A layer begins at a mark whose Z differs from the running layer's; in a file
/// without marks at the Z of an extruding move. A second mark of the same Z is the same layer.
/// Numbers are 0-based; a number that the file states wins.
struct plr_layer {
    int32_t number;    ///< -1 before the first layer
    int32_t stated;    ///< number the last mark stated for the layer to come, or -1
    int32_t z_nm;      ///< Z of the running layer
    int32_t height_nm; ///< difference to the layer before, or its Z for the first one
    int32_t moves;     ///< extruding moves begun in this layer (1 = the first runs)
    bool pending;      ///< a mark without Z was seen: the next extruding move's Z decides
};

/// Everything a move depends on besides its own line. Plain data; zero is not valid: use
/// plr_modal_init. Machine position = at + g92 + offset, axis by axis.
struct plr_modal {
    int64_t at_nm[PLR_AXES];  ///< last commanded position in the file's own coordinates
    int64_t g92_nm[PLR_AXES]; ///< shift made by G92
    int32_t offset_nm[3];     ///< SET_GCODE_OFFSET, babystepping (M290)
    int32_t feed_nm_s;        ///< F, before the factor
    int32_t feed_ppm;         ///< M220
    int32_t flow_ppm;         ///< M221
    int32_t accel_um_s2;      ///< M204 S, SET_VELOCITY_LIMIT ACCEL; 0 = the machine's own
    int32_t velocity_um_s;    ///< SET_VELOCITY_LIMIT VELOCITY; 0 = the machine's own
    int32_t corner_um_s;      ///< SQUARE_CORNER_VELOCITY; -1 = the machine's own
    int32_t advance_us;       ///< pressure advance (SET_PRESSURE_ADVANCE, M900 K)
    int32_t nozzle_mc[PLR_TOOL_MAX];
    int32_t bed_mc;
    int32_t chamber_mc;
    int32_t fan_ppm[PLR_FAN_MAX];
    int32_t reached_z_nm; ///< machine Z of the last extruding move: how high this object has grown
    int32_t tallest_nm;   ///< highest machine Z that was extruded at: clear of this, all is clear
    int32_t retract_nm;   ///< filament drawn back and not yet pushed forward again (>= 0)
    uint32_t flags;       ///< enum plr_modal_flag
    uint32_t object;      ///< plr_object_hash of the object that is printed; 0: none
    uint8_t tool;
    uint8_t motion; ///< last of G0..G3, for PLR_GCODE_WORDS
    uint8_t plane;  ///< 17, 18 or 19
    char mesh[17];  ///< BED_MESH_PROFILE LOAD=, "" for none
    struct plr_layer layer;
};

enum plr_action_kind {
    PLR_ACT_NONE,    ///< only state changed
    PLR_ACT_MOVE,    ///< straight line from `from` to `to`
    PLR_ACT_ARC,     ///< arc about `centre`, sense in `clockwise`
    PLR_ACT_HOME,    ///< G28; axes in `axes`
    PLR_ACT_DWELL,   ///< G4, `time_us`
    PLR_ACT_WAIT,    ///< M109, M190, M191, TEMPERATURE_WAIT: heater in `heater`
    PLR_ACT_SYNC,    ///< M400, another tool: waits for standstill
    PLR_ACT_RETRACT, ///< G10 / G11 firmware retraction
    PLR_ACT_COMMAND, ///< a PLR_* command for the core
    PLR_ACT_START,   ///< print_start / START_PRINT: `nozzle_mc`, `bed_mc` in `heat_mc`
    PLR_ACT_END,     ///< print_end / END_PRINT, M2, M30
    PLR_ACT_UNKNOWN  ///< not understood: to be counted and listed once
};

/// What the machine must do for one line.
struct plr_action {
    enum plr_action_kind kind;
    int64_t from_nm[PLR_AXES]; ///< machine coordinates before
    int64_t to_nm[PLR_AXES];   ///< machine coordinates after; E is filament as the file has it
    int64_t e_nm;              ///< filament advance with the flow factor applied
    int64_t centre_nm[2]; ///< arc centre, machine coordinates: X Y (G17), Z X (G18) or Y Z (G19)
    bool clockwise;
    bool extrudes;     ///< E forward (e_nm > 0) while X, Y or Z moves
    int32_t feed_nm_s; ///< with the factor applied
    uint32_t axes;     ///< bit per axis for PLR_ACT_HOME
    int32_t heater;    ///< 0 bed, 1 + tool, -1 chamber for PLR_ACT_WAIT
    bool wait_cool;    ///< waits also for cooling (R)
    int32_t heat_mc
        [2]; ///< PLR_ACT_START: bed, nozzle; PLR_ACT_WAIT: from, up to (INT32_MIN, INT32_MAX: open)
    int64_t time_us;
    bool new_layer; ///< this line begins a layer
};

/// Start-up state: mm, absolute, E absolute, no layer, 25 mm/s.
void plr_modal_init(struct plr_modal *modal);

/// Apply a lexed line. Arcs: I/J/K and R forms in the current plane; a full circle when the ends agree.
/// A move that leads nowhere is PLR_ACT_NONE. SET_GCODE_OFFSET moves the machine only with MOVE=1 (then, and for M290,
/// PLR_ACT_MOVE); without it the next absolute move does. SET_FAN_SPEED: the digit that ends the fan's name is its
/// index, a name without one is fan 1. M204 T alone (travel) is not kept. G92 without axes zeroes all.
/// Returns 0 and fills of `action` what its kind has a use for; PLR_EINVAL for a faulty line, a malformed argument or an arc that cannot be drawn,
/// PLR_ERANGE when a position leaves +-2 m (E: +-1000 km) or a mesh name is too long. The state is then unchanged.
int plr_modal_apply(struct plr_modal *modal, const struct plr_gcode_line *line,
                    struct plr_action *action);

/// Index of a fan by its name in SET_FAN_SPEED, `len` > 0 bytes.
int plr_gcode_fan(const char *name, size_t len);

/// What plr_gcode_follow says of a line.
enum plr_follow {
    PLR_FOLLOW_MOVE = 1,   ///< G0 to G3, or words without a code
    PLR_FOLLOW_LAYER = 2,  ///< it begins a layer
    PLR_FOLLOW_UNKNOWN = 4 ///< nobody here understands it
};

/// plr_gcode_lex and plr_modal_apply in one, for who only follows the state and lets nothing move. Returns enum plr_follow bits, or
/// the same errors; `line` says what the line was, unless it was a move.
int plr_gcode_follow(struct plr_modal *modal, const char *text, size_t len,
                     struct plr_gcode_line *line);

/// Follow the moves at the beginning of `text`, whole lines as slicers write them ("G1 X1.25 Y3 E.02", in millimetres and absolute but
/// for E), and what comments stand between them that begin with a capital and are no marks, up to a line that is anything else, is faulty,
/// begins a layer, or begins among the last 103 of `size` bytes: no such move is longer than 104, and what is left is for plr_gcode_follow.
/// With `to_level` only up to where plr_modal_is_level behind the first. Returns the bytes of the lines taken, which may be none anywhere, and adds their
/// number to *lines.
size_t plr_gcode_follow_moves(struct plr_modal *modal, const char *text, size_t size, bool to_level,
                              int64_t *lines);

/// Slicers print the same height with different rounding; no layer is this thin.
#define PLR_LAYER_SAME_NM 1000

/// Would a move that extrudes at this Z of the file begin no layer, but only be counted? (True only where that is sure.)
static inline bool plr_layer_stays(const struct plr_modal *modal, int64_t z_nm)
{
    const struct plr_layer *layer = &modal->layer;

    if (layer->pending)
        return false;
    if (modal->flags & PLR_MODAL_MARKED)
        return true;
    return layer->number >= 0 && layer->stated < 0 && z_nm - layer->z_nm < PLR_LAYER_SAME_NM &&
           layer->z_nm - z_nm < PLR_LAYER_SAME_NM;
}

/// No machine is larger, to either side of zero.
#define PLR_XYZ_MAX_NM INT64_C(2000000000)

/// Is a print under way on this height, so that moves on it, whatever they extrude, do nothing to heights and layers but be counted?
static inline bool plr_modal_is_level(const struct plr_modal *modal)
{
    int64_t z_nm = modal->at_nm[PLR_Z] + modal->g92_nm[PLR_Z] + modal->offset_nm[PLR_Z];

    return modal->reached_z_nm == z_nm && modal->tallest_nm >= z_nm && z_nm <= PLR_XYZ_MAX_NM &&
           z_nm >= -PLR_XYZ_MAX_NM && modal->flags & PLR_MODAL_EXTRUDED &&
           plr_layer_stays(modal, modal->at_nm[PLR_Z]);
}

/// Machine coordinates of the present position.
void plr_modal_machine(const struct plr_modal *modal, int64_t machine_nm[PLR_AXES]);

/// Tell the modal state that the machine now stands at these machine coordinates (after homing).
/// Axes in the bit mask only.
void plr_modal_set_machine(struct plr_modal *modal, uint32_t axes,
                           const int64_t machine_nm[PLR_AXES]);

// --- excluded objects ----------------------------------------------------------------------------

#define PLR_OBJECT_NAME   64u  ///< room for a name, its null included
#define PLR_OBJECTS_BYTES 448u ///< room for all: seven of the longest, eleven of a usual 40 bytes

/// Objects of the running job that are no longer printed: EXCLUDE_OBJECT NAME= (Klipper) or M486 P (Marlin, RepRapFirmware, whose
/// numbers are the names). No part of the modal state: who excludes an object does so from outside, at no place of the file, so
/// that no reading of the file finds it again. The modal state goes on as the file says, as if all were printed. Plain data; all
/// zero: none.
struct plr_objects {
    uint16_t len;                  ///< bytes of `names` in use
    bool numbered;                 ///< by M486: the names are numbers
    bool full;                     ///< one more was excluded, and there was no room to keep it
    char current[PLR_OBJECT_NAME]; ///< begun last, for CURRENT=1 and M486 C; "" none, or not known
    char names[PLR_OBJECTS_BYTES]; ///< one behind the other, each ended by a null
};

/// Apply a lexed line; EXCLUDE_OBJECT and M486 change the list, EXCLUDE_OBJECT_DEFINE RESET=1 and M486 T empty it. Names compare
/// without case. Returns 1 when the list changed, 0 when not, or PLR_ENOSPC: a name of 64 bytes or more, or no room; `full` says
/// so from then on, until the list is emptied.
int plr_objects_apply(struct plr_objects *objects, const struct plr_gcode_line *line);

/// Is the object with this hash (plr_modal's `object`) excluded? 0 never is.
bool plr_objects_has(const struct plr_objects *objects, uint32_t object);

/// The excluded object behind `name` (NULL: the first), or NULL.
const char *plr_objects_next(const struct plr_objects *objects, const char *name);

/// A name as 32 bits, case aside; never 0.
uint32_t plr_object_hash(const char *name, size_t len);

#endif
