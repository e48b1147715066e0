// Does what is on stay on when plr-rig dies?
// SPDX-License-Identifier: MIT
#include "rig/verbs/persist.h"

#include <stdio.h>
#include <string.h>

/// Chips whose driver makes an input of an output that nobody owns any more, and what may tell it otherwise.
static const struct {
    const char *label;
    const char *module; ///< whose parameter persist_gpio_outputs keeps them; NULL it has none
    bool begins;        ///< the label goes on
} let_go[] = {{"pinctrl-bcm2835", "pinctrl_bcm2835", false},
              {"pinctrl-bcm2711", "pinctrl_bcm2835", false},
              {"pinctrl-rp1", "pinctrl_rp1", false},
              {"gpio-sim", NULL, true}};

/// A driver of before that parameter never kept outputs.
static bool told_to_persist(const char *root, const char *module)
{
    char path[512];

    snprintf(path, sizeof path, "%s/sys/module/%s/parameters/persist_gpio_outputs", root, module);
    FILE *file = fopen(path, "r");
    int said = file ? fgetc(file) : 'N';
    if (file)
        fclose(file);
    return said == 'Y';
}

/// Does an output of this chip stay as it is? Says why.
static bool chip_persists(const char *label, const char *root, char why[RIG_PERSIST_WHY])
{
    for (size_t n = 0; n < sizeof let_go / sizeof *let_go; n++) {
        bool same = let_go[n].begins ? !strncmp(label, let_go[n].label, strlen(let_go[n].label))
                                     : !strcmp(label, let_go[n].label);
        if (!same)
            continue;
        snprintf(why, RIG_PERSIST_WHY,
                 "the driver of its chip (%s) is told to keep outputs; booting with "
                 "dtparam=strict_gpiod turns that off",
                 label);
        return let_go[n].module && told_to_persist(root, let_go[n].module);
    }
    snprintf(why, RIG_PERSIST_WHY, "who knows whether its chip (%s) keeps outputs", label);
    return true;
}

/// A relay by itself. A line that is not there is no relay either: requesting it says so.
static bool stays_on(const struct bench_relay *relay, const char *root, char why[RIG_PERSIST_WHY])
{
    char label[GPIO_NAME];

    snprintf(why, RIG_PERSIST_WHY, "a normally closed contact gives power");
    if (relay->fails_off)
        return false;
    if (relay->contact == BENCH_NORMALLY_CLOSED)
        return true;
    snprintf(why, RIG_PERSIST_WHY, "a command switches it");
    if (!relay->line.address[0])
        return true;
    return !gpio_label(relay->line.address, label) && chip_persists(label, root, why);
}

/// Does a relay in front of it go off?
static bool behind_one_that_goes(const struct bench *bench, int32_t relay, const char *root)
{
    char ignored[RIG_PERSIST_WHY];

    for (int32_t n = 0; n < bench->relays; n++)
        if (n != relay && bench_feeds(bench, n, relay) &&
            !stays_on(&bench->relay[n], root, ignored))
            return true;
    return false;
}

bool rig_dies_on(const struct bench *bench, const char *root, char why[RIG_PERSIST_WHY])
{
    char reason[RIG_PERSIST_WHY];

    for (int32_t n = 0; n < bench->relays && !bench->watchdog.line.address[0]; n++) {
        if (!stays_on(&bench->relay[n], root, reason) || behind_one_that_goes(bench, n, root))
            continue;
        snprintf(why, RIG_PERSIST_WHY,
                 "'%s' may stay on when plr-rig is killed (%.150s), and there is no watchdog.line "
                 "whose safety relay would drop; fails_off: true says that somebody saw it go off",
                 bench->relay[n].name, reason);
        return true;
    }
    return false;
}
