// What a print depends on and the modal state does not hold: settings, objects, the thumbnail. Kept as places in the job.
// SPDX-License-Identifier: MIT
#include "core/resume/resume.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t mix(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)lower(c)) * 16777619u;
}

// --- settings that are said again ----------------------------------------------------------------

/// Codes that set something for the rest of the print. What the modal state holds in full is not here.
static bool sets_code(const struct plr_gcode_line *line)
{
    static const uint16_t codes[] = {92,  201, 203, 204, 205, 207, 208, 209, 302, 420,
                                     425, 566, 569, 572, 593, 851, 900, 906, 913};

    if (line->letter != 'M') // RepRapFirmware's tool temperatures and offsets; plain G10 retracts
        return line->letter == 'G' && line->code == 10 && plr_gcode_has(line, 'P');
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (line->code == codes[i])
            return true;
    // the part's own fan is in the modal state
    return (line->code == 106 || line->code == 107) && plr_gcode_get(line, 'P', 0) > 0;
}

static bool sets_name(const struct plr_gcode_line *line)
{
    static const char *const names[] = {
        "SET_PRESSURE_ADVANCE",
        "SET_VELOCITY_LIMIT",
        "SET_FAN_SPEED",
        "SET_RETRACTION",
        "SET_INPUT_SHAPER",
        "SET_SKEW",
        "SET_PIN",
        "SET_LED",
        "SET_PRINT_STATS_INFO",
        "SET_STEPPER_ENABLE",
        "SET_TMC_CURRENT",
        "SET_FILAMENT_SENSOR",
        "SET_SERVO",
    };

    if (lower(line->name[0]) != 's')
        return false; // nearly all
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (plr_gcode_is(line, names[i]))
            return true;
    return false;
}

/// Sort of a setting: code and the letters it has; those that name a thing (T, P, D) count with their value.
static uint32_t sort_of_code(const struct plr_gcode_line *line)
{
    uint32_t hash = mix(2166136261u, line->letter) ^ (uint32_t)line->code * 2654435761u;

    for (int i = 0; i < 26; i++) {
        char letter = (char)('A' + i);
        if (!((line->present >> i) & 1u))
            continue;
        hash = mix(hash, letter);
        bool names = (letter == 'P' || letter == 'D') && line->code != 204;
        if (names || (letter == 'T' && line->code != 204 && line->code != 205))
            hash = mix(hash, (char)(line->value[i] / 1000000));
    }
    return hash;
}

/// Sort of an extended command: its name and its keys; the values only of keys that name a thing.
static uint32_t sort_of_name(const struct plr_gcode_line *line)
{
    static const char *const things[] = {"FAN",     "EXTRUDER", "PIN",  "LED",
                                         "STEPPER", "SENSOR",   "SERVO"};
    uint32_t hash = 2166136261u;
    bool value = false;
    const char *text;

    for (size_t i = 0; i < line->name_len; i++)
        hash = mix(hash, line->name[i]);
    for (size_t i = 0; i < line->args_len; i++) {
        char c = line->args[i];
        value = c == '=' ? true : c == ' ' ? false : value;
        if (!value && c != ' ')
            hash = mix(hash, c);
    }
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        int size = plr_gcode_arg(line, things[i], &text);
        for (int n = 0; n < size; n++)
            hash = mix(hash, text[n]);
    }
    return hash;
}

static const char *skip(const char *at, const char *end, const char *these)
{
    while (at < end && *at && strchr(these, *at))
        at++;
    return at;
}

/// From the command's first letter to its last byte, without line number, checksum, comment.
static struct resume_span command_of(const struct plr_gcode_line *line, const char *text,
                                     size_t size, uint64_t at)
{
    const char *begin = text, *end = text + size;

    begin = skip(begin, end, " \t");
    if (begin < end && lower(*begin) == 'n')
        begin = skip(skip(begin + 1, end, "0123456789"), end, " \t");
    if (line->kind == PLR_GCODE_EXTENDED) {
        begin = line->name;
        end = line->args_len ? line->args + line->args_len : line->name + line->name_len;
    } else {
        const char *stop = begin;
        while (stop < end && !memchr(";*\r\n", *stop, 4))
            stop++;
        end = stop;
    }
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct resume_span){at + (uint64_t)(begin - text), (uint32_t)(end - begin)};
}

static void keep(struct resume_notes *notes, struct resume_span span, uint32_t sort, bool inch)
{
    int32_t n = 0;

    while (n < notes->kepts && notes->kept[n].sort != sort)
        n++;
    if (n == notes->kepts) {
        if (notes->kepts == RESUME_KEPT_MAX) {
            notes->overflow = true;
            return;
        }
        notes->kepts++;
    }
    // the latest goes last: settings that overlap are said again in the order in which they were said
    memmove(&notes->kept[n], &notes->kept[n + 1],
            (size_t)(notes->kepts - n - 1) * sizeof notes->kept[0]);
    notes->kept[notes->kepts - 1] = (struct resume_kept){span, sort, inch};
}

// --- objects -------------------------------------------------------------------------------------

static void add(struct resume_notes *notes, struct resume_span *list, int32_t *count, int32_t most,
                struct resume_span span)
{
    if (*count < most)
        list[(*count)++] = span;
    else
        notes->overflow = true;
}

static void note_exclude(struct resume_notes *notes, const struct plr_gcode_line *line,
                         struct resume_span span)
{
    const char *value;

    if (plr_gcode_is(line, "EXCLUDE_OBJECT_DEFINE")) {
        if (plr_gcode_arg(line, "RESET", &value) >= 0)
            notes->objects = notes->cancels = 0;
        else
            add(notes, notes->object, &notes->objects, RESUME_OBJECTS_MAX, span);
    } else if (plr_gcode_is(line, "EXCLUDE_OBJECT_START")) {
        notes->current = span;
    } else if (plr_gcode_is(line, "EXCLUDE_OBJECT_END")) {
        notes->current.size = 0;
    } else if (plr_gcode_is(line, "EXCLUDE_OBJECT")) {
        // one that is taken back by name is said again, too: behind what it takes back
        if (plr_gcode_arg(line, "NAME", &value) >= 0)
            add(notes, notes->cancelled, &notes->cancels, RESUME_CANCELLED_MAX, span);
        else if (plr_gcode_arg(line, "RESET", &value) >= 0)
            notes->cancels = 0;
    }
}

/// M486 T count, S index [A"name"], A"name" of the running one, P cancelled, U taken back. Its words are text to the lexer.
static void note_m486(struct resume_notes *notes, const struct plr_gcode_line *line,
                      struct resume_span span)
{
    char c = line->name_len ? lower(line->name[0]) : '\0';
    bool named = line->name_len && memchr(line->name, 'A', line->name_len);

    if (c == 'a' && notes->current.size)
        add(notes, notes->object, &notes->objects, RESUME_OBJECTS_MAX, notes->current);
    if (c == 't' || c == 'a' || (c == 's' && named))
        add(notes, notes->object, &notes->objects, RESUME_OBJECTS_MAX, span);
    if (c == 's')
        notes->current =
            line->name_len > 1 && line->name[1] == '-' ? (struct resume_span){0, 0} : span;
    if (c == 'p' || c == 'u')
        add(notes, notes->cancelled, &notes->cancels, RESUME_CANCELLED_MAX, span);
}

// --- thumbnail -------------------------------------------------------------------------------------

static bool begins(const char *text, size_t size, const char *word)
{
    size_t at = 0;

    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    for (; at < size && *word && text[at] == *word; at++)
        word++;
    return !*word;
}

static void note_comment(struct resume_notes *notes, const struct plr_gcode_line *line, uint64_t at)
{
    if (!line->comment || !begins(line->comment, line->comment_len, "thumbnail"))
        return;
    if (begins(line->comment, line->comment_len, "thumbnail_") ||
        begins(line->comment, line->comment_len, "thumbnail begin")) {
        notes->in_thumbnail = true;
        notes->thumbnail_open = at;
    }
    if (!notes->in_thumbnail || !begins(line->comment, line->comment_len, "thumbnail end"))
        return;
    notes->in_thumbnail = false;
    if (!notes->thumbnail.size)
        notes->thumbnail.at = notes->thumbnail_open;
    notes->thumbnail.size =
        (uint32_t)(at - notes->thumbnail.at); // its last line is added when written
}

void resume_note_line(struct resume_notes *notes, const struct plr_gcode_line *line,
                      const char *text, size_t size, uint64_t at, bool inch)
{
    if (line->kind == PLR_GCODE_EMPTY) {
        note_comment(notes, line, at);
        return;
    }
    if (line->kind == PLR_GCODE_EXTENDED) {
        if (line->name_len >= 14 && lower(line->name[0]) == 'e')
            note_exclude(notes, line, command_of(line, text, size, at));
        else if (sets_name(line))
            keep(notes, command_of(line, text, size, at), sort_of_name(line), inch);
        return;
    }
    if (line->letter == 'M' && line->code == 486)
        note_m486(notes, line, command_of(line, text, size, at));
    else if (sets_code(line))
        keep(notes, command_of(line, text, size, at), sort_of_code(line), inch);
}
