// Committed files that programs print: schemas, reference pages, man pages. For tests.
// SPDX-License-Identifier: MIT
#ifndef LAB_TEST_GOLDEN_H
#define LAB_TEST_GOLDEN_H

#include <stdio.h>

/// Fails the test when the file at `path`, from the line `from` on (NULL: all of it), is not what `print` prints. PLR_UPDATE=1 in the
/// environment writes it instead.
void golden_same(const char *path, const char *from, void (*print)(FILE *out));

#endif
