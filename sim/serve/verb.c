// The verb serve: from the command line to the loop.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "sim/run/verbs.h"
#include "sim/serve/serve.h"

/// What is missing on the command line; NULL: nothing.
static const char *missing(const struct lab_cli *cli)
{
    if (!cli->pty)
        return "--pty PATH";
    return cli->control ? NULL : "--control SOCK";
}

static void tell(const struct lab_cli *cli, const struct serve *s)
{
    if (cli->quiet)
        return;
    printf("%s\nserial line %s (%s), control socket %s\n", s->printer.run.id, cli->pty,
           s->pty.device, cli->control);
    fflush(stdout);
}

/// Doors to the outside. Returns 0 or a negative errno: all of them infrastructure.
static int open_doors(const struct lab_cli *cli, struct serve *s, struct lab_error *err)
{
    int bad = gpio_open(&s->gpio, err);
    if (!bad)
        bad = control_open(&s->control, cli->control, err);
    return bad ? bad : pty_open(&s->pty, cli->pty, err);
}

static int live(const struct lab_cli *cli, struct serve *s)
{
    struct lab_error err = {0};
    struct printer_rails rails;
    int code = LAB_EXIT_INFRA;

    s->control.fd = s->pty.fd = -1;
    if (open_doors(cli, s, &err)) {
        lab_error_print(stderr, &err);
    } else {
        for (int i = 0; i < GPIO_RELAYS; i++)
            s->relay[i] = -1;
        serve_relays(s, clock_host_us()); // what is off is off from the beginning
        printer_settle(&s->printer);
        serve_senses(s, &rails);
        marlin_open(&s->marlin, &s->printer);
        clock_set(&s->clock, 0, cli->speed ? cli->speed : 1);
        tell(cli, s);
        code = serve_loop(s);
    }
    pty_close(&s->pty);
    control_close(&s->control);
    gpio_close(&s->gpio);
    return code;
}

int verb_serve(const struct lab_cli *cli)
{
    struct lab_error err = {0};
    const char *lacks = missing(cli);

    if (lacks) {
        fprintf(stderr, "plr-sim: serve wants %s\nTry 'plr-sim serve --help'.\n", lacks);
        return LAB_EXIT_USAGE;
    }
    if (cli->speed > SERVE_SPEED_MOST) {
        fprintf(stderr, "plr-sim: --speed wants a number from 1 to %d\n", SERVE_SPEED_MOST);
        return LAB_EXIT_USAGE;
    }
    struct serve *s = calloc(1, sizeof *s);
    if (!s)
        return LAB_EXIT_INFRA;
    int bad = cli->gpio ? gpio_parse(&s->gpio, cli->gpio, &err) : 0;
    if (!bad)
        bad = printer_open(&s->printer, cli->operand[0], cli->root, cli->set, cli->sets,
                           cli->has_seed ? &cli->seed : NULL, &err);
    int code = bad ? verb_complain(&err, bad) : live(cli, s);
    printer_close(&s->printer);
    free(s);
    return code;
}
