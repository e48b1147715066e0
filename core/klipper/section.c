// Reads the [power_loss_recovery] section by the table of options.
// SPDX-License-Identifier: MIT
#include "core/klipper/section.h"

#include <string.h>

#include "core/klipper/internal.h"
#include "core/klipper/value.h"

static const char section_name[] = "power_loss_recovery";

/// Digits behind the decimal point of a .cfg that a base unit keeps.
static int decimals_of(enum plr_option_kind kind)
{
    const bool metric =
        kind == PLR_OPTION_TIME || kind == PLR_OPTION_LENGTH || kind == PLR_OPTION_SPEED;
    return metric ? 6 : 0;
}

const char *klipper_setting_unit(enum plr_option_kind kind)
{
    switch (kind) {
    case PLR_OPTION_TIME: return "s";
    case PLR_OPTION_LENGTH: return "mm";
    case PLR_OPTION_SPEED: return "mm/s";
    case PLR_OPTION_SWITCH:
    case PLR_OPTION_COUNT:
    case PLR_OPTION_PIN:
    case PLR_OPTION_NAMES:
    case PLR_OPTION_GCODE:
    case PLR_OPTION_TEXT: break;
    }
    return "";
}

void klipper_setting_print(char *out, size_t room, const struct plr_option *option, int64_t value)
{
    if (option->kind == PLR_OPTION_SWITCH) {
        snprintf(out, room, "%s", value != 0 ? "True" : "False");
    } else {
        klipper_number_print(out, room, value, decimals_of(option->kind));
    }
}

int klipper_option_fail(const struct klipper_view *view, const struct klipper_option *option,
                        const char *format, ...)
{
    char message[300];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const bool empty = option->value[0] == '\0' || option->value[0] == '\n';
    return klipper_conf_fail(view->conf, view->err, option->mark,
                             empty ? option->name : option->value, "%s", message);
}

static int out_of_range(const struct klipper_view *view, const struct klipper_option *option,
                        const struct plr_option *row)
{
    char low[40];
    char high[40];
    klipper_setting_print(low, sizeof low, row, row->min);
    klipper_setting_print(high, sizeof high, row, row->max);
    const char *unit = klipper_setting_unit(row->kind);
    klipper_option_fail(view, option, "%s '%s' is out of range: %s to %s%s%s", row->name,
                        option->value, low, high, unit[0] != '\0' ? " " : "", unit);
    return LAB_ERANGE;
}

static int read_number(const struct klipper_view *view, const struct klipper_option *option,
                       const struct plr_option *row, struct klipper_setting *out)
{
    const bool count = row->kind == PLR_OPTION_COUNT;
    const enum klipper_number_status status =
        count ? klipper_whole(option->value, &out->value)
              : klipper_number(option->value, decimals_of(row->kind), &out->value);
    if (status == KLIPPER_NUMBER_NONE) {
        return klipper_option_fail(view, option, "%s '%s' is not a %s", row->name, option->value,
                                   count ? "whole number" : "number");
    }
    if (status == KLIPPER_NUMBER_LARGE || out->value < row->min || out->value > row->max) {
        return out_of_range(view, option, row);
    }
    return LAB_OK;
}

static int read_switch(const struct klipper_view *view, const struct klipper_option *option,
                       const struct plr_option *row, struct klipper_setting *out)
{
    bool on = false;
    if (!klipper_switch(option->value, &on)) {
        return klipper_option_fail(view, option, "%s '%s' is neither True nor False", row->name,
                                   option->value);
    }
    out->value = on;
    return LAB_OK;
}

static int read_value(const struct klipper_view *view, const struct klipper_option *option,
                      const struct plr_option *row, struct klipper_setting *out)
{
    *out = (struct klipper_setting){true, row->fallback, option->value, option->mark};
    switch (row->kind) {
    case PLR_OPTION_SWITCH: return read_switch(view, option, row, out);
    case PLR_OPTION_COUNT:
    case PLR_OPTION_TIME:
    case PLR_OPTION_LENGTH:
    case PLR_OPTION_SPEED: return read_number(view, option, row, out);
    case PLR_OPTION_PIN: return klipper_pin_read(view, option, out->text);
    case PLR_OPTION_NAMES:
        if (strlen(out->text) > KLIPPER_NAMES_MAX) {
            return klipper_option_fail(view, option, "%s takes at most %d characters", row->name,
                                       KLIPPER_NAMES_MAX);
        }
        break;
    case PLR_OPTION_GCODE:
    case PLR_OPTION_TEXT: break;
    }
    return LAB_OK;
}

static int unknown_option(const struct klipper_view *view, const struct klipper_option *option)
{
    const char *best = NULL;
    int distance = 3;
    for (int id = 0; id < PLR_OPTIONS; id++) {
        lab_nearest(option->name, plr_option((enum plr_option_id)id)->name, &best, &distance);
    }
    klipper_conf_fail(view->conf, view->err, option->name_mark, option->name,
                      "unknown option '%s' in [%s]", option->name, section_name);
    lab_error_suggest(view->err, best);
    return LAB_EINVAL;
}

static int read_options(struct klipper_view *view, const struct klipper_section *section)
{
    int status = LAB_OK;
    for (int id = 0; id < PLR_OPTIONS; id++) {
        const struct plr_option *row = plr_option((enum plr_option_id)id);
        view->plr->option[id] =
            (struct klipper_setting){.value = row->fallback, .text = "", .mark = section->mark};
    }
    for (const struct klipper_option *option = section->first; status == LAB_OK && option != NULL;
         option = option->next) {
        const enum plr_option_id id = plr_option_find(option->name, strlen(option->name));
        status = id == PLR_OPTIONS
                     ? unknown_option(view, option)
                     : read_value(view, option, plr_option(id), &view->plr->option[id]);
    }
    return status;
}

static int read_variables(const struct klipper_view *view, const struct klipper_section *section)
{
    const struct klipper_section *variables = klipper_conf_section(view->conf, "save_variables");
    const struct klipper_option *filename = klipper_section_find(variables, "filename");
    if (variables == NULL) {
        return klipper_conf_fail(view->conf, view->err, section->mark, NULL,
                                 "[%s] needs a [save_variables] section with a filename",
                                 section_name);
    }
    if (filename == NULL || filename->value[0] == '\0') {
        return klipper_conf_fail(view->conf, view->err, variables->mark, NULL,
                                 "[save_variables] needs a filename");
    }
    view->plr->variables = filename->value;
    return LAB_OK;
}

int klipper_plr_read(const struct klipper_conf *conf, struct klipper_plr *out,
                     struct lab_error *err)
{
    struct klipper_view view = {conf, out, err};
    memset(out, 0, sizeof *out);
    const struct klipper_section *section = klipper_conf_section(conf, section_name);
    if (section == NULL) {
        lab_error_at_file(err, klipper_conf_file(conf, 0), "there is no [%s] section",
                          section_name);
        return LAB_EINVAL;
    }
    out->mark = section->mark;
    out->whole = klipper_conf_section(conf, "printer") != NULL;
    int status = read_options(&view, section);
    if (status == LAB_OK) {
        status = read_variables(&view, section);
    }
    if (status == LAB_OK) {
        status = klipper_plr_check(&view);
    }
    return status;
}
