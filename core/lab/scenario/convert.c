// Writes a printer file from a user's Klipper configuration, along the table.
// SPDX-License-Identifier: MIT
#define _XOPEN_SOURCE 700 // open_memstream, stat
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/klipper/machine.h"
#include "core/lab/scenario/tables.h"

struct writer {
    FILE *out;
    const struct klipper_conf *conf;
    const struct klipper_machine *machine;
    struct lab_error *err;
    int used; ///< facts that found their row
};

/// The file's last two names: enough to tell one printer.cfg from another.
static const char *short_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *from = slash;
    while (from != NULL && from > path && from[-1] != '/') {
        from--;
    }
    return from != NULL ? from : path;
}

/// A file's name within quotes or a comment: nothing that could end them.
static void print_name(FILE *out, const char *name, size_t most)
{
    for (size_t i = 0; name[i] != '\0' && i < most; i++) {
        const bool plain = name[i] >= ' ' && name[i] <= '~' && name[i] != '\'';
        fputc(plain ? name[i] : '?', out);
    }
}

static void print_value(FILE *out, const struct lab_field *field, const struct klipper_fact *fact)
{
    if (field->kind == LAB_F_TEXT) {
        fputc('\'', out);
        print_name(out, fact->word, sizeof fact->word);
        fputc('\'', out);
        return;
    }
    if (fact->word[0] != '\0') {
        fputs(fact->word, out);
        return;
    }
    if (field->kind == LAB_F_BOOL) {
        fputs(fact->value[0] != 0 ? "true" : "false", out);
        return;
    }
    fputs(fact->count > 1 ? "[" : "", out);
    for (int i = 0; i < fact->count; i++) {
        char text[40];
        lab_quantity_print(text, sizeof text, field->unit, fact->value[i]);
        fprintf(out, "%s%s", i > 0 ? ", " : "", text);
    }
    fputs(fact->count > 1 ? "]" : "", out);
}

static void print_source(const struct writer *w, const struct klipper_fact *fact)
{
    fputs(" # ", w->out);
    if (fact->mark.line > 0) {
        const char *path = klipper_conf_file(w->conf, fact->mark.file);
        const char *slash = strrchr(path, '/');
        print_name(w->out, slash != NULL ? slash + 1 : path, 60);
        fprintf(w->out, ":%d, ", fact->mark.line);
    }
    fprintf(w->out, "%s\n", fact->note);
}

/// A value that the table does not take is the configuration's, and told at its place there.
static int check_range(const struct writer *w, const struct lab_field *field,
                       const struct klipper_fact *fact)
{
    for (int i = 0; i < fact->count; i++) {
        char low[40];
        char high[40];
        if (field->kind == LAB_F_BOOL ||
            (fact->value[i] >= field->min && fact->value[i] <= field->max)) {
            continue;
        }
        lab_quantity_print(low, sizeof low, field->unit, field->min);
        lab_quantity_print(high, sizeof high, field->unit, field->max);
        return klipper_conf_fail(w->conf, w->err, fact->mark, NULL,
                                 "%s cannot be simulated: '%s' is %s to %s", fact->note, fact->key,
                                 low, high);
    }
    return LAB_OK;
}

static int write_table(struct writer *w, const struct lab_table *table, const char *prefix,
                       int depth);

static bool has_facts(const struct writer *w, const char *prefix)
{
    const size_t n = strlen(prefix);
    for (int i = 0; i < w->machine->facts; i++) {
        if (strncmp(w->machine->fact[i].key, prefix, n) == 0) {
            return true;
        }
    }
    return false;
}

static int write_section(struct writer *w, const struct lab_field *field, const char *path,
                         int depth)
{
    char prefix[80];
    snprintf(prefix, sizeof prefix, "%s.", path);
    const bool known = has_facts(w, prefix);
    fprintf(w->out, "%s%*s%s%s: # %s\n", depth == 0 ? "\n" : "", depth * 2, "", known ? "" : "# ",
            field->key, field->about);
    return write_table(w, field->table, prefix, depth + 1);
}

static int write_field(struct writer *w, const struct lab_field *field, const char *path, int depth)
{
    const struct klipper_fact *fact = klipper_machine_find(w->machine, path);
    char text[400];
    if (fact != NULL) {
        w->used++;
        fprintf(w->out, "%*s%s: ", depth * 2, "", field->key);
        print_value(w->out, field, fact);
        print_source(w, fact);
        return check_range(w, field, fact);
    }
    lab_field_default_text(field, text, sizeof text);
    if (text[0] != '\0') {
        fprintf(w->out, "%*s# %s: %s\n", depth * 2, "", field->key, text);
    }
    return LAB_OK;
}

static int write_table(struct writer *w, const struct lab_table *table, const char *prefix,
                       int depth)
{
    int status = LAB_OK;
    for (size_t i = 0; status == LAB_OK && i < table->count; i++) {
        const struct lab_field *field = &table->fields[i];
        char path[64];
        snprintf(path, sizeof path, "%s%s", prefix, field->key);
        if (field->required) {
            continue; // the name
        }
        status = field->kind == LAB_F_TABLE ? write_section(w, field, path, depth)
                                            : write_field(w, field, path, depth);
    }
    return status;
}

static void write_head(const struct writer *w, const char *path)
{
    fputs(
        "# yaml-language-server: $schema=schema.json\n"
        "# A printer as a Klipper configuration tells it. A line that begins with '#' is not known "
        "there: its value is the\n"
        "# default. Masses, stiffness, heat and supply are in no such configuration: `plr-sim "
        "explain printer` tells what\n"
        "# they mean and where the defaults (a Voron 2.4 of 300 mm) come from.\n"
        "name: '",
        w->out);
    print_name(w->out, short_path(path), sizeof(((struct lab_printer *)0)->name) - 1);
    fputs("'\n", w->out);
}

/// Into memory first: what turns out to be wrong half-way leaves nothing behind.
static int write_all(struct writer *w, const char *path, FILE *out)
{
    char *text = NULL;
    size_t size = 0;
    w->out = open_memstream(&text, &size);
    if (w->out == NULL) {
        return LAB_ENOMEM;
    }
    write_head(w, path);
    int status = write_table(w, &lab_printer_table, "", 0);
    PLR_ASSERT(status != LAB_OK || w->used == w->machine->facts);
    fclose(w->out);
    if (status == LAB_OK && fwrite(text, 1, size, out) != size) {
        status = LAB_EIO;
    }
    free(text);
    return status;
}

/// The configuration is the user's own: no file of it may be where the printer file goes, by whatever name.
static int spare_inputs(const struct klipper_conf *conf, const char *to, struct lab_error *err)
{
    struct stat target;
    struct stat about;
    if (to == NULL || stat(to, &target) != 0 || !S_ISREG(target.st_mode)) {
        return LAB_OK;
    }
    const char *file = NULL;
    for (int32_t i = 0; (file = klipper_conf_file(conf, i)) != NULL; i++) {
        if (stat(file, &about) == 0 && about.st_dev == target.st_dev &&
            about.st_ino == target.st_ino) {
            lab_error_at_file(err, to, "is the configuration that is read: it is never written to");
            return LAB_EINVAL;
        }
    }
    return LAB_OK;
}

int lab_printer_from_klipper(const char *path, const char *to, FILE *out, struct lab_error *err)
{
    struct klipper_conf *conf = NULL;
    struct klipper_machine *machine = calloc(1, sizeof *machine);
    int status = machine != NULL ? klipper_conf_open(&conf, path, err) : LAB_ENOMEM;
    if (status == LAB_OK) {
        status = spare_inputs(conf, to, err);
    }
    if (status == LAB_OK) {
        status = klipper_machine_read(conf, machine, err);
    }
    if (status == LAB_OK) {
        struct writer w = {NULL, conf, machine, err, 0};
        status = write_all(&w, path, out);
    }
    klipper_conf_close(conf);
    free(machine);
    return status;
}
