// What systemd would hear.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig/service/service.h"

static int ear;
static char heard[300];

/// What came since; "" nothing.
static const char *listen_once(void)
{
    ssize_t size = recv(ear, heard, sizeof heard - 1, MSG_DONTWAIT);

    heard[size > 0 ? size : 0] = '\0';
    return heard;
}

static void hear_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t size = strlen(name);

    ear = socket(AF_UNIX, SOCK_DGRAM, 0);
    memcpy(at.sun_path, name, size);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    assert_int_equal(bind(ear, (const struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static void ready_and_alive_are_heard(void **state)
{
    char name[2][64];

    (void)state;
    snprintf(name[0], sizeof name[0], "/tmp/test_service_%d", (int)getpid());
    snprintf(name[1], sizeof name[1], "@plr_test_service_%d", (int)getpid());
    setenv("WATCHDOG_USEC", "4000000", 1);
    for (int n = 0; n < 2; n++) {
        int64_t base = n * INT64_C(100000000);
        hear_at(name[n]);
        service_ready("listening");
        assert_string_equal(listen_once(), "READY=1\nSTATUS=listening\n");
        service_alive(base + 5000000);
        assert_string_equal(listen_once(), "WATCHDOG=1\n");
        service_alive(base + 5999999);
        assert_string_equal(listen_once(), "");
        service_alive(base + 6000000);
        assert_string_equal(listen_once(), "WATCHDOG=1\n");
        close(ear);
    }
    unlink(name[0]);
}

static void without_systemd_nothing_is_said(void **state)
{
    (void)state;
    unsetenv("WATCHDOG_USEC");
    hear_at("@plr_test_service_quiet");
    service_alive(INT64_C(900000000));
    assert_string_equal(listen_once(), "");
    unsetenv("NOTIFY_SOCKET");
    service_ready("to nobody");
    assert_string_equal(listen_once(), "");
    close(ear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ready_and_alive_are_heard),
                                       cmocka_unit_test(without_systemd_nothing_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
