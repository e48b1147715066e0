// What the control socket answers: a verb a row.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sim/serve/serve.h"

static json_t *good(void)
{
    return json_pack("{s:b}", "ok", 1);
}

static json_t *bad(const char *why)
{
    return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

static void put(json_t *to, const char *key, json_t *value)
{
    json_object_set_new(to, key, value);
}

// --- looking -----------------------------------------------------------------------------------------------------

/// One word for what it is at.
static const char *state_word(const struct serve *s, const struct printer_look *look)
{
    if (s->marlin.halted)
        return "halted";
    if (!printer_alive(&s->printer))
        return "off";
    if (look->printing)
        return look->paused ? "paused" : "printing";
    if (look->phase > PLR_PHASE_CONSENT && look->phase < PLR_PHASE_CALIBRATE)
        return "recovering";
    if (look->phase == PLR_PHASE_CONSENT)
        return look->result == PLR_RESULT_REFUSED ? "refused" : "asking";
    return look->done ? "done" : "ready";
}

static json_t *status(struct serve *s, const char *rest)
{
    const struct sim *sim = s->printer.sim;
    struct printer_look look;
    json_t *out = good();

    (void)rest;
    printer_look(&s->printer, &look);
    put(out, "t_us", json_integer(s->printer.t_us));
    put(out, "state", json_string(state_word(s, &look)));
    put(out, "phase", json_string(plr_phase_name(look.phase)));
    put(out, "job_us",
        json_integer(sim->begun ? s->printer.t_us + s->printer.shift_us - sim->job_begin_us : -1));
    put(out, "file", json_string(sim->job.name));
    put(out, "file_at", json_integer((json_int_t)look.file_at));
    put(out, "file_size", json_integer((json_int_t)look.file_size));
    put(out, "layer", json_integer(look.layer));
    put(out, "events", json_integer((json_int_t)sim->world.events));
    put(out, "now_mc", json_pack("[i,i,i]", look.now_mc[0], look.now_mc[1], look.now_mc[2]));
    put(out, "target_mc", json_pack("[i,i]", look.target_mc[0], look.target_mc[1]));
    put(out, "power", json_boolean(!s->printer.lost));
    put(out, "cuts", json_integer(sim->truth.cuts));
    put(out, "boots", json_integer((json_int_t)s->printer.boots));
    put(out, "late_us", json_integer(s->clock.lost_us));
    return out;
}

// --- power -----------------------------------------------------------------------------------------------------------

static json_t *done(int error)
{
    if (error == -E2BIG)
        return bad("a run holds eight cuts, and has had them");
    return error ? bad(strerror(-error)) : good();
}

static uint32_t domain_of(const char *word)
{
    if (!*word || !strcmp(word, "mains"))
        return LAB_DOMAIN_MAINS;
    if (!strcmp(word, "24v"))
        return LAB_DOMAIN_24V;
    return !strcmp(word, "logic") ? LAB_DOMAIN_LOGIC : 0;
}

static json_t *cut(struct serve *s, const char *rest)
{
    uint32_t domain = domain_of(rest);

    if (!domain)
        return bad("cut [mains|24v|logic]");
    if (s->printer.lost & domain)
        return bad("it has no power there already");
    json_t *out = done(printer_power(&s->printer, domain, false));
    put(out, "t_us", json_integer(s->printer.t_us));
    return out;
}

static json_t *power_on(struct serve *s, const char *rest)
{
    static const uint32_t domains[] = {LAB_DOMAIN_MAINS, LAB_DOMAIN_24V, LAB_DOMAIN_LOGIC};
    int error = 0;

    (void)rest;
    for (size_t i = 0; i < sizeof domains / sizeof *domains && !error; i++)
        error = printer_power(&s->printer, domains[i], true);
    json_t *out = done(error);
    put(out, "t_us", json_integer(s->printer.t_us));
    return out;
}

// --- the end -----------------------------------------------------------------------------------------------------------

static json_t *verdict(struct serve *s, const char *rest)
{
    struct printer_look look;
    char *text = printer_judge(&s->printer);
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    (void)rest;
    free(text);
    if (!report)
        return bad("no memory for a report");
    json_t *out = good();
    printer_look(&s->printer, &look);
    put(out, "state", json_string(state_word(s, &look)));
    put(out, "report", report);
    return out;
}

static json_t *quit(struct serve *s, const char *rest)
{
    (void)rest;
    s->quit = true;
    return good();
}

static const struct verb {
    const char *name;
    json_t *(*act)(struct serve *s, const char *rest);
} verbs[] = {
    {"status", status}, {"cut", cut}, {"poweron", power_on}, {"verdict", verdict}, {"quit", quit},
};

static json_t *unknown(void)
{
    char known[256] = "one of:";

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        strcat(known, " ");
        strcat(known, verbs[i].name);
    }
    return bad(known);
}

char *serve_answer(void *ctx, const char *line)
{
    struct serve *s = ctx;
    const char *word = line + strspn(line, " \t");
    size_t size = strcspn(word, " \t");
    const char *rest = word + size + strspn(word + size, " \t");
    json_t *out = NULL;

    serve_live(s); // it acts now
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !out; i++)
        if (strlen(verbs[i].name) == size && !strncmp(word, verbs[i].name, size))
            out = verbs[i].act(s, rest);
    if (!out)
        out = unknown();
    char *text = json_dumps(out, JSON_COMPACT);
    json_decref(out);
    return text;
}
