// A fake of a Marlin-like printer on a pseudo-terminal, with what can go wrong on a serial line.
// SPDX-License-Identifier: MIT
#include "core/lab/link/fake.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { READ = 4096, QUEUE = 8, LINE = 256 };

struct command {
    int64_t n;
    char text[LINE];
};

struct own {
    int master, slave;
    char folder[64];
    char line[LINE];
    size_t size;
    int64_t last_n;
    struct command queue[QUEUE]; ///< commands taken and not yet begun
    int first, waiting;
    int64_t report_us, busy_us, wait_us;
    int64_t report_every_us;
    enum fake_job job;
    struct fake_marlin_faults faults;
    char log[16384];
};

static struct own *of(struct fake *fake)
{
    return fake->own;
}

struct fake_marlin_faults *fake_marlin_faults(struct fake *fake)
{
    return &of(fake)->faults;
}

const char *fake_marlin_log(const struct fake *fake)
{
    return ((const struct own *)fake->own)->log;
}

// --- wire ---------------------------------------------------------------------------------------------------------

static void raw(int fd)
{
    struct termios2 t;

    if (ioctl(fd, TCGETS2, &t))
        abort();
    t.c_iflag = t.c_oflag = t.c_lflag = 0;
    if (ioctl(fd, TCSETS2, &t))
        abort();
}

static void plug(struct fake *fake, bool in)
{
    struct own *own = of(fake);
    int unlocked = 0;
    unsigned number;

    (void)unlink(fake->address);
    if (own->master >= 0) {
        (void)close(own->slave);
        (void)close(own->master);
    }
    own->master = -1;
    fake->in = fake->out = 0;
    if (!in)
        return;
    own->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (own->master < 0 || ioctl(own->master, TIOCSPTLCK, &unlocked) ||
        ioctl(own->master, TIOCGPTN, &number))
        abort();
    char path[64];
    snprintf(path, sizeof path, "/dev/pts/%u", number);
    own->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (own->slave < 0 || symlink(path, fake->address))
        abort();
    raw(own->slave);
}

__attribute__((format(printf, 2, 3))) static void say(struct fake *fake, const char *format, ...)
{
    struct own *own = of(fake);
    char text[512];
    va_list args;

    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (own->master < 0 || own->faults.deaf || !fake->printer.logic)
        return;
    if (write(own->master, text, (size_t)size) != size)
        abort();
    fake->out += (uint64_t)size;
}

// --- answers ------------------------------------------------------------------------------------------------------

static void ok(struct fake *fake, int64_t n, const char *more)
{
    struct own *own = of(fake);

    if (own->faults.no_ok > 0)
        own->faults.no_ok--;
    else if (own->faults.advanced_ok && n >= 0)
        say(fake, "ok N%" PRId64 " P15 B3%s\n", n, more);
    else
        say(fake, "ok%s\n", more);
}

static void heat(const struct fake_printer *p, char out[128])
{
    snprintf(out, 128, " T:%d.%02d /%d.00 B:%d.%02d /%d.00 @:0 B@:0", p->nozzle_mc / 1000,
             p->nozzle_mc % 1000 / 10, p->nozzle_target_mc / 1000, p->bed_mc / 1000,
             p->bed_mc % 1000 / 10, p->bed_target_mc / 1000);
}

static void say_position(struct fake *fake)
{
    double at[4]; // what it says is text

    for (int i = 0; i < 4; i++)
        at[i] = (double)fake->printer.at_nm[i] / 1e6;
    say(fake, "X:%.2f Y:%.2f Z:%.2f E:%.2f Count X:0 Y:0 Z:0\n", at[0], at[1], at[2], at[3]);
}

static void say_caps(struct fake *fake)
{
    say(fake,
        "FIRMWARE_NAME:Marlin fake SOURCE_CODE_URL:none PROTOCOL_VERSION:1.0 MACHINE_TYPE:Fake "
        "EXTRUDER_COUNT:1\nCap:SDCARD:1\nCap:EMERGENCY_PARSER:1\n");
    say(fake, "Cap:AUTOREPORT_TEMP:%d\nCap:FORCE_MOVE:%d\n", !of(fake)->faults.no_heat_report,
        fake->printer.one_z);
}

static void say_job(struct fake *fake)
{
    const struct fake_printer *p = &fake->printer;

    bool open = p->job == FAKE_PAUSED || (p->job == FAKE_NO_JOB && p->file[0]);
    if (p->job == FAKE_RUNS || (open && !of(fake)->faults.old_card))
        say(fake, "SD printing byte %" PRId64 "/%" PRId64 "\n", p->file_at, p->file_size);
    else
        say(fake, "Not SD printing\n");
}

static void carry_out(struct fake *fake, const char *command)
{
    char words[LINK_LINE];
    struct fake_printer *p = &fake->printer;
    int bad = fake_do(p, command, words);

    if (bad == -ENOSYS)
        say(fake, "echo:Unknown command: \"%s\"\n", command);
    else if (bad)
        say(fake, strncmp(words, "open", 4) ? "Error:%s\n" : "%s\n", words);
    else if (!strncmp(command, "M23", 3))
        say(fake, "File opened: %s Size: %" PRId64 "\nFile selected\n", p->file, p->file_size);
    else if (!strncmp(command, "M155 S", 6))
        of(fake)->report_every_us = atoi(command + 6) * INT64_C(1000000);
    if (p->console[0])
        say(fake, "%s\n", p->console);
    p->console[0] = 0;
}

static void answer(struct fake *fake, const char *command, int64_t n)
{
    char more[128] = "";

    if (!strcmp(command, "M105"))
        heat(&fake->printer, more);
    else if (!strncmp(command, "M114", 4))
        say_position(fake);
    else if (!strcmp(command, "M115"))
        say_caps(fake);
    else if (!strcmp(command, "M27"))
        say_job(fake);
    else if (strncmp(command, "M110", 4) != 0)
        carry_out(fake, command);
    ok(fake, n, more);
}

// --- lines --------------------------------------------------------------------------------------------------------

static void again(struct fake *fake, const char *why)
{
    struct own *own = of(fake);

    say(fake, "Error:%s, Last Line: %" PRId64 "\nResend: %" PRId64 "\n", why, own->last_n,
        own->last_n + 1);
    if (!own->faults.resend_no_ok)
        ok(fake, -1, "");
}

static unsigned sum(const char *text, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size; i++)
        sum ^= (unsigned char)text[i];
    return sum;
}

static void take(struct fake *fake, const char *command, int64_t n)
{
    struct own *own = of(fake);
    size_t used = strlen(own->log);

    own->last_n = n;
    snprintf(own->log + used, sizeof own->log - used, "%s\n", command);
    if (own->waiting == QUEUE)
        abort(); // more under way than a printer has room for
    struct command *to = &own->queue[(own->first + own->waiting++) % QUEUE];
    to->n = n;
    snprintf(to->text, sizeof to->text, "%s", command);
}

static void hear_line(struct fake *fake, const char *line)
{
    struct own *own = of(fake);
    const char *star = strrchr(line, '*');
    char command[LINE];
    long n;
    int at = 0;

    if (!strcmp(line, "M112")) {
        fake_halt(&fake->printer, "Printer halted. kill() called!");
        say(fake, "Error:%s\n", fake->printer.halt_why);
        own->waiting = 0;
        return;
    }
    if (fake->printer.halted || sscanf(line, "N%ld %n", &n, &at) != 1)
        return;
    if (!star) {
        again(fake, "No Checksum with line number");
        return;
    }
    snprintf(command, sizeof command, "%.*s", (int)(star - line - at), line + at);
    bool hello = !strncmp(command, "M110", 4);
    if ((unsigned)atoi(star + 1) != sum(line, (size_t)(star - line)) ||
        (!hello && own->faults.bad_lines > 0)) {
        own->faults.bad_lines -= own->faults.bad_lines > 0;
        again(fake, "checksum mismatch");
    } else if (!hello && n != own->last_n + 1) {
        again(fake, "Line Number is not Last Line Number+1");
    } else {
        take(fake, command, n);
    }
}

static void hear(struct fake *fake)
{
    struct own *own = of(fake);
    char bytes[READ];
    ssize_t got = own->master >= 0 ? read(own->master, bytes, sizeof bytes) : 0;

    for (ssize_t i = 0; i < got; i++) {
        fake->in++;
        if (!fake->printer.logic)
            continue;
        if (bytes[i] != '\n') {
            if (own->size < sizeof own->line - 1)
                own->line[own->size++] = bytes[i];
            continue;
        }
        own->line[own->size] = 0;
        own->size = 0;
        hear_line(fake, own->line);
    }
}

// --- time ---------------------------------------------------------------------------------------------------------

static void work(struct fake *fake, int64_t now_us)
{
    struct own *own = of(fake);

    while (own->waiting && now_us >= own->faults.busy_until_us) {
        struct command command = own->queue[own->first];
        own->first = (own->first + 1) % QUEUE;
        own->waiting--;
        answer(fake, command.text, command.n);
    }
    if (own->waiting && !own->faults.dumb_busy && now_us >= own->busy_us) {
        own->busy_us = now_us + 1000000;
        say(fake, "echo:busy: processing\n");
    }
}

static void report(struct fake *fake, int64_t now_us)
{
    struct own *own = of(fake);
    char text[128];

    if (own->report_every_us && now_us >= own->report_us) {
        own->report_us = now_us + own->report_every_us;
        heat(&fake->printer, text);
        say(fake, "%s\n", text);
    }
    if (own->faults.says_wait && !own->waiting && now_us >= own->wait_us) {
        own->wait_us = now_us + 1000000;
        say(fake, "wait\n");
    }
    if (own->faults.noise_size && own->master >= 0) {
        if (write(own->master, own->faults.noise, own->faults.noise_size) < 0)
            abort();
        fake->out += own->faults.noise_size;
        own->faults.noise_size = 0;
    }
}

/// Before anybody hears that it is not printing.
static void tell_done(struct fake *fake)
{
    struct own *own = of(fake);

    if (own->job == FAKE_RUNS && fake->printer.job == FAKE_ENDED)
        say(fake, "Done printing file\n");
    own->job = fake->printer.job;
}

static void step(struct fake *fake, int64_t now_us)
{
    bool halted = fake->printer.halted;

    fake_pass(&fake->printer, now_us, fake->printer.logic);
    hear(fake);
    if (!fake->printer.logic || halted || fake->printer.halted)
        return;
    tell_done(fake);
    work(fake, now_us);
    report(fake, now_us);
}

// --- coming and going ---------------------------------------------------------------------------------------------

static void power(struct fake *fake, bool on)
{
    struct own *own = of(fake);
    struct fake_printer *p = &fake->printer;

    own->waiting = 0;
    own->size = 0;
    own->last_n = 0;
    own->report_every_us = 0;
    p->logic = on;
    p->halted = false;
    p->job = FAKE_NO_JOB;
    p->file[0] = 0;
    memset(p->at_nm, 0, sizeof p->at_nm);
    own->job = FAKE_NO_JOB;
    if (on)
        say(fake, "start\necho: External Reset\nMarlin fake\n");
}

static void open_fake(struct fake *fake)
{
    struct own *own = calloc(1, sizeof *own);

    if (!own)
        abort();
    own->master = -1;
    snprintf(own->folder, sizeof own->folder, "/tmp/plr_link_XXXXXX");
    if (!mkdtemp(own->folder))
        abort();
    snprintf(fake->address, sizeof fake->address, "%s/tty", own->folder);
    fake->own = own;
}

static void close_fake(struct fake *fake)
{
    plug(fake, false);
    (void)rmdir(of(fake)->folder);
    free(fake->own);
}

const struct fake_ops fake_marlin = {LINK_MARLIN, "marlin", open_fake, close_fake,
                                     step,        plug,     power};
