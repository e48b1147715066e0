// Going back: from the records in the journal to the state a print resumes from.
// SPDX-License-Identifier: MIT
#include "core/plr/internal.h"
#include "core/plr/reader.h"

#include <string.h>

#define CHUNK 256u

int plr_scan(const struct plr_port *port, void *ctx, struct plr_modal *modal, uint64_t from,
             uint64_t to)
{
    struct plr_reader reader = {.port = port, .ctx = ctx, .at = from};
    struct plr_gcode_line lexed;
    char line[PLR_READER_LINE];
    uint32_t len;

    while (reader.at < to) {
        int got = plr_next_line(&reader, line, &len);
        if (got <= 0)
            return got ? got : PLR_EBADMSG;
        (void)plr_gcode_follow(modal, line, len,
                               &lexed); // a line the firmware refused changed nothing
    }
    return reader.at == to ? 0 : PLR_EBADMSG; // `to` must be the beginning of a line
}

int plr_window(const struct plr_port *port, void *ctx, struct plr_state *state, uint64_t begin)
{
    uint8_t bytes[CHUNK];
    uint32_t size = 0, crc = 0;

    while (size < PLR_WINDOW) {
        int got = port->job_read(ctx, begin + size, bytes, CHUNK);
        if (got < 0)
            return got;
        if (got == 0)
            break;
        crc = plr_crc32c(crc, bytes, (size_t)got);
        size += (uint32_t)got;
    }
    state->window_at = begin;
    state->window_size = size;
    state->window_crc = crc;
    return 0;
}

/// Fans that are not to be kept stand still, until the job says otherwise.
static void keep_fans(const struct plr *plr, struct plr_modal *modal)
{
    for (int i = 0; i < PLR_FAN_MAX; i++)
        if (plr->config.fans && !((plr->config.fans >> i) & 1u))
            modal->fan_ppm[i] = 0;
}

static int read_state(struct plr *plr, const struct plr_port *port, void *ctx,
                      enum plr_record_kind kind, struct plr_state *state)
{
    uint8_t bytes[PLR_STATE_BYTES];

    int size = plr_journal_read(&plr->journal, &port->nv, ctx, kind, bytes, sizeof bytes, NULL);
    if (size < 0)
        return size;
    int error = plr_state_decode(state, bytes, (uint32_t)size);
    if (!error)
        error = plr_state_check(state);
    if (!error && state->session != plr->session)
        error = PLR_ENOENT; // another job's
    if (!error)
        keep_fans(plr, &state->modal);
    return error;
}

/// `of_failure`: the state is the one that a power failure committed.
static int newest(struct plr *plr, const struct plr_port *port, void *ctx, struct plr_state *state,
                  bool *of_failure)
{
    struct plr_state fail;

    *of_failure = false;

    int job = read_state(plr, port, ctx, PLR_RECORD_JOB, state);
    int last = read_state(plr, port, ctx, PLR_RECORD_FAIL, &fail);
    if (job == PLR_EPOWER || last == PLR_EPOWER)
        return PLR_EPOWER;
    // the print clock, not the order of writing, says which is newer: a save delay stores older states later
    if (!PLR_DEFECT(OLD_STATE) && !last && (job || fail.print_us >= state->print_us)) {
        *state = fail;
        *of_failure = true;
        return 0;
    }
    if (!last)
        PLR_MARK(fail_is_old);
    return job == PLR_ENOENT && last != PLR_ENOENT ? last : job;
}

int plr_newest(struct plr *plr, const struct plr_port *port, void *ctx, struct plr_state *state)
{
    bool of_failure;
    return newest(plr, port, ctx, state, &of_failure);
}

int plr_restore(struct plr *plr, const struct plr_port *port, void *ctx)
{
    const struct plr_state *s = &plr->state;
    bool of_failure;

    int error = newest(plr, port, ctx, &plr->state, &of_failure);
    plr->told = !error && of_failure;
    if (error) {
        plr_debug(plr, port, ctx, "no state of the last job can be read: error", error);
        return error;
    }
    if (!of_failure)
        PLR_MARK(from_save);
    else if (s->flags & PLR_STATE_BRAKING)
        PLR_MARK(from_braking);
    else
        PLR_MARK(from_final);
    plr_debug(plr, port, ctx,
              !of_failure                    ? "goes on from the newest full save; byte"
              : s->flags & PLR_STATE_BRAKING ? "goes on from the power failure's record, "
                                               "written while braking; byte"
                                             : "goes on from the power failure's record; byte",
              (int64_t)s->progress.file_offset);
    plr_debug(plr, port, ctx, "print time at that state, ms",
              (int64_t)(s->print_us / PLR_US_PER_MS));
    return 0;
}

static uint64_t get(const uint8_t **at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t) * (*at)++ << (8 * i);
    return value;
}

int plr_catch_up(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint8_t bytes[64];
    const uint8_t *at = bytes;

    if (PLR_DEFECT(OLD_STATE))
        return 0;
    int size =
        plr_journal_read(&plr->journal, &port->nv, ctx, PLR_RECORD_TICK, bytes, sizeof bytes, NULL);
    if (size == PLR_EPOWER)
        return size;
    if (size < 57)
        return 0;
    uint64_t kind = get(&at, 1);
    if (kind < PLR_TICK_PLACE || kind > PLR_TICK_LAID || get(&at, 4) != plr->session)
        return 0;
    uint64_t offset = get(&at, 8);
    int32_t fraction = (int32_t)get(&at, 4);
    uint64_t print_us = get(&at, 8);
    if (print_us <= plr->state.print_us || offset < plr->state.progress.file_offset) {
        PLR_MARK(tick_is_old);
        plr_debug(plr, port, ctx, "no progress tick is newer than the state", PLR_LOG_PLAIN);
        return 0;
    }
    plr_debug(plr, port, ctx, "a progress tick is newer than the state: goes on so much later, ms",
              (int64_t)((print_us - plr->state.print_us) / PLR_US_PER_MS));
    PLR_MARK(from_tick);
    if (kind == PLR_TICK_LAID)
        plr->state.flags |= PLR_STATE_LAID;
    int error = plr_scan(port, ctx, &plr->state.modal, plr->state.progress.file_offset, offset);
    if (error)
        return error;
    keep_fans(plr, &plr->state.modal);
    plr->told = false;
    plr->state.progress.file_offset = offset;
    plr->state.progress.fraction_ppm = fraction;
    plr->state.print_us = print_us;
    for (int i = 0; i < PLR_Z_MAX; i++)
        plr->state.progress.z_motor_nm[i] = (int32_t)get(&at, 4);
    for (int i = 0; i < PLR_Z_MAX; i++)
        plr->state.progress.z_phase_nm[i] = (int32_t)get(&at, 4);
    return 0;
}

/// Had any filament of the job been laid where this state stands? Not for the file to say, which may be another one by now.
static bool laid(const struct plr_state *state)
{
    bool first = !(state->modal.flags & PLR_MODAL_EXTRUDED) && (state->flags & PLR_STATE_LAID);

    if (first)
        PLR_MARK(first_line);
    return first || (state->modal.flags & PLR_MODAL_EXTRUDED);
}

int plr_begun(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_state restored = plr->state;
    bool told = plr->told;

    if (laid(&restored))
        return 1;
    int begun = plr_catch_up(plr, port, ctx);
    if (!begun) {
        begun = laid(&plr->state);
    } else if (begun != PLR_EPOWER) {
        begun =
            1; // a file that cannot be read on to where a tick was: that it is gone or changed, the gate will say
    }
    plr->told = told;
    plr->state = restored; // whether the file may be read on is the gate's to say
    return begun == PLR_EPOWER || begun > 0 ? begun : 0;
}
