// The bench and the printer of tests.
// SPDX-License-Identifier: MIT
#include "rig/run/double.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

struct double_world world;

struct lines {
    const struct bench *bench;
    lines_meanwhile *meanwhile;
    void *ctx;
};
struct link {
    int none;
};

static struct lines the_lines;
static struct link the_link;

void double_begin(void)
{
    world = (struct double_world){.now_us = 1000000,
                                  .powered_us = -1,
                                  .boot_us = 20000000,
                                  .recover_us = 60000000,
                                  .byte_us = 5000,
                                  .file_size = 1048576,
                                  .nozzle_mc = 25000,
                                  .resume_at_us = -1,
                                  .resume_from = -1,
                                  .sense_late_us = 8000};
}

// --- lines --------------------------------------------------------------------------------------------------------

int64_t lines_now_us(void)
{
    return world.now_us;
}

static void note(bool relay, int32_t index, bool on, int64_t at_us)
{
    world.edge[world.edges++ % LINES_EDGES] = (struct lines_edge){at_us, relay, index, on};
}

/// What follows from a relay's contact: its read-back, and the printer behind the first.
static void follow(const struct bench *bench, int32_t relay, int64_t at_us)
{
    bool on = world.contact[relay] == DOUBLE_WELDED ||
              (world.contact[relay] == DOUBLE_FOLLOWS && world.relay[relay]);
    int32_t sense = bench->relay[relay].sense;

    if (sense != BENCH_NONE && world.sense[sense] != on) {
        world.sense[sense] = on;
        note(false, sense, on, at_us + world.sense_late_us + (on ? 0 : world.off_late_us[relay]));
    }
    if (relay != 0 || on == (world.powered_us >= 0))
        return;
    world.powered_us = on ? at_us : -1;
    world.lost_us = on ? world.lost_us : at_us;
    if (world.lives)
        return;
    world.saved = world.saved || world.printing;
    world.printing = world.done = world.fault = false;
    world.resume_at_us = -1;
}

static void drive(const struct bench *bench, int32_t relay, bool on)
{
    world.unlit = world.unlit || (on && !world.led);
    if (world.relay[relay] != on) {
        note(true, relay, on, world.now_us);
        world.changed_us[relay] = world.now_us;
    }
    world.relay[relay] = on;
    follow(bench, relay, world.now_us);
}

int lines_open(struct lines **out, const struct bench *bench, lines_meanwhile *meanwhile, void *ctx,
               struct lab_error *err)
{
    the_lines.meanwhile = meanwhile;
    the_lines.ctx = ctx;
    the_lines.bench = bench;
    int bad = lines_all_off(&the_lines, err);
    *out = bad ? NULL : &the_lines;
    return bad;
}

void lines_close(struct lines *lines)
{
    for (int32_t i = 0; lines && i < lines->bench->relays; i++)
        drive(lines->bench, i, false);
}

int64_t lines_wait_us(const struct lines *lines, int32_t relay, bool on)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    int64_t since = world.now_us - world.changed_us[relay],
            least = on ? rule->min_off_us : rule->min_on_us;

    return since < least ? least - since : 0;
}

int lines_switch(struct lines *lines, int32_t relay, bool on, struct lines_switched *out,
                 struct lab_error *err)
{
    int32_t sense = lines->bench->relay[relay].sense;

    *out = (struct lines_switched){world.now_us, -1, 0};
    if (world.gone)
        return world.gone;
    for (int64_t end = world.now_us + world.command_us; world.now_us < end; world.now_us += 10000)
        if (!lines->meanwhile(lines->ctx) && on)
            return -EINTR;
    drive(lines->bench, relay, on);
    world.now_us += world.sense_late_us;
    if (world.sense[sense] != on) {
        lab_error_at_file(err, "double", "relay '%s' was switched %s, and it did not follow",
                          lines->bench->relay[relay].name, on ? "on" : "off");
        return -EIO;
    }
    out->sense_us = world.now_us;
    return 0;
}

int lines_switch_off(struct lines *lines, uint32_t relays, bool at_once,
                     struct lines_switched out[BENCH_RELAYS], struct lab_error *err)
{
    (void)at_once;
    int64_t line_us = world.now_us, most_us = 0;
    int bad = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++) {
        int32_t sense = lines->bench->relay[i].sense;
        out[i] = (struct lines_switched){-1, -1, 0};
        if (!(relays >> i & 1u) || world.gone)
            continue;
        int64_t late_us = world.sense_late_us + world.off_late_us[i];
        drive(lines->bench, i, false);
        out[i] = (struct lines_switched){line_us, line_us + late_us, 0};
        most_us = late_us > most_us ? late_us : most_us;
        if (!world.sense[sense])
            continue;
        lab_error_at_file(err, "double", "relay '%s' was switched off, and it did not follow",
                          lines->bench->relay[i].name);
        bad = -EIO;
    }
    world.offs++;
    world.now_us += most_us;
    return world.gone ? world.gone : bad;
}

int lines_all_off(struct lines *lines, struct lab_error *err)
{
    int bad = world.gone ? -EIO : 0;

    for (int32_t i = 0; i < lines->bench->relays; i++) {
        drive(lines->bench, i, false);
        if (lines->bench->relay[i].sense != BENCH_NONE && world.sense[lines->bench->relay[i].sense])
            bad = -EIO;
    }
    if (bad)
        lab_error_at_file(err, "double", "not everything is off; pull the plug");
    return bad;
}

int lines_listen_beside(struct lines *lines, int fd, int64_t until_us)
{
    int64_t told_us = (world.now_us / DOUBLE_TELLS_US + 1) * DOUBLE_TELLS_US;

    world.listened++;
    if (fd == DOUBLE_FD && told_us < until_us)
        until_us = told_us;
    world.now_us = until_us > world.now_us ? until_us : world.now_us;
    for (int32_t i = 0; world.stop_us && world.now_us >= world.stop_us && i < lines->bench->senses;
         i++)
        world.sense[i] = world.sense[i] || lines->bench->sense[i].kind == BENCH_ESTOP;
    return world.gone;
}

int lines_listen(struct lines *lines, int64_t until_us)
{
    return lines_listen_beside(lines, -1, until_us);
}

void lines_pass(struct lines *lines, int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    (void)lines;
    (void)poll(&wait, 1, 10);
}

bool lines_relay(const struct lines *lines, int32_t relay)
{
    (void)lines;
    return world.relay[relay];
}

bool lines_alarm(const struct lines *lines, char *why, size_t room)
{
    for (int32_t i = 0; i < lines->bench->senses; i++) {
        uint8_t kind = lines->bench->sense[i].kind;
        if (!world.sense[i] || (kind != BENCH_ESTOP && kind != BENCH_DOOR))
            continue;
        snprintf(why, room, "%s", kind == BENCH_DOOR ? "door is open" : "stop is pressed");
        return true;
    }
    return false;
}

int lines_beep(struct lines *lines, bool on)
{
    (void)lines;
    if (on && !world.beeped)
        world.beep_us = world.now_us;
    world.beeped = world.beeped || on;
    return 0;
}

int lines_led(struct lines *lines, bool on)
{
    (void)lines;
    if (on && !world.lit_us)
        world.lit_us = world.now_us;
    world.led = on;
    return 0;
}

size_t lines_edges(const struct lines *lines, struct lines_edge *out, size_t room, uint64_t *lost)
{
    size_t count = world.edges < room ? (size_t)world.edges : room;

    (void)lines;
    *lost = world.edges - count;
    for (size_t i = 0; i < count; i++)
        out[i] = world.edge[(*lost + i) % LINES_EDGES];
    return count;
}

// --- the printer --------------------------------------------------------------------------------------------------

int link_open(struct link **out, const struct link_config *config, struct lab_error *err)
{
    (void)config;
    if (world.welds)
        world.contact[0] = DOUBLE_WELDED;
    if (world.no_link)
        lab_error_at_file(err, "double", "no link");
    *out = world.no_link ? NULL : &the_link;
    return world.no_link;
}

void link_close(struct link *link)
{
    (void)link;
}

static bool booted(void)
{
    return world.lives ||
           (world.powered_us >= 0 && world.now_us - world.powered_us >= world.boot_us);
}

/// A printer prints on, and heats and cools all at once.
static void go_on(void)
{
    int64_t passed = world.now_us - world.heard_us;

    world.heard_us = world.now_us;
    if (world.resume_at_us >= 0 && world.now_us >= world.resume_at_us && booted()) {
        world.resume_at_us = -1;
        world.printing = true;
        world.went_on_us = world.now_us;
        world.file_at = world.resume_from >= 0 ? world.resume_from : world.file_at;
        world.file_size = world.rest_size ? world.rest_size : world.file_size;
    }
    if (world.printing && booted()) {
        world.file_at += passed / world.byte_us;
        if (world.file_at >= world.file_size) {
            world.printing = false;
            world.done = true;
        }
    }
}

static enum link_state state_now(void)
{
    if ((world.powered_us < 0 && !world.lives) || world.silent)
        return LINK_LOST;
    if (!booted())
        return LINK_STARTING;
    return world.fault      ? LINK_FAULT
           : world.printing ? LINK_PRINTING
           : world.done     ? LINK_DONE
                            : LINK_READY;
}

int link_turn(struct link *link, int64_t until_us)
{
    struct link_status *status = &world.status;

    (void)link;
    (void)until_us;
    if (world.link_error)
        return world.link_error;
    go_on();
    if (!world.lives && (world.powered_us < 0 || !booted()))
        if (world.lost_us && world.now_us - world.lost_us < world.notice_us)
            return 0; // what it said last stands
    status->state = state_now();
    snprintf(status->why, sizeof status->why, "%s",
             status->state == LINK_FAULT  ? "Homing failed"
             : status->state == LINK_LOST ? "it is silent"
                                          : "");
    if (status->state == LINK_LOST)
        return 0;
    status->at_us = world.now_us;
    status->alive_us = world.dead_mcu ? status->alive_us : world.now_us;
    bool placed = world.printing && !world.no_place &&
                  world.now_us - world.went_on_us >= (world.went_on_us ? world.place_late_us : 0);
    status->file_at = placed ? world.file_at : LINK_UNKNOWN;
    status->file_size = world.no_size ? LINK_UNKNOWN : world.file_size;
    status->at_nm[0] = world.printing ? world.file_at * 1000 : status->at_nm[0];
    status->ahead = (struct link_ahead){2000000, 2};
    status->layer = -1;
    status->nozzle = (struct link_heater){world.printing ? 240000 : world.nozzle_mc, 0};
    status->bed = status->chamber = (struct link_heater){25000, 0};
    status->chamber.target_mc = world.chamber_target_mc;
    if (world.two_tools) {
        status->others = 1;
        status->other[0] = (struct link_other){"T1", {25000, world.tool_target_mc}};
    }
    status->heat_us = world.no_heat ? status->heat_us : world.now_us;
    return 1;
}

int64_t link_rest_us(const struct link *link, int *fd)
{
    (void)link;
    *fd = world.rests ? DOUBLE_FD : -1;
    return world.rests ? INT64_MAX : 0;
}

const struct link_status *link_status(const struct link *link)
{
    (void)link;
    return &world.status;
}

static int take(const char *words)
{
    if (world.status.state == LINK_LOST)
        return -ENOTCONN;
    if (world.words < DOUBLE_SAID)
        snprintf(world.said[world.words++], LINK_LINE, "%s", words);
    world.answer = 0;
    return 0;
}

int link_gcode(struct link *link, const char *text)
{
    int bad = take(text);

    (void)link;
    if (!bad && world.refuses_word && !strcmp(text, world.refuses_word))
        world.answer = -EIO;
    if (!bad && strstr(text, "M141 S0"))
        world.chamber_target_mc = 0;
    if (!bad && strstr(text, "M104 T1 S0"))
        world.tool_target_mc = 0;
    if (bad || strcmp(text, "RESUME") != 0)
        return bad;
    if (world.refuses)
        world.answer = -EIO;
    else if (!world.deaf && world.saved)
        world.resume_at_us = world.now_us + world.recover_us;
    return 0;
}

int link_stop(struct link *link)
{
    (void)link;
    if (world.status.state == LINK_LOST)
        return -ENOTCONN;
    world.stops++;
    for (int i = 0; i < BENCH_RELAYS; i++)
        world.stopped_on = world.stopped_on || world.relay[i];
    return world.stop_waits ? -EAGAIN : 0;
}

int link_print(struct link *link, const char *file)
{
    int bad = take(file);

    (void)link;
    if (bad)
        return bad;
    if (world.refuses_print) {
        world.answer = -EIO;
        return 0;
    }
    world.printing = true;
    world.file_at = 0;
    return 0;
}

int link_answer(const struct link *link, char *why, size_t room)
{
    (void)link;
    if (world.answer)
        snprintf(why, room, "%s",
                 world.refuses_word ? "no such command"
                 : world.refuses    ? world.refuses
                                    : world.refuses_print);
    return world.answer;
}

bool link_said(struct link *link, char line[LINK_LINE])
{
    (void)link;
    if (!world.console)
        return false;
    snprintf(line, LINK_LINE, "%s", world.console);
    world.console = NULL;
    return true;
}

// --- what only the core on this computer asks for -----------------------------------------------------------------

bool lines_sense(const struct lines *lines, int32_t sense, int64_t *since_us)
{
    (void)lines;
    (void)since_us;
    return world.sense[sense];
}

uint32_t link_abilities(const struct link *link)
{
    (void)link;
    return world.abilities;
}

int64_t link_confirmed(const struct link *link, int64_t at_nm[4], int64_t *file_at)
{
    (void)link;
    for (int i = 0; i < 4; i++)
        at_nm[i] = LINK_UNKNOWN;
    if (file_at)
        *file_at = LINK_UNKNOWN;
    return LINK_UNKNOWN;
}

int64_t link_reached_us(const struct link *link)
{
    (void)link;
    return LINK_UNKNOWN;
}

int link_move_z(struct link *link, int motor, int64_t delta_nm, int64_t speed_nm_s)
{
    (void)link;
    (void)motor;
    (void)delta_nm;
    (void)speed_nm_s;
    return -ENOTSUP;
}
