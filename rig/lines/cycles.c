// When relays went on: the file.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // adjtimex, CLOCK_BOOTTIME
#include "rig/lines/cycles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const int64_t hour_us = INT64_C(3600000000);

// --- clocks -------------------------------------------------------------------------------------------------------

void cycles_now(struct cycles_clock *out)
{
    struct timespec up = {0}, wall = {0};
    struct timex kept = {.modes = 0};
    FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "r");

    *out = (struct cycles_clock){.boot = "-"};
    if (boot && fscanf(boot, "%39s", out->boot) != 1)
        snprintf(out->boot, sizeof out->boot, "-");
    if (boot)
        fclose(boot);
    clock_gettime(CLOCK_BOOTTIME, &up);
    clock_gettime(CLOCK_REALTIME, &wall);
    out->up_us = (int64_t)up.tv_sec * 1000000 + up.tv_nsec / 1000;
    out->wall_s = wall.tv_sec;
    int state = adjtimex(&kept);
    out->kept = state >= 0 && state != TIME_ERROR;
}

int64_t cycles_age_us(const struct cycles_clock *then, const struct cycles_clock *now)
{
    bool unknown = !strcmp(then->boot, "-") || !strcmp(now->boot, "-");

    if (!strcmp(then->boot, now->boot) && !unknown)
        return now->up_us > then->up_us ? now->up_us - then->up_us : 0;
    if (unknown && now->up_us >= then->up_us) // it may be the same
        return now->up_us - then->up_us;
    int64_t wall_s = then->kept && now->kept ? now->wall_s - then->wall_s : 0;
    if (wall_s > INT64_MAX / 1000000)
        wall_s = INT64_MAX / 1000000;
    return wall_s * 1000000 > now->up_us ? wall_s * 1000000 : now->up_us;
}

// --- the file -----------------------------------------------------------------------------------------------------

int cycles_path(const char *bench, char out[CYCLES_PATH])
{
    char *real = realpath(bench, NULL);
    int n = snprintf(out, CYCLES_PATH, "%s.cycles", real ? real : bench);

    free(real);
    return n < CYCLES_PATH ? 0 : -ENAMETOOLONG;
}

/// All of a file, ended by a null, to be freed. Returns 0, -ENOENT or another negative errno.
static int take_in(const char *path, char **out, size_t *size)
{
    struct stat about = {.st_size = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int bad = fstat(fd, &about) ? -errno : 0;
    *out = bad ? NULL : calloc(1, (size_t)about.st_size + 1);
    if (!bad && !*out)
        bad = -ENOMEM;
    if (!bad && read(fd, *out, (size_t)about.st_size) != about.st_size)
        bad = -EIO;
    close(fd);
    *size = (size_t)about.st_size;
    if (bad)
        free(*out);
    return bad;
}

/// Returns the relay's name in the line, or NULL.
static const char *take_apart(const char *line, struct cycles_clock *out)
{
    int kept = -1, used = 0;

    if (sscanf(line, "%39s %" SCNd64 " %" SCNd64 " %d %n", out->boot, &out->up_us, &out->wall_s,
               &kept, &used) != 4 ||
        !used || !line[used] || kept < 0 || kept > 1 || out->up_us < 0 || out->wall_s < 0)
        return NULL;
    out->kept = kept;
    return line + used;
}

/// What is kept is written beside and renamed: the file is the old one or the new one.
static int write_again(const char *path, const char *text)
{
    char fresh[CYCLES_PATH + 8];
    size_t size = strlen(text);

    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    errno = EIO; // a write that is short says no more
    int bad = write(fd, text, size) != (ssize_t)size || fsync(fd) ? -errno : 0;
    close(fd);
    return bad ? bad : rename(fresh, path) ? -errno : 0;
}

/// Line by line; the lines that count move to the front of `text`. Returns the number of a line that is none, or 0.
static int sift(char *text, const struct cycles_clock *now,
                void (*each)(void *ctx, const char *relay, int64_t age_us), void *ctx)
{
    char *to = text, *end;
    int number = 0;

    for (char *line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct cycles_clock then;
        *end = '\0';
        number++;
        const char *relay = take_apart(line, &then);
        if (!relay)
            return number;
        int64_t age = cycles_age_us(&then, now);
        if (age >= hour_us)
            continue;
        each(ctx, relay, age);
        *end = '\n';
        memmove(to, line, (size_t)(end + 1 - line));
        to += end + 1 - line;
    }
    *to = '\0'; // behind the last newline there is what a power cut has torn
    return 0;
}

int cycles_read(const char *path, const struct cycles_clock *now,
                void (*each)(void *ctx, const char *relay, int64_t age_us), void *ctx,
                struct lab_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int bad = take_in(path, &text, &size), wrong = 0;

    if (bad == -ENOENT)
        return 0;
    if (!bad) {
        wrong = sift(text, now, each, ctx);
        if (!wrong && strlen(text) != size)
            bad = write_again(path, text);
        free(text);
    }
    if (wrong)
        lab_error_at_file(err, path,
                          "line %d says nothing of when a relay went on; when the relays have "
                          "rested for an hour, remove this file",
                          wrong);
    else if (bad)
        lab_error_at_file(err, path, "when relays went on cannot be read: %s", strerror(-bad));
    return wrong ? -EBADMSG : bad;
}

int cycles_add(const char *path, const struct cycles_clock *now, const char *relay)
{
    char line[160];
    int size = snprintf(line, sizeof line, "%s %" PRId64 " %" PRId64 " %d %s\n", now->boot,
                        now->up_us, now->wall_s, now->kept, relay);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        return -errno;
    off_t was = lseek(fd, 0, SEEK_END);
    errno = EIO;
    int bad = write(fd, line, (size_t)size) == size ? 0 : -errno;
    if (bad && ftruncate(fd, was)) // half a line would spoil the next
        bad = -errno;
    close(fd);
    return bad;
}

int cycles_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    int bad = fsync(fd) ? -errno : 0;
    close(fd);
    return bad;
}
