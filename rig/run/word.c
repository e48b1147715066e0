// Lines that a scenario says to the printer's console while it prints (disturb: console).
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rig/run/internal.h"

/// Does the job run, as far as a console's words go?
static bool prints(const struct engine *engine)
{
    return engine->machine.state == RUN_PRINTING && engine->facts.link == LINK_PRINTING &&
           engine->record->job_begun_us >= 0;
}

/// Note which places are reached.
static void note_due(struct engine *engine, int64_t now)
{
    const struct link_status *status = link_status(engine->link);
    const struct run_plan *plan = engine->ask->plan;
    struct run_record *record = engine->record;

    for (int i = 0; i < plan->words; i++) {
        const struct run_target *target = &plan->word[i].target;
        if (!record->word[i].due_us &&
            run_target_reached(target, status, now - record->job_begun_us))
            record->word[i].due_us = now + target->after_us;
    }
}

/// The line that has been due for longest and was not said yet; -1 none is.
static int next_word(const struct engine *engine, int64_t now)
{
    const struct run_word_record *word = engine->record->word;
    int next = -1;

    for (int i = 0; i < engine->ask->plan->words; i++)
        if (word[i].due_us && word[i].due_us <= now && !word[i].said_us &&
            (next < 0 || word[i].due_us < word[next].due_us))
            next = i;
    return next;
}

static void fails(struct engine *engine, int word, const char *why)
{
    const struct run_word *plan = &engine->ask->plan->word[word];

    engine->word_bad = true;
    snprintf(engine->why, RUN_WHY, "disturb[%d]: the printer refused '%.60s': %.90s", plan->entry,
             plan->line, why);
}

static void say(struct engine *engine, int word, int64_t now)
{
    const struct run_word *plan = &engine->ask->plan->word[word];
    int bad = link_gcode(engine->link, plan->line);

    if (bad == -EBUSY || bad == -ENOTCONN) // it may still be taken
        return;
    if (bad) {
        fails(engine, word, strerror(-bad));
        return;
    }
    engine->saying = (struct run_saying){0}; // the next answer is not that of what was said before
    engine->record->word[word].said_us = now;
    engine->word_asked = word + 1;
    if (engine->host)
        host_console(engine->host, plan->line);
    engine_tell(engine, "disturb[%d]: %s", plan->entry, plan->line);
}

/// Is the answer there that is waited for?
static void hear(struct engine *engine, int64_t now)
{
    char words[LINK_LINE] = "";
    int word = engine->word_asked - 1;
    int code = link_answer(engine->link, words, sizeof words);

    if (code == 1)
        return;
    engine->word_asked = 0;
    if (code == -EIO)
        fails(engine, word, words);
    else if (!code)
        engine->record->word[word].done_us = now;
}

void engine_words(struct engine *engine)
{
    int64_t now = lines_now_us();

    if (!engine->ask->plan->words)
        return;
    if (engine->word_asked)
        hear(engine, now);
    if (engine->word_asked || engine->word_bad || !prints(engine))
        return;
    note_due(engine, now);
    int word = next_word(engine, now);
    if (word >= 0)
        say(engine, word, now);
}
