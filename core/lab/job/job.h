// A print job: a G-code file mapped into memory, checked once before anything moves.
// SPDX-License-Identifier: MIT
#ifndef LAB_JOB_H
#define LAB_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "core/lab/doc/doc.h"
#include "core/lab/scenario/printer.h"

enum { LAB_UNKNOWN_MAX = 32, LAB_UNKNOWN_NAME = 32, LAB_UNKNOWN_NAMES = 100000 };

/// Codes and commands nobody here understands, each counted, in the order of their first use; names longer than fits are told apart
/// by what fits.
struct lab_unknown {
    char name[LAB_UNKNOWN_NAME];
    int64_t count;
};

struct lab_job {
    const char *data; ///< mapped read-only; not terminated
    size_t size;
    char name[64]; ///< last part of the path
    uint32_t hash; ///< CRC-32C of the bytes
    uint32_t name_hash;
    char material[16]; ///< first entry of `; filament_type`, "" when the file has none
    // what a walk through the whole file found
    int64_t lines, moves, extruding_moves;
    int32_t layers;
    int32_t bed_mc, nozzle_mc; ///< highest targets
    int64_t box_nm[2][3];      ///< smallest and largest coordinate of extruding moves
    struct lab_unknown unknown[LAB_UNKNOWN_MAX];
    int32_t unknowns;
    int32_t unknown_more;       ///< further names than those; LAB_UNKNOWN_NAMES: or more
    int64_t unknown_more_lines; ///< lines that use them
};

/// Map and check the file at `path` for this printer. On failure `error` names file, line, column and token.
/// Returns 0 or a negative errno. Release with lab_job_close.
int lab_job_open(struct lab_job *job, const char *path, const struct lab_printer *printer,
                 struct lab_error *error);
/// The same for bytes in memory that the caller keeps (tests).
int lab_job_use(struct lab_job *job, const char *name, const char *data, size_t size,
                const struct lab_printer *printer, struct lab_error *error);
void lab_job_close(struct lab_job *job);

/// The line that begins at `offset`: its length without line feed. *next is where the following line begins
/// (job->size after the last).
size_t lab_job_line(const struct lab_job *job, uint64_t offset, uint64_t *next);
/// 1-based number of the line that holds a byte. Counts from the beginning: for reports only.
int64_t lab_job_line_number(const struct lab_job *job, uint64_t offset);

#endif
