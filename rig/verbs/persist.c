// Does what is on stay on when plr-rig dies?
// SPDX-License-Identifier: MIT
#include "rig/verbs/persist.h"

#include <stdio.h>

const char rig_dies_on_says[] =
    "this kernel leaves outputs as they are when plr-rig is killed, and no watchdog line is there: "
    "add one with a safety relay, or boot with dtparam=strict_gpiod";

bool rig_outputs_persist(const char *root)
{
    static const char *const drivers[] = {"pinctrl_bcm2835", "pinctrl_rp1"};
    char path[512];
    int said = 'N';

    for (size_t i = 0; said != 'Y' && i < sizeof drivers / sizeof *drivers; i++) {
        snprintf(path, sizeof path, "%s/sys/module/%s/parameters/persist_gpio_outputs", root,
                 drivers[i]);
        FILE *file = fopen(path, "r");
        said = file ? fgetc(file) : 'N';
        if (file)
            fclose(file);
    }
    return said == 'Y';
}

bool rig_dies_on(const struct bench *bench, const char *root)
{
    return !bench->watchdog.line.address[0] && rig_outputs_persist(root);
}
