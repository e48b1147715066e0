// Fuzzing what a Marlin-like printer says: any bytes are lines, and no conversation leaves its bounds.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/marlin_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_said(const struct marlin_said *said, const char *line)
{
    check(said->word <= MARLIN_ACTION);
    check(!said->text_size ||
          (said->text >= line && said->text + said->text_size <= line + strlen(line)));
    if (said->word == MARLIN_RESEND)
        check(said->number[0] >= 0 && said->number[0] <= UINT32_MAX);
    if (said->word == MARLIN_SD_PRINTING)
        check(said->number[0] >= 0 && said->number[0] <= said->number[1]);
    if (said->word == MARLIN_POSITION)
        check(said->at_nm[0] != LINK_UNKNOWN && said->at_nm[2] != LINK_UNKNOWN);
}

static void check_talk(const struct marlin_talk *talk)
{
    check(talk->open <= MARLIN_OPEN && talk->open <= talk->n);
    check(talk->wire <= talk->n && talk->copies >= 0);
    check(!marlin_talk_head(talk) == !talk->open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct marlin_splitter splitter = {{0}, 0};
    struct marlin_talk talk;
    struct marlin_answered answered;
    struct marlin_said said;
    char out[MARLIN_SENT];
    int64_t now_us = 1;

    marlin_talk_begin(&talk, 1000);
    for (size_t i = 0; i < size; i++) {
        if (!marlin_split(&splitter, (char)data[i]))
            continue;
        now_us += 100 * (int64_t)i;
        if (marlin_talk_free(&talk))
            check(marlin_talk_say(&talk, i % 3 ? "G28" : "M105", 1, now_us, out) > 0);
        check(marlin_talk_step(&talk, 0, now_us, out) < sizeof out);
        check_talk(&talk);
        marlin_read(splitter.line, &said);
        check_said(&said, splitter.line);
        if (marlin_talk_hear(&talk, &said, now_us, &answered) != MARLIN_GOES_ON)
            marlin_talk_begin(&talk, 1000);
        check(answered.count <= MARLIN_OPEN);
        check_talk(&talk);
    }
    return 0;
}
