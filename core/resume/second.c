// The second reading of G-code: see second.h. As plain as it can be, so that it can be seen to be right.
// SPDX-License-Identifier: MIT
#include "core/resume/second.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void second_init(struct second *s)
{
    memset(s, 0, sizeof *s);
    s->feed = 25000000;
    s->speed = s->flow = 1000000;
    s->plane = 17;
    s->lowest = INT64_MAX;
}

static int64_t micro(double v)
{
    return (int64_t)(v * 1e6 + (v < 0 ? -0.5 : 0.5));
}

static int64_t rounded(int64_t v, int64_t divisor)
{
    return (v < 0 ? v - divisor / 2 : v + divisor / 2) / divisor;
}

static bool has(const struct second *s, char letter)
{
    return (s->has >> (letter - 'A')) & 1u;
}

static int64_t word(const struct second *s, char letter)
{
    return s->words[letter - 'A'];
}

static int64_t length(const struct second *s, char letter)
{
    return s->inch ? rounded(word(s, letter) * 127, 5) : word(s, letter);
}

/// Letters with numbers from `text` on. A letter without a number has the value 0.
static void take_words(struct second *s, const char *text)
{
    s->has = 0;
    memset(s->words, 0, sizeof s->words);
    while (*text) {
        if (isalpha((unsigned char)*text)) {
            int letter = toupper((unsigned char)*text) - 'A';
            char digits[40]; // "X1E2" is X1 and E2, no exponent
            size_t n = strspn(++text, " "), size = strspn(text + n, "+-.0123456789");
            memcpy(digits, text + n, size < 39 ? size : 39);
            digits[size < 39 ? size : 39] = '\0';
            s->has |= 1u << letter;
            s->words[letter] = micro(strtod(digits, NULL));
            text += size ? n + size : 0;
        } else {
            text++;
        }
    }
}

static void push(struct second *s, int64_t e)
{
    int64_t with_flow = s->flow == 1000000 ? e : rounded(e * (s->flow / 1000), 1000);

    s->pushed = with_flow;
    s->owed = s->owed > with_flow ? s->owed - with_flow : 0;
}

static void move(struct second *s)
{
    static const char axis[4] = {'X', 'Y', 'Z', 'E'};
    int64_t was = s->at[3];

    s->moved = true;
    s->arc = s->motion >= 2;
    memcpy(s->from, s->nozzle, sizeof s->from);
    if (has(s, 'F') && word(s, 'F') > 0)
        s->feed = rounded(length(s, 'F'), 60);
    for (int i = 0; i < 4; i++) {
        if (!has(s, axis[i]))
            continue;
        bool relative = s->relative || (i == 3 && s->relative_e);
        int64_t to = relative ? s->at[i] + length(s, axis[i]) : length(s, axis[i]);
        if (i < 3)
            s->nozzle[i] += to - s->at[i];
        s->at[i] = to;
    }
    push(s, s->at[3] - was);
    bool flat = s->nozzle[0] != s->from[0] || s->nozzle[1] != s->from[1] || s->arc;
    if (s->pushed > 0 && flat)
        s->printed = true;
    else if (s->nozzle[2] < s->lowest)
        s->lowest = s->nozzle[2];
}

/// The nozzle stays, what the program believes changes.
static void believe(struct second *s)
{
    static const char axis[4] = {'X', 'Y', 'Z', 'E'};
    bool none = !has(s, 'X') && !has(s, 'Y') && !has(s, 'Z') && !has(s, 'E');

    for (int i = 0; i < 4; i++)
        if (none || has(s, axis[i]))
            s->at[i] = none ? 0 : length(s, axis[i]);
}

static void home(struct second *s, bool x, bool y, bool z)
{
    bool axes[3] = {x, y, z};

    s->homed_z |= z;
    for (int i = 0; i < 3; i++)
        if (axes[i]) {
            s->nozzle[i] = 0;
            s->at[i] = -s->offset[i];
        }
}

static void g(struct second *s, int code)
{
    bool any = has(s, 'X') || has(s, 'Y') || has(s, 'Z');

    switch (code) {
    case 0:
    case 1:
    case 2:
    case 3:
        s->motion = code;
        move(s);
        break;
    case 10: s->retracted = true; break;
    case 11: s->retracted = false; break;
    case 17:
    case 18:
    case 19: s->plane = code; break;
    case 20: s->inch = true; break;
    case 21: s->inch = false; break;
    case 28: home(s, !any || has(s, 'X'), !any || has(s, 'Y'), !any || has(s, 'Z')); break;
    case 90: s->relative = false; break;
    case 91: s->relative = true; break;
    case 92: believe(s); break;
    default: break;
    }
}

static void babystep(struct second *s)
{
    for (int i = 0; i < 3; i++) {
        int64_t by = length(s, (char)('X' + i));
        if (i == 2 && !has(s, 'Z'))
            by = length(s, 'S');
        s->nozzle[i] += by;
        s->offset[i] += by;
    }
}

static void m(struct second *s, int code)
{
    int tool = has(s, 'T') ? (int)(word(s, 'T') / 1000000) : s->tool;
    int64_t value = word(s, 'S'), degrees = value / 1000;
    int which = (int)(word(s, 'P') / 1000000);

    switch (code) {
    case 82: s->relative_e = false; break;
    case 83: s->relative_e = true; break;
    case 104:
    case 109: s->hot[tool] = degrees; break;
    case 106: s->fan[which] = has(s, 'S') ? rounded(value, 255) : 1000000; break;
    case 107: s->fan[which] = 0; break;
    case 140:
    case 190: s->bed = degrees; break;
    case 141: s->chamber = degrees; break;
    case 204: s->accel = has(s, 'S') ? length(s, 'S') : s->accel; break;
    case 220: s->speed = rounded(value, 100); break;
    case 221: s->flow = rounded(value, 100); break;
    case 290: babystep(s); break;
    case 900: s->advance = has(s, 'K') ? word(s, 'K') : s->advance; break;
    case 572: s->advance = word(s, 'S'); break;
    default: break;
    }
}

/// KEY=number in an extended command.
static bool key(const char *text, const char *name, int64_t *value)
{
    for (const char *at = text; (at = strstr(at, name)); at++) {
        if (at > text && at[-1] == ' ' && at[strlen(name)] == '=') {
            *value = micro(strtod(at + strlen(name) + 1, NULL));
            return true;
        }
    }
    return false;
}

static void extended(struct second *s, const char *text)
{
    int64_t v;

    if (!strncmp(text, "SET_KINEMATIC_POSITION", 22)) {
        for (int i = 0; i < 3; i++)
            if (key(text, (const char *[]){"X", "Y", "Z"}[i], &v)) {
                s->nozzle[i] = v;
                s->at[i] = v - s->offset[i];
            }
    } else if (!strncmp(text, "SET_GCODE_OFFSET", 16)) {
        for (int i = 0; i < 3; i++)
            if (key(text, (const char *[]){"X", "Y", "Z"}[i], &v)) {
                s->at[i] -= v - s->offset[i];
                s->offset[i] = v;
            }
    } else if (!strncmp(text, "print_start", 11) || !strncmp(text, "PRINT_START", 11)) {
        if (key(text, "EXTRUDER", &v))
            s->hot[s->tool] = v / 1000;
        if (key(text, "BED", &v))
            s->bed = v / 1000;
        home(s, true, true, true);
    } else if (!strncmp(text, "SET_PRESSURE_ADVANCE", 20) && key(text, "ADVANCE", &v)) {
        s->advance = v;
    } else if (!strncmp(text, "PLR_ENABLE", 10)) {
        s->recorded = true;
    } else if (!strncmp(text, "PLR_DISABLE", 11)) {
        s->recorded = false;
    }
}

void second_line(struct second *s, const char *text, size_t len)
{
    char line[1024];
    size_t n = 0;
    int depth = 0;

    s->moved = s->arc = false;
    s->pushed = 0;
    for (size_t i = 0; i < len && text[i] != ';' && text[i] != '*' && n < sizeof line - 1; i++) {
        depth += text[i] == '(';
        if (!depth)
            line[n++] = text[i] == '\r' || text[i] == '\t' ? ' ' : text[i];
        depth -= text[i] == ')';
    }
    line[n] = '\0';
    char *at = line;
    at += strspn(at, " ");
    if (toupper((unsigned char)*at) == 'N' && isdigit((unsigned char)at[1]))
        at += 1 + strspn(at + 1, "0123456789");
    at += strspn(at, " ");
    char letter = (char)toupper((unsigned char)*at);
    if (!*at)
        return;
    if ((letter != 'G' && letter != 'M' && letter != 'T') || !isdigit((unsigned char)at[1])) {
        take_words(s, at);
        if (strchr("XYZEF", letter) && strchr("-.0123456789", at[1]))
            g(s, s->motion);
        else
            extended(s, at);
        return;
    }
    char *rest;
    int code = (int)strtol(at + 1, &rest, 10);
    take_words(s, rest);
    if (letter == 'T')
        s->tool = code;
    else if (letter == 'G')
        g(s, code);
    else if (code != 117)
        m(s, code);
}
