// Excluded objects in the firmware: what is left out, how the head goes on behind it, and what a console line does.
// SPDX-License-Identifier: MIT
#include "sim/test_sim.h"

#define MM INT64_C(1000000)

static struct stage stage;

static int set_up(void **state)
{
    (void)state;
    stage_set(&stage);
    return 0;
}

// --- line by line -----------------------------------------------------------------------------------

/// A move that the machine makes: where from and to (mm), and filament (um).
struct made {
    int x0, y0, z0, x1, y1, z1, e_um;
};

#define HEAD "M83\nG1 X10 Y10 Z1 F600\nEXCLUDE_OBJECT NAME=b\n"
#define IN   "EXCLUDE_OBJECT_START NAME=b\n"
#define OUT  "EXCLUDE_OBJECT_END\n"

static const struct {
    const char *lines; ///< behind HEAD
    int moves;
    struct made made[5];
} cases[] = {
    // nothing of it is left out
    {"G1 X20 E1\n", 1, {{10, 10, 1, 20, 10, 1, 1000}}},
    {"EXCLUDE_OBJECT_START NAME=a\nG1 X20 E1\n", 1, {{10, 10, 1, 20, 10, 1, 1000}}},
    // the head waits, and goes straight to where the file is by then
    {IN "G1 X20 E1\nG1 Y20 Z2 E1\n" OUT, 0, {{0}}},
    {IN "G1 X20 E1\nG1 Y20 Z2 E1\n" OUT "G1 X30 Y30\nG1 X40 E1\n",
     2,
     {{10, 10, 1, 30, 30, 2, 0}, {30, 30, 2, 40, 30, 2, 1000}}},
    // a line moves what it names, until one leads away in XY
    {IN "G1 X20 Z2\n" OUT "G1 Z3\nG1 X40\nG1 Z4\n",
     3,
     {{10, 10, 1, 10, 10, 3, 0}, {10, 10, 3, 40, 10, 3, 0}, {40, 10, 3, 40, 10, 4, 0}}},
    {IN "G1 X20 Z2\n" OUT "G1 Y20\nG1 Z3\n",
     2,
     {{10, 10, 1, 20, 20, 2, 0}, {20, 20, 2, 20, 20, 3, 0}}},
    // filament drawn back as the file has it: drawn inside and pushed behind
    {IN "G1 X20 E1\nG1 E-.8\n" OUT "G1 X30\nG1 E.8\nG1 X40 E1\n",
     3,
     {{10, 10, 1, 30, 10, 1, -800}, {30, 10, 1, 30, 10, 1, 800}, {30, 10, 1, 40, 10, 1, 1000}}},
    {IN "G1 X20 E1\nG1 E-.8\n" OUT "G1 E.8\nG1 X40 E1\n", 1, {{10, 10, 1, 40, 10, 1, 1000}}},
    {IN "G1 X20 E1\nG1 E-.8\n" OUT "G1 E-.1\nG1 X30\n",
     2,
     {{10, 10, 1, 10, 10, 1, -900}, {10, 10, 1, 30, 10, 1, 0}}},
    // filament alone moves no axis
    {IN "G1 X20 Z2 E1\n" OUT "G1 E.5\nG1 X30\n",
     2,
     {{10, 10, 1, 10, 10, 1, 500}, {10, 10, 1, 30, 10, 2, 0}}},
    // drawn before, pushed inside
    {"G1 E-.8\n" IN "G1 X20\nG1 E.8\nG1 X25 E1\n" OUT "G1 X30\nG1 X40 E1\n",
     3,
     {{10, 10, 1, 10, 10, 1, -800}, {10, 10, 1, 30, 10, 1, 800}, {30, 10, 1, 40, 10, 1, 1000}}},
    // drawn before and drawn behind: nothing to make up
    {"G1 E-.8\n" IN "G1 X20\nG1 E.8\nG1 X25 E1\nG1 E-.8\n" OUT "G1 X30\nG1 E.8\n",
     3,
     {{10, 10, 1, 10, 10, 1, -800}, {10, 10, 1, 30, 10, 1, 0}, {30, 10, 1, 30, 10, 1, 800}}},
    // Z first: filament waits for the line that moves it
    {IN "G1 X20 E1\nG1 E-.8\n" OUT "G1 Z2\nG1 X30\n",
     2,
     {{10, 10, 1, 10, 10, 2, 0}, {10, 10, 2, 30, 10, 2, -800}}},
    // two of them in a row, and one behind the other with a way between
    {IN "G1 X20 E1\n" OUT IN "G1 X30 E1\n" OUT "G1 X50\n", 1, {{10, 10, 1, 50, 10, 1, 0}}},
    {IN "G1 X20 E1\n" OUT "G1 X30\n" IN "G1 X40\n" OUT "G1 Y50\n",
     2,
     {{10, 10, 1, 30, 10, 1, 0}, {30, 10, 1, 40, 50, 1, 0}}},
    // an arc inside is left out, one behind it is cut short
    {IN "G2 X20 Y10 I5 J0 E1\n" OUT "G3 X40 Y10 I10 J0 E1\n", 1, {{10, 10, 1, 40, 10, 1, 1000}}},
    // readmitted in its midst
    {IN "G1 X20 E1\nEXCLUDE_OBJECT NAME=b RESET=1\nG1 X30 E1\n", 1, {{10, 10, 1, 30, 10, 1, 1000}}},
    // relative moves are the file's, not the head's
    {IN "G91\nG1 X10\n" OUT "G1 X10\n", 1, {{10, 10, 1, 30, 10, 1, 0}}},
};

static int read_lines(struct firmware *fw, const char *text, struct plr_action out[8])
{
    int made = 0;

    while (*text) {
        struct plr_gcode_line line;
        struct plr_action action;
        size_t len = strcspn(text, "\n");
        int32_t drawn = fw->ahead.retract_nm;
        assert_int_equal(plr_gcode_lex(text, len, &line), 0);
        assert_int_equal(plr_modal_apply(&fw->ahead, &line, &action), 0);
        (void)plr_objects_apply(&fw->objects, &line);
        bool moves = action.kind == PLR_ACT_MOVE || action.kind == PLR_ACT_ARC;
        if (!firmware_leave_out(fw, &action, drawn) && moves &&
            memcmp(action.from_nm, action.to_nm, sizeof action.from_nm) != 0)
            out[made++] = action;
        assert_true(made < 8);
        text += len + (text[len] == '\n');
    }
    return made;
}

static void check_move(const char *lines, const struct plr_action *got, const struct made *wanted)
{
    const int64_t from[3] = {wanted->x0 * MM, wanted->y0 * MM, wanted->z0 * MM};
    const int64_t to[3] = {wanted->x1 * MM, wanted->y1 * MM, wanted->z1 * MM};

    bool lays = wanted->e_um > 0 && memcmp(from, to, sizeof from) != 0;
    if (got->kind != PLR_ACT_MOVE || got->extrudes != lays ||
        memcmp(got->from_nm, from, sizeof from) || memcmp(got->to_nm, to, sizeof to) ||
        got->e_nm != wanted->e_um * 1000 || got->to_nm[3] - got->from_nm[3] != got->e_nm)
        fail_msg("'%s': %lld %lld %lld to %lld %lld %lld um, E %lld", lines,
                 (long long)got->from_nm[0] / 1000, (long long)got->from_nm[1] / 1000,
                 (long long)got->from_nm[2] / 1000, (long long)got->to_nm[0] / 1000,
                 (long long)got->to_nm[1] / 1000, (long long)got->to_nm[2] / 1000,
                 (long long)got->e_nm / 1000);
}

static void the_head_goes_on_from_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plr_action made[8];
        struct firmware *fw = calloc(1, sizeof *fw);
        assert_non_null(fw);
        plr_modal_init(&fw->ahead);
        assert_int_equal(read_lines(fw, HEAD, made), 1);
        int moves = read_lines(fw, cases[i].lines, made);
        if (moves != cases[i].moves)
            fail_msg("'%s': %d moves", cases[i].lines, moves);
        for (int k = 0; k < moves; k++)
            check_move(cases[i].lines, &made[k], &cases[i].made[k]);
        free(fw);
    }
}

// --- whole prints -----------------------------------------------------------------------------------

/// Print a job to its end; the run is the caller's.
static struct sim *print(const char *text, size_t size)
{
    struct lab_error err = {0};

    assert_int_equal(
        lab_job_use(&stage.job, "objects.gcode", text, size, &stage.scenario.printer, &err), 0);
    struct sim *sim = stage_open(&stage, 1, true);
    (void)run_on(sim);
    assert_true(sim->world.firmware.job_done);
    return sim;
}

static char *read_job(size_t *size)
{
    FILE *file = fopen("fixtures/gcode/defects/excluded_voron24.gcode", "r");
    char *text = malloc(200000);

    assert_true(file && text);
    *size = fread(text, 1, 200000, file);
    assert_in_range(*size, 1000, 199999);
    fclose(file);
    text[*size] = 0;
    return text;
}

/// The job without what stands between two marks, and with a line in front of its first layer.
static char *edit(const char *text, const char *begin, const char *end, const char *line)
{
    char *out = malloc(strlen(text) + strlen(line) + 1), *at = out;
    const char *first = strstr(text, ";LAYER_CHANGE");

    assert_true(out && first);
    at += sprintf(at, "%.*s%s", (int)(first - text), text, line);
    for (const char *from = first; *from;) {
        const char *next = begin ? strstr(from, begin) : NULL;
        size_t keep = next ? (size_t)(next - from) : strlen(from);
        memcpy(at, from, keep);
        at += keep;
        from += keep;
        if (next) {
            from = strstr(from, end);
            assert_non_null(from);
            from += strcspn(from, "\n") + 1;
        }
    }
    *at = 0;
    return out;
}

/// To exclude an object is to print the file without its lines, to the microsecond.
static void as_if_it_were_not_in_the_file(void **state)
{
    (void)state;
    size_t size;
    char *text = read_job(&size);
    char *without = edit(text, "EXCLUDE_OBJECT_START NAME=BLOCK_2.STL_ID_1_COPY_0",
                         "EXCLUDE_OBJECT_END NAME=BLOCK_2.STL_ID_1_COPY_0", "");
    char *excluded = edit(text, NULL, NULL, "EXCLUDE_OBJECT NAME=block_2.stl_id_1_copy_0\n");
    struct sim *whole = print(text, size);
    struct sim *a = print(without, strlen(without));
    struct sim *b = print(excluded, strlen(excluded));

    assert_true(a->truth.ledger.count > 500);
    assert_true(whole->truth.ledger.count > a->truth.ledger.count * 5 / 4);
    assert_true(same_ledger(&a->truth.ledger, &b->truth.ledger));
    assert_int_equal(a->world.firmware.e_nm, b->world.firmware.e_nm);
    stage_close(whole);
    stage_close(a);
    stage_close(b);
    free(text);
    free(without);
    free(excluded);
}

/// Into the second layer.
static void print_some(struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;

    while (fw->exec.layer.number < 1 && !fw->job_done)
        run_until(sim, sim->world.now_us + PLR_US_PER_S);
    assert_true(fw->job_running);
}

static void a_console_line_sets_and_does_not_move(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, true);
    struct firmware *fw = &sim->world.firmware;
    const struct plr *core = &sim->world.dut.u.core;

    print_some(sim);
    int64_t x = fw->ahead.at_nm[0];
    int32_t notes = sim->notes;
    firmware_console(sim, "G1 X1");
    assert_int_equal(fw->ahead.at_nm[0], x);
    assert_int_equal(sim->notes, notes + 1);
    firmware_console(sim, "M221 S50");
    firmware_console(sim, "M106 S255");
    firmware_console(sim, "EXCLUDE_OBJECT NAME=a");
    assert_int_equal(fw->ahead.flow_ppm, 500000);
    assert_int_equal(fw->exec.flow_ppm, 500000);
    assert_int_equal(core->modal.flow_ppm, 500000);
    assert_int_equal(fw->fan_ppm[0], PLR_PPM);
    assert_string_equal(fw->objects.names, "a");
    assert_string_equal(core->objects.names, "a");
    (void)run_on(sim);
    firmware_console(sim, "M221 S70"); // the job is done
    assert_int_equal(fw->ahead.flow_ppm, 500000);
    stage_close(sim);
}

static bool noted(const struct sim *sim, const char *text)
{
    for (int i = 0; i < sim->notes; i++)
        if (strstr(sim->note[i], text))
            return true;
    return false;
}

/// A command to the PLR goes to the device, and its answer to people; also one that the device does not know.
static void a_command_is_answered_in_the_notes(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, true);
    const struct plr *core = &sim->world.dut.u.core;

    print_some(sim);
    firmware_command(sim, "PLR_QUERY_SAVED_STATE");
    assert_true(noted(sim, "> PLR_QUERY_SAVED_STATE"));
    assert_true(noted(sim, "  calibration: stepper_z (reference) at "));
    firmware_command(sim, "PLR_QUERY_SAVED_STATE JSON=1"); // longer than a note
    assert_true(noted(sim, "  {\"schema\":"));
    assert_true(noted(sim, "\"same_configuration\":true"));
    firmware_command(sim, "PLR_NONSENSE");
    assert_true(noted(sim, "  unknown command: PLR_NONSENSE"));
    int32_t notes = sim->notes;
    firmware_command(sim, "PLR_DISABLE"); // says nothing, and is heard
    assert_int_equal(sim->notes, notes);
    assert_int_equal(core->modal.flags & PLR_MODAL_PLR_ENABLED, 0);
    assert_true(core->modal.flags & PLR_MODAL_PLR_NAMED);
    firmware_command(sim, "PLR_ENABLE");
    assert_true(core->modal.flags & PLR_MODAL_PLR_ENABLED);
    for (int i = 0; i < SIM_NOTES_MAX; i++)
        firmware_command(sim, "PLR_NONSENSE");
    assert_int_equal(sim->notes, SIM_NOTES_MAX);
    assert_true(noted(sim, "... and more"));
    stage_close(sim);
}

/// The core hears the name of what the interpreter is at.
static void the_current_object_has_a_name(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, true);
    struct firmware *fw = &sim->world.firmware;
    const struct plr *core = &sim->world.dut.u.core;

    print_some(sim);
    strcpy(fw->objects.current, "b");
    firmware_console(sim, "EXCLUDE_OBJECT CURRENT=1");
    assert_string_equal(core->objects.names, "b");
    strcpy(fw->objects.current, "7");
    firmware_console(sim, "M486 C");
    assert_string_equal(core->objects.names + 2, "7");
    stage_close(sim);
}

/// Brought back into the midst of a line whose object was excluded while the line was planned already: the head waits there.
static void a_resume_into_an_excluded_object_waits(void **state)
{
    (void)state;
    static const char place[] = "G1 X20 Y30\n";
    static const char text[] = "M83\nEXCLUDE_OBJECT_START NAME=b\nG1 X10 Y10 Z1 F600\nG1 E-.5\n"
                               "G1 X20 Y30\nEXCLUDE_OBJECT_END\nG1 X40\n";
    struct sim *sim = stage_open(&stage, 1, true);
    struct firmware *fw = &sim->world.firmware;
    const int64_t middle[3] = {15 * MM, 20 * MM, MM};
    struct plr_progress at = {.fraction_ppm = 500000};
    struct plr_objects objects = {.len = 2, .names = "b"};
    struct plr_action made[8];
    int64_t machine[PLR_AXES];

    plr_modal_init(&fw->ahead);
    char *before = strndup(text, (size_t)(strstr(text, place) - text));
    assert_int_equal(read_lines(fw, before, made), 2);
    struct plr_modal modal = fw->ahead;
    at.file_offset = strlen(before);
    sim->job_now.data = text;
    sim->job_now.size = sizeof text - 1;
    assert_int_equal(firmware_port.job_seek(sim, &modal, &objects, &at, machine), 0);
    assert_memory_equal(machine, middle, sizeof middle);
    assert_int_equal(read_lines(fw, place, made), 0);
    assert_int_equal(read_lines(fw, "EXCLUDE_OBJECT_END\nG1 X40\n", made), 1);
    assert_memory_equal(made[0].from_nm, middle, sizeof middle);
    assert_int_equal(made[0].to_nm[0], 40 * MM);
    assert_int_equal(made[0].e_nm, 0);
    sim->job_now = sim->job;
    free(before);
    stage_close(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_head_goes_on_from_where_it_stands, set_up),
        cmocka_unit_test_setup(as_if_it_were_not_in_the_file, set_up),
        cmocka_unit_test_setup(a_console_line_sets_and_does_not_move, set_up),
        cmocka_unit_test_setup(a_command_is_answered_in_the_notes, set_up),
        cmocka_unit_test_setup(the_current_object_has_a_name, set_up),
        cmocka_unit_test_setup(a_resume_into_an_excluded_object_waits, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
