// What a Marlin-like printer says, line by line.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/link/marlin.h"

enum { ERROR_BEFORE_KILL_US = 2000000 };

// --- what it is ---------------------------------------------------------------------------------------------------

static void hear_cap(struct link *link, struct marlin *m, const struct marlin_said *said)
{
    static const struct {
        const char *name;
        uint32_t cap, abilities;
    } known[] = {{"AUTOREPORT_TEMP", MARLIN_REPORTS_HEAT, 0},
                 {"SDCARD", MARLIN_HAS_CARD, LINK_TELLS_FILE | LINK_CAN_SEEK},
                 {"FORCE_MOVE", MARLIN_MOVES_ONE, LINK_CAN_ONE_Z | LINK_CAN_SET_Z}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (said->number[0] > 0 && strlen(known[i].name) == said->text_size &&
            !memcmp(known[i].name, said->text, said->text_size)) {
            m->caps |= known[i].cap;
            link->abilities |= known[i].abilities;
        }
}

// --- state --------------------------------------------------------------------------------------------------------

/// It was reset: whatever it was doing it does no more.
static void reset(struct link *link, struct marlin *m, int64_t now_us)
{
    link_doubt(link);
    link_forget(link);
    m->paused = m->done = m->begun = false;
    m->told_at = m->job_us = LINK_UNKNOWN;
    m->heard_us = now_us;
    link_state_is(link, LINK_STARTING, NULL);
    marlin_greet(link, "it was reset", now_us);
}

static void killed(struct link *link, struct marlin *m, const char *words, int64_t now_us)
{
    char why[2 * LINK_LINE];
    bool before = m->error[0] && now_us - m->error_us < ERROR_BEFORE_KILL_US;

    snprintf(why, sizeof why, "%s%s%s", before ? m->error : "", before ? ": " : "", words);
    m->phase = MARLIN_DEAD;
    m->hello_us = now_us + MARLIN_HELLO_US;
    m->greeted_dead = false;
    m->script_size = 0;
    m->error[0] = 0;
    link_state_is(link, LINK_FAULT, why);
    link_answer_end(link, -EIO, why);
}

static void complained(struct link *link, struct marlin *m, const struct marlin_said *said,
                       int64_t now_us)
{
    const struct marlin_sent *head = marlin_talk_head(&m->talk);

    link_copy(m->error, sizeof m->error, said->text, said->text_size);
    m->error_us = now_us;
    if (!head || head->tag != MARLIN_SCRIPT)
        return;
    if (said->word == MARLIN_UNKNOWN_COMMAND && !link_refuses(said->text, head->command))
        return;         // the job's own
    m->script_size = 0; // as every firmware with scripts: the rest is left out
    link_answer_end(link, -EIO, m->error);
}

/// No job runs. Did one until now?
static void idle(struct link *link, struct marlin *m)
{
    struct link_status *s = &link->status;

    if (s->state != LINK_PRINTING)
        return;
    if (m->paused)
        link_state_is(link, LINK_PAUSED, NULL);
    else if (m->done || (s->file_size > 0 && s->file_at >= s->file_size))
        link_state_is(link, LINK_DONE, NULL);
    else
        link_state_is(link, LINK_CANCELLED, NULL);
}

/// The file is read from now on.
static void begins(struct marlin *m)
{
    m->paused = false;
    m->begun = true;
}

/// Nothing of it is read, and from which place on it may be nobody has told yet.
static void stands(struct marlin *m)
{
    m->begun = false;
    m->told_at = LINK_UNKNOWN;
}

static void nothing_open(struct link *link, struct marlin *m)
{
    stands(m);
    idle(link, m);
}

static void pauses(struct marlin *m)
{
    m->paused = true;
    m->paused_at = LINK_UNKNOWN;
}

/// "SD printing byte" is said of every file that is open: since 2.1.2 also of one that was only chosen (M23, of which nothing is read before
/// M24) or is paused, and by old ones (0/0) of none at all. Chosen and sought (M26) it stands somewhere: a print moves on from there.
static bool is_begun(struct marlin *m, const struct link_status *was,
                     const struct marlin_said *said)
{
    if (was->state == LINK_PRINTING || was->state == LINK_PAUSED)
        return true;
    if (m->told_at == LINK_UNKNOWN || said->number[0] < m->told_at)
        m->told_at = said->number[0];
    // of one that may have run before this link the worse is taken: that it prints
    return said->number[0] &&
           (m->begun || was->state == LINK_STARTING || said->number[0] > m->told_at);
}

static bool is_read(struct marlin *m, const struct link_status *was, const struct marlin_said *said)
{
    if (m->paused && m->paused_at == LINK_UNKNOWN)
        m->paused_at = said->number[0];
    return said->number[1] && is_begun(m, was, said) &&
           !(m->paused && m->paused_at == said->number[0]);
}

static void printing(struct link *link, struct marlin *m, const struct marlin_said *said,
                     int64_t now_us)
{
    enum link_state was = link->status.state;

    if (!is_read(m, &link->status, said)) {
        idle(link, m);
        return;
    }
    link->status.file_at = said->number[0];
    link->status.file_size = said->number[1];
    if (was != LINK_PRINTING &&
        was != LINK_PAUSED) // one that ran before this link is of unknown age
        m->job_us = was == LINK_STARTING ? LINK_UNKNOWN : now_us;
    link->status.job_us = m->job_us == LINK_UNKNOWN ? LINK_UNKNOWN : now_us - m->job_us;
    m->paused = m->done = false;
    link->news = true;
    link_state_is(link, LINK_PRINTING, NULL);
}

static void action(struct link *link, struct marlin *m, const struct marlin_said *said)
{
    bool job = link->status.state == LINK_PRINTING || link->status.state == LINK_PAUSED;

    if (!strncmp(said->text, "pause", 5))
        pauses(m);
    if (!strncmp(said->text, "resume", 6))
        begins(m);
    if (!strncmp(said->text, "cancel", 6) && job)
        link_state_is(link, LINK_CANCELLED, NULL);
    m->poll_us[MARLIN_POLL_FILE] = 0;
}

// --- values -------------------------------------------------------------------------------------------------------

static void take_heater(struct link_heater *to, const struct link_heater *from)
{
    if (from->now_mc != LINK_NO_TEMPERATURE)
        *to = *from;
}

/// Each tool by its number, where there are several: the current one is `nozzle` besides.
static void take_tools(struct link *link, const struct marlin_said *said)
{
    bool several = false;

    for (int i = 1; i < MARLIN_TOOLS; i++)
        several = several || said->tool[i].now_mc != LINK_NO_TEMPERATURE;
    for (int i = 0; several && i < MARLIN_TOOLS; i++) {
        const char name[] = {'T', (char)('0' + i), '\0'};
        struct link_heater *to =
            said->tool[i].now_mc == LINK_NO_TEMPERATURE ? NULL : link_other(&link->status, name);
        if (to)
            *to = said->tool[i];
    }
}

static void temperatures(struct link *link, const struct marlin_said *said, int64_t now_us)
{
    take_heater(&link->status.nozzle, &said->nozzle);
    take_heater(&link->status.bed, &said->bed);
    take_heater(&link->status.chamber, &said->chamber);
    take_tools(link, said);
    link->status.heat_us = now_us;
    link->news = true;
}

static void opened(struct link *link, const struct marlin_said *said)
{
    link_copy(link->status.file, sizeof link->status.file, said->text, said->text_size);
    link->status.file_size = said->number[0];
    link->status.file_at = 0;
}

static void position(struct link *link, const struct marlin_said *said, int64_t now_us)
{
    for (int i = 0; i < 4; i++)
        if (said->at_nm[i] != LINK_UNKNOWN)
            link->status.at_nm[i] = said->at_nm[i];
    link->news = true;
    link_told(link, now_us, now_us);
}

static void values(struct link *link, struct marlin *m, const struct marlin_said *said,
                   int64_t now_us)
{
    if (said->word == MARLIN_TEMPERATURES)
        temperatures(link, said, now_us);
    else if (said->word == MARLIN_POSITION)
        position(link, said, now_us);
    else if (said->word == MARLIN_SD_PRINTING)
        printing(link, m, said, now_us);
    else if (said->word == MARLIN_SD_IDLE)
        nothing_open(link, m);
    else if (said->word == MARLIN_FILE_OPENED)
        opened(link, said);
    else if (said->word == MARLIN_FILE_DONE)
        m->done = true, m->poll_us[MARLIN_POLL_FILE] = 0;
    else if (said->word == MARLIN_CAP)
        hear_cap(link, m, said);
    else if (said->word == MARLIN_FIRMWARE)
        m->caps |= MARLIN_KNOWN;
    else if (said->word == MARLIN_ACTION)
        action(link, m, said);
    else if (said->word == MARLIN_ERROR || said->word == MARLIN_FILE_FAILED ||
             said->word == MARLIN_UNKNOWN_COMMAND)
        complained(link, m, said, now_us);
}

// --- lines --------------------------------------------------------------------------------------------------------

/// A command of the caller's is through: what does it mean for what is known?
static void carried_out(struct link *link, struct marlin *m, const char *command)
{
    bool all = !strpbrk(command, "XYZxyz"); // G28 alone, M84 alone: every axis
    bool homing = !strncmp(command, "G28", 3);
    bool off = !strncmp(command, "M84", 3) || !strncmp(command, "M18", 3);

    for (int i = 0; i < 3; i++)
        if ((homing || off) && (all || strpbrk(command, i == 0 ? "Xx" : i == 1 ? "Yy" : "Zz")))
            link->status.homed[i] = homing;
    if (!strncmp(command, "M25", 3))
        pauses(m);
    if (!strncmp(command, "M24", 3))
        begins(m);
    if (!strncmp(command, "M23", 3) || !strncmp(command, "M26", 3)) // read from there by an M24
        stands(m);
    m->poll_us[MARLIN_POLL_FILE] = m->poll_us[MARLIN_POLL_PLACE] = 0;
}

/// Is this a line for people? Not what answers the link's own questions.
static bool for_people(const struct marlin *m, const struct marlin_said *said)
{
    const struct marlin_sent *head = marlin_talk_head(&m->talk);

    switch (said->word) {
    case MARLIN_OTHER: return !said->ok && m->phase != MARLIN_ASKING;
    case MARLIN_WAIT:
    case MARLIN_BUSY:
    case MARLIN_BAD_LINE:
    case MARLIN_RESEND:
    case MARLIN_TEMPERATURES:
    case MARLIN_CAP:
    case MARLIN_FIRMWARE: return false;
    case MARLIN_POSITION:
    case MARLIN_SD_PRINTING:
    case MARLIN_SD_IDLE: return head && head->tag == MARLIN_SCRIPT;
    case MARLIN_START:
    case MARLIN_ERROR:
    case MARLIN_KILLED:
    case MARLIN_FILE_OPENED:
    case MARLIN_FILE_FAILED:
    case MARLIN_FILE_DONE:
    case MARLIN_ACTION: return true;
    case MARLIN_UNKNOWN_COMMAND:
        return !head || head->tag == MARLIN_SCRIPT || !link_refuses(said->text, head->command);
    }
    return false;
}

static void converse(struct link *link, struct marlin *m, const struct marlin_said *said,
                     int64_t now_us)
{
    struct marlin_answered answered;
    char command[MARLIN_COMMAND] = "";
    const struct marlin_sent *head = marlin_talk_head(&m->talk);

    if (head)
        memcpy(command, head->command, sizeof command);
    enum marlin_turn turn = marlin_talk_hear(&m->talk, said, now_us, &answered);
    if (turn == MARLIN_RESET) {
        reset(link, m, now_us);
    } else if (turn == MARLIN_HOPELESS) {
        link_answer_end(link, -EIO,
                        "the printer wants a line again that it was sent again and again");
        marlin_lose(link, "it cannot read what it is told", now_us);
    } else if (answered.count && answered.tag[0] == MARLIN_SCRIPT) {
        carried_out(link, m,
                    command); // the first is the head, and of a script only one is under way
    }
}

/// It has answered a greeting: ask what it is.
static void answered_greeting(struct link *link, struct marlin *m)
{
    m->phase = MARLIN_ASKING;
    m->asked = 0;
    m->caps = 0;
    memset(m->poll_us, 0, sizeof m->poll_us);
    link->abilities = LINK_CAN_CONFIRM;
    marlin_talk_begin(&m->talk, m->talk.late_us);
    link_state_is(link, LINK_STARTING, NULL);
}

void marlin_hear(struct link *link, const char *line, int64_t now_us)
{
    struct marlin *m = link->own;
    struct marlin_said said;

    marlin_read(line, &said);
    m->heard_us = link->status.at_us = now_us;
    if (for_people(m, &said))
        link_console(link, line);
    if (said.word == MARLIN_START) {
        reset(link, m, now_us);
        return;
    }
    link_alive(link, now_us);
    if (said.word == MARLIN_KILLED) {
        killed(link, m, said.text, now_us);
    } else if (m->phase == MARLIN_GREETING || m->phase == MARLIN_DEAD) {
        if (said.ok && (m->phase == MARLIN_GREETING || m->greeted_dead))
            answered_greeting(link, m);
        else if (m->phase == MARLIN_GREETING)
            link_state_is(link, LINK_STARTING, NULL);
    } else {
        values(link, m, &said, now_us);
        converse(link, m, &said, now_us);
    }
}
