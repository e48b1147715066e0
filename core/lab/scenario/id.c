// Reads and writes run IDs.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/id.h"

#include <inttypes.h>
#include <string.h>

#include "core/plr/journal/journal.h"

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._-/", c) != NULL);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool lab_id_is(const char *text)
{
    const char *at = strchr(text, '@');
    if (at == NULL) {
        return false;
    }
    for (int i = 1; i <= 8; i++) {
        if (hex_value(at[i]) < 0) {
            return false;
        }
    }
    return at[9] == '#' && at[10] == 's';
}

bool lab_id_meant(const char *text)
{
    const char *at = strchr(text, '@');
    const char *seed = strstr(text, "#s");
    const char *head = at != NULL ? at : seed;
    if (head == NULL || (at == NULL && (seed[2] < '0' || seed[2] > '9'))) {
        return false;
    }
    // a path goes on behind its odd character: to a folder, to the end of a file's name
    const size_t rest = strlen(head);
    const bool yaml = (rest >= 5 && strcmp(head + rest - 5, ".yaml") == 0) ||
                      (rest >= 4 && strcmp(head + rest - 4, ".yml") == 0);
    return !(yaml && strpbrk(head, "#+") == NULL) && head[strcspn(head, "/#:+")] != '/';
}

// --- reading ----------------------------------------------------------------------------------------

struct reader {
    const char *text;
    size_t at;
    struct lab_error *err;
};

__attribute__((format(printf, 2, 3))) static int odd(const struct reader *r, const char *format,
                                                     ...)
{
    const struct lab_place place = {.file = "run ID",
                                    .text = r->text,
                                    .size = strlen(r->text),
                                    .line = 1,
                                    .column = (int)r->at + 1};
    va_list args;
    va_start(args, format);
    lab_error_at(r->err, &place, format, args);
    va_end(args);
    return LAB_EINVAL;
}

/// Decode up to one of `stops` (or the end); an '=' may stand for itself where `equals` says so.
static int decode(struct reader *r, const char *stops, bool equals, char *out, size_t room)
{
    size_t n = 0;
    for (char c; (c = r->text[r->at]) != '\0' && strchr(stops, c) == NULL; r->at++) {
        if (c == '%') {
            const int high = hex_value(r->text[r->at + 1]);
            const int low = high >= 0 ? hex_value(r->text[r->at + 2]) : -1;
            if (low < 0 || high * 16 + low == 0) {
                return odd(r, "a percent sign needs two hexadecimal digits, not 00");
            }
            c = (char)(high * 16 + low);
            r->at += 2;
        } else if (!is_plain(c) && !(equals && c == '=')) {
            return odd(r, "a character that an ID writes with a percent sign");
        }
        if (n + 1 >= room) {
            return odd(r, "too long");
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0 ? LAB_OK
                 : odd(r, "something is missing here: NAME@HASH8#sSEED[:CUT...][+KEY=VALUE...]");
}

static int read_name(struct reader *r, char *out, size_t room)
{
    if (strchr(r->text, '@') == NULL) {
        r->at = strcspn(r->text, "#:+");
        return odd(r, "'@' and the hash are missing: NAME@HASH8#sSEED[:CUT...][+KEY=VALUE...]");
    }
    return decode(r, "@", false, out, room);
}

static int expect(struct reader *r, const char *token)
{
    if (strncmp(r->text + r->at, token, strlen(token)) != 0) {
        return odd(r, "'%s' goes here: NAME@HASH8#sSEED[:CUT...][+KEY=VALUE...]", token);
    }
    r->at += strlen(token);
    return LAB_OK;
}

static int read_hash(struct reader *r, uint32_t *hash)
{
    for (int i = 0; i < 8; i++) {
        const int digit = hex_value(r->text[r->at]);
        if (digit < 0) {
            return odd(r, "a hash has eight hexadecimal digits; this is number %d", i + 1);
        }
        *hash = *hash * 16 + (uint32_t)digit;
        r->at++;
    }
    return LAB_OK;
}

static int read_seed(struct reader *r, uint64_t *seed)
{
    const size_t begin = r->at;
    for (char c; (c = r->text[r->at]) >= '0' && c <= '9'; r->at++) {
        if (*seed > (UINT64_MAX - (uint64_t)(c - '0')) / 10) {
            return odd(r, "the seed is too large");
        }
        *seed = *seed * 10 + (uint64_t)(c - '0');
    }
    return r->at > begin ? LAB_OK : odd(r, "a seed is a number");
}

/// The cut that begins at `begin`.
static int check_cut(struct reader *r, size_t begin, const char *cut)
{
    struct lab_power unused;
    if (lab_cut_parse(cut, &unused) == LAB_OK) {
        return LAB_OK;
    }
    r->at = begin;
    return odd(r, "a cut is lLAYER.MOVE, mMOVE, wWRITE.TEAR, eEVENT, tMICROSECONDS or "
                  "pPHASE.COUNT");
}

/// The override that begins at `begin`; what its key means is for the scenario to say.
static int check_set(struct reader *r, size_t begin, const char *set)
{
    const char *equals = strchr(set, '=');
    if (equals != NULL && equals > set) {
        return LAB_OK;
    }
    r->at = equals != NULL ? begin : r->at;
    return odd(r, "an override is KEY=VALUE");
}

static int read_tail(struct reader *r, struct lab_id *out)
{
    int status = LAB_OK;
    while (status == LAB_OK && r->text[r->at] != '\0') {
        const char kind = r->text[r->at];
        if (kind != ':' && kind != '+') {
            return odd(r, "expected ':' and a cut, '+' and an override, or the end");
        }
        r->at++;
        if (kind == ':' && out->sets > 0) {
            return odd(r, "cuts come before overrides");
        }
        if ((kind == ':' && out->cuts == LAB_ID_CUTS) ||
            (kind == '+' && out->sets == LAB_ID_SETS)) {
            return odd(r, "too many of them");
        }
        const size_t begin = r->at;
        if (kind == ':') {
            status = decode(r, ":+", false, out->cut[out->cuts++], sizeof out->cut[0]);
            status = status == LAB_OK ? check_cut(r, begin, out->cut[out->cuts - 1]) : status;
        } else {
            status = decode(r, "+", true, out->set[out->sets++], sizeof out->set[0]);
            status = status == LAB_OK ? check_set(r, begin, out->set[out->sets - 1]) : status;
        }
    }
    return status;
}

int lab_id_parse(const char *text, struct lab_id *out, struct lab_error *err)
{
    struct reader r = {text, 0, err};
    memset(out, 0, sizeof *out);
    int status = read_name(&r, out->name, sizeof out->name);
    if (status == LAB_OK) {
        status = expect(&r, "@");
    }
    if (status == LAB_OK) {
        status = read_hash(&r, &out->hash);
    }
    if (status == LAB_OK) {
        status = expect(&r, "#s");
    }
    if (status == LAB_OK) {
        status = read_seed(&r, &out->seed);
    }
    return status == LAB_OK ? read_tail(&r, out) : status;
}

// --- writing ----------------------------------------------------------------------------------------

struct writer {
    char *out;
    size_t at, room;
};

static void put(struct writer *w, char c)
{
    if (w->at + 1 < w->room) {
        w->out[w->at] = c;
    }
    w->at++;
}

/// Encode; the first '=' of an override stands for itself.
static void encode(struct writer *w, const char *text, bool override)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const char *p = text; *p != '\0'; p++) {
        if (is_plain(*p) || (override && *p == '=')) {
            put(w, *p);
            override = override && *p != '=';
        } else {
            put(w, '%');
            put(w, digits[(unsigned char)*p >> 4]);
            put(w, digits[(unsigned char)*p & 15]);
        }
    }
}

static void plain(struct writer *w, const char *text)
{
    for (; *text != '\0'; text++) {
        put(w, *text);
    }
}

int lab_id_print(const struct lab_id *id, char *out, size_t room)
{
    struct writer w = {out, 0, room};
    char middle[64];
    snprintf(middle, sizeof middle, "@%08" PRIx32 "#s%" PRIu64, id->hash, id->seed);
    encode(&w, id->name, false);
    plain(&w, middle);
    for (int i = 0; i < id->cuts; i++) {
        put(&w, ':');
        encode(&w, id->cut[i], false);
    }
    for (int i = 0; i < id->sets; i++) {
        put(&w, '+');
        encode(&w, id->set[i], true);
    }
    if (w.at >= room) {
        return LAB_EFBIG;
    }
    out[w.at] = '\0';
    return (int)w.at;
}

// --- meaning ----------------------------------------------------------------------------------------

uint32_t lab_id_hash(const struct lab_scenario *scenario, uint32_t job)
{
    const uint32_t hashes[4] = {scenario->hash_doc, scenario->hash_printer, job,
                                scenario->hash_config};
    const int count = scenario->hash_config != 0 ? 4 : 3;
    uint32_t crc = 0;
    for (int i = 0; i < count; i++) {
        const uint8_t bytes[4] = {(uint8_t)hashes[i], (uint8_t)(hashes[i] >> 8),
                                  (uint8_t)(hashes[i] >> 16), (uint8_t)(hashes[i] >> 24)};
        crc = plr_crc32c(crc, bytes, sizeof bytes);
    }
    return crc;
}

int lab_id_make(struct lab_id *out, const struct lab_scenario *scenario, const struct lab_set *sets,
                size_t n, uint32_t job_hash)
{
    memset(out, 0, sizeof *out);
    lab_scenario_stem(scenario->path, out->name, sizeof out->name);
    out->hash = lab_id_hash(scenario, job_hash);
    out->seed = scenario->seed;
    if (n > LAB_ID_SETS) {
        return LAB_EFBIG;
    }
    for (size_t i = 0; i < n; i++) {
        if (strlen(sets[i].text) >= sizeof out->set[i]) {
            return LAB_EFBIG;
        }
        memcpy(out->set[i], sets[i].text, strlen(sets[i].text) + 1);
    }
    out->sets = (int)n;
    return LAB_OK;
}

int lab_id_check(const struct lab_id *id, const struct lab_scenario *scenario, uint32_t job,
                 struct lab_error *err)
{
    const uint32_t now = lab_id_hash(scenario, job);
    if (id->hash == now) {
        return LAB_OK;
    }
    char config[32] = "";
    if (scenario->hash_config != 0) {
        snprintf(config, sizeof config, ", config %08" PRIx32, scenario->hash_config);
    }
    // the ID holds one number of them all: which of them changed, only a report of then can tell
    lab_error_at_file(err, NULL,
                      "the ID was made with hash %08" PRIx32 ", %s now has %08" PRIx32
                      ": the run cannot be repeated. Now: doc %08" PRIx32 ", printer %08" PRIx32
                      ", job %08" PRIx32 "%s; 'hashes' in a report with this ID says which changed",
                      id->hash, id->name, now, scenario->hash_doc, scenario->hash_printer, job,
                      config);
    return LAB_EINVAL;
}

int lab_file_hash(const char *path, uint32_t *crc, struct lab_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        lab_error_at_file(err, path, "cannot be opened");
        return LAB_EIO;
    }
    char buffer[16384];
    size_t n;
    *crc = 0;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0) {
        *crc = plr_crc32c(*crc, buffer, n);
    }
    const bool broken = ferror(file) != 0;
    fclose(file);
    if (broken) {
        lab_error_at_file(err, path, "cannot be read");
        return LAB_EIO;
    }
    return LAB_OK;
}
