// "Did you mean": the word at the smallest edit distance.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>
#include <string.h>

enum { LONGEST = 64 };

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// Edits (insert, drop, change, swap neighbours) that turn one word into the other.
static int distance(const char *a, const char *b)
{
    int row[3][LONGEST + 1];
    int *before = row[0], *last = row[1], *now = row[2];
    int length = (int)strlen(b);
    for (int j = 0; j <= length; j++)
        last[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        now[0] = i;
        for (int j = 1; j <= length; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], now[j], before[j - 2] + 1);
        }
        int *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[length];
}

const char *lab_cli_nearest(const char *word, const char *const *words, size_t count)
{
    assert(word && (words || count == 0));
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST)
        return NULL;
    // a third of the letters may be wrong, and at most three
    int best = 1 + (int)(length < 3 ? 0 : length < 6 ? 1 : length < 9 ? 2 : 3);
    const char *found = NULL;
    for (size_t n = 0; n < count; n++) {
        if (strlen(words[n]) > LONGEST)
            continue;
        int apart = distance(word, words[n]);
        if (apart < best) {
            best = apart;
            found = words[n];
        }
    }
    return found;
}
