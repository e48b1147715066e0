// Materials: what softens, oozes, lets go and shrinks at which temperature. Sources: docs/PHYSICS.md sections 6 and 7.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/scenario.h"

#include <ctype.h>
#include <string.h>

// Expansion of ABS, PLA, PETG: sourced (S); softening, release, bond: estimates (E). ASA: ABS but for its lower shrinkage.
// PC, TPU, NYLON: estimates throughout (E).
static const struct lab_material materials[] = {
    {.name = "ABS",
     .soften_mc = 105000,
     .ooze_mc = 180000,
     .melt_mc = 210000,
     .release_min_mc = 60000,
     .release_max_mc = 70000,
     .cte_min_ppb = 75000,
     .cte_max_ppb = 95000,
     .bond_min_mn = 5000,
     .bond_max_mn = 40000,
     .adhesion_kpa = 60},
    {.name = "ASA",
     .soften_mc = 105000,
     .ooze_mc = 185000,
     .melt_mc = 220000,
     .release_min_mc = 60000,
     .release_max_mc = 70000,
     .cte_min_ppb = 75000,
     .cte_max_ppb = 95000,
     .bond_min_mn = 5000,
     .bond_max_mn = 40000,
     .adhesion_kpa = 60},
    {.name = "PLA",
     .soften_mc = 60000,
     .ooze_mc = 150000,
     .melt_mc = 180000,
     .release_min_mc = 25000,
     .release_max_mc = 35000,
     .cte_min_ppb = 60000,
     .cte_max_ppb = 70000,
     .bond_min_mn = 5000,
     .bond_max_mn = 40000,
     .adhesion_kpa = 80},
    {.name = "PETG",
     .soften_mc = 78000,
     .ooze_mc = 165000,
     .melt_mc = 205000,
     .release_min_mc = 28000,
     .release_max_mc = 40000,
     .cte_min_ppb = 60000,
     .cte_max_ppb = 80000,
     .bond_min_mn = 5000,
     .bond_max_mn = 40000,
     .adhesion_kpa = 120},
    {.name = "PC",
     .soften_mc = 147000,
     .ooze_mc = 210000,
     .melt_mc = 240000,
     .release_min_mc = 75000,
     .release_max_mc = 95000,
     .cte_min_ppb = 65000,
     .cte_max_ppb = 70000,
     .bond_min_mn = 8000,
     .bond_max_mn = 50000,
     .adhesion_kpa = 60},
    {.name = "TPU",
     .soften_mc = 80000,
     .ooze_mc = 160000,
     .melt_mc = 195000,
     .release_min_mc = 15000,
     .release_max_mc = 30000,
     .cte_min_ppb = 120000,
     .cte_max_ppb = 170000,
     .bond_min_mn = 3000,
     .bond_max_mn = 20000,
     .adhesion_kpa = 150},
    {.name = "NYLON",
     .soften_mc = 90000,
     .ooze_mc = 195000,
     .melt_mc = 230000,
     .release_min_mc = 45000,
     .release_max_mc = 65000,
     .cte_min_ppb = 80000,
     .cte_max_ppb = 110000,
     .bond_min_mn = 5000,
     .bond_max_mn = 40000,
     .adhesion_kpa = 50},
};

enum { MATERIALS = sizeof materials / sizeof materials[0] };

/// Does `name` begin with the material's name, and end or go on with something that is no letter?
static bool is_called(const char *name, const char *material)
{
    size_t i = 0;
    while (material[i] != '\0' && toupper((unsigned char)name[i]) == material[i]) {
        i++;
    }
    return material[i] == '\0' && (name[i] == '\0' || strchr(" +-", name[i]) != NULL);
}

const struct lab_material *lab_material_find(const char *name)
{
    for (size_t i = 0; i < MATERIALS; i++) {
        if (is_called(name, materials[i].name)) {
            return &materials[i];
        }
    }
    return NULL;
}

const struct lab_material *lab_material_at(size_t i)
{
    return i < MATERIALS ? &materials[i] : NULL;
}

void lab_material_names(char *out, size_t room)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < MATERIALS && at < room; i++) {
        const int n = snprintf(out + at, room - at, "%s%s", i > 0 ? ", " : "", materials[i].name);
        at += n > 0 ? (size_t)n : 0;
    }
}
