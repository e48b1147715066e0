// Pace: how long the memory takes of late, and whether what is due is written now or waits for the motion queue.
// SPDX-License-Identifier: MIT
//
// A firmware that waits for its memory fills no queue. So a write waits while the motion planned ahead would not outlast it.
#include "core/plr/internal.h"

#define LOAD_MARGIN 2u // the queue must last so many times as long as the write took of late

// A record written when power fails must never wait for an erase: room for the one of the edge, that of the stop
// and the pair around a lift is kept free.
#define FAIL_RECORDS 4u
#define LIFT_RECORDS 2u

/// The slowest of late, fading by an eighth each time.
static void slowest(uint32_t *us, uint64_t took_us)
{
    uint32_t faded = *us - *us / 8;
    uint32_t took = took_us < INT32_MAX ? (uint32_t)took_us : INT32_MAX;

    *us = took > faded ? took : faded;
}

int plr_append(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_record_kind kind,
               const void *payload, uint32_t size)
{
    struct plr_journal *journal = &plr->journal;
    uint64_t begin = port->now_us(ctx);
    uint32_t erased = journal->erased;

    int done = plr_journal_append(journal, &port->nv, ctx, kind, payload, size);
    if (done < 0)
        return done;
    if (journal->erased == erased) // else it met a block that had to be made first
        slowest(&plr->save_took_us, (port->now_us(ctx) - begin) *
                                        plr_journal_room(journal, PLR_STATE_BYTES) /
                                        plr_journal_room(journal, size));
    return 0;
}

/// How long a record of `bytes` will take.
static uint32_t write_us(const struct plr *plr, uint32_t bytes)
{
    return (uint32_t)((uint64_t)plr->save_took_us * plr_journal_room(&plr->journal, bytes) /
                      plr_journal_room(&plr->journal, PLR_STATE_BYTES));
}

/// How long a new block will take; until one was made as if all of it were written.
static uint32_t take_us(const struct plr *plr)
{
    if (plr->take_took_us)
        return plr->take_took_us;
    uint64_t all = (uint64_t)plr->save_took_us * plr->journal.geometry.erase_size /
                   plr_journal_room(&plr->journal, PLR_STATE_BYTES);
    return all < INT32_MAX ? (uint32_t)all : INT32_MAX;
}

/// Would the motion queue run dry under something that takes so long?
static bool dries(const struct plr *plr, const struct plr_port *port, void *ctx, uint32_t us)
{
    return plr->config.load_guard && (uint64_t)port->queued_us(ctx) < (uint64_t)LOAD_MARGIN * us;
}

bool plr_pace_spare(const struct plr *plr, const struct plr_port *port, void *ctx, uint32_t bytes,
                    uint32_t more)
{
    return !dries(plr, port, ctx, write_us(plr, bytes) + write_us(plr, more));
}

/// Adaptive interval: no time for saves makes them rarer, time for them brings them back.
static void adapt(struct plr *plr, bool hurried)
{
    if (!plr->config.adaptive_interval)
        return;
    if (hurried && plr->stretch < PLR_STRETCH_MAX) {
        plr->stretch++;
        PLR_MARK(saves_rarer);
    } else if (!hurried && plr->stretch)
        plr->stretch--;
}

bool plr_pace_save(struct plr *plr, const struct plr_port *port, void *ctx, uint32_t bytes)
{
    uint64_t now = port->now_us(ctx);
    const char *why = NULL;

    if (!plr->save_now && plr->config.stability_check && !plr->laying) {
        why = "a save waits: no filament is being laid";
        PLR_MARK(save_waits_for_travel);
    } else if (!plr->save_now && dries(plr, port, ctx, write_us(plr, bytes))) {
        why = "a save waits: the motion queue would run dry";
        PLR_MARK(save_waits_for_queue);
    }
    if (why && !plr->postponed_us) {
        plr->postponed_us = now;
        plr->postpones++;
        plr_debug(plr, port, ctx, why, PLR_LOG_PLAIN);
    }
    if (why && now - plr->postponed_us < PLR_POSTPONE_MAX_US)
        return false;
    if (why)
        PLR_MARK(save_waited_enough);
    adapt(plr, why && plr->laying);
    plr->postponed_us = 0;
    return true;
}

/// Why a new block had better not be taken now; NULL: nothing speaks against it. A layer that begins meanwhile would have no record
/// of its own until the block is done: a cut then goes back into the layer below, which what lies above it is in the way of.
static const char *against(struct plr *plr, const struct plr_port *port, void *ctx, int *error)
{
    if (dries(plr, port, ctx, take_us(plr))) {
        PLR_MARK(block_waits);
        return "a new block waits: the motion queue would run dry";
    }
    int near = plr->layer_begun ? 1 : plr_layer_near(plr, port, ctx, take_us(plr));
    *error = near == PLR_EPOWER ? near : 0; // a file that cannot be read says nothing of layers
    if (near <= 0)
        return NULL;
    PLR_MARK(block_waits_for_layer);
    return "a new block waits: a layer may begin meanwhile";
}

int plr_pace_block(struct plr *plr, const struct plr_port *port, void *ctx)
{
    const uint32_t least = plr->config.lift_cycles ? FAIL_RECORDS : FAIL_RECORDS - LIFT_RECORDS;
    uint64_t now = port->now_us(ctx);
    int error = 0;

    if (!plr_journal_short(&plr->journal, FAIL_RECORDS, PLR_STATE_BYTES)) {
        plr->take_due_us = 0; // an append may have made the block
        return 0;
    }
    const char *why = against(plr, port, ctx, &error);
    if (error)
        return error;
    if (why && !plr_journal_short(&plr->journal, least, PLR_STATE_BYTES))
        return PLR_EBUSY;
    if (why && !plr->take_due_us) {
        plr->take_due_us = now;
        plr_debug(plr, port, ctx, why, PLR_LOG_PLAIN);
    }
    return why && now - plr->take_due_us < PLR_POSTPONE_MAX_US ? PLR_EBUSY : 1;
}

int plr_pace_take(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint64_t begin = port->now_us(ctx);
    uint32_t erased = plr->journal.erased;

    plr->take_due_us = 0;
    int error = plr_journal_reserve(&plr->journal, &port->nv, ctx, FAIL_RECORDS, PLR_STATE_BYTES);
    // one that was given up, or that a tick had made, says nothing of how long it takes
    if (!error && plr->journal.erased != erased)
        slowest(&plr->take_took_us, port->now_us(ctx) - begin);
    return error;
}
