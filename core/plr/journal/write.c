// Programs bytes in whole units: the only place that calls the device's prog.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/layout.h"

#include <string.h>

/// As many whole units as the buffer holds: small units are programmed in larger pieces.
static uint32_t piece(const struct plr_journal *journal)
{
    return (uint32_t)sizeof journal->unit / journal->geometry.prog_size *
           journal->geometry.prog_size;
}

void plr_writer_begin(struct plr_writer *writer, uint32_t block, uint32_t offset, uint32_t seed)
{
    PLR_ASSERT(offset % writer->journal->geometry.prog_size == 0);
    writer->block = block;
    writer->offset = offset;
    writer->fill = 0;
    writer->crc = seed;
    writer->error = 0;
}

static void flush(struct plr_writer *writer)
{
    struct plr_journal *journal = writer->journal;

    PLR_ASSERT(writer->fill % journal->geometry.prog_size == 0);
    if (!writer->fill || writer->error)
        return;
    PLR_ASSERT(writer->offset + writer->fill <= journal->geometry.erase_size);
    writer->error =
        writer->nv->prog(writer->ctx, writer->block, writer->offset, journal->unit, writer->fill);
    journal->programmed += writer->fill;
    writer->offset += writer->fill;
    writer->fill = 0;
}

void plr_writer_put(struct plr_writer *writer, const void *data, uint32_t size)
{
    const uint8_t *byte = data;
    uint32_t limit = piece(writer->journal);

    writer->crc = plr_crc32c(writer->crc, data, size);
    while (size && !writer->error) {
        uint32_t part = size < limit - writer->fill ? size : limit - writer->fill;
        memcpy(writer->journal->unit + writer->fill, byte, part);
        writer->fill += part;
        byte += part;
        size -= part;
        if (writer->fill == limit)
            flush(writer);
    }
}

int plr_writer_end(struct plr_writer *writer)
{
    struct plr_journal *journal = writer->journal;
    uint8_t crc[PLR_RECORD_CRC];

    plr_put32(crc, writer->crc);
    plr_writer_put(writer, crc, sizeof crc);
    uint32_t whole = plr_round_up(writer->fill, journal->geometry.prog_size);
    PLR_ASSERT(whole <= sizeof journal->unit);
    memset(journal->unit + writer->fill, 0xff, whole - writer->fill);
    writer->fill = whole;
    flush(writer);
    return writer->error;
}

void plr_writer_frame(struct plr_writer *writer, uint32_t kind, uint32_t flags, uint32_t size,
                      uint32_t sequence)
{
    uint8_t frame[PLR_RECORD_HEAD] = {(uint8_t)kind, (uint8_t)flags, (uint8_t)size,
                                      (uint8_t)(size >> 8)};

    PLR_ASSERT(size <= PLR_RECORD_MAX);
    plr_put32(frame + 4, sequence);
    plr_writer_put(writer, frame, sizeof frame);
}
