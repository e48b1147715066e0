// The first draw of a swarm's run: which faults there are, the machine, the job, the options.
// SPDX-License-Identifier: MIT
#include "sim/swarm/swarm.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *swarm_fault_word(enum swarm_fault fault)
{
    static const char *const words[] = {
#define ITEM(name, word, rarer) word,
        SWARM_FAULT_LIST(ITEM)
#undef ITEM
    };
    return words[fault];
}

// --- chance -----------------------------------------------------------------------------------------------------

uint64_t swarm_bits(const struct swarm_draw *draw, const char *what, int i)
{
    uint64_t ordinal = plr_crc32c(0, what, strlen(what));
    return noise_bits(&draw->noise, NOISE_OTHER, (ordinal << 16) + (uint64_t)i);
}

int64_t swarm_between(const struct swarm_draw *draw, const char *what, int i, int64_t least,
                      int64_t most)
{
    return least + (int64_t)(swarm_bits(draw, what, i) % (uint64_t)(most - least + 1));
}

int64_t swarm_spread(const struct swarm_draw *draw, const char *what, int i, int64_t least,
                     int64_t most)
{
    int doublings = 0;

    while (least << doublings < most)
        doublings++;
    int64_t low = least << swarm_between(draw, what, 2 * i, 0, doublings ? doublings - 1 : 0);
    return swarm_between(draw, what, 2 * i + 1, low, 2 * low < most ? 2 * low : most);
}

bool swarm_chance(const struct swarm_draw *draw, const char *what, int i, int permille)
{
    return swarm_between(draw, what, i, 0, 999) < permille;
}

bool swarm_has(const struct swarm_draw *draw, enum swarm_fault fault)
{
    return draw->faults >> fault & 1u;
}

void swarm_set(struct swarm_draw *draw, const char *format, ...)
{
    va_list args;

    assert(draw->sets < LAB_INPUT_SETS);
    va_start(args, format);
    int n = vsnprintf(draw->set[draw->sets++], LAB_PLACE_SET, format, args);
    va_end(args);
    assert(n > 0 && n < LAB_PLACE_SET);
}

/// One of a list that ends with NULL.
static const char *pick(const struct swarm_draw *draw, const char *what, const char *const *list)
{
    int count = 0;

    while (list[count])
        count++;
    return list[swarm_between(draw, what, 0, 0, count - 1)];
}

// --- printer and job --------------------------------------------------------------------------------------------

static const char *const voron_jobs[] = {"unusual_modes",
                                         "vase_spiral",
                                         "objects_sequential",
                                         "plate_absolute",
                                         "defects/excluded_voron24",
                                         "defects/unicode",
                                         "defects/standby",
                                         NULL};
static const char *const trident_jobs[] = {"trident_bracket", "unusual_modes", "vase_spiral",
                                           "defects/excluded_voron24", NULL};
static const char *const ender_jobs[] = {"ender3_cube", "defects/hops_ender3",
                                         "defects/arcs_ender3", NULL};

static const struct {
    const char *name;
    const char *const *jobs;
    bool switches;
} printers[] = {{"voron24_300", voron_jobs, true},
                {"voron24_300_optical", voron_jobs, true},
                {"voron24_300_inductive", voron_jobs, true},
                {"trident_300", trident_jobs, true},
                {"ender3", ender_jobs, false}};

static void printer_and_job(struct swarm_draw *draw, const char *root)
{
    size_t n = (size_t)swarm_between(draw, "printer", 0, 0, (int64_t)COUNT(printers) - 1);
    const char *job = pick(draw, "job", printers[n].jobs);

    draw->switches = printers[n].switches;
    if (root) { // as the caller would have written them
        swarm_set(draw, "printer=\"%s/fixtures/printers/%s.yaml\"", root, printers[n].name);
        swarm_set(draw, "job=\"%s/fixtures/gcode/%s.gcode\"", root, job);
    } else {
        swarm_set(draw, "printer=fixtures/printers/%s.yaml", printers[n].name);
        swarm_set(draw, "job=fixtures/gcode/%s.gcode", job);
    }
}

// --- the machine ------------------------------------------------------------------------------------------------

static void memory(struct swarm_draw *draw)
{
    static const char *const kinds[] = {"fram", "eeprom", "nor", "sd", NULL};

    if (swarm_has(draw, SWARM_MEMORY))
        swarm_set(draw, "sim.nv.kind=%s", pick(draw, "memory", kinds));
    if (swarm_has(draw, SWARM_SYNC))
        swarm_set(draw, "sim.nv.sync=%" PRId64 "ms", swarm_spread(draw, "sync", 0, 1, 250));
}

static void supply(struct swarm_draw *draw)
{
    if (!swarm_has(draw, SWARM_SUPPLY))
        return;
    swarm_set(draw, "sim.supply.hold_up=%" PRId64 "ms", swarm_spread(draw, "hold_up", 0, 1, 60));
    swarm_set(draw, "sim.supply.detect=%" PRId64 "ms", swarm_spread(draw, "detect", 0, 1, 40));
}

static void start(struct swarm_draw *draw)
{
    if (swarm_has(draw, SWARM_COLD))
        swarm_set(draw, "sim.start.soaked=false");
    if (swarm_has(draw, SWARM_ROOM))
        swarm_set(draw, "sim.start.room=%" PRId64 "C", swarm_between(draw, "room", 0, 5, 38));
    if (swarm_has(draw, SWARM_UNCALIBRATED))
        swarm_set(draw, "sim.start.calibrate=false");
    if (swarm_has(draw, SWARM_HELD))
        swarm_set(draw, "sim.start.held=true");
}

/// Some terms of the noise are off: a defect may need the others alone.
static void quiet(struct swarm_draw *draw)
{
    static const char *const terms[] = {"switch", "step",  "belt", "heat", "nozzle",
                                        "part",   "level", "xy",   "sag"};
    char list[LAB_PLACE_SET] = "";
    size_t at = 0;

    for (int i = 0; i < (int)COUNT(terms); i++)
        if (swarm_chance(draw, "quiet", i, 500))
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s: off", at ? ", " : "",
                                   terms[i]);
    if (swarm_has(draw, SWARM_QUIET) && at)
        swarm_set(draw, "sim.noise={%s}", list);
}

static void bad_switches(struct swarm_draw *draw)
{
    if (!swarm_has(draw, SWARM_SWITCHES) || !draw->switches)
        return;
    if (swarm_chance(draw, "switches", 0, 600))
        swarm_set(draw, "printer.z_plus.false_rate=%" PRId64 "ppm",
                  swarm_spread(draw, "false_rate", 0, 500, 50000));
    if (swarm_chance(draw, "switches", 1, 400))
        swarm_set(draw, "printer.z_plus.sigma=%" PRId64 "um",
                  swarm_between(draw, "sigma", 0, 1, 12));
    if (swarm_chance(draw, "switches", 2, 400))
        swarm_set(draw, "printer.z_plus.drift=%" PRId64 "nm/K",
                  swarm_between(draw, "drift", 0, -2000, 2000));
}

/// Corners that hold badly.
static void loose(struct swarm_draw *draw)
{
    if (!swarm_has(draw, SWARM_LOOSE) || !draw->switches)
        return;
    int64_t hold = swarm_between(draw, "hold", 0, 0, 60);
    swarm_set(draw, "printer.sag.hold=%" PRId64 "%%", hold);
    swarm_set(draw, "printer.sag.creep=%" PRId64 "%%",
              swarm_between(draw, "creep", 0, 0, 100 - hold));
}

// --- the user ---------------------------------------------------------------------------------------------------

/// Values that a careful user might choose: what takes the safety away (bed_gate: off) is not among them.
static const struct {
    const char *key;
    const char *value[8];
} options[] = {
    {"save_interval", {"0s", "1s", "5s", "15s", "60s", "300s"}},
    {"tick_interval", {"200ms", "500ms", "3s"}},
    {"save_on_layer", {"false"}},
    {"save_delay", {"0", "1", "3", "4"}},
    {"history_size", {"6", "10", "20"}},
    {"power_fail_input", {"false"}},
    {"lift_cycles", {"0", "1", "4", "10"}},
    {"max_adjustment", {"1mm", "3mm", "10mm", "25mm", "40mm"}},
    {"sample_size", {"1", "2", "5", "8"}},
    {"sample_retract_dist", {"200um", "500um", "3mm", "10mm"}},
    {"retract_dist", {"300um", "3mm", "10mm"}},
    {"samples_tolerance", {"15um", "100um", "500um"}},
    {"samples_tolerance_retries", {"0", "1", "10"}},
    {"probe_samples_range", {"20um", "200um"}},
    {"probe_iteration_count", {"0", "2", "4"}},
    {"samples_retry_count", {"1", "10"}},
    {"verify_tolerance", {"10um", "40um"}},
    {"slow_homing_speed", {"200um/s", "3mm/s"}},
    {"fast_move_speed", {"1mm/s", "15mm/s"}},
    {"travel_speed", {"20mm/s", "300mm/s"}},
    {"fast_travel_upto_z_height", {"50mm", "200mm"}},
    {"purge_length", {"0mm", "30mm"}},
    {"home_nozzle_temp", {"130C", "160C"}},
    {"soak_chamber", {"2K", "10K"}},
    {"soak_max", {"0s", "10min", "2h"}},
    {"calibration_max_age", {"1min", "30min", "10h"}},
    {"calibration_warns", {"true"}},
    {"load_guard", {"false"}},
    {"stability_check", {"false"}},
    {"adaptive_interval", {"true"}},
    {"debug_mode", {"true"}},
};

enum { OPTIONS_AT_MOST = 7 };

static void choose_options(struct swarm_draw *draw)
{
    int permille = (int)swarm_spread(draw, "option odds", 0, 30, 250), chosen = 0;

    for (int i = 0; i < (int)COUNT(options) && swarm_has(draw, SWARM_OPTIONS); i++) {
        if (chosen == OPTIONS_AT_MOST || !swarm_chance(draw, options[i].key, 0, permille))
            continue;
        int count = 0;
        while (options[i].value[count])
            count++;
        swarm_set(draw, "plr.%s=%s", options[i].key,
                  options[i].value[swarm_between(draw, options[i].key, 1, 0, count - 1)]);
        chosen++;
    }
}

static void consent(struct swarm_draw *draw)
{
    static const char *const agreed[] = {"[]", "[resume, cold_bed]", "[resume, calibration]",
                                         "[resume, cold_bed, calibration]", NULL};

    if (swarm_has(draw, SWARM_CONSENT))
        swarm_set(draw, "consent=%s", pick(draw, "consent", agreed));
    else if (swarm_has(draw, SWARM_HELD)) // who clamps a part will say so
        swarm_set(draw, "consent=[resume, cold_bed]");
}

// --- all of it --------------------------------------------------------------------------------------------------

static void choose_faults(struct swarm_draw *draw)
{
    static const int hostile[] = {30, 80, 200, 400};
    static const int rarer[] = {
#define ITEM(name, word, times) times,
        SWARM_FAULT_LIST(ITEM)
#undef ITEM
    };
    int permille = hostile[swarm_between(draw, "hostile", 0, 0, (int64_t)COUNT(hostile) - 1)];

    for (int i = 0; i < SWARM_FAULTS; i++)
        if (swarm_chance(draw, "fault", i, permille / rarer[i]))
            draw->faults |= 1u << i;
}

void swarm_draw_machine(struct swarm_draw *draw, uint64_t seed, int64_t number, const char *root)
{
    memset(draw, 0, sizeof *draw);
    noise_init(&draw->noise, seed, 0);
    draw->noise.cut = (uint64_t)number + 1;
    choose_faults(draw);
    printer_and_job(draw, root);
    memory(draw);
    supply(draw);
    start(draw);
    quiet(draw);
    bad_switches(draw);
    loose(draw);
    choose_options(draw);
    consent(draw);
    if (swarm_has(draw, SWARM_DYNAMICS))
        swarm_set(draw, "sim.gantry=full");
}
