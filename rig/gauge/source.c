// Where readings come from: a command's output, a serial device, a person at the terminal.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // pipe2, cfmakeraw
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "rig/gauge/gauge.h"

static int closed(int fd[2], int error)
{
    close(fd[0]);
    close(fd[1]);
    return error;
}

int gauge_open_cmd(struct gauge *gauge)
{
    int fd[2];

    if (pipe2(fd, O_CLOEXEC))
        return -errno;
    if (fcntl(fd[0], F_SETFL, O_NONBLOCK))
        return closed(fd, -errno);
    gauge->child = fork();
    if (gauge->child < 0) {
        gauge->child = 0;
        return closed(fd, -errno);
    }
    if (gauge->child == 0) {
        setpgid(0, 0); // all of it can be ended
        if (dup2(fd[1], STDOUT_FILENO) >= 0)
            execl("/bin/sh", "sh", "-c", gauge->rule->source, (char *)NULL);
        _exit(127);
    }
    setpgid(gauge->child, gauge->child);
    close(fd[1]);
    gauge->fd = fd[0];
    return 0;
}

static speed_t speed_of(int32_t baud)
{
    static const struct {
        int32_t baud;
        speed_t speed;
    } row[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
               {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};

    for (size_t n = 0; n < sizeof row / sizeof *row; n++)
        if (row[n].baud == baud)
            return row[n].speed;
    return B0;
}

/// Returns 0 or a negative errno. What is no terminal (a pipe in a test, a USB device that is none) is read as it is.
static int set_speed(const struct gauge *gauge)
{
    struct termios line;
    speed_t speed = speed_of(gauge->rule->baud);

    if (!isatty(gauge->fd))
        return 0;
    if (speed == B0)
        return -EINVAL;
    if (tcgetattr(gauge->fd, &line))
        return -errno;
    cfmakeraw(&line);
    line.c_cflag |= CLOCAL | CREAD;
    if (cfsetspeed(&line, speed) || tcsetattr(gauge->fd, TCSAFLUSH, &line))
        return -errno;
    return 0;
}

int gauge_open_serial(struct gauge *gauge)
{
    const char *request = gauge->rule->request;
    size_t size = strlen(request);

    gauge->fd = open(gauge->rule->source, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (gauge->fd < 0)
        return -errno;
    int bad = set_speed(gauge);
    if (!bad && size && write(gauge->fd, request, size) != (ssize_t)size)
        bad = -EIO;
    return bad;
}

int gauge_open_prompt(struct gauge *gauge)
{
    if (!isatty(STDIN_FILENO))
        return -ENOTTY;
    fprintf(stderr, "%s: %s ", gauge->rule->name, gauge->rule->source);
    gauge->fd = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return gauge->fd < 0 ? -errno : 0;
}
