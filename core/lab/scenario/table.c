// The rows of scenario files.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/tables.h"

#include <string.h>

#include "core/lab/scenario/words.h"

#define PLACE(member)                                   \
    .size = sizeof(((struct lab_scenario *)0)->member), \
    .offset = offsetof(struct lab_scenario, member)
#define TEXT(key_, member, required_, about_)                                                   \
    {                                                                                           \
        .key = key_, .kind = LAB_F_TEXT, .count = sizeof(((struct lab_scenario *)0)->member),   \
        .offset = offsetof(struct lab_scenario, member), .required = required_, .about = about_ \
    }
#define WORD(key_, member, default_, words_, about_)                                           \
    {                                                                                          \
        .key = key_, .kind = LAB_F_WORD, PLACE(member), .fallback = default_, .words = words_, \
        .about = about_                                                                        \
    }
#define Q(key_, unit_, member, default_, min_, max_, about_)                                     \
    {                                                                                            \
        .key = key_, .kind = LAB_F_QUANTITY, .unit = unit_, PLACE(member), .fallback = default_, \
        .min = min_, .max = max_, .about = about_                                                \
    }
#define SWITCH(key_, member, default_, about_)                                                \
    {                                                                                         \
        .key = key_, .kind = LAB_F_BOOL, PLACE(member), .fallback = default_, .about = about_ \
    }
#define SECTION(key_, table_)                                                           \
    {                                                                                   \
        .key = key_, .kind = LAB_F_TABLE, .table = &(table_), .about = (about_##table_) \
    }
#define TABLE(name_, rows_, about_text_)             \
    static const char about_##name_[] = about_text_; \
    static const struct lab_table name_ = {          \
        .about = about_##name_, .fields = rows_, .count = sizeof rows_ / sizeof rows_[0]}

// --- sim --------------------------------------------------------------------------------------------

static const struct lab_field nv_rows[] = {
    WORD("kind", sim.nv.kind, LAB_NV_FRAM, lab_nv_words, "kind of memory"),
    Q("size", LAB_BYTES, sim.nv.size, 0, 0, 16777216,
      "bytes given to the journal; 0B takes the kind's default"),
    {.key = "sync",
     .kind = LAB_F_QUANTITY,
     .unit = LAB_TIME,
     PLACE(sim.nv.sync_us),
     .fallback = -1,
     .max = US_S,
     .about =
         "how long the memory takes to make a write durable; not given: none, but 20 ms of an SD "
         "card behind a file system"},
};
TABLE(nv, nv_rows, "the memory that the journal lives in");

static const struct lab_field supply_rows[] = {
    {.key = "hold_up",
     .kind = LAB_F_QUANTITY,
     .unit = LAB_TIME,
     PLACE(sim.hold_up_us),
     .fallback = -1,
     .max = 10 * US_S,
     .about = "hold-up time at full load; not given: the printer's power.hold_up"},
    {.key = "detect",
     .kind = LAB_F_QUANTITY,
     .unit = LAB_TIME,
     PLACE(sim.detect_us),
     .fallback = -1,
     .max = US_S,
     .about = "from lost mains to the power-fail input; not given: the printer's power.detect"},
};
TABLE(supply, supply_rows, "the power supply in this scenario");

static const struct lab_field start_rows[] = {
    SWITCH("soaked", sim.soaked, 0,
           "bed and chamber steady at the file's highest bed target when the job begins, and "
           "calibrated in that state"),
    SWITCH("calibrate", sim.calibrate, 1, "calibrate the z_plus endstops before the job"),
    SWITCH("held", sim.held, 0,
           "the part is held (clamps, glue) and does not let go when the bed cools"),
    Q("room", LAB_TEMPERATURE, sim.room_mc, LAB_UNSAID, -20000, 60000,
      "temperature of the room; not given: the printer's heat.ambient"),
};
TABLE(start, start_rows, "the state of the machine when the job begins");

#define NOISE(key_, bit_, about_)                                                               \
    {                                                                                           \
        .key = key_, .kind = LAB_F_BIT, PLACE(sim.noise_off), .fallback = bit_, .about = about_ \
    }

static const struct lab_field noise_rows[] = {
    NOISE("switch", LAB_NOISE_SWITCH, "repeatability of the switches"),
    NOISE("step", LAB_NOISE_STEP, "microsteps and load angle"),
    NOISE("belt", LAB_NOISE_BELT, "belt stretch between visits"),
    NOISE("heat", LAB_NOISE_HEAT, "heat that no model explains"),
    NOISE("nozzle", LAB_NOISE_NOZZLE, "true temperature of the nozzle"),
    NOISE("part", LAB_NOISE_PART, "shrinkage of the part"),
    NOISE("level", LAB_NOISE_LEVEL, "tilt left by independent corners"),
    NOISE("xy", LAB_NOISE_XY, "XY homing and belts"),
    NOISE("sag", LAB_NOISE_SAG, "sag of unpowered corners, and rotor snap"),
};
TABLE(noise, noise_rows, "error terms: `off` switches one off, to see what it is worth");

static const struct lab_field sim_rows[] = {
    WORD("gantry", sim.gantry, LAB_QUASISTATIC, lab_gantry_words, "how the gantry is computed"),
    SECTION("nv", nv),
    SECTION("supply", supply),
    SECTION("start", start),
    SECTION("noise", noise),
};
TABLE(sim, sim_rows, "what only a simulated machine has; a bench ignores it");

// --- power, disturb ---------------------------------------------------------------------------------

static const struct lab_field power_rows[] = {
    {.key = "at",
     .kind = LAB_F_TABLE,
     .table = &lab_power_trigger_table,
     .required = true,
     .offset = offsetof(struct lab_power, at),
     .about = "when mains go"},
    {.key = "off_for",
     .kind = LAB_F_QUANTITY,
     .unit = LAB_TIME,
     .size = 8,
     .required = true,
     .offset = offsetof(struct lab_power, off_for_us),
     .min = LAB_OFF_MIN_US,
     .max = LAB_OFF_MAX_US,
     .about = "how long"},
    {.key = "domains",
     .kind = LAB_F_FLAGS,
     .size = 4,
     .least = 1,
     .offset = offsetof(struct lab_power, domains),
     .fallback = LAB_DOMAIN_MAINS,
     .words = lab_domain_words,
     .about = "what loses power"},
    {.key = "tear",
     .kind = LAB_F_COUNTED,
     .size = 4,
     .least = LAB_TEAR_PREFIX,
     .offset = offsetof(struct lab_power, tear.kind),
     .offset2 = offsetof(struct lab_power, tear.bytes),
     .words = lab_tear_words,
     .about = "what is left of the memory operation that the cut falls into, where the memory can "
              "do that (with at: {nv_write: N} only); not given: its first half"},
};

static int finish_power(struct lab_bind *bind, const struct lab_node *node, const void *in,
                        void *out)
{
    const struct lab_power *entry = in;
    const struct lab_node *tear = lab_node_find(node, "tear");
    const struct lab_node *domains = lab_node_find(node, "domains");
    if (domains != NULL) {
        ((struct lab_power *)out)->domains_mark = domains->mark;
    }
    if (tear != NULL && entry->at.kind != LAB_AT_NV_WRITE) {
        return lab_bind_fail_key(bind, tear, "'tear' goes with at: {nv_write: N} only");
    }
    return LAB_OK;
}

static const struct lab_table power = {.about = "an outage",
                                       .fields = power_rows,
                                       .count = sizeof power_rows / sizeof power_rows[0],
                                       .size = sizeof(struct lab_power),
                                       .finish = finish_power};

/// Which keys a kind of disturbance takes: needed, allowed besides.
struct disturb_keys {
    const char *needs[3], *takes[2];
    bool in_outage; ///< only while power is off
};
static const struct disturb_keys disturb_keys[] = {
    [LAB_DISTURB_SAG] = {{"corners"}, {NULL}, true},
    [LAB_DISTURB_NUDGE] = {{"xy"}, {NULL}, true},
    [LAB_DISTURB_ENDSTOP] = {{"which", "mode"}, {NULL}, false},
    [LAB_DISTURB_RELEASE] = {{NULL}, {"xy"}, false},
    [LAB_DISTURB_BIND] = {{"which", "amount"}, {NULL}, false},
    [LAB_DISTURB_SLIP] = {{"which", "amount"}, {NULL}, false},
    [LAB_DISTURB_FILE] = {{"mode"}, {NULL}, false},
    [LAB_DISTURB_CANCEL] = {{"off_for"}, {NULL}, false},
    [LAB_DISTURB_CONSOLE] = {{"line"}, {NULL}, false},
};

static bool takes(const struct disturb_keys *keys, const char *key)
{
    bool known = strcmp(key, "at") == 0 || strcmp(key, "kind") == 0;
    for (int i = 0; i < 3 && keys->needs[i] != NULL; i++) {
        known = known || strcmp(key, keys->needs[i]) == 0;
    }
    for (int i = 0; i < 2 && keys->takes[i] != NULL; i++) {
        known = known || strcmp(key, keys->takes[i]) == 0;
    }
    return known;
}

static int check_disturb_keys(struct lab_bind *bind, const struct lab_node *node,
                              enum lab_disturb_kind kind)
{
    const struct disturb_keys *keys = &disturb_keys[kind];
    const char *name = lab_word_text(lab_disturb_words, kind);
    for (const struct lab_node *child = node->first; child != NULL; child = child->next) {
        if (!takes(keys, child->key)) {
            return lab_bind_fail_key(bind, child, "kind %s takes no '%s'", name, child->key);
        }
    }
    for (int i = 0; i < 3 && keys->needs[i] != NULL; i++) {
        if (lab_node_find(node, keys->needs[i]) == NULL) {
            return lab_bind_fail(bind, lab_node_find(node, "kind"), "kind %s needs '%s'", name,
                                 keys->needs[i]);
        }
    }
    return LAB_OK;
}

static int finish_disturb(struct lab_bind *bind, const struct lab_node *node, const void *in,
                          void *out)
{
    const struct lab_disturb *disturb = in;
    (void)out;
    const int status = check_disturb_keys(bind, node, disturb->kind);
    if (status != LAB_OK) {
        return status;
    }
    if (disturb_keys[disturb->kind].in_outage && disturb->at.kind != LAB_AT_OUTAGE) {
        return lab_bind_fail(bind, lab_node_find(node, "at"),
                             "kind %s happens while power is off: at: {outage: 1}",
                             lab_word_text(lab_disturb_words, disturb->kind));
    }
    if (disturb->kind == LAB_DISTURB_CONSOLE && disturb->at.kind > LAB_AT_MOVE) {
        return lab_bind_fail(bind, lab_node_find(node, "at"),
                             "kind console happens at a place of the print: its layer, time, move, "
                             "Z, file or filament");
    }
    const bool of_file = disturb->mode >= LAB_FILE_EDITED;
    const struct lab_node *mode = lab_node_find(node, "mode");
    if (mode != NULL && of_file != (disturb->kind == LAB_DISTURB_FILE)) {
        return lab_bind_fail(bind, mode, "mode '%s' does not go with kind %s", mode->text,
                             lab_word_text(lab_disturb_words, disturb->kind));
    }
    return LAB_OK;
}

#define DISTURB(member)                                \
    .size = sizeof(((struct lab_disturb *)0)->member), \
    .offset = offsetof(struct lab_disturb, member)

static const struct lab_field disturb_rows[] = {
    {.key = "at",
     .kind = LAB_F_TABLE,
     .table = &lab_disturb_trigger_table,
     .required = true,
     .offset = offsetof(struct lab_disturb, at),
     .about = "when it happens"},
    {.key = "kind",
     .kind = LAB_F_WORD,
     .required = true,
     DISTURB(kind),
     .words = lab_disturb_words,
     .about = "what happens"},
    {.key = "mode",
     .kind = LAB_F_WORD,
     DISTURB(mode),
     .words = lab_mode_words,
     .about = "endstop: what the switch does from then on; file: what became of the job file"},
    {.key = "which",
     .kind = LAB_F_QUANTITY,
     DISTURB(which),
     .max = LAB_CORNERS - 1,
     .about = "corner or switch: 0 is stepper_z, 1 stepper_z1, ..."},
    {.key = "corners",
     .kind = LAB_F_VECTOR,
     .unit = LAB_LENGTH,
     .size = 8,
     .count = LAB_CORNERS,
     .least = 1,
     .offset = offsetof(struct lab_disturb, corner_nm),
     .max = 500 * NM_MM,
     .about = "sag: how far each corner falls, [stepper_z, stepper_z1, ...]"},
    {.key = "xy",
     .kind = LAB_F_VECTOR,
     .unit = LAB_LENGTH,
     .size = 8,
     .count = 2,
     .least = 2,
     .offset = offsetof(struct lab_disturb, xy_nm),
     .min = -500 * NM_MM,
     .max = 500 * NM_MM,
     .about = "nudge: how far the head is moved; release: how far the part shifts"},
    {.key = "amount",
     .kind = LAB_F_QUANTITY,
     .unit = LAB_LENGTH,
     DISTURB(amount_nm),
     .max = 100 * NM_MM,
     .about = "bind: lag up to which the corner follows; slip: how far the pulley slips"},
    {.key = "off_for",
     .kind = LAB_F_QUANTITY,
     .unit = LAB_TIME,
     DISTURB(off_for_us),
     .min = US_MS,
     .max = 8760 * US_H,
     .about = "cancel: resumed by command after this time"},
    {.key = "line",
     .kind = LAB_F_TEXT,
     .count = sizeof(((struct lab_disturb *)0)->line),
     .offset = offsetof(struct lab_disturb, line),
     .about = "console: G-code that sets something, e.g. EXCLUDE_OBJECT NAME=part"},
};
static const struct lab_table disturb = {.about = "something that goes wrong besides",
                                         .fields = disturb_rows,
                                         .count = sizeof disturb_rows / sizeof disturb_rows[0],
                                         .size = sizeof(struct lab_disturb),
                                         .finish = finish_disturb};

// --- expect -----------------------------------------------------------------------------------------

#define LIMIT(into_, i_, name_, unit_, scale_, lower_, about_) \
    {.key = name_,                                             \
     .kind = LAB_F_LIMIT,                                      \
     .unit = unit_,                                            \
     .offset = offsetof(struct lab_scenario, into_[i_]),       \
     .min = 0,                                                 \
     .max = LAB_NO_LIMIT,                                      \
     .scale = scale_,                                          \
     .lower_is_bad = lower_,                                   \
     .about = about_},
#define EXPECT(i_, name_, key_, unit_, json_, scale_, lower_, about_) \
    LIMIT(expect, i_, name_, unit_, scale_, lower_, about_)
#define P95(i_, name_, key_, unit_, json_, scale_, lower_, about_) \
    LIMIT(expect_p95, i_, name_, unit_, scale_, lower_, about_)

static const struct lab_field expect_rows[] = {
    WORD("result", expect_result, LAB_RESUMED, lab_result_words, "what must happen"),
    {.key = "reason",
     .kind = LAB_F_WORD,
     .size = 4,
     .offset = offsetof(struct lab_scenario, expect_reason_code),
     .fallback = -1,
     .words = lab_reason_words,
     .about = "why: of a refusal; not given: any reason will do"},
    {.key = "or_refused",
     .kind = LAB_F_FLAGS,
     PLACE(expect_or_refused),
     .numbered = true,
     .words = lab_reason_words,
     .about = "a refusal for one of these reasons will do as well"},
    LAB_MEASURE_LIST(EXPECT)};
TABLE(expect, expect_rows,
      "what a single run must keep to; a measure takes a limit, or {max: limit, warn: limit}");

static const struct lab_field p95_rows[] = {LAB_MEASURE_LIST(P95)};
TABLE(expect_p95, p95_rows, "what 95 of 100 runs must keep to (--seeds, sweep)");

// --- the whole --------------------------------------------------------------------------------------

static const struct lab_field scenario_rows[] = {
    TEXT("name", name, false, "name, the file's own without .yaml; not given: that"),
    TEXT("about", about, true, "the situation in plain words"),
    {.key = "printer",
     .kind = LAB_F_TEXT,
     .required = true,
     .count = sizeof(((struct lab_scenario *)0)->printer_path),
     .offset = offsetof(struct lab_scenario, printer_path),
     .file = &lab_printer_table,
     .about = "printer file, relative to the scenario's folder"},
    TEXT("job", job_path, true,
         "G-code file, relative to the scenario's folder (with --set: to the current one)"),
    TEXT("material", material, false,
         "material; not given: what the file's `; filament_type` says"),
    WORD("dut", dut, LAB_DUT_CORE, lab_dut_words, "device under test"),
    WORD("defect", defect, 0, lab_defect_words,
         "what the core does wrong on purpose; only plr-sim-defects, the test build, can do it"),
    Q("seed", LAB_COUNT, seed, 1, 0, INT64_MAX, "seed of all noise"),
    {.key = "plr",
     .kind = LAB_F_TABLE,
     .table = &lab_plr_table,
     .offset = offsetof(struct lab_scenario, plr),
     .inherited = true,
     .about = "options of the recovery core, over the printer's"},
    SECTION("sim", sim),
    {.key = "power",
     .kind = LAB_F_LIST,
     .count = LAB_POWER_MAX,
     .table = &power,
     .offset = offsetof(struct lab_scenario, power),
     .offset2 = offsetof(struct lab_scenario, power_count),
     .about = "outages, in order"},
    {.key = "disturb",
     .kind = LAB_F_LIST,
     .count = LAB_DISTURB_MAX,
     .table = &disturb,
     .offset = offsetof(struct lab_scenario, disturb),
     .offset2 = offsetof(struct lab_scenario, disturb_count),
     .about = "what goes wrong besides"},
    {.key = "consent",
     .kind = LAB_F_FLAGS,
     PLACE(consent),
     .fallback = 1,
     .words = lab_consent_words,
     .about = "what the operator agrees to when power is back; [] nothing"},
    SECTION("expect", expect),
    SECTION("expect_p95", expect_p95),
};

const struct lab_table lab_scenario_table = {
    .about = "a scenario: what to do to a printer in mid-print, and what must hold afterwards",
    .fields = scenario_rows,
    .count = sizeof scenario_rows / sizeof scenario_rows[0],
};
