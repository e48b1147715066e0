// A limit on a measure.
// SPDX-License-Identifier: MIT
#ifndef LAB_LIMIT_H
#define LAB_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct lab_limit {
    bool set, has_warn;
    int64_t max, warn; ///< in the measure's own unit (um, ms, count ...)
};

#endif
