// G-code macros of a Klipper configuration: a table of [gcode_macro NAME], and their expansion to G-code.
// SPDX-License-Identifier: MIT
//
//   struct klipper_macros *macros;
//   klipper_macros_open(&macros, conf, &err);
//   const struct klipper_macro *macro = klipper_macro_find(macros, "START_PRINT", 11);
//   klipper_macro_expand(macros, macro, "START_PRINT BED=60", &host, out, sizeof out, &err);
//
// The result is lines of G-code for whoever called; a line may name a macro again, expanding it is the caller's. The same
// line and the same answers of the host give the same bytes.
#ifndef KLIPPER_MACRO_H
#define KLIPPER_MACRO_H

#include "core/klipper/conf.h"
#include "core/klipper/template.h"

struct klipper_macro {
    const char *name;        ///< in upper case
    const char *description; ///< "" when there is none
    const char *rename;      ///< rename_existing: the command's own name from now on; "" none
    const struct klipper_option *gcode; ///< the template
    const struct klipper_section *section;
};

struct klipper_macros;

/// Make the table. It borrows from `conf`, which must outlive it. Templates are not looked into: a file may hold macros
/// that nobody calls. Returns 0, LAB_ENOMEM, or LAB_EINVAL (no name, blanks in it, no gcode, two that differ in case only).
int klipper_macros_open(struct klipper_macros **out, const struct klipper_conf *conf,
                        struct lab_error *err);
void klipper_macros_close(struct klipper_macros *macros);

/// The i-th macro in the order of the file, NULL behind the last.
const struct klipper_macro *klipper_macros_at(const struct klipper_macros *macros, size_t i);

/// A macro by name in any case, NULL when there is none.
const struct klipper_macro *klipper_macro_find(const struct klipper_macros *macros,
                                               const char *name, size_t len);

/// Does its template read well, branches never taken included? Returns 0 or LAB_EINVAL with file, line and column.
int klipper_macro_check(const struct klipper_macros *macros, const struct klipper_macro *macro,
                        struct lab_error *err);

/// Expand a macro for the line that called it ("START_PRINT BED=60"; comments may follow) into `out`, null-terminated.
/// The template sees `printer` through the host, `params` (keys in upper case), `rawparams`, and the macro's variable_NAME
/// options as NAME. Returns the length; or LAB_EINVAL, LAB_EFBIG, LAB_ENOMEM with `err` (may be NULL) telling the place in the
/// configuration, "action_raise_error: ..." for what the macro itself raised.
int klipper_macro_expand(const struct klipper_macros *macros, const struct klipper_macro *macro,
                         const char *line, const struct klipper_host *host, char *out, size_t room,
                         struct lab_error *err);

/// The parameters of a command line as a JSON object of texts, a new reference: KEY=VALUE (quotes keep blanks together), or
/// for a traditional command (a letter and a number) letters with what follows them: "M109 S200" is {"S": "200"}.
/// *raw (may be NULL) gets where they begin and *raw_len their length without comment. NULL when a word is neither, then
/// *odd (may be NULL) points at it.
json_t *klipper_params(const char *line, const char **raw, size_t *raw_len, const char **odd);

#endif
