// Triggers: `at: {layer: 61, move: 30}` and its sisters; exactly one kind in each.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/tables.h"

#include <string.h>

struct trigger_in {
    int64_t time, layer, move, travel, retract, fraction, z, file, progress, filament, phase, count,
        event, nv_write, outage, after;
};

#define ROW(key_, unit_, member, min_, max_, about_)                                        \
    {                                                                                       \
        .key = key_, .kind = LAB_F_QUANTITY, .unit = unit_, .size = 8,                      \
        .offset = offsetof(struct trigger_in, member), .fallback = LAB_UNSAID, .min = min_, \
        .max = max_, .about = about_                                                        \
    }

static const struct lab_field rows[] = {
    ROW("layer", LAB_COUNT, layer, 0, INT32_MAX,
        "the middle of the first extruding move of this layer (0-based)"),
    ROW("move", LAB_COUNT, move, 0, INT32_MAX,
        "with layer: its k-th extruding move (0-based); alone: this move of the job"),
    ROW("travel", LAB_COUNT, travel, 0, INT32_MAX, "with layer: its k-th travel move (0-based)"),
    ROW("retract", LAB_COUNT, retract, 0, INT32_MAX, "with layer: its k-th retraction (0-based)"),
    ROW("fraction", LAB_RATIO, fraction, 0, 1000000, "another point of the move than its middle"),
    ROW("time", LAB_TIME, time, 0, 8760 * US_H, "time since the job began"),
    ROW("z", LAB_LENGTH, z, 0, 2000 * NM_MM, "the first extruding move at or above this height"),
    ROW("file", LAB_BYTES, file, 0, INT64_MAX, "the line that holds this byte of the job file"),
    ROW("progress", LAB_RATIO, progress, 0, 1000000,
        "the same, as a share of the file: what firmware and hosts call progress"),
    ROW("filament", LAB_LENGTH, filament, 0, LAB_NO_LIMIT, "filament pushed since the job began"),
    {.key = "phase",
     .kind = LAB_F_WORD,
     .size = 8,
     .offset = offsetof(struct trigger_in, phase),
     .fallback = LAB_UNSAID,
     .words = lab_phase_words,
     .about = "a phase of the recovery begins"},
    ROW("count", LAB_COUNT, count, 1, INT32_MAX, "with phase: the n-th time (1-based)"),
    ROW("event", LAB_COUNT, event, 0, INT64_MAX, "event number of the run"),
    ROW("nv_write", LAB_COUNT, nv_write, 0, INT64_MAX,
        "number of the program or erase of the memory"),
    ROW("after", LAB_TIME, after, 0, 8760 * US_H, "added to the instant found"),
    ROW("outage", LAB_COUNT, outage, 1, LAB_POWER_MAX,
        "disturbances: during the n-th outage (1-based)"),
};

enum { ROWS = sizeof rows / sizeof rows[0] };

struct kind {
    const char *key;
    size_t offset;
    enum lab_trigger_kind kind;
};
#define KIND(name, kind)                               \
    {                                                  \
#name, offsetof(struct trigger_in, name), kind \
    }
static const struct kind kinds[] = {
    KIND(layer, LAB_AT_LAYER), KIND(time, LAB_AT_TIME),         KIND(z, LAB_AT_Z),
    KIND(file, LAB_AT_FILE),   KIND(filament, LAB_AT_FILAMENT), KIND(phase, LAB_AT_PHASE),
    KIND(event, LAB_AT_EVENT), KIND(nv_write, LAB_AT_NV_WRITE), KIND(outage, LAB_AT_OUTAGE),
    KIND(move, LAB_AT_MOVE),   KIND(progress, LAB_AT_FILE),
};

static bool said(int64_t value)
{
    return value != LAB_UNSAID;
}

static int find_kind(struct lab_bind *bind, const struct lab_node *node,
                     const struct trigger_in *in, const struct kind **found)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int64_t value;
        memcpy(&value, (const char *)in + kinds[i].offset, sizeof value);
        const bool within_layer = kinds[i].kind == LAB_AT_MOVE && said(in->layer);
        if (!said(value) || within_layer) {
            continue;
        }
        if (*found != NULL) {
            return lab_bind_fail_key(bind, lab_node_find(node, kinds[i].key),
                                     "two triggers in one 'at': %s and %s", (*found)->key,
                                     kinds[i].key);
        }
        *found = &kinds[i];
    }
    if (*found == NULL) {
        return lab_bind_fail(bind, node,
                             "'at' says no instant: layer, move, time, z, file, progress, "
                             "filament, phase, event...");
    }
    return LAB_OK;
}

/// Keys that only go with some kinds.
static int check_company(struct lab_bind *bind, const struct lab_node *node,
                         const struct trigger_in *in, enum lab_trigger_kind kind)
{
    static const char *const within[] = {"travel", "retract"};
    for (int i = 0; i < 2; i++) {
        const struct lab_node *child = lab_node_find(node, within[i]);
        if (child != NULL && kind != LAB_AT_LAYER) {
            return lab_bind_fail_key(bind, child, "'%s' goes with 'layer' only", within[i]);
        }
    }
    const struct lab_node *child = lab_node_find(node, "fraction");
    if (child != NULL && kind != LAB_AT_LAYER && kind != LAB_AT_MOVE) {
        return lab_bind_fail_key(bind, child, "'fraction' goes with 'layer' and 'move' only");
    }
    child = lab_node_find(node, "count");
    if (child != NULL && kind != LAB_AT_PHASE) {
        return lab_bind_fail_key(bind, child, "'count' goes with 'phase' only");
    }
    if (said(in->move) + said(in->travel) + said(in->retract) > 1) {
        child = lab_node_find(node, said(in->retract) ? "retract" : "travel");
        return lab_bind_fail_key(bind, child, "one of 'move', 'travel', 'retract'");
    }
    return LAB_OK;
}

static int32_t or_else(int64_t value, int32_t otherwise)
{
    return said(value) ? (int32_t)value : otherwise;
}

static int finish(struct lab_bind *bind, const struct lab_node *node, const void *scratch,
                  void *out)
{
    struct trigger_in copy = *(const struct trigger_in *)scratch;
    const struct trigger_in *in = &copy;
    const struct kind *found = NULL;
    // outages of the power itself have no row for it, so nothing gave it its default
    copy.outage = copy.outage == 0 ? LAB_UNSAID : copy.outage;
    int status = find_kind(bind, node, in, &found);
    if (status == LAB_OK) {
        status = check_company(bind, node, in, found->kind);
    }
    if (status != LAB_OK) {
        return status;
    }
    struct lab_trigger trigger;
    memset(&trigger, 0, sizeof trigger);
    trigger.kind = found->kind;
    memcpy(&trigger.value, (const char *)in + found->offset, sizeof trigger.value);
    trigger.layer = or_else(in->layer, 0);
    trigger.travel = said(in->travel);
    trigger.retract = said(in->retract);
    trigger.share = said(in->progress);
    trigger.move = or_else(in->move, 0) + or_else(in->travel, 0) + or_else(in->retract, 0);
    trigger.fraction_ppm = or_else(in->fraction, 500000);
    trigger.phase = (uint8_t)or_else(in->phase, 0);
    trigger.count = or_else(in->count, 1);
    trigger.after_us = said(in->after) ? in->after : 0;
    trigger.mark = node->mark;
    memcpy(out, &trigger, sizeof trigger);
    return LAB_OK;
}

static const char about[] = "an instant: one of layer, move, time, z, file, progress, filament, "
                            "phase, event, nv_write, outage";

// `outage` is the last row: cutting the power that is off already means nothing
const struct lab_table lab_power_trigger_table = {.about = about,
                                                  .fields = rows,
                                                  .count = ROWS - 1,
                                                  .scratch = sizeof(struct trigger_in),
                                                  .finish = finish};
const struct lab_table lab_disturb_trigger_table = {.about = about,
                                                    .fields = rows,
                                                    .count = ROWS,
                                                    .scratch = sizeof(struct trigger_in),
                                                    .finish = finish};

/// Whole bytes; the last one is the end.
static void settle(struct lab_trigger *at, int64_t bytes)
{
    if (!at->share || bytes <= 0)
        return;
    int64_t byte = bytes / 1000000 * at->value + bytes % 1000000 * at->value / 1000000;
    at->value = byte < bytes ? byte : bytes - 1;
    at->share = false;
}

void lab_scenario_progress(struct lab_scenario *scenario, int64_t job_bytes)
{
    for (int i = 0; i < scenario->power_count; i++)
        settle(&scenario->power[i].at, job_bytes);
    for (int i = 0; i < scenario->disturb_count; i++)
        settle(&scenario->disturb[i].at, job_bytes);
}
