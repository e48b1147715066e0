// The lock of a bench.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // F_OFD_SETLK
#include "rig/run/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Name the owner: the process, and what it wrote about itself.
static int say_owner(int fd, const char *path, const char *kind, struct lab_error *err)
{
    struct flock owner = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char text[160] = "";

    if (fcntl(fd, F_GETLK, &owner) || owner.l_type == F_UNLCK)
        owner.l_pid = 0;
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    lab_error_at_file(err, path, "another run has this %s: process %ld, %s", kind,
                      (long)owner.l_pid, text[0] ? text : "which says nothing of itself");
    return -EBUSY;
}

enum { PATH_ROOM = 512 };

/// Beside the file that the name leads to.
static void beside(const char *name, char path[PATH_ROOM])
{
    char *real = realpath(name, NULL);

    snprintf(path, PATH_ROOM, "%s.lock", real ? real : name);
    free(real);
}

bool run_lock_owner(const char *bench, struct lab_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[PATH_ROOM];

    beside(bench, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool held = fd >= 0 && !fcntl(fd, F_GETLK, &whole) && whole.l_type != F_UNLCK;
    if (held)
        (void)say_owner(fd, path, "bench", err);
    if (fd >= 0)
        close(fd);
    return held;
}

static int sign(int fd, const char *what)
{
    char text[160];
    int n = snprintf(text, sizeof text, "%.120s\n", what);

    return ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n ? -errno : 0;
}

int run_lock_file(const char *name, const char *kind, const char *what, struct lab_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[PATH_ROOM];

    beside(name, path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        int bad = -errno;
        lab_error_at_file(err, path, "the lock of the %s cannot be made: %s", kind, strerror(-bad));
        return bad;
    }
    int bad = 0;
    if (fcntl(fd, F_SETLK, &whole))
        bad = errno == EACCES || errno == EAGAIN ? say_owner(fd, path, kind, err) : -errno;
    bad = bad ? bad : sign(fd, what);
    if (!bad)
        return fd;
    if (bad != -EBUSY)
        lab_error_at_file(err, path, "the %s cannot be locked: %s", kind, strerror(-bad));
    close(fd);
    return bad;
}

// --- lines --------------------------------------------------------------------------------------------------------

/// The device of a chip, open. Returns a descriptor that is `lock`'s, or a negative errno.
static int chip_of(struct run_lock *lock, const char *path)
{
    for (int i = 0; i < lock->chips; i++)
        if (!strcmp(lock->path[i], path))
            return lock->chip[i];
    if (lock->chips == GPIO_CHIPS)
        return -E2BIG;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    snprintf(lock->path[lock->chips], GPIO_PATH, "%s", path);
    lock->chip[lock->chips++] = fd;
    return fd;
}

/// A line that is not found, or not to be opened, is said better by whoever opens it.
static int lock_line(struct run_lock *lock, const struct bench *bench,
                     const struct bench_line *line, struct lab_error *err)
{
    struct gpio_place place;
    char why[200];

    if (!line->address[0] || gpio_find(line->address, &place, why, sizeof why))
        return 0;
    int fd = chip_of(lock, place.path);
    struct flock one = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)place.offset, .l_len = 1};
    // of this opening, and not of the process: libgpiod opens and closes the same device
    if (fd < 0 || !fcntl(fd, F_OFD_SETLK, &one))
        return 0;
    if (errno != EAGAIN && errno != EACCES)
        return 0; // a kernel without such locks: its hold on the lines is left
    lab_error_at_file(err, bench->path,
                      "line %s is another plr-rig's, which has it from another "
                      "bench file, or looks at it",
                      line->address);
    return -EBUSY;
}

static int lock_lines(struct run_lock *lock, const struct bench *bench, struct lab_error *err)
{
    int bad = 0;

    for (int32_t i = 0; i < bench->relays && !bad; i++)
        bad = lock_line(lock, bench, &bench->relay[i].line, err);
    for (int32_t i = 0; i < bench->senses && !bad; i++)
        bad = lock_line(lock, bench, &bench->sense[i].line, err);
    bad = bad ? bad : lock_line(lock, bench, &bench->beeper, err);
    bad = bad ? bad : lock_line(lock, bench, &bench->led, err);
    return bad ? bad : lock_line(lock, bench, &bench->watchdog.line, err);
}

int run_lock_lines(struct run_lock *out, const struct bench *bench, struct lab_error *err)
{
    *out = (struct run_lock){.file = -1};
    int bad = lock_lines(out, bench, err);
    if (bad)
        run_unlock(out);
    return bad;
}

int run_lock(struct run_lock *out, const struct bench *bench, const char *what,
             struct lab_error *err)
{
    *out = (struct run_lock){.file = -1};
    int file = run_lock_file(bench->path, "bench", what, err);
    if (file < 0)
        return file;
    int bad = run_lock_lines(out, bench, err);
    out->file = bad ? -1 : file;
    if (bad)
        close(file);
    return bad;
}

void run_unlock(struct run_lock *lock)
{
    for (int i = 0; i < lock->chips; i++)
        close(lock->chip[i]);
    if (lock->file >= 0)
        close(lock->file);
    *lock = (struct run_lock){.file = -1};
}
