// Cuts in run IDs: `:m1234`, `:w137.prefix3`, `:pverify.1` - where the power went, as one short word.
// SPDX-License-Identifier: MIT
//
//   lLAYER[.MOVE]      the middle of that extruding move of the layer (0 when left out)
//   mMOVE              the middle of that move of the job
//   wWRITE[.TEAR]      inside that program or erase of the memory, torn like that
//   eEVENT             at that event of the run
//   tMICROSECONDS      that long after the job began
//   pPHASE.COUNT       when that phase of a recovery begins for the n-th time
//
// Numbers are those of the scenario's `at` keys of the same names, so `:m1234` is `at: {move: 1234}`.
#ifndef LAB_CUT_H
#define LAB_CUT_H

#include "core/lab/scenario/scenario.h"

enum { LAB_CUT_BYTES = 48 };

/// Read one. Fills `at` and `tear` of a power entry and leaves the rest. Returns 0, or LAB_EINVAL.
int lab_cut_parse(const char *text, struct lab_power *out);

/// Write one. Returns its length, or LAB_EINVAL for an instant that has no such word.
int lab_cut_print(const struct lab_power *cut, char out[LAB_CUT_BYTES]);

/// A tear as in `wWRITE.TEAR`: "prefix3", "garbage"; "" for the device's own way. Static or in `out`.
const char *lab_tear_print(const struct lab_tear *tear, char out[LAB_CUT_BYTES]);

/// Read a tear: a word of enum lab_tear_kind, "prefix" with its number of bytes. Returns 0, or LAB_EINVAL.
int lab_tear_parse(const char *text, struct lab_tear *out);

#endif
