// What the files that make the served printer share among themselves.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_INSIDE_H
#define SIM_SERVE_INSIDE_H

#include "sim/serve/printer.h"

/// The machine as a run begins. Returns 0 or a negative errno.
int printer_fresh(struct printer *printer);

/// The world is brought to the printer's time, where nothing is due, because something is done to it now.
void printer_touch(struct printer *printer);

#endif
