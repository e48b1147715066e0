// A resumed machine is in the state of one that was never cut: item by item, and each item's test fails when that item is dropped.
// SPDX-License-Identifier: MIT
//
// Built twice. test_restore: the core as it is, every case agrees. test_restore_mutants, with the library of defects: every switch of
// PLR_DEFECT_RESTORE makes the case of its own item disagree.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/defect.h"
#include "core/plr/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_NM 2000

static struct plr plr;
static struct fake fake;
static struct plr_config config;

// Every case prints this, then its own line, then goes on in the middle of the line it is cut in.
static const char head[] = "M140 S60\n"
                           "M104 S220\n"
                           "M104 T1 S215\n"
                           "G28\n"
                           "G90\n"
                           "M82\n"
                           ";LAYER_CHANGE\n"
                           ";Z:0.2\n"
                           "G1 X100 Y100 Z0.2 F6000\n"
                           "G1 X120 Y100 E1 F1800\n";

#define LINE "G1 X120 Y120 E2\n"

static const struct {
    const char *item, *line, *cut_in;
    enum plr_defect dropped; ///< the defect that this case is there for
    const char *console;     ///< said in the midst of that line, from elsewhere than the file
    const char *excluded;    ///< what must be excluded behind the resume
} cases[] = {
    {"fan", "M106 S77\n", LINE, PLR_DEFECT_DROP_FAN, NULL, NULL},
    {"second fan", "M106 P1 S128\n", LINE, PLR_DEFECT_DROP_FAN, NULL, NULL},
    {"nozzle target", "M104 S231\n", LINE, PLR_DEFECT_DROP_NOZZLE, NULL, NULL},
    {"bed target", "M140 S71\n", LINE, PLR_DEFECT_DROP_BED, NULL, NULL},
    {"chamber target", "M141 S45\n", LINE, PLR_DEFECT_DROP_CHAMBER, NULL, NULL},
    {"feed", "G1 F4321\n", LINE, PLR_DEFECT_DROP_FEED, NULL, NULL},
    {"feed factor", "M220 S83\n", LINE, PLR_DEFECT_DROP_FEED_FACTOR, NULL, NULL},
    {"flow factor", "M221 S91\n", LINE, PLR_DEFECT_DROP_FLOW, NULL, NULL},
    {"pressure advance", "SET_PRESSURE_ADVANCE ADVANCE=0.052\n", LINE, PLR_DEFECT_DROP_ADVANCE,
     NULL, NULL},
    {"pressure advance of Marlin", "M900 K0.06\n", LINE, PLR_DEFECT_DROP_ADVANCE, NULL, NULL},
    {"acceleration", "M204 S1234\n", LINE, PLR_DEFECT_DROP_ACCEL, NULL, NULL},
    {"velocity limit", "SET_VELOCITY_LIMIT VELOCITY=111\n", LINE, PLR_DEFECT_DROP_VELOCITY, NULL,
     NULL},
    {"corner velocity", "SET_VELOCITY_LIMIT SQUARE_CORNER_VELOCITY=7\n", LINE,
     PLR_DEFECT_DROP_CORNER, NULL, NULL},
    {"absolute E", "G1 X110 Y110 E1.5\n", LINE, PLR_DEFECT_DROP_E_VALUE, NULL, NULL},
    {"absolute E", "G1 X110 Y110 E1.5\n", LINE, PLR_DEFECT_FORCED_M83, NULL, NULL},
    {"relative E", "M83\n", "G1 X120 Y120 E1\n", PLR_DEFECT_DROP_E_MODE, NULL, NULL},
    {"relative axes", "G91\n", "G1 X10 Y5 E1\n", PLR_DEFECT_DROP_AXIS_MODE, NULL, NULL},
    {"inches", "G20\n", "G1 X5 Y4 E.1\n", PLR_DEFECT_DROP_UNITS, NULL, NULL},
    {"plane", "G18\n", LINE, PLR_DEFECT_DROP_PLANE, NULL, NULL},
    {"G92", "G92 X10 Y20 E0\n", "G1 X15 Y25 E1\n", PLR_DEFECT_DROP_G92, NULL, NULL},
    {"tool", "T1\n", LINE, PLR_DEFECT_DROP_TOOL, NULL, NULL},
    {"mesh", "BED_MESH_PROFILE LOAD=warm\n", LINE, PLR_DEFECT_DROP_MESH, NULL, NULL},
    {"gcode offset", "SET_GCODE_OFFSET X=0.3 Z=0.15 MOVE=1\n", LINE, PLR_DEFECT_DROP_OFFSET, NULL,
     NULL},
    {"gcode offset, once", "SET_GCODE_OFFSET X=0.3 Z=0.15 MOVE=1\n", LINE, PLR_DEFECT_OFFSET_TWICE,
     NULL, NULL},
    {"babystep", "M290 Z-0.05\n", LINE, PLR_DEFECT_DROP_OFFSET, NULL, NULL},
    {"babystep, once", "M290 Z-0.05\n", LINE, PLR_DEFECT_OFFSET_TWICE, NULL, NULL},
    {"retraction by E", "G1 E0.2\n", "G1 X110 Y130\n", PLR_DEFECT_DROP_RETRACTION, NULL, NULL},
    {"retraction by G10", "G10\n", "G1 X110 Y130\n", PLR_DEFECT_DROP_RETRACTION, NULL, NULL},
    {"PLR_ENABLE", "PLR_ENABLE\n", LINE, PLR_DEFECT_DROP_ENABLED, NULL, NULL},
    {"feed factor from the console", "", LINE, PLR_DEFECT_DROP_FEED_FACTOR, "M220 S83", NULL},
    {"current object", "EXCLUDE_OBJECT_START NAME=a\n", LINE, PLR_DEFECT_DROP_OBJECT, NULL, NULL},
    {"current object by number", "M486 S3 A\"a\"\n", LINE, PLR_DEFECT_DROP_OBJECT, NULL, NULL},
    {"excluded object", "EXCLUDE_OBJECT_START NAME=b\n", LINE, PLR_DEFECT_DROP_EXCLUDED,
     "EXCLUDE_OBJECT NAME=part_A.stl", "part_A.stl,"},
    {"object excluded by number", "M486 S1\n", LINE, PLR_DEFECT_DROP_EXCLUDED, "M486 P12", "12,"},
    {"object excluded by the file", "EXCLUDE_OBJECT NAME=a\n", LINE, PLR_DEFECT_DROP_EXCLUDED,
     "EXCLUDE_OBJECT NAME=b", "a,b,"},
};
#define CASES (sizeof cases / sizeof *cases)

/// The machine in the middle of the line, before the cut: so it must be again.
struct there {
    struct plr_modal modal;
    int64_t xy_nm[2], e_nm;
    int32_t z_nm;
};

static void begin(size_t n)
{
    config = fake_config();
    fake_init(&fake, &plr);
    fake.size = (uint64_t)snprintf(fake.text, sizeof fake.text, "%s%s%sM400\n", head, cases[n].line,
                                   cases[n].cut_in);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    int line = 0;
    for (const char *at = head; *at; at++)
        line += *at == '\n';
    fake_print_to(&fake, line + (cases[n].line[0] != 0), 500000);
    if (cases[n].console)
        fake_console(&fake, cases[n].console);
}

static void look(struct there *there)
{
    struct plr_progress at;

    assert_int_equal(fake_port.progress(&fake, &at), 0);
    there->modal = fake.modal;
    there->xy_nm[0] = at.machine_nm[PLR_X];
    there->xy_nm[1] = at.machine_nm[PLR_Y];
    there->z_nm = fake.believed_nm[0];
}

static void cut_and_resume(void)
{
    static const int32_t sagged[PLR_Z_MAX] = {3100000, 1700000, 2500000, 600000};

    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    fake.mc[1] = 50000;
    for (int tool = 0; tool < PLR_TOOL_MAX; tool++)
        fake.mc[2 + tool] = 140000;
    fake.e_nm = 0;
    fake_sag(&fake, sagged);
    assert_int_equal(fake_boot(&fake, &config), 0);
    if (fake_command(&fake, "PLR_RESUME_PRINT") == 0)
        (void)fake_run_to(&fake, PLR_PHASE_PRINTING);
}

#define FIELD(member)                                                                           \
    {                                                                                           \
#member, offsetof(struct plr_modal, member), sizeof(((struct plr_modal *)NULL)->member) \
    }

static const struct {
    const char *name;
    size_t at, size;
} fields[] = {
    FIELD(at_nm),         FIELD(g92_nm),          FIELD(offset_nm),
    FIELD(feed_nm_s),     FIELD(feed_ppm),        FIELD(flow_ppm),
    FIELD(accel_um_s2),   FIELD(velocity_um_s),   FIELD(corner_um_s),
    FIELD(advance_us),    FIELD(nozzle_mc),       FIELD(bed_mc),
    FIELD(chamber_mc),    FIELD(fan_ppm),         FIELD(reached_z_nm),
    FIELD(tallest_nm),    FIELD(retract_nm),      FIELD(flags),
    FIELD(tool),          FIELD(motion),          FIELD(plane),
    FIELD(mesh),          FIELD(layer.number),    FIELD(layer.stated),
    FIELD(layer.z_nm),    FIELD(layer.height_nm), FIELD(layer.moves),
    FIELD(layer.pending), FIELD(object),
};

/// The first field in which two modal states differ, or NULL.
static const char *other_field(const struct plr_modal *a, const struct plr_modal *b)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (memcmp((const char *)a + fields[i].at, (const char *)b + fields[i].at, fields[i].size))
            return fields[i].name;
    return NULL;
}

/// As they are saved, so that no field is missed, not even one that the list above has not heard of.
static bool same_bytes(const struct plr_modal *a, const struct plr_modal *b)
{
    struct plr_state states[2] = {{.modal = *a}, {.modal = *b}};
    uint8_t bytes[2][PLR_STATE_BYTES];

    uint32_t size = plr_state_encode(&states[0], bytes[0]);
    return plr_state_encode(&states[1], bytes[1]) == size && !memcmp(bytes[0], bytes[1], size);
}

static bool near(int64_t value, int64_t wanted)
{
    return llabs(value - wanted) <= STEP_NM;
}

/// What the machine itself was told: targets, fans, place, filament. The first that is wrong, or NULL.
static const char *wrong_machine(const struct there *was)
{
    const struct plr_modal *modal = &was->modal;

    for (int i = 0; i < PLR_FAN_MAX; i++)
        if (fake.fan_ppm[i] != modal->fan_ppm[i])
            return "fan";
    if (fake.target_mc[2 + modal->tool] != modal->nozzle_mc[modal->tool])
        return "nozzle";
    if (fake.target_mc[1] != modal->bed_mc)
        return "bed";
    if (fake.target_mc[0] != modal->chamber_mc)
        return "chamber";
    if (!near(fake.xy_nm[0], was->xy_nm[0]) || !near(fake.xy_nm[1], was->xy_nm[1]))
        return "XY";
    for (int i = 0; i < fake.z_motors; i++)
        if (!near(fake.believed_nm[i], was->z_nm) || !near(fake.true_nm[i], was->z_nm))
            return "Z";
    return fake.e_nm != plr.config.purge_length_nm - modal->retract_nm ? "filament" : NULL;
}

/// Is this excluded, and nothing else? Names, each with a comma behind it.
static bool excluded(const struct plr_objects *objects, const char *wanted)
{
    char names[PLR_OBJECTS_BYTES + 1] = "";

    for (const char *name = NULL; (name = plr_objects_next(objects, name)) != NULL;) {
        strcat(names, name);
        strcat(names, ",");
    }
    return !strcmp(names, wanted ? wanted : "");
}

/// Run a case: NULL when the resumed machine is as it was, else what differs.
static const char *difference(size_t n)
{
    struct there was;

    begin(n);
    look(&was);
    cut_and_resume();
    if (plr.phase != PLR_PHASE_PRINTING)
        return plr_reason_text(plr.reason);
    const char *other = other_field(&fake.seeked, &was.modal);
    if (!other)
        other = other_field(&plr.modal, &was.modal); // what the recorder saves at once
    if (!other)
        other = other_field(&plr.after, &was.modal); // what the lines to come apply to
    if (!other && !same_bytes(&fake.seeked, &was.modal))
        other = "what is saved of it";
    if (!other &&
        !(excluded(&fake.objects, cases[n].excluded) && excluded(&plr.objects, cases[n].excluded)))
        other = "the list of excluded objects";
    return other ? other : wrong_machine(&was);
}

static void every_item_is_restored(void **unused)
{
    bool all = true;

    (void)unused;
    for (size_t n = 0; n < CASES; n++) {
        const char *what = difference(n);
        if (what)
            print_message("%s: %s is not as it was\n", cases[n].item, what);
        all = all && !what;
    }
    assert_true(all);
}

#ifdef PLR_DEFECTS

static const struct {
    enum plr_defect defect;
    const char *word;
} mutants[] = {
#define MUTANT(name, word, about) {PLR_DEFECT_##name, word},
    PLR_DEFECT_RESTORE(MUTANT)};

/// A case that does nothing to its item would pass with the item dropped: none may.
static void every_case_sees_its_item_dropped(void **unused)
{
    bool all = true;

    (void)unused;
    for (size_t n = 0; n < CASES; n++) {
        plr_defect_select(cases[n].dropped);
        if (difference(n))
            continue;
        print_message("%s: nothing differs with it dropped\n", cases[n].item);
        all = false;
    }
    assert_true(all);
}

static void every_mutant_has_a_case(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
        size_t n = 0;
        while (n < CASES && cases[n].dropped != mutants[i].defect)
            n++;
        if (n == CASES)
            print_message("%s: no case\n", mutants[i].word);
        assert_true(n < CASES);
    }
}

#endif

static int healthy(void **unused)
{
    (void)unused;
#ifdef PLR_DEFECTS
    plr_defect_select(PLR_DEFECT_NONE);
#endif
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_item_is_restored, healthy),
#ifdef PLR_DEFECTS
        cmocka_unit_test(every_case_sees_its_item_dropped),
        cmocka_unit_test(every_mutant_has_a_case),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
