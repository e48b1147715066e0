// A reading from its beginning to its number.
// SPDX-License-Identifier: MIT
#include "rig/gauge/gauge.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((format(printf, 4, 5))) static int
fail(const struct gauge *gauge, struct lab_error *err, int error, const char *format, ...)
{
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    lab_error_at_file(err, "", "gauge '%s' %s", gauge->rule->name, text);
    return error;
}

static int open_source(struct gauge *gauge)
{
    switch ((enum bench_gauge_kind)gauge->rule->kind) {
    case BENCH_GAUGE_CMD: return gauge_open_cmd(gauge);
    case BENCH_GAUGE_SERIAL: return gauge_open_serial(gauge);
    case BENCH_GAUGE_PROMPT: return gauge_open_prompt(gauge);
    case BENCH_GAUGE_LINK: break;
    }
    char stale[LINK_LINE];
    while (link_said(gauge->link, stale)) // what was said before is no answer
        ;
    return link_gcode(gauge->link, gauge->rule->source);
}

/// Returns 1 when it was begun, or is not yet (somebody's word to the printer has no answer yet).
static int begin_reading(struct gauge *gauge, struct lab_error *err)
{
    int bad = open_source(gauge);
    bool later = bad == -EBUSY && gauge->rule->kind == BENCH_GAUGE_LINK;

    gauge->stage = bad ? GAUGE_TO_READ : GAUGE_READING;
    if (!bad || later)
        return 1;
    if (bad == -ENOTTY)
        return fail(gauge, err, bad, "asks a person, and there is no terminal");
    return fail(gauge, err, bad, "cannot be read: %s", strerror(-bad));
}

static int begin_placing(struct gauge *gauge, struct lab_error *err)
{
    int bad = link_gcode(gauge->link, gauge->rule->place);

    gauge->stage = bad ? GAUGE_TO_PLACE : GAUGE_PLACING;
    return !bad || bad == -EBUSY ? 1
                                 : fail(gauge, err, bad, "cannot be reached: %s", strerror(-bad));
}

int gauge_begin(struct gauge *gauge, const struct bench_gauge *rule, struct link *link,
                int64_t now_us, struct lab_error *err)
{
    *gauge = (struct gauge){.rule = rule, .link = link, .fd = -1, .end_us = now_us + rule->time_us};
    if ((rule->place[0] || rule->kind == BENCH_GAUGE_LINK) && !link)
        return fail(gauge, err, -ENOTCONN, "needs the printer, and there is no link");
    int bad = rule->place[0] ? begin_placing(gauge, err) : begin_reading(gauge, err);
    return bad < 0 ? bad : 0;
}

// --- reading ------------------------------------------------------------------------------------------------------

static void take(struct gauge *gauge, const char *text, size_t size)
{
    size_t room = sizeof gauge->text - 1 - gauge->len;

    if (size > room) { // the newest counts
        gauge->len = 0;
        gauge->torn = true;
        room = sizeof gauge->text - 1;
    }
    size = size < room ? size : room;
    memcpy(gauge->text + gauge->len, text, size);
    gauge->len += size;
    gauge->text[gauge->len] = '\0';
}

/// Read what is there. Returns 1 when more may come, 0 at the end, or a negative errno.
static int drain(struct gauge *gauge)
{
    char text[256];
    ssize_t size;

    while ((size = read(gauge->fd, text, sizeof text)) > 0) {
        for (ssize_t n = 0; n < size; n++) // a null byte of a device at another speed ends no text
            text[n] = text[n] ? text[n] : '?';
        take(gauge, text, (size_t)size);
    }
    return size == 0 ? 0 : errno == EAGAIN || errno == EINTR ? 1 : -errno;
}

/// How a command ended. Returns 1 while it runs, else 0 or -EIO.
static int ended(struct gauge *gauge)
{
    int status;
    pid_t pid = waitpid(gauge->child, &status, WNOHANG);

    if (pid == 0)
        return 1;
    gauge->child = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static int listen_to_command(struct gauge *gauge, struct lab_error *err)
{
    int more = drain(gauge);

    if (more)
        return more < 0 ? fail(gauge, err, more, "cannot be read: %s", strerror(-more)) : 1;
    int end = ended(gauge);
    if (!end && gauge->torn)
        return fail(gauge, err, -EBADMSG, "said too much: more than %d bytes", GAUGE_TEXT - 1);
    return end < 0 ? fail(gauge, err, end, "failed: its command did not end with 0") : end;
}

/// Throw away what is there up to where a line begins for certain.
static void mend(struct gauge *gauge)
{
    char *end = gauge->text + strcspn(gauge->text, "\r\n");

    gauge->torn = !*end;
    gauge->len -= (size_t)(end - gauge->text);
    memmove(gauge->text, end, gauge->len + 1);
}

/// A device or a person has said all when a whole line is there.
static int listen_to_line(struct gauge *gauge, struct lab_error *err)
{
    int more = drain(gauge);

    if (more < 0)
        return fail(gauge, err, more, "cannot be read: %s", strerror(-more));
    if (gauge->torn)
        mend(gauge);
    char *begin = gauge->text + strspn(gauge->text, "\r\n \t");
    char *end = begin + strcspn(begin, "\r\n");
    if (!*end)
        return more ? 1 : fail(gauge, err, -EIO, "was closed before it said a line");
    *end = '\0';
    memmove(gauge->text, begin, (size_t)(end - begin) + 1);
    return 0;
}

static int listen_to_printer(struct gauge *gauge, struct lab_error *err)
{
    char line[LINK_LINE], why[LINK_LINE] = "";

    while (link_said(gauge->link, line)) {
        take(gauge, line, strlen(line));
        take(gauge, "\n", 1);
    }
    int answer = link_answer(gauge->link, why, sizeof why);
    return answer < 0 ? fail(gauge, err, -EIO, "failed: the printer says %s", why) : answer;
}

static int understand(const struct gauge *gauge, int64_t *value_nm, struct lab_error *err)
{
    const struct bench_gauge *rule = gauge->rule;
    const char *instead = rule->kind == BENCH_GAUGE_LINK
                              ? gauge_z(gauge->text, rule->scale_nm, value_nm)
                              : gauge_number(gauge->text, rule->scale_nm, value_nm);

    if (instead)
        return fail(gauge, err, -EBADMSG, "said %s: \"%.80s\"", instead, gauge->text);
    if (*value_nm < rule->low_nm || *value_nm > rule->high_nm)
        return fail(gauge, err, -ERANGE,
                    "says %lld um, outside of what it can read (%lld to %lld um)",
                    (long long)(*value_nm / 1000), (long long)(rule->low_nm / 1000),
                    (long long)(rule->high_nm / 1000));
    return 0;
}

static int placing(struct gauge *gauge, struct lab_error *err)
{
    char why[LINK_LINE] = "";
    int answer = link_answer(gauge->link, why, sizeof why);

    if (answer < 0)
        return fail(gauge, err, -EIO, "cannot be reached: the printer says %s", why);
    if (answer > 0)
        return 1;
    return begin_reading(gauge, err);
}

static int reading(struct gauge *gauge, struct lab_error *err)
{
    switch ((enum bench_gauge_kind)gauge->rule->kind) {
    case BENCH_GAUGE_CMD: return listen_to_command(gauge, err);
    case BENCH_GAUGE_LINK: return listen_to_printer(gauge, err);
    case BENCH_GAUGE_SERIAL:
    case BENCH_GAUGE_PROMPT: break;
    }
    return listen_to_line(gauge, err);
}

static int turn(struct gauge *gauge, struct lab_error *err)
{
    switch (gauge->stage) {
    case GAUGE_TO_PLACE: return begin_placing(gauge, err);
    case GAUGE_PLACING: return placing(gauge, err);
    case GAUGE_TO_READ: return begin_reading(gauge, err);
    case GAUGE_READING: break;
    }
    return reading(gauge, err);
}

int gauge_turn(struct gauge *gauge, int64_t now_us, int64_t *value_nm, struct lab_error *err)
{
    int busy = turn(gauge, err);

    if (busy > 0 && now_us > gauge->end_us)
        return fail(gauge, err, -ETIMEDOUT, "said nothing within %lld s",
                    (long long)(gauge->rule->time_us / 1000000));
    int bad = busy ? busy : understand(gauge, value_nm, err);
    if (bad != -EBADMSG || gauge->rule->kind != BENCH_GAUGE_PROMPT)
        return bad;
    gauge_ask_again(gauge, err->message); // people mistype, and the print took hours
    lab_error_clear(err);
    return 1;
}

void gauge_end(struct gauge *gauge)
{
    if (gauge->child > 0) {
        kill(-gauge->child, SIGKILL);
        waitpid(gauge->child, NULL, 0);
    }
    if (gauge->fd >= 0)
        close(gauge->fd);
    gauge->child = 0;
    gauge->fd = -1;
}
