// The shipped program: its core has no defects to choose from.
// SPDX-License-Identifier: MIT
#include "sim/run/run.h"

#include <errno.h>

int run_defect(int32_t defect)
{
    return defect ? -ENOTSUP : 0;
}
