// Fuzz target: any bytes as a Klipper configuration load or are refused with a message, and so does what is read from them.
// SPDX-License-Identifier: MIT
//
// Seeds: fixtures/klipper fixtures/invalid/klipper.
#include <stdlib.h>
#include <string.h>

#include "core/klipper/machine.h"
#include "core/klipper/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// Macros make a table, and the first of them reads well or not.
static void look_at_macros(const struct klipper_conf *conf)
{
    struct klipper_macros *macros = NULL;
    struct lab_error err = {0};
    const int status = klipper_macros_open(&macros, conf, &err);
    PLR_ASSERT((status == LAB_OK) == !lab_error_set(&err));
    if (status == LAB_OK && klipper_macros_at(macros, 0) != NULL) {
        const int checked = klipper_macro_check(macros, klipper_macros_at(macros, 0), &err);
        PLR_ASSERT((checked == LAB_OK) == !lab_error_set(&err));
    }
    klipper_macros_close(macros);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct klipper_machine machine;
    static struct klipper_plr plr;
    struct klipper_conf *conf = NULL;
    struct lab_error err = {0};
    const int status = klipper_conf_parse(&conf, "fuzz.cfg", (const char *)data, size, &err);
    PLR_ASSERT((status == LAB_OK) == !lab_error_set(&err));
    if (status == LAB_OK) {
        const int read = klipper_plr_read(conf, &plr, &err);
        PLR_ASSERT((read == LAB_OK) == !lab_error_set(&err));
        lab_error_clear(&err);
        const int known = klipper_machine_read(conf, &machine, &err);
        PLR_ASSERT((known == LAB_OK) == !lab_error_set(&err));
        look_at_macros(conf);
    }
    klipper_conf_close(conf);
    return 0;
}
