// What each command of the serial line does, and what it answers before its ok.
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/lab/doc/version.h"
#include "sim/serve/marlin.h"

static const struct sim *sim_of(const struct marlin *m)
{
    return m->printer->sim;
}

/// Its own answer was said.
enum { SAID = -1 };

// --- readings --------------------------------------------------------------------------------------------------------

/// "210.04": thousandths as hundredths, towards zero.
static const char *hundredths(int64_t thousandths, char out[24])
{
    int64_t size = thousandths < 0 ? -thousandths : thousandths;

    snprintf(out, 24, "%s%lld.%02lld", thousandths < 0 ? "-" : "", (long long)(size / 1000),
             (long long)(size % 1000 / 10));
    return out;
}

void marlin_temperatures(struct marlin *m)
{
    struct printer_look look;
    char a[24], b[24], c[24], d[24], e[24];
    int64_t mw[PLANT_HEATERS];

    printer_look(m->printer, &look);
    plant_heat_draw(&sim_of(m)->world.plant, &sim_of(m)->model, mw);
    int64_t nozzle_mw = sim_of(m)->model.printer.hotend_mw,
            bed_mw = sim_of(m)->model.printer.bed_mw;
    marlin_say(m, "T:%s /%s B:%s /%s C:%s /0.00 @:%lld B@:%lld", hundredths(look.now_mc[1], a),
               hundredths(look.target_mc[1], b), hundredths(look.now_mc[0], c),
               hundredths(look.target_mc[0], d), hundredths(look.now_mc[2], e),
               (long long)(nozzle_mw > 0 ? mw[PLANT_NOZZLE] * 127 / nozzle_mw : 0),
               (long long)(bed_mw > 0 ? mw[PLANT_BED] * 127 / bed_mw : 0));
}

static int temperatures(struct marlin *m, const char *rest)
{
    (void)rest;
    marlin_say(m, "ok ");
    marlin_temperatures(m);
    marlin_say(m, "\n");
    return SAID;
}

/// "12.34": nanometres as hundredths of a millimetre would lose what a gauge wants: micrometres are told.
static const char *millimetres(int64_t nm, char out[24])
{
    int64_t um = (nm < 0 ? -nm : nm) / 1000;

    snprintf(out, 24, "%s%lld.%03lld", nm < 0 && um ? "-" : "", (long long)(um / 1000),
             (long long)(um % 1000));
    return out;
}

static int position(struct marlin *m, const char *rest)
{
    const struct lab_printer *p = &sim_of(m)->model.printer;
    struct printer_look look;
    char x[24], y[24], z[24], e[24];

    (void)rest;
    printer_look(m->printer, &look);
    marlin_say(m, "X:%s Y:%s Z:%s E:%s Count X:%lld Y:%lld Z:%lld\n", millimetres(look.at_nm[0], x),
               millimetres(look.at_nm[1], y), millimetres(look.at_nm[2], z),
               millimetres(look.at_nm[PLR_E], e),
               (long long)(look.machine_nm[0] / p->xy_microstep_nm),
               (long long)(look.machine_nm[1] / p->xy_microstep_nm),
               (long long)(look.machine_nm[2] / p->z_microstep_nm));
    return MARLIN_READY;
}

static int firmware_info(struct marlin *m, const char *rest)
{
    static const char *const caps[] = {
        "AUTOREPORT_TEMP:1", "AUTOREPORT_SD_STATUS:1", "AUTOREPORT_POS:0", "EMERGENCY_PARSER:1",
        "BUSY_PROTOCOL:1",   "CHAMBER_TEMPERATURE:1",  "SDCARD:1",         "EXTENDED_M20:0"};

    (void)rest;
    marlin_say(m,
               "FIRMWARE_NAME:Marlin-like plr-sim " LAB_VERSION
               " PROTOCOL_VERSION:1.0 MACHINE_TYPE:%s EXTRUDER_COUNT:1\n",
               sim_of(m)->model.printer.name);
    for (size_t i = 0; i < sizeof caps / sizeof *caps; i++)
        marlin_say(m, "Cap:%s\n", caps[i]);
    marlin_say(m, "Cap:PLR:1\nCap:FORCE_MOVE:%d\n", sim_of(m)->model.printer.z_motors > 1);
    return MARLIN_READY;
}

// --- what is said every so often -----------------------------------------------------------------------------------------

/// The number behind a letter, in millionths; `otherwise` when there is none.
static int64_t value(const char *rest, char letter, int64_t otherwise)
{
    for (; *rest; rest++) {
        int64_t micro;
        if (toupper((unsigned char)*rest) == letter &&
            plr_gcode_number(rest + 1, strlen(rest + 1), &micro) > 0)
            return micro;
    }
    return otherwise;
}

static int every(struct marlin *m, struct marlin_every *what, const char *rest)
{
    int64_t us = value(rest, 'S', -1);

    if (us >= 0) {
        what->every_us = us;
        what->next_us = m->printer->t_us + us;
    }
    return MARLIN_READY;
}

static int every_temperature(struct marlin *m, const char *rest)
{
    return every(m, &m->temperature, rest);
}

static int every_busy(struct marlin *m, const char *rest)
{
    return every(m, &m->busy, rest);
}

/// Does the PLR bring a print back, or calibrate?
static bool plr_at_work(const struct printer_look *look)
{
    return look->phase > PLR_PHASE_CONSENT && look->phase <= PLR_PHASE_CALIBRATE;
}

// --- the file ----------------------------------------------------------------------------------------------------------------

static const struct lab_job *job_of(const struct marlin *m)
{
    return &sim_of(m)->job;
}

static int card(struct marlin *m, const char *rest)
{
    (void)rest;
    marlin_say(m, "echo:SD card ok\n");
    return MARLIN_READY;
}

static int list(struct marlin *m, const char *rest)
{
    (void)rest;
    marlin_say(m, "Begin file list\n%s %zu\nEnd file list\n", job_of(m)->name, job_of(m)->size);
    return MARLIN_READY;
}

static int select_file(struct marlin *m, const char *rest)
{
    const char *name = rest + strspn(rest, " \t/");

    m->selected = !strcasecmp(name, job_of(m)->name);
    m->seek = 0;
    m->open = m->selected;
    if (m->selected)
        marlin_say(m, "File opened: %s Size: %zu\nFile selected\n", job_of(m)->name,
                   job_of(m)->size);
    else
        marlin_say(m, "open failed, File: %s.\n", name);
    return MARLIN_READY;
}

static int seek(struct marlin *m, const char *rest)
{
    int64_t at = value(rest, 'S', -1);

    if (at < 0 || (uint64_t)(at / 1000000) > job_of(m)->size)
        marlin_say(m, "Error:M26: no such byte in the file\n");
    else
        m->seek = (uint64_t)(at / 1000000);
    return MARLIN_READY;
}

static int start(struct marlin *m, const char *rest)
{
    struct printer_look look;

    (void)rest;
    printer_look(m->printer, &look);
    if (look.printing) {
        printer_pause(m->printer, false);
        return MARLIN_READY;
    }
    if (plr_at_work(&look))
        marlin_say(m, "Error:M24: not while the PLR is at work\n");
    else if (!m->selected)
        marlin_say(m, "Error:M24: no file is selected\n");
    else if (printer_begin(m->printer, m->seek))
        marlin_say(m, "Error:M24: the file cannot be printed from there\n");
    m->seek = 0;
    m->open = false;
    return MARLIN_READY;
}

static int pause(struct marlin *m, const char *rest)
{
    (void)rest;
    printer_pause(m->printer, true);
    return MARLIN_READY;
}

void marlin_sd(struct marlin *m)
{
    struct printer_look look;

    printer_look(m->printer, &look);
    if (m->open && !look.printing)
        marlin_say(m, "SD printing byte %llu/%zu\n", (unsigned long long)m->seek, job_of(m)->size);
    else if (look.printing && !(look.paused && plr_at_work(&look)))
        marlin_say(m, "SD printing byte %llu/%llu\n", (unsigned long long)look.file_at,
                   (unsigned long long)look.file_size);
    else
        marlin_say(m, "Not SD printing\n");
}

static int where_in_file(struct marlin *m, const char *rest)
{
    if (value(rest, 'S', -1) >= 0)
        return every(m, &m->sd, rest);
    if (toupper((unsigned char)rest[strspn(rest, " \t")]) == 'C')
        marlin_say(m, "Current file: %s\n", m->selected ? job_of(m)->name : "(no file)");
    else
        marlin_sd(m);
    return MARLIN_READY;
}

// --- the rest ----------------------------------------------------------------------------------------------------------------

void marlin_halt(struct marlin *m)
{
    if (m->halted)
        return;
    printer_kill(m->printer);
    marlin_say(m, "Error:Printer halted. kill() called!\n");
    m->halted = true;
    m->lines = 0;
    m->wait = MARLIN_READY;
}

static int halt(struct marlin *m, const char *rest)
{
    (void)rest;
    marlin_halt(m);
    return SAID;
}

static int nothing(struct marlin *m, const char *rest)
{
    (void)m, (void)rest;
    return MARLIN_READY;
}

static int echo(struct marlin *m, const char *rest)
{
    marlin_say(m, "echo:%s\n", rest + strspn(rest, " \t"));
    return MARLIN_READY;
}

static int motors_off(struct marlin *m, const char *rest)
{
    struct printer_look look;

    (void)rest;
    printer_look(m->printer, &look);
    if (look.printing)
        marlin_say(m, "echo:%s: not while a file is printed\n", m->command);
    else
        printer_release(m->printer);
    return MARLIN_READY;
}

/// Commands that the line itself answers: those of the job's own language are the script runner's.
static const struct command {
    int number;   ///< behind M
    bool in_turn; ///< waits for what was begun before
    int (*act)(struct marlin *m, const char *rest);
} commands[] = {
    {17, true, nothing},        {18, true, motors_off}, {20, false, list},
    {21, false, card},          {22, false, card},      {23, false, select_file},
    {24, true, start},          {25, false, pause},     {26, false, seek},
    {27, false, where_in_file}, {84, true, motors_off}, {105, false, temperatures},
    {108, false, nothing},      {110, false, nothing},  {112, false, halt},
    {113, false, every_busy},   {114, false, position}, {115, false, firmware_info},
    {117, false, echo},         {118, false, echo},     {155, false, every_temperature},
    {410, false, nothing},
};

static const struct command *find(const char *text, const char **rest)
{
    char *end;

    if (toupper((unsigned char)text[0]) != 'M' || !isdigit((unsigned char)text[1]))
        return NULL;
    long number = strtol(text + 1, &end, 10);
    *rest = end;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].number == number)
            return &commands[i];
    return NULL;
}

// --- commands to the PLR ---------------------------------------------------------------------------------------------------

static void answer_lines(struct marlin *m, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        bool marked = !strncmp(text, "//", 2);
        marlin_say(m, "%s%.*s\n", marked ? "" : "// ", (int)size, text);
        text += size + (text[size] != 0);
    }
}

static int to_plr_line(struct marlin *m)
{
    static const char home[] = "PLR_Z_HOME", resume[] = "PLR_RESUME_PRINT";
    char answer[DUT_ANSWER];

    m->result = PLR_RESULT_PENDING;
    int error = printer_command(m->printer, m->command, answer, sizeof answer);
    answer_lines(m, answer);
    if (error)
        marlin_say(m, "Error:%s: %s\n", m->command, plr_strerror(error));
    if (!error && !strncasecmp(m->command, home, sizeof home - 1))
        return MARLIN_LEVEL;
    return !error && !strncasecmp(m->command, resume, sizeof resume - 1) ? MARLIN_GATE
                                                                         : MARLIN_READY;
}

// --- G-code ----------------------------------------------------------------------------------------------------------------

/// What a line would have the machine do; PLR_ACT_UNKNOWN for what nobody here understands.
static enum plr_action_kind kind_of(const struct marlin *m)
{
    struct plr_modal modal = sim_of(m)->world.firmware.ahead;
    struct plr_gcode_line line;
    struct plr_action action;

    if (plr_gcode_lex(m->command, strlen(m->command), &line))
        return PLR_ACT_UNKNOWN;
    if (line.kind == PLR_GCODE_EXTENDED &&
        (plr_gcode_is(&line, "FORCE_MOVE") || plr_gcode_is(&line, "SET_KINEMATIC_POSITION")))
        return PLR_ACT_SYNC; // the script runner knows them, and their ok comes when they are done
    if (plr_modal_apply(&modal, &line, &action))
        return PLR_ACT_UNKNOWN;
    return action.kind;
}

static int gcode_line(struct marlin *m)
{
    struct printer_look look;
    enum plr_action_kind kind = kind_of(m);

    printer_look(m->printer, &look);
    if (kind == PLR_ACT_UNKNOWN || kind == PLR_ACT_ARC || kind == PLR_ACT_START) {
        marlin_say(m, "echo:Unknown command: \"%s\"\n", m->command);
        return MARLIN_READY;
    }
    if ((look.printing && kind != PLR_ACT_NONE) || plr_at_work(&look)) {
        marlin_say(m, "Error:%s: not while %s\n", m->command,
                   look.printing ? "a file is printed" : "the PLR is at work");
        return MARLIN_READY;
    }
    if (printer_gcode(m->printer, m->command))
        marlin_say(m, "Error:%s: too much at once\n", m->command);
    if (look.printing || kind == PLR_ACT_NONE || kind == PLR_ACT_MOVE)
        return MARLIN_READY;
    return kind == PLR_ACT_WAIT ? MARLIN_HEAT : MARLIN_SCRIPT;
}

int marlin_do(struct marlin *m)
{
    const char *rest = "";
    const struct command *command = find(m->command, &rest);
    bool to_plr = firmware_is_command(m->command);

    if (!m->command[0])
        return MARLIN_READY;
    if (command && !(command->in_turn && printer_busy(m->printer)))
        return command->act(m, rest);
    if (printer_busy(m->printer))
        return MARLIN_TURN;
    return to_plr ? to_plr_line(m) : gcode_line(m);
}
