// Parts of a sweep's page.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_SWEEP_H
#define LAB_HTML_SWEEP_H

#include <stdio.h>

#include "core/lab/report/report.h"

/// Charts of measures against the cut's instant. Returns 0 or -ENOMEM.
int sweep_page_curves(const struct lab_sweep_report *report, FILE *out);

/// The table of measures by what was cut: phases of recoveries, or tenths of the print.
void sweep_page_heat(const struct lab_sweep_report *report, FILE *out);

/// The limit of a single run, 0 by default for what must be 0. Returns false when there is none.
bool sweep_page_limit(const struct lab_curve *curve, enum lab_measure measure, int64_t *limit);

#endif
