// Being a service: what systemd wants to hear (sd_notify's protocol), so that one that hangs is ended, and its relays with it.
// SPDX-License-Identifier: MIT
//
// Without systemd ($NOTIFY_SOCKET is not set) both do nothing. They say nothing about failures: whoever does not hear us ends us.
#ifndef RIG_SERVICE_H
#define RIG_SERVICE_H

#include <stdint.h>

/// The bench is held, and everything is as it should be; with a line for `systemctl status`.
void service_ready(const char *status);

/// We live: called in each turn of a loop; says so at most four times in $WATCHDOG_USEC. A turn takes no longer than half of that: a relay
/// has five seconds to switch, and its read-back one; while a command switches it, this is called too (lines_meanwhile).
void service_alive(int64_t now_us);

#endif
