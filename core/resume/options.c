// The command line of plr-resume: its options, and what they ask for.
// SPDX-License-Identifier: MIT
#include "core/resume/options.h"

#include <inttypes.h>
#include <string.h>

#include "core/lab/doc/version.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const struct lab_cli_verb verbs[] = {
    {"", "[STATE.json] JOB.gcode", "", 1, 2},
};

#define TEXT(name, argument, about, field)                                                \
    {                                                                                     \
        name, 0, argument, about, LAB_CLI_TEXT, offsetof(struct resume_options, field), 1 \
    }
#define FLAG(name, about, field)                                                      \
    {                                                                                 \
        name, 0, NULL, about, LAB_CLI_FLAG, offsetof(struct resume_options, field), 1 \
    }

static const struct lab_cli_option options[] = {
    TEXT("dialect", "NAME", "klipper, marlin or rrf: what the printer speaks.", dialect),
    {"out", 'o', "FILE", "Write this file; it must not be the job. - is stdout (the text alone).",
     LAB_CLI_TEXT, offsetof(struct resume_options, out), 1},
    TEXT("at-byte", "N", "Go on with the line that holds this byte of the file (from 0).", at_byte),
    TEXT("at-layer", "N", "Go on with this layer, counted as the file does.", at_layer),
    TEXT("at-z", "MM",
         "The part is complete up to this height, measured on it: go on with the layer above the "
         "one nearest to it.",
         at_z),
    FLAG("split-move",
         "Print only the rest of the running line. Without it the whole line is printed again.",
         split_move),
    FLAG("in-place",
         "Klipper: write the commands that make the file itself go on (M23, M26, M24), no new "
         "file. Give the job's path as seen "
         "from the folder of the virtual SD card.",
         in_place),
    TEXT("z-from", "WAY",
         "How Z is known again: plus (endstops at the top; Klipper's default), kept (screws held "
         "it; "
         "the others' default), at:MM (the nozzle stands there), machine (homed already, nozzle "
         "clear). Klipper needs [force_move] enable_force_move: True for all but machine.",
         z_from),
    TEXT("lift", "MM", "Clearance above everything printed; 10 if not said.", lift),
    TEXT("prime", "MM", "Filament pushed before the print goes on; 15 if not said.", prime),
    TEXT("prime-at", "X,Y", "Where; clear of the part. If not said: where X and Y home.", prime_at),
    TEXT("hotend", "C", "Nozzle target instead of the job's.", hotend),
    TEXT("bed", "C", "Bed target instead of the job's.", bed),
    TEXT("soften", "C",
         "Nozzle temperature that frees it from the part and does not ooze; 60 % of the target if "
         "not said.",
         soften),
    FLAG("any-file", "Take the job although size or contents are not the saved state's.", any_file),
    FLAG("careful", "Read every line with the lexer: slower, the same result.", careful),
    {"json", 0, "FILE", "Write a report as JSON; - is stdout.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, json), 1},
    {"quiet", 'q', NULL, "Say nothing but errors.", LAB_CLI_FLAG, offsetof(struct lab_cli, quiet),
     1},
    {"help", 'h', NULL, "Print this and end.", LAB_CLI_FLAG, offsetof(struct lab_cli, help), 1},
    {"version", 'V', NULL, "Print the version and end.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, version), 1},
};

static const char *const examples[] = {
    "plr-resume state.json benchy.gcode --dialect klipper --split-move -o rest.gcode",
    "From a saved state (PLR_QUERY_SAVED_STATE JSON=1), in the middle of the move.",
    "plr-resume --at-z 12.4 benchy.gcode --dialect marlin --z-from at:12.4 -o rest.gcode",
    "The part is 12.4 mm high, and the nozzle was put on top of it by hand.",
};

static const char notes[] =
    "The job is never changed. The new file says in its first lines what it takes for granted: "
    "read it. All of it is in docs/RESUME.md.\n"
    "Exit status: 0 written, 2 wrong use or a bad file, 3 it could not be written, 5 a bug.";

const struct lab_cli_program *resume_program(void)
{
    static const struct lab_cli_program program = {
        .name = "plr-resume",
        .version = LAB_VERSION,
        .about = "make a file that prints the rest of a print that was cut off",
        .verb = verbs,
        .verbs = COUNT(verbs),
        .option = options,
        .options = COUNT(options),
        .notes = notes,
        .example = examples,
        .examples = COUNT(examples) / 2,
        .size = sizeof(struct resume_options),
    };
    return &program;
}

// --- values ----------------------------------------------------------------------------------------

struct reader {
    struct resume_request *request;
    struct lab_error *err;
};

__attribute__((format(printf, 2, 3))) static int complain(struct reader *r, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lab_error_at_file(r->err, NULL, "%s", text);
    return LAB_EINVAL;
}

/// A decimal number in millionths, within limits given in whole units.
static int number(struct reader *r, const char *option, const char *text, size_t len, int64_t low,
                  int64_t high, int64_t *micro)
{
    int64_t value;
    int used = plr_gcode_number(text, len, &value);

    if (used < 0 || (size_t)used != len)
        return complain(r, "--%s wants a number, not '%.60s'", option, text);
    if (value < low * 1000000 || value > high * 1000000)
        return complain(r, "--%s: %.60s is not between %" PRId64 " and %" PRId64, option, text, low,
                        high);
    *micro = value;
    return 0;
}

static int whole(struct reader *r, const char *option, const char *text, uint64_t most,
                 uint64_t *out)
{
    uint64_t value = 0;

    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9')
            return complain(r, "--%s wants a whole number, not '%.60s'", option, text);
        if (value > (most - (uint64_t)(*c - '0')) / 10)
            return complain(r, "--%s: %.60s is too large", option, text);
        value = value * 10 + (uint64_t)(*c - '0');
    }
    *out = value;
    return 0;
}

static int optional(struct reader *r, const char *option, const char *text, int64_t high,
                    int64_t *micro)
{
    return text ? number(r, option, text, strlen(text), 0, high, micro) : 0;
}

static int degrees(struct reader *r, const char *option, const char *text, int32_t *mc)
{
    int64_t micro = (int64_t)*mc * 1000;
    int error = optional(r, option, text, 500, &micro);

    if (!error && text)
        *mc = (int32_t)(micro / 1000);
    return error;
}

static int take_dialect(struct reader *r, const char *text)
{
    static const char *const names[RESUME_DIALECTS] = {"klipper", "marlin", "rrf"};

    if (!text)
        return complain(r, "--dialect is missing: klipper, marlin or rrf");
    for (int i = 0; i < RESUME_DIALECTS; i++)
        if (!strcmp(text, names[i])) {
            r->request->dialect = (enum resume_dialect)i;
            return 0;
        }
    const char *near = lab_cli_nearest(text, names, RESUME_DIALECTS);
    return complain(r, "--dialect wants klipper, marlin or rrf, not '%.60s'%s%s%s", text,
                    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int take_z(struct reader *r, const char *text)
{
    static const struct {
        const char *word;
        enum resume_z z;
    } words[] = {{"plus", RESUME_Z_PLUS}, {"kept", RESUME_Z_KEPT}, {"machine", RESUME_Z_MACHINE}};

    if (!text)
        return 0;
    for (int i = 0; i < COUNT(words); i++)
        if (!strcmp(text, words[i].word)) {
            r->request->z_from = words[i].z;
            return 0;
        }
    if (strncmp(text, "at:", 3) != 0)
        return complain(r, "--z-from wants plus, kept, at:MM or machine, not '%.60s'", text);
    r->request->z_from = RESUME_Z_AT;
    return number(r, "z-from", text + 3, strlen(text + 3), 0, 2000, &r->request->z_at_nm);
}

static int take_prime_at(struct reader *r, const char *text)
{
    const char *comma = text ? strchr(text, ',') : NULL;

    if (!text)
        return 0;
    if (!comma)
        return complain(r, "--prime-at wants X,Y, not '%.60s'", text);
    r->request->has_prime_at = true;
    int error = number(r, "prime-at", text, (size_t)(comma - text), -2000, 2000,
                       &r->request->prime_at_nm[0]);
    return error ? error
                 : number(r, "prime-at", comma + 1, strlen(comma + 1), -2000, 2000,
                          &r->request->prime_at_nm[1]);
}

static int take_place(struct reader *r, const struct resume_options *o)
{
    struct resume_request *q = r->request;
    int named = (o->at_byte != NULL) + (o->at_layer != NULL) + (o->at_z != NULL);
    bool state = o->cli.operands == 2;
    int places = named + state;
    uint64_t layer = 0;

    if (places != 1)
        return complain(r, places ? "a saved state, --at-byte, --at-layer, --at-z: only one of "
                                    "them says where to go on"
                                  : "where to go on? Give a saved state before the job, or "
                                    "--at-byte, --at-layer or --at-z");
    q->place = o->at_byte    ? RESUME_AT_BYTE
               : o->at_layer ? RESUME_AT_LAYER
               : o->at_z     ? RESUME_AT_Z
                             : RESUME_BY_STATE;
    if (o->split_move && !state)
        return complain(
            r, "--split-move needs a saved state: only that knows how much of a move is done");
    if (o->at_byte)
        return whole(r, "at-byte", o->at_byte, INT64_MAX, &q->byte);
    if (o->at_z)
        return number(r, "at-z", o->at_z, strlen(o->at_z), 0, 2000, &q->z_nm);
    int error = o->at_layer ? whole(r, "at-layer", o->at_layer, INT32_MAX, &layer) : 0;
    q->layer = (int32_t)layer;
    return error;
}

int resume_options_take(const struct resume_options *o, struct resume_request *request,
                        struct lab_error *err)
{
    struct reader r = {request, err};
    int error;

    resume_request_init(request);
    request->split_move = o->split_move;
    request->in_place = o->in_place;
    request->any_file = o->any_file;
    request->careful = o->careful;
    if ((error = take_dialect(&r, o->dialect)) || (error = take_place(&r, o)) ||
        (error = take_z(&r, o->z_from)) ||
        (error = optional(&r, "lift", o->lift, 500, &request->lift_nm)) ||
        (error = optional(&r, "prime", o->prime, 500, &request->prime_nm)) ||
        (error = take_prime_at(&r, o->prime_at)) ||
        (error = degrees(&r, "hotend", o->hotend, &request->hotend_mc)) ||
        (error = degrees(&r, "bed", o->bed, &request->bed_mc)) ||
        (error = degrees(&r, "soften", o->soften, &request->soften_mc)))
        return error;
    return o->out ? 0 : complain(&r, "-o FILE is missing: where to write");
}
