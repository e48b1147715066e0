// A serial line of this computer. The kernel's own header, for libc's knows only the usual speeds.
// SPDX-License-Identifier: MIT
#include "core/lab/link/serial.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int make_raw(int fd, int32_t baud)
{
    struct termios2 t;

    if (ioctl(fd, TCGETS2, &t))
        return -errno;
    t.c_iflag = IGNBRK;
    t.c_oflag = 0;
    t.c_lflag = 0;
    t.c_cflag = CS8 | CREAD | CLOCAL | BOTHER; // no HUPCL: hanging up resets no board
    t.c_ispeed = t.c_ospeed = (speed_t)baud;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    if (ioctl(fd, TCSETS2, &t))
        return -errno;
    (void)ioctl(fd, TCFLSH, TCIFLUSH); // what was said before nobody knows when
    return 0;
}

int serial_open(const char *device, int32_t baud)
{
    int fd, bad = 0;

    do
        fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB))
        bad = errno == EWOULDBLOCK ? -EBUSY : -errno;
    if (!bad)
        bad = make_raw(fd, baud);
    if (bad)
        (void)close(fd);
    return bad ? bad : fd;
}
