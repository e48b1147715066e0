// Kicking the computer's watchdog.
// SPDX-License-Identifier: MIT
#include "rig/run/dog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int run_dog_open(struct run_dog *dog, const struct bench *bench, int64_t now_us,
                 struct lab_error *err)
{
    const char *device = bench->watchdog.device;

    *dog = (struct run_dog){.fd = -1, .kicked_us = now_us};
    if (!device[0])
        return 0;
    dog->fd = open(device, O_WRONLY | O_CLOEXEC);
    if (dog->fd >= 0)
        return 0;
    int bad = -errno;
    lab_error_at_file(err, bench->path, "watchdog.device: %s: %s", device, strerror(-bad));
    return bad;
}

int run_dog_kick(struct run_dog *dog, int64_t now_us)
{
    enum { EVERY_US = 1000000 }; // a Raspberry Pi's bites at 15 s at most

    if (dog->fd < 0 || now_us - dog->kicked_us < EVERY_US)
        return dog->bad;
    dog->kicked_us = now_us;
    if (write(dog->fd, "k", 1) != 1 && !dog->bad)
        dog->bad = -errno;
    return dog->bad;
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
