// The printer of the host's tests.
// SPDX-License-Identifier: MIT
#include "rig/host/gantry.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOUR_US INT64_C(3600000000)

struct gantry gantry;

struct lines {
    int none;
};
static struct lines the_lines;
struct lines *const gantry_lines = &the_lines;

void gantry_begin(void)
{
    static const int64_t off_nm[PLR_Z_MAX] = {0, 310000, -240000, 150000};

    memset(&gantry, 0, sizeof gantry);
    gantry.now_us = 1000000;
    gantry.status.state = LINK_READY;
    gantry.status.file_at = LINK_UNKNOWN;
    gantry.abilities = LINK_CAN_ONE_Z | LINK_CAN_SET_Z | LINK_CAN_SEEK | LINK_CAN_CONFIRM;
    gantry.answer_us = 2000;
    gantry.confirmed_us = LINK_UNKNOWN;
    gantry.hysteresis_nm = 100000;
    gantry.debounce_us = 5000;
    gantry.status.nozzle.now_mc = gantry.status.bed.now_mc = 25000;
    gantry.status.chamber = (struct link_heater){LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};
    gantry.lost_after = UINT64_MAX;
    plr_modal_init(&gantry.modal);
    for (int i = 0; i < PLR_Z_MAX; i++)
        gantry.switch_nm[i] = 100 * PLR_NM_PER_MM + off_nm[i];
}

// --- a job --------------------------------------------------------------------------------------------------------

static char folder[] = "/tmp/plr_host_XXXXXX";
static struct lab_job job;

static const char standard[] = "M140 S60\n"                // 0
                               "M190 S60\n"                // 1
                               "M109 S220\n"               // 2
                               "G28\n"                     // 3
                               "G90\n"                     // 4
                               "M82\n"                     // 5
                               "M106 S128\n"               // 6
                               ";LAYER_CHANGE\n"           // 7
                               ";Z:0.2\n"                  // 8
                               "G1 X100 Y100 Z0.2 F6000\n" // 9
                               "G1 X120 Y100 E1 F1800\n"   // 10
                               "G1 X120 Y120 E2\n"         // 11
                               "G1 X100 Y120 E3\n"         // 12
                               "G1 X100 Y100 E4\n"         // 13: back at the loop's beginning
                               "G1 E3.2 F1800\n"           // 14
                               "G1 X50 Y50 F6000\n"        // 15
                               "G1 E4 F1800\n"             // 16
                               "M106 S255\n"               // 17
                               ";LAYER_CHANGE\n"           // 18
                               ";Z:0.4\n"                  // 19
                               "G1 Z0.4 F600\n"            // 20
                               "M221 S95\n"                // 21
                               "G92 E0\n"                  // 22
                               "G1 X70 Y50 E1 F2400\n"     // 23
                               "SET_PRESSURE_ADVANCE ADVANCE=0.04\n" // 24
                               "G1 X70 Y70 E2\n"                     // 25
                               "G2 X60 Y60 I-10 E2.5\n"              // 26
                               "G1 X50 Y50 E3\n"                     // 27
                               "M104 S0\n";                          // 28

static const char *text = standard;

void gantry_job(const char *other)
{
    text = other;
    job.data = text;
    job.size = strlen(text);
}

uint64_t gantry_line(int n)
{
    uint64_t at = 0;

    while (n-- > 0 && text[at])
        at += strcspn(text + at, "\n") + 1;
    return at;
}

static void plr_options(struct plr_config *c)
{
    c->save_interval_us = 5000000;
    c->tick_interval_us = 1000000;
    c->save_on_layer = true;
    c->z_motors = 4;
    c->z_reference = PLR_Z_PLUS;
    c->z_max_nm = 130 * PLR_NM_PER_MM;
    c->z_position_nm = 100 * PLR_NM_PER_MM;
    c->park_nm[0] = c->park_nm[1] = 60 * PLR_NM_PER_MM;
    c->purge_nm[0] = c->purge_nm[1] = 5 * PLR_NM_PER_MM;
    c->max_adjustment_nm = 15 * PLR_NM_PER_MM;
    c->soften_mc = 130000;
    c->ooze_mc = 170000;
    c->config_hash = 42;
}

void gantry_config(struct host_config *config)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    if (!mkdtemp(folder))
        abort();
    text = standard;
    job = (struct lab_job){
        .data = text, .size = strlen(standard), .name = "two.gcode", .name_hash = 7};
    memset(config, 0, sizeof *config);
    plr_options(&config->plr);
    config->job = &job;
    snprintf(config->file, sizeof config->file, "TWO~1.GCO");
    snprintf(config->store, sizeof config->store, "%s/memory", folder);
    snprintf(config->before, sizeof config->before, "G28");
    config->step_nm = 10000;
    config->settle_us = 6000;
    config->slack_us = 1000;
    for (int i = 0; i < PLR_Z_MAX; i++)
        config->sense[i] = i;
}

void gantry_end(void)
{
    char path[64];

    snprintf(path, sizeof path, "%s/memory", folder);
    (void)unlink(path);
    strcat(path, ".lock");
    (void)unlink(path);
    (void)rmdir(folder);
}

// --- corners and switches -----------------------------------------------------------------------------------------

static void settle(void)
{
    for (int i = 0; i < PLR_Z_MAX; i++) {
        int64_t above = gantry.true_nm[i] - gantry.switch_nm[i];
        bool was = (gantry.closed >> i) & 1u;
        bool is = above >= 0 || (was && above > -gantry.hysteresis_nm);
        is = (is && !((gantry.dead >> i) & 1u)) || ((gantry.stuck >> i) & 1u);
        if (is != was)
            gantry.since_us[i] = gantry.now_us + gantry.tap_us;
        gantry.closed = (gantry.closed & ~(1u << i)) | (uint32_t)is << i;
        if (above > gantry.overtravel_nm[i])
            gantry.overtravel_nm[i] = above;
    }
}

static void move_z(uint32_t motors, int64_t delta_nm)
{
    for (int i = 0; i < PLR_Z_MAX; i++)
        if ((motors >> i) & 1u)
            gantry.true_nm[i] += delta_nm;
    settle();
}

// --- G-code -------------------------------------------------------------------------------------------------------

static bool begins(const char *line, const char *word)
{
    size_t n = strlen(word);
    return !strncmp(line, word, n) && (line[n] == ' ' || !line[n]);
}

static int64_t number(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    int64_t micro = 0;

    if (at)
        (void)plr_gcode_number(at + strlen(key), strlen(at + strlen(key)), &micro);
    return micro;
}

static void heat(int heater, int64_t micro)
{
    struct link_heater *to = heater ? &gantry.status.nozzle : &gantry.status.bed;

    gantry.heat_mc[heater] = micro / 1000;
    to->target_mc = (int32_t)gantry.heat_mc[heater];
    to->now_mc = to->target_mc ? to->target_mc : 25000;
}

/// Moves, and whatever changes how they are meant: the modal tracker's affair.
static void drive(const char *command)
{
    struct plr_gcode_line line;
    struct plr_action action;

    if (plr_gcode_lex(command, strlen(command), &line) ||
        plr_modal_apply(&gantry.modal, &line, &action))
        abort();
    if (action.kind == PLR_ACT_HOME) {
        const int64_t home[PLR_AXES] = {0};
        memset(gantry.xy_nm, 0, sizeof gantry.xy_nm);
        plr_modal_set_machine(&gantry.modal, action.axes, home);
    }
    if (action.kind == PLR_ACT_HOME && (action.axes & 4u))
        for (int i = 0; i < PLR_Z_MAX; i++)
            gantry.true_nm[i] = 0;
    if (action.kind != PLR_ACT_MOVE)
        return;
    gantry.xy_nm[0] += action.to_nm[0] - action.from_nm[0];
    gantry.xy_nm[1] += action.to_nm[1] - action.from_nm[1];
    move_z(15u, action.to_nm[2] - action.from_nm[2]);
    gantry.e_nm += action.e_nm;
}

static void carry_out(const char *line)
{
    static const char force[] = "FORCE_MOVE STEPPER=stepper_z";
    int64_t at[PLR_AXES] = {0};

    if (!strncmp(line, force, sizeof force - 1)) {
        int motor = line[sizeof force - 1] == ' ' ? 0 : line[sizeof force - 1] - '0';
        move_z(1u << motor, number(line, "DISTANCE="));
    } else if (begins(line, "SET_KINEMATIC_POSITION")) {
        at[PLR_Z] = number(line, "Z=");
        plr_modal_set_machine(&gantry.modal, 4u, at);
    } else if (begins(line, "M23")) {
        snprintf(gantry.selected, sizeof gantry.selected, "%.60s", line + 4);
    } else if (begins(line, "M26")) {
        gantry.seek = number(line, "S") / 1000000;
    } else if (begins(line, "M24")) {
        gantry.runs = true;
    } else {
        drive(line);
        if (begins(line, "M140"))
            heat(0, number(line, "S"));
        else if (begins(line, "M104"))
            heat(1, number(line, "S"));
        else if (begins(line, "M106") || begins(line, "M107"))
            gantry.fan = (int)(number(line, "S") / 1000000);
    }
}

int gantry_take(const char *line)
{
    size_t size = strlen(line);

    if (gantry.logged + size + 2 > sizeof gantry.log)
        gantry.logged = 0;
    memcpy(gantry.log + gantry.logged, line, size);
    gantry.logged += size;
    gantry.log[gantry.logged++] = '\n';
    gantry.log[gantry.logged] = '\0';
    if (gantry.commands++ >= gantry.lost_after) {
        gantry.status.state = LINK_LOST;
        return -EPIPE;
    }
    if (gantry.refuses && !strncmp(line, gantry.refuses, strlen(gantry.refuses)))
        return -EIO;
    carry_out(line);
    return 0;
}

const char *gantry_last(const char *command)
{
    const char *found = NULL;

    for (const char *at = gantry.log; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        if (!strncmp(at, command, strlen(command)))
            found = at;
    return found;
}

// --- the lines ----------------------------------------------------------------------------------------------------

int64_t lines_now_us(void)
{
    return gantry.now_us;
}

int lines_listen(struct lines *lines, int64_t until_us)
{
    (void)lines;
    (void)until_us;
    return 0;
}

/// Debounced, as the real ones: what changed lately is not seen yet.
void lines_pass(struct lines *lines, int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    (void)lines;
    (void)poll(&wait, 1, 10);
    gantry.moments++;
}

bool lines_sense(const struct lines *lines, int32_t sense, int64_t *since_us)
{
    bool closed = (gantry.closed >> sense) & 1u;
    bool fresh = gantry.now_us - gantry.since_us[sense] < gantry.debounce_us;

    (void)lines;
    if (since_us)
        *since_us = gantry.since_us[sense];
    return fresh ? !closed : closed;
}

// --- what happens -------------------------------------------------------------------------------------------------

void gantry_cut(const int64_t fall_nm[PLR_Z_MAX])
{
    gantry.now_us += 90000000;
    for (int i = 0; i < PLR_Z_MAX; i++)
        gantry.true_nm[i] -= fall_nm[i];
    settle();
    gantry.now_us += 1000000;
    plr_modal_init(&gantry.modal);
    heat(0, 0);
    heat(1, 0);
    gantry.fan = 0;
    gantry.runs = false;
    gantry.status.state = LINK_READY;
    gantry.status.file_at = LINK_UNKNOWN;
    gantry.confirmed_us = LINK_UNKNOWN;
    gantry.answer = 0;
    gantry.until_us = 0;
}

void gantry_prove(int64_t x_nm, int64_t y_nm, int64_t z_nm, int64_t e_nm, int64_t file_at)
{
    const int64_t at[PLR_AXES] = {x_nm, y_nm, z_nm, e_nm};

    gantry.now_us += 250000;
    gantry.status.state = LINK_PRINTING;
    gantry.confirmed_us = gantry.now_us;
    memcpy(gantry.confirmed_nm, at, sizeof at);
    gantry.confirmed_file = file_at;
}

enum host_state gantry_run(struct host *host)
{
    enum host_state begin = host_result(host)->state;
    int64_t end = gantry.now_us + HOUR_US;

    while (host_result(host)->state == begin && gantry.now_us < end) {
        int64_t wait = host_turn(host);
        gantry.now_us += wait > 1000 ? 1000 : wait > 0 ? wait : 1;
    }
    return host_result(host)->state;
}
