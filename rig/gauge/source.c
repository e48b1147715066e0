// Where readings come from: a command's output, a serial device, a person at the terminal.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // pipe2
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/lab/link/serial.h"
#include "rig/child/child.h"
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
    if (gauge->child == 0)
        child_shell(gauge->rule->source, NULL, fd[1]);
    setpgid(gauge->child, gauge->child);
    close(fd[1]);
    gauge->fd = fd[0];
    return 0;
}

/// A device that is no terminal: a pipe in a test, a USB device. What lay there already nobody knows when it was said.
static int open_other(const char *source)
{
    char old[256];
    int fd = open(source, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    for (int n = 0; n < 1024 && read(fd, old, sizeof old) > 0; n++)
        ;
    return fd;
}

int gauge_open_serial(struct gauge *gauge)
{
    const char *request = gauge->rule->request;
    size_t size = strlen(request);

    int fd = serial_open(gauge->rule->source, gauge->rule->baud);
    if (fd == -ENOTTY)
        fd = open_other(gauge->rule->source);
    if (fd < 0)
        return fd;
    gauge->fd = fd;
    gauge->torn = !size; // one that talks by itself is in the middle of something
    return !size || write(fd, request, size) == (ssize_t)size ? 0 : -EIO;
}

/// A terminal that is stopped (Ctrl-S) holds up nobody: what it does not take is not said.
static void ask(const struct gauge *gauge, const char *why)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%s%s%s: %s ", why, why[0] ? "\n" : "", gauge->rule->name,
                     gauge->rule->source);
    size_t size = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;

    if (write(gauge->fd, text, size) < 0)
        return; // it is asked for all the same, until its time is over
}

int gauge_open_prompt(struct gauge *gauge)
{
    if (!isatty(STDIN_FILENO))
        return -ENOTTY;
    gauge->fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (gauge->fd < 0)
        return -errno;
    (void)tcflush(gauge->fd, TCIFLUSH); // what was typed before it was asked for is no answer
    ask(gauge, "");
    return 0;
}

void gauge_ask_again(struct gauge *gauge, const char *why)
{
    gauge->len = 0;
    ask(gauge, why);
}
