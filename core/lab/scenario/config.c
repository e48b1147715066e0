// Options of the core out of a user's Klipper configuration.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/klipper/section.h"
#include "core/lab/scenario/tables.h"
#include "core/plr/journal/journal.h"

static void take_values(const struct klipper_plr *from, struct lab_plr *plr)
{
    for (int id = 0; id < PLR_OPTIONS; id++) {
        const struct klipper_setting *setting = &from->option[id];
        const char *name = plr_option((enum plr_option_id)id)->name;
        const struct lab_field *field = lab_table_find(&lab_plr_table, name, NULL);
        if (setting->said && field != NULL && field->kind != LAB_F_TEXT) {
            lab_field_set(field, plr, setting->value);
        }
    }
    const struct klipper_setting *fans = &from->option[PLR_O_part_cooling_fans];
    _Static_assert(sizeof plr->part_cooling_fans > KLIPPER_NAMES_MAX, "a list of names fits");
    if (fans->said) {
        strcpy(plr->part_cooling_fans, fans->text);
    }
}

/// The configuration may be of another machine than the printer file.
static int check_machine(const struct klipper_conf *conf, const struct klipper_plr *from,
                         const struct lab_printer *printer, struct lab_error *err)
{
    const bool switches = printer->z_plus.kind != LAB_SWITCH_NONE;
    if (switches && from->pins != printer->z_motors) {
        return klipper_conf_fail(conf, err, from->mark, NULL,
                                 "%d z_plus endstop%s here, but %s has %d Z motor%s", from->pins,
                                 from->pins == 1 ? "" : "s", printer->name, printer->z_motors,
                                 printer->z_motors == 1 ? "" : "s");
    }
    const struct klipper_setting *top = &from->option[PLR_O_z_position];
    if (switches && top->said && top->value > printer->travel_nm[2]) {
        return klipper_conf_fail(conf, err, top->mark, top->text,
                                 "z_position lies above the %d mm that %s can travel",
                                 (int)(printer->travel_nm[2] / NM_MM), printer->name);
    }
    return LAB_OK;
}

static void add_hash(uint32_t *hash, uint32_t more)
{
    const uint8_t bytes[4] = {(uint8_t)more, (uint8_t)(more >> 8), (uint8_t)(more >> 16),
                              (uint8_t)(more >> 24)};
    *hash = plr_crc32c(*hash, bytes, sizeof bytes);
}

int lab_plr_from_config(struct lab_bind *bind, const struct lab_node *node, const char *path,
                        const struct lab_printer *printer, struct lab_plr *plr, uint32_t *hash)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return lab_bind_fail(bind, node, "%s cannot be read: %s", path,
                             errno == ENOENT ? "no such file" : "not a regular file");
    }
    struct klipper_conf *conf = NULL;
    struct klipper_plr *from = calloc(1, sizeof *from);
    int status = from != NULL ? klipper_conf_open(&conf, path, bind->err) : LAB_ENOMEM;
    if (status == LAB_OK) {
        status = klipper_plr_read(conf, from, bind->err);
    }
    if (status == LAB_OK) {
        status = check_machine(conf, from, printer, bind->err);
    }
    if (status == LAB_OK) {
        take_values(from, plr);
        add_hash(hash, klipper_conf_hash(conf));
    }
    klipper_conf_close(conf);
    free(from);
    return status;
}
