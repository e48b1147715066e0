// Reading a line of the serial protocol.
// SPDX-License-Identifier: MIT
#include "sim/serve/frame.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

uint8_t frame_sum(const char *text, size_t size)
{
    uint8_t sum = 0;

    while (size--)
        sum ^= (uint8_t)*text++;
    return sum;
}

/// Text without its comment and blanks around it.
static void trim(char *text)
{
    size_t begin = strspn(text, " \t"), size;

    memmove(text, text + begin, strlen(text + begin) + 1);
    size = strcspn(text, ";");
    while (size && isspace((unsigned char)text[size - 1]))
        size--;
    text[size] = '\0';
}

static void copy(char out[FRAME_BYTES], const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)line[i] < ' ' && line[i] != '\t' ? '?' : line[i];
    out[size] = '\0';
}

static bool letter(char c, char wanted)
{
    return toupper((unsigned char)c) == wanted;
}

/// Digits, with a sign or without. Returns the bytes read, 0 for none; more than fits is as far away from any number as can be.
static size_t number(const char *text, int64_t *out)
{
    char *end;

    if (!isdigit((unsigned char)text[*text == '-']))
        return 0;
    *out = strtoll(text, &end, 10);
    return (size_t)(end - text);
}

/// M110 [N...]: the number that it says, or else the line's own.
static bool sets_number(const char *command, int64_t *line)
{
    if (!letter(command[0], 'M') || strncmp(command + 1, "110", 3) != 0 ||
        isdigit((unsigned char)command[4]))
        return false;
    const char *at = command + 4;
    at += strspn(at, " \t");
    if (letter(*at, 'N'))
        (void)number(at + 1, line);
    return true;
}

/// What is wrong with a numbered line, NULL: nothing. Its number is made the last.
static const char *check(char *text, size_t skip, int64_t number_of, int64_t *last)
{
    char *star = strrchr(text, '*');
    int64_t said = -1;
    const char *command = text + skip + strspn(text + skip, " \t");
    bool sets = sets_number(command, &number_of);

    if (number_of == INT64_MIN || (!sets && (*last == INT64_MAX || number_of != *last + 1)))
        return "Line Number is not Last Line Number+1";
    if (!star)
        return "No Checksum with line number";
    if (!number(star + 1, &said) || said != frame_sum(text, (size_t)(star - text)))
        return "checksum mismatch";
    *star = '\0';
    *last = number_of;
    memmove(text, command, strlen(command) + 1);
    return NULL;
}

/// A name may begin like a number; but with a checksum behind it, it is a number that was garbled.
static bool begins_numbered(const char *text, size_t *skip, int64_t *number_of)
{
    size_t digits = letter(text[0], 'N') ? number(text + 1, number_of) : 0;

    *skip = 1 + digits;
    if (digits || !letter(text[0], 'N') || !strchr(text, '*'))
        return digits > 0;
    *number_of = INT64_MIN;
    return true;
}

void frame_read(const char *line, size_t size, int64_t last, struct frame *out)
{
    int64_t number_of;
    size_t skip;

    *out = (struct frame){.last = last};
    while (size && (line[size - 1] == '\r' || line[size - 1] == '\n'))
        size--;
    while (size && (*line == ' ' || *line == '\t')) {
        line++;
        size--;
    }
    if (size >= FRAME_BYTES) {
        out->kind = FRAME_LONG;
        return;
    }
    copy(out->text, line, size);
    if (begins_numbered(out->text, &skip, &number_of)) {
        out->fault = check(out->text, skip, number_of, &out->last);
        if (out->fault) {
            out->kind = FRAME_AGAIN;
            return;
        }
        trim(out->text);
        out->kind = FRAME_COMMAND; // a number wants its answer, with nothing behind it, too
        return;
    }
    trim(out->text);
    const char *command = out->text;
    (void)sets_number(command, &out->last);
    out->kind = *out->text ? FRAME_COMMAND : FRAME_EMPTY;
}

int frame_urgent(const char *line, size_t size)
{
    static const int codes[] = {112, 108, 410};
    size_t at = 0;

    while (at < size && (line[at] == ' ' || line[at] == '\t'))
        at++;
    if (at < size && letter(line[at], 'N')) {
        at++;
        while (at < size && (isdigit((unsigned char)line[at]) || line[at] == ' '))
            at++;
    }
    if (size - at < 4 || !letter(line[at], 'M'))
        return 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        int code = (line[at + 1] - '0') * 100 + (line[at + 2] - '0') * 10 + (line[at + 3] - '0');
        if (code == codes[i] && (size - at == 4 || !isdigit((unsigned char)line[at + 4])))
            return code;
    }
    return 0;
}
