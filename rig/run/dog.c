// Kicking the computer's watchdog.
// SPDX-License-Identifier: MIT
#include "rig/run/dog.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int run_dog_open(struct run_dog *dog, const char *path, int64_t now_us)
{
    *dog = (struct run_dog){-1, now_us};
    if (!path[0])
        return 0;
    dog->fd = open(path, O_WRONLY | O_CLOEXEC);
    return dog->fd < 0 ? -errno : 0;
}

int run_dog_kick(struct run_dog *dog, int64_t now_us)
{
    enum { EVERY_US = 1000000 }; // a Raspberry Pi's bites at 15 s at most

    if (dog->fd < 0 || now_us - dog->kicked_us < EVERY_US)
        return 0;
    dog->kicked_us = now_us;
    return write(dog->fd, "k", 1) == 1 ? 0 : -errno;
}

void run_dog_close(struct run_dog *dog, bool safe)
{
    if (dog->fd < 0)
        return;
    if (safe && write(dog->fd, "V", 1) != 1)
        (void)0; // then it bites, with everything off
    close(dog->fd);
    dog->fd = -1;
}
