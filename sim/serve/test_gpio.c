// Tests of a rig's lines at a served printer: the map and its mistakes, relays read, senses driven.
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
#include <sys/stat.h>
#include <unistd.h>

#include "sim/serve/gpio.h"

static struct gpio gpio;
static struct lab_error err;
static char folder[] = "/tmp/plr_gpioXXXXXX";

static void put(int line, const char *file, const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "%s/sim_gpio%d", folder, line);
    (void)mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/sim_gpio%d/%s", folder, line, file);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

/// Does this line hold a level?
static bool pulled(int line, bool up)
{
    char path[128], text[32] = "";
    const char *want = up ? "pull-up" : "pull-down";

    snprintf(path, sizeof path, "%s/sim_gpio%d/pull", folder, line);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_non_null(fgets(text, sizeof text, in));
    fclose(in);
    return !strncmp(text, want, strlen(want));
}

static void maps(void **state)
{
    (void)state;
    assert_int_equal(gpio_parse(&gpio, "/sys/x,mains=17,24v=!27,z_plus3=0,poll=20ms", &err), 0);
    assert_string_equal(gpio.folder, "/sys/x");
    assert_int_equal(gpio.line[GPIO_MAINS].number, 17);
    assert_false(gpio.line[GPIO_MAINS].inverted);
    assert_int_equal(gpio.line[GPIO_24V].number, 27);
    assert_true(gpio.line[GPIO_24V].inverted);
    assert_int_equal(gpio.line[GPIO_Z_PLUS + 3].number, 0);
    assert_int_equal(gpio.line[GPIO_AC].number, -1);
    assert_int_equal(gpio.poll_us, 20000);
    assert_int_equal(gpio_parse(&gpio, "here", &err), 0);
    assert_int_equal(gpio.poll_us, 5000);
}

static void mistakes_have_their_place(void **state)
{
    static const struct {
        const char *map;
        int column;
        const char *message, *suggestion;
    } cases[] = {
        {"", 1, "the folder of a chip comes first", ""},
        {",mains=1", 1, "the folder of a chip comes first", ""},
        {"x,mains", 3, "KEY=LINE is wanted here", ""},
        {"x,", 3, "KEY=LINE is wanted here", ""},
        {"x,mians=1", 3, "no relay or sense is called that", "mains"},
        {"x,z_plus4=1", 3, "no relay or sense is called that", "z_plus0"},
        {"x,mains=", 9, "a line is a number from 0 to 1023, or ! and that", ""},
        {"x,mains=-1", 9, "a line is a number from 0 to 1023, or ! and that", ""},
        {"x,mains=1024", 9, "a line is a number from 0 to 1023, or ! and that", ""},
        {"x,mains=1x", 9, "a line is a number from 0 to 1023, or ! and that", ""},
        {"x,mains=!", 9, "a line is a number from 0 to 1023, or ! and that", ""},
        {"x,ac=5,ac=6", 11, "ac has a line already", ""},
        {"x,ac=5,dc=5", 11, "line 5 is that of ac", ""},
        {"x,poll=5", 8, "poll wants a time from 1ms to 1s", ""},
        {"x,poll=2s", 8, "poll wants a time from 1ms to 1s", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab_error_clear(&err);
        assert_int_equal(gpio_parse(&gpio, cases[i].map, &err), -EINVAL);
        if (err.column != cases[i].column || strcmp(err.message, cases[i].message) != 0 ||
            strcmp(err.suggestion, cases[i].suggestion) != 0)
            fail_msg("'%s': column %d, '%s', '%s'", cases[i].map, err.column, err.message,
                     err.suggestion);
    }
}

static void opened(const char *keys)
{
    char map[256];

    lab_error_clear(&err);
    snprintf(map, sizeof map, "%s,%s", folder, keys);
    assert_int_equal(gpio_parse(&gpio, map, &err), 0);
    assert_int_equal(gpio_open(&gpio, &err), 0);
}

static void relays_are_read(void **state)
{
    (void)state;
    put(17, "value", "1\n");
    put(27, "value", "1\n");
    opened("mains=17,24v=!27");
    assert_true(gpio_relay(&gpio, GPIO_MAINS));
    assert_false(gpio_relay(&gpio, GPIO_24V));
    assert_true(gpio_relay(&gpio, GPIO_LOGIC)); // has none
    put(17, "value", "0\n");
    assert_false(gpio_relay(&gpio, GPIO_MAINS));
    gpio.line[GPIO_MAINS].fault = GPIO_STUCK_ON; // welded
    assert_true(gpio_relay(&gpio, GPIO_MAINS));
    gpio.line[GPIO_24V].fault = GPIO_STUCK_OFF;
    put(27, "value", "0\n");
    assert_false(gpio_relay(&gpio, GPIO_24V));
    gpio.line[GPIO_24V].fault = GPIO_FINE;
    assert_true(gpio_relay(&gpio, GPIO_24V));
    assert_false(gpio.gone);
    put(27, "value", ""); // as a chip that is no more
    assert_false(gpio_relay(&gpio, GPIO_24V));
    assert_true(gpio.gone);
    gpio_close(&gpio);
}

static void senses_are_driven(void **state)
{
    struct printer_rails rails = {.mains = true, .rail = true, .z_plus = 4};

    (void)state;
    for (int line = 1; line <= 6; line++)
        put(line, "pull", "?");
    opened("ac=1,dc=!2,logic_ok=3,z_plus1=4,z_plus2=5,z_plus3=!6");
    gpio_drive(&gpio, &rails);
    assert_true(pulled(1, true) && pulled(2, false) && pulled(3, false));
    assert_true(pulled(4, false) && pulled(5, true) && pulled(6, true));
    put(1, "pull", "pull-down"); // what has not changed is not driven again
    gpio_drive(&gpio, &rails);
    assert_true(pulled(1, false));
    rails = (struct printer_rails){.logic = true};
    gpio_drive(&gpio, &rails);
    assert_true(pulled(1, false) && pulled(2, true) && pulled(3, true) && pulled(5, false));
    gpio.line[GPIO_AC].fault = GPIO_CHATTERS;
    for (int n = 0; n < 4; n++) {
        gpio_drive(&gpio, &rails);
        assert_true(pulled(1, n % 2 == 0));
    }
    gpio.line[GPIO_DC].fault = GPIO_STUCK_ON;
    gpio_drive(&gpio, &rails);
    assert_true(pulled(2, false));
    gpio_close(&gpio);
}

static void a_line_that_is_not_there_is_named(void **state)
{
    char map[128];

    (void)state;
    lab_error_clear(&err);
    snprintf(map, sizeof map, "%s,ac=99", folder);
    assert_int_equal(gpio_parse(&gpio, map, &err), 0);
    assert_int_equal(gpio_open(&gpio, &err), -ENOENT);
    assert_non_null(strstr(err.message, "sim_gpio99/pull of ac"));
    gpio_close(&gpio);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : 1;
}

static int end(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps),
        cmocka_unit_test(mistakes_have_their_place),
        cmocka_unit_test(relays_are_read),
        cmocka_unit_test(senses_are_driven),
        cmocka_unit_test(a_line_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests_name("gpio", tests, begin, end);
}
