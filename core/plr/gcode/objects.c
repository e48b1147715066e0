// Objects of a job: which one is being printed, and which are excluded (EXCLUDE_OBJECT, M486).
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#include <string.h>

uint32_t plr_object_hash(const char *name, size_t len)
{
    uint32_t hash = 2166136261u;

    PLR_ASSERT(name || !len);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)plr_upper(name[i])) * 16777619u;
    return hash ? hash : 1; // 0 is no object
}

// --- lines ---------------------------------------------------------------------------------------

/// A word of M486, whose words are text to the lexer: letter and digits.
struct word {
    char letter; ///< upper case
    const char *digits;
    size_t len;
};

/// The next word at or behind *at. The quoted name that A brings comes last and is not looked at.
static bool next_word(const struct plr_gcode_line *line, size_t *at, struct word *word)
{
    const char *text = line->name;

    while (*at < line->name_len && plr_is_blank(text[*at]))
        (*at)++;
    if (*at == line->name_len || !plr_is_letter(text[*at]))
        return false;
    word->letter = plr_upper(text[(*at)++]);
    word->digits = text + *at;
    while (*at < line->name_len && (plr_is_digit(text[*at]) || text[*at] == '-'))
        (*at)++;
    word->len = (size_t)(text + *at - word->digits);
    return true;
}

static bool is_m486(const struct plr_gcode_line *line)
{
    return line->kind == PLR_GCODE_CODE && line->letter == 'M' && line->code == 486;
}

/// Does another object run behind this line? Its name then, of length 0 when none does.
static bool turns(const struct plr_gcode_line *line, const char **name, size_t *len)
{
    struct word word;
    const char *reset;

    *len = 0;
    if (is_m486(line)) {
        for (size_t at = 0; next_word(line, &at, &word);) {
            if (word.letter != 'S')
                continue;
            *name = word.digits;
            *len = word.len && word.digits[0] == '-' ? 0 : word.len;
            return true;
        }
        return false;
    }
    if (plr_gcode_is(line, "EXCLUDE_OBJECT_START")) {
        int size = plr_gcode_arg(line, "NAME", name);
        *len = size > 0 ? (size_t)size : 0;
        return size > 0;
    }
    return plr_gcode_is(line, "EXCLUDE_OBJECT_END") ||
           (plr_gcode_is(line, "EXCLUDE_OBJECT_DEFINE") &&
            plr_gcode_arg(line, "RESET", &reset) >= 0);
}

int plr_modal_object(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    const char *name;
    size_t len;

    (void)action;
    if (turns(line, &name, &len))
        modal->object = len ? plr_object_hash(name, len) : 0;
    return 0;
}

// --- the list ------------------------------------------------------------------------------------

const char *plr_objects_next(const struct plr_objects *objects, const char *name)
{
    PLR_ASSERT(objects && objects->len <= sizeof objects->names);
    const char *next = name ? name + strlen(name) + 1 : objects->names;
    return next < objects->names + objects->len ? next : NULL;
}

bool plr_objects_has(const struct plr_objects *objects, uint32_t object)
{
    const char *name = NULL;

    while (object && (name = plr_objects_next(objects, name)) != NULL)
        if (plr_object_hash(name, strlen(name)) == object)
            return true;
    return false;
}

static int forget_all(struct plr_objects *objects)
{
    int changed = objects->len || objects->full;

    objects->len = 0;
    objects->full = false;
    memset(objects->names, 0, sizeof objects->names);
    return changed;
}

static int exclude(struct plr_objects *objects, const char *name, size_t len)
{
    if (!len || plr_objects_has(objects, plr_object_hash(name, len)))
        return 0;
    if (len >= PLR_OBJECT_NAME || len + 1 > sizeof objects->names - objects->len) {
        objects->full = true;
        return PLR_ENOSPC;
    }
    memcpy(objects->names + objects->len, name, len);
    objects->len = (uint16_t)(objects->len + len + 1);
    return 1;
}

static int readmit(struct plr_objects *objects, const char *name, size_t len)
{
    for (const char *at = NULL; (at = plr_objects_next(objects, at)) != NULL;) {
        if (plr_object_hash(at, strlen(at)) != plr_object_hash(name, len))
            continue;
        char *place = objects->names + (at - objects->names);
        size_t size = strlen(at) + 1, behind = objects->len - (size_t)(at - objects->names) - size;
        memmove(place, place + size, behind);
        memset(place + behind, 0, size);
        objects->len = (uint16_t)(objects->len - size);
        return 1;
    }
    return 0;
}

static int by_number(struct plr_objects *objects, const struct plr_gcode_line *line)
{
    struct word word;
    int result = 0;

    objects->numbered = true;
    for (size_t at = 0; next_word(line, &at, &word);) {
        int said = 0;
        if (word.letter == 'T') // so many there are: another print
            said = forget_all(objects);
        else if (word.letter == 'P')
            said = exclude(objects, word.digits, word.len);
        else if (word.letter == 'U')
            said = readmit(objects, word.digits, word.len);
        else if (word.letter == 'C')
            said = exclude(objects, objects->current, strlen(objects->current));
        result = said ? said : result;
    }
    return result;
}

static int by_name(struct plr_objects *objects, const struct plr_gcode_line *line)
{
    const char *name, *other;
    int len = plr_gcode_arg(line, "NAME", &name);
    bool reset = plr_gcode_arg(line, "RESET", &other) >= 0;

    if (plr_gcode_is(line, "EXCLUDE_OBJECT_DEFINE"))
        return reset ? forget_all(objects) : 0;
    if (!plr_gcode_is(line, "EXCLUDE_OBJECT"))
        return 0;
    objects->numbered = false;
    if (reset)
        return len > 0 ? readmit(objects, name, (size_t)len) : forget_all(objects);
    if (len <= 0 && plr_gcode_arg(line, "CURRENT", &other) >= 0)
        return exclude(objects, objects->current, strlen(objects->current));
    return len > 0 ? exclude(objects, name, (size_t)len) : 0;
}

int plr_objects_apply(struct plr_objects *objects, const struct plr_gcode_line *line)
{
    const char *name;
    size_t len;

    PLR_ASSERT(objects && line);
    bool numbers = is_m486(line);
    if (line->fault ||
        (!numbers && (line->kind != PLR_GCODE_EXTENDED ||
                      !plr_text_begins(line->name, line->name_len, "EXCLUDE_OBJECT"))))
        return 0;
    if (turns(line, &name, &len)) {
        memset(objects->current, 0, sizeof objects->current);
        if (len && len < sizeof objects->current)
            memcpy(objects->current, name, len);
    }
    return numbers ? by_number(objects, line) : by_name(objects, line);
}
