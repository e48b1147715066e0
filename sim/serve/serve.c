// The loop in which a served printer lives: by the clock, until something comes in.
// SPDX-License-Identifier: MIT
#include "sim/serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "core/lab/cli/cli.h"

// So long at most does the printer live without anybody listening to the outside.
static const int64_t slice_us = 5000;
// An idle loop looks up again; sooner when the serial line is hung up, which tells nobody that it is opened.
enum { IDLE_MS = 1000, HUNG_UP_MS = 50 };

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/// Up to `until_us`, as far as this computer comes in a slice. Returns whether it came there.
static bool live_until(struct serve *s, int64_t until_us)
{
    int64_t begun_us = clock_host_us();

    for (int n = 1;; n++) {
        int64_t to_us = earlier(until_us, marlin_due(&s->marlin));
        bool more = printer_step(&s->printer, to_us);
        marlin_turn(&s->marlin);
        more |= !s->printer.turned && printer_alive(&s->printer);
        if (!more && to_us >= until_us)
            return true;
        if (n % 64 == 0 && clock_host_us() - begun_us > slice_us)
            return false;
    }
}

void serve_live(struct serve *s)
{
    int64_t host_us = clock_host_us();

    if (!live_until(s, clock_at(&s->clock, host_us)))
        clock_late(&s->clock, s->printer.t_us, clock_host_us());
}

static void hear(struct serve *s)
{
    s->heard_size += pty_read(&s->pty, s->heard + s->heard_size, sizeof s->heard - s->heard_size);
    size_t taken = marlin_hear(&s->marlin, s->heard, s->heard_size);
    s->heard_size -= taken;
    memmove(s->heard, s->heard + taken, s->heard_size);
}

static void speak(struct serve *s, bool heard)
{
    size_t sent = heard ? pty_write(&s->pty, s->marlin.out, s->marlin.said) : s->marlin.said;

    s->marlin.said -= sent;
    memmove(s->marlin.out, s->marlin.out + sent, s->marlin.said);
}

/// Until something comes in, or is due.
static void sleep_on(struct serve *s, bool heard)
{
    struct pollfd polls[CONTROL_POLLS + 1];
    int64_t due_us = earlier(printer_due(&s->printer), marlin_due(&s->marlin));
    int count = control_polls(&s->control, polls);

    if (heard && s->heard_size < sizeof s->heard)
        polls[count++] = (struct pollfd){
            .fd = s->pty.fd, .events = (short)(POLLIN | (s->marlin.said ? POLLOUT : 0))};
    int wait_ms = heard ? IDLE_MS : HUNG_UP_MS;
    if (due_us != INT64_MAX)
        wait_ms = clock_wait_ms(&s->clock, due_us, clock_host_us(), wait_ms);
    (void)poll(polls, (nfds_t)count, wait_ms);
}

int serve_loop(struct serve *s)
{
    struct sigaction act = {.sa_handler = on_signal};

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    while (!s->quit && !interrupted) {
        serve_live(s);
        hear(s);
        control_turn(&s->control, serve_answer, s);
        serve_live(s); // what was said acts at once
        bool heard = pty_heard(&s->pty);
        speak(s, heard);
        if (!s->quit)
            sleep_on(s, heard);
    }
    return interrupted ? LAB_EXIT_INTERRUPTED : LAB_EXIT_PASS;
}
