// What Klipper and Moonraker say: frames, messages, objects; and a host process that comes and goes.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/bed.h"
#include "core/lab/link/klippy.h"

enum { SECOND = 1000000 };

// --- frames -------------------------------------------------------------------------------------------------------

static char heard[256];

static void note(void *ctx, const char *text, size_t size)
{
    (void)ctx;
    snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%.*s|", (int)size, text);
}

static void frames_however_they_are_cut(void **state)
{
    static const char bytes[] = "{\"a\":1}\x03\x03{}\x03[1,2,3]\x03{\"half";

    (void)state;
    for (size_t cut = 1; cut < sizeof bytes; cut++) {
        struct frames frames = {NULL, 0, 0};
        heard[0] = 0;
        for (size_t at = 0; at < sizeof bytes - 1; at += cut) {
            size_t n = sizeof bytes - 1 - at < cut ? sizeof bytes - 1 - at : cut;
            assert_int_equal(frames_take(&frames, bytes + at, n, note, NULL), 0);
        }
        assert_string_equal(heard, "{\"a\":1}|{}|[1,2,3]|");
        assert_int_equal(frames.size, 6);
        frames_drop(&frames);
        assert_int_equal(frames_take(&frames, "x\x03", 2, note, NULL), 0);
        assert_string_equal(heard, "{\"a\":1}|{}|[1,2,3]|x|");
        frames_free(&frames);
    }
}

static void a_frame_without_end(void **state)
{
    static char much[65536];
    struct frames frames = {NULL, 0, 0};
    int bad = 0;

    (void)state;
    for (int i = 0; i < 17; i++) {
        assert_int_equal(bad, 0);
        bad = frames_take(&frames, much, sizeof much, note, NULL);
    }
    assert_int_equal(bad, -EMSGSIZE);
    frames_free(&frames);
}

// --- objects ------------------------------------------------------------------------------------------------------

static struct klippy_known known;
static struct link_status status;

static void read_text(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);

    assert_non_null(object);
    klippy_read_status(object, &known, &status);
    json_decref(object);
}

static int fresh(void **state)
{
    (void)state;
    klippy_know_nothing(&known);
    memset(&status, 0, sizeof status);
    status.layer = -1;
    status.nozzle = status.bed = status.chamber =
        (struct link_heater){LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};
    return 0;
}

static void objects_are_read(void **state)
{
    (void)state;
    read_text(
        "{\"webhooks\":{\"state\":\"ready\",\"state_message\":\"Printer is ready\"},"
        "\"virtual_sdcard\":{\"file_position\":624,\"file_size\":102643},"
        "\"print_stats\":{\"filename\":\"a "
        "b.gcode\",\"state\":\"printing\",\"total_duration\":12.5,"
        "\"info\":{\"current_layer\":1,\"total_layer\":9}},"
        "\"gcode_move\":{\"gcode_position\":[50.0,-0.1234565,0.2,7]},"
        "\"toolhead\":{\"homed_axes\":\"xz\",\"print_time\":11.25,\"estimated_print_time\":10},"
        "\"mcu\":{\"last_stats\":{\"bytes_read\":4711}},"
        "\"extruder\":{\"temperature\":199.98,\"target\":200},"
        "\"heater_bed\":{\"temperature\":60.004,\"target\":0.0},"
        "\"heater_generic my_chamber\":{\"temperature\":45.5,\"target\":50}}");
    assert_int_equal(known.host, KLIPPY_READY);
    assert_int_equal(status.file_at, 624);
    assert_int_equal(status.file_size, 102643);
    assert_string_equal(status.file, "a b.gcode");
    assert_int_equal(known.job, LINK_PRINTING);
    assert_int_equal(status.job_us, 12500000);
    assert_int_equal(status.layer, 0);
    assert_true(known.layers);
    assert_int_equal(status.at_nm[0], 50000000);
    assert_int_equal(status.at_nm[1], -123457);
    assert_int_equal(status.at_nm[2], 200000);
    assert_int_equal(status.at_nm[3], 7000000);
    assert_true(status.homed[0] && !status.homed[1] && status.homed[2]);
    assert_int_equal(known.ahead_us, 1250000);
    assert_int_equal(known.mcu_bytes, 4711);
    assert_int_equal(status.nozzle.now_mc, 199980);
    assert_int_equal(status.nozzle.target_mc, 200000);
    assert_int_equal(status.bed.now_mc, 60004);
    assert_int_equal(status.bed.target_mc, 0);
    assert_int_equal(status.chamber.now_mc, 45500);
    assert_int_equal(status.chamber.target_mc, 50000);
    assert_string_equal(status.chamber_heater, "my_chamber");
    // what is not told again stays
    read_text("{\"extruder\":{\"temperature\":201},\"toolhead\":{\"estimated_print_time\":12}}");
    assert_int_equal(status.nozzle.now_mc, 201000);
    assert_int_equal(status.nozzle.target_mc, 200000);
    assert_int_equal(known.ahead_us, 0);
    assert_int_equal(status.at_nm[0], 50000000);
}

static void further_heaters_are_read(void **state)
{
    (void)state;
    read_text("{\"extruder\":{\"target\":0.0},\"extruder1\":{\"temperature\":31.5,\"target\":210},"
              "\"heater_generic dryer\":{\"temperature\":55,\"target\":60},"
              "\"oven\":{\"temperature\":90,\"target\":95},\"extruder_stepper y\":{\"position\":1},"
              "\"temperature_fan pi\":{\"temperature\":48,\"target\":45}}");
    assert_int_equal(status.others, 3);
    assert_string_equal(status.other[0].name, "extruder1");
    assert_int_equal(status.other[0].heat.now_mc, 31500);
    assert_int_equal(status.other[0].heat.target_mc, 210000);
    assert_string_equal(status.other[1].name, "heater_generic dryer");
    assert_string_equal(status.other[2].name, "oven");
    assert_true(known.heat);
    known.heat = false;
    read_text("{\"oven\":{\"target\":0},\"temperature_fan pi\":{\"temperature\":49}}");
    assert_false(known.heat); // that is no temperature of a heater
    read_text("{\"extruder1\":{\"temperature\":35}}");
    assert_true(known.heat);
    assert_int_equal(status.other[0].heat.now_mc, 35000);
    assert_int_equal(status.others, 3);
    for (int i = 0; i < 40; i++) { // more than there is room for are left out
        char text[80];
        snprintf(text, sizeof text, "{\"heater_generic h%d\":{\"temperature\":20}}", i);
        read_text(text);
    }
    assert_int_equal(status.others, LINK_OTHERS);
}

static void what_cannot_be_is_left_out(void **state)
{
    static const char *const text[] = {
        "{}",
        "{\"extruder\":null,\"mcu\":[],\"gcode_move\":7,\"print_stats\":\"x\"}",
        "{\"extruder\":{\"temperature\":\"hot\",\"target\":null}}",
        "{\"extruder\":{\"temperature\":1e300},\"heater_bed\":{\"temperature\":-400}}",
        "{\"gcode_move\":{\"gcode_position\":[1,2,3]}}",
        "{\"gcode_move\":{\"gcode_position\":[1,2,null,4]}}",
        "{\"gcode_move\":{\"gcode_position\":[1,2,1e12,4]}}",
        "{\"mcu\":{\"last_stats\":null}}",
        "{\"mcu\":{\"last_stats\":{\"bytes_read\":\"1\"}}}",
        "{\"print_stats\":{\"state\":\"dancing\",\"info\":{\"current_layer\":null}}}",
        "{\"print_stats\":{\"info\":{\"current_layer\":1e12}}}",
        "{\"fan_chamber\":{\"temperature\":1}}",
        "{\"virtual_sdcard\":{\"file_position\":null}}",
    };

    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        struct klippy_known nothing;
        struct link_status empty;
        fresh(state);
        nothing = known;
        empty = status;
        read_text(text[i]);
        assert_memory_equal(&nothing, &known, sizeof known);
        assert_memory_equal(&empty, &status, sizeof status);
    }
}

static void states_of_jobs(void **state)
{
    static const struct {
        const char *word;
        enum link_state state;
    } row[] = {{"standby", LINK_READY}, {"printing", LINK_PRINTING},   {"paused", LINK_PAUSED},
               {"complete", LINK_DONE}, {"cancelled", LINK_CANCELLED}, {"error", LINK_FAULT}};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        snprintf(text, sizeof text, "{\"print_stats\":{\"state\":\"%s\"}}", row[i].word);
        read_text(text);
        assert_int_equal(known.job, row[i].state);
    }
    assert_int_equal(klippy_host_of("ready"), KLIPPY_READY);
    assert_int_equal(klippy_host_of("startup"), KLIPPY_STARTUP);
    assert_int_equal(klippy_host_of("error"), KLIPPY_SHUTDOWN);
    assert_int_equal(klippy_host_of("shutdown"), KLIPPY_SHUTDOWN);
    assert_int_equal(klippy_host_of("disconnected"), KLIPPY_GONE);
}

static void layers_are_counted_from_one(void **state)
{
    (void)state;
    read_text("{\"print_stats\":{\"info\":{\"current_layer\":0}}}");
    assert_int_equal(status.layer, -1);
    read_text("{\"print_stats\":{\"info\":{\"current_layer\":12}}}");
    assert_int_equal(status.layer, 11);
}

// --- messages -----------------------------------------------------------------------------------------------------

static void messages_of_both_dialects(void **state)
{
    static const struct {
        const struct klippy_dialect *dialect;
        const char *text;
        enum klippy_told told;
        const char *words;
    } row[] = {
        {&klippy_own, "{\"id\":4,\"result\":{}}", KLIPPY_ANSWER, ""},
        {&klippy_own, "{\"id\":4,\"error\":{\"error\":\"WebRequestError\",\"message\":\"no\"}}",
         KLIPPY_ANSWER, "no"},
        {&klippy_own, "{\"method\":\"status\",\"params\":{\"eventtime\":1,\"status\":{}}}",
         KLIPPY_STATUS, ""},
        {&klippy_own, "{\"method\":\"console\",\"params\":{\"response\":\"// x\"}}", KLIPPY_CONSOLE,
         "// x"},
        {&klippy_own, "{\"method\":\"console\",\"params\":{}}", KLIPPY_NOTHING, ""},
        {&klippy_own, "{\"method\":7}", KLIPPY_NOTHING, ""},
        {&klippy_own, "[]", KLIPPY_NOTHING, ""},
        {&klippy_moonraker,
         "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":503,\"message\":\"Klippy Host not "
         "connected\"},\"id\":15}",
         KLIPPY_ANSWER, "Klippy Host not connected"},
        {&klippy_moonraker,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notify_status_update\",\"params\":[{},1.5]}",
         KLIPPY_STATUS, ""},
        {&klippy_moonraker,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notify_gcode_response\",\"params\":[\"File "
         "selected\"]}",
         KLIPPY_CONSOLE, "File selected"},
        {&klippy_moonraker, "{\"jsonrpc\":\"2.0\",\"method\":\"notify_klippy_shutdown\"}",
         KLIPPY_HOST, ""},
        {&klippy_moonraker,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notify_proc_stat_update\",\"params\":[{}]}",
         KLIPPY_NOTHING, ""},
    };
    struct klippy_message m;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        json_t *message = json_loads(row[i].text, 0, NULL);
        assert_non_null(message);
        klippy_read(row[i].dialect, message, &m);
        if (m.told != row[i].told)
            fail_msg("%s: %d, not %d", row[i].text, m.told, row[i].told);
        assert_string_equal(m.told == KLIPPY_ANSWER ? m.error : m.text, row[i].words);
        json_decref(message);
    }
}

// --- a conversation, word by word ---------------------------------------------------------------------------------

static struct link *link;
static int64_t instant_us;

static int64_t instant(void *ctx)
{
    (void)ctx;
    return instant_us;
}

/// A link that waits for the answers 1 (what objects are there) and 2 (to its subscription).
static int set_up_words(void **state)
{
    struct link_config config = {LINK_KLIPPER, "/nowhere", 0, 10 * SECOND};
    struct lab_error err = {0};

    (void)state;
    assert_int_equal(link_open(&link, &config, &err), 0);
    link->clock.now_us = instant;
    instant_us = SECOND;
    struct klippy *k = link->own;
    k->phase = KLIPPY_ASKED_ALL;
    k->known.host = KLIPPY_READY;
    k->waits[KLIPPY_LIST] = 1;
    k->waits[KLIPPY_SUBSCRIBE] = 2;
    return 0;
}

static int tear_down_words(void **state)
{
    (void)state;
    link_close(link);
    return 0;
}

static void hear(int64_t at_us, const char *text)
{
    static const char end = FRAME_END;

    instant_us = at_us;
    klippy_heard(link, text, strlen(text), at_us);
    klippy_heard(link, &end, 1, at_us);
}

#define STATUS(objects) "{\"method\":\"status\",\"params\":{\"status\":" objects "}}"
#define COUNT(bytes)    "\"mcu\":{\"last_stats\":{\"bytes_read\":" #bytes "}}"
#define PLACE(x)        "\"gcode_move\":{\"gcode_position\":[" #x ",0,0,0]}"

/// The count that is told at 3 s differs from the one of 2 s: it lived at some time after that was gathered, which was after the status
/// of 1.75 s. No later position is known to have been reached.
static void alive_is_what_two_counts_prove(void **state)
{
    int64_t at_nm[4];

    (void)state;
    hear(1000000, "{\"id\":2,\"result\":{\"status\":{" COUNT(10) "," PLACE(1) "}}}");
    assert_int_equal(link_status(link)->alive_us, LINK_UNKNOWN);
    hear(1250000, STATUS("{" PLACE(2) "}"));
    hear(1500000, STATUS("{" PLACE(3) "}"));
    hear(1750000, STATUS("{" PLACE(4) "}"));
    hear(2000000, STATUS("{" COUNT(20) "," PLACE(5) "}"));
    assert_int_equal(link_status(link)->alive_us,
                     LINK_UNKNOWN); // nothing was told before the first
    hear(2250000, STATUS("{" PLACE(6) "}"));
    hear(2500000, STATUS("{" COUNT(20) "}"));
    hear(3000000, STATUS("{" COUNT(31) "," PLACE(7) "}"));
    assert_int_equal(link_status(link)->alive_us, 1750000);
    // told at 1.25 s, and planned motion takes half a second
    assert_int_equal(link_confirmed(link, at_nm, NULL), 1250000);
    assert_int_equal(at_nm[0], 2000000);
}

static void a_new_subscription_begins_anew(void **state)
{
    struct klippy *k = link->own;

    (void)state;
    hear(1000000, "{\"id\":2,\"result\":{\"status\":{" COUNT(
                      10) ",\"heater_bed\":{\"temperature\":60,\"target\":60}}}}");
    assert_int_equal(link_status(link)->bed.now_mc, 60000);
    k->waits[KLIPPY_SUBSCRIBE] = 3;
    hear(2000000, "{\"id\":3,\"result\":{\"status\":{" COUNT(7) "}}}");
    assert_int_equal(link_status(link)->bed.now_mc, LINK_NO_TEMPERATURE);
    assert_int_equal(link_status(link)->alive_us, LINK_UNKNOWN); // another count, not a later one
}

static void subscribes_to_what_there_is(void **state)
{
    struct klippy *k = link->own;

    (void)state;
    hear(1000000, "{\"id\":1,\"result\":{\"objects\":[\"mcu\",\"fan\",7,\"heater_generic "
                  "chamber\",\"gcode_move\"]}}");
    assert_int_equal(json_object_size(k->objects), 3);
    assert_non_null(json_object_get(k->objects, "heater_generic chamber"));
    assert_int_equal(link_abilities(link) & LINK_TELLS_FILE, 0);
}

/// Heaters that go by no name that is known are told by Klipper itself: then all is asked for once more.
static void subscribes_to_every_heater(void **state)
{
    static const char told[] =
        "{\"id\":2,\"result\":{\"status\":{\"heaters\":{\"available_heaters\":[\"extruder\","
        "\"extruder1\",\"oven\",7]},\"extruder\":{\"temperature\":20,\"target\":0},"
        "\"oven\":{\"temperature\":80,\"target\":85}}}}";
    struct klippy *k = link->own;

    (void)state;
    hear(1000000,
         "{\"id\":1,\"result\":{\"objects\":[\"heaters\",\"extruder\",\"extruder1\",\"oven\","
         "\"extruder_stepper x\",\"heater_fan y\"]}}");
    assert_int_equal(json_object_size(k->objects), 3);
    k->waits[KLIPPY_SUBSCRIBE] = 2;
    hear(1000000, told);
    assert_int_equal(k->phase, KLIPPY_ASKED);
    assert_int_equal(json_object_size(k->objects), 4);
    assert_non_null(json_object_get(k->objects, "oven"));
    k->waits[KLIPPY_SUBSCRIBE] = 2;
    hear(1500000, told);
    assert_int_equal(k->phase, KLIPPY_UP); // and once is enough
    assert_int_equal(link_status(link)->others, 1);
    assert_int_equal(link_status(link)->other[0].heat.now_mc, 80000);
    assert_int_equal(link_status(link)->heat_us, 1500000);
}

static void unknown_commands_of_others(void **state)
{
    struct klippy *k = link->own;
    char why[LINK_LINE];

    (void)state;
    k->waits[KLIPPY_SCRIPT] = 5;
    snprintf(k->script, sizeof k->script, "G28");
    link_answer_begin(link);
    hear(SECOND,
         "{\"method\":\"console\",\"params\":{\"response\":\"// Unknown command:\\\"M900\\\"\"}}");
    hear(SECOND, "{\"id\":5,\"result\":{}}");
    assert_int_equal(link_answer(link, why, sizeof why), 0);
}

/// What nobody asked for, or asked for twice.
static void answers_to_nothing(void **state)
{
    static const char *const text[] = {"{\"id\":0,\"result\":{}}",
                                       "{\"id\":9,\"result\":{}}",
                                       "{\"id\":null,\"result\":{}}",
                                       "{",
                                       "7",
                                       "{}"};

    (void)state;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        hear(SECOND, text[i]);
    assert_int_equal(((struct klippy *)link->own)->phase, KLIPPY_ASKED_ALL);
}

// --- with a printer -----------------------------------------------------------------------------------------------

/// With more patience than Klipper has, it is Klipper that says what became of its microcontroller.
static void a_dead_microcontroller_in_klippers_words(void **state)
{
    (void)state;
    bed.link->config.silence_us = 20 * SECOND;
    bed.fake.ops->power(&bed.fake, false);
    int64_t after_us = bed_until(LINK_FAULT, 10 * SECOND);
    assert_true(after_us >= 4 * SECOND);
    assert_non_null(strstr(link_status(bed.link)->why, "Lost communication with MCU"));
    bed.fake.ops->power(&bed.fake, true);
    bed_until(LINK_STARTING, 3 * SECOND);
    bed_until(LINK_READY, 10 * SECOND);
    bed.fake.printer.bed_mc = 44000; // it is told again
    bed_run(SECOND);
    assert_int_equal(link_status(bed.link)->bed.now_mc, 44000);
}

/// With less, the count of bytes says so earlier; but never sooner than it could.
static void a_dead_microcontroller_before_klipper_knows(void **state)
{
    (void)state;
    bed.link->config.silence_us = 500000;
    bed_run(10 * SECOND);
    assert_int_equal(link_status(bed.link)->state, LINK_READY);
    bed.fake.ops->power(&bed.fake, false);
    assert_true(bed_until(LINK_LOST, 4 * SECOND) <= 3600000);
    assert_non_null(strstr(link_status(bed.link)->why, "microcontroller"));
    assert_int_equal(link_gcode(bed.link, "G28"), -ENOTCONN);
}

static void a_job_that_ends_with_an_error(void **state)
{
    (void)state;
    bed.fake.printer.job = FAKE_FAILED;
    bed_until(LINK_FAULT, 2 * SECOND);
    assert_string_equal(link_status(bed.link)->why, "Move out of range");
    bed.fake.printer.job = FAKE_NO_JOB;
    bed_until(LINK_READY, 2 * SECOND);
}

static void text_that_is_none(void **state)
{
    (void)state;
    assert_int_equal(link_gcode(bed.link, "M117 \xff\xfe"), -EINVAL);
    assert_int_equal(link_gcode(bed.link, "SAY gr\xc3\xbc\xc3\x9f"), 0);
    assert_true(bed_hears("gr\xc3\xbc\xc3\x9f", SECOND));
}

static void addresses_of_websockets(void **state)
{
    static const struct {
        const char *url, *host;
        int port;
        const char *path; ///< NULL: it is none
    } row[] = {
        {"ws://10.0.0.7", "10.0.0.7", 7125, "/websocket"},
        {"ws://10.0.0.7/", "10.0.0.7", 7125, "/websocket"},
        {"ws://10.0.0.7:80/moonraker/websocket", "10.0.0.7", 80, "/moonraker/websocket"},
        {"ws://[::1]:7126", "::1", 7126, "/websocket"},
        {"ws://", NULL, 0, NULL},
        {"ws://:80", NULL, 0, NULL},
        {"ws://10.0.0.7:", NULL, 0, NULL},
        {"ws://10.0.0.7:0", NULL, 0, NULL},
        {"ws://10.0.0.7:65536", NULL, 0, NULL},
        {"ws://10.0.0.7:80x", NULL, 0, NULL},
        {"ws://[::1", NULL, 0, NULL},
        {"wss://pi", NULL, 0, NULL},
        {"http://pi", NULL, 0, NULL},
    };
    struct ws_address at;
    char long_host[300] = "ws://";

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        int bad = ws_parse(row[i].url, &at);
        if ((bad == 0) != (row[i].path != NULL))
            fail_msg("%s: %d", row[i].url, bad);
        if (bad)
            continue;
        assert_string_equal(at.host, row[i].host);
        assert_string_equal(at.path, row[i].path);
        assert_int_equal(at.port, row[i].port);
    }
    memset(long_host + 5, 'h', sizeof long_host - 6);
    assert_int_equal(ws_parse(long_host, &at), -EINVAL);
}

/// Whoever turns a link may not wait for a name server.
static void names_are_not_looked_up(void **state)
{
    static const char *const names[] = {"ws://localhost", "ws://pi.local:7125/websocket",
                                        "ws://[pi]:80"};
    struct link_config config = {LINK_MOONRAKER, "ws://localhost:7125", 0, SECOND};
    struct lab_error err = {0};
    struct ws_address at;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(ws_parse(names[i], &at), -EDESTADDRREQ);
    assert_int_equal(link_open(&link, &config, &err), -EINVAL);
    assert_non_null(strstr(err.message, "names are not looked up"));
    link_close(link);
    lab_error_clear(&err);
    link = NULL;
}

static void a_websocket_is_moonrakers(void **state)
{
    struct link_config config = {LINK_MOONRAKER, "ws://127.0.0.1:1", 0, SECOND};
    struct lab_error err = {0};

    (void)state;
    assert_int_equal(link_open(&link, &config, &err), ws_there() ? 0 : -ENOTSUP);
    assert_int_equal(lab_error_set(&err), !ws_there());
    link_close(link);
    lab_error_clear(&err);
    snprintf(config.address, sizeof config.address, "wss://pi");
    assert_int_equal(link_open(&link, &config, &err), -EINVAL);
    assert_true(lab_error_set(&err));
}

static int run_kind(const struct fake_ops *kind)
{
    void *const of = (void *)(uintptr_t)kind;
    const struct CMUnitTest tests[] = {
#define ON_BED(test) {#test, test, bed_set_up_ready, bed_tear_down, of}
        ON_BED(a_dead_microcontroller_in_klippers_words),
        ON_BED(a_dead_microcontroller_before_klipper_knows),
        ON_BED(a_job_that_ends_with_an_error),
        ON_BED(text_that_is_none),
    };

    return cmocka_run_group_tests_name(kind->name, tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_however_they_are_cut),
        cmocka_unit_test(a_frame_without_end),
        cmocka_unit_test_setup(objects_are_read, fresh),
        cmocka_unit_test_setup(further_heaters_are_read, fresh),
        cmocka_unit_test_setup(what_cannot_be_is_left_out, fresh),
        cmocka_unit_test_setup(states_of_jobs, fresh),
        cmocka_unit_test_setup(layers_are_counted_from_one, fresh),
        cmocka_unit_test(messages_of_both_dialects),
        cmocka_unit_test_setup_teardown(alive_is_what_two_counts_prove, set_up_words,
                                        tear_down_words),
        cmocka_unit_test_setup_teardown(a_new_subscription_begins_anew, set_up_words,
                                        tear_down_words),
        cmocka_unit_test_setup_teardown(subscribes_to_what_there_is, set_up_words, tear_down_words),
        cmocka_unit_test_setup_teardown(subscribes_to_every_heater, set_up_words, tear_down_words),
        cmocka_unit_test_setup_teardown(unknown_commands_of_others, set_up_words, tear_down_words),
        cmocka_unit_test_setup_teardown(answers_to_nothing, set_up_words, tear_down_words),
        cmocka_unit_test(addresses_of_websockets),
        cmocka_unit_test(names_are_not_looked_up),
        cmocka_unit_test(a_websocket_is_moonrakers),
    };
    int failed = cmocka_run_group_tests_name("what is said", tests, NULL, NULL);

    failed += run_kind(&fake_klipper) + run_kind(&fake_moonraker);
    return failed + (ws_there() ? run_kind(&fake_moonraker_ws) : 0);
}
