// Work on several processes: each makes an equal stretch of it and writes results into a pipe.
// SPDX-License-Identifier: MIT
#include "sim/sweep/jobs.h"
#include "sim/sweep/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/// One process and its pipe.
struct worker {
    pid_t pid;
    int pipe;
    size_t size; ///< of a result
    size_t got;  ///< bytes of the result that is arriving
    char *result;
};

/// In the child: where results go.
struct sender {
    int pipe;
    size_t size;
};

/// A parent that is gone ends the work.
static bool send(void *ctx, const void *result)
{
    const struct sender *sender = ctx;
    size_t sent = 0;

    while (sent < sender->size) {
        ssize_t n = write(sender->pipe, (const char *)result + sent, sender->size - sent);
        if (n < 0 && errno != EINTR)
            return false;
        sent += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static int start(const struct jobs *jobs, struct worker *worker, size_t first, size_t last)
{
    int ends[2];

    worker->size = jobs->size;
    worker->result = malloc(jobs->size);
    if (!worker->result)
        return -ENOMEM;
    if (pipe(ends))
        return -errno;
    worker->pid = fork();
    if (worker->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return -errno;
    }
    if (worker->pid == 0) {
        struct sender sender = {ends[1], jobs->size};
        close(ends[0]);
        interrupt_leave_to_parent();
        _exit(-jobs->part(jobs->work, first, last, send, &sender)); // the errno
    }
    close(ends[1]);
    worker->pipe = ends[0];
    return 0;
}

/// Take what has arrived. Returns 1 when a whole result has, 0 when not yet, -1 at the end.
static int take(struct worker *worker)
{
    ssize_t n = read(worker->pipe, worker->result + worker->got, worker->size - worker->got);

    if (n < 0 && errno == EINTR)
        return 0;
    if (n <= 0)
        return -1;
    worker->got += (size_t)n;
    if (worker->got < worker->size)
        return 0;
    worker->got = 0;
    return 1;
}

/// Hear all workers out. Returns 0, 1 when the listener had enough or an interrupt came, or -ENOMEM.
static int listen_all(struct worker *worker, int workers, jobs_heard *heard, void *ctx)
{
    struct pollfd *wait = calloc((size_t)workers, sizeof *wait);
    int open = workers;
    bool on = true;

    if (!wait)
        return -ENOMEM;
    for (int i = 0; i < workers; i++)
        wait[i] = (struct pollfd){.fd = worker[i].pipe, .events = POLLIN};
    while (on && open > 0) {
        int ready = poll(wait, (nfds_t)workers, -1);
        on = !interrupt_came();
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            break;
        for (int i = 0; i < workers && on; i++) {
            if (!(wait[i].revents & (POLLIN | POLLHUP)))
                continue;
            int state = take(&worker[i]);
            if (state > 0)
                on = heard(ctx, worker[i].result);
            if (state < 0) {
                wait[i].fd = -1; // poll skips it
                open--;
            }
        }
    }
    free(wait);
    return on ? 0 : 1;
}

/// A signal that comes from outside, as from a system that is short of memory: no fault of the program's.
static bool is_from_outside(int number)
{
    return number == SIGKILL || number == SIGTERM || number == SIGHUP || number == SIGXCPU;
}

/// How a worker ended that did not end well. Returns a negative errno.
static int died(int status, struct lab_error *err)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == ENOMEM)
        return -ENOMEM;
    if (WIFSIGNALED(status) && is_from_outside(WTERMSIG(status))) {
        lab_error_at_file(err, NULL,
                          "a process that made runs was ended from outside by signal %d (%s)%s",
                          WTERMSIG(status), strsignal(WTERMSIG(status)),
                          WTERMSIG(status) == SIGKILL ? ", as when memory is short" : "");
        return -EIO;
    }
    if (WIFSIGNALED(status))
        lab_error_at_file(err, NULL, "a process that made runs died of signal %d (%s)",
                          WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        lab_error_at_file(err, NULL, "a process that made runs died with exit code %d",
                          WEXITSTATUS(status));
    return -ECHILD;
}

/// Wait for all. A worker that died before its time makes all of it worthless.
static int reap(struct worker *worker, int workers, bool stopped, struct lab_error *err)
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
            bad = died(status, err);
    }
    return bad;
}

int jobs_run(const struct jobs *jobs, size_t first, size_t last, jobs_heard *heard, void *ctx)
{
    size_t processes = (size_t)jobs->processes, count = last - first;

    processes = processes < count ? processes : count;
    if (processes <= 1)
        return jobs->part(jobs->work, first, last, heard, ctx);
    struct worker *worker = calloc(processes, sizeof *worker);
    int bad = worker ? 0 : -ENOMEM, started = 0;
    for (size_t i = 0; i < processes && !bad; i++) {
        bad = start(jobs, &worker[i], first + count * i / processes,
                    first + count * (i + 1) / processes);
        started += !bad;
    }
    int ended = bad ? bad : listen_all(worker, started, heard, ctx);
    int reaped = reap(worker, started, ended != 0 || interrupt_came(), jobs->err);
    for (size_t i = 0; i < processes && worker; i++)
        free(worker[i].result);
    free(worker);
    return ended < 0 ? ended : reaped;
}
