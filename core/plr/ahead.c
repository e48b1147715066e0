// How far a print may come in a time: behind its newest record, or while the memory is busy.
// SPDX-License-Identifier: MIT
//
// The recorder comes back after a known time. What the file can make of that time at the speed it states, no machine has outrun:
// so far, and no further, the lines behind a place are read.
#include "core/plr/gcode/internal.h"
#include "core/plr/internal.h"
#include "core/plr/reader.h"

#define MEMORY_US  1000000 // a record is being written, or a new block of the memory made
#define BRAKING_US 500000  // brakes at work: the file's time for the path on which they stop
#define UNIT_NM    1000    // squares of machine coordinates in it fit into 64 bits

struct ahead {
    struct plr_modal modal;
    int64_t from_z_nm; ///< machine Z at the record
    int64_t left_us;   ///< of the time until the next record
    int32_t from_layer_nm;
    int32_t layers; ///< begun above the record's
    bool z_moved;
};

/// How late a record that is due may be.
static int64_t late_us(const struct plr *plr)
{
    bool waits = plr->config.stability_check || plr->config.load_guard;
    return MEMORY_US + (waits ? PLR_POSTPONE_MAX_US : 0);
}

/// The longest time without a newer record.
static int64_t silent_us(const struct plr *plr)
{
    const struct plr_config *c = &plr->config;
    int64_t tick = (int64_t)c->tick_interval_us * (c->save_delay ? 2 : 1); // a late save defers it
    int64_t us = tick ? tick : (int64_t)c->save_interval_us * (c->save_delay + 1);

    if (plr->told && (plr->state.flags & PLR_STATE_BLIND))
        return c->drivers_us + (int64_t)MEMORY_US; // a look waits for a record that is being written
    if (plr->told)
        return BRAKING_US;
    if (!us)
        return INT64_MAX;
    return (us << (c->adaptive_interval ? PLR_STRETCH_MAX : 0)) + late_us(plr);
}

static int64_t distance_nm(const int64_t a_nm[], const int64_t b_nm[], int axes)
{
    uint64_t sum = 0;

    for (int i = 0; i < axes; i++) {
        int64_t d = (b_nm[i] - a_nm[i]) / UNIT_NM;
        sum += (uint64_t)(d * d);
    }
    return (int64_t)plr_isqrt(sum) * UNIT_NM;
}

/// No machine does this line in less. Arcs count as their chords; full circles as hexagons.
static int64_t least_us(const struct plr_modal *modal, const struct plr_action *action)
{
    if (action->kind == PLR_ACT_DWELL)
        return action->time_us;
    if (action->kind != PLR_ACT_MOVE && action->kind != PLR_ACT_ARC)
        return 0;
    int64_t nm = distance_nm(action->from_nm, action->to_nm, 3);
    if (action->kind == PLR_ACT_ARC && !nm && modal->plane == 17)
        nm = 6 * distance_nm(action->from_nm, action->centre_nm, 2);
    else if (!nm)
        nm = action->e_nm < 0 ? -action->e_nm : action->e_nm;
    int64_t feed = action->feed_nm_s > 0 ? action->feed_nm_s : 1;
    return nm / UNIT_NM * PLR_US_PER_S / ((feed + UNIT_NM - 1) / UNIT_NM);
}

/// Does the firmware lead Z where the file does not say?
static bool leads_z(const struct plr_gcode_line *line, const struct plr_action *action)
{
    bool homes = action->kind == PLR_ACT_HOME && (action->axes >> PLR_Z & 1u);
    bool macro = action->kind == PLR_ACT_UNKNOWN && line->kind == PLR_GCODE_EXTENDED;
    return homes || macro || action->kind == PLR_ACT_START || action->kind == PLR_ACT_END;
}

/// One more line that may have been begun. `done_ppm` of it was done at the record.
static void go_on(const struct plr *plr, struct ahead *ahead, const char *text, uint32_t len,
                  int32_t done_ppm)
{
    struct plr_gcode_line line;
    struct plr_action action;
    int64_t at[PLR_AXES];

    if (plr_gcode_lex(text, len, &line) || plr_modal_apply(&ahead->modal, &line, &action))
        return;
    plr_modal_machine(&ahead->modal, at);
    ahead->z_moved |= leads_z(&line, &action) || at[PLR_Z] != ahead->from_z_nm;
    ahead->left_us -= least_us(&ahead->modal, &action) * (1000000 - done_ppm) / 1000000;
    if (!action.new_layer || ahead->modal.layer.z_nm <= ahead->from_layer_nm)
        return;
    ahead->layers++;
    if (ahead->left_us > late_us(plr)) // each layer begins with a mark, which may be late
        ahead->left_us = late_us(plr);
}

static bool recorded(const struct plr *plr, const struct plr_modal *modal)
{
    bool asked = plr->config.on_command || (modal->flags & PLR_MODAL_PLR_NAMED);
    return !asked || (modal->flags & PLR_MODAL_PLR_ENABLED);
}

static int answer(const struct ahead *ahead)
{
    return (ahead->z_moved ? PLR_AHEAD_Z : 0) | (ahead->layers > 1 ? PLR_AHEAD_LAYERS : 0);
}

int plr_layer_near(const struct plr *plr, const struct plr_port *port, void *ctx, uint32_t us)
{
    struct plr_reader reader = {.port = port, .ctx = ctx, .at = plr->line_offset};
    struct ahead ahead = {
        .modal = plr->modal, .left_us = us, .from_layer_nm = plr->after.layer.z_nm};
    struct plr_progress at;
    char line[PLR_READER_LINE];
    uint32_t len;

    int got = plr_where(port, ctx, &at);
    if (got)
        return got;
    if (at.file_offset != plr->line_offset)
        return 1; // lines are on their way to the recorder
    while (ahead.left_us >= 0 && !ahead.layers) {
        got = plr_next_line(&reader, line, &len);
        if (got <= 0)
            return got;
        go_on(plr, &ahead, line, len, at.fraction_ppm);
        at.fraction_ppm = 0;
    }
    return ahead.layers > 0;
}

int plr_ahead(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    const struct plr_state *state = &plr->state;
    struct plr_reader reader = {.port = port, .ctx = ctx, .at = state->progress.file_offset};
    struct ahead ahead = {
        .modal = state->modal, .left_us = silent_us(plr), .from_layer_nm = state->modal.layer.z_nm};
    const int all = PLR_AHEAD_Z | PLR_AHEAD_LAYERS;
    int32_t done_ppm = state->progress.fraction_ppm;
    int64_t at[PLR_AXES];
    char line[PLR_READER_LINE];
    uint32_t len;
    int got;

    if (plr->told && !(state->flags & (PLR_STATE_BRAKING | PLR_STATE_BLIND)))
        return 0;
    plr_modal_machine(&state->modal, at);
    ahead.from_z_nm = at[PLR_Z];
    while (ahead.left_us >= 0 && answer(&ahead) != all) {
        got = plr_next_line(&reader, line, &len);
        if (got < 0)
            return got;
        if (!got)
            break;
        go_on(plr, &ahead, line, len, done_ppm);
        if (!recorded(plr, &ahead.modal))
            ahead.left_us = INT64_MAX;
        done_ppm = 0;
    }
    return answer(&ahead);
}
