// Parts of a sweep's page.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_SWEEP_H
#define LAB_HTML_SWEEP_H

#include <stdio.h>

#include "core/lab/report/stand.h"

/// What makes all of it again.
void sweep_page_again(const struct lab_sweep_report *report, FILE *out);

/// Charts of measures against the cut's instant. Returns 0 or -ENOMEM.
int sweep_page_curves(const struct lab_sweep_report *report, FILE *out);

/// The table of measures by what was cut: phases of recoveries, or tenths of the print.
void sweep_page_heat(const struct lab_sweep_report *report, FILE *out);

/// The table of percentiles with their limits.
void sweep_page_measures(const struct lab_sweep_report *report, FILE *out);

#endif
