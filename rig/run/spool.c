// Bytes on their way to a file.
// SPDX-License-Identifier: MIT
#include "rig/run/spool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// What was put at once is written at once.
struct piece {
    struct piece *next;
    size_t size;
    unsigned char bytes[];
};

struct spool {
    int (*write)(void *ctx, const void *bytes, size_t size);
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock; ///< of all below
    pthread_cond_t news;
    struct piece *first, **end;
    size_t used, room;
    bool over;
    int error; ///< the first
};

static void *work(void *of)
{
    struct spool *spool = of;

    pthread_mutex_lock(&spool->lock);
    while (!spool->over) {
        struct piece *piece = spool->first;
        if (!piece) {
            pthread_cond_wait(&spool->news, &spool->lock);
            continue;
        }
        bool skip = spool->error;
        pthread_mutex_unlock(&spool->lock);
        int bad = skip ? 0 : spool->write(spool->ctx, piece->bytes, piece->size);
        pthread_mutex_lock(&spool->lock);
        spool->error = spool->error ? spool->error : bad;
        spool->used -= piece->size; // only now: what is being written takes room, too
        spool->first = piece->next;
        if (!spool->first)
            spool->end = &spool->first;
        free(piece);
        pthread_cond_broadcast(&spool->news);
    }
    pthread_mutex_unlock(&spool->lock);
    return NULL;
}

/// Signals are for whoever listens to the lines.
static int start(struct spool *spool)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int bad = pthread_create(&spool->thread, NULL, work, spool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -bad;
}

int spool_open(struct spool **out, int (*write)(void *ctx, const void *bytes, size_t size),
               void *ctx, size_t room)
{
    struct spool *spool = calloc(1, sizeof *spool);

    *out = NULL;
    if (!spool)
        return -ENOMEM;
    spool->write = write;
    spool->ctx = ctx;
    spool->room = room;
    spool->end = &spool->first;
    pthread_mutex_init(&spool->lock, NULL);
    pthread_cond_init(&spool->news, NULL);
    int bad = start(spool);
    if (bad)
        free(spool);
    else
        *out = spool;
    return bad;
}

int spool_put(void *of, const void *bytes, size_t size)
{
    struct spool *spool = of;
    struct piece *piece = malloc(sizeof *piece + size);

    if (!piece)
        return -ENOMEM;
    piece->next = NULL;
    piece->size = size;
    memcpy(piece->bytes, bytes, size);
    pthread_mutex_lock(&spool->lock);
    int bad = spool->error ? spool->error : size > spool->room - spool->used ? -EAGAIN : 0;
    if (!bad) {
        *spool->end = piece;
        spool->end = &piece->next;
        spool->used += size;
        pthread_cond_broadcast(&spool->news);
    }
    pthread_mutex_unlock(&spool->lock);
    if (bad)
        free(piece);
    return bad;
}

int spool_wait(struct spool *spool, int64_t for_us)
{
    struct timespec end;
    int late = 0;

    clock_gettime(CLOCK_REALTIME, &end); // what pthread_cond_timedwait goes by
    int64_t ns = end.tv_nsec + for_us % 1000000 * 1000;
    end.tv_sec += (time_t)(for_us / 1000000 + ns / 1000000000);
    end.tv_nsec = (long)(ns % 1000000000);
    pthread_mutex_lock(&spool->lock);
    while (spool->first && !spool->error && !late)
        late = pthread_cond_timedwait(&spool->news, &spool->lock, &end);
    int bad = spool->error ? spool->error : spool->first ? -ETIMEDOUT : 0;
    pthread_mutex_unlock(&spool->lock);
    return bad;
}

void spool_close(struct spool *spool)
{
    if (!spool)
        return;
    pthread_mutex_lock(&spool->lock);
    spool->over = true;
    pthread_cond_broadcast(&spool->news);
    pthread_mutex_unlock(&spool->lock);
    pthread_join(spool->thread, NULL);
    for (struct piece *next, *piece = spool->first; piece; piece = next) {
        next = piece->next;
        free(piece);
    }
    pthread_cond_destroy(&spool->news);
    pthread_mutex_destroy(&spool->lock);
    free(spool);
}
