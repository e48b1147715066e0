// A link to a Marlin-like printer on a serial line.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/marlin.h"
#include "core/lab/link/serial.h"

static struct marlin *own(struct link *link)
{
    return link->own;
}

// --- coming and going ---------------------------------------------------------------------------------------------

static int64_t late_us(const struct link *link)
{
    int64_t third = link->config.silence_us / 3;
    return third < MARLIN_LATE_US ? third : MARLIN_LATE_US;
}

/// What was under way is lost.
static void drop(struct link *link, const char *why)
{
    struct marlin *m = own(link);

    marlin_talk_begin(&m->talk, late_us(link));
    m->script_size = 0;
    link_answer_end(link, -EPIPE, why);
}

/// From here on lines are counted anew.
static void greet(struct link *link, int64_t now_us)
{
    static const char hello[] = "\nN0 M110 N0*125\n"; // the first ends what another left half said
    struct marlin *m = own(link);

    if (!link->wire.out_size)
        (void)link_wire_put(&link->wire, hello, sizeof hello - 1);
    m->hello_us = now_us + MARLIN_HELLO_US;
}

void marlin_greet(struct link *link, const char *why, int64_t now_us)
{
    drop(link, why);
    own(link)->phase = MARLIN_GREETING;
    greet(link, now_us);
}

void marlin_lose(struct link *link, const char *why, int64_t now_us)
{
    link_state_is(link, LINK_LOST, why);
    marlin_greet(link, why, now_us);
}

static void look_for_device(struct link *link, int64_t now_us)
{
    struct marlin *m = own(link);
    char why[LINK_LINE];
    int fd = serial_open(link->config.address, link->config.baud);

    if (fd < 0) {
        snprintf(why, sizeof why, "%s: %s", link->config.address,
                 fd == -EBUSY ? "somebody else has it" : strerror(-fd));
        link_state_is(link, LINK_LOST, why);
        m->hello_us = now_us + MARLIN_LOOK_US;
        return;
    }
    link_wire_use(&link->wire, fd);
    memset(&m->splitter, 0, sizeof m->splitter);
    m->heard_us = LINK_UNKNOWN;
    marlin_lose(link, "it has not answered yet", now_us);
}

static void gone(struct link *link, const char *why, int64_t now_us)
{
    struct marlin *m = own(link);

    m->phase = MARLIN_AWAY;
    m->heard_us = LINK_UNKNOWN;
    m->hello_us = now_us + MARLIN_LOOK_US;
    link_state_is(link, LINK_LOST, why);
    drop(link, why);
}

// --- talking ------------------------------------------------------------------------------------------------------

static void put(struct link *link, const char *bytes, size_t size)
{
    // full: the printer does not take what it is told, and falls silent for us
    (void)link_wire_put(&link->wire, bytes, size);
}

static void say(struct link *link, const char *command, int32_t tag, int64_t now_us)
{
    char out[MARLIN_SENT];

    put(link, out, marlin_talk_say(&own(link)->talk, command, tag, now_us, out));
}

/// The next of what is asked at the beginning. Returns false when all of it is answered.
static bool ask(struct link *link, int64_t now_us)
{
    static const struct {
        const char *command;
        uint32_t needs; ///< bits of enum marlin_cap
    } question[] = {{"M115", 0},
                    {"M115", MARLIN_NAMELESS}, // an ok of before may have been taken for the answer
                    {"M113 S1", MARLIN_KNOWN},
                    {"M155 S1", MARLIN_REPORTS_HEAT},
                    {"M105", 0},
                    {"M27", MARLIN_HAS_CARD},
                    {"M114 R", 0}};
    struct marlin *m = own(link);

    for (; m->asked < sizeof question / sizeof *question; m->asked++) {
        uint32_t has = m->caps | (m->caps & MARLIN_KNOWN ? 0 : MARLIN_NAMELESS);
        if (question[m->asked].needs & ~has)
            continue;
        say(link, question[m->asked++].command, MARLIN_POLL, now_us);
        return true;
    }
    return false;
}

/// Is this asked again and again? Not what the printer tells by itself, nor what it has not.
static bool is_asked(const struct marlin *m, int question)
{
    return question == MARLIN_POLL_HEAT   ? !(m->caps & MARLIN_REPORTS_HEAT)
           : question == MARLIN_POLL_FILE ? (m->caps & MARLIN_HAS_CARD) != 0
                                          : true;
}

/// What is due to be asked again. Returns false when nothing is.
static bool ask_again(struct link *link, int64_t now_us)
{
    static const char *const question[MARLIN_POLLS] = {"M105", "M27", "M114 R"};
    struct marlin *m = own(link);
    bool printing = link->status.state == LINK_PRINTING;

    for (int i = 0; i < MARLIN_POLLS; i++) {
        if (!is_asked(m, i) || now_us < m->poll_us[i])
            continue;
        m->poll_us[i] =
            now_us + (printing && i != MARLIN_POLL_HEAT ? MARLIN_FAST_US : MARLIN_SLOW_US);
        say(link, question[i], MARLIN_POLL, now_us);
        return true;
    }
    return false;
}

/// Take the next command of the script: without comment and blanks around it. Returns false when there is none.
static bool next_command(struct marlin *m, char out[MARLIN_COMMAND])
{
    while (m->script_at < m->script_size) {
        const char *at = m->script + m->script_at;
        size_t n = strcspn(at, "\r\n"), code = strcspn(at, ";\r\n");
        m->script_at += n + 1;
        while (code && (*at == ' ' || *at == '\t'))
            at++, code--;
        while (code && (at[code - 1] == ' ' || at[code - 1] == '\t'))
            code--;
        if (!code)
            continue;
        link_copy(out, MARLIN_COMMAND, at, code);
        return true;
    }
    return false;
}

static bool go_on_with_script(struct link *link, int64_t now_us)
{
    struct marlin *m = own(link);
    char command[MARLIN_COMMAND];

    if (!m->script_size)
        return false;
    if (next_command(m, command)) {
        say(link, command, MARLIN_SCRIPT, now_us);
        return true;
    }
    m->script_size = 0;
    link_answer_end(link, 0, NULL);
    return false;
}

static void go_on(struct link *link, int64_t now_us)
{
    struct marlin *m = own(link);
    char out[MARLIN_SENT];

    if (marlin_talk_stuck(&m->talk, now_us)) {
        marlin_lose(link, "it lives, and does not answer", now_us);
        return;
    }
    put(link, out, marlin_talk_step(&m->talk, MARLIN_POLL, now_us, out));
    while (marlin_talk_free(&m->talk)) {
        if (m->phase == MARLIN_ASKING) {
            if (ask(link, now_us))
                return;
            m->phase = MARLIN_UP;
            if (link->status.state == LINK_STARTING)
                link_state_is(link, LINK_READY, NULL);
        }
        // questions first: when a script is answered, what it has changed is known
        if (ask_again(link, now_us) || !go_on_with_script(link, now_us))
            return;
    }
}

// --- turning ------------------------------------------------------------------------------------------------------

/// The next instant at which something is due.
static int64_t wake(const struct link *link)
{
    const struct marlin *m = link->own;
    int64_t at = m->phase == MARLIN_UP || m->phase == MARLIN_ASKING ? INT64_MAX : m->hello_us;
    int64_t talk = marlin_talk_wake(&m->talk);

    if (m->heard_us != LINK_UNKNOWN && m->phase != MARLIN_DEAD)
        at =
            at < m->heard_us + link->config.silence_us ? at : m->heard_us + link->config.silence_us;
    if (m->phase == MARLIN_UP && marlin_talk_free(&m->talk))
        for (int i = 0; i < MARLIN_POLLS; i++)
            at = at < m->poll_us[i] || !is_asked(m, i) ? at : m->poll_us[i];
    return at < talk ? at : talk;
}

static void step(struct link *link, int64_t now_us)
{
    struct marlin *m = own(link);
    char why[LINK_LINE];

    if (m->phase == MARLIN_AWAY) {
        if (now_us >= m->hello_us)
            look_for_device(link, now_us);
    } else if (m->phase == MARLIN_GREETING || m->phase == MARLIN_DEAD) {
        if (now_us >= m->hello_us) {
            m->greeted_dead = m->phase == MARLIN_DEAD;
            greet(link, now_us);
        }
    } else {
        go_on(link, now_us);
    }
    if (m->phase != MARLIN_DEAD && m->heard_us != LINK_UNKNOWN &&
        now_us - m->heard_us >= link->config.silence_us) {
        snprintf(why, sizeof why, "it has been silent for %lld ms",
                 (long long)(link->config.silence_us / 1000));
        m->heard_us = LINK_UNKNOWN;
        marlin_lose(link, why, now_us);
    }
    link->wake_us = wake(link);
}

static void heard(struct link *link, const char *bytes, size_t size, int64_t now_us)
{
    struct marlin *m = own(link);

    for (size_t i = 0; i < size; i++)
        if (marlin_split(&m->splitter, bytes[i]))
            marlin_hear(link, m->splitter.line, now_us);
}

// --- asking -------------------------------------------------------------------------------------------------------

/// Does every command of it fit into a line of Marlin's?
static int fits(const char *text)
{
    while (*text) {
        if (strcspn(text, ";\r\n") >= MARLIN_COMMAND)
            return -E2BIG;
        text += strcspn(text, "\r\n");
        text += *text ? 1 : 0;
    }
    return 0;
}

static int gcode(struct link *link, const char *text)
{
    struct marlin *m = own(link);
    int bad = m->phase == MARLIN_UP ? fits(text) : -ENOTCONN;

    if (bad)
        return bad;
    m->script_size = strlen(text);
    m->script_at = 0;
    memcpy(m->script, text, m->script_size + 1);
    link_answer_begin(link);
    return 0;
}

static int print(struct link *link, const char *file)
{
    char text[LINK_FILE + LINK_LINE];

    snprintf(text, sizeof text, "M23 %s\nM24", file);
    return gcode(link, text);
}

static int stop(struct link *link)
{
    static const char out[] = "M112\n"; // without a number: it is read before its turn

    if (link->wire.fd < 0)
        return -ENOTCONN;
    (void)link_wire_first(&link->wire, out, sizeof out - 1, '\n');
    int bad = link_wire_flush(&link->wire);
    return bad ? bad : link->wire.out_size ? -EAGAIN : 0;
}

static int open_marlin(struct link *link, struct lab_error *err)
{
    struct marlin *m;

    if (link->config.baud <= 0) {
        lab_error_at_file(err, NULL, "a serial line needs a speed");
        return -EINVAL;
    }
    m = calloc(1, sizeof *m);
    if (!m) {
        lab_error_at_file(err, NULL, "no memory for a link");
        return -ENOMEM;
    }
    m->heard_us = LINK_UNKNOWN;
    m->hello_us = 0;
    link->own = m;
    link_state_is(link, LINK_LOST, "not looked for yet");
    return 0;
}

static void close_marlin(struct link *link)
{
    free(link->own);
}

const struct link_ops link_marlin = {open_marlin, close_marlin, step, heard, gone,
                                     gcode,       print,        stop, NULL,  NULL};
