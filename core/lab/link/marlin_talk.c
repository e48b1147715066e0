// The conversation with a Marlin-like printer.
// SPDX-License-Identifier: MIT
#include "core/lab/link/marlin_talk.h"

#include <stdio.h>
#include <string.h>

void marlin_talk_begin(struct marlin_talk *talk, int64_t late_us)
{
    memset(talk, 0, sizeof *talk);
    talk->late_us = late_us;
}

bool marlin_talk_free(const struct marlin_talk *talk)
{
    return !talk->open && talk->wire == talk->n;
}

static uint32_t oldest(const struct marlin_talk *talk)
{
    return talk->n - talk->open + 1;
}

static struct marlin_sent *line(struct marlin_talk *talk, uint32_t n)
{
    return &talk->past[n % MARLIN_PAST];
}

const struct marlin_sent *marlin_talk_head(const struct marlin_talk *talk)
{
    return talk->open ? &talk->past[oldest(talk) % MARLIN_PAST] : NULL;
}

// --- saying -------------------------------------------------------------------------------------------------------

static size_t put(struct marlin_talk *talk, uint32_t n, int64_t now_us, char *out)
{
    talk->wire = n;
    talk->copies++;
    talk->waits = 0;
    talk->going_us = now_us;
    return marlin_number(out, MARLIN_SENT, n, line(talk, n)->command);
}

size_t marlin_talk_say(struct marlin_talk *talk, const char *command, int32_t tag, int64_t now_us,
                       char out[MARLIN_SENT])
{
    struct marlin_sent *to = line(talk, ++talk->n);

    snprintf(to->command, sizeof to->command, "%s", command);
    to->tag = tag;
    talk->open++;
    return put(talk, talk->n, now_us, out);
}

// --- questions ----------------------------------------------------------------------------------------------------

enum { STUCK = 7 }; ///< powers of two of the time after which the first question is asked

/// Questions in the order in which they are asked, and what their answers tell. The position is the last, for homing tells one, too.
static const struct {
    const char *command;
    enum marlin_word tells, or_tells;
} questions[] = {{"M105", MARLIN_TEMPERATURES, MARLIN_TEMPERATURES},
                 {"M115", MARLIN_FIRMWARE, MARLIN_FIRMWARE},
                 {"M27", MARLIN_SD_PRINTING, MARLIN_SD_IDLE},
                 {"M114", MARLIN_POSITION, MARLIN_POSITION}};

enum { QUESTIONS = sizeof questions / sizeof *questions };

/// Bits of the questions that this command is.
static uint32_t asks(const char *command)
{
    size_t n = strcspn(command, " ");

    for (int i = 0; i < QUESTIONS; i++)
        if (strlen(questions[i].command) == n && !strncmp(command, questions[i].command, n))
            return 1u << i;
    return 0;
}

static uint32_t tells(enum marlin_word word)
{
    for (int i = 0; i < QUESTIONS; i++)
        if (word == questions[i].tells || word == questions[i].or_tells)
            return 1u << i;
    return 0;
}

/// The next question that is not under way; NULL none.
static const char *question(const struct marlin_talk *talk)
{
    uint32_t asked = 0;

    for (uint32_t n = oldest(talk); n <= talk->n; n++)
        asked |= asks(talk->past[n % MARLIN_PAST].command);
    for (int i = 0; i < QUESTIONS; i++)
        if (!(asked & 1u << i))
            return questions[i].command;
    return NULL;
}

/// When is a missing ok to be asked for? Ever more rarely: a printer that is at something long has no room for many lines.
static int64_t late_us(const struct marlin_talk *talk)
{
    if (!talk->open || talk->wire != talk->n || talk->rejected || !question(talk))
        return INT64_MAX;
    return talk->going_us + (talk->late_us << (talk->open - 1));
}

bool marlin_talk_stuck(const struct marlin_talk *talk, int64_t now_us)
{
    return talk->open && talk->wire == talk->n && !talk->rejected && !question(talk) &&
           now_us >= talk->going_us + (talk->late_us << STUCK);
}

int64_t marlin_talk_wake(const struct marlin_talk *talk)
{
    if (talk->rejected)
        return talk->resend_us + MARLIN_RESEND_US;
    if (talk->wire != talk->n)
        return talk->copies ? talk->going_us + talk->late_us : 0;
    return late_us(talk);
}

size_t marlin_talk_step(struct marlin_talk *talk, int32_t tag, int64_t now_us,
                        char out[MARLIN_SENT])
{
    if (talk->rejected && now_us >= talk->resend_us + MARLIN_RESEND_US) {
        talk->rejected = false; // no ok will come, neither for it nor for what was behind it
        talk->copies = 0;
    }
    if (!talk->rejected && now_us >= marlin_talk_wake(talk) && talk->wire != talk->n)
        return put(talk, talk->wire + 1, now_us, out);
    if (now_us < late_us(talk))
        return 0;
    return marlin_talk_say(talk, question(talk), tag, now_us, out);
}

// --- hearing ------------------------------------------------------------------------------------------------------

/// All lines up to n are through.
static void through(struct marlin_talk *talk, uint32_t n, struct marlin_answered *answered)
{
    while (talk->open && oldest(talk) <= n) {
        answered->tag[answered->count++] = line(talk, oldest(talk))->tag;
        talk->open--;
        talk->resends = 0;
    }
}

/// To which line does this ok belong?
static uint32_t answers(struct marlin_talk *talk, const struct marlin_said *said)
{
    uint32_t n = oldest(talk);

    if (said->ok_n > 0 && said->ok_n <= talk->wire)
        return (uint32_t)said->ok_n;
    for (uint32_t i = n; i <= talk->wire; i++)
        if (asks(line(talk, i)->command) & talk->told)
            n = i;
    return n;
}

static void hear_ok(struct marlin_talk *talk, const struct marlin_said *said, int64_t now_us,
                    struct marlin_answered *answered)
{
    talk->copies -= talk->copies > 0;
    talk->going_us = now_us;
    if (talk->rejected) {
        talk->rejected = false;
    } else if (talk->open && talk->wire >= oldest(talk)) {
        uint32_t before = talk->open;
        through(talk, answers(talk, said), answered);
        if (before - talk->open > 1)
            talk->copies =
                (int)(talk->wire - oldest(talk) + 1); // those in between have lost theirs
    }
    talk->told = 0;
}

static enum marlin_turn hear_resend(struct marlin_talk *talk, uint32_t n, int64_t now_us,
                                    struct marlin_answered *answered)
{
    talk->rejected = true;
    talk->resend_us = now_us;
    if (n == 1 && oldest(talk) > MARLIN_EARLY)
        return MARLIN_RESET; // it had line 1 long ago
    if (!n || n > talk->n + 1 || n + MARLIN_PAST <= talk->n)
        return MARLIN_HOPELESS;
    talk->resends = n == talk->wanted ? talk->resends + 1 : 1;
    talk->wanted = n;
    if (talk->resends > MARLIN_RESENDS)
        return MARLIN_HOPELESS;
    through(talk, n - 1, answered);
    talk->wire = n - 1;
    return MARLIN_GOES_ON;
}

enum marlin_turn marlin_talk_hear(struct marlin_talk *talk, const struct marlin_said *said,
                                  int64_t now_us, struct marlin_answered *answered)
{
    enum marlin_turn turn = MARLIN_GOES_ON;

    answered->count = 0;
    if (said->ok || said->word != MARLIN_TEMPERATURES) // those are told unasked, too
        talk->told |= tells(said->word);
    if (said->word == MARLIN_BUSY)
        talk->going_us = now_us;
    else if (said->word == MARLIN_RESEND)
        turn = hear_resend(talk, (uint32_t)said->number[0], now_us, answered);
    else if (said->word == MARLIN_WAIT && talk->open && !talk->rejected && ++talk->waits == 2) {
        through(talk, talk->wire, answered); // one may have been on its way when the line was sent
        talk->copies = 0;
    }
    if (said->ok)
        hear_ok(talk, said, now_us, answered);
    return turn;
}
