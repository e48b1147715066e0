// From a scenario to what a bench does.
// SPDX-License-Identifier: MIT
#include "rig/run/plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// What the plan is made from.
struct making {
    struct run_plan *plan;
    const struct bench *bench;
    const struct lab_input *input;
    const char *const *skip;
    size_t skips;
    struct lab_error *err;
};

__attribute__((format(printf, 2, 3))) static void note(struct run_plan *plan, const char *format,
                                                       ...)
{
    va_list args;

    if (plan->notes == RUN_NOTES)
        return;
    va_start(args, format);
    vsnprintf(plan->note[plan->notes++], RUN_NOTE, format, args);
    va_end(args);
}

// --- leaving out --------------------------------------------------------------------------------------------------

bool run_key_meant(const char *key, const char *said)
{
    while (*said && *key) {
        if (*key == '[' && *said != '[') { // no index said: any
            key += strcspn(key, "]");
            key += *key == ']';
            continue;
        }
        if (*key++ != *said++)
            return false;
    }
    return !*said && (!*key || *key == '.' || *key == '[');
}

/// Did somebody say that this is to be left out? Then it is noted, whether the bench could do it or not.
static bool skipped(struct making *making, const char *key, const char *why)
{
    struct run_plan *plan = making->plan;

    for (size_t i = 0; i < making->skips; i++) {
        if (!run_key_meant(key, making->skip[i]))
            continue;
        if (plan->skips < RUN_SKIPPED)
            snprintf(plan->skipped[plan->skips++], RUN_KEY, "%s", key);
        note(plan, "%s is left out%s%s", key, why[0] ? ": " : "", why);
        return true;
    }
    return false;
}

/// Complain about what cannot be done, and say how to leave it out where something would be left then. Returns LAB_EINVAL.
__attribute__((format(printf, 5, 6))) static int refuse(struct making *making, const char *key,
                                                        struct lab_mark mark, bool rest,
                                                        const char *format, ...)
{
    char why[RUN_NOTE], how[RUN_KEY + 32] = "";
    va_list args;

    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (rest)
        snprintf(how, sizeof how, "; --skip '%s' leaves it out", key);
    lab_scenario_blame(&making->input->scenario, making->input->set, making->input->sets, mark,
                       making->err, "%s: %s%s", key, why, how);
    return LAB_EINVAL;
}

/// All keys of a scenario that can be left out, each to `each`.
static void each_key(const struct lab_scenario *scenario, void (*each)(void *ctx, const char *key),
                     void *ctx)
{
    char key[RUN_KEY];

    for (int i = 0; i < scenario->power_count; i++) {
        const struct lab_power *power = &scenario->power[i];
        snprintf(key, sizeof key, "power[%d].at.%s", i, run_trigger_name(power->at.kind));
        each(ctx, key);
        for (int domain = 0; domain < BENCH_DOMAINS; domain++) {
            if (!(power->domains >> domain & 1u))
                continue;
            snprintf(key, sizeof key, "power[%d].domains.%s", i,
                     bench_domain_name((enum bench_domain)domain));
            each(ctx, key);
        }
    }
    for (int i = 0; i < scenario->disturb_count; i++) {
        snprintf(key, sizeof key, "disturb[%d]", i);
        each(ctx, key);
    }
}

/// What was said to be left out, and what of the scenario comes nearest to it.
struct meaning {
    const char *said;
    bool meant;
    int distance;
    char near[RUN_KEY];
};

static void compare(struct meaning *meaning, const char *part, size_t size)
{
    char text[RUN_KEY];
    const char *best = NULL;

    snprintf(text, sizeof text, "%.*s", (int)size, part);
    lab_nearest(meaning->said, text, &best, &meaning->distance);
    if (best)
        memcpy(meaning->near, text, sizeof text);
}

/// Is it this key, or what begins it? Else: how far is it from each of its beginnings?
static void look_at(void *ctx, const char *key)
{
    struct meaning *meaning = ctx;
    size_t size = strcspn(key, "[");

    meaning->meant = meaning->meant || run_key_meant(key, meaning->said);
    compare(meaning, key, size);
    for (size += strcspn(key + size, "."); key[size]; size += 1 + strcspn(key + size + 1, "."))
        compare(meaning, key, size);
    compare(meaning, key, size);
}

/// A key that names nothing would leave nothing out, and whoever said it believes that it did.
static int check_skips(struct making *making)
{
    for (size_t n = 0; n < making->skips; n++) {
        struct meaning meaning = {.said = making->skip[n], .distance = 3};
        each_key(&making->input->scenario, look_at, &meaning);
        if (meaning.meant)
            continue;
        lab_error_at_file(making->err, making->input->scenario.path,
                          "--skip %s: this scenario has no such cut or disturbance",
                          making->skip[n]);
        lab_error_suggest(making->err, meaning.near[0] ? meaning.near : NULL);
        return LAB_EINVAL;
    }
    return 0;
}

// --- cuts ---------------------------------------------------------------------------------------------------------

/// The relays that cut a domain, as bits.
static uint32_t cutters(const struct bench *bench, int domain)
{
    uint32_t relays = 0;

    for (int32_t i = 0; i < bench->relays; i++)
        if (bench->relay[i].role == BENCH_CUT && bench->relay[i].domain == domain)
            relays |= UINT32_C(1) << i;
    return relays;
}

/// What this bench could cut instead, as a hint; "" nothing.
static void other_domain(const struct bench *bench, int entry, char out[80])
{
    out[0] = '\0';
    for (int domain = BENCH_DOMAINS - 1; domain >= 0; domain--)
        if (cutters(bench, domain))
            snprintf(out, 80, " (it cuts %s: --set 'power[%d].domains=[%s]')",
                     bench_domain_name((enum bench_domain)domain), entry,
                     bench_domain_name((enum bench_domain)domain));
}

/// Would a cut be left without a domain of this entry?
static bool cuts_besides(const struct making *making, int entry, int without)
{
    const struct lab_scenario *scenario = &making->input->scenario;

    for (int domain = 0; domain < BENCH_DOMAINS; domain++)
        if (domain != without && scenario->power[entry].domains >> domain & 1u &&
            cutters(making->bench, domain))
            return true;
    return scenario->power_count > 1;
}

/// The relays of an entry. Returns 0, 1 when the whole entry is left out, or a negative status.
static int choose_relays(struct making *making, int entry, struct run_cut *cut)
{
    const struct lab_power *power = &making->input->scenario.power[entry];
    struct lab_mark mark = power->domains_mark.line ? power->domains_mark : power->at.mark;
    char key[RUN_KEY], hint[80];

    other_domain(making->bench, entry, hint);
    for (int domain = 0; domain < BENCH_DOMAINS; domain++) {
        if (!(power->domains >> domain & 1u)) // the scenario's bits are in the bench's order
            continue;
        uint32_t relays = cutters(making->bench, domain);
        const char *name = bench_domain_name((enum bench_domain)domain);
        snprintf(key, sizeof key, "power[%d].domains.%s", entry, name);
        if (skipped(making, key, relays ? "" : "no relay of this bench cuts it"))
            continue;
        if (!relays)
            return refuse(making, key, mark, cuts_besides(making, entry, domain),
                          "no relay of %s has role: cut and domain: %s%s", making->bench->path,
                          name, hint);
        cut->relays |= relays;
    }
    return cut->relays ? 0 : 1;
}

/// The place of an entry. Returns 0, 1 when it is left out, or a negative status.
static int choose_place(struct making *making, int entry, struct run_cut *cut)
{
    const struct lab_input *input = making->input;
    const struct lab_trigger *at = &input->scenario.power[entry].at;
    bool rest = input->scenario.power_count > 1;
    char key[RUN_KEY];

    snprintf(key, sizeof key, "power[%d].at.%s", entry, run_trigger_name(at->kind));
    if (skipped(making, key, ""))
        return 1;
    if (!run_target_possible(at->kind))
        return refuse(making, key, at->mark, rest,
                      "it happens inside the printer, and no bench sees it there");
    if (!run_target_find(&input->job, at, making->plan->cuts + 1, &cut->target))
        return 0;
    return refuse(making, key, at->mark, rest,
                  "this cut never fires: the print (%" PRId32 " layers, %" PRId64
                  " moves) never gets there",
                  input->job.layers, input->job.moves);
}

/// Relays that cannot be back as soon as the scenario says.
static void note_times(struct making *making, const struct run_cut *cut)
{
    for (int32_t i = 0; i < making->bench->relays; i++) {
        const struct bench_relay *relay = &making->bench->relay[i];
        if (cut->relays >> i & 1u && relay->min_off_us > cut->off_for_us)
            note(making->plan,
                 "power[%d]: off for longer than asked: %s may not be back before %lld ms",
                 cut->entry, relay->name, (long long)(relay->min_off_us / 1000));
    }
}

static int plan_cuts(struct making *making)
{
    const struct lab_scenario *scenario = &making->input->scenario;
    struct run_plan *plan = making->plan;

    for (int i = 0; i < scenario->power_count; i++) {
        struct run_cut cut = {.entry = i, .off_for_us = scenario->power[i].off_for_us};
        int out = choose_place(making, i, &cut);
        if (!out)
            out = choose_relays(making, i, &cut);
        if (out < 0)
            return out;
        if (out)
            continue;
        note_times(making, &cut);
        plan->script.off_for_us[plan->cuts] = cut.off_for_us;
        plan->cut[plan->cuts++] = cut;
    }
    if (plan->cuts || !scenario->power_count)
        return 0;
    lab_error_at_file(making->err, scenario->path,
                      "every cut of this scenario is left out by --skip: nothing would be cut, and "
                      "nothing come back (--set 'power=[]' prints the job without a cut)");
    return LAB_EINVAL;
}

// --- the rest -----------------------------------------------------------------------------------------------------

/// What somebody says to the console, a bench can say.
static int plan_word(struct making *making, const struct lab_disturb *disturb, int entry,
                     const char *key)
{
    struct run_plan *plan = making->plan;
    struct run_word *word = &plan->word[plan->words];

    if (skipped(making, key, ""))
        return 0;
    word->entry = entry;
    memcpy(word->line, disturb->line, sizeof word->line);
    if (!run_target_find(&making->input->job, &disturb->at, -1, &word->target)) {
        plan->words++;
        return 0;
    }
    return refuse(making, key, disturb->at.mark, true, "the print never gets there");
}

static int plan_disturbances(struct making *making)
{
    const struct lab_scenario *scenario = &making->input->scenario;
    char key[RUN_KEY];
    int bad = 0;

    for (int i = 0; i < scenario->disturb_count && !bad; i++) {
        const struct lab_disturb *disturb = &scenario->disturb[i];
        snprintf(key, sizeof key, "disturb[%d]", i);
        if (disturb->kind == LAB_DISTURB_CONSOLE)
            bad = plan_word(making, disturb, i, key);
        else if (!skipped(making, key, "a bench cannot do it"))
            bad = refuse(making, key, disturb->at.mark, true,
                         "a bench disturbs a printer by its power and its console alone");
    }
    return bad;
}

static int check_bench(struct making *making)
{
    const struct bench *bench = making->bench;

    if (bench->link.kind != BENCH_LINK_NONE)
        return 0;
    lab_error_at_file(making->err, bench->path,
                      "a run needs a link to the printer, and the bench says link: {kind: none}");
    return LAB_EINVAL;
}

/// What does not hang on the scenario's cuts and disturbances.
static int begin(struct making *making)
{
    const struct bench *bench = making->bench;
    struct run_plan *out = making->plan;

    memset(out, 0, sizeof *out);
    note(out, bench->dut == BENCH_DUT_CORE
                  ? "what sim: and the seed say is of a simulated machine, and is ignored"
                  : "what sim:, plr: and the seed say is of a simulated machine, and is ignored");
    out->script.resumes = bench->resume_gcode[0] || bench->dut == BENCH_DUT_CORE;
    out->script.restarts = bench->restart_gcode[0];
    out->script.ready_us = bench->limits.ready_us;
    out->script.recovery_us = bench->limits.recovery_us;
    out->script.cooldown_us = bench->limits.cooldown_us;
    return check_bench(making);
}

int run_plan_make(struct run_plan *out, const struct bench *bench, const struct lab_input *input,
                  const char *const *skip, size_t n, struct lab_error *err)
{
    struct making making = {out, bench, input, skip, n, err};
    int bad = begin(&making);

    bad = bad ? bad : check_skips(&making);
    bad = bad ? bad : plan_cuts(&making);
    bad = bad ? bad : plan_disturbances(&making);
    out->script.cuts = out->cuts;
    return bad;
}

int run_plan_calibration(struct run_plan *out, const struct bench *bench,
                         const struct lab_input *input, struct lab_error *err)
{
    struct making making = {.plan = out, .bench = bench, .input = input, .err = err};

    return begin(&making);
}

// --- telling ------------------------------------------------------------------------------------------------------

static void tell_place(const struct run_target *target, int number, const struct lab_input *input,
                       FILE *out)
{
    if (target->mark)
        fprintf(out, "when the printer says 'plr-cut %d', line %" PRId64 " of %s", number,
                target->mark, input->job.name);
    else if (target->kind == LAB_AT_TIME)
        fprintf(out, "%" PRId64 ".%03d s into the job", target->time_us / 1000000,
                (int)(target->time_us / 1000 % 1000));
    else
        fprintf(out, "layer %" PRId32 ", line %" PRId64 " of %s (byte %" PRId64 ")", target->layer,
                target->line, input->job.name, target->byte);
    if (target->after_us)
        fprintf(out, " and %" PRId64 ".%03d s", target->after_us / 1000000,
                (int)(target->after_us / 1000 % 1000));
}

static void tell_cut(const struct run_plan *plan, int n, const struct bench *bench,
                     const struct lab_input *input, FILE *out)
{
    const struct run_cut *cut = &plan->cut[n];

    fprintf(out, "power[%d]: ", cut->entry);
    tell_place(&cut->target, n + 1, input, out);
    fputs(", by", out);
    for (int32_t i = 0; i < bench->relays; i++)
        if (cut->relays >> i & 1u)
            fprintf(out, " %s", bench->relay[i].name);
    fprintf(out, ", off for %" PRId64 ".%03d s\n", cut->off_for_us / 1000000,
            (int)(cut->off_for_us / 1000 % 1000));
}

void run_plan_tell(const struct run_plan *plan, const struct bench *bench,
                   const struct lab_input *input, FILE *out)
{
    fprintf(out, "%s\non %s\n", input->scenario.about, bench->about);
    for (int i = 0; i < plan->cuts; i++)
        tell_cut(plan, i, bench, input, out);
    for (int i = 0; i < plan->words; i++) {
        fprintf(out, "disturb[%d]: ", plan->word[i].entry);
        tell_place(&plan->word[i].target, 0, input, out);
        fprintf(out, ", the printer is told %s\n", plan->word[i].line);
    }
    if (!plan->cuts)
        fputs("nothing is cut: the job is printed to its end\n", out);
    else
        fprintf(out, "the print is brought back by %s%s\n",
                bench->dut == BENCH_DUT_CORE ? "the core on this computer"
                : bench->resume_gcode[0]     ? "the printer, told "
                                             : "the printer, by itself",
                bench->resume_gcode);
    for (int i = 0; i < plan->notes; i++)
        fprintf(out, "note: %s\n", plan->note[i]);
}
