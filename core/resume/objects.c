// Objects that a saved state names, as the job itself tells them apart: by name (EXCLUDE_OBJECT) or by number (M486).
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/resume/internal.h"

/// What the lines read so far say of the names.
struct reader {
    struct plan *plan;
    const struct resume_state *state;
    bool m486;       ///< the job counts its objects
    int32_t count;   ///< M486 T, 0 not said
    int32_t number;  ///< M486 S that is in force, -1 none
    int32_t defined; ///< EXCLUDE_OBJECT_DEFINE so far
    bool known[RESUME_CANCELLED_MAX];
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool same(const char *name, const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && name[i] && upper(name[i]) == upper(text[i]))
        i++;
    return i == len && !name[i];
}

/// A whole number that can be an object's, or -1.
static int32_t whole(const char *text, size_t len)
{
    int32_t value = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || value > 99999)
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return len ? value : -1;
}

/// The object of this name has this number.
static void number_is(struct reader *r, const char *text, size_t len, int32_t number)
{
    for (int32_t i = 0; i < r->state->cancels; i++)
        if (!r->known[i] && same(r->state->cancelled[i], text, len)) {
            r->known[i] = true;
            r->plan->cancel[i] = number;
        }
}

/// M486 T count, S number, A name; a name takes the rest when it is not in quotes.
static void take_m486(struct reader *r, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        char letter = upper(text[at++]);
        const char *word = text + at;
        size_t size = 0;
        if (letter == 'A') {
            bool quoted = at < len && *word == '"';
            word += quoted;
            at += quoted;
            while (at + size < len && !(quoted && word[size] == '"'))
                size++;
            number_is(r, word, size, r->number);
            return;
        }
        while (at + size < len && word[size] != ' ' && upper(word[size]) != 'A')
            size++;
        if (letter == 'S')
            r->number = whole(word, size);
        if (letter == 'T')
            r->count = whole(word, size);
        at += size;
    }
}

static void take_line(struct reader *r, const struct plr_gcode_line *line)
{
    const char *name;

    if (line->kind == PLR_GCODE_CODE && line->letter == 'M' && line->code == 486) {
        r->m486 = true;
        take_m486(r, line->name, line->name_len);
    } else if (plr_gcode_is(line, "EXCLUDE_OBJECT_DEFINE")) {
        int size = plr_gcode_arg(line, "NAME", &name);
        if (size >= 0)
            number_is(r, name, (size_t)size, r->defined++);
    }
}

static int read_lines(struct reader *r)
{
    const struct resume_notes *notes = &r->plan->scan->notes;
    const struct resume_source *job = r->plan->job;
    char *text = malloc(RESUME_LINE_MAX);
    struct plr_gcode_line line;

    if (!text)
        return LAB_ENOMEM;
    for (int32_t i = 0; i < notes->objects; i++) {
        int64_t got = notes->object[i].size <= RESUME_LINE_MAX
                          ? job->read(job, notes->object[i].at, text, notes->object[i].size)
                          : 0;
        if (got > 0 && !plr_gcode_lex(text, (size_t)got, &line))
            take_line(r, &line);
    }
    free(text);
    return 0;
}

/// A job that counts its objects is told by number, in every dialect; a name that came from one is a number.
static void choose_number(struct reader *r, int32_t i)
{
    int32_t number = whole(r->state->cancelled[i], strlen(r->state->cancelled[i]));

    if (number >= 0) {
        r->plan->cancel[i] = number;
        r->known[i] = true;
    }
    if (r->count > 0 && r->plan->cancel[i] >= r->count)
        r->known[i] = false;
    if (!r->known[i] || r->plan->cancel[i] < 0)
        r->plan->cancel[i] = RESUME_CANCEL_NOT;
}

static void warn(struct reader *r)
{
    int32_t unknown = 0, first = -1;
    bool by_name = r->plan->request->dialect == RESUME_KLIPPER && !r->m486;

    for (int32_t i = 0; i < r->state->cancels; i++) {
        bool odd = by_name ? !r->known[i] : r->plan->cancel[i] == RESUME_CANCEL_NOT;
        first = odd && first < 0 ? i : first;
        unknown += odd;
    }
    if (!unknown)
        return;
    const char *name = r->state->cancelled[first];
    if (by_name)
        resume_warn(r->plan->made,
                    "%d of the excluded objects are not defined in this job, the first is %s: said "
                    "all the same",
                    (int)unknown, name);
    else
        resume_warn(r->plan->made,
                    "%d of the excluded objects WILL BE PRINTED, the first is %s: %s", (int)unknown,
                    name,
                    r->m486 ? "the job's M486 does not say which number that is"
                            : "M486 P takes a number, and this job has no M486");
}

int resume_choose_objects(struct plan *plan)
{
    struct reader r = {.plan = plan, .state = plan->request->state, .number = -1};

    if (!r.state || !r.state->cancels)
        return 0;
    int error = read_lines(&r);
    for (int32_t i = 0; i < r.state->cancels && !error; i++)
        if (r.m486)
            choose_number(&r, i);
        else
            plan->cancel[i] =
                plan->request->dialect == RESUME_KLIPPER ? RESUME_CANCEL_NAME : RESUME_CANCEL_NOT;
    if (!error)
        warn(&r);
    return error;
}
