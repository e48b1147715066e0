// Names, units and definitions of the measures.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/words.h"

#define INFO(i_, name_, key_, unit_, json_, scale_, lower_, about_) \
    [i_] = {.key = key_, .name = name_, .unit = json_, .about = about_, .lower_is_bad = lower_},

static const struct lab_measure_info infos[LAB_MEASURES] = {LAB_MEASURE_LIST(INFO)};

const struct lab_measure_info *lab_measure_info(enum lab_measure measure)
{
    return measure >= 0 && measure < LAB_MEASURES ? &infos[measure] : NULL;
}
