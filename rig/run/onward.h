// Did a print go on where it was cut, and print what was left? A job and two of its bytes.
// SPDX-License-Identifier: MIT
//
// A printer tells where it reads its file, ahead of its nozzle, and a few times a second. So neither the place of a cut nor the one it goes on
// from is known to a line, and a recovery has a right to begin the interrupted layer, or the one below it, again. Nothing is said of what
// lies between the beginning of the layer below the one that the nozzle was in at the earliest and the end of the layer above the one
// that was told, whatever these are long. Besides, nobody is accused of
// - what the printer has read and not printed yet (`ahead`, as its link knows it), behind the cut and behind going on: layers may be
//   short, and the job one spiral;
// - what can have been printed on unheard: from the status that told of the cut's place to the cut, and from when it may have begun to go on
//   to when it first told where. At four times the file's own feeds, without any acceleration, heating or dwelling: more than any printer.
// A print of which something lay on the bed when it was cut is not begun from the job's start, which homes and heats for it. One of which
// nothing can have lain there may be.
// (One that reads on behind its heating before it first tells where is not told from one that begins its first layer again.)
// What is left is a print that began anew, skipped some of itself, or was over before its rest can have been printed.
#ifndef RIG_RUN_ONWARD_H
#define RIG_RUN_ONWARD_H

#include "core/lab/job/job.h"
#include "core/lab/link/link.h"

enum { RUN_ONWARD = 160 };

/// What a printer told of an outage.
struct run_onward {
    int64_t cut_at;     ///< the byte it told before it was cut
    int64_t at;         ///< and the first that it told when it went on
    int64_t unheard_us; ///< so long in sum it printed, or may have, between these
    struct link_ahead ahead;
};

/// True: it cannot be the same print, and `why` says both places ("it went on at byte 0, layer 0: 7404 bytes and 3 layers before the cut").
bool run_misplaced(const struct lab_job *job, const struct run_onward *told, char why[RUN_ONWARD]);

/// Does a print that goes on at this byte begin anew: is nothing of the job extruded before?
bool run_begins_anew(const struct lab_job *job, int64_t at);

/// It said that it was done (told->at is nothing). True: the rest of the job cannot have been printed by then ("it was done within
/// 2 s of going on: 30211 bytes and 12 layers behind the cut").
bool run_done_too_soon(const struct lab_job *job, const struct run_onward *told,
                       char why[RUN_ONWARD]);

#endif
