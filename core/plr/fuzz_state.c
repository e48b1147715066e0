// Fuzzing saved states: any bytes as a state and as a calibration are refused, or come through encode and decode unchanged.
// SPDX-License-Identifier: MIT
//
// The bytes are taken twice: as they are, and laid over a whole state behind its head, so that what is found stays of use when the
// layout grows.
#include "core/plr/plr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_BYTES 4u // version, zero, length

static void state(const uint8_t *data, uint32_t size)
{
    uint8_t first[PLR_STATE_BYTES], second[PLR_STATE_BYTES];
    struct plr_state one, two;

    if (plr_state_decode(&one, data, size))
        return;
    (void)plr_state_check(&one);
    uint32_t bytes = plr_state_encode(&one, first);
    if (bytes > sizeof first || plr_state_decode(&two, first, bytes))
        abort();
    if (plr_state_encode(&two, second) != bytes || memcmp(first, second, bytes) != 0)
        abort();
    if (plr_state_check(&one) != plr_state_check(&two))
        abort();
}

/// The input changes a state that is whole; the modal state before the first line, an empty job.
static void changed_state(const uint8_t *data, size_t size)
{
    uint8_t bytes[PLR_STATE_BYTES];
    struct plr_state whole = {.job = {.size = 1}};

    plr_modal_init(&whole.modal);
    uint32_t length = plr_state_encode(&whole, bytes);
    for (size_t i = 0; i < size && HEAD_BYTES + i < length; i++)
        bytes[HEAD_BYTES + i] ^= data[i];
    state(bytes, length);
}

static void calibration(const uint8_t *data, uint32_t size)
{
    uint8_t bytes[64];
    struct plr_calibration one;

    if (plr_calibration_decode(&one, data, size))
        return;
    if (one.z_motors < 1 || one.z_motors > PLR_Z_MAX) // loops run to it
        abort();
    if (plr_calibration_encode(&one, bytes) != size || memcmp(bytes, data, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // exactly as long, so that the sanitizer sees every byte too far
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    state(copy, (uint32_t)size);
    changed_state(copy, size);
    calibration(copy, (uint32_t)size);
    free(copy);
    return 0;
}
