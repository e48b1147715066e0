// The host's side of the core from inside.
// SPDX-License-Identifier: MIT
#ifndef RIG_HOST_INTERNAL_H
#define RIG_HOST_INTERNAL_H

#include "core/lab/doc/units.h"
#include "core/lab/store/store.h"
#include "rig/host/host.h"

enum { HOST_TALK = 3072 };

/// G-code that waits for the link, and the answer that it waits for.
struct host_talk {
    char text[HOST_TALK];
    size_t size;
    bool asked; ///< something was taken, and its answer is to come
};

enum host_z_stage { HOST_Z_STEP, HOST_Z_MOTORS, HOST_Z_LOOK };

/// Z under way: whole, or in steps after which the watched switches are looked at.
struct host_z {
    bool active;
    enum host_z_stage stage;
    uint32_t motors, watch;
    uint32_t closed;    ///< switches as they were looked at last
    uint32_t triggered; ///< watched ones that closed: the move ended there
    int32_t left_nm, step_nm, speed_nm_s;
    int motor;                ///< the next to make this step, when they go one by one
    int64_t begun_us;         ///< the step was first spoken of
    int64_t ended_us;         ///< the step's end; LINK_UNKNOWN: not yet
    int32_t at_nm[PLR_Z_MAX]; ///< believed heights
    bool astray;              ///< motors went alone: of that the printer's own Z knows nothing
};

/// A place on the job's path.
struct host_place {
    struct plr_modal modal; ///< before the line
    uint64_t at;            ///< the line's first byte
    int32_t ppm;            ///< so much of its path
    int64_t machine_nm[PLR_AXES];
};

/// Where the core said that the job goes on.
struct host_seek {
    struct plr_modal modal;
    struct plr_objects objects;
    struct plr_progress at;
};

struct host {
    struct host_config config;
    struct lines *lines;
    struct link *link;
    /// Below the store: the system, but that nobody is deaf while a disk takes its time.
    struct store_os os;
    struct store store;
    struct plr plr;
    struct host_result result;
    struct host_talk talk;
    struct host_z z;
    struct host_place place;
    struct host_seek seek;
    int64_t since_us;  ///< only what the printer proved behind it belongs to the running job
    int64_t placed_us; ///< the nozzle was at `place` then; LINK_UNKNOWN: nobody knows when
    int64_t due_us;    ///< of the core
    /// The printer has moved Z by itself: what it proves behind this instant is where; 0 it has not.
    int64_t adopt_us;
    uint32_t faults; ///< of the store, when what is under way began
    int error;       ///< what a command came to; told to the core once
    bool lost;       ///< nobody there: the core hears of nothing but power that is gone
    bool running;    ///< the job is on its way to being started again
    bool printed;    ///< it was seen to run
};

/// Is anything to be said, answered, moved or looked at?
static inline bool host_busy(const struct host *host)
{
    return host->talk.size || host->talk.asked || host->z.active || host->adopt_us;
}

/// The machine as the core sees it; its ctx is the struct host.
extern const struct plr_port host_port;

// --- talk.c: G-code in its turn -----------------------------------------------------------------------------------

/// A line behind all that waits. What does not fit is an error of the next motion.
__attribute__((format(printf, 2, 3))) void host_say(struct host *host, const char *format, ...);
/// Say what waits, and hear the answer. True: nothing waits, and nothing is under way.
bool host_talk_turn(struct host *host);
/// A command came to nothing: drop what was to follow. A negative errno; `why` in the printer's words.
void host_failed(struct host *host, int error, const char *why);

/// Length in mm.
#define HOST_MM(nm) (lab_micro(nm).s)
/// Speed in mm/min.
#define HOST_F(nm_s) (lab_micro((int64_t)(nm_s)*60).s)

// --- move.c: Z by steps -------------------------------------------------------------------------------------------

int host_z_move(struct host *host, uint32_t motors, int32_t delta_nm, int32_t speed_nm_s,
                uint32_t watch);
/// Say, move and look as far as that goes without waiting.
void host_work(struct host *host);
/// The printer moves Z by itself, by what waits to be said: motion is busy until it has proved where Z is then.
void host_z_adopt(struct host *host);
/// Tell the printer where Z is, if it does not know.
void host_z_known(struct host *host);
/// Look at the z_plus switches. Returns 0 or -EIO.
int host_switches(struct host *host, uint32_t *closed);

// --- place.c: where the job is ------------------------------------------------------------------------------------

/// Begin at a line of the job, `modal` before it.
void host_place_begin(struct host *host, const struct plr_modal *modal, uint64_t at, int32_t ppm);
/// Look for what was proved last on the job's path, and tell the core the lines up to there.
void host_place_follow(struct host *host);
/// Where the printer may have begun the next layer since it proved its place, go on to that layer's beginning: what is recorded from then on lies
/// under no filament.
void host_place_expect(struct host *host);
/// The line at `place`, applied to a copy of its modal state. Returns false at the end of the job; else its text.
bool host_place_line(const struct host *host, const struct host_place *place, const char **text,
                     size_t *len, uint64_t *next, struct plr_modal *behind,
                     struct plr_action *action);

// --- modes.c: the job goes on -------------------------------------------------------------------------------------

int host_job_seek(void *ctx, const struct plr_modal *modal, const struct plr_objects *objects,
                  const struct plr_progress *at, int64_t machine_nm[PLR_AXES]);
int host_job_run(void *ctx);

#endif
