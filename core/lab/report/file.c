// Files that appear whole or not at all: written beside their place, then renamed.
// SPDX-License-Identifier: MIT
#define _XOPEN_SOURCE 700 // realpath

#include "core/lab/report/report.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int finish(FILE *out, int error)
{
    errno = 0;
    if (!error && (fflush(out) || ferror(out)))
        error = errno ? -errno : -EIO;
    return error;
}

/// Who prints sees that the stream failed, and not why.
static int why(FILE *out, int error)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

    return error == -EIO && ferror(out) && full ? -errno : error;
}

// Streams and devices cannot be renamed onto.
static int write_stream(FILE *out, int (*make)(const void *, FILE *), const void *ctx)
{
    errno = 0;
    return finish(out, why(out, make(ctx, out)));
}

static int write_device(const char *path, int (*make)(const void *, FILE *), const void *ctx)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return -errno;
    int error = write_stream(out, make, ctx);
    if (fclose(out) && !error)
        error = -errno;
    return error;
}

// mkstemp makes files that nobody else may read; give this one the usual rights.
static int usual_rights(int file)
{
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(file, 0666 & ~mask) ? -errno : 0;
}

static int fill(int file, int (*make)(const void *, FILE *), const void *ctx)
{
    int error = usual_rights(file);
    FILE *out = fdopen(file, "w");
    if (!out) {
        error = -errno;
        close(file);
        return error;
    }
    if (!error)
        error = write_stream(out, make, ctx);
    if (fclose(out) && !error)
        error = -errno;
    return error;
}

/// The temporary file that is being written, for lab_write_abandon.
static const char *volatile unfinished;

void lab_write_abandon(void)
{
    const char *name = unfinished;

    if (name)
        unlink(name);
}

static int write_beside(const char *path, int (*make)(const void *, FILE *), const void *ctx)
{
    static const char suffix[] = ".XXXXXX";
    size_t length = strlen(path);
    char *name = malloc(length + sizeof suffix);
    if (!name)
        return -ENOMEM;
    memcpy(name, path, length);
    memcpy(name + length, suffix, sizeof suffix);
    unfinished = name; // before there is one, so that none is missed
    int file = mkstemp(name);
    int error = file < 0 ? -errno : fill(file, make, ctx);
    if (!error && rename(name, path))
        error = -errno;
    if (error && file >= 0)
        unlink(name);
    unfinished = NULL;
    free(name);
    return error;
}

/// May the folder that holds `path` be written to?
static int check_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    struct stat about;
    if (!folder)
        return -ENOMEM;
    int error = stat(folder, &about) ? -errno : 0;
    if (!error && access(folder, W_OK | X_OK))
        error = -errno;
    free(folder);
    return error;
}

/// The whole name of `path`, whose folder must be there; the file need not be. NULL and errno. The caller frees it.
static char *whole_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL, *name = NULL;
    const char *last = slash ? slash + 1 : path;

    free(folder);
    if (real)
        name = malloc(strlen(real) + strlen(last) + 2);
    if (name) {
        strcpy(name, real);
        strcat(name, "/");
        strcat(name, last);
    }
    free(real);
    return name;
}

/// What the link `name`, a whole name, points to, as a whole name. Frees `name`.
static char *step(char *name)
{
    char to[PATH_MAX], *beside = NULL, *next = NULL;
    ssize_t size = readlink(name, to, sizeof to);

    if (size > 0 && (size_t)size < sizeof to) {
        size_t folder = to[0] == '/' ? 0 : (size_t)(strrchr(name, '/') - name) + 1;
        beside = malloc(folder + (size_t)size + 1);
        if (beside) {
            memcpy(beside, name, folder);
            memcpy(beside + folder, to, (size_t)size);
            beside[folder + (size_t)size] = '\0';
            next = whole_name(beside);
        }
    }
    free(beside);
    free(name);
    return next;
}

/// Where writing to `path` makes a file, or replaces one: its whole name, links followed, even one that points to nothing yet. NULL and
/// errno. The caller frees it.
static char *place_of(const char *path)
{
    struct stat about;
    char *name = realpath(path, NULL);

    if (name || errno != ENOENT) // a ring of links is ELOOP
        return name;
    name = whole_name(path);
    while (name && !lstat(name, &about) && S_ISLNK(about.st_mode))
        name = step(name);
    return name;
}

int lab_write_check(const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0)
        return 0;
    bool there = !stat(path, &about);
    if (!there && (errno != ENOENT || path[strlen(path) - 1] == '/'))
        return -errno;
    if (there && S_ISDIR(about.st_mode))
        return -EISDIR;
    if (there && !S_ISREG(about.st_mode))
        return access(path, W_OK) ? -errno : 0;
    char *place = place_of(path); // it is replaced, so its folder is what matters
    if (!place)
        return -errno;
    int error = check_folder(place);
    free(place);
    return error;
}

bool lab_write_same(const char *a, const char *b)
{
    struct stat of_a, of_b;

    if (strcmp(a, b) == 0)
        return true;
    bool there_a = !(strcmp(a, "-") ? stat(a, &of_a) : fstat(STDOUT_FILENO, &of_a));
    bool there_b = !(strcmp(b, "-") ? stat(b, &of_b) : fstat(STDOUT_FILENO, &of_b));
    if (there_a && there_b)
        return S_ISREG(of_a.st_mode) && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
    if (there_a || there_b)
        return false;
    char *name_a = place_of(a), *name_b = place_of(b);
    bool same = name_a && name_b && strcmp(name_a, name_b) == 0;
    free(name_a);
    free(name_b);
    return same;
}

const char *lab_write_over(const struct lab_scenario *scenario, const char *path)
{
    const char *const read[] = {scenario->path, scenario->printer_path, scenario->job_path,
                                scenario->config_path};

    for (size_t n = 0; n < sizeof read / sizeof *read && strcmp(path, "-") != 0; n++)
        if (read[n][0] && lab_write_same(path, read[n]))
            return read[n];
    return NULL;
}

int lab_write_file(const char *path, int (*make)(const void *ctx, FILE *out), const void *ctx)
{
    if (strcmp(path, "-") == 0)
        return write_stream(stdout, make, ctx);
    struct stat about;
    bool there = !stat(path, &about);
    if (!there && errno != ENOENT)
        return -errno;
    if (there && S_ISDIR(about.st_mode))
        return -EISDIR;
    if (there && !S_ISREG(about.st_mode))
        return write_device(path, make, ctx);
    char *place = place_of(path); // a link stays a link
    if (!place)
        return -errno;
    int error = write_beside(place, make, ctx);
    free(place);
    return error;
}
