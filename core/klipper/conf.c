// Reads Klipper's configuration files: lines, comments, continuations, includes.
// SPDX-License-Identifier: MIT
#include "core/klipper/conf.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/plr/journal/journal.h"

struct chunk {
    struct chunk *next;
    size_t used, room;
    max_align_t data[];
};

struct file {
    char *path; ///< owned by the chunks
    char *text; ///< owned
    size_t size;
    bool open; ///< being read: an include of it is a loop
};

struct klipper_conf {
    struct file file[KLIPPER_FILES];
    int32_t files;
    int nodes;
    uint32_t hash;
    struct chunk *chunks;
    struct klipper_section *first, *last;
};

/// What a reader knows between two lines.
struct reader {
    struct klipper_conf *conf;
    struct lab_error *err;
    int32_t file;
    int depth;
    bool from_memory;
    bool saved; ///< inside the SAVE_CONFIG block
    struct klipper_section *section;
    struct klipper_option *option;
    int indent; ///< of the line that began the option
    // the option's value so far
    char *value;
    size_t size, room;
    struct klipper_mark *line;
    int32_t lines, lines_room;
};

// --- memory -----------------------------------------------------------------------------------------

static void *take(struct klipper_conf *conf, size_t size)
{
    enum { ROOM = 16384 };
    const size_t unit = sizeof(max_align_t);
    const size_t need = (size + unit - 1) / unit * unit;
    if (conf->chunks == NULL || conf->chunks->room - conf->chunks->used < need) {
        const size_t room = need > ROOM ? need : ROOM;
        struct chunk *chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->room = room;
        chunk->next = conf->chunks;
        conf->chunks = chunk;
    }
    void *at = (char *)conf->chunks->data + conf->chunks->used;
    conf->chunks->used += need;
    return at;
}

static char *copy(struct klipper_conf *conf, const char *text, size_t size)
{
    char *at = take(conf, size + 1);
    if (at != NULL) {
        memcpy(at, text, size);
        at[size] = '\0';
    }
    return at;
}

static int no_memory(struct reader *r)
{
    lab_error_at_file(r->err, klipper_conf_file(r->conf, r->file), "out of memory");
    return LAB_ENOMEM;
}

void klipper_conf_close(struct klipper_conf *conf)
{
    if (conf == NULL) {
        return;
    }
    for (int32_t i = 0; i < conf->files; i++) {
        free(conf->file[i].text);
    }
    for (struct chunk *chunk = conf->chunks; chunk != NULL;) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    free(conf);
}

// --- looking things up --------------------------------------------------------------------------------

const struct klipper_section *klipper_conf_first(const struct klipper_conf *conf)
{
    return conf->first;
}

const struct klipper_section *klipper_conf_section(const struct klipper_conf *conf,
                                                   const char *name)
{
    const struct klipper_section *section = conf->first;
    while (section != NULL && strcmp(section->name, name) != 0) {
        section = section->next;
    }
    return section;
}

const struct klipper_option *klipper_section_find(const struct klipper_section *section,
                                                  const char *option)
{
    const struct klipper_option *found = section != NULL ? section->first : NULL;
    while (found != NULL && strcmp(found->name, option) != 0) {
        found = found->next;
    }
    return found;
}

const struct klipper_option *klipper_conf_find(const struct klipper_conf *conf, const char *section,
                                               const char *option)
{
    return klipper_section_find(klipper_conf_section(conf, section), option);
}

const char *klipper_conf_file(const struct klipper_conf *conf, int32_t file)
{
    return file >= 0 && file < conf->files ? conf->file[file].path : NULL;
}

uint32_t klipper_conf_hash(const struct klipper_conf *conf)
{
    return conf->hash;
}

static int fail_va(const struct klipper_conf *conf, struct lab_error *err, struct klipper_mark mark,
                   const char *token, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

static int fail_va(const struct klipper_conf *conf, struct lab_error *err, struct klipper_mark mark,
                   const char *token, const char *format, va_list args)
{
    const struct file *file = &conf->file[mark.file];
    const struct lab_place place = {.file = file->path,
                                    .text = file->text,
                                    .size = file->size,
                                    .line = mark.line,
                                    .column = mark.column,
                                    .token = token};
    lab_error_at(err, &place, format, args);
    return LAB_EINVAL;
}

int klipper_conf_fail(const struct klipper_conf *conf, struct lab_error *err,
                      struct klipper_mark mark, const char *token, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = fail_va(conf, err, mark, token, format, args);
    va_end(args);
    return status;
}

// --- a line -------------------------------------------------------------------------------------------

/// A line of a file: `text` to `end` is what counts, `begin` is where it stands in the file.
struct line {
    const char *begin;
    const char *text, *end;
    int32_t number;
};

/// A carriage return before the line feed counts as a blank: it goes with those at the line's end.
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\r';
}

static struct klipper_mark mark_at(const struct reader *r, const struct line *line, const char *at)
{
    int32_t column = 1;
    for (const char *p = line->begin; p < at; p++) {
        column += ((unsigned char)*p & 0xc0) != 0x80;
    }
    return (struct klipper_mark){r->file, line->number, column};
}

__attribute__((format(printf, 5, 6))) static int odd(struct reader *r, const struct line *line,
                                                     const char *at, const char *token,
                                                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = fail_va(r->conf, r->err, mark_at(r, line, at), token, format, args);
    va_end(args);
    return status;
}

/// Take comments off: from the first '#'; from a ';' that begins the line or stands behind a blank. Then take the blanks off
/// both ends. Returns whether there was a ';' comment: only Klipper's own '#' leaves an empty line behind.
static bool trim(struct line *line)
{
    const char *end = line->end;
    const char *hash = memchr(line->text, '#', (size_t)(end - line->text));
    line->end = end = hash != NULL ? hash : end;
    for (const char *p = line->text; p < end; p++) {
        if (*p == ';' && (p == line->text || is_blank(p[-1]))) {
            end = p;
        }
    }
    const bool comment = end != line->end;
    line->end = end;
    while (line->text < line->end && is_blank(*line->text)) {
        line->text++;
    }
    while (line->end > line->text && is_blank(line->end[-1])) {
        line->end--;
    }
    return comment;
}

// --- values -------------------------------------------------------------------------------------------

static bool grow_value(struct reader *r, size_t size)
{
    if (r->size + size + 2 > r->room) {
        const size_t room = (r->size + size + 2) * 2;
        char *value = realloc(r->value, room);
        if (value == NULL) {
            return false;
        }
        r->value = value;
        r->room = room;
    }
    if (r->lines == r->lines_room) {
        const int32_t room = r->lines_room * 2 + 16;
        struct klipper_mark *marks = realloc(r->line, (size_t)room * sizeof *marks);
        if (marks == NULL) {
            return false;
        }
        r->line = marks;
        r->lines_room = room;
    }
    return true;
}

static int add_line(struct reader *r, const char *text, size_t size, struct klipper_mark mark)
{
    if (!grow_value(r, size)) {
        return no_memory(r);
    }
    if (r->lines > 0) {
        r->value[r->size++] = '\n';
    }
    memcpy(r->value + r->size, text, size);
    r->size += size;
    r->line[r->lines++] = mark;
    return LAB_OK;
}

/// The option is over: hand its value to the tree. Empty lines at its end are dropped.
static int end_option(struct reader *r)
{
    struct klipper_option *option = r->option;
    if (option == NULL) {
        return LAB_OK;
    }
    while (r->size > 0 && r->value[r->size - 1] == '\n') {
        r->size--;
        r->lines--;
    }
    struct klipper_mark *line = take(r->conf, (size_t)r->lines * sizeof *line);
    option->value = copy(r->conf, r->value, r->size);
    if (line == NULL || option->value == NULL) {
        return no_memory(r);
    }
    memcpy(line, r->line, (size_t)r->lines * sizeof *line);
    option->line = line;
    option->lines = r->lines;
    option->mark = r->size > 0 && r->value[0] != '\n' ? line[0] : option->name_mark;
    r->option = NULL;
    return LAB_OK;
}

// --- sections and options -------------------------------------------------------------------------------

static int count_node(struct reader *r, const struct line *line)
{
    if (++r->conf->nodes > KLIPPER_NODES) {
        return odd(r, line, line->text, NULL, "more than %d sections and options", KLIPPER_NODES);
    }
    return LAB_OK;
}

static int begin_section(struct reader *r, const struct line *line, const char *close)
{
    int status = count_node(r, line);
    char *name = copy(r->conf, line->text + 1, (size_t)(close - line->text - 1));
    if (name == NULL) {
        return no_memory(r);
    }
    if (status == LAB_OK && name[0] == '\0') {
        status = odd(r, line, line->text, NULL, "a section needs a name");
    }
    if (status != LAB_OK) {
        return status;
    }
    r->section = (struct klipper_section *)klipper_conf_section(r->conf, name);
    if (r->section != NULL) {
        return LAB_OK;
    }
    struct klipper_section *section = take(r->conf, sizeof *section);
    if (section == NULL) {
        return no_memory(r);
    }
    *section = (struct klipper_section){.name = name, .mark = mark_at(r, line, line->text)};
    if (r->conf->last != NULL) {
        r->conf->last->next = section;
    } else {
        r->conf->first = section;
    }
    r->conf->last = section;
    r->section = section;
    return LAB_OK;
}

/// The option of that name in the section: the one that is there, or a new one at its end.
static struct klipper_option *place_option(struct reader *r, const char *name)
{
    struct klipper_option **at = &r->section->first;
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = take(r->conf, sizeof **at);
    }
    return *at;
}

static int begin_option(struct reader *r, const struct line *line)
{
    const char *sign = line->text;
    while (sign < line->end && *sign != ':' && *sign != '=') {
        sign++;
    }
    const char *end = sign;
    while (end > line->text && is_blank(end[-1])) {
        end--;
    }
    char *name = copy(r->conf, line->text, (size_t)(end - line->text));
    if (name == NULL) {
        return no_memory(r);
    }
    if (sign == line->end) {
        return odd(r, line, line->text, name, "expected 'option: value', found '%s'", name);
    }
    if (name[0] == '\0') {
        return odd(r, line, line->text, NULL, "an option needs a name before '%c'", *sign);
    }
    for (char *p = name; *p != '\0'; p++) {
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    }
    const int status = count_node(r, line);
    if (status != LAB_OK) {
        return status;
    }
    struct klipper_option *option = place_option(r, name);
    if (option == NULL) {
        return no_memory(r);
    }
    option->name = name;
    option->name_mark = mark_at(r, line, line->text);
    r->option = option;
    r->size = 0;
    r->lines = 0;
    const char *value = sign + 1;
    while (value < line->end && is_blank(*value)) {
        value++;
    }
    return add_line(r, value, (size_t)(line->end - value), mark_at(r, line, value));
}

// --- includes -------------------------------------------------------------------------------------------

static int read_file(struct reader *r, const char *path);

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
static int include_file(struct reader *r, const struct line *line, const char *at, const char *name,
                        const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return odd(r, line, at, name, "%s cannot be included: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return odd(r, line, at, name, "%s is not a regular file", path);
    }
    if (is_open(r->conf, path)) {
        return odd(r, line, at, name, "%s includes itself", path);
    }
    if (r->depth + 1 == KLIPPER_DEPTH) {
        return odd(r, line, at, name, "includes are nested more than %d deep", KLIPPER_DEPTH);
    }
    if (r->conf->files == KLIPPER_FILES) {
        return odd(r, line, at, name, "more than %d files", KLIPPER_FILES);
    }
    struct reader below = {.conf = r->conf, .err = r->err, .depth = r->depth + 1};
    return read_file(&below, path);
}

static int include(struct reader *r, const struct line *line, const char *at, const char *name)
{
    const char *from = r->conf->file[r->file].path;
    const char *slash = name[0] == '/' ? NULL : strrchr(from, '/');
    const int folder = slash != NULL ? (int)(slash - from + 1) : 0;
    char path[1024];
    if (r->from_memory) {
        return odd(r, line, at, name, "an include needs a file to stand in");
    }
    const int n = snprintf(path, sizeof path, "%.*s%s", folder, from, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        return odd(r, line, at, name, "the path is too long");
    }
    glob_t found;
    const int bad = glob(path, 0, NULL, &found);
    if (bad == GLOB_NOSPACE) {
        return no_memory(r);
    }
    int status = LAB_OK;
    if (bad != 0 && !has_magic(name)) {
        status = odd(r, line, at, name, "no such file: %s", path);
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
static bool is_include(const struct line *line)
{
    const size_t n = strlen(include_word);
    return line->text == line->begin && (size_t)(line->end - line->text) > n &&
           line->text[0] == '[' && memcmp(line->text + 1, include_word, n) == 0;
}

static int take_include(struct reader *r, const struct line *line, const char *close)
{
    const char *at = line->text + 1 + strlen(include_word);
    while (at < close && is_blank(*at)) {
        at++;
    }
    while (close > at && is_blank(close[-1])) {
        close--;
    }
    char *name = copy(r->conf, at, (size_t)(close - at));
    if (name == NULL) {
        return no_memory(r);
    }
    r->section = NULL; // what follows an include begins with a section of its own
    return name[0] != '\0' ? include(r, line, at, name)
                           : odd(r, line, line->text, NULL, "an include needs a path");
}

// --- a file ---------------------------------------------------------------------------------------------

static int take_header(struct reader *r, const struct line *line)
{
    const char *close = line->end;
    while (close > line->text && close[-1] != ']') {
        close--;
    }
    if (close == line->text) {
        return odd(r, line, line->text, NULL, "a section header needs a closing ']'");
    }
    close--;
    return is_include(line) ? take_include(r, line, close) : begin_section(r, line, close);
}

static int take_line(struct reader *r, struct line *line)
{
    const char *from = line->text;
    const bool comment = trim(line);
    if (line->text == line->end) {
        // an empty line belongs to the value; a ';' comment alone does not
        const bool kept = r->option != NULL && !comment;
        return kept ? add_line(r, line->text, 0, mark_at(r, line, line->text)) : LAB_OK;
    }
    const int indent = (int)(line->text - from);
    if (r->option != NULL && indent > r->indent) {
        return add_line(r, line->text, (size_t)(line->end - line->text),
                        mark_at(r, line, line->text));
    }
    r->indent = indent;
    int status = end_option(r);
    if (status == LAB_OK && line->text[0] == '[') {
        return take_header(r, line);
    }
    if (status == LAB_OK && r->section == NULL) {
        status = odd(r, line, line->text, NULL, "an option before any [section]");
    }
    return status == LAB_OK ? begin_option(r, line) : status;
}

static bool begins(const struct line *line, const char *text)
{
    const size_t n = strlen(text);
    return (size_t)(line->end - line->text) >= n && memcmp(line->text, text, n) == 0;
}

/// What SAVE_CONFIG wrote at the end of the main file: options behind "#*# ". Returns whether the line is none of it.
static bool take_saved(struct reader *r, struct line *line, int *status)
{
    static const char head[] = "#*# <---------------------- SAVE_CONFIG ---------------------->";
    if (!r->saved && r->depth == 0 && begins(line, head)) {
        *status = end_option(r);
        r->section = NULL;
        r->saved = true;
        return false;
    }
    if (!r->saved) {
        return true;
    }
    if (!begins(line, "#*#")) {
        struct line rest = *line;
        trim(&rest);
        if (rest.text != rest.end) {
            *status = odd(r, line, rest.text, NULL, "a line that SAVE_CONFIG did not write");
        }
        return false;
    }
    line->text += begins(line, "#*# ") ? 4 : 3;
    return !begins(line, "DO NOT EDIT"); // the block's heading
}

static int take_lines(struct reader *r)
{
    const struct file *file = &r->conf->file[r->file];
    const char *end = file->text + file->size;
    struct line line = {.begin = file->text};
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
    return status == LAB_OK ? end_option(r) : status;
}

/// UTF-8 without control characters but tab; says where it is not.
static int check_text(struct reader *r)
{
    const struct file *file = &r->conf->file[r->file];
    struct line line = {.begin = file->text, .number = 1};
    for (size_t i = 0; i < file->size;) {
        const unsigned char c = (unsigned char)file->text[i];
        const size_t step = lab_utf8(file->text + i, file->size - i);
        if (step == 0) {
            return odd(r, &line, file->text + i, NULL, "byte 0x%02x is not UTF-8 text", c);
        }
        if ((c < 0x20 && strchr("\t\n\r\f\v", c) == NULL) || c == 0 || c == 0x7f) {
            return odd(r, &line, file->text + i, NULL,
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
static int take_text(struct reader *r)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct file *file = &r->conf->file[r->file];
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

static int add_file(struct reader *r, const char *path)
{
    struct klipper_conf *conf = r->conf;
    char *kept = copy(conf, path, strlen(path));
    if (kept == NULL) {
        lab_error_at_file(r->err, path, "out of memory");
        return LAB_ENOMEM;
    }
    r->file = conf->files;
    conf->file[conf->files++] = (struct file){.path = kept};
    return LAB_OK;
}

static int read_file(struct reader *r, const char *path)
{
    int status = add_file(r, path);
    if (status != LAB_OK) {
        return status;
    }
    struct file *file = &r->conf->file[r->file];
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
        return no_memory(r);
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
    struct reader r = {.conf = calloc(1, sizeof *r.conf), .err = err};
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
    struct reader r = {.conf = calloc(1, sizeof *r.conf), .err = err, .from_memory = true};
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
        struct file *file = &r.conf->file[r.file];
        file->text = malloc(size + 1);
        if (file->text == NULL) {
            status = no_memory(&r);
        } else {
            memcpy(file->text, text, size);
            file->text[size] = '\0';
            file->size = size;
            status = take_text(&r);
        }
    }
    return finish(out, r.conf, status);
}
