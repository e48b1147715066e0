// Interrupts while there is work of which a part is worth a report.
// SPDX-License-Identifier: MIT
#include "sim/sweep/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t came;
static struct sigaction before[2];
static const int signals[2] = {SIGINT, SIGTERM};

static void note(int number)
{
    came = 1;
    for (int i = 0; i < 2; i++) // the next one means it
        if (signals[i] == number)
            (void)sigaction(number, &before[i], NULL);
}

void interrupt_begin(void)
{
    struct sigaction action = {.sa_handler = note}; // no SA_RESTART: who waits wakes up

    came = 0;
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < 2; i++)
        (void)sigaction(signals[i], &action, &before[i]);
}

void interrupt_end(void)
{
    for (int i = 0; i < 2; i++)
        (void)sigaction(signals[i], &before[i], NULL);
}

bool interrupt_came(void)
{
    return came;
}

void interrupt_leave_to_parent(void)
{
    (void)signal(SIGINT, SIG_IGN); // a terminal sends it to both
    (void)signal(SIGTERM, SIG_DFL);
}
