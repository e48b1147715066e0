// Reads Klipper's configuration files: lines one after the other, what SAVE_CONFIG wrote, includes.
// SPDX-License-Identifier: MIT
#include "core/klipper/conf_internal.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/plr/journal/journal.h"

// --- includes -------------------------------------------------------------------------------------------

static int read_file(struct conf_reader *r, const char *path);

static bool has_magic(const char *path)
{
    return strpbrk(path, "*?[") != NULL;
}

/// Is this file (by device and inode, whatever its path) being read just now?
static bool is_open(const struct klipper_conf *conf, const char *path)
{
    struct stat info;
    struct stat other;
    if (stat(path, &info) != 0) {
        return false;
    }
    for (int32_t i = 0; i < conf->files; i++) {
        if (conf->file[i].open && stat(conf->file[i].path, &other) == 0 &&
            other.st_ino == info.st_ino && other.st_dev == info.st_dev) {
            return true;
        }
    }
    return false;
}

/// One file that an include names. Trouble with opening it is the include's, and marked there.
static int include_file(struct conf_reader *r, const struct conf_line *line, const char *at,
                        const char *name, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return conf_odd(r, line, at, name, "%s cannot be included: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return conf_odd(r, line, at, name, "%s is not a regular file", path);
    }
    if (is_open(r->conf, path)) {
        return conf_odd(r, line, at, name, "%s includes itself", path);
    }
    if (r->depth + 1 == KLIPPER_DEPTH) {
        return conf_odd(r, line, at, name, "includes are nested more than %d deep", KLIPPER_DEPTH);
    }
    if (r->conf->files == KLIPPER_FILES) {
        return conf_odd(r, line, at, name, "more than %d files", KLIPPER_FILES);
    }
    struct conf_reader below = {.conf = r->conf, .err = r->err, .depth = r->depth + 1};
    return read_file(&below, path);
}

static int include(struct conf_reader *r, const struct conf_line *line, const char *at,
                   const char *name)
{
    const char *from = r->conf->file[r->file].path;
    const char *slash = name[0] == '/' ? NULL : strrchr(from, '/');
    const int folder = slash != NULL ? (int)(slash - from + 1) : 0;
    char path[1024];
    if (r->from_memory) {
        return conf_odd(r, line, at, name, "an include needs a file to stand in");
    }
    const int n = snprintf(path, sizeof path, "%.*s%s", folder, from, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        return conf_odd(r, line, at, name, "the path is too long");
    }
    glob_t found;
    const int bad = glob(path, 0, NULL, &found);
    if (bad == GLOB_NOSPACE) {
        return conf_no_memory(r);
    }
    int status = LAB_OK;
    if (bad != 0 && !has_magic(name)) {
        status = conf_odd(r, line, at, name, "no such file: %s", path);
    }
    for (size_t i = 0; bad == 0 && status == LAB_OK && i < found.gl_pathc; i++) {
        status = include_file(r, line, at, name, found.gl_pathv[i]);
    }
    if (bad == 0) {
        globfree(&found);
    }
    return status;
}

static const char include_word[] = "include ";

/// Is the header one of an include? Only when it begins the line, as in Klipper.
static bool is_include(const struct conf_line *line)
{
    const size_t n = strlen(include_word);
    return line->text == line->begin && (size_t)(line->end - line->text) > n &&
           line->text[0] == '[' && memcmp(line->text + 1, include_word, n) == 0;
}

static int take_include(struct conf_reader *r, const struct conf_line *line, const char *close)
{
    const char *at = line->text + 1 + strlen(include_word);
    while (at < close && conf_is_blank(*at)) {
        at++;
    }
    while (close > at && conf_is_blank(close[-1])) {
        close--;
    }
    char *name = conf_copy(r->conf, at, (size_t)(close - at));
    if (name == NULL) {
        return conf_no_memory(r);
    }
    r->section = NULL; // what follows an include begins with a section of its own
    return name[0] != '\0' ? include(r, line, at, name)
                           : conf_odd(r, line, line->text, NULL, "an include needs a path");
}

// --- a file ---------------------------------------------------------------------------------------------

static int take_header(struct conf_reader *r, const struct conf_line *line)
{
    const char *close = line->end;
    while (close > line->text && close[-1] != ']') {
        close--;
    }
    if (close == line->text) {
        return conf_odd(r, line, line->text, NULL, "a section header needs a closing ']'");
    }
    close--;
    return is_include(line) ? take_include(r, line, close) : conf_begin_section(r, line, close);
}

static int take_line(struct conf_reader *r, struct conf_line *line)
{
    const char *from = line->text;
    const bool comment = conf_trim(line);
    if (line->text == line->end) {
        // an empty line belongs to the value; a ';' comment alone does not
        const bool kept = r->option != NULL && !comment;
        return kept ? conf_add_line(r, line->text, 0, conf_mark(r, line, line->text)) : LAB_OK;
    }
    const int indent = (int)(line->text - from);
    if (r->option != NULL && indent > r->indent) {
        return conf_add_line(r, line->text, (size_t)(line->end - line->text),
                             conf_mark(r, line, line->text));
    }
    r->indent = indent;
    int status = conf_end_option(r);
    if (status == LAB_OK && line->text[0] == '[') {
        return take_header(r, line);
    }
    if (status == LAB_OK && r->section == NULL) {
        status = conf_odd(r, line, line->text, NULL, "an option before any [section]");
    }
    return status == LAB_OK ? conf_begin_option(r, line) : status;
}

static bool begins(const struct conf_line *line, const char *text)
{
    const size_t n = strlen(text);
    return (size_t)(line->end - line->text) >= n && memcmp(line->text, text, n) == 0;
}

/// What SAVE_CONFIG wrote at the end of the main file: options behind "#*# ". Returns whether the line is none of it.
static bool take_saved(struct conf_reader *r, struct conf_line *line, int *status)
{
    static const char head[] = "#*# <---------------------- SAVE_CONFIG ---------------------->";
    if (!r->saved && r->depth == 0 && begins(line, head)) {
        *status = conf_end_option(r);
        r->section = NULL;
        r->saved = true;
        return false;
    }
    if (!r->saved) {
        return true;
    }
    if (!begins(line, "#*#")) {
        struct conf_line rest = *line;
        conf_trim(&rest);
        if (rest.text != rest.end) {
            *status = conf_odd(r, line, rest.text, NULL, "a line that SAVE_CONFIG did not write");
        }
        return false;
    }
    line->text += begins(line, "#*# ") ? 4 : 3;
    return !begins(line, "DO NOT EDIT"); // the block's heading
}

static int take_lines(struct conf_reader *r)
{
    const struct conf_file *file = &r->conf->file[r->file];
    const char *end = file->text + file->size;
    struct conf_line line = {.begin = file->text};
    int status = LAB_OK;
    while (status == LAB_OK && line.begin < end) {
        const char *stop = memchr(line.begin, '\n', (size_t)(end - line.begin));
        const char *next = stop != NULL ? stop + 1 : end;
        line.text = line.begin;
        line.end = stop != NULL ? stop : end;
        line.number++;
        if (take_saved(r, &line, &status)) {
            status = take_line(r, &line);
        }
        line.begin = next;
    }
    return status == LAB_OK ? conf_end_option(r) : status;
}

/// UTF-8 without control characters but tab; says where it is not.
static int check_text(struct conf_reader *r)
{
    const struct conf_file *file = &r->conf->file[r->file];
    struct conf_line line = {.begin = file->text, .number = 1};
    for (size_t i = 0; i < file->size;) {
        const unsigned char c = (unsigned char)file->text[i];
        const size_t step = lab_utf8(file->text + i, file->size - i);
        if (step == 0) {
            return conf_odd(r, &line, file->text + i, NULL, "byte 0x%02x is not UTF-8 text", c);
        }
        if ((c < 0x20 && strchr("\t\n\r\f\v", c) == NULL) || c == 0 || c == 0x7f) {
            return conf_odd(r, &line, file->text + i, NULL,
                            "control character 0x%02x: a binary file, not a configuration", c);
        }
        i += step;
        if (c == '\n') {
            line.begin = file->text + i;
            line.number++;
        }
    }
    return LAB_OK;
}

/// Read the text of the newest file. Its bytes enter the hash as they are; a byte order mark is then taken off.
static int take_text(struct conf_reader *r)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct conf_file *file = &r->conf->file[r->file];
    r->conf->hash = plr_crc32c(r->conf->hash, file->text, file->size);
    if (file->size >= 3 && memcmp(file->text, mark, 3) == 0) {
        file->size -= 3;
        memmove(file->text, file->text + 3, file->size + 1);
    }
    int status = check_text(r);
    file->open = true;
    if (status == LAB_OK) {
        status = take_lines(r);
    }
    r->conf->file[r->file].open = false;
    free(r->value);
    free(r->line);
    return status;
}

static int add_file(struct conf_reader *r, const char *path)
{
    struct klipper_conf *conf = r->conf;
    char *kept = conf_copy(conf, path, strlen(path));
    if (kept == NULL) {
        lab_error_at_file(r->err, path, "out of memory");
        return LAB_ENOMEM;
    }
    r->file = conf->files;
    conf->file[conf->files++] = (struct conf_file){.path = kept};
    return LAB_OK;
}

static int read_file(struct conf_reader *r, const char *path)
{
    int status = add_file(r, path);
    if (status != LAB_OK) {
        return status;
    }
    struct conf_file *file = &r->conf->file[r->file];
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        lab_error_at_file(r->err, path, "a directory, not a configuration");
        return LAB_EISDIR;
    }
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        const int bad = errno;
        lab_error_at_file(r->err, path, "cannot be opened: %s", strerror(bad));
        return bad == ENOENT ? LAB_ENOENT : LAB_EIO;
    }
    file->text = malloc(KLIPPER_BYTES + 2);
    file->size = file->text != NULL ? fread(file->text, 1, KLIPPER_BYTES + 1, stream) : 0;
    const bool bad = ferror(stream) != 0;
    fclose(stream);
    if (file->text == NULL) {
        return conf_no_memory(r);
    }
    file->text[file->size] = '\0';
    if (bad || file->size > KLIPPER_BYTES) {
        lab_error_at_file(r->err, path, bad ? "cannot be read" : "larger than a MiB");
        return bad ? LAB_EIO : LAB_EFBIG;
    }
    char *exact = realloc(file->text, file->size + 1);
    file->text = exact != NULL ? exact : file->text;
    return take_text(r);
}

static int finish(struct klipper_conf **out, struct klipper_conf *conf, int status)
{
    if (status != LAB_OK) {
        klipper_conf_close(conf);
        conf = NULL;
    }
    *out = conf;
    return status;
}

int klipper_conf_open(struct klipper_conf **out, const char *path, struct lab_error *err)
{
    *out = NULL;
    struct conf_reader r = {.conf = calloc(1, sizeof *r.conf), .err = err};
    if (r.conf == NULL) {
        lab_error_at_file(err, path, "out of memory");
        return LAB_ENOMEM;
    }
    return finish(out, r.conf, read_file(&r, path));
}

int klipper_conf_parse(struct klipper_conf **out, const char *name, const char *text, size_t size,
                       struct lab_error *err)
{
    *out = NULL;
    struct conf_reader r = {.conf = calloc(1, sizeof *r.conf), .err = err, .from_memory = true};
    if (r.conf == NULL) {
        lab_error_at_file(err, name, "out of memory");
        return LAB_ENOMEM;
    }
    if (size > KLIPPER_BYTES) {
        lab_error_at_file(err, name, "larger than a MiB");
        return finish(out, r.conf, LAB_EFBIG);
    }
    int status = add_file(&r, name);
    if (status == LAB_OK) {
        struct conf_file *file = &r.conf->file[r.file];
        file->text = malloc(size + 1);
        if (file->text == NULL) {
            status = conf_no_memory(&r);
        } else {
            memcpy(file->text, text, size);
            file->text[size] = '\0';
            file->size = size;
            status = take_text(&r);
        }
    }
    return finish(out, r.conf, status);
}
