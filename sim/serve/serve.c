// The loop in which a served printer lives: by the clock, until something comes in.
// SPDX-License-Identifier: MIT
#include "sim/serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
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
    int64_t begun_us = 0;

    for (int n = 1;; n++) {
        int64_t to_us = earlier(until_us, marlin_due(&s->marlin));
        bool more = printer_step(&s->printer, to_us);
        marlin_turn(&s->marlin);
        more |= !s->printer.turned && printer_alive(&s->printer);
        if (!more && to_us >= until_us)
            return true;
        if (n % 64 != 0) // mostly there is less to do
            continue;
        int64_t host_us = clock_host_us();
        begun_us = begun_us ? begun_us : host_us;
        if (host_us - begun_us > slice_us)
            return false;
    }
}

void serve_live(struct serve *s, int64_t host_us)
{
    if (!live_until(s, clock_at(&s->clock, host_us)))
        clock_late(&s->clock, s->printer.t_us, clock_host_us());
}

static void hear(struct serve *s)
{
    if (s->spoken_to)
        s->heard_size +=
            pty_read(&s->pty, s->heard + s->heard_size, sizeof s->heard - s->heard_size);
    size_t taken = marlin_hear(&s->marlin, s->heard, s->heard_size);
    s->heard_size -= taken;
    memmove(s->heard, s->heard + taken, s->heard_size);
}

static void speak(struct serve *s)
{
    size_t sent = s->line_up ? pty_write(&s->pty, s->marlin.out, s->marlin.said) : s->marlin.said;

    s->marlin.said -= sent;
    memmove(s->marlin.out, s->marlin.out + sent, s->marlin.said);
}

void serve_relays(struct serve *s, int64_t host_us)
{
    static const uint32_t domains[GPIO_RELAYS] = {LAB_DOMAIN_MAINS, LAB_DOMAIN_24V,
                                                  LAB_DOMAIN_LOGIC, LAB_DOMAIN_HOST};

    if (!s->gpio.set || host_us < s->gpio.next_us)
        return;
    s->gpio.next_us = host_us + s->gpio.poll_us;
    for (int relay = 0; relay < GPIO_RELAYS; relay++) {
        if (s->gpio.line[relay].number < 0)
            continue;
        int on = gpio_relay(&s->gpio, (enum gpio_key)relay);
        if (on == s->relay[relay])
            continue;
        s->relay[relay] = on;
        if (!printer_power(&s->printer, domains[relay], on) || s->refused)
            continue;
        s->refused = true;
        fprintf(stderr, "plr-sim: %s went once more: a run holds eight cuts\n",
                gpio_word((enum gpio_key)relay));
    }
}

void serve_senses(struct serve *s, struct printer_rails *rails)
{
    printer_rails(&s->printer, rails);
    if (s->gpio.set)
        gpio_drive(&s->gpio, rails);
}

/// When the printer has to be looked after next. While it prints, what goes on inside waits for the next look at the relays, if there are any:
/// the world is advanced by its own instants, and nobody outside sees when.
static int64_t due(const struct serve *s)
{
    int64_t due_us = marlin_due(&s->marlin);

    return s->gpio.set && printer_prints(&s->printer) ? due_us
                                                      : earlier(due_us, printer_due(&s->printer));
}

/// Milliseconds until something is due.
static int idle_ms(const struct serve *s, const struct printer_rails *rails)
{
    int most = s->line_up ? IDLE_MS : HUNG_UP_MS;
    int64_t host_us = clock_host_us();
    int64_t due_us = earlier(due(s), rails->next_us);
    int wait_ms = due_us == INT64_MAX ? most : clock_wait_ms(&s->clock, due_us, host_us, most);
    int64_t poll_us = s->gpio.next_us - host_us;

    if (!s->gpio.set || poll_us >= wait_ms * (int64_t)1000)
        return wait_ms;
    return poll_us > 0 ? (int)((poll_us + 999) / 1000) : 0;
}

/// Until something comes in, or is due.
static void sleep_on(struct serve *s, const struct printer_rails *rails)
{
    struct pollfd polls[CONTROL_POLLS + 1];
    int controls = control_polls(&s->control, polls), count = controls + s->line_up;
    struct pollfd *line = &polls[controls];
    bool room = s->heard_size < sizeof s->heard;

    *line = (struct pollfd){
        .fd = s->pty.fd, .events = (short)((room ? POLLIN : 0) | (s->marlin.said ? POLLOUT : 0))};
    int ready = poll(polls, (nfds_t)count, idle_ms(s, rails));
    s->asked = false;
    for (int i = 0; ready > 0 && i < controls; i++)
        s->asked |= polls[i].revents != 0;
    s->spoken_to = ready > 0 && s->line_up && (line->revents & POLLIN);
    if (ready > 0 && s->line_up && (line->revents & POLLHUP))
        s->line_up = false;
}

/// A line that was hung up tells nobody that it is opened.
static void look_for_host(struct serve *s)
{
    if (s->line_up || !pty_heard(&s->pty))
        return;
    s->line_up = s->spoken_to = true;
}

int serve_loop(struct serve *s)
{
    struct sigaction act = {.sa_handler = on_signal};
    struct printer_rails rails;

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    while (!s->quit && !interrupted) {
        int64_t host_us = clock_host_us();
        serve_live(s, host_us);
        look_for_host(s);
        hear(s);
        if (s->asked)
            control_turn(&s->control, serve_answer, s);
        serve_relays(s, host_us);
        serve_live(s, host_us); // what was said acts at once
        serve_senses(s, &rails);
        speak(s);
        if (!s->quit)
            sleep_on(s, &rails);
    }
    return interrupted ? LAB_EXIT_INTERRUPTED : LAB_EXIT_PASS;
}
