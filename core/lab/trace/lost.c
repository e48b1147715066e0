// When the count of Z is lost: the firmware has started and counts from anywhere until Z is homed.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/trace/model.h"

#define LAST(array, count, t_us) lab_trace_last(array, count, sizeof *(array), t_us)

/// When a device begins to home Z within a stretch of time; its end when it never does.
static int64_t homing_us(const struct lab_trace *t, int64_t from_us, int64_t until_us)
{
    static const char word[] = "home_z";

    for (size_t i = (size_t)(LAST(t->phase, t->phases, from_us - 1) + 1); i < t->phases; i++) {
        const struct lab_trace_phase *p = &t->phase[i];
        if (p->t_us >= until_us)
            break;
        if (p->domain == LAB_TRACE_PHASE &&
            !strncmp(lab_trace_word(t, p->domain, p->value), word, sizeof word - 1))
            return p->t_us;
    }
    return until_us;
}

/// When the count is first set behind an instant: it is another as a motion begins than as the one before ended.
static int64_t set_us(const struct lab_trace *t, int64_t from_us, int64_t until_us)
{
    size_t i = (size_t)(LAST(t->motion, t->motions, from_us) + 1);

    for (i += i == 0; i < t->motions && t->motion[i].t_us < until_us; i++)
        if (t->motion[i].from_nm[2] != t->motion[i - 1].to_nm[2])
            return t->motion[i].t_us;
    return until_us;
}

/// When the print goes on, whatever the count is; or the end of the stretch.
static int64_t printing_us(const struct lab_trace *t, int64_t from_us, int64_t until_us)
{
    for (size_t i = 0; i < t->cuts; i++) {
        int64_t on_us = t->cut[i].first_extrusion_us;
        if (on_us >= from_us && on_us < until_us)
            return on_us;
    }
    return until_us;
}

/// From the start of a firmware that lives until then. Where it does not home Z, what it was told counts.
static int64_t known_us(const struct lab_trace *t, int64_t start_us, int64_t until_us)
{
    until_us = printing_us(t, start_us, until_us);
    int64_t homing = homing_us(t, start_us, until_us);

    return set_us(t, homing < until_us ? homing : start_us, until_us);
}

int trace_find_lost(struct lab_trace *t)
{
    uint32_t before = t->powers ? t->power[0].bits : 0;

    for (size_t i = 1; i < t->powers; before = t->power[i++].bits) {
        if (~t->power[i].bits & LAB_TRACE_ALIVE || before & LAB_TRACE_ALIVE)
            continue;
        size_t end = i + 1;
        while (end < t->powers && t->power[end].bits & LAB_TRACE_ALIVE)
            end++;
        struct lab_trace_lost lost = {.from_us = t->power[i].t_us};
        lost.until_us =
            known_us(t, lost.from_us, end < t->powers ? t->power[end].t_us : t->end_us + 1);
        if (TRACE_ADD(t->lost, t->losts, t->lost_room, lost))
            return LAB_ENOMEM;
    }
    return 0;
}
