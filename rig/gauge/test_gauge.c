// Readings: numbers as devices, printers and people write them; commands, devices, a terminal and a printer that say them, or do not.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // ptsname_r
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "rig/gauge/gauge.h"

enum { S = 1000000 };

// --- numbers ------------------------------------------------------------------------------------------------------

static const struct {
    const char *text;
    int64_t scale_nm;
    bool told;
    int64_t nm;
} numbers[] = {{"0.012", 1000000, true, 12000},
               {"+001.234\r", 1000000, true, 1234000},
               {"-0.5", 1000000, true, -500000},
               {".25", 1000000, true, 250000},
               {"-.25", 1000000, true, -250000},
               {"12um", 1000000, true, 12000},
               {"12 um", 1000000, true, 12000},
               {"-12 \xc2\xb5m of it", 1000000, true, -12000},
               {"7\xce\xbcm", 1000000, true, 7000},
               {"1.5mm", 50000, true, 1500000},
               {"250nm", 50000, true, 250},
               {"3", 50000, true, 150000},
               {"-3", 50000, true, -150000},
               {"0.5", 50000, true, 25000},
               {"1", 25400000, true, 25400000},
               {"0.000001", 1500000, true, 2}, // half a nanometre away from zero
               {"-0.000001", 1500000, true, -2},
               {"reading: 4.5", 1000000, true, 4500000},
               {"R+4.5", 1000000, true, 4500000},
               {"-  0.012 mm", 1000000, true, -12000}, // a dial's sign has a place of its own
               {"0.01234567", 1000000, true, 12345},
               {"-12.3456um", 1000000, true, -12345},
               {"5.", 1000000, true, 5000000},
               {"N", 1000000, false, 0},
               {"", 1000000, false, 0},
               {"---", 1000000, false, 0},
               {"5e-05", 1000000, true, 50},
               {"3e-3mm", 1000000, true, 3000},
               {"-1.25E+2 um", 1000000, true, -125000},
               {"2.5e1", 50000, true, 1250000},
               {"0.000000012345e6", 1000000, true, 12345},
               {"1e-999999999999", 1000000, true, 0},
               {"0e5", 1000000, true, 0},
               {"12mm.", 1000000, true, 12000000},
               {"1cm", 1000000, true, 10000000},
               {"0.001m", 50000, true, 1000000},
               {"0,05", 1000000, false, 0}, // a decimal comma, a list or thousands: who knows?
               {"1,25", 1000000, false, 0},
               {"1,250", 1000000, false, 0},
               {",25", 1000000, false, 0},
               {"1 250", 1000000, false, 0},
               {"1'250", 1000000, false, 0},
               {"1.2.3", 1000000, false, 0},
               {"3/4", 1000000, false, 0},
               {"1-2", 1000000, false, 0},
               {"4.5 or 4.6", 1000000, false, 0},
               {"probe 2: 0.05", 1000000, false, 0},
               {"0.05 (3rd)", 1000000, false, 0},
               {"01A+0001.234", 1000000, false, 0},
               {"--5", 1000000, false, 0},
               {"at - 5", 1000000, false, 0}, // a dash, or a sign?
               {"\xe2\x88\x92"
                "5",
                1000000, false, 0}, // the typesetters' minus
               {"5e", 1000000, false, 0},
               {"5e+", 1000000, false, 0},
               {"5mum", 1000000, false, 0},
               {"5in", 1000000, false, 0},
               {"0.2 inch", 1000000, false, 0},
               {"0.2\"", 1000000, false, 0},
               {"0x10", 1000000, false, 0},
               {"12 numbers", 1000000, false, 0}, // no unit that we know
               {"4.5 ok", 1000000, false, 0},
               {"1e400", 1000000, false, 0},
               {"1e99999999999999999999", 1000000, false, 0},
               {"99999999999999999999", 1000000, false, 0},
               {"9000000000000", 1000000000, false, 0}};

static void numbers_are_found(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        int64_t nm = 0;
        bool told = !gauge_number(numbers[n].text, numbers[n].scale_nm, &nm);
        if (told != numbers[n].told || nm != numbers[n].nm)
            fail_msg("'%s': %d %lld", numbers[n].text, told, (long long)nm);
    }
}

static void the_last_z_is_found(void **state)
{
    static const struct {
        const char *text;
        bool told;
        int64_t nm;
    } row[] = {{"// probe at 150.000,150.000 is z=2.034567", true, 2034567},
               {"// Result is z=2.5\n// probe: z=2.25\nok", true, 2250000},
               {"Bed X: 150.00 Y: 150.00 Z: 0.012", true, 12000},
               {"X:1.00 Y:2.00 Z:-0.30 E:0.00", true, -300000},
               {"Z:open z:12.0 Z:TRIGGERED", true, 12000000},
               {"buzz=3", false, 0},
               {"z=2.5e-2", true, 25000},
               {"z=2.5,x=3", true, 2500000},
               {"z=0.5\nz=0,25", false, 0}, // the last one, or none
               {"Z:0.25Q", false, 0},
               {"Z:0.25 ok", true, 250000},
               {"ok", false, 0}};

    (void)state;
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        int64_t nm = 0;
        bool told = !gauge_z(row[n].text, 1000000, &nm);
        if (told != row[n].told || nm != row[n].nm)
            fail_msg("'%s': %d %lld", row[n].text, told, (long long)nm);
    }
}

/// What C's own reader takes whole is read to the nanometre, and what it does not is refused: texts a change away from a number.
static void a_number_is_read_as_c_reads_it_or_not_at_all(void **state)
{
    static const char letters[] = "0123456789.,eE+- xq\n";
    uint64_t seed = 1;
    int read = 0, refused = 0;

    (void)state;
    for (int n = 0; n < 200000; n++) {
        char text[32], *end;
        int64_t nm = 0;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int digits = (int)(seed >> 33 & 0xfffff), place = (int)(seed >> 53 & 7);
        snprintf(text, sizeof text, seed >> 56 & 1 ? "%d.%05d" : "%d.%03de-2", digits % 9,
                 digits % 997);
        text[place % (int)strlen(text)] = letters[(seed >> 57) % (sizeof letters - 1)];
        double want = strtod(text, &end) * 1000000;
        bool whole = end != text && !*(end + strspn(end, " \n")) && !strchr(text, 'x');
        bool told = !gauge_number(text, 1000000, &nm);
        if (told && (double)nm - want < 1.5 && want - (double)nm < 1.5)
            read++;
        else if (!told && (!whole || want > 9e18 || want < -9e18))
            refused++;
        else if (told || !strchr("+-.", text[0])) // "- 5" is ours, "+-5" nobody's
            fail_msg("'%s': %d %lld, not %.1f", text, told, (long long)nm, want);
    }
    assert_true(read > 50000 && refused > 50000);
}

// --- a printer that says what the test wants ----------------------------------------------------------------------------

struct link {
    char got[256];
    const char *says[8];
    int next, busy, answer;
    int again;  ///< what denied is behind each line
    int denied; ///< so often somebody else's line is not answered yet
};

int link_gcode(struct link *link, const char *text)
{
    if (link->denied > 0 && link->denied--)
        return -EBUSY;
    strcat(strcat(link->got, text), ";");
    link->busy = 2;
    link->denied = link->again;
    return 0;
}

int link_answer(const struct link *link, char *why, size_t room)
{
    struct link *changed = (struct link *)link;

    if (changed->busy > 0)
        return changed->busy-- > 0;
    snprintf(why, room, "%s", link->answer ? "Must home axis first" : "");
    return link->answer;
}

bool link_said(struct link *link, char line[LINK_LINE])
{
    bool reading = strstr(link->got, "PROBE");
    const char *text = reading ? link->says[link->next] : NULL;

    if (!text)
        return false;
    link->next++;
    snprintf(line, LINK_LINE, "%s", text);
    return true;
}

// --- readings -----------------------------------------------------------------------------------------------------

static struct gauge gauge;
static struct bench_gauge rule;
static struct lab_error err;
static int64_t value;

static int fresh(void **state)
{
    (void)state;
    rule = (struct bench_gauge){.name = "dial",
                                .kind = BENCH_GAUGE_CMD,
                                .baud = 9600,
                                .scale_nm = 1000000,
                                .low_nm = -10000000,
                                .high_nm = 10000000,
                                .time_us = 60 * S};
    lab_error_clear(&err);
    value = 0;
    return 0;
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 2000000}, NULL);
}

/// Turn until it is done, at most for 20 s of this computer's time.
static int turned(void)
{
    int busy = 1;

    for (int n = 0; n < 10000 && busy == 1; n++) {
        busy = gauge_turn(&gauge, 1, &value, &err);
        if (busy == 1)
            nap();
    }
    return busy;
}

static int read_it(struct link *link)
{
    int bad = gauge_begin(&gauge, &rule, link, 0, &err);

    bad = bad ? bad : turned();
    gauge_end(&gauge);
    return bad;
}

static void said(const char *words)
{
    if (!strstr(err.message, words))
        fail_msg("'%s' does not say '%s'", err.message, words);
}

static void a_command_is_read(void **state)
{
    (void)state;
    strcpy(rule.source, "echo 0.0123");
    assert_int_equal(read_it(NULL), 0);
    assert_int_equal(value, 12300);
}

static void a_command_that_fails_is_no_reading(void **state)
{
    (void)state;
    strcpy(rule.source, "echo 0.0123; exit 1");
    assert_int_equal(read_it(NULL), -EIO);
    said("gauge 'dial' failed: its command did not end with 0");
    lab_error_clear(&err);
    strcpy(rule.source, "echo none");
    assert_int_equal(read_it(NULL), -EBADMSG);
    said("said no number: \"none");
}

static void a_reading_out_of_range_is_the_gauges_fault(void **state)
{
    (void)state;
    strcpy(rule.source, "echo 10.001");
    assert_int_equal(read_it(NULL), -ERANGE);
    said("says 10001 um, outside of what it can read (-10000 to 10000 um)");
    lab_error_clear(&err);
    strcpy(rule.source, "echo -10.001");
    assert_int_equal(read_it(NULL), -ERANGE);
    strcpy(rule.source, "echo 10");
    assert_int_equal(read_it(NULL), 0);
}

/// plr-rig ignores SIGPIPE; what it starts does not.
static void a_command_hears_signals_as_usual(void **state)
{
    (void)state;
    strcpy(rule.source, "kill -PIPE $$; echo 0.5");
    void (*was)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(read_it(NULL), -EIO);
    signal(SIGPIPE, was);
}

/// It is asked again and again without waiting, and what hangs is ended with all it started.
static void a_command_that_hangs_is_ended(void **state)
{
    (void)state;
    strcpy(rule.source, "sleep 1000 & echo 1; sleep 1000");
    assert_int_equal(gauge_begin(&gauge, &rule, NULL, 0, &err), 0);
    do {
        nap();
        assert_int_equal(gauge_turn(&gauge, 59 * S, &value, &err), 1);
    } while (!gauge.len); // its child is there
    assert_int_equal(gauge_turn(&gauge, 61 * S, &value, &err), -ETIMEDOUT);
    said("said nothing within 60 s");
    pid_t group = gauge.child;
    gauge_end(&gauge);
    for (int n = 0; n < 5000 && !kill(-group, 0); n++)
        nap(); // its orphan is gone when init has seen to it
    assert_true(kill(-group, 0) && errno == ESRCH);
}

/// Make a pseudo-terminal: a device at one end, its cable at the other. Returns the cable's file.
static int device(char *path, size_t room)
{
    int cable = posix_openpt(O_RDWR | O_NOCTTY);

    assert_true(cable >= 0);
    assert_int_equal(grantpt(cable), 0);
    assert_int_equal(unlockpt(cable), 0);
    assert_int_equal(ptsname_r(cable, path, room), 0);
    return cable;
}

static void a_serial_device_is_read(void **state)
{
    char asked[8] = "";
    (void)state;
    rule.kind = BENCH_GAUGE_SERIAL;
    strcpy(rule.request, "?\r");
    int cable = device(rule.source, sizeof rule.source);
    assert_int_equal(gauge_begin(&gauge, &rule, NULL, 0, &err), 0);
    assert_int_equal(read(cable, asked, sizeof asked), 2);
    assert_memory_equal(asked, "?\r", 2);
    assert_int_equal(gauge_turn(&gauge, 1, &value, &err), 1);
    assert_int_equal(write(cable, "\r\n+00", 5), 5);
    assert_int_equal(gauge_turn(&gauge, 1, &value, &err), 1); // half a line
    assert_int_equal(write(cable, "0.040 mm\r\n", 10), 10);
    assert_int_equal(turned(), 0);
    assert_int_equal(value, 40000);
    gauge_end(&gauge);
    fcntl(cable, F_SETFL, O_NONBLOCK);
    assert_int_equal(read(cable, asked, sizeof asked), -1); // nothing was echoed
    close(cable);
}

static void tells(int cable, const char *text)
{
    assert_int_equal(write(cable, text, strlen(text)), (ssize_t)strlen(text));
}

/// One that talks by itself is in the middle of a line when somebody begins to listen, and again when more came than was listened to.
static void what_was_not_heard_from_its_beginning_does_not_count(void **state)
{
    char many[GAUGE_TEXT + 200];

    (void)state;
    rule.kind = BENCH_GAUGE_SERIAL;
    int cable = device(rule.source, sizeof rule.source);
    for (size_t at = 0; at <= 5; at++) { // wherever in "1.250\r\n" that is
        assert_int_equal(gauge_begin(&gauge, &rule, NULL, 0, &err), 0);
        tells(cable, &"1.250\r\n"[at]);
        assert_int_equal(gauge_turn(&gauge, 1, &value, &err), 1);
        tells(cable, "0.75");
        assert_int_equal(gauge_turn(&gauge, 1, &value, &err), 1);
        tells(cable, "0\r\n");
        assert_int_equal(turned(), 0);
        assert_int_equal(value, 750000);
        gauge_end(&gauge);
    }
    strcpy(rule.request, "?");
    memset(many, '-', sizeof many);
    strcpy(&many[sizeof many - 9], "1.25\n0.5");
    assert_int_equal(gauge_begin(&gauge, &rule, NULL, 0, &err), 0);
    tells(cable, many);
    for (int n = 0; n < 20; n++) {
        nap();
        assert_int_equal(gauge_turn(&gauge, 1, &value, &err), 1);
    }
    tells(cable, "\n");
    assert_int_equal(turned(), 0);
    assert_int_equal(value, 500000);
    gauge_end(&gauge);
    close(cable);
}

/// What lay in a device before it was asked is no answer.
static void what_was_said_before_is_no_answer(void **state)
{
    char path[] = "/tmp/plr_gauge_XXXXXX";

    (void)state;
    rule.kind = BENCH_GAUGE_SERIAL;
    strcpy(rule.request, "?\n");
    assert_non_null(mkdtemp(path));
    snprintf(rule.source, sizeof rule.source, "%s/dial", path);
    assert_int_equal(mkfifo(rule.source, 0600), 0);
    int end = open(rule.source, O_RDWR | O_NONBLOCK);
    tells(end, "0.5\n");
    assert_int_equal(gauge_begin(&gauge, &rule, NULL, 0, &err), 0);
    char asked[8] = "";
    assert_int_equal(read(end, asked, sizeof asked), 2); // and not the old answer
    assert_string_equal(asked, "?\n");
    tells(end, "0.75\n");
    assert_int_equal(turned(), 0);
    assert_int_equal(value, 750000);
    gauge_end(&gauge);
    close(end);
    remove(rule.source);
    remove(path);
}

/// Of what a command says, all is looked at: its end alone could begin within a number.
static void a_command_that_says_too_much_is_no_reading(void **state)
{
    (void)state;
    strcpy(rule.source, "head -c 2000 /dev/zero | tr '\\0' -; echo 0.5");
    assert_int_equal(read_it(NULL), -EBADMSG);
    said("said too much: more than 1023 bytes");
}

static void a_device_that_is_not_there_or_goes_is_said(void **state)
{
    (void)state;
    rule.kind = BENCH_GAUGE_SERIAL;
    strcpy(rule.source, "/dev/no_such_dial");
    assert_int_equal(read_it(NULL), -ENOENT);
    said("gauge 'dial' cannot be read: No such file");
    lab_error_clear(&err);
    int cable = device(rule.source, sizeof rule.source);
    assert_int_equal(gauge_begin(&gauge, &rule, NULL, 0, &err), 0);
    close(cable);
    assert_int_equal(turned(), -EIO);
    gauge_end(&gauge);
}

static void a_printer_is_asked(void **state)
{
    struct link printer = {.says = {"// probe at 150,150 is z=0.987500", "ok"}};
    (void)state;
    rule.kind = BENCH_GAUGE_LINK;
    strcpy(rule.place, "G1 Z10");
    strcpy(rule.source, "PROBE");
    assert_int_equal(read_it(&printer), 0);
    assert_int_equal(value, 987500);
    assert_string_equal(printer.got, "G1 Z10;PROBE;");
    struct link unhomed = {.answer = -EIO};
    assert_int_equal(read_it(&unhomed), -EIO);
    said("gauge 'dial' cannot be reached: the printer says Must home axis first");
    assert_string_equal(unhomed.got, "G1 Z10;"); // not asked from anywhere else
    lab_error_clear(&err);
    assert_int_equal(read_it(NULL), -ENOTCONN);
    said("needs the printer");
}

/// Somebody's word that is not answered yet is waited for, and is no fault of the gauge; one that never is takes the gauge's time.
static void a_printer_that_is_busy_is_asked_again(void **state)
{
    struct link printer = {.says = {"z=0.5"}, .denied = 3, .again = 3};

    (void)state;
    rule.kind = BENCH_GAUGE_LINK;
    strcpy(rule.place, "G1 Z10");
    strcpy(rule.source, "PROBE");
    assert_int_equal(read_it(&printer), 0);
    assert_int_equal(value, 500000);
    assert_string_equal(printer.got, "G1 Z10;PROBE;");
    struct link never = {.denied = 1 << 30};
    assert_int_equal(gauge_begin(&gauge, &rule, &never, 0, &err), 0);
    assert_int_equal(gauge_turn(&gauge, 59 * S, &value, &err), 1);
    assert_int_equal(gauge_turn(&gauge, 61 * S, &value, &err), -ETIMEDOUT);
    assert_string_equal(never.got, "");
    gauge_end(&gauge);
}

/// A printer talks of other things, too: the newest it said counts.
static void chatter_does_not_hide_the_answer(void **state)
{
    char chatter[LINK_LINE];
    struct link printer = {.next = 0};

    (void)state;
    memset(chatter, '-', sizeof chatter - 1);
    chatter[sizeof chatter - 1] = '\0';
    for (int n = 0; n < 6; n++)
        printer.says[n] = chatter;
    printer.says[6] = "z=0.5";
    rule.kind = BENCH_GAUGE_LINK;
    strcpy(rule.source, "PROBE");
    assert_int_equal(read_it(&printer), 0);
    assert_int_equal(value, 500000);
}

/// A person reads until the rig has said it.
static void hears(int cable, const char *words)
{
    char seen[512] = "";
    size_t size = 0;

    while (!strstr(seen, words)) {
        ssize_t more = read(cable, seen + size, sizeof seen - 1 - size);
        if (more <= 0)
            fail_msg("'%s' does not say '%s'", seen, words);
        size += (size_t)more;
    }
}

/// A person at a terminal of their own: in a child, which becomes its session.
static void a_person_is_asked(void **state)
{
    char path[64];
    (void)state;
    rule.kind = BENCH_GAUGE_PROMPT;
    rule.scale_nm = 50000;
    strcpy(rule.source, "which line meets its neighbour?");
    int cable = device(path, sizeof path);
    tells(cable, "7\n"); // typed before it was asked for
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        int tty = open(path, O_RDWR);
        if (tty < 0 || ioctl(tty, TIOCSCTTY, 0) < 0 || dup2(tty, STDIN_FILENO) < 0 ||
            dup2(tty, STDERR_FILENO) < 0)
            _exit(3);
        char why[GAUGE_WHY];
        if (gauge_possible(&rule, why))
            _exit(6);
        _exit(read_it(NULL) ? 4 : value == -150000 ? 0 : 5);
    }
    hears(cable, "dial: which line meets its neighbour?");
    assert_int_equal(write(cable, "-0,15\n", 6), 6);
    hears(cable, "a comma: is it 0.25 or two numbers?: \"-0,15\"\r\ndial: which line");
    assert_int_equal(write(cable, "-3\n", 3), 3);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(cable);
}

static void nobody_to_ask_is_said(void **state)
{
    (void)state;
    rule.kind = BENCH_GAUGE_PROMPT;
    int kept = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    char why[GAUGE_WHY];
    assert_int_equal(gauge_possible(&rule, why), -ENOTTY);
    assert_string_equal(why, "gauge 'dial' asks a person, and there is no terminal");
    assert_int_equal(read_it(NULL), -ENOTTY);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(null);
    said("asks a person, and there is no terminal");
}

/// Before anything is printed: is the program there, the device, somebody to ask?
static void what_cannot_be_read_is_known_before(void **state)
{
    static const struct {
        uint8_t kind;
        const char *source, *why; ///< NULL: it can be read
    } rows[] = {
        {BENCH_GAUGE_CMD, "cat /nowhere", NULL}, // what it says is its own affair
        {BENCH_GAUGE_CMD, "  printf 1; no-such-program", NULL},
        {BENCH_GAUGE_CMD, "test -e /", NULL}, // a word of the shell's own
        {BENCH_GAUGE_CMD, "if true; then echo 1; fi", NULL},
        {BENCH_GAUGE_CMD, "X=1 no-such-program", NULL}, // only a shell can read these
        {BENCH_GAUGE_CMD, "$(no-such-program)", NULL},
        {BENCH_GAUGE_CMD, "'no-such-program'", NULL},
        {BENCH_GAUGE_CMD, "/bin/sh -c 'echo 1'", NULL},
        {BENCH_GAUGE_CMD, "2>/dev/null cat", NULL}, // a program may stand behind these
        {BENCH_GAUGE_CMD, "</etc/passwd >&2 2> /dev/null cat", NULL},
        {BENCH_GAUGE_CMD, "<<no-such-program", NULL},
        {BENCH_GAUGE_CMD, "<'a b' no-such-program", NULL},
        {BENCH_GAUGE_CMD, ">/dev/null; cat", NULL},
        {BENCH_GAUGE_CMD, "</etc/passwd", NULL},
        {BENCH_GAUGE_CMD, "2>/dev/null no-such-program 1", "wants the program no-such-program,"},
        {BENCH_GAUGE_CMD, "< /etc/passwd no-such-program", "wants the program no-such-program,"},
        {BENCH_GAUGE_CMD, "no-such-program", "wants the program no-such-program, which is not"},
        {BENCH_GAUGE_CMD, "no-such-program|cat", "wants the program no-such-program"},
        {BENCH_GAUGE_CMD, "/nowhere/dial 1", "wants the program /nowhere/dial: No such file"},
        {BENCH_GAUGE_CMD, "/etc/passwd", "wants the program /etc/passwd: Permission denied"},
        {BENCH_GAUGE_CMD, "/etc/", "wants /etc/: it is no program"},
        {BENCH_GAUGE_SERIAL, "/dev/null", NULL},
        {BENCH_GAUGE_SERIAL, "/dev/nowhere", "is read from /dev/nowhere: No such file"},
        {BENCH_GAUGE_LINK, "PROBE", NULL}};
    char why[GAUGE_WHY];

    (void)state;
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        rule.kind = rows[n].kind;
        strcpy(rule.source, rows[n].source);
        bool can = !gauge_possible(&rule, why);
        if (can != !rows[n].why || (!can && !strstr(why, rows[n].why)))
            fail_msg("%s: %s", rows[n].source, can ? "can be read" : why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_are_found, fresh),
        cmocka_unit_test_setup(the_last_z_is_found, fresh),
        cmocka_unit_test_setup(a_number_is_read_as_c_reads_it_or_not_at_all, fresh),
        cmocka_unit_test_setup(a_command_is_read, fresh),
        cmocka_unit_test_setup(a_command_that_fails_is_no_reading, fresh),
        cmocka_unit_test_setup(a_reading_out_of_range_is_the_gauges_fault, fresh),
        cmocka_unit_test_setup(a_command_hears_signals_as_usual, fresh),
        cmocka_unit_test_setup(a_command_that_hangs_is_ended, fresh),
        cmocka_unit_test_setup(a_serial_device_is_read, fresh),
        cmocka_unit_test_setup(what_was_not_heard_from_its_beginning_does_not_count, fresh),
        cmocka_unit_test_setup(what_was_said_before_is_no_answer, fresh),
        cmocka_unit_test_setup(a_command_that_says_too_much_is_no_reading, fresh),
        cmocka_unit_test_setup(a_device_that_is_not_there_or_goes_is_said, fresh),
        cmocka_unit_test_setup(a_printer_is_asked, fresh),
        cmocka_unit_test_setup(a_printer_that_is_busy_is_asked_again, fresh),
        cmocka_unit_test_setup(chatter_does_not_hide_the_answer, fresh),
        cmocka_unit_test_setup(a_person_is_asked, fresh),
        cmocka_unit_test_setup(nobody_to_ask_is_said, fresh),
        cmocka_unit_test_setup(what_cannot_be_read_is_known_before, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
