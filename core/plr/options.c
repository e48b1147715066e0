// The table of the [power_loss_recovery] options, and the way from a row to a member of the configuration.
// SPDX-License-Identifier: MIT
#include "core/plr/options.h"

#include <string.h>

static const struct plr_option options[PLR_OPTIONS] = {
#define SET(name_, kind_, member_, fallback_, least_, min_, max_, about_) \
    [PLR_O_##name_] = {.name = #name_,                                    \
                       .kind = PLR_OPTION_##kind_,                        \
                       .fallback = fallback_,                             \
                       .least = least_,                                   \
                       .min = min_,                                       \
                       .max = max_,                                       \
                       .offset = offsetof(struct plr_config, member_),    \
                       .size = sizeof(((struct plr_config *)0)->member_), \
                       .about = about_},
#define KEEP(name_, kind_, fallback_, min_, max_, about_) \
    [PLR_O_##name_] = {.name = #name_,                    \
                       .kind = PLR_OPTION_##kind_,        \
                       .fallback = fallback_,             \
                       .least = min_,                     \
                       .min = min_,                       \
                       .max = max_,                       \
                       .about = about_},
    PLR_OPTION_SET_LIST(SET) PLR_OPTION_KEEP_LIST(KEEP)
#undef SET
#undef KEEP
};

const struct plr_option *plr_option(enum plr_option_id id)
{
    PLR_ASSERT(id < PLR_OPTIONS);
    return &options[id];
}

enum plr_option_id plr_option_find(const char *name, size_t len)
{
    int id = 0;

    while (id < PLR_OPTIONS &&
           (strlen(options[id].name) != len || memcmp(options[id].name, name, len) != 0))
        id++;
    return (enum plr_option_id)id;
}

/// The part's own fan goes by the plain word, or by its extruder's name.
static int fan_index(const char *name, size_t len)
{
    static const char suffix[] = "_fan", extruder[] = "extruder";
    const size_t tail = sizeof suffix - 1, head = sizeof extruder - 1;

    if (len == 3 && !memcmp(name, "fan", 3))
        return 0;
    if (len >= head + tail && !memcmp(name, extruder, head) &&
        !memcmp(name + len - tail, suffix, tail))
        return 0;
    return plr_gcode_fan(name, len);
}

uint8_t plr_fans(const char *names)
{
    uint8_t fans = 0;

    while (*names) {
        size_t len = 0;
        while (names[len] && names[len] != ',' && names[len] != ' ' && names[len] != '\n')
            len++;
        int index = len ? fan_index(names, len) : PLR_FAN_MAX;
        if (len)
            fans |= PLR_FANS_NAMED;
        if (index < PLR_FAN_MAX)
            fans |= (uint8_t)(1u << index);
        names += len ? len : 1;
    }
    return fans;
}

int plr_option_set(struct plr_config *config, enum plr_option_id id, int64_t value)
{
    const struct plr_option *option = plr_option(id);
    char *at = (char *)config + option->offset;

    if (option->size == 0)
        return PLR_ENOENT;
    if (value < option->least || value > option->max)
        return PLR_ERANGE;
    if (id == PLR_O_samples_tolerance_retries && !value)
        value = PLR_NO_RETRIES; // who says 0 means it; in the configuration it is the default
    if (option->size == 1) {
        uint8_t narrow = (uint8_t)value;
        memcpy(at, &narrow, sizeof narrow);
    } else {
        PLR_ASSERT(option->size == 4);
        int32_t wide = (int32_t)value;
        memcpy(at, &wide, sizeof wide);
    }
    return 0;
}

int64_t plr_option_get(const struct plr_config *config, enum plr_option_id id)
{
    const struct plr_option *option = plr_option(id);
    const char *at = (const char *)config + option->offset;
    int32_t wide;

    if (option->size == 0)
        return 0;
    if (id == PLR_O_samples_tolerance_retries && *(const uint8_t *)at == PLR_NO_RETRIES)
        return 0;
    if (option->size == 1)
        return *(const uint8_t *)at;
    memcpy(&wide, at, sizeof wide);
    return wide;
}
