// Reading the job file line by line through a small buffer. Private to the core.
// SPDX-License-Identifier: MIT
#ifndef PLR_READER_H
#define PLR_READER_H

#include "core/plr/plr.h"

#define PLR_READER_CHUNK 256u
#define PLR_READER_LINE  512u

/// A place in the job file. Set port, ctx and at; the rest is zero.
struct plr_reader {
    const struct plr_port *port;
    void *ctx;
    uint64_t at; ///< file offset of chunk[next]
    uint32_t next, have;
    char chunk[PLR_READER_CHUNK];
};

/// One line of at most PLR_READER_LINE bytes without its line feed; what is longer is a comment's tail and dropped.
/// Returns 1, 0 at the end of the file, or an error.
int plr_next_line(struct plr_reader *reader, char *line, uint32_t *len);

#endif
