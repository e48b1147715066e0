// Lines that come in, one command at a time, its ok, and what is said unasked.
// SPDX-License-Identifier: MIT
#include "sim/serve/marlin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/doc/version.h"

static const int64_t keepalive_us = 2 * (int64_t)PLR_US_PER_S;

void marlin_say(struct marlin *m, const char *format, ...)
{
    va_list args;

    if (m->mute || m->halted)
        return;
    va_start(args, format);
    int size = vsnprintf(m->out + m->said, sizeof m->out - m->said, format, args);
    va_end(args);
    if (size >= 0 && (size_t)size < sizeof m->out - m->said)
        m->said += (size_t)size;
}

// --- the firmware begins -----------------------------------------------------------------------------------------

static void see(struct marlin *m)
{
    struct printer_look look;

    printer_look(m->printer, &look);
    m->printing = look.printing;
    m->phase = look.phase;
    m->result = look.result;
}

/// Everything that a firmware keeps in its memory is gone.
static void boot(struct marlin *m)
{
    m->first = m->lines = 0;
    m->come = 0;
    m->last = 0;
    m->wait = MARLIN_READY;
    m->busy.every_us = keepalive_us;
    m->temperature.every_us = m->sd.every_us = 0;
    m->selected = m->open = m->halted = false;
    m->seek = 0;
    m->boots = m->printer->boots;
    see(m);
    m->phase = PLR_PHASE_BOOT; // what the PLR has found is told behind this
    marlin_say(m, "start\nPowerUp\nMarlin-like plr-sim " LAB_VERSION "\necho:SD card ok\n");
}

void marlin_open(struct marlin *m, struct printer *printer)
{
    memset(m, 0, sizeof *m);
    m->printer = printer;
    m->boots = printer->boots;
    if (printer_alive(printer))
        boot(m);
}

// --- what is said unasked -------------------------------------------------------------------------------------------

/// Is it time again? Then it is set for the next.
static bool due(struct marlin_every *e, int64_t now_us)
{
    if (!e->every_us || now_us < e->next_us)
        return false;
    e->next_us += e->every_us;
    if (e->next_us <= now_us) // nobody looked for a while
        e->next_us = now_us + e->every_us;
    return true;
}

static void tell_plr(struct marlin *m, const struct printer_look *look)
{
    const char *word = lab_reason_word((int)look->reason);

    if (look->result != m->result && look->result == PLR_RESULT_REFUSED)
        marlin_say(m, "Error:PLR refused: %s: %s\n", word ? word : "reason",
                   plr_reason_text(look->reason));
    m->result = look->result;
    if (look->phase == m->phase)
        return;
    m->phase = look->phase;
    if (look->phase >= PLR_PHASE_CONSENT && look->phase <= PLR_PHASE_CALIBRATE)
        marlin_say(m, "// PLR phase %s\n", plr_phase_name(look->phase));
    if (look->phase == PLR_PHASE_CONSENT && look->result == PLR_RESULT_PENDING)
        marlin_say(m, "// PLR an unfinished print is saved: PLR_RESUME_PRINT goes on with it\n");
}

static void tell_resumed(struct marlin *m, const struct printer_look *look)
{
    m->selected = true;
    marlin_say(m, "File opened: %s Size: %llu\nFile selected\n// PLR resumed at byte %llu\n",
               m->printer->sim->job.name, (unsigned long long)look->file_size,
               (unsigned long long)look->file_at);
}

static void tell_changes(struct marlin *m)
{
    struct printer_look look;

    printer_look(m->printer, &look);
    tell_plr(m, &look);
    if (look.printing == m->printing)
        return;
    m->printing = look.printing;
    if (look.printing && look.result == PLR_RESULT_RESUMED)
        tell_resumed(m, &look);
    else if (!look.printing && look.done)
        marlin_say(m, "Done printing file\n");
}

static void report(struct marlin *m)
{
    int64_t now_us = m->printer->t_us;

    if (due(&m->temperature, now_us)) {
        marlin_say(m, " ");
        marlin_temperatures(m);
        marlin_say(m, "\n");
    }
    if (due(&m->sd, now_us))
        marlin_sd(m);
    if (m->wait == MARLIN_HEAT && now_us >= m->told_us + (int64_t)PLR_US_PER_S) {
        m->told_us = now_us;
        marlin_say(m, " ");
        marlin_temperatures(m);
        marlin_say(m, "\n");
    }
    if (m->wait != MARLIN_READY && due(&m->busy, now_us))
        marlin_say(m, "echo:busy: processing\n");
}

static void earlier(int64_t *at_us, const struct marlin_every *e)
{
    if (e->every_us && e->next_us < *at_us)
        *at_us = e->next_us;
}

int64_t marlin_due(const struct marlin *m)
{
    int64_t at_us = INT64_MAX;

    if (!printer_alive(m->printer) || m->halted)
        return at_us;
    earlier(&at_us, &m->temperature);
    earlier(&at_us, &m->sd);
    if (m->wait == MARLIN_READY)
        return at_us;
    earlier(&at_us, &m->busy);
    if (m->wait == MARLIN_HEAT && m->told_us + (int64_t)PLR_US_PER_S < at_us)
        at_us = m->told_us + (int64_t)PLR_US_PER_S;
    return at_us;
}

// --- commands, one at a time ------------------------------------------------------------------------------------------

static void wait_for(struct marlin *m, enum marlin_wait what)
{
    m->wait = what;
    m->told_us = m->printer->t_us;
    m->busy.next_us = m->printer->t_us + m->busy.every_us;
}

/// Does the PLR still do what the command at hand asked it for?
static bool plr_busy(const struct marlin *m)
{
    const struct sim *sim = m->printer->sim;
    enum plr_phase phase = sim->dut->phase(sim);

    if (m->wait == MARLIN_GATE)
        return phase == PLR_PHASE_CONSENT && sim->dut->result(sim) == PLR_RESULT_PENDING;
    return phase == PLR_PHASE_CALIBRATE ||
           (phase >= PLR_PHASE_HOME_Z0 && phase <= PLR_PHASE_VERIFY);
}

static bool waits(const struct marlin *m)
{
    if (m->wait == MARLIN_GATE || m->wait == MARLIN_LEVEL)
        return plr_busy(m);
    return printer_busy(m->printer);
}

static void begin(struct marlin *m)
{
    int wait = marlin_do(m);

    if (wait < 0)
        return;
    if (wait == MARLIN_READY)
        marlin_say(m, "ok\n");
    else
        wait_for(m, (enum marlin_wait)wait);
}

/// What was waited for may have come. True: the next command can be looked at.
static bool ended(struct marlin *m)
{
    enum marlin_wait was = m->wait;

    if (was == MARLIN_READY)
        return true;
    if (waits(m))
        return false;
    m->wait = MARLIN_READY;
    if (was == MARLIN_TURN) {
        begin(m);
        return m->wait == MARLIN_READY;
    }
    if (printer_failed(m->printer))
        marlin_say(m, "Error:%s: it could not be done, and the rest was dropped\n", m->command);
    marlin_say(m, "ok\n");
    return true;
}

static void next(struct marlin *m)
{
    struct frame frame;

    frame_read(m->line[m->first], strlen(m->line[m->first]), m->last, &frame);
    m->first = (m->first + 1) % MARLIN_LINES;
    m->lines--;
    m->last = frame.last;
    switch (frame.kind) {
    case FRAME_EMPTY: return;
    case FRAME_LONG:
        marlin_say(m, "Error:Line is longer than %d bytes\nok\n", FRAME_BYTES - 1);
        return;
    case FRAME_AGAIN:
        marlin_say(m, "Error:%s, Last Line: %lld\nResend: %lld\nok\n", frame.fault,
                   (long long)m->last, (long long)m->last + 1);
        return;
    case FRAME_COMMAND: break;
    }
    memcpy(m->command, frame.text, sizeof m->command);
    begin(m);
}

void marlin_turn(struct marlin *m)
{
    if (!printer_alive(m->printer) && !m->halted) {
        m->lines = 0;
        m->come = 0;
        m->wait = MARLIN_READY;
        return;
    }
    if (m->boots != m->printer->boots)
        boot(m);
    if (m->halted)
        return;
    tell_changes(m);
    while (ended(m) && m->lines && !m->halted) {
        next(m);
        tell_changes(m);
    }
    report(m);
}

// --- bytes ------------------------------------------------------------------------------------------------------------

/// Heard at once, whatever is under way.
static void urgent(struct marlin *m, const char *line, size_t size)
{
    int code = frame_urgent(line, size);

    if (code == 112)
        marlin_halt(m);
    else if (code)
        printer_no_wait(m->printer);
}

static void line_came(struct marlin *m)
{
    int last = (m->first + m->lines) % MARLIN_LINES;

    memcpy(m->line[last], m->coming, m->come);
    m->line[last][m->come] = '\0';
    for (size_t i = 0; i < m->come; i++) // a null inside would hide what follows
        if (!m->line[last][i])
            m->line[last][i] = '?';
    m->lines++;
    urgent(m, m->coming, m->come);
    m->come = 0;
}

size_t marlin_hear(struct marlin *m, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (m->deaf || m->halted || !printer_alive(m->printer))
            return size; // as if it had not been said
        bool ends = bytes[i] == '\n' || bytes[i] == '\r';
        if (!ends && m->come + 1 < sizeof m->coming) // what is longer is told so when it ends
            m->coming[m->come++] = bytes[i];
        if (!ends || !m->come)
            continue;
        if (m->lines == MARLIN_LINES)
            return i;
        line_came(m);
        marlin_turn(m);
    }
    return size;
}
