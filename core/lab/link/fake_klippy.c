// Fakes of Klipper's socket and of Moonraker's: a host process that goes on talking when its microcontroller is dead.
// SPDX-License-Identifier: MIT
#include "core/lab/link/fake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "core/lab/link/fake_ws.h"
#include "core/lab/link/frames.h"

enum {
    READ = 4096,
    TICK_US = 250000,
    STATS_US = 1000000,
    AHEAD_US = 1000000,     ///< of the nozzle, the host process reads the file and tells positions
    MISSES_MCU_US = 4750000 ///< after so long it notices that its microcontroller is dead
};

struct own {
    char folder[64];
    bool moonraker, by_ws;
    struct fake_ws *ws; ///< NULL: not listening
    int port;
    int listener, client;
    struct frames frames;
    int64_t tick_us, stats_us,
        dead_us; ///< the next tick and stats; since when the microcontroller is dead, 0 it lives
    int64_t bytes_read, told_bytes;
    int64_t wrong_us; ///< the host process believes that the job ran so much longer than it did
    int64_t startup_until_us;
    bool subscribed, console;
    json_t *told; ///< what was told of each object
};

static struct own *of(struct fake *fake)
{
    return fake->own;
}

// --- wire ---------------------------------------------------------------------------------------------------------

static void send_message(struct fake *fake, json_t *message)
{
    struct own *own = of(fake);

    if (own->moonraker)
        json_object_set_new(message, "jsonrpc", json_string("2.0"));
    char *text = json_dumps(message, JSON_COMPACT);
    size_t size = strlen(text);
    if (own->by_ws && fake_ws_put(own->ws, text, size))
        fake->out += size + 1;
    text[size] = FRAME_END;
    if (own->client >= 0 && send(own->client, text, size + 1, MSG_NOSIGNAL) == (ssize_t)size + 1)
        fake->out += size + 1;
    free(text);
    json_decref(message);
}

static void hung_up(void *ctx)
{
    struct fake *fake = ctx;
    struct own *own = of(fake);

    if (own->client >= 0)
        (void)close(own->client);
    own->client = -1;
    own->subscribed = own->console = false;
    frames_drop(&own->frames);
    fake->in = fake->out = 0;
}

static void take(void *ctx, const char *text, size_t size);

static void take_from_ws(void *ctx, const char *text, size_t size)
{
    ((struct fake *)ctx)->in += size + 1;
    take(ctx, text, size);
}

static void plug_ws(struct fake *fake, bool in)
{
    struct own *own = of(fake);

    fake_ws_close(own->ws);
    own->ws = in ? fake_ws_open(own->port, take_from_ws, hung_up, hung_up, fake) : NULL;
    if (!in)
        return;
    own->port = fake_ws_port(own->ws);
    snprintf(fake->address, sizeof fake->address, "ws://127.0.0.1:%d/websocket", own->port);
}

static void plug(struct fake *fake, bool in)
{
    struct own *own = of(fake);
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    hung_up(fake);
    if (own->by_ws) {
        plug_ws(fake, in);
        return;
    }
    if (own->listener >= 0)
        (void)close(own->listener);
    own->listener = -1;
    (void)unlink(fake->address);
    if (!in)
        return;
    snprintf(at.sun_path, sizeof at.sun_path, "%.100s", fake->address);
    own->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (own->listener < 0 || bind(own->listener, (const struct sockaddr *)&at, sizeof at) ||
        listen(own->listener, 4) || fcntl(own->listener, F_SETFL, O_NONBLOCK))
        abort();
}

// --- what it knows ------------------------------------------------------------------------------------------------

static const char *host_word(struct fake *fake)
{
    if (fake->printer.halted)
        return "shutdown";
    return fake->printer.now_us < of(fake)->startup_until_us ? "startup" : "ready";
}

static const char *job_word(const struct fake_printer *p)
{
    static const char *const word[] = {"standby",  "printing",  "paused",
                                       "complete", "cancelled", "error"};
    return word[p->job];
}

/// So much further than the nozzle is the host process.
static int64_t ahead_us(struct fake *fake)
{
    return fake->printer.job == FAKE_RUNS ? AHEAD_US + of(fake)->wrong_us : 0;
}

static json_t *place(struct fake *fake)
{
    const struct fake_printer *p = &fake->printer;

    return json_pack("[f,f,f,f]", (double)(p->at_nm[0] + ahead_us(fake) * 10) / 1e6,
                     (double)p->at_nm[1] / 1e6, (double)p->at_nm[2] / 1e6,
                     (double)p->at_nm[3] / 1e6);
}

static json_t *heater(int32_t now_mc, int32_t target_mc)
{
    return json_pack("{s:f, s:f}", "temperature", now_mc / 1e3, "target", target_mc / 1e3);
}

/// All objects, as they are now.
static json_t *objects(struct fake *fake)
{
    const struct fake_printer *p = &fake->printer;
    int64_t at = p->file_at + ahead_us(fake) / 1000;
    double now = (double)p->now_us / 1e6, ahead = p->job == FAKE_RUNS ? AHEAD_US / 1e6 : 0;
    json_t *all = json_object();

    json_object_set_new(all, "webhooks",
                        json_pack("{s:s, s:s}", "state", host_word(fake), "state_message",
                                  p->halted ? p->halt_why : "Printer is ready"));
    json_object_set_new(all, "virtual_sdcard",
                        json_pack("{s:I, s:I}", "file_position",
                                  (json_int_t)(at > p->file_size ? p->file_size : at), "file_size",
                                  (json_int_t)p->file_size));
    json_object_set_new(
        all, "print_stats",
        json_pack("{s:s, s:s, s:s, s:f, s:{s:n}}", "state", job_word(p), "filename", p->file,
                  "message", p->job == FAKE_FAILED ? "Move out of range" : "", "total_duration",
                  (double)p->job_us / 1e6, "info", "current_layer"));
    json_object_set_new(all, "gcode_move", json_pack("{s:o}", "gcode_position", place(fake)));
    json_object_set_new(all, "toolhead",
                        json_pack("{s:s, s:f, s:f}", "homed_axes", "", "print_time", now + ahead,
                                  "estimated_print_time", now));
    json_object_set_new(
        all, "mcu",
        json_pack("{s:{s:I}}", "last_stats", "bytes_read", (json_int_t)of(fake)->told_bytes));
    json_object_set_new(all, "extruder", heater(p->nozzle_mc, p->nozzle_target_mc));
    json_object_set_new(all, "heater_bed", heater(p->bed_mc, p->bed_target_mc));
    return all;
}

// --- answers ------------------------------------------------------------------------------------------------------

static void say_console(struct fake *fake, const char *text)
{
    if (of(fake)->moonraker)
        send_message(fake,
                     json_pack("{s:s, s:[s]}", "method", "notify_gcode_response", "params", text));
    else if (of(fake)->console)
        send_message(fake,
                     json_pack("{s:s, s:{s:s}}", "method", "console", "params", "response", text));
}

static void answer(struct fake *fake, json_int_t id, json_t *result)
{
    send_message(fake, json_pack("{s:I, s:o}", "id", id, "result", result));
}

static void refuse(struct fake *fake, json_int_t id, const char *words)
{
    if (of(fake)->moonraker)
        send_message(fake, json_pack("{s:I, s:{s:i, s:s}}", "id", id, "error", "code", 400,
                                     "message", words));
    else
        send_message(fake, json_pack("{s:I, s:{s:s, s:s}}", "id", id, "error", "error",
                                     "WebRequestError", "message", words));
}

static void run_script(struct fake *fake, json_int_t id, const char *script)
{
    char words[LINK_LINE], line[LINK_LINE];
    int bad = 0;

    if (fake->printer.halted) {
        refuse(fake, id, fake->printer.halt_why);
        return;
    }
    while (*script && bad != -EIO) {
        size_t n = strcspn(script, "\r\n"), code = strcspn(script, ";\r\n"),
               blank = strspn(script, " ");
        snprintf(line, sizeof line, "%.*s", (int)(code > blank ? code - blank : 0), script + blank);
        script += n + (script[n] ? 1 : 0);
        bad = line[0] ? fake_do(&fake->printer, line, words) : 0;
        if (bad == -ENOSYS) {
            snprintf(words, sizeof words, "// Unknown command:\"%.*s\"", (int)strcspn(line, " "),
                     line);
            say_console(fake, words);
        }
        if (fake->printer.console[0])
            say_console(fake, fake->printer.console);
        fake->printer.console[0] = 0;
    }
    if (bad == -EIO)
        refuse(fake, id, words);
    else
        answer(fake, id, of(fake)->moonraker ? json_string("ok") : json_object());
}

static json_t *help(struct fake *fake)
{
    json_t *all = json_pack("{s:s}", "SAY", "say it");

    if (fake->printer.one_z)
        json_object_update_new(all, json_pack("{s:s, s:s}", "FORCE_MOVE", "Manually move a stepper",
                                              "SET_KINEMATIC_POSITION",
                                              "Force a low-level kinematic position"));
    return all;
}

static void asked(struct fake *fake, const char *method, json_int_t id, const json_t *params)
{
    struct own *own = of(fake);

    if (!strcmp(method, "info"))
        answer(fake, id,
               json_pack("{s:s, s:s}", "state", host_word(fake), "state_message",
                         fake->printer.halt_why));
    else if (!strcmp(method, "objects/list"))
        answer(fake, id,
               json_pack("{s:[s,s,s,s,s,s,s,s,s]}", "objects", "gcode", "webhooks",
                         "virtual_sdcard", "print_stats", "gcode_move", "toolhead", "mcu",
                         "extruder", "heater_bed"));
    else if (!strcmp(method, "gcode/help"))
        answer(fake, id, help(fake));
    else if (!strcmp(method, "gcode/script"))
        run_script(fake, id, json_string_value(json_object_get(params, "script")));
    else if (!strcmp(method, "emergency_stop"))
        fake_halt(&fake->printer, "Shutdown due to webhooks request");
    else if (!strcmp(method, "gcode/subscribe_output"))
        own->console = true, answer(fake, id, json_object());
    else if (!strcmp(method, "server.connection.identify"))
        answer(fake, id, json_pack("{s:i}", "connection_id", 7));
    else if (!strcmp(method, "objects/subscribe")) {
        own->subscribed = true;
        json_decref(own->told);
        own->told = objects(fake);
        answer(fake, id, json_pack("{s:f, s:O}", "eventtime", 1.0, "status", own->told));
    } else
        refuse(fake, id, "Method not found");
}

/// Moonraker's names for the same.
static const char *plain(const char *method, char out[64])
{
    static const char *const name[][2] = {{"printer.info", "info"},
                                          {"printer.objects.list", "objects/list"},
                                          {"printer.gcode.help", "gcode/help"},
                                          {"printer.gcode.script", "gcode/script"},
                                          {"printer.emergency_stop", "emergency_stop"},
                                          {"printer.objects.subscribe", "objects/subscribe"}};

    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (!strcmp(method, name[i][0]))
            return name[i][1];
    snprintf(out, 64, "%s", method);
    return out;
}

static void take(void *ctx, const char *text, size_t size)
{
    struct fake *fake = ctx;
    char room[64];
    json_t *message = json_loadb(text, size, 0, NULL);
    const char *method = json_string_value(json_object_get(message, "method"));

    if (!method || of(fake)->moonraker != (json_object_get(message, "jsonrpc") != NULL))
        abort(); // nothing that the real one would take
    asked(fake, of(fake)->moonraker ? plain(method, room) : method,
          json_integer_value(json_object_get(message, "id")), json_object_get(message, "params"));
    json_decref(message);
}

static void hear(struct fake *fake)
{
    struct own *own = of(fake);
    char bytes[READ];

    fake_ws_serve(own->ws);
    if (own->client < 0 && own->listener >= 0)
        own->client = accept(own->listener, NULL, NULL);
    if (own->client < 0)
        return;
    ssize_t got = recv(own->client, bytes, sizeof bytes, MSG_DONTWAIT);
    if (!got)
        hung_up(fake);
    if (got <= 0)
        return;
    fake->in += (uint64_t)got;
    if (frames_take(&own->frames, bytes, (size_t)got, take, fake))
        abort();
}

// --- time ---------------------------------------------------------------------------------------------------------

/// Tell what has changed.
static void tick(struct fake *fake)
{
    struct own *own = of(fake);
    json_t *now = objects(fake), *changed = json_object(), *value;
    const char *name;

    json_object_foreach(now, name, value) if (!json_equal(value, json_object_get(own->told, name)))
        json_object_set(changed, name, value);
    if (own->subscribed && json_object_size(changed) && own->moonraker)
        send_message(fake, json_pack("{s:s, s:[O, f]}", "method", "notify_status_update", "params",
                                     changed, 1.0));
    else if (own->subscribed && json_object_size(changed))
        send_message(fake, json_pack("{s:s, s:{s:f, s:O}}", "method", "status", "params",
                                     "eventtime", 1.0, "status", changed));
    json_decref(changed);
    json_decref(own->told);
    own->told = now;
}

static void step(struct fake *fake, int64_t now_us)
{
    struct own *own = of(fake);
    struct fake_printer *p = &fake->printer;
    int64_t dt = now_us - p->now_us;

    fake_pass(p, now_us, p->logic);
    own->bytes_read += p->logic ? dt / 1000 : 0; // what came since the last stats counts in full
    if (!p->logic && p->job == FAKE_RUNS)
        own->wrong_us += dt;
    if (!p->logic && !p->halted && now_us - own->dead_us >= MISSES_MCU_US)
        fake_halt(p, "Lost communication with MCU 'mcu'\nOnce the underlying issue is corrected");
    hear(fake);
    if (now_us >= own->stats_us) {
        own->stats_us = now_us + STATS_US;
        own->told_bytes = own->bytes_read;
    }
    if (now_us >= own->tick_us) {
        own->tick_us = now_us + TICK_US;
        tick(fake);
    }
}

// --- coming and going ---------------------------------------------------------------------------------------------

/// The microcontroller's power. When it returns, somebody has the host process begin anew.
static void power(struct fake *fake, bool on)
{
    struct own *own = of(fake);
    struct fake_printer *p = &fake->printer;

    p->logic = on;
    if (!on) {
        own->dead_us = p->now_us;
        return;
    }
    p->halted = false;
    p->job = FAKE_NO_JOB;
    own->wrong_us = 0;
    own->startup_until_us = p->now_us + 900000;
    memset(p->at_nm, 0, sizeof p->at_nm);
    if (!own->moonraker) {
        hung_up(fake);
        return;
    }
    own->subscribed = false;
    send_message(fake, json_pack("{s:s}", "method", "notify_klippy_disconnected"));
}

static void open_either(struct fake *fake, bool moonraker)
{
    struct own *own = calloc(1, sizeof *own);

    if (!own)
        abort();
    own->listener = own->client = -1;
    own->moonraker = moonraker;
    own->bytes_read = 1;
    snprintf(own->folder, sizeof own->folder, "/tmp/plr_link_XXXXXX");
    if (!mkdtemp(own->folder))
        abort();
    snprintf(fake->address, sizeof fake->address, "%s/socket", own->folder);
    fake->own = own;
}

static void open_klipper(struct fake *fake)
{
    open_either(fake, false);
}

static void open_moonraker(struct fake *fake)
{
    open_either(fake, true);
}

static void open_ws(struct fake *fake)
{
    open_either(fake, true);
    of(fake)->by_ws = fake->elsewhere = true;
}

static void close_fake(struct fake *fake)
{
    struct own *own = of(fake);

    plug(fake, false);
    frames_free(&own->frames);
    json_decref(own->told);
    (void)rmdir(own->folder);
    free(own);
}

const struct fake_ops fake_klipper = {LINK_KLIPPER, "klipper", open_klipper, close_fake,
                                      step,         plug,      power};
const struct fake_ops fake_moonraker = {
    LINK_MOONRAKER, "moonraker by socket", open_moonraker, close_fake, step, plug, power};
const struct fake_ops fake_moonraker_ws = {
    LINK_MOONRAKER, "moonraker by WebSocket", open_ws, close_fake, step, plug, power};
