// A sweep on several processes: each makes an equal stretch of the cuts and writes results into a pipe.
// SPDX-License-Identifier: MIT
#include "sim/sweep/sweep.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/// One process and its pipe.
struct worker {
    pid_t pid;
    int pipe;
    size_t got; ///< bytes of the result that is arriving
    struct sweep_result result;
};

/// In the child: a result is small enough to be written in one piece. A parent that is gone ends the work.
static bool send(void *ctx, const struct sweep_result *result)
{
    const int *pipe = ctx;
    ssize_t n;

    do
        n = write(*pipe, result, sizeof *result);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *result;
}

static int start(const struct sweep_work *work, struct worker *worker, size_t first, size_t last)
{
    int ends[2];

    if (pipe(ends))
        return -errno;
    worker->pid = fork();
    if (worker->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return -errno;
    }
    if (worker->pid == 0) {
        close(ends[0]);
        _exit(sweep_part(work, first, last, send, &ends[1]) ? 1 : 0);
    }
    close(ends[1]);
    worker->pipe = ends[0];
    return 0;
}

/// Take what has arrived. Returns 1 when a whole result has, 0 when not yet, -1 at the end.
static int take(struct worker *worker)
{
    char *at = (char *)&worker->result + worker->got;
    ssize_t n = read(worker->pipe, at, sizeof worker->result - worker->got);

    if (n < 0 && errno == EINTR)
        return 0;
    if (n <= 0)
        return -1;
    worker->got += (size_t)n;
    if (worker->got < sizeof worker->result)
        return 0;
    worker->got = 0;
    return 1;
}

/// Hear all workers out. Returns 0, 1 when the listener had enough, or -12.
static int listen_all(struct worker *worker, int workers, sweep_heard *heard, void *ctx)
{
    struct pollfd *wait = calloc((size_t)workers, sizeof *wait);
    int open = workers;
    bool on = true;

    if (!wait)
        return -12;
    for (int i = 0; i < workers; i++)
        wait[i] = (struct pollfd){.fd = worker[i].pipe, .events = POLLIN};
    while (on && open > 0) {
        if (poll(wait, (nfds_t)workers, -1) < 0 && errno != EINTR)
            break;
        for (int i = 0; i < workers && on; i++) {
            if (!(wait[i].revents & (POLLIN | POLLHUP)))
                continue;
            int state = take(&worker[i]);
            if (state > 0)
                on = heard(ctx, &worker[i].result);
            if (state < 0) {
                wait[i].fd = -1; // poll skips it
                open--;
            }
        }
    }
    free(wait);
    return on ? 0 : 1;
}

/// Wait for all. A worker that died before its time makes the sweep worthless.
static int reap(struct worker *worker, int workers, bool stopped)
{
    int bad = 0;

    for (int i = 0; i < workers; i++) {
        int status = 0;
        if (stopped)
            kill(worker[i].pid, SIGTERM);
        close(worker[i].pipe);
        while (waitpid(worker[i].pid, &status, 0) < 0 && errno == EINTR)
            ;
        bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (!clean && !stopped)
            bad = WIFEXITED(status) && WEXITSTATUS(status) == 1 ? -ENOMEM : -ECHILD;
    }
    return bad;
}

int sweep_jobs(const struct sweep_work *work, size_t first, size_t last, sweep_heard *heard,
               void *ctx)
{
    size_t jobs = (size_t)work->request->jobs, count = last - first;

    jobs = jobs < count ? jobs : count;
    if (jobs <= 1)
        return sweep_part(work, first, last, heard, ctx);
    struct worker *worker = calloc(jobs, sizeof *worker);
    int bad = worker ? 0 : -ENOMEM, started = 0;
    for (size_t i = 0; i < jobs && !bad; i++) {
        bad = start(work, &worker[i], first + count * i / jobs, first + count * (i + 1) / jobs);
        started += !bad;
    }
    int ended = bad ? bad : listen_all(worker, started, heard, ctx);
    int died = reap(worker, started, ended != 0);
    free(worker);
    return ended < 0 ? ended : died;
}
