// Walks fixtures/invalid/klipper: each configuration is refused at the place and with the words of its error file.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/klipper/section.h"
#include "core/lab/doc/test_corpus.h"

static int read_conf(const char *path, struct lab_error *err)
{
    static struct klipper_plr plr;
    struct klipper_conf *conf = NULL;
    int status = klipper_conf_open(&conf, path, err);
    assert_int_equal(status == LAB_OK, conf != NULL);
    if (status == LAB_OK) {
        status = klipper_plr_read(conf, &plr, err);
    }
    klipper_conf_close(conf);
    return status;
}

static void the_corpus_is_refused(void **state)
{
    (void)state;
    corpus_is_refused("fixtures/invalid/klipper", "input.cfg", read_conf, 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_corpus_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
