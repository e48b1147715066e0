// Did a print go on where it was cut? A job and two of its bytes.
// SPDX-License-Identifier: MIT
//
// A printer tells where it reads its file, ahead of its nozzle, and a few times a second. So neither the place of a cut nor the one it goes on
// from is known to a line, and a recovery has a right to begin the interrupted layer, or the one below it, again. Nothing is said of what
// lies between the beginning of the layer below the interrupted one and the end of the layer above it, whatever these are long. Besides,
// nobody is accused of
// - two seconds of printing either way: what a printer has read and not printed yet, where layers are short or the job is one spiral;
// - what can have been printed on unheard: from the status that told of the cut's place to the cut, and from when it may have begun to go on
//   to when it first told where. At four times the file's own feeds, without any acceleration, heating or dwelling: more than any printer.
// What is left is a print that began anew, or skipped some of itself.
#ifndef RIG_RUN_ONWARD_H
#define RIG_RUN_ONWARD_H

#include "core/lab/job/job.h"

enum { RUN_ONWARD = 160 };

/// It was cut at this byte and told that byte first when it went on, having been unheard for so long in sum. True: it cannot be the same
/// print, and `why` says both ("it went on at byte 0, layer 0: 7404 bytes and 3 layers before the cut").
bool run_misplaced(const struct lab_job *job, int64_t cut_at, int64_t at, int64_t unheard_us,
                   char why[RUN_ONWARD]);

#endif
