// Rejection cases kept as files, for tests of readers: FOLDER/CASE/input must be refused as FOLDER/CASE/error says.
// SPDX-License-Identifier: MIT
//
// `error` is one line, FILE:LINE:COLUMN MESSAGE, and on a second one what was probably meant, if anything; exactly. PLR_UPDATE=1 in the
// environment writes what is missing.
#ifndef LAB_TEST_CORPUS_H
#define LAB_TEST_CORPUS_H

#include "core/lab/doc/error.h"

/// Reads the input. Returns 0 when it was taken, or a negative status with err filled.
typedef int corpus_reader(const char *path, struct lab_error *err);

/// Fails the test at the end when any case is not refused as it says, or when there are fewer than `least`.
void corpus_is_refused(const char *folder, const char *input, corpus_reader *read, int least);

#endif
