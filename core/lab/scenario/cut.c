// Reading and writing the cuts of run IDs.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/cut.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/scenario/tables.h"
#include "core/lab/scenario/words.h"
#include "core/plr/plr.h"

/// A number of at most 18 digits up to `stop` or the end. Returns where it ends, or NULL.
static const char *number(const char *text, int64_t *out)
{
    int digits = 0;

    for (*out = 0; *text >= '0' && *text <= '9' && digits < 18; text++, digits++)
        *out = *out * 10 + (*text - '0');
    return digits ? text : NULL;
}

int lab_tear_parse(const char *text, struct lab_tear *out)
{
    int64_t kind;
    int32_t bytes;
    int bad = lab_word_counted(lab_tear_words, LAB_TEAR_PREFIX, text, &kind, &bytes);

    if (!bad)
        *out = (struct lab_tear){(enum lab_tear_kind)kind, bytes};
    return bad;
}

const char *lab_tear_print(const struct lab_tear *tear, char out[LAB_CUT_BYTES])
{
    if (tear->kind == LAB_TEAR_DEVICE)
        return "";
    if (tear->kind != LAB_TEAR_PREFIX)
        return lab_word_text(lab_tear_words, tear->kind);
    snprintf(out, LAB_CUT_BYTES, "prefix%" PRId32, tear->bytes);
    return out;
}

/// "verify.2": the word of a phase and the count.
static int parse_phase(const char *text, struct lab_trigger *at)
{
    const char *dot = strchr(text, '.');
    int64_t count;

    for (const struct lab_word *word = lab_phase_words; dot && word->text; word++) {
        size_t length = strlen(word->text);
        if (length != (size_t)(dot - text) || strncmp(text, word->text, length) != 0)
            continue;
        const char *end = number(dot + 1, &count);
        at->kind = LAB_AT_PHASE;
        at->phase = (uint8_t)word->value;
        at->count = (int32_t)count;
        return end && !*end && count > 0 && count <= INT32_MAX ? LAB_OK : LAB_EINVAL;
    }
    return LAB_EINVAL;
}

/// What may follow a number: nothing, a layer's move, a write's tear.
static int parse_rest(const char *rest, struct lab_power *out)
{
    int64_t move;

    if (!*rest)
        return LAB_OK;
    if (*rest++ != '.')
        return LAB_EINVAL;
    if (out->at.kind == LAB_AT_NV_WRITE)
        return lab_tear_parse(rest, &out->tear);
    if (out->at.kind != LAB_AT_LAYER)
        return LAB_EINVAL;
    rest = number(rest, &move);
    out->at.move = (int32_t)move;
    return rest && !*rest && move <= INT32_MAX ? LAB_OK : LAB_EINVAL;
}

int lab_cut_parse(const char *text, struct lab_power *out)
{
    static const struct {
        char letter;
        enum lab_trigger_kind kind;
    } kinds[] = {{'l', LAB_AT_LAYER},
                 {'m', LAB_AT_MOVE},
                 {'w', LAB_AT_NV_WRITE},
                 {'e', LAB_AT_EVENT},
                 {'t', LAB_AT_TIME}};

    out->at = (struct lab_trigger){.fraction_ppm = 500000, .count = 1};
    out->tear = (struct lab_tear){0};
    if (text[0] == 'p')
        return parse_phase(text + 1, &out->at);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (text[0] != kinds[i].letter)
            continue;
        const char *rest = number(text + 1, &out->at.value);
        out->at.kind = kinds[i].kind;
        if (!rest || (out->at.kind == LAB_AT_LAYER && out->at.value > INT32_MAX))
            return LAB_EINVAL;
        if (out->at.kind == LAB_AT_LAYER)
            out->at.layer = (int32_t)out->at.value;
        return parse_rest(rest, out);
    }
    return LAB_EINVAL;
}

int lab_cut_print(const struct lab_power *cut, char out[LAB_CUT_BYTES])
{
    const struct lab_trigger *at = &cut->at;
    char tear[LAB_CUT_BYTES];
    const char *torn = lab_tear_print(&cut->tear, tear);

    switch (at->kind) {
    case LAB_AT_LAYER:
        if (at->move)
            return snprintf(out, LAB_CUT_BYTES, "l%" PRId32 ".%" PRId32, at->layer, at->move);
        return snprintf(out, LAB_CUT_BYTES, "l%" PRId32, at->layer);
    case LAB_AT_MOVE: return snprintf(out, LAB_CUT_BYTES, "m%" PRId64, at->value);
    case LAB_AT_NV_WRITE:
        return snprintf(out, LAB_CUT_BYTES, "w%" PRId64 "%s%s", at->value, torn[0] ? "." : "",
                        torn);
    case LAB_AT_EVENT: return snprintf(out, LAB_CUT_BYTES, "e%" PRId64, at->value);
    case LAB_AT_TIME: return snprintf(out, LAB_CUT_BYTES, "t%" PRId64, at->value);
    case LAB_AT_PHASE:
        return snprintf(out, LAB_CUT_BYTES, "p%s.%" PRId32,
                        plr_phase_name((enum plr_phase)at->phase), at->count);
    case LAB_AT_Z:
    case LAB_AT_FILE:
    case LAB_AT_FILAMENT:
    case LAB_AT_OUTAGE: break;
    }
    return LAB_EINVAL;
}
