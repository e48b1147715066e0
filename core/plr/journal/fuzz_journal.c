// Fuzzing the journal: any bytes as a memory, then a script of appends, boots and cuts.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/test_medium.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// After a boot every live record must be readable; a memory of any content must take a new one.
static void boot(struct plr_journal *journal, struct medium *medium)
{
    uint8_t buffer[PLR_RECORD_MAX];

    medium_power(medium);
    if (plr_journal_mount(journal, &medium->geometry, &medium_nv, medium))
        abort();
    for (int kind = PLR_RECORD_JOB; kind < PLR_RECORD_KINDS; kind++) {
        int got = plr_journal_read(journal, &medium_nv, medium, (enum plr_record_kind)kind, buffer,
                                   sizeof buffer, NULL);
        if (got < 0 && got != PLR_ENOENT)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct plr_nv_geometry geometries[] = {
        {1, 2560, 2, 0}, {32, 2816, 3, 0}, {256, 4096, 4, 0}, {512, 6144, 2, 0}};
    static struct medium medium;
    static struct plr_journal journal;
    static uint8_t payload[PLR_RECORD_MAX];

    if (size < 4)
        return 0;
    medium_init(&medium, &geometries[data[0] % 4], data[1]);
    size_t image = (size_t)data[2] << 6;
    data += 4;
    size -= 4;
    image = image < size ? image : size;
    image = image < sizeof medium.bytes ? image : sizeof medium.bytes;
    memcpy(medium.bytes, data, image);
    boot(&journal, &medium);
    for (size_t i = image; i + 2 < size && i < image + 300; i += 3) {
        enum plr_record_kind kind = (enum plr_record_kind)(1 + data[i] % (PLR_RECORD_KINDS - 1));
        uint32_t length = 1 + data[i + 1] % 128u;
        medium.tear = (enum medium_tear)(data[i] / 8 % TEAR_METASTABLE);
        if (data[i + 2] < 128)
            medium.cut_at = medium.instant + data[i + 2] * 8u;
        payload[0] = data[i + 1];
        int done = plr_journal_append(&journal, &medium_nv, &medium, kind, payload, length);
        if (done < 0 && done != PLR_EPOWER && done != PLR_ENOSPC)
            abort();
        if (done == PLR_EPOWER)
            boot(&journal, &medium);
        medium.cut_at = UINT64_MAX;
    }
    boot(&journal, &medium);
    return 0;
}
