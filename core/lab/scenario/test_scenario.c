// Scenarios: the headline's values, sets, every committed file, schema and reference equal to the table.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/doc/test_golden.h"
#include "core/lab/scenario/id.h"
#include "core/lab/scenario/tables.h"
#include "core/plr/plr.h"

static const char headline[] = "scenarios/voron24_cut.yaml";
static struct lab_scenario scenario;

static void load(const struct lab_set *sets, size_t n)
{
    struct lab_error err = {0};
    if (lab_scenario_load(headline, sets, n, &scenario, &err) != LAB_OK) {
        fail_msg("%s:%d:%d %s", err.file, err.line, err.column, err.message);
    }
}

static void the_headline_says_what_it_says(void **state)
{
    (void)state;
    load(NULL, 0);
    assert_string_equal(scenario.name, "voron24_cut");
    assert_string_equal(scenario.path, headline);
    assert_string_equal(scenario.printer_path, "scenarios/../fixtures/printers/voron24_300.yaml");
    assert_string_equal(scenario.job_path, "scenarios/../fixtures/gcode/tower_voron24.gcode");
    assert_string_equal(scenario.material, "");
    assert_int_equal(scenario.dut, LAB_DUT_CORE);
    assert_int_equal(scenario.seed, 1);
    assert_int_equal(scenario.plr.max_adjustment_nm, 25000000);
    assert_int_equal(scenario.plr.save_interval_us, 30000000);
    assert_int_equal(scenario.plr.bed_gate_mode, 1);
    assert_int_equal(scenario.sim.gantry, LAB_FULL);
    assert_int_equal(scenario.sim.nv.kind, LAB_NV_FRAM);
    assert_int_equal(scenario.sim.detect_us, 5000);
    assert_int_equal(scenario.sim.hold_up_us, -1);
    assert_true(scenario.sim.soaked);
    assert_true(scenario.sim.calibrate);
    assert_false(scenario.sim.held);
    assert_true(scenario.sim.room_mc == INT64_MIN);
    assert_int_equal(scenario.sim.noise_off, 0);
    assert_int_equal(scenario.power_count, 1);
    assert_int_equal(scenario.disturb_count, 0);
    assert_int_equal(scenario.consent, PLR_CONSENT_RESUME);
    assert_int_equal(scenario.expect_result, LAB_RESUMED);
    assert_int_equal(scenario.expect_reason_code, -1);
    const struct lab_power *power = &scenario.power[0];
    assert_int_equal(power->at.kind, LAB_AT_LAYER);
    assert_int_equal(power->at.layer, 61);
    assert_int_equal(power->at.move, 30);
    assert_int_equal(power->at.fraction_ppm, 500000);
    assert_int_equal(power->off_for_us, 90000000);
    assert_int_equal(power->domains, LAB_DOMAIN_MAINS);
    assert_int_equal(scenario.expect[LAB_Z_OFFSET_ERROR].max, 60);
    assert_int_equal(scenario.expect[LAB_Z_OFFSET_ERROR].warn, 40);
    assert_true(scenario.expect[LAB_SEAM_GAP].set);
    assert_int_equal(scenario.expect[LAB_SEAM_GAP].max, 0);
    assert_false(scenario.expect[LAB_SEAM_GAP].has_warn);
    assert_false(scenario.expect[LAB_STATE_AGE].set);
    assert_int_equal(scenario.expect[LAB_HOT_DWELL].max, 60000);
    assert_int_equal(scenario.expect_p95[LAB_Z_OFFSET_ERROR].max, 25);
    assert_int_equal(scenario.expect_p95[LAB_LAYER_SHIFT].max, 50);
}

static void the_printer_is_the_table_of_physics(void **state)
{
    (void)state;
    load(NULL, 0);
    const struct lab_printer *p = &scenario.printer;
    assert_string_equal(p->name, "Voron 2.4 300");
    assert_int_equal(p->z_motors, 4);
    assert_int_equal(p->travel_nm[2], 260000000);
    assert_int_equal(p->anchor_nm[1][0], -60000000);
    assert_int_equal(p->anchor_nm[1][1], 370000000);
    assert_int_equal(p->gantry_mass_mg, 3600000);
    assert_int_equal(p->corner_n_m, 90000);
    assert_int_equal(p->hold_ppm, 600000);
    assert_int_equal(p->z_plus.kind, LAB_SWITCH_MICRO);
    assert_int_equal(p->z_plus.sigma_nm, 2000);
    assert_int_equal(p->z_plus.bounce_us, 3000);
    assert_int_equal(p->z_plus.place_nm[2], -240000);
    assert_int_equal(p->x_stop.sigma_nm, 7000);
    assert_int_equal(p->x_stop.false_ppm, 0);
    assert_int_equal(p->nozzle_growth_nm_k, 300);
    assert_int_equal(p->hold_up_us, 16000);
}

/// A file that says only its name is a Voron 2.4: the YAML repeats the table, it does not differ from it.
static void defaults_are_the_voron(void **state)
{
    (void)state;
    static struct lab_printer full;
    static struct lab_printer bare;
    struct lab_error err = {0};
    assert_int_equal(lab_printer_load("fixtures/printers/voron24_300.yaml", &full, NULL, &err),
                     LAB_OK);
    lab_bind_defaults(&lab_printer_table, &bare);
    assert_int_equal(full.velocity_nm_s, bare.velocity_nm_s);
    assert_int_equal(full.twist_unm_rad, bare.twist_unm_rad);
    assert_int_equal(full.bed_mw_k, bare.bed_mw_k);
    assert_int_equal(full.slip_force_un, bare.slip_force_un);
    assert_memory_equal(full.anchor_nm, bare.anchor_nm, sizeof full.anchor_nm);
    assert_int_equal(full.plr.park_nm[1], bare.plr.park_nm[1]);
    uint32_t hash = 0;
    assert_int_equal(lab_printer_load("fixtures/printers/ender3.yaml", &full, &hash, &err), LAB_OK);
    assert_int_equal(full.z_plus.kind, LAB_SWITCH_NONE);
    assert_int_not_equal(hash, 0);
    assert_int_equal(lab_printer_load("fixtures/printers/none.yaml", &full, &hash, &err),
                     LAB_ENOENT);
}

static void sets_reach_everything(void **state)
{
    (void)state;
    const struct lab_set sets[] = {
        {"power[0].at.layer=7"},
        {"power[1]={at: {phase: home_z2, count: 2, after: 1.5s}, off_for: 1h, domains: [24v, "
         "host]}"},
        {"plr.save_interval=5s"},
        {"plr.bed_gate=80C"},
        {"plr.record=on_command"},
        {"printer.gantry.toolhead_mass=500g"},
        {"printer.z_plus.kind=optical"},
        {"sim.noise.switch=off"},
        {"sim.noise.sag=off"},
        {"dut=naive"},
        {"material=PETG"},
        {"seed=42"},
        {"consent=[resume, cold_bed]"},
        {"disturb=[{at: {outage: 2}, kind: sag, corners: [1mm, 2mm]}]"},
        {"job=fixtures/gcode/vase_spiral.gcode"},
        {"expect={result: refused, reason: bed_cold, nv_wear_years: {min: 5years, warn: 10years}}"},
    };
    load(sets, sizeof sets / sizeof sets[0]);
    assert_int_equal(scenario.power[0].at.layer, 7);
    assert_int_equal(scenario.power[0].at.move, 30);
    assert_int_equal(scenario.power_count, 2);
    assert_int_equal(scenario.power[1].at.kind, LAB_AT_PHASE);
    assert_int_equal(scenario.power[1].at.phase, PLR_PHASE_HOME_Z2);
    assert_int_equal(scenario.power[1].at.count, 2);
    assert_int_equal(scenario.power[1].at.after_us, 1500000);
    assert_int_equal(scenario.power[1].at.mark.file, 2);
    assert_int_equal(scenario.power[1].domains, LAB_DOMAIN_24V | LAB_DOMAIN_HOST);
    assert_int_equal(scenario.plr.save_interval_us, 5000000);
    assert_int_equal(scenario.plr.bed_gate_mode, 2);
    assert_int_equal(scenario.plr.bed_gate_mc, 80000);
    assert_int_equal(scenario.plr.record, 1);
    assert_int_equal(scenario.printer.toolhead_mass_mg, 500000);
    assert_int_equal(scenario.printer.z_plus.kind, LAB_SWITCH_OPTICAL);
    assert_int_equal(scenario.printer.z_plus.sigma_nm, 600);
    assert_int_equal(scenario.sim.noise_off, 1u << LAB_NOISE_SWITCH | 1u << LAB_NOISE_SAG);
    assert_int_equal(scenario.dut, LAB_DUT_NAIVE);
    assert_string_equal(scenario.material, "PETG");
    assert_int_equal(scenario.seed, 42);
    assert_int_equal(scenario.consent, PLR_CONSENT_RESUME | PLR_CONSENT_COLD_BED);
    assert_int_equal(scenario.disturb[0].corner_nm[1], 2000000);
    assert_string_equal(scenario.job_path, "fixtures/gcode/vase_spiral.gcode");
    assert_int_equal(scenario.expect_result, LAB_REFUSED);
    assert_string_equal(scenario.expect_reason, "bed_cold");
    assert_int_equal(scenario.expect_reason_code, PLR_REASON_BED_COLD);
    assert_int_equal(scenario.expect[LAB_NV_WEAR_YEARS].max, 5);
    assert_false(scenario.expect[LAB_Z_OFFSET_ERROR].set);
}

struct trigger_case {
    const char *set;
    enum lab_trigger_kind kind;
    int64_t value;
};

static void every_trigger(void **state)
{
    (void)state;
    static const struct trigger_case cases[] = {
        {"power[0].at={time: 20min}", LAB_AT_TIME, INT64_C(1200000000)},
        {"power[0].at={z: 9.2mm}", LAB_AT_Z, 9200000},
        {"power[0].at={file: 64KiB}", LAB_AT_FILE, 65536},
        {"power[0].at={progress: 37.5%}", LAB_AT_FILE, 375000},
        {"power[0].at={filament: 1.5m}", LAB_AT_FILAMENT, 1500000000},
        {"power[0].at={move: 1234, fraction: 10%}", LAB_AT_MOVE, 1234},
        {"power[0].at={phase: lift}", LAB_AT_PHASE, PLR_PHASE_LIFT},
        {"power[0].at={event: 99}", LAB_AT_EVENT, 99},
        {"power[0].at={nv_write: 137}", LAB_AT_NV_WRITE, 137},
        {"power[0].at={layer: 3, travel: 4}", LAB_AT_LAYER, 3},
        {"power[0].at={layer: 0, retract: 2, after: 10ms}", LAB_AT_LAYER, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct lab_set set = {cases[i].set};
        load(&set, 1);
        assert_int_equal(scenario.power[0].at.kind, cases[i].kind);
        assert_true(scenario.power[0].at.value == cases[i].value);
    }
    assert_true(scenario.power[0].at.retract);
    assert_int_equal(scenario.power[0].at.move, 2);
    assert_int_equal(scenario.power[0].at.after_us, 10000);
}

/// A share of a file is a place of it as soon as that is known.
static void progress_becomes_a_place(void **state)
{
    static const struct {
        const char *set;
        int64_t bytes, byte;
    } row[] = {{"power[0].at={progress: 0%}", 1000, 0},
               {"power[0].at={progress: 37.5%}", 1000, 375},
               {"power[0].at={progress: 50%}", 999, 499},
               {"power[0].at={progress: 100%}", 1000, 999},
               {"power[0].at={progress: 100%}", INT64_C(1) << 60, (INT64_C(1) << 60) - 1},
               {"power[0].at={file: 600B}", 1000, 600}};
    struct lab_error err;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct lab_set set = {row[i].set};
        load(&set, 1);
        lab_scenario_progress(&scenario, row[i].bytes);
        lab_scenario_progress(&scenario, row[i].bytes); // and stays so
        if (scenario.power[0].at.value != row[i].byte || scenario.power[0].at.share)
            fail_msg("%s: %lld", row[i].set, (long long)scenario.power[0].at.value);
    }
    const struct lab_set both = {"power[0].at={progress: 50%, file: 600B}"};
    lab_error_clear(&err);
    assert_int_not_equal(lab_scenario_load(headline, &both, 1, &scenario, &err), 0);
    assert_non_null(strstr(err.message, "two triggers in one 'at': file and progress"));
}

static uint32_t doc_hash(const char *set)
{
    const struct lab_set sets[] = {{set}};
    load(sets, 1);
    return scenario.hash_doc;
}

static void hashes_follow_meaning(void **state)
{
    (void)state;
    load(NULL, 0);
    const uint32_t doc = scenario.hash_doc;
    const uint32_t printer = scenario.hash_printer;
    assert_int_equal(doc_hash("seed=7"), doc);
    assert_int_equal(doc_hash("power[0].off_for=1.5min"), doc);
    assert_int_equal(doc_hash("plr.max_adjustment=2.5cm"), doc);
    assert_int_not_equal(doc_hash("power[0].off_for=91s"), doc);
    assert_int_not_equal(doc_hash("plr.max_adjustment=25.000001mm"), doc);
    assert_int_not_equal(doc_hash("dut=naive"), doc);
    assert_int_equal(doc_hash("printer.gantry.mass=3.601kg"), doc);
    assert_int_not_equal(scenario.hash_printer, printer);
    assert_int_equal(doc_hash("printer.gantry.mass=3600g"), doc);
    assert_int_equal(scenario.hash_printer, printer);
}

static const char config[] = "fixtures/klipper/voron24/printer.cfg";

/// A Klipper configuration is a base: printer's file, printer's keys, scenario's file, scenario's keys.
static void a_klipper_configuration_is_a_base(void **state)
{
    (void)state;
    const struct lab_set alone[] = {{"plr={config: fixtures/klipper/voron24/printer.cfg}"}};
    load(NULL, 0);
    assert_int_equal(scenario.hash_config, 0);
    assert_int_equal(scenario.plr.history_size, 5);
    load(alone, 1);
    assert_string_equal(scenario.plr.config, config);
    assert_int_equal(scenario.plr.history_size, 3);
    assert_int_equal(scenario.plr.fast_travel_upto_nm, 200000000);
    assert_int_equal(scenario.plr.max_adjustment_nm, 25000000);
    assert_int_equal(scenario.plr.tick_interval_us, 1000000); // the .cfg knows no such thing
    assert_string_equal(scenario.plr.part_cooling_fans, "fan");
    const uint32_t hash = scenario.hash_config;
    assert_int_not_equal(hash, 0);
    const struct lab_set over[] = {
        {"plr={config: fixtures/klipper/voron24/printer.cfg, history_size: 7, part_cooling_fans: "
         "'fan, aux1'}"}};
    load(over, 1);
    assert_int_equal(scenario.plr.history_size, 7);
    assert_string_equal(scenario.plr.part_cooling_fans, "fan, aux1");
    assert_int_equal(scenario.plr.fast_travel_upto_nm, 200000000);
    assert_int_equal(scenario.hash_config, hash);
    // the printer's: its own keys count more than its file, less than the scenario's file and keys
    const struct lab_set below[] = {
        {"plr={save_delay: 1}"},
        {"printer.plr={config: fixtures/klipper/voron24/printer.cfg, max_adjustment: 4mm, "
         "history_size: 9}"},
        {"printer.plr.park=[10mm, 20mm]"},
    };
    load(below, 3);
    assert_int_equal(scenario.plr.max_adjustment_nm, 4000000);
    assert_int_equal(scenario.plr.history_size, 9);
    assert_int_equal(scenario.plr.fast_travel_upto_nm, 200000000);
    assert_int_equal(scenario.plr.park_nm[0], 10000000);
    assert_int_equal(scenario.plr.save_delay, 1);
    assert_int_equal(scenario.hash_config, hash);
    const struct lab_set both[] = {alone[0], below[1]};
    load(both, 2);
    assert_int_equal(scenario.plr.max_adjustment_nm, 25000000);
    assert_int_equal(scenario.plr.history_size, 3);
    assert_int_not_equal(scenario.hash_config, hash);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/// What a .cfg does not say is not its default: the printer's stays.
static void a_short_configuration_changes_little(void **state)
{
    (void)state;
    char path[60];
    char named[80];
    snprintf(path, sizeof path, "/tmp/test_scenario_%d.cfg", (int)getpid());
    snprintf(named, sizeof named, "plr={config: %s}", path);
    const struct lab_set sets[] = {
        {named}, {"printer.plr.retract_dist=3mm"}, {"printer.plr.history_size=9"}};
    write_text(path, "[save_variables]\nfilename: v\n[power_loss_recovery]\nhistory_size: 4\n"
                     "pin_stepper_z: a\npin_stepper_z1: b\npin_stepper_z2: c\npin_stepper_z3: d\n");
    load(sets, 3);
    assert_int_equal(scenario.plr.history_size, 4);
    assert_int_equal(scenario.plr.retract_nm, 3000000);
    assert_int_equal(scenario.plr.z_position_nm, 255000000);
    remove(path);
}

/// What is wrong in the .cfg is told there; what is wrong with naming it, in the scenario.
static void a_configuration_that_does_not_go_with_the_printer(void **state)
{
    (void)state;
    static const struct {
        const char *set, *file, *message;
        int line;
    } cases[] = {
        {"plr.config=fixtures/klipper/none.cfg", "--set",
         "fixtures/klipper/none.cfg cannot be read: no such file", 1},
        {"plr.config=fixtures/klipper", "--set",
         "fixtures/klipper cannot be read: not a regular file", 1},
        {"plr.config=fixtures/klipper/guide/printer.cfg",
         "fixtures/klipper/guide/power_loss_recovery.cfg",
         "z_position lies above the 260 mm that Voron 2.4 300 can travel", 37},
        {"plr.config=fixtures/invalid/klipper/pin_is_x_endstop/../delay_high/input.cfg",
         "fixtures/invalid/klipper/pin_is_x_endstop/../delay_high/input.cfg",
         "save_delay '5' is out of range: 1 to 4", 4},
        {"plr.config=[a]", "--set", "'config' takes a single value, not a list", 1},
        {"printer.plr.config=fixtures/klipper/none.cfg", "--set",
         "fixtures/klipper/none.cfg cannot be read: no such file", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct lab_set set = {cases[i].set};
        struct lab_error err = {0};
        assert_true(lab_scenario_load(headline, &set, 1, &scenario, &err) < 0);
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.file, cases[i].file);
        assert_int_equal(err.line, cases[i].line);
    }
    const struct lab_set trident[] = {
        {"printer=fixtures/printers/trident_300.yaml"},
        {"plr.config=fixtures/klipper/voron24/power_loss_recovery.cfg"}};
    struct lab_error err = {0};
    assert_true(lab_scenario_load(headline, trident, 2, &scenario, &err) < 0);
    assert_string_equal(err.message,
                        "4 z_plus endstops here, but Voron Trident 300 has 3 Z motors");
}

/// A printer file made of a configuration loads, and holds what the configuration says.
static void a_printer_file_comes_out_of_a_configuration(void **state)
{
    (void)state;
    static struct lab_printer made;
    static struct lab_printer kept;
    struct lab_error err = {0};
    char path[] = "/tmp/test_scenario_XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    assert_int_equal(lab_printer_from_klipper(config, path, file, &err), LAB_OK);
    fclose(file);
    assert_int_equal(lab_printer_load(path, &made, NULL, &err), LAB_OK);
    assert_int_equal(lab_printer_load("fixtures/printers/voron24_300.yaml", &kept, NULL, &err),
                     LAB_OK);
    // the fixture is the same machine, measured by hand
    assert_memory_equal(made.travel_nm, kept.travel_nm, sizeof made.travel_nm);
    assert_memory_equal(made.anchor_nm, kept.anchor_nm, sizeof made.anchor_nm);
    assert_int_equal(made.z_microstep_nm, kept.z_microstep_nm);
    assert_int_equal(made.z_fullstep_nm, kept.z_fullstep_nm);
    assert_int_equal(made.xy_microstep_nm, kept.xy_microstep_nm);
    assert_int_equal(made.xy_fullstep_nm, kept.xy_fullstep_nm);
    assert_int_equal(made.z_velocity_nm_s, kept.z_velocity_nm_s);
    assert_int_equal(made.z_drive, LAB_Z_BELT_GANTRY);
    assert_int_equal(made.plr.z_position_nm, 255000000);
    assert_int_equal(made.advance_us, 50000);
    assert_string_equal(made.plr.part_cooling_fans, "fan");
    assert_memory_equal(made.plr.park_nm, kept.plr.park_nm, sizeof made.plr.park_nm);
    remove(path);
    // refused: nothing is written
    file = tmpfile();
    assert_int_equal(lab_printer_from_klipper("fixtures/invalid/klipper/kinematics_delta/input.cfg",
                                              NULL, file, &err),
                     LAB_EINVAL);
    assert_int_equal(err.line, 4);
    assert_int_equal(ftell(file), 0);
    char fast[60];
    snprintf(fast, sizeof fast, "/tmp/test_scenario_%d.cfg", (int)getpid());
    write_text(fast, "[printer]\nkinematics: corexy\nmax_velocity: 5000\n"
                     "[stepper_x]\nrotation_distance: 40\nmicrosteps: 16\nposition_max: 300\n"
                     "[stepper_y]\nposition_max: 300\n"
                     "[stepper_z]\nrotation_distance: 8\nmicrosteps: 16\nposition_max: 300\n");
    lab_error_clear(&err);
    assert_int_equal(lab_printer_from_klipper(fast, NULL, file, &err), LAB_EINVAL);
    assert_string_equal(err.message,
                        "[printer] max_velocity cannot be simulated: 'limits.velocity' is "
                        "1mm/s to 2000mm/s");
    assert_int_equal(err.line, 3);
    assert_int_equal(ftell(file), 0);
    remove(fast);
    fclose(file);
}

static int load_each(void *ctx, const char *path, const char *name, const char *about)
{
    struct lab_error err = {0};
    char stem[64];
    int *count = ctx;
    if (lab_scenario_load(path, NULL, 0, &scenario, &err) != LAB_OK) {
        fail_msg("%s:%d:%d %s", err.file, err.line, err.column, err.message);
    }
    lab_scenario_stem(path, stem, sizeof stem);
    assert_string_equal(name, stem);
    assert_string_equal(scenario.name, stem);
    assert_non_null(about);
    // the first line tells an editor where the schema is
    FILE *file = fopen(path, "r");
    char line[200];
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(strncmp(line, "# yaml-language-server: $schema=", 32), 0);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, "SPDX"));
    fclose(file);
    (*count)++;
    return LAB_OK;
}

static void every_committed_scenario_loads(void **state)
{
    (void)state;
    int count = 0;
    assert_int_equal(lab_scenario_list(NULL, load_each, &count), LAB_OK);
    assert_true(count >= 20);
    assert_int_equal(lab_scenario_list("core", load_each, &count), LAB_ENOENT);
}

static void committed_schemas_and_reference_are_the_table(void **state)
{
    (void)state;
    golden_same("scenarios/schema.json", NULL, lab_schema_print);
    golden_same("fixtures/printers/schema.json", NULL, lab_printer_schema_print);
    golden_same("docs/SCENARIOS.md", "## Keys of a scenario\n", lab_reference_print);
}

static void explain(const char *key, const char *holds)
{
    struct lab_error err = {0};
    static char text[20000];
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(lab_explain_print(file, key, &err), LAB_OK);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    if (strstr(text, holds) == NULL) {
        fail_msg("explain %s does not say '%s' but:\n%s", key, holds, text);
    }
}

static void explains_every_kind_of_key(void **state)
{
    (void)state;
    explain("", "expect_p95");
    explain("plr.save_interval", "default  30s");
    explain("power", "off_for");
    explain("power[0].at.layer", "count, 0 to");
    explain("power[0].domains", "list of: mains");
    explain("printer", "gantry");
    explain("printer.gantry.toolhead_mass", "E: estimate");
    explain("printer.limits.travel", "[300mm, 300mm, 260mm]");
    explain("printer.z_plus.place", "list of 1 to 4");
    explain("plr.bed_gate", "off, auto, or a temperature");
    explain("expect.z_offset_error", "{max: limit, warn: limit}");
    explain("expect.nv_wear_years", "{min: limit, warn: limit}");
    explain("sim.noise.heat", "on or off");
    explain("consent", "[resume]");
    explain("name", "text");
}

static void says_which_part_of_a_key_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *key, *says, *meant;
        int column;
    } cases[] = {
        {"NOSUCH", "there is no key 'NOSUCH' in a scenario", "", 1},
        {"powr", "there is no key 'powr'", "power", 1},
        {"plr.save_intervall", "no key 'save_intervall' in plr", "plr.save_interval", 5},
        {"expect.z_ofset_error", "in expect", "expect.z_offset_error", 8},
        {"power[0].att", "no key 'att' in power", "power[0].at", 10},
        {"power[1].at.laier", "in at", "power[1].at.layer", 13},
        {"printer.gantri.mass", "in printer", "printer.gantry", 9},
        {"z_plus", "no key 'z_plus'", "printer.z_plus", 1}, // one level down
        {"off_for", "no key 'off_for'", "power.off_for", 1},
        {"plr.toolhead_mass", "in plr", "printer.gantry.toolhead_mass", 5},
        {"seed.deeper", "'seed' has no keys of its own", "", 6},
        {"seed[0]", "'seed' is no list", "", 5},
        {"power[", "is written [0]", "", 6},
        {"power[x].at", "is written [0]", "", 6},
        {"power[.at", "is written [0]", "", 6},
        {"power[0]at", "a dot goes here", "", 9},
        {"power.", "a key is missing here", "", 7},
        {".power", "a key is missing here", "", 1},
        {"power..at", "a key is missing here", "", 7},
    };
    FILE *nowhere = tmpfile();
    assert_non_null(nowhere);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_error err = {0};
        assert_int_equal(lab_explain_print(nowhere, cases[i].key, &err), LAB_ENOENT);
        if (strstr(err.message, cases[i].says) == NULL || err.column != cases[i].column ||
            strcmp(err.suggestion, cases[i].meant) != 0) {
            fail_msg("%s: column %d: %s (%s)", cases[i].key, err.column, err.message,
                     err.suggestion);
        }
    }
    assert_int_equal(ftell(nowhere), 0);
    fclose(nowhere);
}

/// Rows are easily mistyped: each must hold its own default, and know its source if it has a mark.
static void check_rows(const struct lab_table *table, bool marked)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct lab_field *field = &table->fields[i];
        assert_non_null(field->about);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(field->key, table->fields[j].key);
        }
        if (field->kind == LAB_F_QUANTITY) {
            const bool unsaid =
                field->fallback == LAB_UNSAID || field->fallback == -1 || field->required;
            const bool optional = table->size > 0;
            if (field->min > field->max ||
                (!unsaid && !optional &&
                 (field->fallback < field->min || field->fallback > field->max))) {
                fail_msg("row %s: the default is out of its range", field->key);
            }
        }
        if (field->mark != '\0' || (marked && field->kind == LAB_F_QUANTITY)) {
            assert_non_null(field->source);
            assert_true(strlen(lab_mark_text(field->mark)) > 0);
        }
        if (field->table != NULL) {
            check_rows(field->table, marked);
        }
    }
}

static void rows_make_sense(void **state)
{
    (void)state;
    check_rows(&lab_scenario_table, false);
    check_rows(&lab_printer_table, true);
    assert_string_equal(lab_mark_text('x'), "");
}

static void words_agree_with_the_core(void **state)
{
    (void)state;
    for (const struct lab_word *word = lab_phase_words; word->text != NULL; word++) {
        assert_string_equal(word->text, plr_phase_name((enum plr_phase)word->value));
    }
    for (int reason = PLR_REASON_NONE + 1; reason < PLR_REASONS; reason++) {
        assert_non_null(lab_reason_word(reason));
    }
    assert_null(lab_reason_word(PLR_REASON_NONE));
}

static void measures(void **state)
{
    (void)state;
    for (int i = 0; i < LAB_MEASURES; i++) {
        const struct lab_measure_info *info = lab_measure_info((enum lab_measure)i);
        assert_non_null(info->key);
        assert_int_equal(strncmp(info->key, info->name, strlen(info->name)), 0);
        assert_int_equal(info->lower_is_bad, i == LAB_NV_WEAR_YEARS);
    }
    assert_string_equal(lab_measure_info(LAB_HOT_DWELL)->key, "hot_dwell_ms");
    assert_null(lab_measure_info(LAB_MEASURES));
}

static void materials(void **state)
{
    (void)state;
    assert_string_equal(lab_material_find("abs")->name, "ABS");
    assert_string_equal(lab_material_find("ABS+")->name, "ABS");
    assert_string_equal(lab_material_find("PLA Silk")->name, "PLA");
    assert_null(lab_material_find("PLASTER"));
    assert_null(lab_material_find(""));
    for (size_t i = 0; lab_material_at(i) != NULL; i++) {
        const struct lab_material *m = lab_material_at(i);
        assert_true(m->soften_mc < m->ooze_mc && m->ooze_mc < m->melt_mc);
        assert_true(m->release_min_mc < m->release_max_mc && m->release_max_mc < m->soften_mc);
        assert_true(m->cte_min_ppb < m->cte_max_ppb && m->bond_min_mn < m->bond_max_mn);
    }
    char names[100];
    lab_material_names(names, sizeof names);
    assert_string_equal(names, "ABS, ASA, PLA, PETG, PC, TPU, NYLON");
}

static void blames_a_place_later(void **state)
{
    (void)state;
    const struct lab_set set = {"power[1]={at: {layer: 99}, off_for: 1s}"};
    struct lab_error err = {0};
    load(&set, 1);
    lab_scenario_blame(&scenario, &set, 1, scenario.power[0].at.mark, &err, "this cut never fires");
    assert_string_equal(err.file, headline);
    assert_non_null(strstr(err.source, "layer: 61"));
    lab_error_clear(&err);
    lab_scenario_blame(&scenario, &set, 1, scenario.power[1].at.mark, &err, "this cut never fires");
    assert_string_equal(err.file, "--set");
    assert_string_equal(err.source, set.text);
    assert_int_equal(err.caret, 14);
}

static void text_is_loaded_as_if_it_stood_there(void **state)
{
    (void)state;
    const char text[] = "about: x\nprinter: ../fixtures/printers/ender3.yaml\njob: "
                        "../fixtures/gcode/ender3_cube.gcode\n";
    struct lab_error err = {0};
    assert_int_equal(lab_scenario_load_text("scenarios/made_up.yaml", text, sizeof text - 1, NULL,
                                            0, &scenario, &err),
                     LAB_OK);
    assert_string_equal(scenario.name, "made_up");
    assert_int_equal(scenario.printer.z_motors, 1);
    assert_int_equal(scenario.expect_result, LAB_RESUMED);
    char path[1200];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_true(lab_scenario_load_text(path, text, sizeof text - 1, NULL, 0, &scenario, &err) < 0);
    assert_string_equal(err.message, "the path is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_headline_says_what_it_says),
        cmocka_unit_test(the_printer_is_the_table_of_physics),
        cmocka_unit_test(defaults_are_the_voron),
        cmocka_unit_test(sets_reach_everything),
        cmocka_unit_test(every_trigger),
        cmocka_unit_test(progress_becomes_a_place),
        cmocka_unit_test(hashes_follow_meaning),
        cmocka_unit_test(a_klipper_configuration_is_a_base),
        cmocka_unit_test(a_short_configuration_changes_little),
        cmocka_unit_test(a_configuration_that_does_not_go_with_the_printer),
        cmocka_unit_test(a_printer_file_comes_out_of_a_configuration),
        cmocka_unit_test(every_committed_scenario_loads),
        cmocka_unit_test(committed_schemas_and_reference_are_the_table),
        cmocka_unit_test(explains_every_kind_of_key),
        cmocka_unit_test(says_which_part_of_a_key_is_none),
        cmocka_unit_test(rows_make_sense),
        cmocka_unit_test(words_agree_with_the_core),
        cmocka_unit_test(measures),
        cmocka_unit_test(materials),
        cmocka_unit_test(blames_a_place_later),
        cmocka_unit_test(text_is_loaded_as_if_it_stood_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
