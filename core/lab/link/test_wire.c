// The bytes to and from a printer: none lost when the far end is slow, and what is urgent goes first.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/lab/link/wire.h"

enum { LINE = 1000, ALL = 1 << 20 };

static struct link_wire wire;
static int far;
static char got[ALL];
static size_t size;

static int set_up(void **state)
{
    int fd[2], small = 4096;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
    wire.fd = -1;
    link_wire_use(&wire, fd[0]);
    far = fd[1];
    size = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    link_wire_close(&wire);
    (void)close(far);
    return 0;
}

/// Read what has come, at most so much.
static void read_some(size_t most)
{
    ssize_t n = read(far, got + size, most);

    size += n > 0 ? (size_t)n : 0;
}

static void fill_line(char out[LINE], char letter)
{
    memset(out, letter, LINE);
    out[LINE - 1] = '\n';
}

static void read_all(void)
{
    for (int i = 0; i < 100000 && wire.out_size; i++) {
        assert_int_equal(link_wire_flush(&wire), 0);
        read_some(777);
    }
    for (int i = 0; i < 1000; i++)
        read_some(777);
}

static void a_slow_reader_gets_all(void **state)
{
    char line[LINE];

    (void)state;
    for (char c = 'a'; c <= 'z'; c++) {
        fill_line(line, c);
        assert_int_equal(link_wire_put(&wire, line, LINE), 0);
    }
    read_all();
    assert_int_equal(size, 26 * LINE);
    for (size_t i = 0; i < 26; i++)
        assert_int_equal(got[i * LINE + LINE / 2], (char)('a' + (int)i));
    assert_int_equal(wire.gone, size);
}

static void no_more_than_there_is_room_for(void **state)
{
    static char much[LINK_OUT + 1];

    (void)state;
    assert_int_equal(link_wire_put(&wire, much, sizeof much), -ENOBUFS);
    assert_int_equal(link_wire_put(&wire, much, LINK_OUT), 0);
    assert_int_equal(link_wire_put(&wire, "x", 1), -ENOBUFS);
    assert_int_equal(link_wire_first(&wire, "x", 1, '\n'), -ENOBUFS);
    link_wire_close(&wire);
    assert_int_equal(link_wire_put(&wire, "x", 1), -ENOTCONN);
    assert_int_equal(link_wire_first(&wire, "x", 1, '\n'), -ENOTCONN);
}

/// What is urgent goes behind the line that is half gone, and before all others.
static void urgent_goes_first(void **state)
{
    char line[LINE];
    size_t at;

    (void)state;
    for (char c = 'a'; c <= 'z'; c++) {
        fill_line(line, c);
        assert_int_equal(link_wire_put(&wire, line, LINE), 0);
    }
    assert_int_equal(link_wire_flush(&wire), 0);
    assert_true(wire.out_size > 2 * LINE); // it did not take all
    size_t lines = (size_t)wire.gone / LINE + (wire.gone % LINE ? 1 : 0);
    assert_int_equal(link_wire_first(&wire, "M112\n", 5, '\n'), 0);
    read_all();
    assert_int_equal(size, 26 * LINE + 5);
    for (at = 0; at < size && memcmp(got + at, "M112\n", 5) != 0;)
        at += LINE;
    assert_int_equal(at, lines * LINE);
}

/// As above, wherever the line is cut.
static void urgent_goes_between_lines(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= 8; cut++) {
        wire.out_size = 0;
        assert_int_equal(link_wire_put(&wire, "abc\ndef\n", 8), 0);
        memmove(wire.out, wire.out + cut, 8 - cut); // as if so many were gone
        wire.out_size = 8 - cut;
        wire.line_at = cut % 4;
        assert_int_equal(link_wire_first(&wire, "X\n", 2, '\n'), 0);
        const char *want[] = {"X\nabc\ndef\n", "bc\nX\ndef\n", "c\nX\ndef\n",
                              "\nX\ndef\n",    "X\ndef\n",     "ef\nX\n",
                              "f\nX\n",        "\nX\n",        "X\n"};
        assert_int_equal(wire.out_size, strlen(want[cut]));
        assert_memory_equal(wire.out, want[cut], wire.out_size);
    }
}

static void a_far_end_that_hung_up(void **state)
{
    char bytes[8];

    (void)state;
    assert_int_equal(link_wire_read(&wire, bytes, sizeof bytes), 0);
    assert_int_equal(write(far, "abc", 3), 3);
    assert_int_equal(link_wire_read(&wire, bytes, sizeof bytes), 3);
    assert_int_equal(wire.in, 3);
    (void)shutdown(far, SHUT_RDWR);
    assert_int_equal(link_wire_read(&wire, bytes, sizeof bytes), -EPIPE);
    assert_int_equal(link_wire_put(&wire, "x", 1), 0);
    assert_int_equal(link_wire_flush(&wire), -EPIPE);
}

int main(void)
{
#define ON_WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ON_WIRE(a_slow_reader_gets_all), ON_WIRE(no_more_than_there_is_room_for),
        ON_WIRE(urgent_goes_first),      ON_WIRE(urgent_goes_between_lines),
        ON_WIRE(a_far_end_that_hung_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
