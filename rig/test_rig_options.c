// The command line of plr-rig: man page and completion are what its tables say.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/lab/doc/test_golden.h"
#include "rig/options.h"

static void print_man(FILE *out)
{
    lab_cli_man(rig_program(), out);
}

static void the_man_page_is_the_tables(void **state)
{
    (void)state;
    golden_same("docs/man/plr-rig.1", NULL, print_man);
}

static void the_completion_knows_every_word(void **state)
{
    const struct lab_cli_program *program = rig_program();
    char text[8192] = "", want[64];
    FILE *in = fopen("docs/completion/plr-rig.bash", "r");

    (void)state;
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    for (int n = 0; n < program->options + program->verbs; n++) {
        bool verb = n >= program->options;
        snprintf(want, sizeof want, "%s%s", verb ? "" : "--",
                 verb ? program->verb[n - program->options].name : program->option[n].name);
        if (!strstr(text, want))
            fail_msg("the completion does not know %s", want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_man_page_is_the_tables),
        cmocka_unit_test(the_completion_knows_every_word),
    };
    return cmocka_run_group_tests_name("plr-rig options", tests, NULL, NULL);
}
