// Fuzzing the core as a whole: commands, lines, faults, cuts and boots in any order on the fake machine.
// SPDX-License-Identifier: MIT
//
// The input is a script of steps, a byte each and what the step takes from behind it. Whatever happens: answers are codes that
// exist, a core that has met the dark asks nothing more of the machine, nothing heats or moves before somebody said so, a
// refusal leaves the nozzle off, and all ends.
#include "core/plr/fake.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 64
#define POLLS_MAX 20000 // of one input: a calibration and two recoveries with heaters this fast
#define SAVES_MAX 40    // of them where waiting brings nothing but saves

static const char *const commands[] = {
    "PLR_RESUME_PRINT",
    "PLR_RESUME_PRINT CONSENT=cold_bed,file,calibration",
    "PLR_RESUME_PRINT CONSENT=cold_bed",
    "PLR_RESUME_PRINT CONSENT=,",
    "PLR_Z_HOME MODE=CALIBRATE",
    "PLR_Z_HOME MODE=RESUME",
    "PLR_Z_HOME",
    "PLR_RESET_PRINT_DATA",
    "PLR_SAVE_PRINT_STATE",
    "PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=3 LAYER_HEIGHT=0.2",
    "PLR_ENABLE",
    "PLR_DISABLE",
    "PLR_QUERY_SAVED_STATE JSON=1",
    "PLR_SAVE_MESH",
    "PLR_LOAD_MESH",
    "G28",
};

static const char *const said[] = {
    "EXCLUDE_OBJECT NAME=a",
    "EXCLUDE_OBJECT NAME=part_2.stl_id_1_copy_0",
    "EXCLUDE_OBJECT NAME=a RESET=1",
    "EXCLUDE_OBJECT RESET=1",
    "M486 P3",
    "M221 S95",
    "M290 Z0.02",
    "G1 X1",
};

struct script {
    const uint8_t *data;
    size_t size, at;
};

static struct plr plr;
static struct fake fake;
static struct plr_config config;
static uint32_t polls; // left
static uint32_t saves; // polls left while it prints or is idle
static bool asked;     // somebody asked for heat or motion since the last boot

static void check(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t next(struct script *script)
{
    return script->at < script->size ? script->data[script->at++] : 0;
}

static void code(int64_t answer)
{
    if (answer < 0)
        check(strcmp(plr_strerror((int)answer), plr_strerror(-9999)) != 0);
}

static void boot(void)
{
    fake_power_on(&fake);
    code(fake_boot(&fake, &config));
    asked = false;
}

static void command(struct script *script)
{
    uint8_t which = next(script);
    char text[64];
    size_t length = 0;

    if (which < sizeof commands / sizeof *commands) {
        length = strlen(commands[which]);
        memcpy(text, commands[which], length);
    } else {
        for (length = which % sizeof text; length > script->size - script->at;)
            length--;
        memcpy(text, script->data + script->at, length);
        script->at += length;
    }
    asked = true;
    // exactly as long, so that the sanitizer sees every byte too far
    char *exact = malloc(length ? length : 1);
    if (!exact)
        return;
    memcpy(exact, text, length);
    int answer = plr_command(&plr, &fake_port, &fake, exact, length);
    free(exact);
    check(answer <= 0);
    code(answer);
}

static void machine_fault(struct script *script)
{
    uint8_t bits = next(script), value = next(script);

    switch (bits % 8) {
    case 0: fake.switch_dead ^= 1u << value % PLR_Z_MAX; break;
    case 1: fake.switch_stuck ^= 1u << value % PLR_Z_MAX; break;
    case 2: fake.noise_nm = value * 2000, fake.noise_on = bits / 16; break;
    case 3: fake.follow_ppm[value % PLR_Z_MAX] = value * 4000; break;
    case 4: fake.missing = value & 1; break;
    case 5: fake.name_hash ^= value & 1; break;
    case 6: fake.no_chamber = value & 1; break;
    case 7: fake.mc[value % 3] = bits * 1000; break;
    }
}

static void port_error(struct script *script)
{
    static const int errors[] = {PLR_EIO, PLR_ENOENT, PLR_EINVAL, PLR_EBADMSG};
    uint8_t which = next(script), how = next(script);

    fake.fail = (enum fake_what)(which % FAKE_WHATS);
    fake.fail_error = errors[how % 4];
    fake.fail_skip = how / 16;
    fake.fail_times = how / 4 % 4;
}

static void lines(struct script *script)
{
    uint8_t line = next(script) % 27;

    if (plr.phase == PLR_PHASE_PRINTING && fake.line_at <= fake_offset(&fake, line))
        fake_print_to(&fake, line, next(script) * 3900);
}

static void sag(struct script *script)
{
    int32_t nm[PLR_Z_MAX];

    for (int i = 0; i < PLR_Z_MAX; i++)
        nm[i] = next(script) * 10000;
    boot();
    fake_sag(&fake, nm);
}

/// Poll and let time pass, until `phase` or until so much time is gone.
static void run(enum plr_phase phase, uint64_t most_us)
{
    uint64_t end = fake.now_us + most_us;

    for (; polls && plr.phase != phase && fake.now_us < end; polls--) {
        if ((plr.phase == PLR_PHASE_PRINTING || plr.phase == PLR_PHASE_IDLE) && !saves--) {
            saves = 0;
            return;
        }
        int64_t wait = plr_poll(&plr, &fake_port, &fake);
        code(wait);
        if (wait < 0)
            return;
        check(wait <= INT64_C(3600) * PLR_US_PER_S);
        uint64_t pass = (uint64_t)wait;
        if (fake.now_us < fake.motion.ends_us && fake.motion.ends_us - fake.now_us < pass)
            pass = fake.motion.ends_us - fake.now_us;
        fake_wait(&fake, pass);
    }
}

static void step(struct script *script)
{
    switch (next(script) % 14) {
    case 0: command(script); break;
    case 1: fake_console(&fake, said[next(script) % (sizeof said / sizeof *said)]); break;
    case 2: code(plr_poll(&plr, &fake_port, &fake)); break;
    case 3: run(PLR_PHASES, next(script) * UINT64_C(100000)); break;
    case 4: run((enum plr_phase)(next(script) % PLR_PHASES), UINT64_C(7200000000)); break;
    case 5: lines(script); break;
    case 6:
        asked = true;
        code(fake_begin(&fake));
        if (plr.phase == PLR_PHASE_PRINTING) // the job's own start has homed
            fake.energised = ((1u << PLR_Z_MAX) - 1u) | PLR_MOTOR_XY;
        break;
    case 7: code(plr_job_end(&plr, &fake_port, &fake)); break;
    case 8: code(plr_job_cancel(&plr, &fake_port, &fake)); break;
    case 9:
        fake.supply_bad = next(script) & 1;
        code(plr_power_fail(&plr, &fake_port, &fake));
        break;
    case 10: boot(); break;
    case 11: sag(script); break;
    case 12: fake.cut_at_call = fake.calls_made + next(script) * (next(script) & 7u); break;
    case 13: next(script) & 1 ? machine_fault(script) : port_error(script); break;
    }
}

/// What holds after every step.
static void holds(void)
{
    check(plr.phase < PLR_PHASES && plr.result <= PLR_RESULT_HOMED && plr.reason < PLR_REASONS);
    check(*plr_phase_name(plr.phase) && plr_reason_text(plr.reason));
    if (!asked) {
        check(fake_count(&fake, FAKE_HEAT) == 0 && fake_count(&fake, FAKE_Z_MOVE) == 0);
        check(fake_count(&fake, FAKE_XY_MOVE) == 0 && fake_count(&fake, FAKE_E_MOVE) == 0);
    }
    if (plr.dead) { // whoever met the dark touches nothing
        uint64_t calls = fake.calls_made, dark = fake.dark_calls;
        check(plr_poll(&plr, &fake_port, &fake) == PLR_EPOWER);
        check(plr_power_fail(&plr, &fake_port, &fake) == 0);
        check(fake.calls_made == calls && fake.dark_calls == dark);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size, 0};

    config = fake_config();
    config.on_command = next(&script) & 1;
    config.lift_cycles = next(&script) % 4;
    config.z_reference = next(&script) % 8 ? PLR_Z_PLUS : PLR_Z_KEPT;
    fake_init(&fake, &plr);
    for (size_t i = 0; i < sizeof fake.mc_per_s / sizeof *fake.mc_per_s; i++)
        fake.mc_per_s[i] *= 16;
    polls = POLLS_MAX;
    saves = SAVES_MAX;
    boot();
    for (int i = 0; i < STEPS_MAX && script.at < size; i++) {
        step(&script);
        holds();
    }
    return 0;
}
