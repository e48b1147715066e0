// Loads a scenario: document, sets, printer, what rows cannot say, hashes.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/lab/scenario/id.h"
#include "core/plr/journal/journal.h"

struct load {
    struct lab_doc *doc, *printer_doc;
    const struct lab_set *sets;
    size_t sets_count;
    const char *root; ///< relative paths in sets begin here; NULL: in the current folder
    struct lab_scenario *out;
    struct lab_error *err;
};

// --- hashes -----------------------------------------------------------------------------------------

static void add_to_crc(void *ctx, const void *data, size_t size)
{
    uint32_t *crc = ctx;
    *crc = plr_crc32c(*crc, data, size);
}

static uint32_t hash_of(const struct lab_doc *doc, const char *without)
{
    uint32_t crc = 0;
    lab_doc_canonical(doc, without, add_to_crc, &crc);
    return crc;
}

// --- paths ------------------------------------------------------------------------------------------

static bool from_set(const struct lab_node *node)
{
    return node->mark.file > 0;
}

/// The path that a node of a file names: relative to the folder of that file, or to the root when it came from --set.
static int resolve(const struct load *load, struct lab_bind *bind, const struct lab_node *node,
                   const char *file, char *out, size_t room)
{
    const char *slash = strrchr(file, '/');
    int n;
    if (node->text[0] == '/') {
        n = snprintf(out, room, "%s", node->text);
    } else if (!from_set(node)) {
        const int folder = slash == NULL ? 0 : (int)(slash - file + 1);
        n = snprintf(out, room, "%.*s%s", folder, file, node->text);
    } else {
        const char *root = load->root;
        n = snprintf(out, room, "%s%s%s", root != NULL ? root : "", root != NULL ? "/" : "",
                     node->text);
    }
    if (n < 0 || (size_t)n >= room) {
        return lab_bind_fail(bind, node, "the path is too long");
    }
    return LAB_OK;
}

static int check_job_head(struct lab_bind *bind, const struct lab_node *node, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return lab_bind_fail(bind, node, "%s cannot be opened: %s", path, strerror(errno));
    }
    char head[4096];
    const size_t n = fread(head, 1, sizeof head, file);
    fclose(file);
    if (memchr(head, '\0', n) != NULL) {
        return lab_bind_fail(bind, node, "%s is a binary file, not G-code text", path);
    }
    return LAB_OK;
}

static int check_job(struct lab_bind *bind, const struct lab_node *node, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return lab_bind_fail(bind, node, "no such file: %s", path);
    }
    if (S_ISDIR(info.st_mode)) {
        return lab_bind_fail(bind, node, "%s is a directory, not a G-code file", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return lab_bind_fail(bind, node, "%s is not a regular file", path);
    }
    if (info.st_size == 0) {
        return lab_bind_fail(bind, node, "%s is empty", path);
    }
    return check_job_head(bind, node, path);
}

// --- sets -------------------------------------------------------------------------------------------

static const char printer_prefix[] = "printer.";

static bool for_printer(const struct lab_set *set)
{
    return strncmp(set->text, printer_prefix, strlen(printer_prefix)) == 0;
}

static int apply_sets(const struct load *load, struct lab_doc *doc, bool printer)
{
    int status = LAB_OK;
    for (size_t i = 0; status == LAB_OK && i < load->sets_count; i++) {
        if (for_printer(&load->sets[i]) == printer) {
            const size_t skip = printer ? strlen(printer_prefix) : 0;
            status = lab_doc_set(doc, (int32_t)i + 1, load->sets[i].text, skip, load->err);
        }
    }
    return status;
}

// --- what rows cannot say ---------------------------------------------------------------------------

/// The node that set a plr option: the scenario's if it has one, else the printer's; else NULL.
static const struct lab_node *option_node(const struct load *load, const char *key,
                                          struct lab_bind *bind)
{
    struct lab_doc *const docs[] = {load->doc, load->printer_doc};
    for (int i = 0; i < 2; i++) {
        const struct lab_node *plr = lab_node_find(lab_doc_root(docs[i]), "plr");
        const struct lab_node *node = plr != NULL ? lab_node_find(plr, key) : NULL;
        if (node != NULL) {
            bind->doc = docs[i];
            return node;
        }
    }
    return NULL;
}

__attribute__((format(printf, 3, 4))) static int
blame_option(const struct load *load, const char *key, const char *format, ...)
{
    struct lab_bind bind = {load->doc, load->err};
    const struct lab_node *node = option_node(load, key, &bind);
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return lab_bind_fail(&bind, node != NULL ? node : lab_doc_root(load->doc), "%s", message);
}

static bool on_machine(const struct lab_printer *printer, const int64_t at_nm[2])
{
    return at_nm[0] >= 0 && at_nm[0] <= printer->travel_nm[0] && at_nm[1] >= 0 &&
           at_nm[1] <= printer->travel_nm[1];
}

static int check_options(const struct load *load)
{
    static const char *const offsets[LAB_CORNERS] = {
        "stepper_z_adjust_offset", "stepper_z1_adjust_offset", "stepper_z2_adjust_offset",
        "stepper_z3_adjust_offset"};
    const struct lab_plr *plr = &load->out->plr;
    const struct lab_printer *printer = &load->out->printer;
    for (int i = printer->z_motors; i < LAB_CORNERS; i++) {
        if (plr->adjust_offset_nm[i] != 0) {
            return blame_option(load, offsets[i], "%s: the printer has only %d Z motor%s",
                                offsets[i], printer->z_motors, printer->z_motors == 1 ? "" : "s");
        }
    }
    if (plr->history_size <= plr->save_delay) {
        struct lab_bind bind;
        const char *key =
            option_node(load, "save_delay", &bind) != NULL ? "save_delay" : "history_size";
        return blame_option(load, key,
                            "save_delay %d needs a history_size of more than that, not %d",
                            plr->save_delay, plr->history_size);
    }
    if (!on_machine(printer, plr->park_nm)) {
        return blame_option(load, "park", "'park' lies outside the machine's travel");
    }
    if (!on_machine(printer, plr->purge_nm)) {
        return blame_option(load, "purge", "'purge' lies outside the machine's travel");
    }
    if (plr->z_position_nm > printer->travel_nm[2] && printer->z_plus.kind != LAB_SWITCH_NONE) {
        return blame_option(load, "z_position", "'z_position' lies above the machine's travel");
    }
    return LAB_OK;
}

/// A disturbance may name an outage or a corner that is not there.
static int check_disturbances(const struct load *load)
{
    const struct lab_scenario *scenario = load->out;
    struct lab_bind bind = {load->doc, load->err};
    const struct lab_node *list = lab_node_find(lab_doc_root(load->doc), "disturb");
    const struct lab_node *node = list != NULL ? list->first : NULL;
    for (int i = 0; i < scenario->disturb_count; i++, node = node->next) {
        const struct lab_disturb *disturb = &scenario->disturb[i];
        if (disturb->at.kind == LAB_AT_OUTAGE && disturb->at.value > scenario->power_count) {
            return lab_bind_fail(&bind, lab_node_find(node, "at"),
                                 "there is no outage %d: 'power' has %d", (int)disturb->at.value,
                                 scenario->power_count);
        }
        const struct lab_node *which = lab_node_find(node, "which");
        if (which != NULL && disturb->which >= scenario->printer.z_motors) {
            return lab_bind_fail(
                &bind, which, "there is no corner %d: the printer has %d Z motor%s", disturb->which,
                scenario->printer.z_motors, scenario->printer.z_motors == 1 ? "" : "s");
        }
    }
    return LAB_OK;
}

static int check_reason(const struct load *load)
{
    struct lab_scenario *scenario = load->out;
    if (scenario->expect_reason_code < 0) {
        return LAB_OK;
    }
    snprintf(scenario->expect_reason, sizeof scenario->expect_reason, "%s",
             lab_reason_word(scenario->expect_reason_code));
    if (scenario->expect_result == LAB_RESUMED) {
        struct lab_bind bind = {load->doc, load->err};
        const struct lab_node *expect = lab_node_find(lab_doc_root(load->doc), "expect");
        return lab_bind_fail_key(&bind, lab_node_find(expect, "reason"),
                                 "a 'reason' goes with result: refused or nothing_to_resume");
    }
    return LAB_OK;
}

static int check_material(const struct load *load)
{
    struct lab_scenario *scenario = load->out;
    if (scenario->material[0] == '\0' || lab_material_find(scenario->material) != NULL) {
        return LAB_OK;
    }
    struct lab_bind bind = {load->doc, load->err};
    char names[100];
    lab_material_names(names, sizeof names);
    lab_bind_fail(&bind, lab_node_find(lab_doc_root(load->doc), "material"),
                  "unknown material '%s'; known are %s", scenario->material, names);
    const char *best = NULL;
    int distance = 3;
    for (size_t i = 0; lab_material_at(i) != NULL; i++) {
        lab_nearest(scenario->material, lab_material_at(i)->name, &best, &distance);
    }
    lab_error_suggest(load->err, best);
    return LAB_EINVAL;
}

// --- the order of things ----------------------------------------------------------------------------

static int bind_scenario(const struct load *load)
{
    struct lab_bind bind = {load->doc, load->err};
    lab_bind_defaults(&lab_scenario_table, load->out);
    lab_scenario_stem(load->out->path, load->out->name, sizeof load->out->name);
    return lab_bind_table(&bind, &lab_scenario_table, lab_doc_root(load->doc), load->out);
}

static int bind_printer(const struct lab_doc *doc, struct lab_printer *out, struct lab_error *err)
{
    struct lab_bind bind = {doc, err};
    memset(out, 0, sizeof *out);
    lab_bind_defaults(&lab_printer_table, out);
    return lab_bind_table(&bind, &lab_printer_table, lab_doc_root(doc), out);
}

/// A printer file that is not there is the scenario's mistake, and marked in it.
static int open_printer(struct load *load)
{
    struct lab_bind bind = {load->doc, load->err};
    const struct lab_node *node = lab_node_find(lab_doc_root(load->doc), "printer");
    char path[sizeof load->out->printer_path];
    int status = resolve(load, &bind, node, load->out->path, path, sizeof path);
    if (status != LAB_OK) {
        return status;
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        return lab_bind_fail(&bind, node, "no such file: %s", path);
    }
    if (S_ISDIR(info.st_mode)) {
        return lab_bind_fail(&bind, node, "%s is a directory, not a printer file", path);
    }
    memcpy(load->out->printer_path, path, sizeof path);
    status = lab_doc_open(&load->printer_doc, path, load->err);
    return status == LAB_OK ? apply_sets(load, load->printer_doc, true) : status;
}

static int resolve_job(const struct load *load)
{
    struct lab_bind bind = {load->doc, load->err};
    const struct lab_node *node = lab_node_find(lab_doc_root(load->doc), "job");
    char path[sizeof load->out->job_path];
    int status = resolve(load, &bind, node, load->out->path, path, sizeof path);
    if (status == LAB_OK) {
        memcpy(load->out->job_path, path, sizeof path);
        status = check_job(&bind, node, path);
    }
    return status;
}

/// Options of one file: a Klipper configuration that it names, then what it says itself.
static int bind_level(const struct load *load, struct lab_bind *bind, const char *path)
{
    struct lab_scenario *out = load->out;
    struct lab_node *node = lab_node_find(lab_doc_root(bind->doc), "plr");
    const struct lab_node *named = node != NULL ? lab_node_find(node, "config") : NULL;
    char config[sizeof out->printer_path];
    int status = LAB_OK;
    if (named != NULL && named->kind == LAB_SCALAR) {
        status = resolve(load, bind, named, path, config, sizeof config);
        if (status == LAB_OK) {
            status = lab_plr_from_config(bind, named, config, &out->printer, &out->plr,
                                         &out->hash_config);
        }
        if (status == LAB_OK)
            memcpy(out->config_path, config, sizeof config);
    }
    return status == LAB_OK && node != NULL ? lab_bind_table(bind, &lab_plr_table, node, &out->plr)
                                            : status;
}

/// The printer's options, then the scenario's over them.
static int bind_options(const struct load *load)
{
    struct lab_bind printer = {load->printer_doc, load->err};
    struct lab_bind scenario = {load->doc, load->err};
    lab_bind_defaults(&lab_plr_table, &load->out->plr);
    const int status = bind_level(load, &printer, load->out->printer_path);
    return status == LAB_OK ? bind_level(load, &scenario, load->out->path) : status;
}

static int load_all(struct load *load)
{
    int (*const checks[])(const struct load *) = {bind_options,       check_material, check_options,
                                                  check_disturbances, check_reason,   resolve_job};
    int status = apply_sets(load, load->doc, false);
    if (status == LAB_OK) {
        status = bind_scenario(load);
    }
    if (status == LAB_OK) {
        status = open_printer(load);
    }
    if (status == LAB_OK) {
        status = bind_printer(load->printer_doc, &load->out->printer, load->err);
    }
    for (size_t i = 0; status == LAB_OK && i < sizeof checks / sizeof checks[0]; i++) {
        status = checks[i](load);
    }
    if (status == LAB_OK) {
        load->out->hash_doc = hash_of(load->doc, "seed");
        load->out->hash_printer = hash_of(load->printer_doc, NULL);
    }
    return status;
}

static int finish(struct load *load, int status)
{
    if (status == LAB_OK) {
        status = load_all(load);
    }
    lab_doc_close(load->doc);
    lab_doc_close(load->printer_doc);
    return status;
}

static int begin(struct load *load, const char *path)
{
    struct lab_scenario *out = load->out;
    memset(out, 0, sizeof *out);
    if (strlen(path) >= sizeof out->path) {
        lab_error_at_file(load->err, path, "the path is too long");
        return LAB_EINVAL;
    }
    memcpy(out->path, path, strlen(path) + 1);
    return LAB_OK;
}

int lab_scenario_load_root(const char *path, const char *root, const struct lab_set *sets, size_t n,
                           struct lab_scenario *out, struct lab_error *err)
{
    struct load load = {.sets = sets, .sets_count = n, .root = root, .out = out, .err = err};
    int status = begin(&load, path);
    if (status == LAB_OK) {
        status = lab_doc_open(&load.doc, path, err);
    }
    return finish(&load, status);
}

int lab_scenario_load(const char *path, const struct lab_set *sets, size_t n,
                      struct lab_scenario *out, struct lab_error *err)
{
    return lab_scenario_load_root(path, NULL, sets, n, out, err);
}

int lab_scenario_load_text(const char *path, const char *text, size_t size,
                           const struct lab_set *sets, size_t n, struct lab_scenario *out,
                           struct lab_error *err)
{
    struct load load = {.sets = sets, .sets_count = n, .out = out, .err = err};
    int status = begin(&load, path);
    if (status == LAB_OK) {
        status = lab_doc_parse(&load.doc, path, text, size, err);
    }
    return finish(&load, status);
}

int lab_printer_load(const char *path, struct lab_printer *out, uint32_t *hash,
                     struct lab_error *err)
{
    struct lab_doc *doc = NULL;
    int status = lab_doc_open(&doc, path, err);
    if (status == LAB_OK) {
        status = bind_printer(doc, out, err);
    }
    if (status == LAB_OK && hash != NULL) {
        *hash = hash_of(doc, NULL);
    }
    lab_doc_close(doc);
    return status;
}

void lab_scenario_blame(const struct lab_scenario *scenario, const struct lab_set *sets, size_t n,
                        struct lab_mark mark, struct lab_error *err, const char *format, ...)
{
    const bool set = mark.file > 0 && (size_t)mark.file <= n;
    struct lab_place place = {
        .file = set ? "--set" : scenario->path, .line = mark.line, .column = mark.column};
    char *text = NULL;
    if (set) {
        place.text = sets[mark.file - 1].text;
        place.size = strlen(place.text);
    } else {
        FILE *file = fopen(scenario->path, "rb");
        text = file != NULL ? malloc(LAB_DOC_BYTES) : NULL;
        place.text = text;
        place.size = text != NULL ? fread(text, 1, LAB_DOC_BYTES, file) : 0;
        if (file != NULL) {
            fclose(file);
        }
    }
    va_list args;
    va_start(args, format);
    lab_error_at(err, &place, format, args);
    va_end(args);
    free(text);
}
