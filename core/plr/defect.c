// The defects of the test build: which one is selected, and what would clutter the core's own files.
// SPDX-License-Identifier: MIT
#include "core/plr/defect.h"

#ifdef PLR_DEFECTS

#include <string.h>

#include "core/plr/internal.h"
#include "core/plr/zhome/internal.h"

// The field's plugin was measured: collections in 10 s grow with the layers from 2 to 39 and stay there, at an interval of 5 s.
#define TIMERS_MAX 18
#define RUN_ON_US  190000 // what is left in the host's buffer when a switch fires; measured, too
#define LINE_MAX   512u

static enum plr_defect selected;
static bool running_on;              // motors run on behind the core's back
static struct plr_motion stopped_at; // where the core thinks all of them stopped

void plr_defect_select(enum plr_defect defect)
{
    PLR_ASSERT(defect >= PLR_DEFECT_NONE && defect < PLR_DEFECT_COUNT);
    selected = defect;
    running_on = false;
}

bool plr_defect_is(enum plr_defect defect)
{
    return selected == defect;
}

// --- recorder -----------------------------------------------------------------------------------------

uint32_t plr_defect_leaked(const struct plr *plr)
{
    int32_t timers = 2 + plr->modal.layer.number; // the number is -1 before the first layer
    return plr->config.save_interval_us / (uint32_t)(timers < TIMERS_MAX ? timers : TIMERS_MAX);
}

bool plr_defect_too_early(const struct plr *plr)
{
    uint8_t size = plr->config.history_size, delay = plr->config.save_delay;
    uint8_t stored = (uint8_t)((plr->history_next + 2u * size - 1u - delay) % size);

    return plr->history_count <= delay || !(plr->history[stored].modal.flags & PLR_MODAL_EXTRUDED);
}

void plr_defect_measure(const struct plr_port *port, void *ctx, struct plr_modal *modal)
{
    int32_t mc;
    if (!port->temperature(ctx, 1 + modal->tool, &mc))
        modal->nozzle_mc[modal->tool] = mc;
}

int plr_defect_overwrite(struct plr *plr, const struct plr_port *port, void *ctx,
                         const struct plr_progress *at)
{
    struct plr_state state = plr->state;

    state.modal = plr->modal;
    state.progress = *at;
    state.print_us++; // or the job's own place would still be the newer one
    return plr_store(plr, port, ctx, &state, PLR_RECORD_FAIL);
}

// --- Z+ homing ------------------------------------------------------------------------------------------

/// Does this step drive all motors until a switch fires? Then at what speed; else 0.
static int32_t probes_at(const struct plr *plr)
{
    enum zhome_step step = (enum zhome_step)plr->zhome.step;

    if (step == ZHOME_FAST)
        return plr->config.fast_move_nm_s;
    if (PLR_DEFECT(SHORT_RETRACT))
        return 0;
    if (step == ZHOME_CONFIRM_UP || step == ZHOME_SAMPLE_UP)
        return plr->config.slow_homing_nm_s;
    return step == ZHOME_SCAN_UP ? plr->config.fast_move_nm_s : 0;
}

int plr_defect_run_on(struct plr *plr, const struct plr_port *port, void *ctx,
                      struct plr_motion *motion)
{
    if (running_on) {
        running_on = false;
        *motion = stopped_at;
        return port->z_set(ctx, motion->z_motor_nm);
    }
    int32_t speed = probes_at(plr);
    uint32_t others = plr_z_mask(plr) & ~motion->triggered;
    if (!plr->zhome.started || !motion->triggered || !others || !speed)
        return 0;
    running_on = true;
    stopped_at = *motion;
    int32_t by = (int32_t)((int64_t)speed * RUN_ON_US / PLR_US_PER_S);
    int error = port->z_move(ctx, others, by, speed, 0);
    return error ? error : 1;
}

bool plr_defect_closed(const struct plr_port *port, void *ctx)
{
    uint32_t triggered;
    return !port->switches(ctx, &triggered) && triggered;
}

// --- the place in the file ------------------------------------------------------------------------------

/// Where the line before the one at `at` begins, and its first character. Returns 1, 0 when there is none, or an error.
static int line_before(const struct plr_port *port, void *ctx, uint64_t at, uint64_t *begin,
                       char *first)
{
    char text[LINE_MAX];
    uint32_t size = at < LINE_MAX ? (uint32_t)at : LINE_MAX;

    int got = size ? port->job_read(ctx, at - size, text, size) : 0;
    if (got <= 0)
        return got;
    uint32_t i = size - 1; // the line feed at its end
    while (i && text[i - 1] != '\n')
        i--;
    *begin = at - size + i;
    *first = text[i];
    return 1;
}

static int behind_comment(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint64_t begin;
    char first;

    int got = line_before(port, ctx, plr->state.progress.file_offset, &begin, &first);
    return got > 0 && first == ';' ? PLR_EBADMSG : got < 0 ? got : 0;
}

int plr_defect_line_end(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_progress *at = &plr->state.progress;
    struct plr_modal behind = plr->state.modal;
    struct plr_gcode_line line;
    struct plr_action action;
    char text[LINE_MAX], first;
    uint64_t begin;

    int got = port->job_read(ctx, at->file_offset, text, sizeof text);
    if (got <= 0)
        return got;
    const char *end = memchr(text, '\n', (size_t)got);
    if (end && !plr_gcode_lex(text, (size_t)(end - text), &line))
        (void)plr_modal_apply(&behind, &line, &action);
    for (int i = PLR_X; i <= PLR_Z; i++)
        plr->state.modal.at_nm[i] = behind.at_nm[i];
    at->fraction_ppm = 0;
    got = line_before(port, ctx, at->file_offset, &begin, &first);
    if (got > 0)
        at->file_offset = begin;
    return got < 0 ? got : 0;
}

/// As many bytes too far back as characters before the place take more than one.
static int count_characters(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint64_t offset = plr->state.progress.file_offset, extra = 0;
    uint8_t bytes[LINE_MAX];

    for (uint64_t at = 0; at < offset;) {
        uint32_t size = offset - at < sizeof bytes ? (uint32_t)(offset - at) : sizeof bytes;
        int got = port->job_read(ctx, at, bytes, size);
        if (got <= 0)
            return got < 0 ? got : PLR_EBADMSG;
        for (int i = 0; i < got; i++)
            extra += (bytes[i] & 0xc0u) == 0x80u;
        at += (uint32_t)got;
    }
    plr->state.progress.file_offset = offset - extra;
    return 0;
}

// --- what a restore forgets -------------------------------------------------------------------------------

#define FIELD(member) \
    (uint16_t) offsetof(struct plr_modal, member), (uint16_t)sizeof(((struct plr_modal *)0)->member)

static const struct {
    enum plr_defect defect;
    uint16_t at, size;
} dropped[] = {
    {PLR_DEFECT_DROP_FAN, FIELD(fan_ppm)},        {PLR_DEFECT_DROP_NOZZLE, FIELD(nozzle_mc)},
    {PLR_DEFECT_DROP_BED, FIELD(bed_mc)},         {PLR_DEFECT_DROP_CHAMBER, FIELD(chamber_mc)},
    {PLR_DEFECT_DROP_FEED, FIELD(feed_nm_s)},     {PLR_DEFECT_DROP_FEED_FACTOR, FIELD(feed_ppm)},
    {PLR_DEFECT_DROP_FLOW, FIELD(flow_ppm)},      {PLR_DEFECT_DROP_ADVANCE, FIELD(advance_us)},
    {PLR_DEFECT_DROP_ACCEL, FIELD(accel_um_s2)},  {PLR_DEFECT_DROP_VELOCITY, FIELD(velocity_um_s)},
    {PLR_DEFECT_DROP_CORNER, FIELD(corner_um_s)}, {PLR_DEFECT_DROP_E_VALUE, FIELD(at_nm[PLR_E])},
    {PLR_DEFECT_DROP_PLANE, FIELD(plane)},        {PLR_DEFECT_DROP_G92, FIELD(g92_nm)},
    {PLR_DEFECT_DROP_TOOL, FIELD(tool)},          {PLR_DEFECT_DROP_MESH, FIELD(mesh)},
    {PLR_DEFECT_DROP_OFFSET, FIELD(offset_nm)},   {PLR_DEFECT_DROP_RETRACTION, FIELD(retract_nm)},
    {PLR_DEFECT_DROP_OBJECT, FIELD(object)},
};

static const struct {
    enum plr_defect defect;
    uint32_t set, clear;
} flags[] = {
    {PLR_DEFECT_FORCED_M83, PLR_MODAL_REL_E, 0},
    {PLR_DEFECT_DROP_E_MODE, 0, PLR_MODAL_REL_E},
    {PLR_DEFECT_DROP_AXIS_MODE, 0, PLR_MODAL_REL_XYZ},
    {PLR_DEFECT_DROP_UNITS, 0, PLR_MODAL_INCH},
    {PLR_DEFECT_DROP_RETRACTION, 0, PLR_MODAL_RETRACTED},
    {PLR_DEFECT_DROP_ENABLED, 0, PLR_MODAL_PLR_ENABLED | PLR_MODAL_PLR_NAMED},
};

static void forget(struct plr_modal *modal)
{
    struct plr_modal fresh;

    plr_modal_init(&fresh);
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (plr_defect_is(dropped[i].defect))
            memcpy((char *)modal + dropped[i].at, (char *)&fresh + dropped[i].at, dropped[i].size);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (plr_defect_is(flags[i].defect))
            modal->flags = (modal->flags | flags[i].set) & ~flags[i].clear;
    for (int i = PLR_X; i <= PLR_Z; i++)
        if (PLR_DEFECT(OFFSET_TWICE))
            modal->at_nm[i] += modal->offset_nm[i];
}

int plr_defect_restore(struct plr *plr, const struct plr_port *port, void *ctx)
{
    forget(&plr->state.modal);
    if (PLR_DEFECT(DROP_EXCLUDED))
        memset(&plr->objects, 0, sizeof plr->objects);
    if (PLR_DEFECT(COMMENT_MARKER))
        return behind_comment(plr, port, ctx);
    return PLR_DEFECT(CHARACTERS) ? count_characters(plr, port, ctx) : 0;
}

#endif
