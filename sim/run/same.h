// Has a resumed run the state that the uninterrupted one had there: where the job goes on, a layer further, and at the end?
// SPDX-License-Identifier: MIT
//
// A fan that a recovery forgot moves nothing, so no measure shows it; and yet the print goes on otherwise than it would have. So states
// are compared, by hash: of the firmware what the lines to come depend on and what fans and heaters are told to do, of the device what
// it would write into its memory next. Sweeps and single runs look with the same eyes, so that an ID fails as its cut did.
#ifndef SIM_RUN_SAME_H
#define SIM_RUN_SAME_H

#include "sim/run/run.h"

/// What resumed runs are compared with. Borrows twin and trail.
struct run_same {
    const struct run *run;         ///< its twin has run,
    const struct sim_trail *trail; ///< and was recorded here
    size_t *layer_end;             ///< for each deposit of the twin: the first one of the next layer
};

/// A stretch of the twin, as indices of its deposits and of the trail's steps: the rest of the layer, the next one, 10 mm at least.
struct run_stretch {
    size_t first; ///< the oracle sees from here
    size_t end;   ///< it ends before this one
    size_t step;  ///< the run goes on in this one, or before it
    size_t last;  ///< ... and its stretch ends before this one
};

/// Returns 0 or -12; free in every case.
int run_same_open(struct run_same *same, const struct run *run, const struct sim_trail *trail);
void run_same_free(struct run_same *same);

/// Does a run that stands where its job goes on have the state there that the uninterrupted print had? Also true where that is no
/// measure: for a device that goes on with a file of its own, and for one that goes back behind a line that the user gave from the console.
bool run_same_state(const struct run_same *same, const struct sim *sim);

/// Where in the twin does it stand, and how far is its stretch? False where there is none: another state, another file, disturbances to
/// come, a resume too far from the cut, or behind the last move.
bool run_same_place(const struct run_same *same, const struct sim *sim, struct run_stretch *out);

/// Release a held run (sim->held), and let it print this stretch. `count`: its deposits up to the end of it. Returns whether it came by each line with the state that the
/// twin had there, and its memory then holds what the twin's would.
bool run_same_stretch(const struct run_same *same, struct sim *sim, const struct run_stretch *where,
                      size_t *count);

/// Has a run that printed its job to the end the twin's state there? True also for others.
bool run_same_end(const struct run_same *same, const struct sim *sim);

/// Run to the end, and compare wherever there is something to compare. The run is the same as if nobody looked.
enum lab_state run_same_run(const struct run_same *same, struct sim *sim);

#endif
