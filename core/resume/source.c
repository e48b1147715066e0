// Where a job's bytes come from, and where the new file goes: written beside its place, synced, then renamed (a device is written into).
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // copy_file_range
#include "core/resume/resume.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES (1u << 18)

static int64_t read_memory(const struct resume_source *source, uint64_t at, void *to, size_t size)
{
    if (at >= source->size)
        return 0;
    size_t n = source->size - at < size ? (size_t)(source->size - at) : size;
    memcpy(to, source->data + at, n);
    return (int64_t)n;
}

static int64_t read_file(const struct resume_source *source, uint64_t at, void *to, size_t size)
{
    ssize_t got;

    do
        got = pread(source->fd, to, size, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

void resume_source_use(struct resume_source *source, const char *name, const char *data,
                       size_t size)
{
    *source = (struct resume_source){read_memory, data, -1, size, name};
}

int resume_source_open(struct resume_source *source, const char *path, struct lab_error *err)
{
    struct stat info;
    char magic[4] = "";

    *source = (struct resume_source){read_file, NULL, -1, 0, path};
    source->fd = open(path, O_RDONLY | O_CLOEXEC);
    int bad = source->fd < 0 || fstat(source->fd, &info) ? errno : 0;
    if (!bad && !S_ISREG(info.st_mode))
        bad = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    if (bad) {
        lab_error_at_file(err, path, "the job cannot be read: %s", strerror(bad));
        resume_source_close(source);
        return -bad;
    }
    source->size = (uint64_t)info.st_size;
    (void)read_file(source, 0, magic, sizeof magic);
    if (memcmp(magic, "GCDE", sizeof magic))
        return 0;
    lab_error_at_file(err, path, "this is binary G-code (bgcode); turn it into text first");
    resume_source_close(source);
    return LAB_EINVAL;
}

void resume_source_close(struct resume_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

const char *resume_source_base(const struct resume_source *source)
{
    const char *slash = strrchr(source->name, '/');
    return slash ? slash + 1 : source->name;
}

// --- writing -------------------------------------------------------------------------------------

static int put(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t done = write(fd, data, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        data += done;
        size -= (size_t)done;
    }
    return 0;
}

/// Bytes from `at` to the end by reading and writing.
static int copy_by_hand(int fd, const struct resume_source *job, uint64_t at)
{
    char *buffer = malloc(COPY_BYTES);
    int64_t got = 1;
    int error = buffer ? 0 : LAB_ENOMEM;

    while (!error && got > 0) {
        got = job->read(job, at, buffer, COPY_BYTES);
        error = got < 0 ? (int)got : put(fd, buffer, (size_t)got);
        at += got > 0 ? (uint64_t)got : 0;
    }
    free(buffer);
    return error ? error : at == job->size ? 0 : LAB_EIO; // it shrank meanwhile
}

/// The rest of the job, by the kernel where it can: then a file system that shares blocks copies nothing.
static int copy_tail(int fd, const struct resume_source *job, uint64_t at)
{
    off_t from = (off_t)at;

    while (job->fd >= 0 && (uint64_t)from < job->size) {
        ssize_t done =
            copy_file_range(job->fd, &from, fd, NULL, (size_t)(job->size - (uint64_t)from), 0);
        if (done <= 0)
            break; // another file system, an old kernel, a signal: the rest by hand
    }
    return copy_by_hand(fd, job, (uint64_t)from);
}

/// The same file under another name?
static bool same_file(const struct resume_source *job, const char *path)
{
    struct stat a, b;
    return job->fd >= 0 && !fstat(job->fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

bool resume_same_file(const char *one, const char *other)
{
    struct stat a, b;
    return !stat(one, &a) && !stat(other, &b) && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

/// Text and tail into an open file, which is closed.
static int fill(int fd, const struct resume_made *made, const struct resume_source *job)
{
    int error = put(fd, made->text, made->size);

    if (!error && made->tail_at < job->size)
        error = copy_tail(fd, job, made->tail_at);
    return error;
}

/// A device, a pipe, a socket: it is written into, never replaced.
static int write_special(const struct resume_made *made, const struct resume_source *job,
                         const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    int error = fd < 0 ? -errno : fill(fd, made, job);

    if (fd >= 0 && close(fd) && !error)
        error = -errno;
    return error;
}

static int write_beside(const struct resume_made *made, const struct resume_source *job,
                        const char *path)
{
    size_t room = strlen(path) + 16;
    char *temporary = malloc(room);
    struct stat info;

    if (!temporary)
        return LAB_ENOMEM;
    snprintf(temporary, room, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    int error = fd < 0 ? -errno : fill(fd, made, job);
    if (!error && job->fd >= 0 && !fstat(job->fd, &info))
        (void)fchmod(fd, info.st_mode & 0666); // as readable as the job
    if (!error && fsync(fd))
        error = -errno;
    if (fd >= 0 && close(fd) && !error)
        error = -errno;
    if (!error && rename(temporary, path))
        error = -errno;
    if (error && fd >= 0)
        unlink(temporary);
    if (!error)
        sync_folder(path);
    free(temporary);
    return error;
}

/// By what `path` is: nothing yet or a regular file is written beside and renamed; a link stays a link.
static int write_by_kind(const struct resume_made *made, const struct resume_source *job,
                         const char *path)
{
    struct stat info;

    if (stat(path, &info))
        return errno == ENOENT ? write_beside(made, job, path) : -errno;
    if (S_ISDIR(info.st_mode))
        return -EISDIR;
    if (!S_ISREG(info.st_mode))
        return write_special(made, job, path);
    char *target = realpath(path, NULL);
    if (!target)
        return -errno;
    int error = write_beside(made, job, target);
    free(target);
    return error;
}

int resume_write(const struct resume_made *made, const struct resume_source *job, const char *path,
                 struct lab_error *err)
{
    assert(made && job && path);
    if (same_file(job, path)) {
        lab_error_at_file(err, path, "is the job itself: it is never written to");
        return LAB_EINVAL;
    }
    int error = write_by_kind(made, job, path);
    if (error)
        lab_error_at_file(err, path, "cannot be written: %s", strerror(-error));
    return error;
}
