// What the files of the core share among themselves; nobody else includes it.
// SPDX-License-Identifier: MIT
#ifndef PLR_INTERNAL_H
#define PLR_INTERNAL_H

#include "core/plr/defect.h"
#include "core/plr/mark.h"
#include "core/plr/plr.h"

/// A port call's error ends what runs: power loss silences the core, anything else refuses with `reason`.
/// Returns `error` unchanged.
int plr_trouble(struct plr *plr, const struct plr_port *port, void *ctx, int error,
                enum plr_reason reason);

/// Enter a phase and remember when.
int plr_enter(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_phase phase);

/// Give up: heaters off, motors as they are, result refused. Returns 0.
int plr_refuse(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_reason reason,
               int32_t value);

/// With debug_mode: a decision's reason to the log and to whoever listens. `text` as for the port's log.
void plr_debug(const struct plr *plr, const struct plr_port *port, void *ctx, const char *text,
               int64_t value);

/// All Z motors of this machine as a mask.
static inline uint32_t plr_z_mask(const struct plr *plr)
{
    return (1u << plr->config.z_motors) - 1u;
}

static inline int32_t plr_abs32(int32_t value)
{
    return value < 0 ? -value : value;
}

// recorder.c
/// Is this moment to be recorded (job active, enabled)?
bool plr_recording(const struct plr *plr);
/// Take the state of the running line into `state`. PLR_EAGAIN when lines are still to be reported.
int plr_collect(struct plr *plr, const struct plr_port *port, void *ctx, struct plr_state *state);
/// Is the running line, known to be at `at`, the one that lays the first filament of the job? A record of a print that goes on counts what
/// comes out behind it, that of a power failure only what came out before.
bool plr_lays_first(const struct plr *plr, const struct plr_progress *at);
/// What a tick begins with: a place; the same, and its line has laid the first filament of the job.
enum { PLR_TICK_PLACE = 1, PLR_TICK_LAID = 2 };
/// Record from here on: a job begins, or goes on, in the state plr->modal. Nothing of it is stored yet.
void plr_record_begin(struct plr *plr, uint64_t now_us);
/// Do what the recorder owes. Returns microseconds until it is due again, or an error.
int64_t plr_record(struct plr *plr, const struct plr_port *port, void *ctx);
/// Where the job is. A port that rounds beyond an end of the line must not spoil the record. Returns 0 or the port's error.
int plr_where(const struct plr_port *port, void *ctx, struct plr_progress *at);
/// Encode and append a state as `kind`. Returns 0 or an error.
int plr_store(struct plr *plr, const struct plr_port *port, void *ctx,
              const struct plr_state *state, enum plr_record_kind kind);
/// Write that the session runs (`ended` false) or is over.
#define PLR_SESSION_BYTES 25u
int plr_store_session(struct plr *plr, const struct plr_port *port, void *ctx, bool ended);

// pace.c
#define PLR_POSTPONE_MAX_US 2000000 ///< what is due waits so long at most
#define PLR_STRETCH_MAX     3u      ///< adaptive_interval doubles so often at most
/// plr_journal_append that remembers how long the memory took. Returns 0 or its error.
int plr_append(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_record_kind kind,
               const void *payload, uint32_t size);
/// May what is due, a record of `bytes`, be written now? What waits too long is written all the same.
bool plr_pace_save(struct plr *plr, const struct plr_port *port, void *ctx, uint32_t bytes);
/// Does the motion queue outlast two records of so many bytes?
bool plr_pace_spare(const struct plr *plr, const struct plr_port *port, void *ctx, uint32_t bytes,
                    uint32_t more);
/// Room for what a power failure writes is short, and a new block ought to be taken: 1 now, PLR_EBUSY when it waits for the motion queue
/// or a layer's beginning, 0 when there is room, or an error. It waits as long as the records of this machine's power failures fit, and
/// then a little.
int plr_pace_block(struct plr *plr, const struct plr_port *port, void *ctx);
/// Take it. Returns plr_journal_reserve's answer.
int plr_pace_take(struct plr *plr, const struct plr_port *port, void *ctx);

// rewind.c
/// Carry `modal` from the line at `from` to just before the line at `to` by reading the job file.
int plr_scan(const struct plr_port *port, void *ctx, struct plr_modal *modal, uint64_t from,
             uint64_t to);
/// Hash the file window of PLR_WINDOW bytes that begins at `begin` into the state.
int plr_window(const struct plr_port *port, void *ctx, struct plr_state *state, uint64_t begin);
#define PLR_WINDOW 4096u
/// Where the window around a file offset begins.
static inline uint64_t plr_window_around(uint64_t offset)
{
    return offset > PLR_WINDOW / 2 ? offset - PLR_WINDOW / 2 : 0;
}
/// The newest saved state of this session into `state`. 0, or PLR_ENOENT / PLR_EBADMSG / port error.
int plr_newest(struct plr *plr, const struct plr_port *port, void *ctx, struct plr_state *state);
/// The same as the state to recover from.
int plr_restore(struct plr *plr, const struct plr_port *port, void *ctx);
/// Bring the restored state up to the newest progress tick. 0 or an error.
int plr_catch_up(struct plr *plr, const struct plr_port *port, void *ctx);

/// Had the restored state's job laid any filament? 1, 0 (also when the file does not tell), or PLR_EPOWER.
int plr_begun(struct plr *plr, const struct plr_port *port, void *ctx);

// ahead.c
enum { PLR_AHEAD_Z = 1, PLR_AHEAD_LAYERS = 2 };
/// What may have happened behind the restored state until the power went: Z may have moved, a layer above it may lie there whole. Nothing
/// when the power failure itself was recorded. Returns PLR_AHEAD_* bits, or an error.
int plr_ahead(const struct plr *plr, const struct plr_port *port, void *ctx);

// note.c
/// What a recovery has done so far, kept apart from the job record.
int plr_note_write(struct plr *plr, const struct plr_port *port, void *ctx);
int plr_note_read(struct plr *plr, const struct plr_port *port, void *ctx);

// objects.c
/// Store the excluded objects. Returns 0 or an error.
int plr_objects_store(struct plr *plr, const struct plr_port *port, void *ctx);
/// Read those of this session. 0 or PLR_EPOWER.
int plr_objects_load(struct plr *plr, const struct plr_port *port, void *ctx);

// powerfail.c
int64_t plr_braking(struct plr *plr, const struct plr_port *port, void *ctx);
int64_t plr_holding(struct plr *plr, const struct plr_port *port, void *ctx);

// gate.c
/// May this state be resumed? 0 to go on, 1 when refused (result and reason are set), or a port error.
int plr_gate(struct plr *plr, const struct plr_port *port, void *ctx);
/// The calibration's part of it. The same answers.
int plr_gate_calibration(struct plr *plr, const struct plr_port *port, void *ctx);

// query.c
/// PLR_QUERY_SAVED_STATE: answer through the port, for people or as one JSON object. 0 or a port error.
int plr_query(struct plr *plr, const struct plr_port *port, void *ctx, bool json);

// recovery.c
/// Begin a recovery (after consent).
int plr_recover(struct plr *plr, const struct plr_port *port, void *ctx);
int64_t plr_recovery_poll(struct plr *plr, const struct plr_port *port, void *ctx);

// zhome/
enum { PLR_ZHOME_BUSY = 0, PLR_ZHOME_DONE = 1, PLR_ZHOME_REFUSED = 2 };
void plr_zhome_begin(struct plr *plr, bool calibrate);
/// Go on with Z+ homing. Returns PLR_ZHOME_* or a port error; the phase follows the corner at work.
int plr_zhome_poll(struct plr *plr, const struct plr_port *port, void *ctx);

#endif
