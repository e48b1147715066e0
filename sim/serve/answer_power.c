// Verbs of the control socket about power: cuts now and to come, what an outage does, the rig's lines.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/serve/answers.h"

static const char *const domain_words[] = {"mains", "24v", "logic"};
static const uint32_t domains[] = {LAB_DOMAIN_MAINS, LAB_DOMAIN_24V, LAB_DOMAIN_LOGIC};
enum { DOMAINS = 3 };

static json_t *with_time(const struct serve *s, json_t *out)
{
    answer_number(out, "t_us", s->printer.t_us);
    return out;
}

json_t *answer_cut(struct serve *s, const char *rest)
{
    int i = 0;

    while (i < DOMAINS && *rest && strcmp(rest, domain_words[i]) != 0)
        i++;
    if (i == DOMAINS)
        return answer_bad("cut [mains|24v|logic]");
    if (s->printer.lost & domains[i])
        return answer_bad("it has no power there already");
    return with_time(s, answer_done(printer_power(&s->printer, domains[i], false)));
}

json_t *answer_poweron(struct serve *s, const char *rest)
{
    int error = 0;

    (void)rest;
    for (int i = 0; i < DOMAINS && !error; i++)
        error = printer_power(&s->printer, domains[i], true);
    return with_time(s, answer_done(error));
}

// --- cuts to come ---------------------------------------------------------------------------------------------------

static json_t *arm(struct serve *s, const char *cut)
{
    int error = printer_arm(&s->printer, cut);

    return error == -EINVAL
               ? answer_bad("a cut as in a run ID: l61.30, m18311, e17004, t2179628000, "
                            "w137.prefix3, pverify.1")
               : answer_done(error);
}

json_t *answer_arm_event(struct serve *s, const char *rest)
{
    return arm(s, rest);
}

json_t *answer_arm_e(struct serve *s, const char *rest)
{
    char cut[CONTROL_LINE + 24];

    snprintf(cut, sizeof cut, "e%s", rest);
    return arm(s, cut);
}

json_t *answer_arm_t(struct serve *s, const char *rest)
{
    char cut[CONTROL_LINE + 24];
    int64_t us;

    if (!answer_quantity(&rest, LAB_TIME, &us) || us < 0)
        return answer_bad("arm_t TIME, since the job began: arm_t 12.5s");
    snprintf(cut, sizeof cut, "t%" PRId64, us);
    return arm(s, cut);
}

json_t *answer_cutinfo(struct serve *s, const char *rest)
{
    const struct sim *sim = s->printer.sim;
    json_t *list = json_array(), *out = answer_good();

    (void)rest;
    for (int i = 0; i < sim->truth.cuts; i++) {
        const struct lab_truth_cut *t = &sim->truth.cut[i];
        const struct sim_cut *at = &sim->cut[i];
        json_t *cut = json_object();
        answer_number(cut, "into_job_us", t->mains_us - sim->job_begin_us);
        answer_number(cut, "event", (int64_t)at->event);
        answer_number(cut, "layer", at->layer);
        answer_number(cut, "file_offset", at->file_offset);
        answer_number(cut, "move_fraction_ppm", at->fraction_ppm);
        answer_put(cut, "during", json_string(at->during));
        const int64_t since[] = {t->detected_us, t->stopped_us, t->drivers_us, t->logic_us,
                                 t->back_us};
        static const char *const keys[] = {"detected_us", "stopped_us", "drivers_us", "logic_us",
                                           "back_us"};
        for (int k = 0; k < 5; k++)
            answer_number(cut, keys[k], since[k] < 0 ? -1 : since[k] - t->mains_us);
        json_array_append_new(list, cut);
    }
    answer_put(out, "cuts", list);
    return out;
}

// --- outages ----------------------------------------------------------------------------------------------------------

json_t *answer_cool(struct serve *s, const char *rest)
{
    int64_t us;

    if (!answer_quantity(&rest, LAB_TIME, &us) || us < 0)
        return answer_bad("cool TIME: so much of the outage passes at once");
    if (printer_due(&s->printer) != INT64_MAX)
        return answer_bad("it has power, or its supply still holds");
    clock_set(&s->clock, s->printer.t_us + us, s->clock.speed);
    serve_live(s, clock_host_us());
    return with_time(s, answer_good());
}

/// How far anything of this machine can move along an axis: nothing that befalls it goes further.
static int64_t travel(const struct serve *s, int axis)
{
    return s->printer.sim->model.printer.travel_nm[axis];
}

json_t *answer_sag(struct serve *s, const char *rest)
{
    int64_t nm[LAB_CORNERS], most = travel(s, 2);

    for (int i = 0; i < LAB_CORNERS; i++)
        if (!answer_quantity(&rest, LAB_LENGTH, &nm[i]) || nm[i] < 0 || nm[i] > most)
            return answer_bad("sag FL RL RR FR: how far each corner falls in the outage, from 0mm "
                              "to the machine's travel in Z");
    return answer_done(printer_sag(&s->printer, nm));
}

json_t *answer_nudge(struct serve *s, const char *rest)
{
    int64_t nm[2];

    for (int i = 0; i < 2; i++)
        if (!answer_quantity(&rest, LAB_LENGTH, &nm[i]) || nm[i] < -travel(s, i) ||
            nm[i] > travel(s, i))
            return answer_bad("nudge X Y: how far the head is moved in the outage, e.g. 3mm -1mm; "
                              "no further than the machine's travel");
    return answer_done(printer_nudge(&s->printer, nm));
}

// --- lines --------------------------------------------------------------------------------------------------------------

json_t *answer_io(struct serve *s, const char *rest)
{
    struct printer_rails rails;
    json_t *out = answer_good(), *power = json_object(), *lines = json_object();

    (void)rest;
    printer_rails(&s->printer, &rails);
    for (int i = 0; i < DOMAINS; i++)
        answer_put(power, domain_words[i], json_boolean(!(s->printer.lost & domains[i])));
    answer_put(out, "power", power);
    answer_put(out, "ac", json_boolean(rails.mains));
    answer_put(out, "dc", json_boolean(rails.rail));
    answer_put(out, "logic_ok", json_boolean(rails.logic));
    json_t *switches = json_array();
    for (int i = 0; i < s->printer.sim->model.printer.z_motors; i++)
        json_array_append_new(switches, json_boolean((rails.z_plus >> i) & 1u));
    answer_put(out, "z_plus", switches);
    for (int key = 0; s->gpio.set && key < GPIO_KEYS; key++)
        if (s->gpio.line[key].number >= 0)
            answer_number(lines, gpio_word((enum gpio_key)key), s->gpio.line[key].number);
    answer_put(out, "lines", lines);
    answer_put(out, "chip_gone", json_boolean(s->gpio.gone));
    return out;
}
