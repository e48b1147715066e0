// The table of macros, the parameters of a call, and the expansion.
// SPDX-License-Identifier: MIT
#include "core/klipper/macro.h"

#include <stdlib.h>
#include <string.h>

struct klipper_macros {
    const struct klipper_conf *conf;
    struct klipper_macro *macro;
    size_t count;
};

static const char prefix[] = "gcode_macro";

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// --- the table ----------------------------------------------------------------------------------------

static bool is_macro(const struct klipper_section *section)
{
    const size_t n = strlen(prefix);
    return strncmp(section->name, prefix, n) == 0 &&
           (section->name[n] == '\0' || is_blank(section->name[n]));
}

static const char *text_of(const struct klipper_section *section, const char *name)
{
    const struct klipper_option *option = klipper_section_find(section, name);
    return option != NULL ? option->value : "";
}

static int add(struct klipper_macros *macros, const struct klipper_section *section,
               struct lab_error *err)
{
    const char *name = section->name + strlen(prefix);
    while (is_blank(*name)) {
        name++;
    }
    if (name[0] == '\0' || strpbrk(name, " \t") != NULL) {
        return klipper_conf_fail(macros->conf, err, section->mark, NULL,
                                 "a macro needs a name without blanks: [gcode_macro NAME]");
    }
    const struct klipper_option *gcode = klipper_section_find(section, "gcode");
    if (gcode == NULL) {
        return klipper_conf_fail(macros->conf, err, section->mark, NULL, "[%s] needs its gcode",
                                 section->name);
    }
    if (klipper_macro_find(macros, name, strlen(name)) != NULL) {
        return klipper_conf_fail(macros->conf, err, section->mark, NULL,
                                 "macro %s is there already, in other case", name);
    }
    char *copy = strdup(name);
    if (copy == NULL) {
        return LAB_ENOMEM;
    }
    for (char *p = copy; *p != '\0'; p++) {
        *p = upper(*p);
    }
    macros->macro[macros->count++] = (struct klipper_macro){
        copy, text_of(section, "description"), text_of(section, "rename_existing"), gcode, section};
    return LAB_OK;
}

int klipper_macros_open(struct klipper_macros **out, const struct klipper_conf *conf,
                        struct lab_error *err)
{
    size_t n = 0;
    for (const struct klipper_section *s = klipper_conf_first(conf); s != NULL; s = s->next) {
        n += is_macro(s);
    }
    struct klipper_macros *macros = calloc(1, sizeof *macros);
    struct klipper_macro *table = calloc(n + 1, sizeof *table);
    *out = NULL;
    if (macros == NULL || table == NULL) {
        free(macros);
        free(table);
        return LAB_ENOMEM;
    }
    macros->conf = conf;
    macros->macro = table;
    int status = LAB_OK;
    for (const struct klipper_section *s = klipper_conf_first(conf); status == LAB_OK && s != NULL;
         s = s->next) {
        status = is_macro(s) ? add(macros, s, err) : LAB_OK;
    }
    if (status != LAB_OK) {
        klipper_macros_close(macros);
        macros = NULL;
    }
    *out = macros;
    return status;
}

void klipper_macros_close(struct klipper_macros *macros)
{
    if (macros == NULL) {
        return;
    }
    for (size_t i = 0; i < macros->count; i++) {
        free((char *)macros->macro[i].name);
    }
    free(macros->macro);
    free(macros);
}

const struct klipper_macro *klipper_macros_at(const struct klipper_macros *macros, size_t i)
{
    return i < macros->count ? &macros->macro[i] : NULL;
}

const struct klipper_macro *klipper_macro_find(const struct klipper_macros *macros,
                                               const char *name, size_t len)
{
    for (size_t i = 0; i < macros->count; i++) {
        const char *known = macros->macro[i].name;
        size_t n = 0;
        while (n < len && known[n] != '\0' && known[n] == upper(name[n])) {
            n++;
        }
        if (n == len && known[n] == '\0') {
            return &macros->macro[i];
        }
    }
    return NULL;
}

// --- parameters -----------------------------------------------------------------------------------------

/// A command line without its command and its comment.
struct words {
    const char *at, *end;
};

/// A letter and a number: G28, M117, T0.
static bool is_traditional(const char *name, size_t len)
{
    size_t i = 1;
    while (i < len && (is_digit(name[i]) || name[i] == '.')) {
        i++;
    }
    return len > 1 && is_digit(name[1]) && i == len;
}

static struct words words_of(const char *line, bool *traditional)
{
    while (is_blank(*line)) {
        line++;
    }
    const size_t name = strcspn(line, " \t\r\n;#*");
    struct words words = {line + name, line + name + strcspn(line + name, ";#*\r\n")};
    *traditional = is_traditional(line, name);
    while (words.at < words.end && is_blank(*words.at)) {
        words.at++;
    }
    while (words.end > words.at && is_blank(words.end[-1])) {
        words.end--;
    }
    return words;
}

static void set(json_t *params, const char *key, size_t key_len, const char *value, size_t len)
{
    char name[64];
    for (size_t i = 0; i < key_len; i++) {
        name[i] = upper(key[i]);
    }
    name[key_len] = '\0';
    json_t *text = json_stringn(value, len);
    if (text != NULL) {
        json_object_set_new(params, name, text);
    }
}

static bool is_letter(char c)
{
    return (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_';
}

/// S200 Y-3.5: letters, and what follows them up to the next letter. A message ("M117 On we go") comes out as letters, too: it
/// is rawparams that holds it.
static void read_letters(json_t *params, struct words *words)
{
    const char *key = words->at;
    while (words->at < words->end && is_letter(*words->at)) {
        words->at++;
    }
    const char *value = words->at;
    while (words->at < words->end && !is_letter(*words->at)) {
        words->at++;
    }
    const char *end = words->at;
    while (end > value && is_blank(end[-1])) {
        end--;
    }
    if (value > key && value - key < 64) {
        set(params, key, (size_t)(value - key), value, (size_t)(end - value));
    }
}

/// KEY=VALUE, quotes in the value taken off.
static bool read_pair(json_t *params, struct words *words)
{
    char value[512];
    size_t n = 0;
    const char *key = words->at;
    while (words->at < words->end && *words->at != '=' && !is_blank(*words->at)) {
        words->at++;
    }
    const size_t key_len = (size_t)(words->at - key);
    if (words->at == words->end || *words->at != '=' || key_len == 0 || key_len >= 64) {
        return false;
    }
    char quote = '\0';
    for (words->at++; words->at < words->end && (quote != '\0' || !is_blank(*words->at));
         words->at++) {
        const char c = *words->at;
        if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (n < sizeof value) {
            value[n++] = c;
        }
    }
    set(params, key, key_len, value, n);
    return quote == '\0' && n < sizeof value;
}

json_t *klipper_params(const char *line, const char **raw, size_t *raw_len, const char **odd)
{
    bool traditional = false;
    struct words words = words_of(line, &traditional);
    json_t *params = json_object();
    if (raw != NULL) {
        *raw = words.at;
        *raw_len = (size_t)(words.end - words.at);
    }
    while (params != NULL && words.at < words.end) {
        const char *begin = words.at;
        if (traditional) {
            read_letters(params, &words);
        } else if (!read_pair(params, &words)) {
            if (odd != NULL) {
                *odd = begin;
            }
            json_decref(params);
            return NULL;
        }
        while (words.at < words.end && is_blank(*words.at)) {
            words.at++;
        }
    }
    return params;
}

// --- expansion --------------------------------------------------------------------------------------------

/// Put a complaint about the template where its text stands in the file.
static void locate(const struct klipper_macros *macros, const struct klipper_option *option,
                   const struct klipper_template_error *what, struct lab_error *err)
{
    const int line = what->line < 1 ? 1 : what->line;
    struct klipper_mark mark = option->name_mark;
    if (line <= option->lines) {
        mark = option->line[line - 1];
        mark.column += what->column > 0 ? what->column - 1 : 0;
    }
    klipper_conf_fail(macros->conf, err, mark, what->token[0] != '\0' ? what->token : NULL, "%s%s",
                      what->raised ? "action_raise_error: " : "", what->message);
}

int klipper_macro_check(const struct klipper_macros *macros, const struct klipper_macro *macro,
                        struct lab_error *err)
{
    struct klipper_template_error what;
    const char *text = macro->gcode->value;
    const int status = klipper_template_check(text, strlen(text), &what);
    if (status != LAB_OK) {
        locate(macros, macro->gcode, &what, err);
    }
    return status;
}

static int add_variables(const struct klipper_macros *macros, const struct klipper_macro *macro,
                         json_t *names, struct lab_error *err)
{
    static const char variable[] = "variable_";
    const size_t n = strlen(variable);
    for (const struct klipper_option *o = macro->section->first; o != NULL; o = o->next) {
        struct klipper_template_error what;
        if (strncmp(o->name, variable, n) != 0) {
            continue;
        }
        json_t *value = klipper_template_value(o->value, strlen(o->value), &what);
        if (value == NULL) {
            locate(macros, o, &what, err);
            return LAB_EINVAL;
        }
        json_object_set_new(names, o->name + n, value);
    }
    return LAB_OK;
}

/// What the template can name besides `printer`: new reference, NULL with err filled.
static json_t *names_of(const struct klipper_macros *macros, const struct klipper_macro *macro,
                        const char *line, struct lab_error *err)
{
    const char *raw = "";
    const char *odd = line;
    size_t raw_len = 0;
    json_t *params = klipper_params(line, &raw, &raw_len, &odd);
    json_t *names = json_object();
    if (params == NULL) {
        lab_error_at_file(err, NULL, "%s takes KEY=VALUE, not '%.*s'", macro->name,
                          (int)strcspn(odd, " \t\r\n"), odd);
    }
    if (params == NULL || add_variables(macros, macro, names, err) != LAB_OK) {
        json_decref(names);
        json_decref(params);
        return NULL;
    }
    json_object_set_new(names, "params", params);
    json_object_set_new(names, "rawparams", json_stringn(raw, raw_len));
    return names;
}

/// The caller's host, and where the template stands.
struct located {
    const struct klipper_host *host;
    const struct klipper_macros *macros;
    const struct klipper_option *option;
};

static json_t *object(void *ctx, const char *name)
{
    const struct located *at = ctx;
    return at->host->object(at->host->ctx, name);
}

static void respond(void *ctx, const char *text)
{
    const struct located *at = ctx;
    at->host->respond(at->host->ctx, text);
}

static void unknown(void *ctx, const struct klipper_unknown *what)
{
    const struct located *at = ctx;
    struct klipper_mark mark = at->option->name_mark;
    if (what->line <= at->option->lines) {
        mark = at->option->line[what->line - 1];
    }
    const struct klipper_unknown told = {what->name, klipper_conf_file(at->macros->conf, mark.file),
                                         mark.line};
    at->host->unknown(at->host->ctx, &told);
}

int klipper_macro_expand(const struct klipper_macros *macros, const struct klipper_macro *macro,
                         const char *line, const struct klipper_host *host, char *out, size_t room,
                         struct lab_error *err)
{
    struct klipper_template_error what;
    json_t *names = names_of(macros, macro, line, err);
    if (names == NULL) {
        return LAB_EINVAL;
    }
    const char *text = macro->gcode->value;
    struct located at = {host, macros, macro->gcode};
    const struct klipper_host here = {object, respond, unknown, &at};
    const int status = klipper_template_expand(text, strlen(text), names, &here, out, room, &what);
    if (status < 0) {
        locate(macros, macro->gcode, &what, err);
    }
    json_decref(names);
    return status;
}
