// Works out what drawing needs about a trace.
// SPDX-License-Identifier: MIT
#include "sim/view/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/view/canvas.h"

enum {
    STEP_NM = 30000, ///< a rise of more begins a layer, as for the oracle
    BEAD_MAX_NM = 600000,
    BEAD_NM = 200000,    ///< where nobody says how high a layer is
    APART_NM = 1000000,  ///< path that lies farther apart in X is seen apart
    JOIN_NM = 300000,    ///< pieces that lie no farther apart follow on each other
    STROKE_NM = 2000000, ///< of a stroke, what is near the nozzle
    MARGIN_MIN_US = 500000
};

// --- layers -----------------------------------------------------------------------------------------------------

static void widen(int64_t low[3], int64_t high[3], const int64_t at[3])
{
    for (int axis = 0; axis < 3; axis++) {
        low[axis] = at[axis] < low[axis] ? at[axis] : low[axis];
        high[axis] = at[axis] > high[axis] ? at[axis] : high[axis];
    }
}

bool story_lies(const struct lab_trace_deposit *d)
{
    int64_t dx = llabs(d->to_nm[0] - d->from_nm[0]), dy = llabs(d->to_nm[1] - d->from_nm[1]);

    return dx + dy > 0 && dx + dy >= llabs(d->to_nm[2] - d->from_nm[2]);
}

/// The newest cut that power had come back from, from `cut` on: what is laid while the axes brake belongs to before it.
static int64_t cut_of(const struct lab_trace *trace, int64_t cut, int64_t t_us)
{
    while (cut + 1 < (int64_t)trace->cuts && trace->cut[cut + 1].back_us >= 0 &&
           trace->cut[cut + 1].back_us <= t_us)
        cut++;
    return cut;
}

/// Does a deposit begin a layer, after `now`, whose path has come to the height `z_nm`?
static bool begins(const struct lab_trace_deposit *d, int64_t cut, size_t job,
                   const struct story_layer *now, int64_t z_nm)
{
    int64_t rise = d->to_nm[2] - now->low_nm[2], fall = now->high_nm[2] - d->to_nm[2];

    if (cut != now->cut || job != now->job)
        return true;
    return job ? llabs(d->from_nm[2] - z_nm) > STEP_NM : rise > STEP_NM || fall > STEP_NM;
}

/// Take stretch number i out of a layer.
static void drop_stretch(struct story_layer *layer, int i)
{
    layer->stretches--;
    memmove(&layer->stretch[i], &layer->stretch[i + 1],
            (size_t)(layer->stretches - i) * sizeof *layer->stretch);
}

/// Join the two neighbours that lie nearest.
static void join_nearest(struct story_layer *layer)
{
    int nearest = 0;

    for (int i = 1; i + 1 < layer->stretches; i++)
        if (layer->stretch[i + 1].low_nm - layer->stretch[i].high_nm <
            layer->stretch[nearest + 1].low_nm - layer->stretch[nearest].high_nm)
            nearest = i;
    layer->stretch[nearest].high_nm = layer->stretch[nearest + 1].high_nm;
    drop_stretch(layer, nearest + 1);
}

/// Path covers X from `a_nm` to `b_nm`, in whichever order.
static void cover(struct story_layer *layer, int64_t a_nm, int64_t b_nm)
{
    int64_t low = a_nm < b_nm ? a_nm : b_nm, high = a_nm < b_nm ? b_nm : a_nm;
    int i = 0;

    while (i < layer->stretches) {
        if (layer->stretch[i].low_nm > high + APART_NM ||
            layer->stretch[i].high_nm < low - APART_NM) {
            i++;
            continue;
        }
        low = layer->stretch[i].low_nm < low ? layer->stretch[i].low_nm : low;
        high = layer->stretch[i].high_nm > high ? layer->stretch[i].high_nm : high;
        drop_stretch(layer, i);
    }
    if (layer->stretches == STORY_STRETCHES)
        join_nearest(layer);
    for (i = 0; i < layer->stretches && layer->stretch[i].low_nm < low; i++)
        ;
    memmove(&layer->stretch[i + 1], &layer->stretch[i],
            (size_t)(layer->stretches - i) * sizeof *layer->stretch);
    layer->stretch[i].low_nm = low;
    layer->stretch[i].high_nm = high;
    layer->stretches++;
}

static int find_layers(struct story *s)
{
    const struct lab_trace *trace = s->trace;
    size_t room = 0, job = 0;
    int64_t cut = -1;
    struct story_layer *now = NULL;
    int64_t z_nm = 0;

    for (size_t i = 0; i < trace->deposits; i++) {
        const struct lab_trace_deposit *d = &trace->deposit[i];
        cut = cut_of(trace, cut, d->t_us);
        while (job < trace->layers && trace->layer[job].deposit <= i)
            job++;
        if (!story_lies(d)) {
            if (now)
                now->end = i + 1;
            continue;
        }
        if (!now || begins(d, cut, job, now, z_nm)) {
            if (s->layers == room) {
                room = room ? 2 * room : 256;
                void *more = realloc(s->layer, room * sizeof *s->layer);
                if (!more)
                    return -ENOMEM;
                s->layer = more;
            }
            now = &s->layer[s->layers++];
            *now = (struct story_layer){.first = i, .cut = cut, .job = job};
            memcpy(now->low_nm, d->to_nm, sizeof now->low_nm);
            memcpy(now->high_nm, d->to_nm, sizeof now->high_nm);
        }
        now->end = i + 1;
        z_nm = d->to_nm[2];
        cover(now, d->from_nm[0], d->to_nm[0]);
        widen(now->low_nm, now->high_nm, d->to_nm);
        int64_t from[3] = {d->from_nm[0], d->from_nm[1], d->to_nm[2]};
        widen(now->low_nm, now->high_nm, from);
    }
    return 0;
}

/// Was it laid by a recovery rather than the job: since power came back, and before the print went on? `cut` is the newest that power
/// had come back from. `first_extrusion_us` is the end of the job's first piece, and rounded otherwise.
static bool is_purge(const struct lab_trace *trace, int64_t cut, const struct lab_trace_deposit *d)
{
    if (cut < 0)
        return false;
    int64_t on_us = trace->cut[cut].first_extrusion_us;
    return on_us < 0 || d->t_us + d->duration_us + 1 < on_us;
}

/// The box of all that the job lays above `floor_nm`, also after cuts: it may go on beside what stood there at the first.
static void find_part(struct story *s, int64_t floor_nm)
{
    const struct lab_trace *trace = s->trace;
    int64_t cut = -1;

    for (size_t i = 0; i < trace->deposits; i++) {
        const struct lab_trace_deposit *d = &trace->deposit[i];
        cut = cut_of(trace, cut, d->t_us);
        if (!story_lies(d) || d->to_nm[2] <= floor_nm || is_purge(trace, cut, d))
            continue;
        if (!s->has_part) {
            memcpy(s->part_low_nm, d->to_nm, sizeof s->part_low_nm);
            memcpy(s->part_high_nm, d->to_nm, sizeof s->part_high_nm);
        }
        const int64_t from[3] = {d->from_nm[0], d->from_nm[1], d->to_nm[2]};
        widen(s->part_low_nm, s->part_high_nm, d->to_nm);
        widen(s->part_low_nm, s->part_high_nm, from);
        s->has_part = true;
    }
}

/// How high the job's layer number `layers` (from 1) is; 0 nobody says.
static int64_t job_layer_nm(const struct lab_trace *trace, size_t layers)
{
    if (layers == 0)
        return 0;
    int64_t z = trace->layer[layers - 1].z_nm;
    int64_t below = layers > 1 ? trace->layer[layers - 2].z_nm : 0;
    return z > below ? z - below : 0;
}

/// How thick the beads of layer i are: no part of the same layer of the job is below them.
static int64_t bead_nm(const struct story *s, size_t i)
{
    int64_t z = s->layer[i].high_nm[2], job = job_layer_nm(s->trace, s->layer[i].job);
    int64_t most = job > 0 && job < BEAD_MAX_NM ? job : BEAD_MAX_NM;

    if (job > 0 && z - s->layer[i].low_nm[2] > STEP_NM) // it rises as it goes: a turn is below it
        return most;
    for (size_t k = i; k-- > 0;) {
        int64_t rise = z - s->layer[k].high_nm[2];
        if (rise > STEP_NM && (!s->layer[i].job || s->layer[k].job != s->layer[i].job))
            return rise < most ? rise : most;
    }
    return z > 0 && z < most ? z : job > 0 ? most : BEAD_NM;
}

bool story_same_layer(const struct story_layer *a, const struct story_layer *b)
{
    return a->job || b->job ? a->job == b->job : llabs(a->high_nm[2] - b->high_nm[2]) < STEP_NM;
}

int64_t story_layer_of(const struct story *story, size_t count)
{
    size_t low = 0, high = story->layers;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (story->layer[middle].first < count)
            low = middle + 1;
        else
            high = middle;
    }
    return (int64_t)low - 1;
}

// --- steps ------------------------------------------------------------------------------------------------------

static int row_of(const struct story *s, int64_t cut, int64_t phase)
{
    int rows = 0;

    for (int i = 0; i < s->steps; i++) {
        if (s->step[i].cut != cut)
            continue;
        if (s->step[i].phase == phase)
            return s->step[i].row;
        rows = s->step[i].row >= rows ? s->step[i].row + 1 : rows;
    }
    return rows;
}

/// Until when the phases of a cut belong to its recovery: the print goes on, power goes again, or the run ends.
static int64_t recovery_end(const struct lab_trace *trace, size_t cut)
{
    int64_t end = trace->end_us;

    if (trace->cut[cut].first_extrusion_us >= 0)
        end = trace->cut[cut].first_extrusion_us;
    if (cut + 1 < trace->cuts && trace->cut[cut + 1].mains_us < end)
        end = trace->cut[cut + 1].mains_us;
    return end;
}

/// When phase number i ends: the next of its domain begins, `end_us` at the latest.
static int64_t phase_end(const struct lab_trace *trace, size_t i, int64_t end_us)
{
    enum lab_trace_domain domain = trace->phase[i].domain;

    while (++i < trace->phases)
        if (trace->phase[i].domain == domain)
            return trace->phase[i].t_us < end_us ? trace->phase[i].t_us : end_us;
    return end_us;
}

/// When a bench saw its printer print again after a cut; -1 it did not.
static int64_t seen_printing_us(const struct lab_trace *trace, size_t cut)
{
    int64_t from = trace->cut[cut].back_us, end = recovery_end(trace, cut);

    for (size_t i = 0; i < trace->phases && from >= 0; i++) {
        const struct lab_trace_phase *p = &trace->phase[i];
        if (p->domain == LAB_TRACE_STATE && p->t_us >= from && p->t_us < end &&
            !strcmp(lab_trace_word(trace, LAB_TRACE_STATE, p->value), "printing"))
            return p->t_us;
    }
    return -1;
}

bool story_went_on(const struct story *story, int64_t cut)
{
    return story->trace->cut[cut].first_extrusion_us >= 0 ||
           seen_printing_us(story->trace, (size_t)cut) >= 0;
}

/// Is it what a recovery does?
static bool is_step(const char *word)
{
    return word[0] && strcmp(word, "printing") != 0 && strcmp(word, "idle") != 0;
}

/// The steps of a cut, of one domain. Returns how many.
static int add_steps(struct story *s, size_t cut, enum lab_trace_domain domain)
{
    const struct lab_trace *trace = s->trace;
    int64_t from = trace->cut[cut].back_us, end = recovery_end(trace, cut);
    int64_t printing_us = seen_printing_us(trace, cut);
    int before = s->steps;

    end = printing_us >= 0 ? printing_us : end;
    for (size_t i = 0; i < trace->phases && from >= 0 && s->steps < STORY_STEPS_MAX; i++) {
        const struct lab_trace_phase *p = &trace->phase[i];
        if (p->domain != domain || p->t_us < from || p->t_us >= end ||
            !is_step(lab_trace_word(trace, domain, p->value)))
            continue;
        s->step[s->steps] = (struct story_step){.cut = (int64_t)cut,
                                                .domain = domain,
                                                .phase = p->value,
                                                .begin_us = p->t_us,
                                                .end_us = phase_end(trace, i, end),
                                                .row = row_of(s, (int64_t)cut, p->value)};
        s->steps++;
    }
    return s->steps - before;
}

/// A bench whose printer tells no phases has its own states.
static void find_steps(struct story *s)
{
    for (size_t cut = 0; cut < s->trace->cuts; cut++)
        if (!add_steps(s, cut, LAB_TRACE_PHASE))
            (void)add_steps(s, cut, LAB_TRACE_STATE);
}

// --- time -------------------------------------------------------------------------------------------------------

/// From just before the first cut to just after things went on.
static void find_scene(struct story *s)
{
    const struct lab_trace *trace = s->trace;

    s->begin_us = trace->meta.begin_us;
    s->end_us = trace->end_us > s->begin_us ? trace->end_us : s->begin_us + 1;
    s->scene_us = s->begin_us;
    s->scene_end_us = s->end_us;
    if (!trace->cuts || trace->cut[0].mains_us < 0)
        return;
    int64_t from = trace->cut[0].mains_us, to = recovery_end(trace, trace->cuts - 1);
    int64_t margin = (to - from) / 8 + MARGIN_MIN_US;
    s->scene_us = from - margin > s->begin_us ? from - margin : s->begin_us;
    s->scene_end_us = to + margin < s->end_us ? to + margin : s->end_us;
}

int64_t story_next_event(const struct story *story, int64_t t_us, int direction)
{
    const struct lab_trace *trace = story->trace;
    int64_t at = lab_trace_last(trace->event, trace->events, sizeof *trace->event,
                                direction < 0 ? t_us - 1 : t_us);

    if (direction < 0)
        return at;
    return at + 1 < (int64_t)trace->events ? at + 1 : -1;
}

int64_t story_next_nv(const struct story *story, int64_t t_us, int direction)
{
    const struct lab_trace *trace = story->trace;
    int64_t at =
        lab_trace_last(trace->nv, trace->nvs, sizeof *trace->nv, direction < 0 ? t_us - 1 : t_us);

    if (direction < 0)
        return at;
    return at + 1 < (int64_t)trace->nvs ? at + 1 : -1;
}

int64_t story_next_cut(const struct story *story, int64_t t_us, int direction)
{
    const struct lab_trace *trace = story->trace;
    int64_t found = -1;

    for (size_t i = 0; i < trace->cuts; i++) {
        int64_t at = trace->cut[i].mains_us;
        if (direction < 0 && at < t_us)
            found = at;
        if (direction > 0 && at > t_us && found < 0)
            found = at;
    }
    return found;
}

// --- measures ---------------------------------------------------------------------------------------------------

static bool named(const struct lab_trace_measure *measure, const char *key)
{
    return !strcmp(measure->key, key);
}

/// When the first resumed path of a cut was laid. `first_extrusion_us` is the end of its first piece, and rounded otherwise.
static int64_t path_done_us(const struct story *s, const struct lab_trace_cut *cut)
{
    const struct lab_trace *trace = s->trace;
    int64_t length = 0;

    if (cut->first_extrusion_us < 0)
        return s->end_us;
    for (size_t i = 0; i < trace->deposits; i++) {
        const struct lab_trace_deposit *d = &trace->deposit[i];
        if (d->t_us + d->duration_us + 1 < cut->first_extrusion_us)
            continue;
        int64_t dx = (d->to_nm[0] - d->from_nm[0]) / 1000,
                dy = (d->to_nm[1] - d->from_nm[1]) / 1000;
        length += (int64_t)canvas_root((uint64_t)(dx * dx + dy * dy)) * 1000;
        if (length >= cut->first_path_nm)
            return d->t_us + d->duration_us;
    }
    return s->end_us;
}

static int64_t known_us(const struct story *story, const struct lab_trace_measure *m)
{
    const struct lab_trace *trace = story->trace;
    const struct lab_trace_cut *cut = trace->cuts ? &trace->cut[trace->cuts - 1] : NULL;
    int64_t at = story->end_us;

    if (!cut)
        return at;
    if (named(m, "state_age_ms"))
        at = cut->stopped_us;
    else if (named(m, "outage_contact_um"))
        at = cut->back_us;
    else if (named(m, "hot_dwell_ms") || named(m, "gantry_tilt_um") ||
             named(m, "time_to_resume_ms"))
        at = cut->first_extrusion_us;
    else if (named(m, "z_offset_error_um") || named(m, "layer_shift_um") ||
             named(m, "seam_gap_um") || named(m, "seam_overlap_um") ||
             named(m, "seam_overlap_filament_um"))
        at = path_done_us(story, cut);
    return at < 0 ? story->end_us : at;
}

// --- what lies below --------------------------------------------------------------------------------------------

bool story_reaches(const struct lab_trace_deposit *d, int64_t x_nm, int64_t y_nm, int64_t reach_nm)
{
    // in um: products of lengths up to metres stay far below 2^63
    int64_t dx = (d->to_nm[0] - d->from_nm[0]) / 1000, dy = (d->to_nm[1] - d->from_nm[1]) / 1000;
    int64_t px = (x_nm - d->from_nm[0]) / 1000, py = (y_nm - d->from_nm[1]) / 1000;
    int64_t reach = reach_nm / 1000, square = dx * dx + dy * dy;
    int64_t along = px * dx + py * dy;

    if (along >= square) {
        px -= dx;
        py -= dy;
    } else if (along > 0) {
        int64_t ppm = along * 1000 / square * 1000;
        px -= dx * ppm / 1000000;
        py -= dy * ppm / 1000000;
    }
    return px * px + py * py <= reach * reach;
}

/// Does a path go on at `at_nm` from the end of a piece?
static bool joins(const struct lab_trace_deposit *d, const int64_t at_nm[3])
{
    return llabs(d->to_nm[0] - at_nm[0]) <= JOIN_NM && llabs(d->to_nm[1] - at_nm[1]) <= JOIN_NM &&
           llabs(d->to_nm[2] - at_nm[2]) <= STEP_NM;
}

size_t story_before_stroke(const struct story *story, size_t count)
{
    const struct lab_trace_deposit *deposit = story->trace->deposit;
    size_t before = count - 1;
    int64_t back = 0;

    if (!count || !story_lies(&deposit[before]))
        return count;
    for (size_t i = before; i-- > 0 && back < STROKE_NM;) {
        const struct lab_trace_deposit *d = &deposit[i];
        if (!story_lies(d))
            continue;
        if (!joins(d, deposit[before].from_nm))
            break;
        back += llabs(d->to_nm[0] - d->from_nm[0]) + llabs(d->to_nm[1] - d->from_nm[1]);
        before = i;
    }
    return before;
}

int64_t story_top_nm(const struct story *story, size_t count, int64_t x_nm, int64_t y_nm,
                     int64_t reach_nm)
{
    int64_t top = LAB_TRACE_UNKNOWN;

    for (int64_t i = story_layer_of(story, count); i >= 0; i--) {
        const struct story_layer *layer = &story->layer[i];
        if (layer->high_nm[2] <= top || x_nm < layer->low_nm[0] - reach_nm ||
            x_nm > layer->high_nm[0] + reach_nm || y_nm < layer->low_nm[1] - reach_nm ||
            y_nm > layer->high_nm[1] + reach_nm)
            continue;
        for (size_t k = layer->end < count ? layer->end : count; k-- > layer->first;) {
            const struct lab_trace_deposit *d = &story->trace->deposit[k];
            if (d->to_nm[2] > top && story_lies(d) && story_reaches(d, x_nm, y_nm, reach_nm)) {
                top = d->to_nm[2];
                break;
            }
        }
    }
    return top;
}

int story_open(struct story *story, const struct lab_trace *trace)
{
    *story = (struct story){.trace = trace};
    story->known_us = calloc(trace->measures + 1, sizeof *story->known_us);
    int bad = story->known_us ? find_layers(story) : -ENOMEM;
    if (bad) {
        story_close(story);
        return bad;
    }
    if (story->layers)
        find_part(story, story->layer[0].high_nm[2] + STEP_NM);
    if (story->layers && !story->has_part)
        find_part(story, INT64_MIN);
    for (size_t i = 0; i < story->layers; i++)
        story->layer[i].bead_nm = bead_nm(story, i);
    for (size_t i = 0; i < trace->motions && !story->has_truth; i++)
        story->has_truth = trace->motion[i].true_known;
    find_steps(story);
    find_scene(story);
    for (size_t i = 0; i < trace->measures; i++)
        story->known_us[i] = known_us(story, &trace->measure[i]);
    return 0;
}

void story_close(struct story *story)
{
    free(story->layer);
    free(story->known_us);
    *story = (struct story){0};
}
