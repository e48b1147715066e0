// What the plant's tests share: the stock printer from its file, a plant on it, and a pose.
// SPDX-License-Identifier: MIT
#ifndef SIM_TEST_PLANT_H
#define SIM_TEST_PLANT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/lab/doc/doc.h"
#include "sim/plant/plant.h"

#define MM INT64_C(1000000)
#define UM INT64_C(1000)

/// A model of fixtures/printers/NAME.yaml with `material`.
static inline void test_model_of(struct plant_model *model, const char *name, const char *material,
                                 enum lab_gantry gantry, uint32_t noise_off, uint64_t seed)
{
    static struct lab_printer printer;
    struct lab_sim sim = {.gantry = gantry, .noise_off = noise_off};
    char path[128] = "fixtures/printers/";
    size_t at = 18;
    for (size_t i = 0; name[i] != 0 && at < sizeof path - 6; i++) {
        path[at++] = name[i];
    }
    for (const char *tail = ".yaml"; *tail != 0; tail++) {
        path[at++] = *tail;
    }
    path[at] = 0;
    assert_int_equal(lab_printer_load(path, &printer, NULL, NULL), 0);
    assert_int_equal(plant_model_init(model, &printer, lab_material_find(material), &sim, seed), 0);
}

static inline void test_model(struct plant_model *model, enum lab_gantry gantry, uint32_t noise_off,
                              uint64_t seed)
{
    test_model_of(model, "voron24_300", "ABS", gantry, noise_off, seed);
}

static const uint32_t all_noise_off = (1u << LAB_NOISE_TERMS) - 1u;

static inline struct plant_pose test_pose(int64_t x, int64_t y, int64_t z)
{
    struct plant_pose pose = {{x, y}, {z, z, z, z}};
    return pose;
}

#endif
