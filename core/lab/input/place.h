// Where files named by --set are.
// SPDX-License-Identifier: MIT
#ifndef LAB_PLACE_H
#define LAB_PLACE_H

#include "core/lab/doc/error.h"

enum { LAB_PLACE_SET = 512 };

/// Copy a caller's set ("key=value", shorter than LAB_PLACE_SET) to `out`. A `job=` or `printer=` is relative to the current folder as
/// the caller wrote it, but to `root` (NULL: the current folder) in a run ID: so it is written anew, relative to the root when the
/// file lies below it, else absolute. What is relative already and needs no change stays as it is. Returns 0, or -EINVAL with `err`:
/// there is no such folder, or the path is too long.
int lab_place_set(const char *text, const char *root, char out[LAB_PLACE_SET],
                  struct lab_error *err);

#endif
