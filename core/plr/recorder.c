// The recorder: follows the running line and keeps its state safe in the journal.
// SPDX-License-Identifier: MIT
#include "core/plr/internal.h"

#include <string.h>

#define TICK_BYTES 64u

#define POSTPONE_POLL_US 10000
#define IDLE_POLL_US     (3600 * (int64_t)PLR_US_PER_S)

bool plr_recording(const struct plr *plr)
{
    if (!plr->job_active || !plr->mounted)
        return false;
    // a file that names PLR_ENABLE/PLR_DISABLE is obeyed even when recording is automatic
    if (plr->config.on_command || (plr->modal.flags & PLR_MODAL_PLR_NAMED))
        return (plr->modal.flags & PLR_MODAL_PLR_ENABLED) != 0;
    return true;
}

/// Machine Z below which the filament laid so far lies: the nozzle may be in a hop, neighbours may be taller.
static int64_t laid_z(const struct plr_modal *modal)
{
    int64_t at[PLR_AXES];

    plr_modal_machine(modal, at);
    return at[PLR_Z] < modal->tallest_nm ? at[PLR_Z] : modal->tallest_nm;
}

void plr_record_begin(struct plr *plr, uint64_t now_us)
{
    plr->job_started_us = plr->collected_us = plr->ticked_us = now_us;
    plr->history_count = plr->history_next = 0;
    plr->saves = plr->ticks = 0;
    plr->postponed_us = 0;
    plr->layer_begun = plr->sure_set = plr->console_set = false;
    plr->laid_z_nm = laid_z(&plr->modal);
}

/// Follow a layer's beginning up to the first line that stands still above all that was laid before: a record of such a place can be gone
/// back to whatever of the layer lies there by then, one from under it cannot.
static void rise(struct plr *plr, bool new_layer)
{
    int64_t from[PLR_AXES], to[PLR_AXES];

    plr->layer_begun |= new_layer;
    plr->risen = false;
    if (!plr->layer_begun)
        return;
    plr_modal_machine(&plr->modal, from);
    plr_modal_machine(&plr->after, to);
    plr->risen = from[PLR_Z] == to[PLR_Z] && from[PLR_Z] > plr->laid_z_nm;
}

void plr_line(struct plr *plr, uint64_t offset, const char *text, size_t len)
{
    struct plr_gcode_line line;
    struct plr_action action;
    int64_t at[PLR_AXES];

    plr->modal = plr->after;
    plr->line_offset = offset;
    plr->line_length = (uint32_t)len;
    if (plr->laying) {
        plr_modal_machine(&plr->modal, at);
        plr->laid_z_nm = at[PLR_Z];
    }
    plr->laying = plr->risen = false;
    if (plr_gcode_lex(text, len, &line))
        return; // the firmware complains about it; the state is as it was
    if (plr_modal_apply(&plr->after, &line, &action))
        return;
    plr->laying = action.extrudes;
    plr->objects_changed |= plr_objects_apply(&plr->objects, &line) != 0;
    rise(plr, action.new_layer);
    if (action.new_layer && plr->config.save_on_layer)
        plr->save_wanted = true;
}

/// Does this line set something, as M221 or a babystep do? Those that lead the head elsewhere in the file's coordinates do not;
/// of PLR_* only whether to record.
static bool sets(const struct plr_modal *before, const struct plr_modal *behind,
                 enum plr_action_kind kind)
{
    bool stays = !memcmp(before->at_nm, behind->at_nm, sizeof before->at_nm);
    bool switched = before->flags != behind->flags;
    return kind == PLR_ACT_NONE || (kind == PLR_ACT_MOVE && stays) ||
           (kind == PLR_ACT_COMMAND && switched);
}

void plr_console(struct plr *plr, const char *text, size_t len)
{
    struct plr_gcode_line line;
    struct plr_action action;
    struct plr_modal modal = plr->modal, after = plr->after;

    if (!plr->job_active || plr_gcode_lex(text, len, &line) ||
        plr_modal_apply(&modal, &line, &action) || !sets(&plr->modal, &modal, action.kind))
        return;
    (void)plr_modal_apply(&after, &line, &action);
    if (memcmp(&modal, &plr->modal, sizeof modal) || memcmp(&after, &plr->after, sizeof after)) {
        plr->console_set = true;
        plr->save_wanted |= plr->config.save_interval_us || plr->config.save_on_layer;
    }
    plr->modal = modal;
    plr->after = after;
    plr->objects_changed |= plr_objects_apply(&plr->objects, &line) != 0;
}

void plr_homed(struct plr *plr, uint32_t axes, const int64_t machine_nm[PLR_AXES])
{
    plr_modal_set_machine(&plr->after, axes, machine_nm);
}

int plr_where(const struct plr_port *port, void *ctx, struct plr_progress *at)
{
    int error = port->progress(ctx, at);

    if (error)
        return error;
    if (at->fraction_ppm < 0)
        at->fraction_ppm = 0;
    if (at->fraction_ppm > PLR_PPM)
        at->fraction_ppm = PLR_PPM;
    return 0;
}

bool plr_lays_first(const struct plr *plr, const struct plr_progress *at)
{
    return plr->laying && at->file_offset == plr->line_offset &&
           !(plr->modal.flags & PLR_MODAL_EXTRUDED);
}

int plr_collect(struct plr *plr, const struct plr_port *port, void *ctx, struct plr_state *state)
{
    PLR_ASSERT(plr->job_active);
    memset(state, 0, sizeof *state);
    int error = plr_where(port, ctx, &state->progress);
    if (error)
        return error;
    if (state->progress.file_offset != plr->line_offset) {
        PLR_MARK(lines_late);
        return PLR_EAGAIN;
    }
    state->modal = plr->modal;
    if (plr_lays_first(plr, &state->progress)) // by the time this is read it has laid some
        state->flags = PLR_STATE_LAID;
    if (PLR_DEFECT(MEASURED_TEMPERATURE))
        plr_defect_measure(port, ctx, &state->modal);
    state->session = plr->session;
    state->print_us = plr->print_before_us + (port->now_us(ctx) - plr->job_started_us);
    state->job = plr->state.job;
    state->window_at = plr->state.window_at;
    state->window_size = plr->state.window_size;
    state->window_crc = plr->state.window_crc;
    return plr_state_check(state);
}

int plr_store(struct plr *plr, const struct plr_port *port, void *ctx,
              const struct plr_state *state, enum plr_record_kind kind)
{
    uint8_t bytes[PLR_STATE_BYTES];
    uint32_t size = plr_state_encode(state, bytes);

    int error = plr_append(plr, port, ctx, kind, bytes, size);
    if (!error && plr->note_due)
        error = plr_note_write(plr, port, ctx);
    if (!error)
        plr->note_due = false;
    return error;
}

int plr_store_session(struct plr *plr, const struct plr_port *port, void *ctx, bool ended)
{
    uint8_t bytes[PLR_SESSION_BYTES] = {2, ended};

    plr->ended = ended;
    for (uint32_t i = 0; i < 4; i++)
        bytes[4 + i] = (uint8_t)(plr->session >> (8 * i));
    memcpy(bytes + 8, plr->kept_mesh, sizeof plr->kept_mesh);
    return plr_append(plr, port, ctx, PLR_RECORD_SESSION, bytes, sizeof bytes);
}

/// Is the place of now still under the layer that begins? A record of it does not say that the layer began.
static bool under(const struct plr *plr)
{
    return !plr->risen && !plr->laying;
}

/// Put a fresh state into the history and store the one that is `save_delay` states older.
static int save(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_state *fresh = &plr->history[plr->history_next];

    int error = plr_collect(plr, port, ctx, fresh);
    if (!error)
        error = plr_window(port, ctx, fresh, plr_window_around(fresh->progress.file_offset));
    if (error)
        return error;
    plr->state.window_at = fresh->window_at;
    plr->state.window_size = fresh->window_size;
    plr->state.window_crc = fresh->window_crc;
    plr->save_wanted = plr->save_now = false;
    plr->collected_us = port->now_us(ctx);

    if (plr->console_set) // it has no place in the file, so nothing leads to it from the states before
        plr->history_count = 0;
    // until there are enough the oldest does: a young print is as dear as an old one
    uint8_t size = plr->config.history_size, delay = plr->config.save_delay;
    if (delay > plr->history_count) {
        delay = plr->history_count;
        PLR_MARK(history_young);
    }
    uint8_t stored = (uint8_t)((plr->history_next + size - delay) % size);
    plr->history_next = (uint8_t)((plr->history_next + 1) % size);
    if (plr->history_count < size)
        plr->history_count++;
    error = plr_store(plr, port, ctx, &plr->history[stored], PLR_RECORD_JOB);
    if (!error) {
        plr->saves++;
        if (plr->console_set)
            PLR_MARK(console_kept);
        plr->console_set = false;
        plr->ticked_us = port->now_us(ctx); // a full state makes the next tick as late as any
        if (!delay) {                       // a delayed state is no new place
            plr->layer_begun &= under(plr);
            plr->placed_us = plr->ticked_us;
        }
    }
    return error;
}

static void put(uint8_t **at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *(*at)++ = (uint8_t)(value >> (8 * i));
}

/// A tick: just enough to find the line again; everything else follows from the last full state and the file.
static int tick(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_state now;
    uint8_t bytes[TICK_BYTES] = {0};
    uint8_t *at = bytes;

    int error = plr_collect(plr, port, ctx, &now);
    if (error)
        return error;
    put(&at, now.flags & PLR_STATE_LAID ? PLR_TICK_LAID : PLR_TICK_PLACE, 1);
    put(&at, now.session, 4);
    put(&at, now.progress.file_offset, 8);
    put(&at, (uint32_t)now.progress.fraction_ppm, 4);
    put(&at, now.print_us, 8);
    for (int i = 0; i < PLR_Z_MAX; i++)
        put(&at, (uint32_t)now.progress.z_motor_nm[i], 4);
    for (int i = 0; i < PLR_Z_MAX; i++)
        put(&at, (uint32_t)now.progress.z_phase_nm[i], 4);
    plr->layer_begun &= under(plr);
    plr->ticked_us = port->now_us(ctx);
    error = plr_append(plr, port, ctx, PLR_RECORD_TICK, bytes, (uint32_t)(at - bytes));
    if (!error) {
        plr->ticks++;
        plr->placed_us = port->now_us(ctx);
    }
    return error;
}

/// Mark the place of now. Behind what a console set only a full state can: no line of the file leads from the state before it to here.
static int mark(struct plr *plr, const struct plr_port *port, void *ctx)
{
    return plr->console_set ? save(plr, port, ctx) : tick(plr, port, ctx);
}

static int64_t until(uint64_t now, uint64_t since, uint32_t interval)
{
    uint64_t due = since + interval;
    return due <= now ? 0 : (int64_t)(due - now);
}

static uint32_t interval(const struct plr *plr)
{
    if (PLR_DEFECT(TIMER_LEAK))
        return plr_defect_leaked(plr);
    return plr->config.save_interval_us << plr->stretch;
}

/// Microseconds to the next full save; INT64_MAX when none is due by time.
static int64_t save_in(const struct plr *plr, uint64_t now)
{
    if (plr->save_wanted)
        return 0;
    return plr->config.save_interval_us ? until(now, plr->collected_us, interval(plr)) : INT64_MAX;
}

/// Without a full state behind it a tick means nothing.
static bool ticking(const struct plr *plr)
{
    return plr->config.tick_interval_us && plr->saves;
}

/// The same for a tick.
static int64_t tick_in(const struct plr *plr, uint64_t now)
{
    return ticking(plr) ? until(now, plr->ticked_us, plr->config.tick_interval_us << plr->stretch)
                        : INT64_MAX;
}

/// Was a new place written so lately that a tick would say hardly more?
static bool fresh(const struct plr *plr, uint64_t now)
{
    return now - plr->placed_us < plr->config.tick_interval_us / 8;
}

/// A layer begins: say so before filament of it lies over the place of the newest record. What else is due may wait for that filament.
/// Without ticks the next record may be many seconds away, and may hold an older place: then this mark waits for nothing.
static int mark_layer(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (!plr_layer_due(plr) || !plr->saves ||
        (ticking(plr) &&
         !plr_pace_spare(plr, port, ctx, plr->console_set ? PLR_STATE_BYTES : TICK_BYTES, 0)))
        return 0;
    PLR_MARK(layer_marked);
    return mark(plr, port, ctx);
}

/// Keep room for what a power failure writes. Until the new block is made nothing else can be: the progress is marked first.
static int reserve(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int due = plr_pace_block(plr, port, ctx);

    if (due <= 0)
        return due;
    bool marks = ticking(plr) && !fresh(plr, port->now_us(ctx));
    int error = marks ? mark(plr, port, ctx) : 0;
    return error ? error : plr_pace_take(plr, port, ctx);
}

/// Write what is due. PLR_EAGAIN: lines are still on their way to plr_line; PLR_EBUSY: it waits for a better moment.
static int write_due(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint64_t now = port->now_us(ctx);
    bool full = save_in(plr, now) == 0;

    int error = mark_layer(plr, port, ctx);
    if (error)
        return error;
    if (!full && tick_in(plr, now))
        return 0;
    full |= plr->console_set;
    if (!plr_pace_save(plr, port, ctx, full ? PLR_STATE_BYTES : TICK_BYTES))
        return PLR_EBUSY;
    plr_debug(plr, port, ctx, full ? "saves the state; layer" : "marks the progress; layer",
              plr->modal.layer.number);
    // a delayed state is no new place: unless time is short, the tick that would be due soon goes before it; not so where it
    // would lead behind what a console set
    bool both = full && plr->config.save_delay && ticking(plr) && !plr->stretch &&
                !plr->console_set && !fresh(plr, port->now_us(ctx)) &&
                plr_pace_spare(plr, port, ctx, PLR_STATE_BYTES, TICK_BYTES);
    if (both)
        PLR_MARK(tick_before_save);
    error = both || !full ? tick(plr, port, ctx) : 0;
    return error || !full ? error : save(plr, port, ctx);
}

int64_t plr_record(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (!plr_recording(plr))
        return PLR_US_PER_S;
    int error = plr->objects_changed ? plr_objects_store(plr, port, ctx) : 0;
    if (!error)
        error = write_due(plr, port, ctx);
    bool waits = error == PLR_EBUSY;
    if (error == PLR_EAGAIN)
        return PLR_US_PER_MS;
    if (!error || waits)
        error = reserve(plr, port, ctx);
    if (error == PLR_EAGAIN)
        return PLR_US_PER_MS;
    waits = waits || error == PLR_EBUSY;
    if (error == PLR_EBUSY || error == PLR_ENOSPC || error == PLR_ECANCELED)
        error = 0; // without a reserve the record of a power failure may meet an erase
    if (error)
        error = plr_trouble(plr, port, ctx, error, PLR_REASON_MEMORY);
    if (error)
        return error;
    if (waits)
        return POSTPONE_POLL_US;
    uint64_t now = port->now_us(ctx); // what failed waits for its turn, too
    int64_t wait = save_in(plr, now), mark = tick_in(plr, now);
    wait = mark < wait ? mark : wait;
    return wait < IDLE_POLL_US ? wait : IDLE_POLL_US;
}
