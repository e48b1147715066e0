// Reading the job file line by line through a small buffer.
// SPDX-License-Identifier: MIT
#include "core/plr/reader.h"

static int next_byte(struct plr_reader *reader, char *byte)
{
    if (reader->next == reader->have) {
        int got = reader->port->job_read(reader->ctx, reader->at, reader->chunk, PLR_READER_CHUNK);
        if (got <= 0)
            return got;
        reader->have = (uint32_t)got;
        reader->next = 0;
    }
    *byte = reader->chunk[reader->next++];
    reader->at++;
    return 1;
}

int plr_next_line(struct plr_reader *reader, char *line, uint32_t *len)
{
    char byte;
    int got;

    *len = 0;
    while ((got = next_byte(reader, &byte)) > 0) {
        if (byte == '\n')
            return 1;
        if (*len < PLR_READER_LINE)
            line[(*len)++] = byte;
    }
    return got < 0 ? got : *len > 0;
}
