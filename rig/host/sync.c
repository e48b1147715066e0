// Waiting for a disk without being deaf.
// SPDX-License-Identifier: MIT
#include "rig/host/sync.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rig/lines/lines.h"

/// Who lets go of it last frees it: the thread, or whoever waits.
struct job {
    int (*sync)(int fd);
    int fd, done, result;
    atomic_bool left;
};

static void leave(struct job *job)
{
    if (!atomic_exchange(&job->left, true))
        return;
    close(job->done);
    free(job);
}

static void *work(void *of)
{
    struct job *job = of;
    const uint64_t one = 1;

    job->result = job->sync(job->fd);
    while (write(job->done, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    leave(job);
    return NULL;
}

/// Signals are the loop's.
static int begin(struct job *job)
{
    pthread_t thread;
    sigset_t all, was;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &was);
    int bad = pthread_create(&thread, NULL, work, job);
    pthread_sigmask(SIG_SETMASK, &was, NULL);
    if (!bad)
        pthread_detach(thread);
    return -bad;
}

/// Is it over?
static bool over(const struct job *job)
{
    uint64_t count;

    return read(job->done, &count, sizeof count) == (ssize_t)sizeof count;
}

int host_sync(int (*sync)(int fd), int fd, host_meanwhile *meanwhile, void *ctx)
{
    struct job *job = calloc(1, sizeof *job);
    int64_t end = lines_now_us() + HOST_SYNC_S * INT64_C(1000000);

    if (!job)
        return -ENOMEM;
    *job = (struct job){.sync = sync, .fd = fd, .done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    int bad = job->done < 0 ? -errno : begin(job);
    if (bad) {
        if (job->done >= 0)
            close(job->done);
        free(job);
        return bad;
    }
    bool ended = false;
    while (!ended && lines_now_us() <= end) {
        meanwhile(ctx, job->done);
        ended = over(job);
    }
    int result = ended ? job->result : -ETIMEDOUT;
    leave(job);
    return result;
}
