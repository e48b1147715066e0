// Lines of Marlin's serial protocol, read and written.
// SPDX-License-Identifier: MIT
#include "core/lab/link/marlin_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool marlin_split(struct marlin_splitter *splitter, char byte)
{
    unsigned char c = (unsigned char)byte;

    if (c == '\n' || c == '\r') {
        splitter->line[splitter->size] = 0;
        bool some = splitter->size > 0;
        splitter->size = 0;
        return some;
    }
    if ((c >= ' ' || c == '\t') && c != 0x7f && splitter->size < sizeof splitter->line - 1)
        splitter->line[splitter->size++] = c >= 0x80 ? '?' : c == '\t' ? ' ' : byte;
    return false;
}

size_t marlin_number(char *out, size_t room, uint32_t n, const char *command)
{
    unsigned sum = 0;
    int size = snprintf(out, room, "N%" PRIu32 " %s", n, command);

    if (size < 0 || (size_t)size >= room)
        return 0;
    for (int i = 0; i < size; i++)
        sum ^= (unsigned char)out[i];
    int more = snprintf(out + size, room - (size_t)size, "*%u\n", sum);
    return more > 0 && (size_t)more < room - (size_t)size ? (size_t)(size + more) : 0;
}

// --- numbers ------------------------------------------------------------------------------------------------------

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/// A number with a fraction, times 10^places; finer digits are dropped. Returns what follows it, NULL when it is none or beyond 10^12.
static const char *decimal(const char *at, int places, int64_t *out)
{
    bool minus = *at == '-', some = false;
    int64_t value = 0;

    if (*at == '-' || *at == '+')
        at++;
    for (; digit(*at); at++, some = true) {
        value = value * 10 + (*at - '0');
        if (value > INT64_C(1000000000000))
            return NULL;
    }
    if (*at == '.')
        at++;
    else
        for (; places > 0; places--)
            value *= 10;
    for (; digit(*at); at++, some = true)
        if (places-- > 0)
            value = value * 10 + (*at - '0');
    for (; places > 0; places--)
        value *= 10;
    if (!some)
        return NULL;
    *out = minus ? -value : value;
    return at;
}

static const char *blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/// Does it begin so? Then what follows.
static const char *behind(const char *at, const char *word)
{
    size_t n = strlen(word);
    return strncmp(at, word, n) ? NULL : at + n;
}

// --- kinds of lines -----------------------------------------------------------------------------------------------

static void words(struct marlin_said *out, enum marlin_word word, const char *text, size_t size)
{
    out->word = word;
    out->text = text;
    out->text_size = size;
}

/// "200.00 /210.00". Returns what follows, NULL when it is no temperature.
static const char *heater(const char *at, struct link_heater *out)
{
    int64_t now, target = LINK_NO_TEMPERATURE;

    at = decimal(blanks(at), 3, &now);
    if (!at || now < -300000 || now > 2000000)
        return NULL;
    if (*blanks(at) == '/') {
        at = decimal(blanks(blanks(at) + 1), 3, &target);
        if (!at || target < 0 || target > 2000000)
            return NULL;
    }
    if (*at && *at != ' ')
        return NULL;
    out->now_mc = (int32_t)now;
    out->target_mc = (int32_t)target;
    return at;
}

/// "T:23.50 /0.00 B:22.10 /0.00 T0:23.50 /0.00 @:0 B@:0": the current tool is T, or the first where there is no T.
static bool temperatures(const char *at, struct marlin_said *out)
{
    static const struct link_heater none = {LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};
    struct link_heater *to;
    int found = 0;

    out->nozzle = out->bed = out->chamber = none;
    for (int i = 0; i < MARLIN_TOOLS; i++)
        out->tool[i] = none;
    for (at = blanks(at); *at; at = blanks(at)) {
        const char *value;
        if ((value = behind(at, "T:")))
            to = &out->nozzle;
        else if (at[0] == 'T' && at[1] >= '0' && at[1] < '0' + MARLIN_TOOLS && at[2] == ':')
            value = at + 3, to = &out->tool[at[1] - '0'];
        else if ((value = behind(at, "B:")))
            to = &out->bed;
        else if ((value = behind(at, "C:")))
            to = &out->chamber;
        else if (!found)
            return false;
        if (value && !(value = heater(value, to)))
            return false;
        found += value ? 1 : 0;
        at = value ? value : at + strcspn(at, " ");
    }
    if (out->nozzle.now_mc == LINK_NO_TEMPERATURE)
        out->nozzle = out->tool[0];
    return found > 0;
}

/// "X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0 Y:0 Z:0"
static bool position(const char *at, struct marlin_said *out)
{
    static const char *const axis[] = {"X:", "Y:", "Z:", "E:"};

    for (int i = 0; i < 4; i++) {
        const char *value = behind(blanks(at), axis[i]);
        if (!value && i == 3)
            return true; // no extruder
        if (!value || !(at = decimal(blanks(value), 6, &out->at_nm[i])))
            return false;
        if (*at && *at != ' ')
            return false;
    }
    return true;
}

static bool contains(const char *text, const char *word)
{
    return strstr(text, word) != NULL;
}

static void read_error(const char *text, struct marlin_said *out)
{
    enum marlin_word word = MARLIN_ERROR;

    text = blanks(text);
    if (contains(text, "kill() called") || contains(text, "rinter halted"))
        word = MARLIN_KILLED;
    else if (contains(text, "Last Line") || contains(text, "checksum") ||
             contains(text, "No Checksum"))
        word = MARLIN_BAD_LINE;
    words(out, word, text, strlen(text));
}

/// "File opened: NAME Size: 1234"
static bool file_opened(const char *text, struct marlin_said *out)
{
    text = blanks(text);
    const char *size = strstr(text, " Size:");

    if (!size || !decimal(blanks(size + 6), 0, &out->number[0]) || out->number[0] < 0)
        return false;
    words(out, MARLIN_FILE_OPENED, text, (size_t)(size - text));
    return true;
}

/// "SD printing byte 12/3456"
static bool sd_printing(const char *text, struct marlin_said *out)
{
    const char *at = decimal(blanks(text), 0, &out->number[0]);

    return at && *at == '/' && decimal(at + 1, 0, &out->number[1]) && out->number[0] >= 0 &&
           out->number[0] <= out->number[1];
}

/// "Cap:NAME:1"
static bool cap(const char *text, struct marlin_said *out)
{
    size_t n = strcspn(text, ":");

    if (!n || text[n] != ':' || !decimal(text + n + 1, 0, &out->number[0]))
        return false;
    words(out, MARLIN_CAP, text, n);
    return true;
}

static bool resend(const char *text, struct marlin_said *out)
{
    text = blanks(text);
    text = *text == 'N' ? text + 1 : text;
    return decimal(text, 0, &out->number[0]) && out->number[0] >= 0 && out->number[0] <= UINT32_MAX;
}

/// What has numbers in it.
static enum marlin_word read_numbers(const char *line, struct marlin_said *out)
{
    const char *rest;

    if (temperatures(line, out))
        return MARLIN_TEMPERATURES;
    if (position(line, out))
        return MARLIN_POSITION;
    if (((rest = behind(line, "Resend:")) || (rest = behind(line, "rs "))) && resend(rest, out))
        return MARLIN_RESEND;
    if ((rest = behind(line, "SD printing byte")) && sd_printing(rest, out))
        return MARLIN_SD_PRINTING;
    if ((rest = behind(line, "File opened:")) && file_opened(rest, out))
        return MARLIN_FILE_OPENED;
    if ((rest = behind(line, "Cap:")) && cap(rest, out))
        return MARLIN_CAP;
    return MARLIN_OTHER;
}

/// What is words alone. `line` is without "echo:".
static enum marlin_word read_words(const char *line, struct marlin_said *out)
{
    const char *rest;

    if (!strcmp(line + strspn(line, "?"), "start")) // noise of the power-up may precede it
        return MARLIN_START;
    if (!strcmp(line, "wait"))
        return MARLIN_WAIT;
    if (behind(line, "busy:"))
        return MARLIN_BUSY;
    if (behind(line, "Not SD printing"))
        return MARLIN_SD_IDLE;
    if (behind(line, "Done printing file"))
        return MARLIN_FILE_DONE;
    if (behind(line, "FIRMWARE_NAME:"))
        return MARLIN_FIRMWARE;
    if (behind(line, "open failed") || behind(line, "Cannot open"))
        words(out, MARLIN_FILE_FAILED, line, strlen(line));
    else if (behind(line, "Unknown command"))
        words(out, MARLIN_UNKNOWN_COMMAND, line, strlen(line));
    else if ((rest = behind(line, "//action:")))
        words(out, MARLIN_ACTION, rest, strlen(rest));
    else if ((rest = behind(line, "Error:")) || (rest = behind(line, "!!")))
        read_error(rest, out);
    return out->word;
}

/// "ok", "ok T:200 ...", "ok N5 P15 B3". Returns what follows it.
static const char *read_ok(const char *line, struct marlin_said *out)
{
    const char *rest = behind(line, "ok");
    int64_t n;

    if (!rest || (*rest && *rest != ' '))
        return line;
    out->ok = true;
    rest = blanks(rest);
    if (*rest == 'N' && decimal(rest + 1, 0, &n) && n >= 0)
        out->ok_n = n;
    return rest;
}

void marlin_read(const char *line, struct marlin_said *out)
{
    memset(out, 0, sizeof *out);
    out->ok_n = -1;
    out->text = "";
    for (int i = 0; i < 4; i++)
        out->at_nm[i] = LINK_UNKNOWN;
    line = read_ok(blanks(line), out);
    if (behind(line, "echo:"))
        line = blanks(line + 5);
    out->word = read_numbers(line, out);
    if (out->word == MARLIN_OTHER)
        out->word = read_words(line, out);
}
