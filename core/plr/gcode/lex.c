// The lexer: one line of text to letters with values, or an extended command.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"
#include "core/plr/gcode/plain.h"

#include <string.h>

/// Where lexing is.
struct scan {
    const char *text;
    size_t len, at;
    struct plr_gcode_line *line;
    bool numbered; ///< the line has an N number: "*nn" at its end is a checksum, also behind text
};

/// Record the fault at the token that starts at `from`; the token ends at a blank or a comment.
static int fault_at(struct scan *scan, size_t from, enum plr_gcode_fault fault)
{
    size_t end = from + 1;

    PLR_ASSERT(from < scan->len);
    while (end < scan->len && !plr_is_blank(scan->text[end]) && scan->text[end] != ';')
        end++;
    scan->line->fault = fault;
    scan->line->fault_at = from;
    scan->line->fault_len = end - from;
    return PLR_EINVAL;
}

/// A single byte that may not be there.
static int binary_at(struct scan *scan, size_t at)
{
    scan->line->fault = PLR_GCODE_BINARY;
    scan->line->fault_at = at;
    scan->line->fault_len = 1;
    return PLR_EINVAL;
}

static int unexpected(struct scan *scan, size_t at)
{
    return plr_is_control(scan->text[at]) ? binary_at(scan, at) : fault_at(scan, at, PLR_GCODE_NAN);
}

/// Skip text without control characters, eight bytes at a time; some may be left.
static inline size_t skip_text(const char *text, size_t at, size_t len)
{
#if PLR_GCODE_WIDE
    while (len - at >= sizeof(uint64_t) && !plr_plain_controls(text + at))
        at += sizeof(uint64_t);
    if (len - at < sizeof(uint64_t) && len >= sizeof(uint64_t) &&
        !plr_plain_controls(text + len - sizeof(uint64_t)))
        at = len; // its last eight bytes, some of them again
#else
    (void)text;
    (void)len;
#endif
    return at;
}

/// The rest behind ';'. Marks and thumbnails live here, so it is checked but never interpreted.
static int take_comment(struct scan *scan)
{
    PLR_ASSERT(scan->at < scan->len);
    scan->line->comment = scan->text + ++scan->at;
    scan->line->comment_len = scan->len - scan->at;
    for (scan->at = skip_text(scan->text, scan->at, scan->len); scan->at < scan->len; scan->at++)
        if (plr_is_control(scan->text[scan->at]))
            return binary_at(scan, scan->at);
    return 0;
}

/// Skip blanks and (comments). What is in parentheses is not kept.
static int skip_blanks(struct scan *scan)
{
    bool inside = false;

    if (scan->at + 1 < scan->len && scan->text[scan->at] == ' ' &&
        plr_is_letter(scan->text[scan->at + 1])) {
        scan->at++; // nearly always
        return 0;
    }
    for (; scan->at < scan->len; scan->at++) {
        char c = scan->text[scan->at];
        if (inside && plr_is_control(c))
            return binary_at(scan, scan->at);
        if (inside)
            inside = c != ')';
        else if (c == '(')
            inside = true;
        else if (!plr_is_blank(c))
            return 0;
    }
    return 0;
}

/// "*nn": the exclusive-or of all bytes before the star. Nothing but a comment may follow.
static int take_checksum(struct scan *scan)
{
    size_t star = scan->at++;
    size_t first;
    unsigned stated = 0, sum = 0;

    PLR_ASSERT(scan->text[star] == '*');
    for (size_t i = 0; i < star; i++)
        sum ^= (unsigned char)scan->text[i];
    while (scan->at < scan->len && plr_is_blank(scan->text[scan->at]))
        scan->at++;
    for (first = scan->at; scan->at < scan->len && plr_is_digit(scan->text[scan->at]); scan->at++)
        stated = stated < 1000 ? stated * 10 + (unsigned)(scan->text[scan->at] - '0') : stated;
    if (scan->at == first || stated != sum)
        return fault_at(scan, star, PLR_GCODE_BAD_CHECKSUM);
    int error = skip_blanks(scan);
    if (error || scan->at == scan->len)
        return error;
    return scan->text[scan->at] == ';' ? take_comment(scan) : unexpected(scan, scan->at);
}

/// Codes whose parameters are names or flags, so that letters may stand together: "G28 XY".
static bool takes_flags(const struct plr_gcode_line *line)
{
    if (line->letter == 'G')
        return line->code == 28;
    return line->letter == 'M' && (line->code == 17 || line->code == 18 || line->code == 84);
}

static bool begins_number(char c)
{
    return plr_is_digit(c) || c == '-' || c == '+' || c == '.';
}

/// What may stand directly behind a value.
static bool ends_value(char c)
{
    return plr_is_blank(c) || plr_is_letter(c) || c == ';' || c == '(' || c == '*';
}

/// "X1e5": G-code has no exponents, and a firmware reads X1 and E5. Whoever writes words without blanks between them keeps to one
/// case, so a small 'e' behind a word in capitals is a number printed the wrong way.
static bool is_exponent(const struct scan *scan, char word)
{
    size_t next = scan->at + 1;
    return scan->text[scan->at] == 'e' && word != 'e' && plr_upper(word) == word &&
           next < scan->len && begins_number(scan->text[next]);
}

/// The value of the word that began at `start`: its letter is behind us.
static int take_value(struct scan *scan, size_t start, unsigned letter)
{
    int used =
        plr_gcode_number(scan->text + scan->at, scan->len - scan->at, &scan->line->value[letter]);

    if (used < 0)
        return fault_at(scan, start, used == PLR_ERANGE ? PLR_GCODE_TOO_BIG : PLR_GCODE_NAN);
    scan->at += (size_t)used;
    if (scan->at < scan->len &&
        (!ends_value(scan->text[scan->at]) || is_exponent(scan, scan->text[start])))
        return fault_at(scan, start, PLR_GCODE_NAN);
    scan->line->valued |= 1u << letter;
    return 0;
}

/// A string as a value ('P "MK3S"') says only that the letter is present.
static int skip_string(struct scan *scan, size_t start)
{
    for (scan->at++; scan->at < scan->len && scan->text[scan->at] != '"'; scan->at++)
        if (plr_is_control(scan->text[scan->at]))
            return binary_at(scan, scan->at);
    if (scan->at == scan->len)
        return fault_at(scan, start, PLR_GCODE_NAN);
    scan->at++;
    return 0;
}

static int take_word(struct scan *scan)
{
    size_t start = scan->at++;
    unsigned letter = (unsigned)(plr_upper(scan->text[start]) - 'A');
    int error = 0;

    PLR_ASSERT(letter < 26);
    while (scan->at < scan->len && plr_is_blank(scan->text[scan->at]))
        scan->at++;
    if (scan->at < scan->len) {
        char c = scan->text[scan->at];
        if (begins_number(c))
            error = take_value(scan, start, letter);
        else if (c == '"')
            error = skip_string(scan, start);
        else if (scan->at == start + 1 && plr_is_letter(c) && !takes_flags(scan->line))
            return fault_at(scan, start, PLR_GCODE_NAN); // "Xnan"
    }
    if (error)
        return error;
    uint32_t bit = 1u << letter;
    if (!(scan->line->valued & bit))
        scan->line->value[letter] = 0;
    scan->line->present |= bit;
    return 0;
}

/// Blank, letter, number, and again, from the blank `at` on: what nearly all lines are. Returns the place of the first word that is anything
/// else, or `len`; `at` with nothing taken when that cannot be told.
PLR_ALWAYS_INLINE size_t take_plain_words(const char *text, size_t at, size_t len,
                                          struct plr_gcode_line *line)
{
    const char *word = text + at, *end = text + len;
    uint32_t seen = 0;
    uint64_t bad = 0;

    if (PLR_GCODE_WIDE && len < sizeof(uint64_t))
        return at;
    while (word < end - 2) {
        unsigned letter = (unsigned)(unsigned char)word[1] - 'A';
        int64_t value = 0;
        const char *next = letter < 26 ? plr_plain_number(word + 2, end, &value, &bad) : NULL;
        if (!next || (next != end && *next != ' '))
            break;
        line->value[letter] = value;
        seen |= 1u << letter;
        word = next;
    }
    if (bad & PLR_PLAIN_EVERY(0xf0))
        return at;
    line->present |= seen;
    line->valued |= seen;
    return (size_t)(word - text);
}

/// Words of any sort up to the end.
static int take_words(struct scan *scan)
{
    for (;;) {
        int error = skip_blanks(scan);
        if (error || scan->at == scan->len)
            return error;
        char c = scan->text[scan->at];
        if (c == ';')
            return take_comment(scan);
        if (c == '*')
            return take_checksum(scan);
        error = plr_is_letter(c) ? take_word(scan) : unexpected(scan, scan->at);
        if (error)
            return error;
    }
}

/// Free text up to a comment or checksum, without the blanks around it. `klipper`: quotes of either sort protect, '#' ends.
static int take_text(struct scan *scan, bool klipper, const char **text, size_t *len)
{
    char quote = '\0';
    size_t end;

    while (scan->at < scan->len && plr_is_blank(scan->text[scan->at]))
        scan->at++;
    *text = scan->text + scan->at;
    size_t start = scan->at;
    end = scan->at = plr_plain_skip(scan->text, scan->at, scan->len);
    while (scan->at < scan->len) {
        char c = scan->text[scan->at];
        if (plr_is_name(c)) {
            end = ++scan->at;
            continue;
        }
        if (plr_is_control(c))
            return binary_at(scan, scan->at);
        if (!quote && (c == ';' || (c == '*' && scan->numbered) || (c == '#' && klipper)))
            break;
        quote = klipper ? plr_quote_after(quote, c) : '\0';
        scan->at++;
        if (plr_is_blank(c))
            scan->at = plr_plain_skip(scan->text, scan->at, scan->len);
        if (!plr_is_blank(scan->text[scan->at - 1]))
            end = scan->at;
    }
    *len = end - start;
    if (scan->at == scan->len)
        return 0;
    return scan->text[scan->at] == '*' ? take_checksum(scan) : take_comment(scan);
}

/// Codes that are followed by words for people, or by file names and versions.
static bool takes_text(const struct plr_gcode_line *line)
{
    static const uint16_t codes[] = {16, 23, 28, 30, 32, 115, 117, 118, 486, 862, 928};

    if (line->letter != 'M')
        return false;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (line->code == codes[i])
            return true;
    return false;
}

/// Up to six digits.
static int take_integer(struct scan *scan, size_t start, int32_t *value)
{
    size_t first = scan->at;

    *value = 0;
    for (; scan->at < scan->len && plr_is_digit(scan->text[scan->at]); scan->at++) {
        if (scan->at - first >= 6)
            return fault_at(scan, start, PLR_GCODE_TOO_BIG);
        *value = *value * 10 + (scan->text[scan->at] - '0');
    }
    return 0;
}

/// G1, M104, T0, G92.1 and what follows.
static int take_code(struct scan *scan)
{
    struct plr_gcode_line *line = scan->line;
    size_t start = scan->at++;

    line->kind = PLR_GCODE_CODE;
    line->letter = plr_upper(scan->text[start]);
    int error = take_integer(scan, start, &line->code);
    if (!error && scan->at < scan->len && scan->text[scan->at] == '.') {
        scan->at++;
        error = take_integer(scan, start, &line->sub);
    }
    if (error)
        return error;
    if (takes_text(line))
        return take_text(scan, false, &line->name, &line->name_len);
    return take_words(scan);
}

static int take_extended(struct scan *scan)
{
    struct plr_gcode_line *line = scan->line;
    size_t start = scan->at;

    line->kind = PLR_GCODE_EXTENDED;
    scan->at = plr_plain_skip(scan->text, scan->at, scan->len);
    while (scan->at < scan->len && plr_is_name(scan->text[scan->at]))
        scan->at++;
    while (scan->at < scan->len && !plr_is_blank(scan->text[scan->at]) &&
           scan->text[scan->at] != ';' && scan->text[scan->at] != '*') {
        if (plr_is_control(scan->text[scan->at]))
            return binary_at(scan, scan->at);
        scan->at++;
    }
    line->name = scan->text + start;
    line->name_len = scan->at - start;
    return take_text(scan, true, &line->args, &line->args_len);
}

/// "N123" before a command. "N" that is no line number stays for whoever comes next.
static void skip_line_number(struct scan *scan)
{
    size_t at = scan->at + 1;

    if (at >= scan->len || plr_upper(scan->text[scan->at]) != 'N' || !plr_is_digit(scan->text[at]))
        return;
    while (at < scan->len && plr_is_digit(scan->text[at]))
        at++;
    scan->at = at;
    scan->numbered = true;
}

/// What sort of line this is, seen from its first character and the one behind it.
static int take_line(struct scan *scan)
{
    char c = scan->text[scan->at];
    char next = scan->at + 1 < scan->len ? scan->text[scan->at + 1] : '\0';

    if (c == ';')
        return take_comment(scan);
    if (c == '*')
        return take_checksum(scan);
    if (plr_is_letter(c) && plr_is_digit(next)) {
        char letter = plr_upper(c);
        if (letter == 'G' || letter == 'M' || letter == 'T')
            return take_code(scan);
    }
    if (plr_is_letter(c) && begins_number(next)) {
        scan->line->kind = PLR_GCODE_WORDS;
        return take_words(scan);
    }
    return plr_is_control(c) ? binary_at(scan, scan->at) : take_extended(scan);
}

/// An empty line. Values are left: which of them mean anything is in `present`.
static inline void clear(struct plr_gcode_line *line)
{
    line->kind = PLR_GCODE_EMPTY;
    line->letter = '\0';
    line->code = line->sub = 0;
    line->present = line->valued = 0;
    line->name = line->args = line->comment = NULL;
    line->name_len = line->args_len = line->comment_len = 0;
    line->fault = PLR_GCODE_FINE;
    line->fault_at = line->fault_len = 0;
}

/// A line of any sort, or with `at` the words of a plain one from there on.
PLR_NEVER_INLINE int take_any(const char *text, size_t at, size_t len, struct plr_gcode_line *line)
{
    struct scan scan = {.text = text, .len = len, .line = line, .at = at};

    if (at)
        return take_words(&scan);
    if (len && text[0] == ';')
        return take_comment(&scan);
    int error = skip_blanks(&scan);
    if (error || scan.at == len)
        return error;
    skip_line_number(&scan);
    error = skip_blanks(&scan);
    if (error || scan.at == len)
        return error;
    return take_line(&scan);
}

int plr_gcode_lex(const char *text, size_t len, struct plr_gcode_line *line)
{
    size_t at = 0;

    PLR_ASSERT(line && (text || !len));
    clear(line);
    while (len && (text[len - 1] == '\r' || text[len - 1] == '\n'))
        len--;
    if (len > 3 && text[0] == 'G' && plr_is_digit(text[1]) && text[2] == ' ') {
        line->kind = PLR_GCODE_CODE; // nine lines of ten
        line->letter = 'G';
        line->code = text[1] - '0';
        at = take_plain_words(text, 2, len, line);
        if (at == len)
            return 0;
    }
    if (PLR_GCODE_WIDE && len && text[0] == ';' && skip_text(text, 1, len) == len) {
        line->comment = text + 1; // nearly all others
        line->comment_len = len - 1;
        return 0;
    }
    return take_any(text, at, len, line);
}
