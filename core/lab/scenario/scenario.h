// Scenario files: what to do to a printer in mid-print, and what must hold afterwards.
// SPDX-License-Identifier: MIT
//
// One table in C (table.c) drives the loader, its messages, the JSON schema, `plr-sim explain` and the reference page.
#ifndef LAB_SCENARIO_H
#define LAB_SCENARIO_H

#include "core/lab/doc/doc.h"
#include "core/lab/scenario/printer.h"
#include "core/lab/table/limit.h"

enum lab_trigger_kind {
    LAB_AT_TIME,     ///< value: microseconds since the job began
    LAB_AT_LAYER,    ///< layer (and move, fraction)
    LAB_AT_Z,        ///< value: nm; the first extruding move at or above it
    LAB_AT_FILE,     ///< value: byte offset; the line that holds it
    LAB_AT_FILAMENT, ///< value: nm of filament pushed since the job began
    LAB_AT_MOVE,     ///< value: number of the move in the job, 0-based
    LAB_AT_PHASE,    ///< phase of a recovery, by name (`count`-th time it begins, 1-based)
    LAB_AT_EVENT,    ///< value: event number
    LAB_AT_NV_WRITE, ///< value: number of the NV program or erase since the run began
    LAB_AT_OUTAGE    ///< during the n-th outage (disturbances only), 1-based
};

/// When something happens. `after_us` is added to the instant found.
struct lab_trigger {
    enum lab_trigger_kind kind;
    int64_t value;
    int32_t layer;        ///< LAB_AT_LAYER
    int32_t move;         ///< 0-based extruding move within the layer
    int32_t fraction_ppm; ///< of that move; 500000 when not given
    bool travel;          ///< LAB_AT_LAYER: count travel moves instead of extruding ones
    bool retract;         ///< LAB_AT_LAYER: count retractions instead
    /// LAB_AT_FILE: value is a share of the file in ppm (progress), until lab_scenario_progress.
    bool share;
    uint8_t phase; ///< LAB_AT_PHASE: enum plr_phase
    int32_t count;
    int64_t after_us;
    struct lab_mark mark; ///< where it stands in the file, for "this cut never fires"
};

enum lab_domain {
    LAB_DOMAIN_MAINS = 1,
    LAB_DOMAIN_24V = 2,
    LAB_DOMAIN_LOGIC = 4,
    LAB_DOMAIN_HOST = 8
};

/// What a cut inside a memory operation leaves of it. A device works on a unit at a time (a page, a sector): units before the one
/// under way are done, those behind it are not begun. What each device can do, sim/nv says.
enum lab_tear_kind {
    LAB_TEAR_DEVICE,    ///< as much as the device had done by then
    LAB_TEAR_NONE,      ///< nothing of it
    LAB_TEAR_PREFIX,    ///< its first `bytes`
    LAB_TEAR_SOME_BITS, ///< of the unit under way one bit of what would have changed
    LAB_TEAR_MOST_BITS, ///< of the unit under way all but one bit of that
    LAB_TEAR_COMPLETE,  ///< all of it, but nobody heard so
    LAB_TEAR_METASTABLE, ///< part of the cells under way are in between: they read differently each time
    LAB_TEAR_LOST_UNSYNCED, ///< what was written since the last sync is lost; of the operation itself nothing or all is there
    LAB_TEAR_GARBAGE, ///< anything in the unit under way
    LAB_TEARS
};

struct lab_tear {
    enum lab_tear_kind kind;
    int32_t bytes; ///< LAB_TEAR_PREFIX
};

struct lab_power {
    struct lab_trigger at;
    struct lab_tear tear; ///< of LAB_AT_NV_WRITE
    int64_t off_for_us;
    uint32_t domains;
    struct lab_mark domains_mark; ///< where they stand; line 0: nobody said them
};

enum lab_disturb_kind {
    LAB_DISTURB_SAG,     ///< the corners fall by `corner_nm` in that outage (instead of the draw)
    LAB_DISTURB_NUDGE,   ///< the head is moved by hand by `xy_nm` while off
    LAB_DISTURB_ENDSTOP, ///< z_plus switch `which` is `mode` from then on
    LAB_DISTURB_RELEASE, ///< the part lets go of the bed and shifts by xy_nm
    LAB_DISTURB_BIND,    ///< corner `which` follows its motor only up to `amount_nm` of lag
    LAB_DISTURB_SLIP,    ///< pulley of corner `which` slips by `amount_nm`
    LAB_DISTURB_FILE,    ///< the job file changes: `mode` names how
    LAB_DISTURB_CANCEL, ///< the job is cancelled on purpose (heaters off, motors stay on), resumed by command after `off_for_us`
    LAB_DISTURB_CONSOLE ///< `line` is said from the console: the user wants it, so the uninterrupted run hears it, too
};

enum lab_endstop_mode {
    LAB_ENDSTOP_DEAD,
    LAB_ENDSTOP_STUCK,
    LAB_ENDSTOP_FALSE,
    LAB_FILE_EDITED,
    LAB_FILE_TRUNCATED,
    LAB_FILE_GONE
};

struct lab_disturb {
    struct lab_trigger at;
    enum lab_disturb_kind kind;
    enum lab_endstop_mode mode;
    int32_t which;                  ///< corner or switch, 0-based
    int64_t corner_nm[LAB_CORNERS]; ///< LAB_DISTURB_SAG: how far each falls (>= 0)
    int64_t xy_nm[2];
    int64_t amount_nm;
    int64_t off_for_us; ///< LAB_DISTURB_CANCEL
    char line[96];      ///< LAB_DISTURB_CONSOLE
};

/// Measures of design section 4, in the order of every report.
enum lab_measure {
    LAB_Z_OFFSET_ERROR,
    LAB_LAYER_SHIFT,
    LAB_SEAM_GAP,
    LAB_SEAM_OVERLAP,
    LAB_SEAM_OVERLAP_FILAMENT,
    LAB_FLOW_DEFICIT,
    LAB_GANTRY_TILT,
    LAB_DIVE,
    LAB_COLLISIONS,
    LAB_OUTAGE_CONTACT,
    LAB_HOT_DWELL,
    LAB_STATE_AGE,
    LAB_TIME_TO_RESUME,
    LAB_PRINT_STALL,
    LAB_NV_BYTES_PER_HOUR,
    LAB_NV_WEAR_YEARS,
    LAB_MEASURES
};

enum lab_result {
    LAB_RESUMED,
    LAB_REFUSED,
    LAB_NOTHING_TO_RESUME,
    LAB_NEVER_FINISHED,
    LAB_RESULT_ANY
};

enum { LAB_POWER_MAX = 8, LAB_DISTURB_MAX = 16 };

/// How long an outage lasts: a millisecond to a year.
#define LAB_OFF_MIN_US INT64_C(1000)
#define LAB_OFF_MAX_US (INT64_C(8760) * 3600 * 1000000)

enum lab_dut { LAB_DUT_CORE, LAB_DUT_NAIVE, LAB_DUT_RESUME, LAB_DUT_MACROS };
enum lab_gantry { LAB_FULL, LAB_QUASISTATIC, LAB_WHOLE };
enum lab_nv_kind { LAB_NV_FRAM, LAB_NV_EEPROM, LAB_NV_NOR, LAB_NV_SD };

/// What only a simulated machine has.
struct lab_sim {
    enum lab_gantry gantry;
    struct {
        enum lab_nv_kind kind;
        int64_t size;    ///< bytes given to the journal; 0 = the kind's default
        int64_t sync_us; ///< how long it takes to make a write durable; -1: as the kind does
    } nv;
    int64_t hold_up_us, detect_us; ///< -1: the printer's own
    /// Start with bed and chamber steady at the file's highest bed target, calibrated so.
    bool soaked;
    bool calibrate;     ///< calibrate z_plus before the job (default true)
    bool held;          ///< the part is held (clamps, glue): it does not let go when the bed cools
    int64_t room_mc;    ///< INT64_MIN: the printer's ambient
    uint32_t noise_off; ///< bit per enum lab_noise term switched off (ablation)
};

/// Error terms that can be switched off one by one (sim.noise.TERM: off).
enum lab_noise {
    LAB_NOISE_SWITCH,
    LAB_NOISE_STEP,
    LAB_NOISE_BELT,
    LAB_NOISE_HEAT,
    LAB_NOISE_NOZZLE,
    LAB_NOISE_PART,
    LAB_NOISE_LEVEL,
    LAB_NOISE_XY,
    LAB_NOISE_SAG,
    LAB_NOISE_TERMS
};

struct lab_scenario {
    char name[64], about[256];
    char path[1024]; ///< of the scenario file
    char config_path
        [1024]; ///< Klipper configuration with the user's macros, "" none; the scenario's before the printer's
    char printer_path[1024]; ///< resolved against the scenario's folder
    char job_path[1024];     ///< resolved (against the caller's folder when it came from --set)
    char material[16];       ///< "" = the file's `; filament_type`
    enum lab_dut dut;
    int32_t defect; ///< enum plr_defect; 0 = none
    uint64_t seed;
    struct lab_plr plr; ///< effective: printer's options overridden by the scenario's
    struct lab_sim sim;
    struct lab_power power[LAB_POWER_MAX];
    int power_count;
    struct lab_disturb disturb[LAB_DISTURB_MAX];
    int disturb_count;
    uint32_t consent; ///< bits of enum plr_consent; default resume
    enum lab_result expect_result;
    char expect_reason[64];     ///< a word of lab_reason_word; "" = any
    int32_t expect_reason_code; ///< the same as enum plr_reason; -1 = any
    uint32_t expect_or_refused; ///< bit per enum plr_reason: refusals that will do as well
    struct lab_limit expect[LAB_MEASURES];
    struct lab_limit expect_p95[LAB_MEASURES];
    struct lab_printer printer;
    uint32_t hash_doc, hash_printer; ///< CRC-32C of the effective documents
    uint32_t hash_config; ///< CRC-32C of the Klipper configurations' bytes, 0 = none named
};

struct lab_measure_info {
    const char *key;   ///< JSON name: "z_offset_error_um"
    const char *name;  ///< scenario name: "z_offset_error"
    const char *unit;  ///< "um", "ms", "", "B/h", "years"
    const char *about; ///< the definition of design section 4
    bool lower_is_bad; ///< nv_wear_years: a limit is a minimum
};
/// Static, NULL outside the enum.
const struct lab_measure_info *lab_measure_info(enum lab_measure measure);

/// The word that a scenario uses for an enum plr_defect ("old_state"), NULL outside the enum. Static.
const char *lab_defect_word(int defect);

/// The word that a scenario uses for a kind of memory ("fram"). Static.
const char *lab_nv_word(enum lab_nv_kind kind);

/// The word that a scenario uses for a fidelity of the gantry ("full"). Static.
const char *lab_gantry_word(enum lab_gantry gantry);

/// The word that a scenario uses for an enum plr_reason ("bed_cold"), NULL for none. Static.
const char *lab_reason_word(int reason);

// --- loading ----------------------------------------------------------------------------------------

/// One `--set`: "key=value", e.g. "power[0].at.layer=7", "plr.save_interval=5s", "printer.gantry.mass=3kg". The value is
/// YAML and replaces the node. `job` and `printer` given so are relative to the current folder.
struct lab_set {
    const char *text;
};

/// Read a scenario and its printer, apply the sets, check everything that can be checked without opening the job
/// (which must be a non-empty regular file that does not look binary). `out` is filled wholly on success only.
/// Returns 0 or a negative enum lab_status with `err` (may be NULL) telling file, line, column and token.
int lab_scenario_load(const char *path, const struct lab_set *sets, size_t n,
                      struct lab_scenario *out, struct lab_error *err);

/// The job is known, and so many bytes long: triggers at a progress become places of the file. lab_input_open does so.
void lab_scenario_progress(struct lab_scenario *scenario, int64_t job_bytes);

/// The same, with `job` and `printer` in sets relative to `root` (NULL: the current folder).
int lab_scenario_load_root(const char *path, const char *root, const struct lab_set *sets, size_t n,
                           struct lab_scenario *out, struct lab_error *err);

/// The same from memory; `path` is where the text would stand (paths in it are relative to that folder).
int lab_scenario_load_text(const char *path, const char *text, size_t size,
                           const struct lab_set *sets, size_t n, struct lab_scenario *out,
                           struct lab_error *err);

/// Read a printer file alone. `hash` (may be NULL) gets the CRC-32C of its document.
int lab_printer_load(const char *path, struct lab_printer *out, uint32_t *hash,
                     struct lab_error *err);

/// Write a printer file from a Klipper configuration: what that tells, each value with its place there; the rest as comments
/// with the default. Returns 0; or a negative enum lab_status with `err` telling the place in the configuration, and nothing
/// written (LAB_EIO: `out` has an error). `to` is the file that `out` will become (NULL: none): LAB_EINVAL when it is one that is
/// read, also by an include or another name.
int lab_printer_from_klipper(const char *path, const char *to, FILE *out, struct lab_error *err);

/// Complain about a place of a loaded scenario ("this cut never fires"): fills `err` with the source line of `mark`.
/// `sets` are those it was loaded with.
__attribute__((format(printf, 6, 7))) void
lab_scenario_blame(const struct lab_scenario *scenario, const struct lab_set *sets, size_t n,
                   struct lab_mark mark, struct lab_error *err, const char *format, ...);

/// A material by name (case does not matter, neither does what follows a blank, '+' or '-': "ABS+" is ABS). NULL when unknown.
const struct lab_material *lab_material_find(const char *name);

/// The i-th known material, NULL behind the last.
const struct lab_material *lab_material_at(size_t i);

/// "ABS, ASA, ..." for messages.
void lab_material_names(char *out, size_t room);

/// Walk scenarios/**/*.yaml below `root`, sorted by path; `each` gets the path, and name and about of files that are scenarios
/// (NULL when it is not a readable one). Stops when `each` returns non-zero and returns that. Returns 0 or a negative status.
int lab_scenario_list(const char *root,
                      int (*each)(void *ctx, const char *path, const char *name, const char *about),
                      void *ctx);

// --- telling what there is --------------------------------------------------------------------------

/// JSON schema (draft-07) of scenario files, or of printer files; always the same bytes.
void lab_schema_print(FILE *out);
void lab_printer_schema_print(FILE *out);

/// Explain a key ("plr.save_interval", "power.at", "printer.gantry"; indices are ignored; "" lists all). Returns 0, or
/// LAB_ENOENT with `err` filled (with a suggestion) when there is no such key.
int lab_explain_print(FILE *out, const char *key, struct lab_error *err);

/// The reference part of docs/SCENARIOS.md.
void lab_reference_print(FILE *out);

#endif
