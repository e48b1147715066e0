// The table of options for people: the generated part of docs/KLIPPER.md.
// SPDX-License-Identifier: MIT
#ifndef KLIPPER_REFERENCE_H
#define KLIPPER_REFERENCE_H

#include <stdio.h>

/// Every option with range, default, meaning here, and where it differs from the plugin, as Markdown. Always the same bytes.
void klipper_reference_print(FILE *out);

#endif
