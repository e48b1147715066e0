// The lines of a bench: opened together, listened to, let go.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t lines_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// --- opening ------------------------------------------------------------------------------------------------------

/// The level at which a relay's line lets no power through.
static bool off_level(const struct bench_relay *relay)
{
    return relay->contact == BENCH_NORMALLY_CLOSED;
}

/// Two addresses may mean one line. Returns its number, or BENCH_NONE.
static int32_t taken(const struct lines *lines, const struct gpio_place *place)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->want[i].place.offset == place->offset &&
            !strcmp(lines->want[i].place.path, place->path))
            return (int32_t)i;
    return BENCH_NONE;
}

/// Find a line and add it to what will be requested. *slot becomes its number, BENCH_NONE for a line that the bench does not have.
static int add(struct lines *lines, const struct bench_line *line, bool output, bool on,
               int32_t *slot, struct lab_error *err)
{
    struct gpio_want *next = &lines->want[lines->count];
    char why[200];

    *slot = BENCH_NONE;
    if (!line->address[0])
        return 0;
    int bad = gpio_find(line->address, &next->place, why, sizeof why);
    int32_t same = bad ? BENCH_NONE : taken(lines, &next->place);
    if (same != BENCH_NONE) {
        snprintf(why, sizeof why, "it is %s, which is taken already", lines->address[same]);
        bad = -EEXIST;
    }
    if (bad) {
        lab_error_at_file(err, lines->bench->path, "line %s: %s", line->address,
                          why[0] ? why : strerror(-bad));
        return bad;
    }
    next->output = output;
    next->on = on;
    next->edges = !output;
    next->active_low = line->active_low;
    next->bias = (enum gpio_bias)line->bias;
    lines->address[lines->count] = line->address;
    *slot = (int32_t)lines->count++;
    return 0;
}

static int add_all(struct lines *lines, struct lab_error *err)
{
    const struct bench *bench = lines->bench;
    int bad = 0;

    for (int32_t i = 0; i < bench->relays && !bad; i++)
        bad = add(lines, &bench->relay[i].line, true, off_level(&bench->relay[i]),
                  &lines->relay[i].slot, err);
    for (int32_t i = 0; i < bench->senses && !bad; i++)
        bad = add(lines, &bench->sense[i].line, false, false, &lines->sense[i].slot, err);
    bad = bad ? bad : add(lines, &bench->beeper, true, false, &lines->beeper, err);
    bad = bad ? bad : add(lines, &bench->led, true, false, &lines->led, err);
    return bad ? bad : add(lines, &bench->watchdog.line, true, false, &lines->watchdog, err);
}

/// The first line that somebody holds already: a request that fails does not say which it was.
static int say_held(const struct lines *lines, struct lab_error *err)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct gpio_place *place = &lines->want[i].place;
        struct gpio_line_info info;
        if (gpio_line(place->path, place->offset, &info) || !info.used)
            continue;
        lab_error_at_file(err, lines->bench->path, "line %s is held by %s", lines->address[i],
                          info.consumer[0] ? info.consumer : "another program");
        break;
    }
    return -EBUSY;
}

static int request(struct lines *lines, struct lab_error *err)
{
    size_t culprit;
    int bad = gpio_open(&lines->gpio, "plr-rig", lines->want, lines->count, &culprit);
    bool silent = bad == -ENODEV || bad == -ENXIO || bad == -EREMOTEIO || bad == -ETIMEDOUT;

    if (bad == -EBUSY)
        return say_held(lines, err);
    if (bad)
        lab_error_at_file(err, lines->bench->path, "line %s cannot be requested: %s%s",
                          lines->address[culprit], strerror(-bad),
                          silent ? "; nobody knows what is on" : "");
    return silent ? -EIO : bad;
}

/// Inputs as they are now.
static int look_first(struct lines *lines, struct lab_error *err)
{
    int64_t now = lines_now_us();

    for (int32_t i = 0; i < lines->bench->senses; i++) {
        const struct bench_sense *rule = &lines->bench->sense[i];
        struct input *sense = &lines->sense[i];
        sense->debounce_us = rule->debounce_us;
        sense->stops = rule->kind == BENCH_ESTOP || rule->kind == BENCH_DOOR;
        int value = gpio_get(lines->gpio, (size_t)sense->slot);
        if (value < 0) {
            lab_error_at_file(err, lines->bench->path,
                              "line %s cannot be read: %s; nobody knows what is on",
                              lines->bench->sense[i].line.address, strerror(-value));
            return -EIO;
        }
        input_begin(sense, value, now);
    }
    return 0;
}

/// A relay of the bench went on so long ago.
static void went_on(void *ctx, const char *relay, int64_t age_us)
{
    struct lines *lines = ctx;
    int32_t which = bench_relay(lines->bench, relay);

    if (which == BENCH_NONE)
        return; // of a bench file as it was before
    struct output *output = &lines->relay[which];
    output->cycle_us[output->cycles++ % LINES_CYCLES] = lines_now_us() - age_us;
}

/// What went on before another did so no later: across a boot ages are rough.
static void put_in_order(struct output *output)
{
    uint64_t least = output->cycles > LINES_CYCLES ? output->cycles - LINES_CYCLES : 0;

    for (uint64_t n = output->cycles; n > least + 1; n--) {
        int64_t *before = &output->cycle_us[(n - 2) % LINES_CYCLES];
        int64_t after = output->cycle_us[(n - 1) % LINES_CYCLES];
        *before = *before < after ? *before : after;
    }
}

/// The cycles of the hour before, of whichever process. Never -EIO: a disk that fails leaves nothing on.
static int remember(struct lines *lines, struct lab_error *err)
{
    struct cycles_clock now;
    bool counts = false;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        counts = counts || lines->bench->relay[i].cycles_per_hour > 0;
    if (!counts)
        return 0;
    cycles_now(&now);
    int bad = cycles_path(lines->bench->path, lines->cycles);
    bad = bad ? bad : cycles_read(lines->cycles, &now, went_on, lines, err);
    for (int32_t i = 0; i < lines->bench->relays; i++)
        put_in_order(&lines->relay[i]);
    return bad == -EIO ? -ENODATA : bad;
}

int lines_open(struct lines **out, const struct bench *bench, lines_meanwhile *meanwhile, void *ctx,
               struct lab_error *err)
{
    struct lines *lines = calloc(1, sizeof *lines);

    if (!lines)
        return -ENOMEM;
    lines->bench = bench;
    lines->meanwhile = meanwhile;
    lines->meanwhile_ctx = ctx;
    lines->watchdog = BENCH_NONE;
    int bad = add_all(lines, err);
    bad = bad ? bad : request(lines, err);
    bad = bad ? bad : look_first(lines, err);
    bad = bad ? bad : lines_all_off(lines, err);
    bad = bad ? bad : remember(lines, err);
    if (bad)
        lines_close(lines);
    else
        *out = lines;
    return bad;
}

void lines_close(struct lines *lines)
{
    struct lab_error ignored = {0};

    if (lines && lines->gpio && !lines->tried)
        (void)lines_all_off(lines, &ignored);
    if (lines)
        gpio_close(lines->gpio);
    if (lines && lines->counted)
        (void)cycles_sync(
            lines->cycles); // where not, the last half minute is lost with this computer's power
    free(lines);
}

// --- listening ----------------------------------------------------------------------------------------------------

void lines_note(struct lines *lines, const struct lines_edge *edge)
{
    lines->edge[lines->edges++ % LINES_EDGES] = *edge;
}

size_t lines_edges(const struct lines *lines, struct lines_edge *out, size_t room, uint64_t *lost)
{
    uint64_t kept = lines->edges < LINES_EDGES ? lines->edges : LINES_EDGES;
    uint64_t count = kept < room ? kept : room;

    for (uint64_t i = 0; i < count; i++)
        out[i] = lines->edge[(lines->edges - count + i) % LINES_EDGES];
    *lost = lines->edges - count;
    return (size_t)count;
}

/// An input changed.
static void hear(struct lines *lines, int32_t which, bool on, int64_t at_us)
{
    lines_note(lines, &(struct lines_edge){at_us, false, which, on});
    input_hear(&lines->sense[which], on, at_us);
}

/// Inputs follow edges, and edges can be lost where there are too many at once: so often the lines themselves are looked at. As long as edges come
/// that waits for a pause, in which none is on its way, but no longer than once more.
enum { LOOK_US = 100000 };

static int refresh(struct lines *lines, int64_t now, bool edges)
{
    if (now - lines->looked_us < (edges ? 2 * LOOK_US : LOOK_US))
        return 0;
    lines->looked_us = now;
    for (int32_t i = 0; i < lines->bench->senses; i++) {
        int value = gpio_get(lines->gpio, (size_t)lines->sense[i].slot);
        if (value < 0)
            return value;
        if (value != lines->sense[i].raw)
            hear(lines, i, value, now);
    }
    return 0;
}

/// Returns whether any input says something else now.
static bool settle(struct lines *lines, int64_t now)
{
    bool news = false;

    for (int32_t i = 0; i < lines->bench->senses; i++)
        if (input_settle(&lines->sense[i], now))
            news = true;
    return news;
}

/// When there is something to do next, at the latest `until`.
static int64_t next_turn(const struct lines *lines, int64_t until)
{
    int64_t look = lines->looked_us + LOOK_US;

    until = until < look ? until : look;
    for (int32_t i = 0; i < lines->bench->senses; i++) {
        int64_t at = input_next_us(&lines->sense[i]);
        until = at < until ? at : until;
    }
    int64_t kick = lines->kicked_us + lines->bench->watchdog.period_us;
    return lines->watchdog != BENCH_NONE && kick < until ? kick : until;
}

static int signal_line(struct lines *lines, int32_t slot, bool on)
{
    return slot == BENCH_NONE ? 0
                              : gpio_set(lines->gpio, UINT64_C(1) << slot, on ? ~UINT64_C(0) : 0);
}

static int kick(struct lines *lines, int64_t now)
{
    if (lines->watchdog == BENCH_NONE || now - lines->kicked_us < lines->bench->watchdog.period_us)
        return 0;
    lines->kicked = !lines->kicked;
    lines->kicked_us = now;
    return signal_line(lines, lines->watchdog, lines->kicked);
}

/// One turn: wait for an edge, for what is next, or until `beside` can be read or a signal comes, which *woken then says. Returns 1 when an input says something
/// else, 0, or a negative errno.
static int turn(struct lines *lines, int beside, int64_t until, bool *woken)
{
    struct gpio_edge edge;
    int64_t now = lines_now_us(), next = next_turn(lines, until);
    int heard = gpio_edge(lines->gpio, beside, next > now ? next - now : 0, &edge);

    if (heard < 0 && heard != -EINTR)
        return heard;
    for (int32_t i = 0; heard > 0 && i < lines->bench->senses; i++)
        if (lines->sense[i].slot == (int32_t)edge.line)
            hear(lines, i, edge.on, edge.at_us);
    now = lines_now_us();
    *woken = heard == -EINTR || (heard == 0 && now < next);
    int bad = kick(lines, now);
    bad = bad ? bad : refresh(lines, now, heard > 0);
    return bad ? bad : settle(lines, now);
}

int lines_listen_beside(struct lines *lines, int fd, int64_t until_us)
{
    bool woken;
    int news;

    do {
        news = turn(lines, fd, until_us, &woken);
    } while (!news && !woken && lines_now_us() < until_us);
    return news;
}

int lines_listen(struct lines *lines, int64_t until_us)
{
    int news;

    do {
        news = lines_listen_beside(lines, -1, until_us);
    } while (!news && lines_now_us() < until_us);
    return news;
}

bool lines_sense(const struct lines *lines, int32_t sense, int64_t *since_us)
{
    if (since_us)
        *since_us = lines->sense[sense].said_us;
    return lines->sense[sense].said;
}

/// Power that a closed relay does not show is missing only when it comes to that relay, and has had the time to show.
static bool fed(const struct lines *lines, int32_t relay)
{
    const struct bench *bench = lines->bench;
    int64_t now = lines_now_us();

    for (int32_t i = 0; i < bench->relays; i++) {
        if (!bench_feeds(bench, i, relay))
            continue;
        int64_t shows = bench->relay[i].switching_us + bench->relay[relay].switching_us +
                        bench->sense[bench->relay[relay].sense].debounce_us;
        if (!lines->relay[i].on || now - lines->relay[i].changed_us <= shows)
            return false;
    }
    return true;
}

bool lines_stopped(const struct lines *lines, char *why, size_t room)
{
    const struct bench *bench = lines->bench;

    for (int32_t i = 0; i < bench->senses; i++) {
        const struct input *sense = &lines->sense[i];
        if (!sense->stops || !(sense->said || sense->heard))
            continue;
        snprintf(why, room, "%s %s %s", bench->sense[i].name, sense->said ? "is" : "was",
                 bench->sense[i].kind == BENCH_DOOR ? "open" : "pressed");
        return true;
    }
    return false;
}

bool lines_alarm(const struct lines *lines, char *why, size_t room)
{
    const struct bench *bench = lines->bench;

    if (lines_stopped(lines, why, room))
        return true;
    for (int32_t i = 0; i < bench->relays; i++) {
        int32_t sense = bench->relay[i].sense;
        if (sense == BENCH_NONE)
            continue;
        if (input_is_restless(&lines->sense[sense], lines_now_us())) {
            snprintf(why, room, "%s does not come to rest: nobody knows what %s does",
                     bench->sense[sense].name, bench->relay[i].name);
            return true;
        }
        if (lines->relay[i].on == lines->sense[sense].said)
            continue;
        if (lines->relay[i].on && !fed(lines, i))
            continue;
        snprintf(why, room, "%s is switched %s, and %s says %s", bench->relay[i].name,
                 lines->relay[i].on ? "on" : "off", bench->sense[sense].name,
                 lines->sense[sense].said ? "on" : "off");
        return true;
    }
    return false;
}

// --- signals ------------------------------------------------------------------------------------------------------

int lines_beep(struct lines *lines, bool on)
{
    return signal_line(lines, lines->beeper, on);
}

int lines_led(struct lines *lines, bool on)
{
    return signal_line(lines, lines->led, on);
}
