// The test build, plr-sim-defects: the core can be told to do wrong on purpose.
// SPDX-License-Identifier: MIT
#include "core/plr/defect.h"
#include "sim/run/run.h"

int run_defect(int32_t defect)
{
    plr_defect_select((enum plr_defect)defect);
    return 0;
}
