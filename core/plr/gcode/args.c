// Names and KEY=VALUE arguments of extended commands.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"
#include "core/plr/gcode/plain.h"

/// How many bytes of `text` are those of the C string `word`, case aside, before they differ or one of them ends.
static size_t alike(const char *text, size_t len, const char *word)
{
    size_t at = 0;

    PLR_ASSERT(text || !len);
    while (at < len && word[at] &&
           (text[at] == word[at] || plr_upper(text[at]) == plr_upper(word[at])))
        at++;
    return at;
}

bool plr_text_begins(const char *text, size_t len, const char *word)
{
    return !word[alike(text, len, word)];
}

bool plr_text_is_like(const char *text, size_t len, const char *word)
{
    size_t at = alike(text, len, word);
    return at == len && !word[at];
}

bool plr_gcode_is(const struct plr_gcode_line *line, const char *name)
{
    PLR_ASSERT(line && name);
    return line->kind == PLR_GCODE_EXTENDED && plr_text_is(line->name, line->name_len, name);
}

/// End of the argument that starts at `at`: the next blank outside quotes.
static size_t argument_end(const char *text, size_t len, size_t at)
{
    char quote = '\0';

    for (at = plr_plain_skip(text, at, len); at < len; at++) {
        if (text[at] > '\'')
            continue; // neither blank nor quote: nearly all
        if (!quote && plr_is_blank(text[at]))
            break;
        quote = plr_quote_after(quote, text[at]);
    }
    return at;
}

int plr_gcode_arg(const struct plr_gcode_line *line, const char *key, const char **value)
{
    const char *text = line->args;
    int found = PLR_ENOENT;

    PLR_ASSERT(line && key[0] && value);
    size_t key_len = strlen(key);
    for (size_t at = 0, end; at < line->args_len; at = end + 1) {
        end = argument_end(text, line->args_len, at);
        size_t len = end - at;
        if (len <= key_len || text[at + key_len] != '=' || !plr_text_is(text + at, key_len, key))
            continue;
        const char *begin = text + at + key_len + 1;
        size_t size = len - key_len - 1;
        if (size && plr_quote_after('\0', begin[0])) {
            bool closed = size > 1 && begin[size - 1] == begin[0];
            begin++;
            size -= closed ? 2 : 1;
        }
        *value = begin; // a key given twice: the later one counts, as in Klipper
        found = (int)size;
    }
    return found;
}

int plr_gcode_arg_number(const struct plr_gcode_line *line, const char *key, int64_t *micro)
{
    const char *value;
    int64_t number;

    int len = plr_gcode_arg(line, key, &value);
    if (len < 0)
        return len;
    int used = plr_gcode_number(value, (size_t)len, &number);
    if (used != len || !len)
        return PLR_EINVAL;
    *micro = number;
    return 0;
}
