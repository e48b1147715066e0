// What the control socket answers: a verb a row.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/serve/answers.h"

json_t *answer_good(void)
{
    return json_pack("{s:b}", "ok", 1);
}

json_t *answer_bad(const char *why)
{
    return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

json_t *answer_done(int error)
{
    if (error == -E2BIG)
        return answer_bad("a run holds no more of these");
    return error ? answer_bad(strerror(-error)) : answer_good();
}

void answer_put(json_t *to, const char *key, json_t *value)
{
    json_object_set_new(to, key, value);
}

void answer_number(json_t *to, const char *key, int64_t value)
{
    answer_put(to, key, json_integer(value));
}

json_t *answer_numbers(const int64_t *values, int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_integer(values[i]));
    return list;
}

bool answer_quantity(const char **text, enum lab_unit unit, int64_t *value)
{
    char word[32];
    size_t size = strcspn(*text, " \t");

    if (!size || size >= sizeof word)
        return false;
    memcpy(word, *text, size);
    word[size] = '\0';
    *text += size + strspn(*text + size, " \t");
    return lab_quantity_parse(word, unit, value, NULL) == LAB_Q_OK;
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
    const struct printer *p = &s->printer;
    const struct sim *sim = p->sim;
    struct printer_look look;
    json_t *out = answer_good();

    (void)rest;
    printer_look(p, &look);
    answer_number(out, "t_us", p->t_us);
    answer_put(out, "state", json_string(state_word(s, &look)));
    answer_put(out, "phase", json_string(plr_phase_name(look.phase)));
    answer_number(out, "job_us", sim->begun ? printer_now(p) - sim->job_begin_us : -1);
    answer_put(out, "file", json_string(sim->job.name));
    answer_number(out, "file_at", (int64_t)look.file_at);
    answer_number(out, "file_size", (int64_t)look.file_size);
    answer_number(out, "layer", look.layer);
    answer_number(out, "events", (int64_t)sim->world.events);
    answer_put(out, "now_mc", json_pack("[i,i,i]", look.now_mc[0], look.now_mc[1], look.now_mc[2]));
    answer_put(out, "target_mc", json_pack("[i,i]", look.target_mc[0], look.target_mc[1]));
    answer_put(out, "power", json_boolean(!p->lost));
    answer_number(out, "cuts", sim->truth.cuts);
    answer_number(out, "boots", (int64_t)p->boots);
    answer_number(out, "speed", s->clock.speed);
    answer_number(out, "late_us", s->clock.lost_us);
    return out;
}

static json_t *verdict(struct serve *s, const char *rest)
{
    struct printer_look look;
    char *text = printer_judge(&s->printer);
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    (void)rest;
    free(text);
    if (!report)
        return answer_bad("no memory for a report");
    json_t *out = answer_good();
    printer_look(&s->printer, &look);
    answer_put(out, "state", json_string(state_word(s, &look)));
    answer_put(out, "report", report);
    return out;
}

static json_t *quit(struct serve *s, const char *rest)
{
    (void)rest;
    s->quit = true;
    return answer_good();
}

static const struct verb {
    const char *name;
    json_t *(*act)(struct serve *s, const char *rest);
} verbs[] = {
    {"status", status},          {"cutinfo", answer_cutinfo},
    {"io", answer_io},           {"arm_e", answer_arm_e},
    {"arm_t", answer_arm_t},     {"arm_event", answer_arm_event},
    {"cut", answer_cut},         {"poweron", answer_poweron},
    {"cool", answer_cool},       {"sag", answer_sag},
    {"nudge", answer_nudge},     {"pose", answer_pose},
    {"deposit", answer_deposit}, {"truth", answer_truth},
    {"verdict", verdict},        {"mute", answer_mute},
    {"fault", answer_fault},     {"speed", answer_speed},
    {"again", answer_again},     {"quit", quit},
};

static json_t *unknown(void)
{
    char known[256] = "one of:";

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        strcat(known, " ");
        strcat(known, verbs[i].name);
    }
    return answer_bad(known);
}

char *serve_answer(void *ctx, const char *line)
{
    struct serve *s = ctx;
    const char *word = line + strspn(line, " \t");
    size_t size = strcspn(word, " \t");
    const char *rest = word + size + strspn(word + size, " \t");
    json_t *out = NULL;

    serve_live(s, clock_host_us()); // it acts now
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !out; i++)
        if (strlen(verbs[i].name) == size && !strncmp(word, verbs[i].name, size))
            out = verbs[i].act(s, rest);
    if (!out)
        out = unknown();
    char *text = json_dumps(out, JSON_COMPACT);
    json_decref(out);
    return text;
}
