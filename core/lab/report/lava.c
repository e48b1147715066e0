// A run as signals that LAVA reads off a console: a test set, a case for the result and one for each measure.
// SPDX-License-Identifier: MIT
//
// LAVA takes what is in angle brackets apart at blanks and '=', so neither is in a name or a value.
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/lab/report/format.h"

/// Letters, digits and a few more; all else is '_'.
static void put_name(FILE *out, const char *name)
{
    for (; *name; name++)
        fputc(isalnum((unsigned char)*name) || *name == '-' || *name == '.' ? *name : '_', out);
}

void lab_report_lava_begin(const char *set, FILE *out)
{
    fputs("<LAVA_SIGNAL_TESTSET START ", out);
    put_name(out, set);
    fputs(">\n<LAVA_SIGNAL_STARTTC result>\n", out);
    fflush(out);
}

/// To LAVA a marginal measure passes; trouble of the bench is no failure, and what was not measured was skipped.
static const char *word(enum lab_outcome outcome)
{
    static const char *const words[] = {[LAB_PASS] = "pass",
                                        [LAB_MARGINAL] = "pass",
                                        [LAB_FAIL] = "fail",
                                        [LAB_ERROR] = "unknown",
                                        [LAB_NOT_APPLICABLE] = "skip"};

    return words[outcome];
}

static void put_measure(enum lab_measure measure, const struct lab_measured *m, FILE *out)
{
    const struct lab_measure_info *info = lab_measure_info(measure);

    fprintf(out, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=%s RESULT=%s", info->key, word(m->outcome));
    if (m->known) {
        fprintf(out, " MEASUREMENT=%" PRId64 " UNITS=", m->value);
        put_name(out, info->unit[0] ? info->unit : "count");
    }
    fputs(">\n", out);
}

void lab_report_lava(const struct lab_verdict *verdict, FILE *out)
{
    enum lab_outcome result = LAB_ERROR;

    if (verdict && verdict->outcome != LAB_ERROR)
        result = verdict->result_ok ? LAB_PASS : LAB_FAIL;
    fputs("<LAVA_SIGNAL_ENDTC result>\n", out);
    fprintf(out, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=result RESULT=%s>\n", word(result));
    for (int n = 0; verdict && n < LAB_MEASURES; n++)
        put_measure((enum lab_measure)n, &verdict->measure[n], out);
    fputs("<LAVA_SIGNAL_TESTSET STOP>\n", out);
    fflush(out);
}
