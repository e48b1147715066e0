// Pages against golden files; tags that close; texts that are escaped; sizes that are bounded; axes and thinning.
// SPDX-License-Identifier: MIT
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/html/axis.h"
#include "core/lab/html/html.h"
#include "core/lab/html/thin.h"

#define GOLDEN "core/lab/html/golden/"

// --- axes ------------------------------------------------------------------------------------------------------

/// A small generator, so that the same ranges are tried everywhere.
static uint64_t drawn(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 11;
}

static void test_axis_ticks(void **state)
{
    (void)state;
    uint64_t seed = 7;

    for (int n = 0; n < 20000; n++) {
        struct axis axis = n % 3 ? axis_of("mm", 1000000) : axis_of_clock();
        int shift = (int)(drawn(&seed) % 50), ticks = 2 + (int)(drawn(&seed) % 9);
        int64_t low =
            (int64_t)(drawn(&seed) >> 13 >> shift) - (int64_t)(drawn(&seed) >> 13 >> shift);
        int64_t high = low + (int64_t)(drawn(&seed) >> 13 >> shift);
        axis_include(&axis, low);
        axis_include(&axis, high);
        axis_fit(&axis, ticks);
        assert_true(axis.min < axis.max);
        assert_true(axis.min <= low && axis.max >= high);
        assert_int_equal(axis.min % axis.step, 0);
        assert_int_equal(axis.max % axis.step, 0);
        assert_true((axis.max - axis.min) / axis.step <= ticks + 2);
        assert_int_equal(axis_place(&axis, axis.min), 0);
        assert_int_equal(axis_place(&axis, axis.max), AXIS_SPAN);
        assert_true(axis_place(&axis, low) <= axis_place(&axis, high));
    }
}

static void check_label(const struct axis *axis, int64_t value, const char *want)
{
    char text[AXIS_TEXT];
    axis_label(axis, value, text);
    assert_string_equal(text, want);
}

static void test_axis_labels(void **state)
{
    (void)state;
    struct axis um = axis_of("um", 1000), clock = axis_of_clock(),
                s = axis_of_time(-500000, 9000000);

    axis_include(&um, -12345);
    axis_include(&um, 20000);
    axis_fit(&um, 6);
    assert_int_equal(um.step, 10000);
    assert_int_equal(um.min, -20000);
    check_label(&um, -10000,
                "\xe2\x88\x92"
                "10");
    axis_fit_inside(&um, 100);
    check_label(&um, 500, "0.5");
    check_label(&um, -999,
                "\xe2\x88\x92"
                "1.0");
    axis_include(&clock, 0);
    axis_include(&clock, 5000000000);
    axis_fit_inside(&clock, 10);
    assert_int_equal(clock.step, 600000000);
    check_label(&clock, 4200000000, "1:10");
    axis_fit_inside(&s, 10);
    assert_string_equal(s.unit, "s");
    assert_int_equal(s.step, 1000000);
    assert_int_equal(axis_first(&s), 0);
    check_label(&s, 3000000, "3");
}

static void test_axis_of_nothing(void **state)
{
    (void)state;
    struct axis axis = axis_of("um", 1);

    axis_fit(&axis, 5);
    assert_true(axis.min < axis.max);
    axis = axis_of("um", 1);
    axis_include(&axis, 7);
    axis_fit(&axis, 5);
    assert_true(axis.min < 7 && axis.max > 7);
}

// --- thinning ---------------------------------------------------------------------------------------------------

static void test_thin(void **state)
{
    (void)state;
    enum { POINTS = 5000, COLUMNS = 40 };
    uint64_t seed = 3;

    for (int turn = 0; turn < 20; turn++) {
        struct thin_column column[COLUMNS] = {{0}};
        struct thin thin = {column, COLUMNS, 0};
        size_t keep[3 * COLUMNS];
        int64_t y[POINTS], low = INT64_MAX, high = INT64_MIN;
        bool mark[POINTS], marked = false, kept_low = false, kept_high = false, kept_mark = false;

        for (size_t n = 0; n < POINTS; n++) {
            y[n] = (int64_t)(drawn(&seed) % 100000) - 50000;
            mark[n] = drawn(&seed) % 1000 == 0;
            marked = marked || mark[n];
            low = y[n] < low ? y[n] : low;
            high = y[n] > high ? y[n] : high;
            thin_add(&thin, n, (int64_t)(n * AXIS_SPAN / POINTS), true, y[n], mark[n]);
        }
        size_t count = thin_kept(&thin, keep);
        assert_true(count <= 3 * COLUMNS);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || keep[i] > keep[i - 1]);
            kept_low = kept_low || y[keep[i]] == low;
            kept_high = kept_high || y[keep[i]] == high;
            kept_mark = kept_mark || mark[keep[i]];
        }
        assert_true(kept_low && kept_high);
        assert_int_equal(kept_mark, marked);
    }
}

/// What has no value must not hide what has.
static void test_thin_without_values(void **state)
{
    (void)state;
    struct thin_column column[1] = {{0}};
    struct thin thin = {column, 1, 0};
    size_t keep[3];

    thin_add(&thin, 0, 0, false, 0, false);
    assert_int_equal(thin_kept(&thin, keep), 1);
    thin_add(&thin, 1, 5, true, 9, false);
    thin_add(&thin, 2, AXIS_SPAN, true, -9, false);
    thin_add(&thin, 3, 5, false, 0, true);
    assert_int_equal(thin_kept(&thin, keep), 3);
    assert_int_equal(keep[0], 1);
    assert_int_equal(keep[1], 2);
    assert_int_equal(keep[2], 3);
}

// --- a sweep ------------------------------------------------------------------------------------------------------

struct sweep {
    struct lab_population population;
    struct lab_sweep_facts facts;
    struct lab_curve curve;
    struct lab_sweep_report report;
    const char *word;
    bool phases;
};

static bool curve_cut(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    const struct sweep *sweep = ctx;

    if (n % 17 == 16)
        return false;
    *out = (struct lab_curve_cut){.into_job_us = 77000000 + (int64_t)n * 31234567,
                                  .result = n % 5 == 4 ? LAB_REFUSED : LAB_RESUMED,
                                  .outcome = n % 7 == 3 ? LAB_FAIL : LAB_PASS,
                                  .within = sweep->phases ? n % 2 ? "home_z0" : "lift" : NULL};
    snprintf(out->word, sizeof out->word, "%s%zu", sweep->word, n);
    if (out->outcome == LAB_FAIL)
        out->failed = 1u << LAB_Z_OFFSET_ERROR;
    if (out->result == LAB_RESUMED) {
        out->known = 1u << LAB_Z_OFFSET_ERROR | 1u << LAB_TIME_TO_RESUME | 1u << LAB_SEAM_GAP;
        out->judged = out->known;
        out->value[LAB_Z_OFFSET_ERROR] = (int64_t)(n * 37 % 50) - 25 + (n % 7 == 3 ? 100 : 0);
        out->value[LAB_TIME_TO_RESUME] = 150000 + (int64_t)n;
    }
    return true;
}

/// Count the cuts in, and make a report of them. `text` is what names and reasons are.
static void fill_sweep(struct sweep *sweep, size_t cuts, const char *text, bool phases)
{
    static uint64_t memories[] = {1, 2};
    static const struct lab_scenario unlimited;
    static const char *sets[1];
    struct lab_curve_cut cut;
    char id[300];

    *sweep = (struct sweep){.word = phases ? "l3:plift." : "l", .phases = phases};
    sets[0] = text;
    sweep->curve = (struct lab_curve){.of = "cut", .count = cuts, .cut = curve_cut, .ctx = sweep};
    for (size_t n = 0; n < cuts; n++) {
        if (!curve_cut(sweep, n, &cut))
            continue;
        struct lab_verdict verdict = {
            .outcome = cut.outcome, .result = cut.result, .result_ok = true};
        for (int m = 0; m < LAB_MEASURES; m++)
            verdict.measure[m] = (struct lab_measured){
                .known = (cut.known >> m) & 1u, .value = cut.value[m], .outcome = LAB_PASS};
        if (cut.outcome == LAB_FAIL)
            verdict.measure[LAB_Z_OFFSET_ERROR].outcome = LAB_FAIL;
        snprintf(id, sizeof id, "%s@0badcafe#s1:%s", text, cut.word);
        const struct lab_population_run run = {.at = (int64_t)n, .id = id, .reason = text};
        assert_int_equal(lab_population_add(&sweep->population, &run, &verdict), 0);
    }
    lab_population_judge(&sweep->population, NULL);
    sweep->facts = (struct lab_sweep_facts){.every = text,
                                            .tear = text,
                                            .depth = 1,
                                            .to = INT64_MAX,
                                            .cuts = sweep->population.runs,
                                            .unique_states = 2,
                                            .state = memories};
    sweep->facts.marks[PLR_MARK_held_up] = 4;
    sweep->report = (struct lab_sweep_report){.version = "0.1.0",
                                              .scenario_name = text,
                                              .id = text,
                                              .scenario = &unlimited,
                                              .dut = text,
                                              .gantry = "full",
                                              .set = sets,
                                              .sets = 1,
                                              .hash_doc = 0x0badcafe,
                                              .population = &sweep->population,
                                              .sweep = &sweep->facts,
                                              .curve = &sweep->curve,
                                              .of = -1};
}

static char *sweep_page(const struct sweep *sweep)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(lab_html_sweep_out(&sweep->report, out), 0);
    fclose(out);
    return text;
}

// --- what a page must be ----------------------------------------------------------------------------------------

/// Take what lies between two words out of a text.
static void cut_out(char *text, const char *from, const char *to)
{
    char *begin = strstr(text, from), *end = begin ? strstr(begin, to) : NULL;

    assert_non_null(end);
    memmove(begin + strlen(from), end, strlen(end) + 1);
}

/// Same as the committed file, style and script apart? PLR_UPDATE_GOLDEN=1 writes that anew.
static void golden(const char *name, char *made)
{
    char path[128];
    static char want[1 << 20];

    cut_out(made, "<style>\n", "</style>");
    cut_out(made, "<script>\n", "</script>");
    snprintf(path, sizeof path, GOLDEN "%s", name);
    if (getenv("PLR_UPDATE_GOLDEN")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(made, out);
        fclose(out);
    }
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    want[fread(want, 1, sizeof want - 1, in)] = '\0';
    fclose(in);
    assert_string_equal(made, want);
}

static bool ends_itself(const char *name)
{
    static const char *const names[] = {"meta", "link", "br", "!doctype"};

    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        if (strcmp(names[n], name) == 0)
            return true;
    return false;
}

/// Does every tag that opens close, in order? Are all attributes quoted? Returns the number of tags.
static size_t check_tags(const char *page)
{
    enum { DEEP = 32 };
    char open[DEEP][24];
    size_t depth = 0, tags = 0;

    for (const char *at = strchr(page, '<'); at; at = strchr(at, '<')) {
        if (strncmp(at, "<!--", 4) == 0) {
            at = strstr(at, "-->");
            assert_non_null(at);
            continue;
        }
        bool closes = at[1] == '/';
        char name[24] = "";
        const char *from = at + 1 + closes;
        for (size_t n = 0; n < sizeof name - 1 && (isalnum((unsigned char)*from) || *from == '!');
             n++)
            name[n] = (char)tolower((unsigned char)*from++);
        assert_true(name[0]);
        bool quoted = false;
        const char *end = from;
        for (; *end && (quoted || *end != '>'); end++)
            quoted = quoted != (*end == '"');
        assert_int_equal(*end, '>');
        tags++;
        if (closes) {
            if (depth == 0 || strcmp(open[depth - 1], name) != 0)
                fail_msg("</%s> closes <%s> near: %.60s", name, depth ? open[depth - 1] : "", at);
            depth--;
        } else if (!ends_itself(name) && end[-1] != '/') {
            assert_true(depth < DEEP);
            strcpy(open[depth++], name);
        }
        at = end;
        if (!closes && strcmp(name, "style") == 0)
            at = strstr(at, "</style>") - 1;
        if (!closes && strcmp(name, "script") == 0)
            at = strstr(at, "</script>") - 1;
    }
    assert_int_equal(depth, 0);
    return tags;
}

static size_t times(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        count++;
    return count;
}

/// Headings in order, none left out; ids once each; nothing from elsewhere.
static void check_page(const char *page)
{
    int level = 0;

    assert_true(check_tags(page) > 50);
    for (const char *at = strstr(page, "<h"); at; at = strstr(at + 1, "<h")) {
        if (at[2] < '1' || at[2] > '6')
            continue;
        assert_true(at[2] - '0' <= level + 1);
        level = at[2] - '0';
    }
    assert_int_equal(times(page, "<h1>"), 1);
    for (const char *at = strstr(page, " id=\""); at; at = strstr(at + 1, " id=\"")) {
        char id[80];
        snprintf(id, sizeof id, "%.*s", (int)(strcspn(at + 5, "\"") + 6), at);
        if (times(page, id) != 1)
            fail_msg("twice:%s", id);
    }
    assert_null(strstr(page, "(null)"));
    assert_null(strstr(page, " src=\""));
    assert_null(strstr(page, "url(http"));
    assert_null(strstr(page, "href=\"http"));
    assert_int_equal(times(page, "role=\"img\""), times(page, "</desc>"));
}

/// A page that has all of these words, and none of those; `name` for who reads of a failure.
static void says(const char *name, const char *page, const char *const *has,
                 const char *const *lacks)
{
    for (; *has; has++)
        if (!strstr(page, *has))
            fail_msg("%s: not on the page: %s", name, *has);
    for (; *lacks; lacks++)
        if (strstr(page, *lacks))
            fail_msg("%s: on the page: %s", name, *lacks);
}

static void test_sweep_page(void **state)
{
    (void)state;
    struct sweep sweep;

    fill_sweep(&sweep, 40, "voron24_cut", false);
    char *page = sweep_page(&sweep);
    check_page(page);
    static const char *const colours[] = {"darker", "the dark ", "white", "blue line"};
    for (size_t n = 0; n < sizeof colours / sizeof *colours;
         n++) // another in the dark, none on paper
        assert_null(strstr(strstr(page, "<main"), colours[n]));
    golden("sweep.html", page);
    free(page);
    lab_population_free(&sweep.population);
}

/// As curve_cut, but errors of many millimetres, and a gap where there must be none.
static bool wide_cut(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    if (!curve_cut(ctx, n, out))
        return false;
    out->value[LAB_Z_OFFSET_ERROR] *= 200;
    out->limit[LAB_Z_OFFSET_ERROR] = 100;
    out->value[LAB_SEAM_GAP] = n % 3 ? 0 : 700;
    out->failed |= n % 3 || out->result != LAB_RESUMED ? 0 : 1u << LAB_SEAM_GAP;
    return true;
}

static void limit_each(struct sweep *sweep, struct lab_scenario *scenario)
{
    scenario->expect[LAB_Z_OFFSET_ERROR] = (struct lab_limit){.set = true, .max = 100};
    scenario->expect[LAB_SEAM_GAP] = (struct lab_limit){.set = true, .max = 0};
    sweep->report.scenario = scenario;
    sweep->curve.cut = wide_cut;
    assert_int_equal(
        lab_population_tally(&sweep->population, LAB_SEAM_GAP, (struct lab_tally){700, 12}), 0);
}

/// A limit is told in its own unit, however coarse the axis, and one of 0 is drawn where it is passed.
static void test_limits_of_curves(void **state)
{
    (void)state;
    static struct lab_scenario scenario;
    struct sweep sweep;

    fill_sweep(&sweep, 40, "voron24_cut", false);
    limit_each(&sweep, &scenario);
    char *page = sweep_page(&sweep);
    check_page(page);
    assert_null(strstr(page, "limit 0 mm"));
    assert_non_null(strstr(page, "dy=\"-10\">dashed: limit 100\xc2\xa0\xc2\xb5m</text>"));
    char *gap = strstr(page, "id=\"c2\"");
    assert_int_equal(LAB_SEAM_GAP, 2);
    assert_non_null(gap);
    *strstr(gap, "</figure>") = '\0';
    assert_non_null(strstr(gap, "href=\"#cross\""));
    assert_non_null(strstr(gap, "href=\"#diamond\" class=\"other\"")); // failed by something else
    assert_non_null(strstr(gap, ">dashed: limit 0\xc2\xa0\xc2\xb5m</text>"));
    assert_int_equal(times(gap, "<line class=\"limit\""), 1);
    free(page);
    lab_population_free(&sweep.population);
}

/// What no limit of the 95 % says, the limit of each run does: how many were over it, in each measure, whatever failed first.
static void test_runs_over_limits(void **state)
{
    (void)state;
    static struct lab_scenario scenario;
    struct lab_curve_cut cut;
    struct sweep sweep;
    unsigned over = 0, gaps = 0;
    char want[160];

    fill_sweep(&sweep, 40, "voron24_cut", false);
    limit_each(&sweep, &scenario);
    for (size_t n = 0; n < 40; n++)
        if (wide_cut(&sweep, n, &cut)) {
            over += cut.failed >> LAB_Z_OFFSET_ERROR & 1u;
            gaps += cut.failed >> LAB_SEAM_GAP & 1u;
        }
    assert_true(over > 0 && gaps > 0 && over != gaps);
    char *page = sweep_page(&sweep);
    check_page(page);
    snprintf(want, sizeof want,
             ">%u over 100\xc2\xa0\xc2\xb5m</span><small class=\"own\">1 of them "
             "unknown</small></td>",
             over);
    assert_non_null(strstr(page, want));
    snprintf(want, sizeof want, "some of several: Z offset error %u, Seam gap %u.</p>", over, gaps);
    assert_non_null(strstr(page, want));
    assert_int_equal(times(page, ">no limit</span>"), 1); // time_to_resume
    free(page);
    sweep.population.measure[LAB_SEAM_GAP].limited = true; // both limits
    page = sweep_page(&sweep);
    snprintf(want, sizeof want, "<br><span class=\"outcome fail\">%u over 0\xc2\xa0\xc2\xb5m<",
             gaps);
    assert_non_null(strstr(page, want));
    free(page);
    lab_population_free(&sweep.population);
}

/// Cut 8 came without warning: 3,579 um twice, and so much is allowed it. Cut 4 had nothing to resume, and stands 200 um askew.
static bool own_cut(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    if (!curve_cut(ctx, n, out))
        return false;
    out->outcome = LAB_PASS;
    out->failed = 0;
    out->known |= 1u << LAB_GANTRY_TILT | 1u << LAB_SEAM_OVERLAP;
    out->judged = out->known;
    out->value[LAB_GANTRY_TILT] = n == 4 ? 200 : 20;
    out->value[LAB_SEAM_OVERLAP] = n == 8 ? 3579 : 0;
    out->limit[LAB_SEAM_OVERLAP] = n == 8 ? 3615 : 100;
    out->limit[LAB_GANTRY_TILT] = 100;
    if (n == 4)
        out->judged &= ~(1u << LAB_GANTRY_TILT);
    return true;
}

static void fill_own(struct sweep *sweep, struct lab_scenario *scenario)
{
    fill_sweep(sweep, 20, "voron24_cut", true);
    for (int n = 0; n < 2; n++) {
        int measure = n ? LAB_SEAM_OVERLAP : LAB_GANTRY_TILT;
        scenario->expect[measure] = (struct lab_limit){.set = true, .max = 100};
        assert_int_equal(lab_population_tally(&sweep->population, measure,
                                              (struct lab_tally){n ? 3579 : 200, 1}),
                         0);
        assert_int_equal(
            lab_population_tally(&sweep->population, measure, (struct lab_tally){n ? 0 : 20, 18}),
            0);
    }
    lab_population_judge(&sweep->population, NULL);
    sweep->report.scenario = scenario;
    sweep->curve.cut = own_cut;
}

/// What makes all of it again stands on the page: of a sweep, of a part, of seeds, of merged seeds; and nothing a shell would run.
static void test_again(void **state)
{
    (void)state;
    static const struct lab_cover covers[] = {{1, 11}, {21, 31}};
    struct sweep sweep;

    fill_sweep(&sweep, 20, "voron24_cut", false);
    sweep.report.id = "voron24_cut@0badcafe#s1+a=b";
    sweep.facts.every = "layer";
    sweep.facts.tear = "prefix:all";
    sweep.facts.every2 = "phase";
    sweep.facts.depth = 2;
    sweep.facts.from = 1;
    sweep.facts.to = 3;
    char *page = sweep_page(&sweep);
    assert_non_null(strstr(page, "<code>plr-sim sweep voron24_cut@0badcafe#s1+a=b "
                                 "<span>--every</span> layer <span>--tear</span> prefix:all "
                                 "<span>--depth</span> 2 <span>--every2</span> phase "
                                 "<span>--from</span> 1 <span>--to</span> 3</code>"));
    assert_non_null(strstr(page, "<code>plr-sim voron24_cut@0badcafe#s1:WORD+a=b</code>"));
    free(page);
    sweep.facts.tear = "all; rm x";
    page = sweep_page(&sweep);
    assert_null(strstr(page, "plr-sim sweep "));
    free(page);
    sweep.report.sweep = NULL;
    sweep.report.curve = NULL;
    sweep.report.id = "";
    sweep.report.cover = covers;
    sweep.report.covers = 2;
    page = sweep_page(&sweep);
    assert_non_null(strstr(page, "<code>plr-sim voron24_cut@0badcafe#s1:l"));
    assert_non_null(
        strstr(page, " <span>--seeds</span> 10</code></p>\n<p class=\"command\"><code>plr-sim "
                     "voron24_cut@0badcafe#s21:l"));
    free(page);
    lab_population_free(&sweep.population);
}

static void limited(struct sweep *sweep, struct lab_scenario *scenario)
{
    fill_sweep(sweep, 40, "voron24_cut", false);
    limit_each(sweep, scenario);
}

static void of_seeds(struct sweep *sweep, struct lab_scenario *scenario)
{
    static const struct lab_cover cover = {1, 41};

    limited(sweep, scenario);
    sweep->report.cover = &cover;
    sweep->report.covers = 1;
    sweep->report.sweep = NULL;
    sweep->report.id = "";
    sweep->curve.of = "run";
}

static void merged(struct sweep *sweep, struct lab_scenario *scenario)
{
    (void)scenario;
    fill_sweep(sweep, 30, "voron24_cut", false);
    sweep->report.curve = NULL;
    sweep->report.sweep = NULL;
    sweep->report.scenario = NULL;
    sweep->report.id = "";
}

static void of_core(struct sweep *sweep, struct lab_scenario *scenario)
{
    (void)scenario;
    fill_sweep(sweep, 20, "voron24_cut", false);
}

static void of_another_device(struct sweep *sweep, struct lab_scenario *scenario)
{
    of_core(sweep, scenario);
    sweep->facts.marks[PLR_MARK_held_up] = 0;
}

static void by_phases(struct sweep *sweep, struct lab_scenario *scenario)
{
    (void)scenario;
    fill_sweep(sweep, 30, "voron24_cut", true);
}

static const struct {
    const char *name;
    void (*fill)(struct sweep *sweep, struct lab_scenario *scenario);
    const char *has[10], *lacks[4];
} sweep_pages[] = {
    {"by phases", by_phases, {"By phase of the recovery", "<th scope=\"row\">home_z0</th>"}, {0}},
    {"a cut is judged by its own limit, or not at all: no page says of it what the usual limit "
     "would",
     fill_own,
     {">none over its own limit</span><small class=\"own\">100\xc2\xa0"
      "\xc2\xb5m, up to 3615\xc2\xa0\xc2\xb5m where power went without "
      "warning</small>",
      ">1 not judged: nothing to resume; worst of the judged 20\xc2\xa0",
      "<td class=\"h4\">3,579<small>its limit 3,615</small></td>",
      "</svg>a cut's own limit: it came without warning</li>",
      "<td>3579 \xc2\xb5m</td><td>pass, its limit 3615\xc2\xa0\xc2\xb5m</td>",
      "href=\"#ring\" class=\"unjudged\"", "<td>200 \xc2\xb5m</td><td>not judged; run pass</td>"},
     {"<td class=\"h4\">200<"}},
    {"a run that failed by something else is no good run, and each chart says what its signs mean",
     limited,
     {"href=\"#diamond\" class=\"other\"",
      "</svg>this measure passed, the run failed by something else</li>"},
     {0}},
    {"of seeds: counted and drawn like cuts, against their number; over a limit is told by sign, "
     "tint and word",
     of_seeds,
     {"To repeat one run alone", "<code>plr-sim voron24_cut@0badcafe#WORD</code>",
      ">Error of each run</h2>", ">number of the run</text>", "<th scope=\"col\">run</th>",
      "href=\"#cross\" class=\"failed\"", "<tr class=\"fail\"><th scope=\"row\">Z offset error",
      " over 100\xc2\xa0\xc2\xb5m</span>", ">no limit</span>"},
     {"not known here", "id=\"heat\""}},
    {"merged reports have no curve, and do not know the limits of a run",
     merged,
     {">limit not known here</span>"},
     {"class=\"chart\"", "no limit"}},
    {"the core's marks", of_core, {"rare paths of the core"}, {0}},
    {"a device that is not the core comes by none of its marks: nothing is said of them",
     of_another_device,
     {0},
     {"rare paths of the core"}},
};

static void test_sweep_pages(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof sweep_pages / sizeof *sweep_pages; n++) {
        struct lab_scenario scenario = {0};
        struct sweep sweep;
        sweep_pages[n].fill(&sweep, &scenario);
        char *page = sweep_page(&sweep);
        check_page(page);
        // a legend to each chart
        assert_int_equal(times(page, "<ul class=\"legend\">"), times(page, "class=\"chart\""));
        says(sweep_pages[n].name, page, sweep_pages[n].has, sweep_pages[n].lacks);
        free(page);
        lab_population_free(&sweep.population);
    }
}

/// Whatever names hold, it is text: no tag of theirs, no attribute that ends early.
static void test_escaped(void **state)
{
    (void)state;
    static const char *const nasty[] = {"<script>alert(1)</script>",
                                        "\"><img src=x onerror=alert(1)>",
                                        "'><svg/onload=alert(1)>",
                                        "a&b;&lt;&#60;script&#62;",
                                        "</title></style></script>",
                                        "\xef\xbb\xbf\xff\xfe<b>\x01\x7f",
                                        "<!-- host -->",
                                        "]]><![CDATA["};
    struct sweep sweep;
    size_t clean = 0;

    for (size_t n = 0; n <= sizeof nasty / sizeof *nasty; n++) {
        fill_sweep(&sweep, 40, n ? nasty[n - 1] : "no command", n % 2);
        char *page = sweep_page(&sweep);
        size_t tags = check_tags(page) + (n % 2) * 1000; // two kinds of pages
        check_page(page);
        assert_null(strstr(page, "alert(1)<"));
        assert_null(strstr(page, "<img"));
        assert_null(strstr(page, "<b>"));
        assert_int_equal(times(page, "<script>"), 1);
        if (n >= 2)
            assert_true(n % 2 || tags == clean);
        else if (!n)
            clean = tags;
        free(page);
        lab_population_free(&sweep.population);
    }
}

/// Noise of all bytes in place of names.
static void test_escaped_noise(void **state)
{
    (void)state;
    static const char letters[] = "<>&\"'/=-!ab \xc3\xa9\xff\t\n";
    uint64_t seed = 11;
    struct sweep sweep;

    for (int turn = 0; turn < 60 / PLR_TEST_THIN; turn++) {
        char text[24];
        for (size_t n = 0; n < sizeof text - 1; n++)
            text[n] = letters[drawn(&seed) % (sizeof letters - 1)];
        text[sizeof text - 1] = '\0';
        fill_sweep(&sweep, 20, text, turn % 2);
        char *page = sweep_page(&sweep);
        check_tags(page);
        free(page);
        lab_population_free(&sweep.population);
    }
}

static void test_bounded(void **state)
{
    (void)state;
    struct sweep sweep;

    fill_sweep(&sweep, 33000, "voron24_cut", false);
    char *page = sweep_page(&sweep);
    if (strlen(page) > 600000)
        fail_msg("%zu bytes", strlen(page));
    assert_non_null(strstr(page, "are drawn: the lowest, the highest and the first failed"));
    assert_non_null(strstr(page, " more: they are in the JSON report."));
    free(page);
    lab_population_free(&sweep.population);
}

/// Host figures are in one place, and leave nothing behind when they are not wanted.
static void test_host(void **state)
{
    (void)state;
    struct sweep sweep;

    fill_sweep(&sweep, 20, "voron24_cut", false);
    char *without = sweep_page(&sweep);
    sweep.report.host = (struct lab_report_host){true, 1234, 4096, 2, 99};
    char *with = sweep_page(&sweep);
    assert_non_null(strstr(with, "99 cuts a second"));
    char *begin = strstr(with, "<!-- host:"), *end = strstr(with, "<!-- host end -->\n");
    assert_true(begin && end);
    memmove(begin, end + strlen("<!-- host end -->\n"),
            strlen(end) - strlen("<!-- host end -->\n") + 1);
    assert_string_equal(with, without);
    free(with);
    free(without);
    lab_population_free(&sweep.population);
}

static void test_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_html.XXXXXX", path[64];
    struct sweep sweep;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/page.html", folder);
    fill_sweep(&sweep, 20, "voron24_cut", false);
    assert_int_equal(lab_html_sweep(&sweep.report, path), 0);
    assert_int_equal(access(path, R_OK), 0);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    assert_true(lab_html_sweep(&sweep.report, "/no/such/folder/page.html") < 0);
    lab_population_free(&sweep.population);
}

// --- a run --------------------------------------------------------------------------------------------------------

enum { DEPOSITS = 240, CUT_AT = 100, CUT_US = 60000000, BACK_US = CUT_US + 20000000 };

struct made_run {
    struct lab_report report;
    struct lab_verdict verdict;
    struct lab_truth truth;
    struct lab_report_cut cut, cuts[2];
    struct lab_report_step step[3];
    struct lab_report_save save;
    struct lab_report_unknown unknown;
    const char *text[1];
    struct lab_deposit deposit[DEPOSITS];
    struct lab_trace trace;
    struct lab_trace_power power[5];
    struct lab_trace_motion motion[3];
    struct lab_trace_corners corners[3];
    struct lab_trace_temperature heat[4], chamber[2];
    struct lab_trace_target target[1];
    struct lab_trace_nv nv[2];
    struct lab_trace_phase phase[4];
    struct lab_trace_name name[3];
    struct lab_trace_cut traced_cut;
    struct lab_trace_deposit twin[2];
};

/// A square of 40 mm, laid round after round, cut in the third; 24 mm of it twice, and then 70 um too high.
static void fill_deposits(struct made_run *run)
{
    static const int32_t corner[4][2] = {
        {0, 0}, {40000000, 0}, {40000000, 40000000}, {0, 40000000}};

    for (int n = 0; n < DEPOSITS; n++) {
        const int32_t *from = corner[n / 10 % 4], *to = corner[(n / 10 + 1) % 4];
        struct lab_deposit *d = &run->deposit[n];
        d->t_us = n < CUT_AT ? 1000000 + n * 500000 : BACK_US + 10000000 + n * 500000;
        d->dt_us = 400000;
        d->e_nm = 100000;
        for (int axis = 0; axis < 2; axis++) {
            d->from_nm[axis] = from[axis] + (to[axis] - from[axis]) / 10 * (n % 10);
            d->to_nm[axis] = from[axis] + (to[axis] - from[axis]) / 10 * (n % 10 + 1);
        }
        d->from_nm[2] = d->to_nm[2] = 200000 * (n / 40) + (n < CUT_AT ? 0 : 70000);
    }
}

static void fill_verdict(struct made_run *run)
{
    struct lab_verdict *v = &run->verdict;

    *v = (struct lab_verdict){.outcome = LAB_FAIL,
                              .result = LAB_RESUMED,
                              .result_ok = true,
                              .why = "z_offset_error_um is 70, limit 60",
                              .cuts = 1};
    for (int n = 0; n < LAB_MEASURES; n++)
        v->measure[n].outcome = LAB_NOT_APPLICABLE;
    v->measure[LAB_Z_OFFSET_ERROR] = (struct lab_measured){.known = true,
                                                           .value = 70,
                                                           .min = 5,
                                                           .max = 90,
                                                           .p95 = 88,
                                                           .limited = true,
                                                           .limit = 60,
                                                           .outcome = LAB_FAIL};
    v->measure[LAB_TIME_TO_RESUME] =
        (struct lab_measured){.known = true, .value = 150622, .outcome = LAB_PASS};
    v->cut[0] = (struct lab_aligned){.matched = true,
                                     .cut_at_nm = 400000000,
                                     .resumed_at_nm = 376000000,
                                     .first_path_nm = 80000000,
                                     .profiled = true,
                                     .profile_path_nm = 80000000,
                                     .first_entry = CUT_AT};
    for (int n = 0; n < LAB_PROFILE; n++)
        v->cut[0].profile_nm[n] = n < 90 ? (n * 2 - 80) * 1000 : INT32_MIN;
}

/// Supply, motion and corners: the gantry sags in the outage.
static void fill_moved(struct made_run *run)
{
    run->power[0] = (struct lab_trace_power){0, 29, 15};
    run->power[1] = (struct lab_trace_power){CUT_US, 28, 15};
    run->power[2] = (struct lab_trace_power){CUT_US + 5000, 30, 15};
    run->power[3] = (struct lab_trace_power){CUT_US + 90000, 0, 0};
    run->power[4] = (struct lab_trace_power){BACK_US, 29, 15};
    run->motion[0] = (struct lab_trace_motion){.t_us = 0,
                                               .duration_us = CUT_US + 20000,
                                               .to_nm = {40000000, 10000000, 400000, 0},
                                               .true_known = true,
                                               .true_to_nm = {40000000, 10000000, 380000}};
    run->motion[1] = (struct lab_trace_motion){.t_us = CUT_US + 90000,
                                               .kind = LAB_TRACE_JUMP,
                                               .from_nm = {40000000, 10000000, 400000, 0},
                                               .to_nm = {40000000, 10000000, 400000, 0},
                                               .true_known = true,
                                               .true_from_nm = {40000000, 10000000, 380000},
                                               .true_to_nm = {40000000, 10000000, -200000}};
    run->corners[0] = (struct lab_trace_corners){.t_us = 0};
    run->corners[1] = (struct lab_trace_corners){.t_us = CUT_US + 90000,
                                                 .true_nm = {80000, -570000, -820000, 70000}};
}

static void fill_heat(struct made_run *run)
{
    run->heat[0] = (struct lab_trace_temperature){0, 240000};
    run->heat[1] = (struct lab_trace_temperature){CUT_US, 240000};
    run->heat[2] = (struct lab_trace_temperature){BACK_US, 190000};
    run->heat[3] = (struct lab_trace_temperature){BACK_US + 60000000, 240000};
    run->chamber[0] = (struct lab_trace_temperature){0, 50000};
    run->chamber[1] = (struct lab_trace_temperature){BACK_US, 45000};
    run->target[0] = (struct lab_trace_target){0, LAB_TRACE_NOZZLE, 240000};
}

/// What the memory and the device did; `text` is a phase's name.
static void fill_told(struct made_run *run, const char *text)
{
    run->nv[0] = (struct lab_trace_nv){CUT_US + 5200, 300, 1, 64, 390, LAB_TRACE_NV_DONE};
    run->nv[1] = (struct lab_trace_nv){CUT_US + 80000, 300, 1, 454, 390, LAB_TRACE_NV_TORN};
    run->phase[0] = (struct lab_trace_phase){0, LAB_TRACE_PHASE, 1};
    run->phase[1] = (struct lab_trace_phase){BACK_US, LAB_TRACE_PHASE, 2};
    run->phase[2] = (struct lab_trace_phase){BACK_US + 5000000, LAB_TRACE_PHASE, 1};
    run->name[0] = (struct lab_trace_name){LAB_TRACE_PHASE, 1, "printing"};
    run->name[1] = (struct lab_trace_name){LAB_TRACE_PHASE, 2, ""};
    snprintf(run->name[1].text, sizeof run->name[1].text, "%s", text);
    run->twin[0] = (struct lab_trace_deposit){.to_nm = {40000000, 0, 0}, .motion = -1};
    run->traced_cut = (struct lab_trace_cut){.twin_count = 1, .twin_at_nm = 370000000};
}

static void fill_trace(struct made_run *run, const char *text)
{
    struct lab_trace *t = &run->trace;

    fill_moved(run);
    fill_heat(run);
    fill_told(run, text);
    *t = (struct lab_trace){.power = run->power,
                            .powers = 5,
                            .motion = run->motion,
                            .motions = 2,
                            .corners = run->corners,
                            .corner_count = 2,
                            .nv = run->nv,
                            .nvs = 2,
                            .phase = run->phase,
                            .phases = 3,
                            .name = run->name,
                            .names = 2,
                            .twin = run->twin,
                            .twins = 1,
                            .cut = &run->traced_cut,
                            .cuts = 1,
                            .end_us = BACK_US + 200000000};
    t->heat[LAB_TRACE_NOZZLE] = run->heat;
    t->heats[LAB_TRACE_NOZZLE] = 4;
    t->heat[LAB_TRACE_CHAMBER] = run->chamber;
    t->heats[LAB_TRACE_CHAMBER] = 2;
    t->target = run->target;
    t->targets = 1;
}

/// Cut, steps, saves.
static void fill_parts(struct made_run *run, const char *text)
{
    run->cut =
        (struct lab_report_cut){.truth = {.mains_us = CUT_US,
                                          .detected_us = CUT_US + 5000,
                                          .stopped_us = CUT_US + 20000,
                                          .drivers_us = CUT_US + 90000,
                                          .logic_us = -1,
                                          .back_us = BACK_US,
                                          .ledger_at = CUT_AT,
                                          .corner_before_nm = {0, 0, 0, INT32_MIN},
                                          .corner_after_nm = {80000, -570000, -820000, 70000},
                                          .first_extrusion_us = run->deposit[CUT_AT].t_us},
                                .into_job_us = 59000000,
                                .layer = 2,
                                .line = 77,
                                .file_offset = 1234,
                                .during = text};
    run->step[0] = (struct lab_report_step){
        .phase = "consent", .start_us = 3000000, .duration_us = 2000000, .note = text};
    run->step[1] = (struct lab_report_step){
        .phase = text, .start_us = 5000000, .duration_us = 100, .note = ""};
    run->save = (struct lab_report_save){text, 3, 1200, 5000};
    run->unknown = (struct lab_report_unknown){text, 2};
}

static void fill_run(struct made_run *run, const char *text)
{
    memset(run, 0, sizeof *run);
    fill_deposits(run);
    fill_verdict(run);
    fill_trace(run, text);
    run->text[0] = text;
    run->truth.ledger = (struct lab_ledger){run->deposit, DEPOSITS, DEPOSITS};
    run->truth.cuts = 1;
    fill_parts(run, text);
    run->report = (struct lab_report){.version = "0.1.0",
                                      .id = text,
                                      .about = text,
                                      .printer = text,
                                      .job = text,
                                      .material = text,
                                      .scenario_name = text,
                                      .seed = 1,
                                      .set = run->text,
                                      .sets = 1,
                                      .dut = text,
                                      .gantry = "full",
                                      .reason = text,
                                      .verdict = &run->verdict,
                                      .trace_hash = 7,
                                      .sim_ms = 90000,
                                      .moves = 240,
                                      .cut = &run->cut,
                                      .cuts = 1,
                                      .step = run->step,
                                      .steps = 2,
                                      .save = &run->save,
                                      .saves = 1,
                                      .unknown = &run->unknown,
                                      .unknowns = 1,
                                      .note = run->text,
                                      .notes = 1,
                                      .truth = &run->truth};
}

static char *run_page(const struct made_run *run, bool traced)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(lab_html_run_out(&run->report, traced ? &run->trace : NULL, out), 0);
    fclose(out);
    return text;
}

/// Without a trace what needs it is left out, and nothing else.
static void test_run_without_trace(void **state)
{
    (void)state;
    static struct made_run run;

    fill_run(&run, "voron24_cut");
    char *page = run_page(&run, false);
    check_page(page);
    assert_null(strstr(page, "Temperatures"));
    assert_non_null(strstr(page, "The seam from above"));
    golden("run.html", page);
    free(page);
    run.report.truth = NULL;
    run.report.cuts = run.report.steps = run.report.saves = run.report.notes = 0;
    run.report.unknowns = run.report.sets = 0;
    run.verdict.cuts = 0;
    page = run_page(&run, false);
    check_page(page);
    assert_null(strstr(page, "The cut"));
    free(page);
}

static void as_it_is(struct made_run *run)
{
    (void)run;
}

static void with_a_gap(struct made_run *run)
{
    run->verdict.cut[0].resumed_at_nm = 402500000;
}

/// The same path in one piece of 40 mm and others; only its second half lies well.
static void in_long_pieces(struct made_run *run)
{
    struct lab_aligned *a = &run->verdict.cut[0];
    struct lab_deposit *d = &run->deposit[CUT_AT];

    d->to_nm[0] = d->from_nm[0] - 40000000;
    a->first_path_nm = a->profile_path_nm = 40000000;
    for (int n = 0; n < LAB_PROFILE; n++)
        a->profile_nm[n] = n < LAB_PROFILE / 2 ? 70000 : 0;
}

static void unmeasured(struct made_run *run)
{
    in_long_pieces(run);
    for (int n = 0; n < LAB_PROFILE; n++)
        run->verdict.cut[0].profile_nm[n] = INT32_MIN;
}

static void with_bouts(struct made_run *run)
{
    run->step[0] = (struct lab_report_step){.phase = "home_z0",
                                            .start_us = 0,
                                            .duration_us = 3000000,
                                            .note = "",
                                            .bouts = 2,
                                            .bout = {{0, 1000000}, {8000000, 2000000}}};
}

/// The first and third corner are printed as 12.485 and 11.580: what is told of them is what a reader finds, 905 and not 906.
static void with_corners(struct made_run *run)
{
    static const int32_t before[] = {12399400, 12398900, 12400000, 12401000},
                         after[] = {12485400, 11823000, 11579600, 12476000};

    memcpy(run->cut.truth.corner_before_nm, before, sizeof before);
    memcpy(run->cut.truth.corner_after_nm, after, sizeof after);
}

/// A second cut, `gap_us` after the step that began 5 s after power was back has ended.
static void cut_again(struct made_run *run, int64_t gap_us)
{
    run->cuts[0] = run->cuts[1] = run->cut;
    run->cuts[1].truth.mains_us = BACK_US + 6000000;
    run->cuts[1].truth.back_us = BACK_US + 60000000;
    run->report.cut = run->cuts;
    run->report.cuts = 2;
    run->step[0].note = run->step[1].note = "";
    run->step[1].phase = "lift";
    run->step[1].duration_us = 1000000 - gap_us;
}

static void ended_by_a_cut(struct made_run *run)
{
    cut_again(run, 0);
}

static void ended_by_itself(struct made_run *run)
{
    cut_again(run, 100000);
}

#define LINE(kind) "<path class=\"line " kind "\" d=\"\nM"

static const struct {
    const char *name;
    void (*change)(struct made_run *run);
    const char *has[9], *lacks[4];
} run_pages[] = {
    {"as it is; what is dotted alike is told apart by more than colour",
     as_it_is,
     {" y=\"8.33%\">mains</text>", ">torn, given up</th><td>80.00 ms</td>",
      ">PLR signal</th><td>5.00 ms</td>", "laid twice: 24.000 mm",
      "line grey\" d=\"M0 5H26\"/></svg>nozzle's target",
      "line purple\" d=\"M0 5H26\"/></svg>chamber", "highest +98 \xc2\xb5m",
      "lowest \xe2\x88\x92"
      "80 \xc2\xb5m"},
     {0}},
    {"a gap, and where", with_a_gap, {"never laid: 2.500 mm", LINE("gap")}, {"laid twice"}},
    {"the seam: places are where the parts begin, and what nobody measured is not called good",
     as_it_is,
     {LINE("unmeasured"), LINE("level"), "</svg>not measured</li>",
      "<th scope=\"row\">0.833 mm</th><td>39.167 mm</td>"},
     {0}},
    {"a long piece shows each part as it lies",
     in_long_pieces,
     {LINE("high2"), LINE("level")},
     {LINE("unmeasured"), LINE("high1"), "not measured"}},
    {"nothing measured", unmeasured, {LINE("unmeasured")}, {LINE("level")}},
    {"a step that was come to again is drawn where it was, and not where it was not",
     with_bouts,
     {"<td class=\"n\">3.000 s in 2 parts</td>",
      "x=\"0.00%\" width=\"10.00%\"/><rect class=\"fill\" y=\"15%\" "
      "height=\"70%\" x=\"80.00%\" width=\"20.00%\"/></svg>"},
     {0}},
    {"what the next cut ended did not end by itself",
     ended_by_a_cut,
     {"<td class=\"wrap\"></td></tr>\n<tr><th scope=\"row\">lift</th>", "ended by cut 2</td>"},
     {0}},
    {"what was over by then did", ended_by_itself, {0}, {"ended by cut"}},
    {"charts say of themselves what they show: corners as their table has them, where zero is, one "
     "sign for degrees",
     with_corners,
     {"<td class=\"n\">12.485</td><td class=\"n\">11.823</td><td class=\"n\">11.580</td>",
      "moved, \xc2\xb5m</th><td class=\"n\">86</td><td class=\"n\">\xe2\x88\x92"
      "576</td>",
      "<p class=\"note\">How the gantry (or the bed) is tilted and twisted. "
      "Highest corner above the lowest: 2\xc2\xa0\xc2\xb5m at "
      "standstill, 905\xc2\xa0\xc2\xb5m when power was back, "
      "900\xc2\xa0\xc2\xb5m at the end of the chart.</p>",
      "<p class=\"note\">True height and the firmware's. Zero is ",
      "<th scope=\"row\">0.000 to 0.833 mm</th><td>\xe2\x88\x92"
      "80.0\xc2\xa0\xc2\xb5m</td>",
      ">NV wear <small>years</small></th>"},
     {"0.0 C"}},
};

static void test_run_pages(void **state)
{
    (void)state;
    static struct made_run run;

    for (size_t n = 0; n < sizeof run_pages / sizeof *run_pages; n++) {
        fill_run(&run, "voron24_cut");
        run_pages[n].change(&run);
        char *page = run_page(&run, true);
        check_page(page);
        // ten charts of a cut, each with its table
        assert_int_equal(times(page, "class=\"chart"), times(page, "<table data-chart=\""));
        assert_true(times(page, "class=\"chart") >= 10);
        says(run_pages[n].name, page, run_pages[n].has, run_pages[n].lacks);
        free(page);
    }
}

/// However low the print is: a firmware that counts from 0 has no error yet.
static void test_run_lost(void **state)
{
    (void)state;
    static const char cell[] = "<td>\xe2\x88\x92"
                               "200.0 \xc2\xb5m</td>";
    static struct made_run run;
    struct lab_trace_lost lost = {BACK_US, BACK_US + 300000000};

    fill_run(&run, "voron24_cut");
    run.motion[2] = run.motion[1];
    run.motion[2].t_us = BACK_US;
    run.motion[2].from_nm[2] = run.motion[2].to_nm[2] = 0;
    run.motion[2].true_from_nm[2] = -200000;
    run.trace.motions = 3;
    for (size_t losts = 0; losts < 2; losts++) {
        run.trace.lost = &lost;
        run.trace.losts = losts;
        char *page = run_page(&run, true);
        const char *from = strstr(page, "Z error: true height minus believed");
        assert_non_null(from);
        const char *to = strstr(from, "</table>"), *found = strstr(from, cell);
        assert_non_null(to);
        assert_int_equal(found && found < to, !losts);
        free(page);
    }
}

static void test_run_escaped(void **state)
{
    (void)state;
    static const char *const nasty[] = {"<script>alert(1)</script>",
                                        "\"><img src=x onerror=alert(1)>",
                                        "'><b>&amp;</td></table>", "\xff\xfe\x01<!--"};
    static struct made_run run;
    size_t clean = 0;

    for (size_t n = 0; n <= sizeof nasty / sizeof *nasty; n++) {
        fill_run(&run, n ? nasty[n - 1] : "plain");
        char *page = run_page(&run, true);
        check_page(page);
        clean = n ? clean : check_tags(page);
        assert_int_equal(check_tags(page), clean);
        assert_int_equal(times(page, "<script>"), 1);
        assert_null(strstr(page, "<img"));
        assert_null(strstr(page, "<b>"));
        free(page);
    }
}

static void fill_rig(struct lab_report_rig *rig, struct lab_rig_cut *cut, const char *text)
{
    static struct lab_rig_state states[2];
    static struct lab_rig_edge edges[4];
    static const char *skipped[1];

    states[0] = (struct lab_rig_state){text, 0};
    states[1] = (struct lab_rig_state){"safe", 90000000};
    edges[0] = (struct lab_rig_edge){1000000, text, true, true};
    edges[1] = (struct lab_rig_edge){1012000, "ac", false, true};
    edges[2] = (struct lab_rig_edge){CUT_US, text, true, false};
    edges[3] = (struct lab_rig_edge){CUT_US + 8000, "ac", false, false};
    skipped[0] = text;
    *cut = (struct lab_rig_cut){.trigger = text,
                                .asked_offset = 413574,
                                .asked_line = 15510,
                                .asked_z_nm = INT64_MIN,
                                .asked_us = -1,
                                .asked_layer = 61,
                                .offset = 413590,
                                .at_nm = {1, 2, 12400000, INT64_MIN},
                                .into_job_us = 58000000,
                                .layer = 61,
                                .command_us = CUT_US - 3,
                                .line_us = CUT_US,
                                .sense_us = CUT_US + 8000,
                                .back_line_us = BACK_US,
                                .back_sense_us = -1,
                                .off_us = 20000000,
                                .ready_us = -1,
                                .told_us = -1,
                                .resumed_us = BACK_US + 30000000,
                                .resumed_offset = 412950,
                                .resumed_layer = 61};
    *rig = (struct lab_report_rig){.bench = text,
                                   .fault = text,
                                   .why = text,
                                   .unsafe = true,
                                   .state = states,
                                   .states = 2,
                                   .cut = cut,
                                   .cuts = 1,
                                   .edge = edges,
                                   .edges = 4,
                                   .skipped = skipped,
                                   .skips = 1};
}

/// Of a bench: no truth, no cuts of its own; its lines around each of the bench's.
static void test_rig_page(void **state)
{
    (void)state;
    static const char *const names[] = {"mains", "<b>\"mains'"};
    static struct made_run run;
    struct lab_report_rig rig;
    struct lab_rig_cut cut;
    size_t tags[2];

    for (int n = 0; n < 2; n++) {
        fill_run(&run, names[n]);
        fill_rig(&rig, &cut, names[n]);
        run.report.rig = &rig;
        run.report.truth = NULL;
        char *page = run_page(&run, false);
        check_page(page);
        tags[n] = check_tags(page);
        assert_null(strstr(page, "<b>"));
        assert_non_null(strstr(page, "<code>plr-rig run "));
        assert_true(n || strstr(page, " --skip &apos;mains&apos;</code>"));
        assert_non_null(strstr(page, "Prints from"));
        assert_non_null(strstr(page, "layer 61, byte 412950"));
        assert_non_null(strstr(page, "Pull the plug."));
        assert_non_null(strstr(page, "Made by plr-rig 0.1.0."));
        assert_non_null(strstr(page, ">ac</th><td>\xe2\x88\x92"
                                     "0.30 s</td><td>0.01 s</td>"));
        free(page);
    }
    assert_int_equal(tags[0], tags[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_axis_ticks),
        cmocka_unit_test(test_axis_labels),
        cmocka_unit_test(test_axis_of_nothing),
        cmocka_unit_test(test_thin),
        cmocka_unit_test(test_thin_without_values),
        cmocka_unit_test(test_sweep_page),
        cmocka_unit_test(test_limits_of_curves),
        cmocka_unit_test(test_runs_over_limits),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_sweep_pages),
        cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_escaped_noise),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_run_without_trace),
        cmocka_unit_test(test_run_pages),
        cmocka_unit_test(test_run_lost),
        cmocka_unit_test(test_run_escaped),
        cmocka_unit_test(test_rig_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
