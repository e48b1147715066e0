// What the files of this folder share: values out of JSON that may be anything.
// SPDX-License-Identifier: MIT
#ifndef LAB_MERGE_INTERNAL_H
#define LAB_MERGE_INTERNAL_H

#include "core/lab/merge/merge.h"

/// Parse a text. Returns 0, LAB_ENOMEM, or LAB_EINVAL with `err` at its place.
int json_parse(json_t **root, const char *name, const char *text, size_t size,
               struct lab_error *err);

#endif
