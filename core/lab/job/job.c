// Mapping a job file and walking once through it.
// SPDX-License-Identifier: MIT
#include "core/lab/job/job.h"

#include "core/plr/gcode/gcode.h"
#include "core/plr/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/// The names of unknown codes that the list has no room for, as hashes: only their number matters.
struct names {
    uint64_t *slot; ///< open addressing, 0 is free
    size_t room, used;
};

/// What the walk carries from line to line.
struct walk {
    struct lab_job *job;
    const struct lab_printer *printer;
    struct lab_error *error;
    struct plr_modal modal;
    struct names more;
    int64_t line;
    const char *text;
    size_t len;
};

// A machine may be driven this far past its nominal travel (endstops, wiping at the edge).
static const int64_t edge_nm = 5 * PLR_NM_PER_MM;

// --- complaints ----------------------------------------------------------------------------------------

__attribute__((format(printf, 3, 4))) static void
place_error(struct walk *walk, const struct lab_place *place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    lab_error_at(walk->error, place, format, args);
    va_end(args);
    if (walk->error)
        walk->error->line = (int)walk->line;
}

/// Characters before byte `at` of the line: columns are counted in them.
static int characters(const struct walk *walk, size_t at)
{
    int n = 0;

    for (size_t i = 0; i < at; n++) {
        size_t step = lab_utf8(walk->text + i, walk->len - i);
        i += step ? step : 1;
    }
    return n;
}

/// Complain about `len` bytes of the line from `at`; the message begins with them.
__attribute__((format(printf, 4, 5))) static int complain(struct walk *walk, size_t at, size_t len,
                                                          const char *format, ...)
{
    char token[64], sentence[160];
    size_t keep = len < sizeof token - 1 ? len : sizeof token - 1;
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    while (keep && strchr("\r\t ", walk->text[at + keep - 1]))
        keep--;
    for (size_t i = 0; i < keep; i++)
        token[i] = (char)(walk->text[at + i] ? walk->text[at + i] : '?');
    token[keep] = '\0';
    // the excerpt is the line itself: a whole file may be 100 MB
    struct lab_place place = {.file = walk->job->name,
                              .text = walk->text,
                              .size = walk->len,
                              .line = 1,
                              .column = characters(walk, at) + 1,
                              .token = token};
    place_error(walk, &place, "'%s' %s", token, sentence);
    return -EINVAL;
}

static int complain_fault(struct walk *walk, const struct plr_gcode_line *line)
{
    static const char *const texts[] = {
        [PLR_GCODE_FINE] = "cannot be read",
        [PLR_GCODE_NAN] = "is not a number",
        [PLR_GCODE_TOO_BIG] = "is a number beyond all machines",
        [PLR_GCODE_BAD_CHECKSUM] = "is not the checksum of this line",
        [PLR_GCODE_BINARY] = "is a control character: this is not a G-code file",
    };
    return complain(walk, line->fault_at, line->fault_len, "%s", texts[line->fault]);
}

/// Commands are the same in either case.
static void upper(char *to, size_t room, const char *from, size_t len)
{
    size_t n = len < room - 1 ? len : room - 1;

    for (size_t i = 0; i < n; i++)
        to[i] = (char)(from[i] >= 'a' && from[i] <= 'z' ? from[i] - 'a' + 'A' : from[i]);
    to[n] = '\0';
}

static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); // FNV-1a
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

/// Where a hash is or goes. There is always a free slot.
static uint64_t *slot_of(struct names *names, uint64_t hash)
{
    size_t i = hash % names->room;
    while (names->slot[i] && names->slot[i] != hash)
        i = (i + 1) % names->room;
    return &names->slot[i];
}

static bool grow(struct names *names)
{
    struct names wider = {.room = names->room ? 2 * names->room : 256, .used = names->used};
    wider.slot = calloc(wider.room, sizeof *wider.slot);
    if (!wider.slot)
        return false;
    for (size_t i = 0; i < names->room; i++)
        if (names->slot[i])
            *slot_of(&wider, names->slot[i]) = names->slot[i];
    free(names->slot);
    *names = wider;
    return true;
}

/// A name that is not in the list. Beyond LAB_UNKNOWN_NAMES names, or without memory, only lines are counted.
static void count_more(struct walk *walk, const char *name)
{
    struct lab_job *job = walk->job;
    struct names *more = &walk->more;

    job->unknown_more_lines++;
    if (job->unknown_more == LAB_UNKNOWN_NAMES)
        return;
    if (2 * more->used >= more->room && !grow(more)) {
        job->unknown_more = LAB_UNKNOWN_NAMES;
        return;
    }
    uint64_t hash = hash_of(name), *slot = slot_of(more, hash);
    if (!*slot) {
        *slot = hash;
        more->used++;
        job->unknown_more++;
    }
}

static void count_unknown(struct walk *walk, const struct plr_gcode_line *line)
{
    struct lab_job *job = walk->job;
    char name[LAB_UNKNOWN_NAME];

    if (line->kind == PLR_GCODE_EXTENDED)
        upper(name, sizeof name, line->name, line->name_len);
    else
        snprintf(name, sizeof name, "%c%d", line->letter ? line->letter : '?', (int)line->code);
    for (int32_t i = 0; i < job->unknowns; i++)
        if (!strcmp(job->unknown[i].name, name)) {
            job->unknown[i].count++;
            return;
        }
    if (job->unknowns == LAB_UNKNOWN_MAX) {
        count_more(walk, name);
        return;
    }
    struct lab_unknown *fresh = &job->unknown[job->unknowns++];
    memcpy(fresh->name, name, sizeof name);
    fresh->count = 1;
}

/// Does the arc pass the direction (du, dv) from its centre, between its ends?
static bool passes(const double from[2], const double to[2], bool clockwise, double du, double dv)
{
    const double *a = clockwise ? to : from,
                 *b = clockwise ? from : to; // counter-clockwise from a to b
    bool behind_a = a[0] * dv - a[1] * du > 0.0, before_b = du * b[1] - dv * b[0] > 0.0;
    double turn = a[0] * b[1] - a[1] * b[0], along = a[0] * b[0] + a[1] * b[1];

    if (from[0] == to[0] && from[1] == to[1])
        return true; // a full circle
    bool half = turn > 0.0 || (turn == 0.0 && along < 0.0);
    return half ? behind_a && before_b : behind_a || before_b;
}

/// Smallest and largest coordinates of the path: an arc bulges beyond its ends.
static void extent(const struct plr_action *action, uint8_t plane, int64_t low[3], int64_t high[3])
{
    static const int axes[3][2] = {{0, 1}, {2, 0}, {1, 2}}; // G17, G18, G19
    const int *axis = axes[plane - 17];
    double from[2], to[2], square = 0.0;

    for (int i = 0; i < 3; i++) {
        low[i] = action->from_nm[i] < action->to_nm[i] ? action->from_nm[i] : action->to_nm[i];
        high[i] = action->from_nm[i] < action->to_nm[i] ? action->to_nm[i] : action->from_nm[i];
    }
    if (action->kind != PLR_ACT_ARC)
        return;
    for (int i = 0; i < 2; i++) {
        from[i] = (double)(action->from_nm[axis[i]] - action->centre_nm[i]);
        to[i] = (double)(action->to_nm[axis[i]] - action->centre_nm[i]);
        square += from[i] * from[i];
    }
    int64_t radius = (int64_t)sqrt(square);
    for (int i = 0; i < 2; i++) {
        if (passes(from, to, action->clockwise, i == 0 ? 1.0 : 0.0, i == 1 ? 1.0 : 0.0))
            high[axis[i]] = action->centre_nm[i] + radius;
        if (passes(from, to, action->clockwise, i == 0 ? -1.0 : 0.0, i == 1 ? -1.0 : 0.0))
            low[axis[i]] = action->centre_nm[i] - radius;
    }
}

static int check_move(struct walk *walk, const struct plr_action *action)
{
    struct lab_job *job = walk->job;
    int64_t low[3], high[3];

    job->moves++;
    extent(action, walk->modal.plane, low, high);
    for (int i = 0; i < 3; i++) {
        bool below = low[i] < -edge_nm;
        if (!below && high[i] <= walk->printer->travel_nm[i] + edge_nm)
            continue;
        int64_t reached = below ? low[i] : high[i], size = reached < 0 ? -reached : reached;
        return complain(walk, 0, walk->len,
                        "moves %c to %s%lld.%03lld mm, out of the machine (0 to %lld mm)", "XYZ"[i],
                        below ? "-" : "", (long long)(size / PLR_NM_PER_MM),
                        (long long)(size / 1000 % 1000),
                        (long long)(walk->printer->travel_nm[i] / PLR_NM_PER_MM));
    }
    if (!action->extrudes)
        return 0;
    for (int i = 0; i < 3; i++) {
        if (!job->extruding_moves || low[i] < job->box_nm[0][i])
            job->box_nm[0][i] = low[i];
        if (!job->extruding_moves || high[i] > job->box_nm[1][i])
            job->box_nm[1][i] = high[i];
    }
    job->extruding_moves++;
    return 0;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/// Why a line that reads well cannot be carried out.
static const char *cannot_be_done(const struct plr_gcode_line *line, int error)
{
    if (line->kind == PLR_GCODE_EXTENDED && plr_gcode_is(line, "BED_MESH_PROFILE"))
        return "names a mesh longer than 16 characters";
    if (error == PLR_ERANGE)
        return "leaves the +-2 m this program can hold";
    return line->kind == PLR_GCODE_EXTENDED ? "has an argument that is not a number"
                                            : "is an arc that cannot be drawn";
}

/// A line whose arguments are no G-code words is somebody's own ("M1002 gcode_claim_action : 2", "M0 Click to go on") as long as
/// its first word is no command that this machine acts on.
static bool somebody_elses(struct walk *walk, struct plr_gcode_line *line)
{
    struct plr_modal scratch = walk->modal;
    struct plr_action action;
    size_t word = 0;

    if (line->fault != PLR_GCODE_NAN)
        return false;
    while (word < walk->len && walk->text[word] != ' ' && walk->text[word] != '\t')
        word++;
    return !plr_gcode_lex(walk->text, word, line) && !plr_modal_apply(&scratch, line, &action) &&
           action.kind == PLR_ACT_UNKNOWN;
}

static int walk_line(struct walk *walk)
{
    struct plr_gcode_line line;
    struct plr_action action;
    struct lab_job *job = walk->job;

    if (plr_gcode_lex(walk->text, walk->len, &line)) {
        struct plr_gcode_line word = line;
        if (!somebody_elses(walk, &word))
            return complain_fault(walk, &line);
        count_unknown(walk, &word);
        return 0;
    }
    int error = plr_modal_apply(&walk->modal, &line, &action);
    if (error)
        return complain(walk, 0, walk->len, "%s", cannot_be_done(&line, error));
    if (action.kind == PLR_ACT_MOVE || action.kind == PLR_ACT_ARC)
        error = check_move(walk, &action);
    else if (action.kind == PLR_ACT_UNKNOWN)
        count_unknown(walk, &line);
    if (action.kind == PLR_ACT_START) {
        walk->modal.bed_mc = action.heat_mc[0];
        walk->modal.nozzle_mc[0] = action.heat_mc[1];
    }
    job->layers += action.new_layer;
    job->bed_mc = larger(job->bed_mc, walk->modal.bed_mc);
    job->nozzle_mc = larger(job->nozzle_mc, walk->modal.nozzle_mc[0]);
    return error;
}

static int walk_lines(struct walk *walk)
{
    struct lab_job *job = walk->job;
    uint64_t at = 0, next;

    plr_modal_init(&walk->modal);
    while (at < job->size) {
        walk->text = job->data + at;
        walk->len = lab_job_line(job, at, &next);
        walk->line++;
        int bad = walk_line(walk);
        if (bad)
            return bad;
        at = next;
    }
    job->lines = walk->line;
    return 0;
}

static int walk_file(struct lab_job *job, const struct lab_printer *printer,
                     struct lab_error *error)
{
    struct walk walk = {.job = job, .printer = printer, .error = error};

    int bad = walk_lines(&walk);
    free(walk.more.slot);
    if (bad || job->extruding_moves)
        return bad;
    lab_error_at_file(error, job->name,
                      "nothing is extruded in this file: there is nothing to print");
    return -EINVAL;
}

/// "; filament_type = ABS;PLA" (or "; filament_type: ABS") near either end of the file.
static void find_material(struct lab_job *job)
{
    static const char key[] = "; filament_type";
    const size_t window = 65536, key_len = sizeof key - 1;

    for (int end = 0; end < 2 && !job->material[0]; end++) {
        size_t from = end == 0 && job->size > window ? job->size - window : 0;
        size_t to = end == 1 && job->size > window ? window : job->size;
        for (size_t i = from; i + key_len < to; i++) {
            if (memcmp(job->data + i, key, key_len))
                continue;
            i += key_len;
            while (i < to && (job->data[i] == ' ' || job->data[i] == '=' || job->data[i] == ':'))
                i++;
            for (size_t n = 0; i < to && n + 1 < sizeof job->material && job->data[i] > ' ' &&
                               job->data[i] != ';' && job->data[i] != ',';
                 n++)
                job->material[n] = job->data[i++];
            break;
        }
    }
}

int lab_job_use(struct lab_job *job, const char *name, const char *data, size_t size,
                const struct lab_printer *printer, struct lab_error *error)
{
    memset(job, 0, sizeof *job);
    const char *slash = strrchr(name, '/');
    snprintf(job->name, sizeof job->name, "%s", slash ? slash + 1 : name);
    job->data = data;
    job->size = size;
    job->hash = plr_crc32c(0, data, size);
    job->name_hash = plr_crc32c(0, job->name, strlen(job->name));
    find_material(job);
    return walk_file(job, printer, error);
}

int lab_job_open(struct lab_job *job, const char *path, const struct lab_printer *printer,
                 struct lab_error *error)
{
    struct stat info;

    memset(job, 0, sizeof *job);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int bad = fd < 0 || fstat(fd, &info) ? errno : 0;
    if (!bad && S_ISDIR(info.st_mode))
        bad = EISDIR;
    if (!bad && info.st_size == 0) {
        lab_error_at_file(error, path, "the job file is empty");
        close(fd);
        return -EINVAL;
    }
    void *data = MAP_FAILED;
    if (!bad) {
        data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        bad = data == MAP_FAILED ? errno : 0;
    }
    if (fd >= 0)
        close(fd);
    if (bad) {
        lab_error_at_file(error, path, "the job file cannot be read: %s", strerror(bad));
        return -bad;
    }
    bad = lab_job_use(job, path, data, (size_t)info.st_size, printer, error);
    if (bad) {
        snprintf(error->file, sizeof error->file, "%s", path);
        lab_job_close(job);
    }
    return bad;
}

void lab_job_close(struct lab_job *job)
{
    if (job->data)
        munmap((void *)(uintptr_t)job->data, job->size);
    job->data = NULL;
}

size_t lab_job_line(const struct lab_job *job, uint64_t offset, uint64_t *next)
{
    const char *begin = job->data + offset;
    const char *end = memchr(begin, '\n', job->size - offset);

    if (!end) {
        *next = job->size;
        return job->size - offset;
    }
    *next = (uint64_t)(end - job->data) + 1;
    return (size_t)(end - begin);
}

int64_t lab_job_line_number(const struct lab_job *job, uint64_t offset)
{
    int64_t number = 1;
    uint64_t at = 0, next;

    while (at < job->size) {
        lab_job_line(job, at, &next);
        if (offset < next)
            return number;
        at = next;
        number++;
    }
    return number;
}
