// Who may come in.
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "rig/serve/serve.h"

bool serve_admits(const struct serve_request *request, const char *token)
{
    static const char scheme[] = "Bearer ";
    const char *given = request->authorization;

    if (!token[0])
        return true;
    if (!given || strncmp(given, scheme, sizeof scheme - 1) != 0)
        return false;
    given += sizeof scheme - 1;
    size_t size = strlen(token);
    if (strlen(given) != size)
        return false;
    unsigned char differs = 0; // how long it takes must not tell how much of it was right
    for (size_t n = 0; n < size; n++)
        differs |= (unsigned char)(given[n] ^ token[n]);
    return !differs;
}

static int complain(struct lab_error *err, const char *path, const char *text)
{
    lab_error_at_file(err, path, "%s", text);
    return -EINVAL;
}

int serve_token(const char *path, char token[SERVE_TOKEN], struct lab_error *err)
{
    enum { SHORTEST = 16 };
    struct stat about;
    FILE *in = fopen(path, "r");

    if (!in)
        return complain(err, path, strerror(errno));
    bool open = fstat(fileno(in), &about) || (about.st_mode & (S_IRWXG | S_IRWXO));
    char *line = fgets(token, SERVE_TOKEN, in);
    fclose(in);
    if (open)
        return complain(err, path, "others may read this token: chmod 600");
    size_t size = line ? strcspn(token, "\r\n") : 0;
    if (line && size == SERVE_TOKEN - 1)
        return complain(err, path, "a token has 16 to 126 characters");
    token[size] = '\0';
    for (size_t n = 0; n < size; n++)
        if (!isgraph((unsigned char)token[n]))
            return complain(err, path, "a token has no blanks in it");
    return size < SHORTEST ? complain(err, path, "a token has 16 to 126 characters") : 0;
}
