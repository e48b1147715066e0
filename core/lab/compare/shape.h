// Is this a report as its schema says, as far as comparing looks?
// SPDX-License-Identifier: MIT
#ifndef LAB_COMPARE_SHAPE_H
#define LAB_COMPARE_SHAPE_H

#include <jansson.h>

#include "core/lab/doc/error.h"

/// Check a report plr-run/1, or plr-sweep/1 if `sweep`, whose schema and scenario are known to be right. Keys that came with a later version may be lacking, and so may single measures; what
/// verdicts are read from may not, or a gutted report would be as good as any. Returns 0, or LAB_EINVAL with `err`, which names
/// file and key.
int shape_check(const json_t *root, const char *name, bool sweep, struct lab_error *err);

/// Does the report hold some of its places only? False when it does not say how many there are.
bool shape_is_part(const json_t *root);

#endif
