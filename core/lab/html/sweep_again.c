// What is to be typed to make a sweep, or a population of seeds, again.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/page.h"
#include "core/lab/html/sweep.h"
#include "core/lab/scenario/id.h"

enum { WORDS = 20, NUMBER = 24, STRETCHES = 8 };

/// A command in the making. Words are borrowed.
struct command {
    const char *word[WORDS + 1];
    size_t words;
};

static void add(struct command *c, const char *option, const char *value)
{
    if (!value || c->words + 2 > WORDS)
        return;
    c->word[c->words++] = option;
    c->word[c->words++] = value;
}

/// Is each a single word in a shell's sight? Ours are; a merged report's may have been written by anybody.
static bool is_safe(const struct command *c)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-/=+@%:,#";

    for (size_t n = 0; n < c->words; n++)
        if (!c->word[n][0] || c->word[n][strspn(c->word[n], letters)])
            return false;
    return true;
}

static const char *number(char out[NUMBER], int64_t value)
{
    snprintf(out, NUMBER, "%" PRId64, value);
    return out;
}

static void label(FILE *out, const char *text)
{
    fprintf(out, "<p class=\"label\">%s</p>\n", text);
}

// --- sweeps ------------------------------------------------------------------------------------------------------

/// The ID of a single run, for those who take its word from a table: that of a cut follows the seed, that of a seed stands in its place.
static void single(const char *id, const char *of, bool seeds, FILE *out)
{
    const char *hash = strchr(id, '#');
    size_t head = hash ? (size_t)(hash - id) + (seeds ? 1 : strcspn(hash, ":+")) : 0;
    const char *tail = strchr(id + head, '+');

    if (!hash)
        return;
    fprintf(out,
            "<p class=\"note\">To repeat one %s alone, put its word from a chart's table in the "
            "place of WORD: <code>plr-sim ",
            of);
    for (size_t n = 0; n < head; n++)
        page_text(out, (const char[]){id[n], '\0'});
    fputs(seeds ? "WORD" : ":WORD", out);
    page_text(out, tail ? tail : "");
    fputs("</code></p>\n", out);
}

static void sweep(const struct lab_sweep_report *r, FILE *out)
{
    const struct lab_sweep_facts *s = r->sweep;
    char depth[NUMBER], from[NUMBER], to[NUMBER], full[NUMBER];
    struct command c = {.word = {"plr-sim", "sweep", r->id}, .words = 3};

    add(&c, "--every", s->every);
    add(&c, "--tear", s->tear);
    add(&c, "--depth", s->depth > 1 ? number(depth, s->depth) : NULL);
    add(&c, "--every2", s->every2);
    add(&c, "--from", s->from ? number(from, s->from) : NULL);
    add(&c, "--to", s->to != INT64_MAX ? number(to, s->to) : NULL);
    add(&c, "--full", s->full ? number(full, s->full->every) : NULL);
    if (!is_safe(&c))
        return;
    label(out, lab_sweep_missing(r) ? "The whole sweep again, of which this is a part"
                                    : "The same sweep again");
    page_command_words(out, c.word);
    if (r->curve && r->curve->count)
        single(r->id, r->curve->of, false, out);
}

// --- seeds -------------------------------------------------------------------------------------------------------

/// The ID of any run: all of a population have the same but for the seed.
static const char *some_id(const struct lab_population *p)
{
    for (int n = 0; n < LAB_MEASURES; n++)
        if (p->worst[n].known)
            return p->worst[n].id;
    return p->kinds ? p->kind[0].id : "";
}

static void stretch(const struct lab_cover *cover, struct lab_id *id, FILE *out)
{
    char text[LAB_ID_BYTES], seeds[NUMBER];
    struct command c = {.word = {"plr-sim", text}, .words = 2};

    id->seed = (uint64_t)cover->first;
    if (lab_id_print(id, text, sizeof text) < 0)
        return;
    add(&c, "--seeds", number(seeds, cover->end - cover->first));
    if (is_safe(&c))
        page_command_words(out, c.word);
}

static void seeds(const struct lab_sweep_report *r, FILE *out)
{
    struct lab_id *id = calloc(1, sizeof *id);
    struct lab_error err = {0};

    if (id && r->covers && !lab_id_parse(some_id(r->population), id, &err)) {
        label(out,
              r->covers == 1 ? "The same runs again" : "The same runs again, one after the other");
        for (size_t n = 0; n < r->covers && n < STRETCHES; n++)
            stretch(&r->cover[n], id, out);
        if (r->covers > STRETCHES)
            fputs("<p class=\"note\">And more: \"covers\" in the JSON report has all.</p>\n", out);
        if (r->curve && r->curve->count)
            single(some_id(r->population), r->curve->of, true, out);
    }
    free(id);
}

void sweep_page_again(const struct lab_sweep_report *r, FILE *out)
{
    if (r->sweep && r->id && r->id[0])
        sweep(r, out);
    else if (!r->seeded)
        seeds(r, out);
}
