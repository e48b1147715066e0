// Requests in both dialects, tokens, addresses, and the server itself, asked over a socket.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rig/serve/serve.h"

static struct bench bench = {.relay = {{.name = "mains"}, {.name = "psu"}, {.name = "7"}},
                             .relays = 3};

// --- dialects -----------------------------------------------------------------------------------------------------

struct row {
    const char *method, *path, *port, *delay, *body;
    int status;
    struct serve_wish want;
};

static const struct row rows[] = {
    {"GET", "/relay/0/value", NULL, NULL, "", 200, {SERVE_GET, false, 0, 0}},
    {"GET", "/relay/psu/value", NULL, NULL, "", 200, {SERVE_GET, false, 1, 0}},
    {"PUT", "/relay/1/value", NULL, NULL, "1", 200, {SERVE_ON, false, 1, 0}},
    {"PUT", "/relay/1/value", NULL, NULL, "0\r\n", 200, {SERVE_OFF, false, 1, 0}},
    {"GET",
     "/relay/7/value",
     NULL,
     NULL,
     "",
     200,
     {SERVE_GET, false, 2, 0}}, // a name before a number
    {"PUT", "/relay/1/value", NULL, NULL, "2", 400, {0}},
    {"PUT", "/relay/1/value", NULL, NULL, "", 400, {0}},
    {"PUT", "/relay/1/value", NULL, NULL, "10", 400, {0}},
    {"PUT", "/relay/1/value", NULL, NULL, "on", 400, {0}},
    {"POST", "/relay/1/value", NULL, NULL, "1", 405, {0}},
    {"DELETE", "/relay/1/value", NULL, NULL, "", 405, {0}},
    {"GET", "/relay/3/value", NULL, NULL, "", 404, {0}},
    {"GET", "/relay//value", NULL, NULL, "", 404, {0}},
    {"GET", "/relay/-1/value", NULL, NULL, "", 404, {0}},
    {"GET", "/relay/1x/value", NULL, NULL, "", 404, {0}},
    {"GET", "/relay/99999999999999999999/value", NULL, NULL, "", 404, {0}},
    {"GET", "/relay/1", NULL, NULL, "", 404, {0}},
    {"GET", "/relay/1/values", NULL, NULL, "", 404, {0}},
    {"GET", "/relay/1/value/2", NULL, NULL, "", 404, {0}},
    {"GET", "/", NULL, NULL, "", 404, {0}},
    {"GET", "/power/control/on", "psu", NULL, "", 200, {SERVE_ON, true, 1, 5000000}},
    {"GET", "/power/control/off", "1", NULL, "", 200, {SERVE_OFF, true, 1, 5000000}},
    {"GET", "/power/control/reboot", "0", "12", "", 200, {SERVE_REBOOT, true, 0, 12000000}},
    {"GET", "/power/control/reboot", "0", "0", "", 200, {SERVE_REBOOT, true, 0, 0}},
    {"GET", "/power/control/reboot", "0", "3601", "", 400, {0}},
    {"GET", "/power/control/reboot", "0", "soon", "", 400, {0}},
    {"GET", "/power/control/on", NULL, NULL, "", 400, {0}},
    {"GET", "/power/control/on", "heater", NULL, "", 404, {0}},
    {"GET", "/power/control/cut", "psu", NULL, "", 404, {0}},
    {"GET", "/power/control/", "psu", NULL, "", 404, {0}},
    {"POST", "/power/control/on", "psu", NULL, "", 405, {0}}};

static void requests_are_understood(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        const struct row *row = &rows[n];
        const struct serve_request request = {.method = row->method,
                                              .path = row->path,
                                              .port = row->port,
                                              .delay = row->delay,
                                              .body = row->body,
                                              .size = strlen(row->body)};
        char why[SERVE_WHY] = "";
        struct serve_wish wish;
        int status = serve_read(&request, &bench, &wish, why);
        if (status != row->status || (status == 200) != !why[0])
            fail_msg("%s %s: %d '%s'", row->method, row->path, status, why);
        if (status == 200 &&
            (wish.what != row->want.what || wish.relay != row->want.relay ||
             wish.pdudaemon != row->want.pdudaemon || wish.delay_us != row->want.delay_us))
            fail_msg("%s %s: understood otherwise", row->method, row->path);
    }
}

// --- tokens and addresses -----------------------------------------------------------------------------------------------

static void tokens_open_the_door(void **state)
{
    static const struct {
        const char *given;
        bool admitted;
    } row[] = {{"Bearer 0123456789abcdef", true},   {NULL, false},
               {"Bearer 0123456789abcdeF", false},  {"Bearer 0123456789abcde", false},
               {"Bearer 0123456789abcdef0", false}, {"bearer 0123456789abcdef", false},
               {"Basic 0123456789abcdef", false},   {"", false}};

    (void)state;
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        const struct serve_request request = {.authorization = row[n].given};
        assert_int_equal(serve_admits(&request, "0123456789abcdef"), row[n].admitted);
        assert_true(serve_admits(&request, ""));
    }
}

static void token_files_are_private(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *complaint;
    } row[] = {{"0123456789abcdef\n", 0600, ""},
               {"0123456789abcdef", 0400, ""},
               {"0123456789abcdef\n", 0640, "others may read this token"},
               {"0123456789abcdef\n", 0602, "others may read this token"},
               {"short\n", 0600, "a token has 16 to 126 characters"},
               {"", 0600, "a token has 16 to 126 characters"},
               {"0123456789 abcdef\n", 0600, "a token has no blanks"}};
    char path[] = "/tmp/test_serve_XXXXXX", token[SERVE_TOKEN], lots[200];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        struct lab_error err = {0};
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, row[n].text, strlen(row[n].text), 0), strlen(row[n].text));
        assert_int_equal(fchmod(fd, row[n].mode), 0);
        assert_int_equal(serve_token(path, token, &err), row[n].complaint[0] ? -EINVAL : 0);
        assert_non_null(strstr(err.message, row[n].complaint));
        if (!row[n].complaint[0])
            assert_string_equal(token, "0123456789abcdef");
    }
    for (size_t size = 125; size <= 140; size++) {
        struct lab_error err = {0};
        memset(lots, 'x', size);
        assert_int_equal(fchmod(fd, 0600), 0);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, lots, size, 0), size);
        assert_int_equal(serve_token(path, token, &err), size <= 126 ? 0 : -EINVAL);
    }
    close(fd);
    unlink(path);
    struct lab_error err = {0};
    assert_int_equal(serve_token(path, token, &err), -EINVAL);
}

static void loopback_is_told_from_the_world(void **state)
{
    static const struct {
        const char *address;
        bool loopback;
    } row[] = {{"127.0.0.1:16421", true},
               {"127.9.9.9:1", true},
               {"[::1]:80", true},
               {"0.0.0.0:16421", false},
               {"[::]:16421", false},
               {"192.168.1.2:80", false},
               {"128.0.0.1:80", false},
               {"[fe80::1]:80", false},
               {"localhost:80", false},
               {"::1:80", false},
               {"127.0.0.1", false},
               {"127.0.0.1:", false},
               {"127.0.0.1:http", false},
               {"127.0.0.1:65535", true},
               {"127.0.0.1:65536", false},
               {"127.0.0.1:81957", false},
               {":80", false},
               {"", false}};

    (void)state;
    for (size_t n = 0; n < sizeof row / sizeof *row; n++)
        if (serve_is_loopback(row[n].address) != row[n].loopback)
            fail_msg("%s", row[n].address);
}

static void pages_of_a_browser_are_no_programs(void **state)
{
    static const struct {
        const char *host, *origin;
        int port;
        bool own;
    } row[] = {{"127.0.0.1:16421", NULL, 16421, true},
               {"localhost:16421", NULL, 16421, true},
               {"LocalHost:16421", NULL, 16421, true},
               {"[::1]:16421", NULL, 16421, true},
               {"127.0.0.1", NULL, 80, true},
               {"localhost", NULL, 80, true},
               {"127.0.0.1:16421", "http://127.0.0.1:16421", 16421, false},
               {"127.0.0.1:16421", "null", 16421, false},
               {"127.0.0.1:16421", "", 16421, false},
               {"127.0.0.1:16422", NULL, 16421, false},
               {"127.0.0.1", NULL, 16421, false},
               {"evil.example:16421", NULL, 16421, false},
               {"localhost.evil.example:16421", NULL, 16421, false},
               {"127.0.0.1.evil.example:16421", NULL, 16421, false},
               {"192.168.1.2:16421", NULL, 16421, false},
               {"", NULL, 80, false},
               {":16421", NULL, 16421, false},
               {NULL, NULL, 16421, false}};

    (void)state;
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        const struct serve_request request = {.host = row[n].host, .origin = row[n].origin};
        if (serve_is_own(&request, row[n].port) != row[n].own)
            fail_msg("row %zu: %s", n, row[n].host ? row[n].host : "no host");
    }
}

// --- the server ---------------------------------------------------------------------------------------------------

static char seen[200];

static void note(void *ctx, const struct serve_request *request, struct serve_answer *answer)
{
    (*(int *)ctx)++;
    snprintf(seen, sizeof seen, "%s %s port=%s delay=%s auth=%s host=%s origin=%s body=%.*s",
             request->method, request->path, request->port ? request->port : "-",
             request->delay ? request->delay : "-",
             request->authorization ? request->authorization : "-",
             request->host ? request->host : "-", request->origin ? request->origin : "-",
             (int)request->size, request->body);
    answer->status = request->authorization ? 200 : 401;
    strcpy(answer->text, "as you say");
}

/// Send bytes, one at a time when `slow`, and read the answer, turning the server meanwhile.
static void ask(struct serve *serve, const char *bytes, bool slow, char *answer, size_t room)
{
    int client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)serve_port(serve)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    size_t sent = 0, all = strlen(bytes), got = 0;

    assert_int_equal(connect(client, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    for (int n = 0; n < 200000; n++) {
        ssize_t size = send(client, bytes + sent, slow && sent < all ? 1 : all - sent, 0);
        sent += size > 0 ? (size_t)size : 0;
        serve_turn(serve);
        size = recv(client, answer + got, room - 1 - got, 0);
        if (size == 0)
            break;
        got += size > 0 ? (size_t)size : 0;
    }
    answer[got] = '\0';
    close(client);
}

static void the_server_passes_requests_on(void **state)
{
    struct lab_error err = {0};
    struct serve *serve;
    char answer[1000];
    int count = 0;

    (void)state;
    assert_int_equal(serve_open(&serve, "127.0.0.1:0", note, &count, &err), 0);
    for (int slow = 0; slow < 2; slow++) {
        ask(serve,
            "PUT /relay/1/value HTTP/1.1\r\nHost: x\r\nOrigin: z\r\nAuthorization: Bearer "
            "y\r\nContent-Length: "
            "1\r\nConnection: close\r\n\r\n1",
            slow, answer, sizeof answer);
        assert_string_equal(
            seen, "PUT /relay/1/value port=- delay=- auth=Bearer y host=x origin=z body=1");
        assert_non_null(strstr(answer, "HTTP/1.1 200 "));
        assert_non_null(strstr(answer, "\r\n\r\nas you say"));
    }
    ask(serve, "GET /power/control/reboot?hostname=rig&port=psu&delay=7 HTTP/1.0\r\n\r\n", false,
        answer, sizeof answer);
    assert_string_equal(seen,
                        "GET /power/control/reboot port=psu delay=7 auth=- host=- origin=- body=");
    assert_non_null(strstr(answer, " 401 "));
    assert_non_null(strstr(answer, "WWW-Authenticate: Bearer"));
    assert_int_equal(count, 3);
    // a body that is too large is never seen
    ask(serve,
        "PUT /relay/1/value HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\nConnection: "
        "close\r\n\r\n01234567890123456",
        true, answer, sizeof answer);
    assert_non_null(strstr(answer, " 413 "));
    assert_non_null(strstr(answer, "at most 16 bytes"));
    assert_int_equal(count, 3);
    serve_close(serve);
}

static int call(const struct serve *serve)
{
    int client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)serve_port(serve)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    assert_int_equal(connect(client, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    return client;
}

/// Who sends a header for ever, byte by byte, is hung up on, and until then does not lock others out.
static void slow_callers_lock_nobody_out(void **state)
{
    enum { SLOW = 20, TURNS = 700 };
    struct lab_error err = {0};
    struct serve *serve;
    char answer[1000];
    int count = 0, client[SLOW], open = SLOW;

    (void)state;
    assert_int_equal(serve_open(&serve, "127.0.0.1:0", note, &count, &err), 0);
    for (int n = 0; n < SLOW; n++)
        client[n] = call(serve);
    for (int turn = 0; turn < TURNS && open; turn++) {
        if (turn == 50)
            ask(serve, "GET /relay/1/value HTTP/1.0\r\n\r\n", false, answer, sizeof answer);
        for (int n = 0; n < SLOW; n++) {
            if (client[n] < 0 || turn % 50)
                continue;
            bool gone = send(client[n], "x", 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN;
            if (gone)
                close(client[n]);
            client[n] = gone ? -1 : client[n];
            open -= gone;
        }
        serve_turn(serve);
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    assert_int_equal(count, 1);
    assert_non_null(strstr(answer, "as you say"));
    assert_int_equal(open, 0);
    serve_close(serve);
}

static void a_place_that_is_taken_is_said(void **state)
{
    struct lab_error err = {0};
    struct serve *serve, *second = NULL;
    char address[32];
    int count;

    (void)state;
    assert_int_equal(serve_open(&serve, "127.0.0.1:0", note, &count, &err), 0);
    snprintf(address, sizeof address, "127.0.0.1:%d", serve_port(serve));
    assert_int_equal(serve_open(&second, address, note, &count, &err), -EADDRINUSE);
    assert_non_null(strstr(err.message, "cannot listen at 127.0.0.1:"));
    lab_error_clear(&err);
    assert_int_equal(serve_open(&second, "here:1", note, &count, &err), -EINVAL);
    serve_close(serve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_understood),
        cmocka_unit_test(tokens_open_the_door),
        cmocka_unit_test(token_files_are_private),
        cmocka_unit_test(loopback_is_told_from_the_world),
        cmocka_unit_test(pages_of_a_browser_are_no_programs),
        cmocka_unit_test(the_server_passes_requests_on),
        cmocka_unit_test(slow_callers_lock_nobody_out),
        cmocka_unit_test(a_place_that_is_taken_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
