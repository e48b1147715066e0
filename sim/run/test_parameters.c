// Every number of a printer file matters: a change of it is seen in some run, or it is known that none sees it.
// SPDX-License-Identifier: MIT
//
// The struct is changed, not the file: a file's hash goes into the core's journal, so that any change of it is in the trace anyway.
// Here it must be the machine that behaves otherwise.
#include "sim/test_sim.h"

#include "core/lab/scenario/tables.h"

/// Runs in which parameters show that the plain stage does not ask.
enum situation {
    PLAIN,
    FULL,    ///< dynamics of the gantry
    HURRIED, ///< moves faster than the machine, and a path of short pieces
    DROPS,   ///< the corners drop from high up, in a second outage
    SLIDES,  ///< two corners slide until the nozzle hits the part, with dynamics
    INPUT,   ///< the power-fail input is the printer's, not the scenario's
    DEAD,    ///< a switch is dead: its corner is driven on
    UNTOLD,  ///< a dip that the motors do not live through, over before anybody is told
    SITUATIONS
};

/// What is not seen in the plain stage by a thousand times its least unit: heights are whole nanometres (corners after a fall whole steps), instants
/// whole microseconds. `by` is in the unit stored. 0: no run sees it.
static const struct row {
    const char *key;
    int64_t by;
    enum situation in;
} rows[] = {
    {"limits.travel[2]", 0, PLAIN}, // what a job may ask for, and the core's park
    {"limits.velocity", 1, HURRIED},
    {"limits.corner_velocity", 1, HURRIED},
    {"limits.z_velocity", 1, HURRIED},
    {"limits.e_velocity", 1, HURRIED},
    {"limits.z_home_speed", 0, PLAIN}, // DEAD: the core has speeds of its own
    {"limits.xy_home_speed", 1, HURRIED},
    {"limits.queue_moves", 1, HURRIED},
    {"drives.xy_microstep", 0, PLAIN}, // DEAD: only the full step is used
    {"drives.filament", 0, PLAIN},     // DEAD: all is counted in millimetres of filament
    {"gantry.anchors.stepper_z[0]", 10, PLAIN},
    {"gantry.anchors.stepper_z[1]", 10, PLAIN},
    {"gantry.anchors.stepper_z1[0]", 0,
     PLAIN}, // four anchors are a rectangle: three numbers say it
    {"gantry.anchors.stepper_z1[1]", 10, PLAIN},
    {"gantry.anchors.stepper_z2[0]", 0, PLAIN},
    {"gantry.anchors.stepper_z2[1]", 0, PLAIN},
    {"gantry.anchors.stepper_z3[0]", 10, PLAIN},
    {"gantry.anchors.stepper_z3[1]", 0, PLAIN},
    {"gantry.mass", 1000000, PLAIN}, // 1 mg on 85 N/mm is 1e-4 nm, in the sag's balance alone
    {"gantry.rear_extra_mass", 100000, PLAIN},
    {"gantry.corner_damping", 1000, FULL},
    {"gantry.twist_stiffness", 10, PLAIN},
    {"gantry.hard_stop", -3000000, DEAD},
    {"sag.hold", 100000, PLAIN}, // which class a corner is in: a step of a draw
    {"sag.creep", 1000000, PLAIN},
    {"sag.creep_min", 100000, PLAIN}, // falls end on a full step, 40 um
    {"sag.creep_max", 10000, PLAIN},
    {"sag.drop_min", 1000000, DROPS},
    {"sag.drop_max", 1000000, DROPS},
    {"sag.rear_factor", 1000000, PLAIN},
    {"sag.speed", 100000000, SLIDES}, // falls end on a full step: only a hard hit is another

    {"sag.slip_force", 1000000, PLAIN},
    {"heat.chamber_capacity", 10, PLAIN},
    {"heat.bed_lag", 1000, PLAIN},
    {"filament.ooze_first", 1, HURRIED},
    {"power.supply", 1, INPUT},
    {"power.detect", 1, INPUT},
    {"power.driver_check", 1, UNTOLD},
    {"power.fan", 100, PLAIN},
};
enum { ROWS = sizeof rows / sizeof *rows };

static struct stage stage[SITUATIONS];
static uint64_t hash[SITUATIONS];
static int met[ROWS], wrong;

static uint64_t hash_of(const struct stage *of)
{
    struct sim *sim = calloc(1, sizeof *sim);
    assert_non_null(sim);
    assert_int_equal(sim_open(sim, &of->scenario, of->material, &of->job, 1, false), 0);
    uint64_t h = run_on(sim);
    h ^= (uint64_t)sim->truth.outage_contact_nm << 1; // a measure that no event tells
    stage_close(sim);
    return h;
}

// --- situations -------------------------------------------------------------------------------------------------

/// Before the first layer: faster than Z, E and XY may, and a way in pieces of 0.2 mm.
static void hurry(struct stage *s)
{
    static char rest[sizeof s->text];
    char *first = strstr(s->text, ";LAYER_CHANGE");
    struct lab_error err = {0};

    assert_non_null(first);
    snprintf(rest, sizeof rest, "%s", first);
    size_t n = (size_t)(first - s->text), room = sizeof s->text;
    n += (size_t)snprintf(s->text + n, room - n,
                          "G1 E30 F30000\nG1 Z20 F6000\nG1 X20 Y20 F60000\nG1 X280 Y280\n");
    for (int tenth = 2800; tenth > 2600; tenth -= 2)
        n += (size_t)snprintf(s->text + n, room - n, "G1 X%d.%d F18000\n", tenth / 10, tenth % 10);
    snprintf(s->text + n, room - n, "%s", rest);
    assert_int_equal(
        lab_job_use(&s->job, "small.gcode", s->text, strlen(s->text), &s->scenario.printer, &err),
        0);
}

/// Mains go again while the gantry is high up, and nothing holds it.
static void drop(struct lab_scenario *s)
{
    s->power[1] = s->power[0];
    s->power[1].at = (struct lab_trigger){
        .kind = LAB_AT_PHASE, .phase = PLR_PHASE_HOME_Z1, .count = 1, .fraction_ppm = 500000};
    s->power_count = 2;
    s->printer.hold_ppm = s->printer.creep_ppm = 0;
}

static void kill_switch(struct lab_scenario *s)
{
    s->disturb[0] = (struct lab_disturb){.at = {.kind = LAB_AT_OUTAGE, .value = 1},
                                         .kind = LAB_DISTURB_ENDSTOP,
                                         .mode = LAB_ENDSTOP_DEAD,
                                         .which = 2};
    s->disturb_count = 1;
}

/// The rear corners slide until the nozzle carries what hangs between them.
static void slide(struct lab_scenario *s)
{
    s->disturb[0] = (struct lab_disturb){.at = {.kind = LAB_AT_OUTAGE, .value = 1},
                                         .kind = LAB_DISTURB_SAG,
                                         .corner_nm = {0, 2000000, 2000000, 0}};
    s->disturb_count = 1;
}

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < SITUATIONS; i++) {
        stage_set(&stage[i]);
    }
    stage[FULL].scenario.sim.gantry = LAB_FULL;
    hurry(&stage[HURRIED]);
    drop(&stage[DROPS].scenario);
    stage[SLIDES].scenario.sim.gantry = LAB_FULL;
    slide(&stage[SLIDES].scenario);
    stage[INPUT].scenario.sim.detect_us = -1;
    kill_switch(&stage[DEAD].scenario);
    stage[UNTOLD].scenario.sim.hold_up_us = 2000;
    stage[UNTOLD].scenario.sim.detect_us = 40000;
    stage[UNTOLD].scenario.power[0].off_for_us = 30000;
    for (int i = 0; i < SITUATIONS; i++)
        hash[i] = hash_of(&stage[i]);
    return 0;
}

// --- parameters ---------------------------------------------------------------------------------------------------

static void store(void *at, uint16_t size, int64_t value)
{
    const int32_t half = (int32_t)value;
    const int8_t least = (int8_t)value;
    memcpy(at, size == 8 ? (const void *)&value : size == 4 ? (const void *)&half : &least, size);
}

/// Is the change seen? Downwards when there is no room above.
static bool seen(const struct lab_field *field, size_t index, int64_t by, enum situation in)
{
    static struct stage other;
    other = stage[in];
    other.job.data = other.text;
    struct lab_printer *printer = &other.scenario.printer;
    const int64_t value = lab_field_get(field, printer, index);
    const int64_t most = field->max / (field->scale ? field->scale : 1);
    store((char *)printer + field->offset + index * field->size, field->size,
          value + by > most ? value - by : value + by);
    return hash_of(&other) != hash[in];
}

static void check(const char *key, const struct lab_field *field, size_t index)
{
    struct row row = {key, 1, PLAIN};
    for (int i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].key, key)) {
            row = rows[i];
            met[i]++;
        }
    int64_t by = row.by ? row.by : 1000;
    bool is = seen(field, index, by, row.in);
    // instants and heights are rounded: which step is the first to be seen is the chance of this job
    for (int tries = 0; row.by && !is && tries < 3; tries++)
        is = seen(field, index, by *= 10, row.in);
    if (is != (row.by != 0)) {
        print_error("%s by %lld in situation %d: %s\n", key, (long long)row.by, row.in,
                    is ? "seen, though it is called dead" : "not seen");
        wrong++;
    }
}

static void walk(const struct lab_table *table, const char *prefix)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct lab_field *field = &table->fields[i];
        char key[128], element[140];
        snprintf(key, sizeof key, "%s%s%s", prefix, prefix[0] ? "." : "", field->key);
        if (field->kind == LAB_F_TABLE && field->table != &lab_plr_table && !field->table->scratch)
            walk(field->table, key);
        else if (field->kind == LAB_F_QUANTITY)
            check(key, field, 0);
        for (size_t k = 0; field->kind == LAB_F_VECTOR && k < field->count; k++) {
            snprintf(element, sizeof element, "%s[%zu]", key, k);
            check(element, field, k);
        }
    }
}

static void every_number_of_a_printer_is_seen_in_some_run(void **state)
{
    (void)state;
    walk(&lab_printer_table, "");
    for (int i = 0; i < ROWS; i++)
        if (met[i] != 1)
            fail_msg("%s is no key", rows[i].key);
    assert_int_equal(wrong, 0);
}

/// Switches are made from a map of their own: one field each, by its least unit unless said otherwise.
static void every_number_of_the_switches_is_seen_in_some_run(void **state)
{
    (void)state;
    static struct stage other;
    struct lab_switch *z = &other.scenario.printer.z_plus;
    const struct {
        const char *name;
        int32_t *number, by;
    } numbers[] = {
        {"sigma", &z->sigma_nm, 1},
        {"hysteresis", &z->hysteresis_nm, 2000000}, // it only has to be left before the next touch
        {"bounce", &z->bounce_us, 1000},            // a microstep at the speed of a touch
        {"drift", &z->drift_nm_k, 10},
        {"false_rate", &z->false_ppm, 1000000},
        {"place", &z->place_nm[3], 1},
        {"x_stop.sigma", &other.scenario.printer.x_stop.sigma_nm, 1},
        {"y_stop.sigma", &other.scenario.printer.y_stop.sigma_nm, 10},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        other = stage[PLAIN];
        other.job.data = other.text;
        *numbers[i].number += numbers[i].by;
        if (hash_of(&other) == hash[PLAIN])
            fail_msg("%s by %d is not seen", numbers[i].name, numbers[i].by);
    }
    other = stage[PLAIN]; // how early false touches fire, when all are
    other.job.data = other.text;
    z->false_ppm = 1000000;
    uint64_t all_false = hash_of(&other);
    z->false_nm++;
    assert_true(hash_of(&other) != all_false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_a_printer_is_seen_in_some_run),
        cmocka_unit_test(every_number_of_the_switches_is_seen_in_some_run),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
