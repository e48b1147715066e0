// plr-rig serve: the bench's relays for other programs of the lab.
// SPDX-License-Identifier: MIT
#include "rig/serve/serve.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rig/service/service.h"
#include "rig/verbs/hold.h"
#include "rig/verbs/verbs.h"

/// What the handler of requests works on.
struct server {
    struct bench bench;
    struct rig_hold hold;
    bool armed, quiet;
    char token[SERVE_TOKEN];
    int port;
    int64_t again_us[BENCH_RELAYS]; ///< a reboot: on again then; 0 none
    int failed;                     ///< nothing may go on any more, and this is the exit code
    bool over;                      ///< everything was switched off for good: nothing is switched
    int off;                        ///< how that went: 0 or an exit code
};

__attribute__((format(printf, 3, 4))) static void say(struct serve_answer *answer, int status,
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(answer->text, sizeof answer->text, format, arguments);
    va_end(arguments);
    answer->status = status;
}

static const char *relay_name(const struct server *server, int32_t relay)
{
    return server->bench.relay[relay].name;
}

// --- switching ----------------------------------------------------------------------------------------------------

/// Everything was switched off for good: there is nothing left to switch. Returns whether that is so; *fine: it is known to be off.
static bool is_over(const struct server *server, struct serve_answer *answer, bool *fine)
{
    *fine = server->over && !server->off;
    if (server->over && server->off)
        say(answer, 503, "not everything could be switched off; pull the plug\n");
    return server->over;
}

/// How switching went. What does not follow ends everything. Returns whether it did.
static bool has_switched(struct server *server, int bad, const struct lab_error *err,
                         struct serve_answer *answer)
{
    if (bad == -EAGAIN)
        say(answer, 409, "%s\n", err->message);
    else if (bad)
        say(answer, 503, "%s\n", err->message);
    if (bad && bad != -EAGAIN && bad != -EINTR)
        server->failed = rig_complain(err, LAB_EXIT_INFRA);
    return !bad;
}

static void tell_switched(const struct server *server, int32_t relay, bool on)
{
    if (!server->quiet)
        (void)verb_tell(stdout, "%s is %s\n", relay_name(server, relay), on ? "on" : "off");
}

/// Switch on by the relay's rules.
static bool switched_on(struct server *server, int32_t relay, struct serve_answer *answer)
{
    struct lab_error err = {0};
    struct lines_switched done;
    bool fine;

    if (is_over(server, answer, &fine))
        return fine;
    int bad = lines_switch(server->hold.lines, relay, true, &done, &err);
    if (!bad)
        tell_switched(server, relay, true);
    return has_switched(server, bad, &err, answer);
}

/// A relay, and all that are on behind it: these would come back with it, unasked. A bit each.
static uint32_t with_all_behind(const struct server *server, int32_t relay)
{
    uint32_t relays = UINT32_C(1) << relay;

    for (int32_t n = 0; n < server->bench.relays; n++)
        if (lines_relay(server->hold.lines, n) && bench_feeds(&server->bench, relay, n))
            relays |= UINT32_C(1) << n;
    return relays;
}

/// Switch off together, for good at once, for a reboot by the rules of each.
static bool switched_off(struct server *server, uint32_t relays, bool again,
                         struct serve_answer *answer)
{
    struct lab_error err = {0};
    struct lines_switched done[BENCH_RELAYS];
    bool fine;

    if (is_over(server, answer, &fine))
        return fine;
    int bad = lines_switch_off(server->hold.lines, relays, !again, done, &err);
    for (int32_t n = 0; n < server->bench.relays && !bad; n++)
        if (relays >> n & 1u)
            tell_switched(server, n, false);
    return has_switched(server, bad, &err, answer);
}

static bool may_switch_on(const struct server *server, struct serve_answer *answer)
{
    char why[120];

    if (!server->armed)
        say(answer, 403, "nothing is switched on: plr-rig serve runs without --arm\n");
    else if (server->failed || server->over || rig_interrupted())
        say(answer, 503, "plr-rig serve is ending: nothing is switched on any more\n");
    else if (lines_alarm(server->hold.lines, why, sizeof why))
        say(answer, 503, "%s\n", why);
    else
        return true;
    return false;
}

/// A relay that is off and stands in front of this one, BENCH_NONE: behind it no read-back would show anything.
static int32_t in_front(const struct server *server, int32_t relay)
{
    int32_t n = 0;

    while (n < server->bench.relays &&
           (lines_relay(server->hold.lines, n) || !bench_feeds(&server->bench, n, relay)))
        n++;
    return n < server->bench.relays ? n : BENCH_NONE;
}

/// Nobody's request closes somebody else's relay: whoever switched it off may have his hands in the printer.
static bool is_fed(const struct server *server, int32_t relay, struct serve_answer *answer)
{
    int32_t front = in_front(server, relay);

    if (front != BENCH_NONE)
        say(answer, 409, "%s stands in front of %s and is off: switch it on first\n",
            relay_name(server, front), relay_name(server, relay));
    return front == BENCH_NONE;
}

/// Whoever stands at the printer hears it before power comes.
static bool warned(struct server *server, int32_t relay, struct serve_answer *answer)
{
    if (lines_relay(server->hold.lines, relay) || lines_wait_us(server->hold.lines, relay, true))
        return true; // nothing comes
    server->failed = rig_hold_warn(&server->hold);
    if (server->failed)
        say(answer, 503, "plr-rig serve is ending: nothing is switched on any more\n");
    return !server->failed;
}

static void turn_on(struct server *server, const struct serve_wish *wish,
                    struct serve_answer *answer)
{
    if (!may_switch_on(server, answer) || !is_fed(server, wish->relay, answer) ||
        !warned(server, wish->relay, answer) || !switched_on(server, wish->relay, answer))
        return; // refused: a reboot that waits goes on waiting
    server->again_us[wish->relay] = 0;
    say(answer, 200, wish->pdudaemon ? "OK - accepted request\n" : "1");
}

/// What is switched off stays off, with all behind it: an earlier reboot, which may have taken it off, is over.
static void forget_again(struct server *server, int32_t relay)
{
    for (int32_t n = 0; n < server->bench.relays; n++) {
        if (!server->again_us[n] || (n != relay && !bench_feeds(&server->bench, relay, n)))
            continue;
        server->again_us[n] = 0;
        if (n != relay && !server->quiet)
            (void)verb_tell(stdout, "%s stays off: %s, in front of it, is off\n",
                            relay_name(server, n), relay_name(server, relay));
    }
}

static void turn_off(struct server *server, const struct serve_wish *wish,
                     struct serve_answer *answer)
{
    bool again = wish->what == SERVE_REBOOT;
    uint32_t relays = with_all_behind(server, wish->relay);

    if (!again) // whatever comes of it: who asks for off wants nothing back
        forget_again(server, wish->relay);
    if ((again && (!may_switch_on(server, answer) || !is_fed(server, wish->relay, answer))) ||
        !switched_off(server, relays, again, answer))
        return; // refused: a reboot that waits goes on waiting
    for (int32_t n = 0; n < server->bench.relays && again; n++)
        if (relays >> n & 1u)
            server->again_us[n] = lines_now_us() + wish->delay_us;
    say(answer, 200, wish->pdudaemon ? "OK - accepted request\n" : "0");
}

/// What its read-back says; of a relay that has none but its get_cmd, which may take seconds, what it was switched to.
static bool is_on(const struct server *server, int32_t relay)
{
    int32_t sense = server->bench.relay[relay].sense;

    return sense == BENCH_NONE ? lines_relay(server->hold.lines, relay)
                               : lines_sense(server->hold.lines, sense, NULL);
}

static void handle(void *ctx, const struct serve_request *request, struct serve_answer *answer)
{
    struct server *server = ctx;
    struct serve_wish wish;
    char why[SERVE_WHY] = "";

    if (!serve_admits(request, server->token)) {
        say(answer, 401, "Authorization: Bearer TOKEN is missing or wrong\n");
        return;
    }
    if (!server->token[0] && !serve_is_own(request, server->port)) {
        say(answer, 403,
            "without a token only programs of this computer are heard: no Origin, "
            "and Host is localhost or 127.0.0.1, with the port\n");
        return;
    }
    int status = serve_read(request, &server->bench, &wish, why);
    if (status != 200)
        say(answer, status, "%.300s\n", why);
    else if (wish.what == SERVE_GET)
        say(answer, 200, "%d", is_on(server, wish.relay));
    else if (wish.what == SERVE_ON)
        turn_on(server, &wish, answer);
    else
        turn_off(server, &wish, answer);
}

// --- the loop -----------------------------------------------------------------------------------------------------

/// Is this relay's reboot to end now? One whose feed is in a reboot, too, waits for that; one whose feed was switched off is over.
static bool is_due(struct server *server, int32_t relay)
{
    int64_t now = lines_now_us();

    if (!server->again_us[relay] || now < server->again_us[relay] ||
        lines_wait_us(server->hold.lines, relay, true))
        return false;
    int32_t front = in_front(server, relay);
    if (front != BENCH_NONE && server->again_us[front])
        return false;
    server->again_us[relay] = 0;
    if (front != BENCH_NONE && !server->quiet)
        (void)verb_tell(stdout, "%s stays off: %s, in front of it, is off\n",
                        relay_name(server, relay), relay_name(server, front));
    return front == BENCH_NONE;
}

/// Relays whose reboot is due go on again, as soon as their rules allow it; none behind a stop, or behind one that failed.
static void go_on(struct server *server)
{
    for (int32_t n = 0; n < server->bench.relays; n++) {
        struct serve_answer why = {0};
        if (!is_due(server, n))
            continue;
        if (!may_switch_on(server, &why) || !warned(server, n, &why))
            return;
        (void)switched_on(server, n, &why);
    }
}

/// Returns an exit code when it is over.
static int loop(struct server *server, struct serve *serve)
{
    enum { SLICE_US = 5000 };

    while (!server->failed) {
        int code = rig_hold_watch(&server->hold, lines_now_us() + SLICE_US);
        if (code)
            return code;
        go_on(server);
        serve_turn(serve);
    }
    return server->failed;
}

static int set_up(struct server *server, const struct rig_options *options)
{
    struct lab_error err = {0};
    const char *at = options->listen;
    int code = rig_load(options, &server->bench);

    if (code)
        return code;
    server->armed = options->arm;
    server->quiet = options->cli.quiet;
    if (options->token && serve_token(options->token, server->token, &err))
        return rig_complain(&err, LAB_EXIT_USAGE);
    if (at && !serve_is_place(at)) {
        fprintf(stderr,
                "plr-rig: %s is no ADDRESS:PORT: that is an address in numbers (no name) and a "
                "port up to 65535, as 127.0.0.1:16421\nTry 'plr-rig serve --help'.\n",
                at);
        return LAB_EXIT_USAGE;
    }
    if (!options->token && at && !serve_is_loopback(at)) {
        fprintf(stderr,
                "plr-rig: %s can be reached from other computers: that wants --token-file\nTry "
                "'plr-rig serve --help'.\n",
                at);
        return LAB_EXIT_USAGE;
    }
    return 0;
}

/// With relays all off, listen until it is over.
static int run(struct server *server, const char *at)
{
    struct lab_error err = {0};
    struct serve *serve;
    int bad = serve_open(&serve, at, handle, server, &err);

    if (bad)
        return rig_complain(&err, rig_exit(bad));
    server->port = serve_port(serve);
    if (!server->quiet)
        (void)verb_tell(stdout, "listening at port %d%s\n", serve_port(serve),
                        server->armed ? "" : "; nothing is switched on without --arm");
    service_ready(server->armed ? "listening, armed" : "listening");
    int code = loop(server, serve);
    server->off = rig_hold_off(&server->hold);
    server->over = true;
    for (int turns = 0; turns < 4; turns++) // an answer that waits still goes out
        serve_turn(serve);
    serve_close(serve);
    return server->off ? server->off : code;
}

int rig_serve(const struct rig_options *options)
{
    static struct server server;
    int code = set_up(&server, options);

    if (code)
        return code;
    (void)rig_interrupted();
    code = rig_hold_open(&server.hold, &server.bench, "plr-rig serve", options->arm);
    if (code)
        return code;
    code = run(&server, options->listen ? options->listen : "127.0.0.1:16421");
    rig_hold_close(&server.hold, !server.off);
    return code;
}
