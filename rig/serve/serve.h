// A bench's relays over HTTP, in two small dialects that labs speak already.
// SPDX-License-Identifier: MIT
//
//   GET  /relay/{index}/value                         "0" or "1"      labgrid's NetworkPowerPort, model rest
//   PUT  /relay/{index}/value   body 0 or 1
//   GET  /power/control/{on,off,reboot}?port=N&...    "OK - ..."      pdudaemon, and labgrid's PDUDaemonPort
//
// {index} and port are a relay's name or its number in the bench file, from 0. Loopback unless told otherwise, and then only with a bearer
// token. Whoever may speak to it switches mains: it belongs behind a router, and never on the Internet.
#ifndef RIG_SERVE_H
#define RIG_SERVE_H

#include "rig/bench/bench.h"

enum { SERVE_WHY = 400, SERVE_TOKEN = 128, SERVE_HEADER = SERVE_TOKEN + 16 };

enum serve_what { SERVE_GET, SERVE_ON, SERVE_OFF, SERVE_REBOOT };

/// A request as it came. Strings are borrowed; NULL: it was not there.
struct serve_request {
    const char *method, *path;
    const char *port, *delay; ///< of the query
    const char *authorization;
    const char *host, *origin; ///< headers
    const char *body;
    size_t size;
};

struct serve_wish {
    enum serve_what what;
    bool pdudaemon; ///< in whose words to answer
    int32_t relay;
    int64_t delay_us; ///< SERVE_REBOOT: how long it is off
};

/// Understand a request. Returns 200, or an HTTP status with a sentence about it: 400, 404, 405.
int serve_read(const struct serve_request *request, const struct bench *bench,
               struct serve_wish *out, char why[SERVE_WHY]);

/// May it come in? `token` "" asks for none. Takes as long for any wrong token of one length.
bool serve_admits(const struct serve_request *request, const char *token);

/// Does a request without a token come from a program of this computer, and not from a page in its browser? Such a page sends an Origin, or
/// a Host that is not ours (a name that somebody made point here). Ours is localhost or a loopback address, with this port.
bool serve_is_own(const struct serve_request *request, int port);

/// Read a token: the first line of a file, of 16 to 126 visible characters that nobody else may read. Returns 0 or -EINVAL with err filled.
int serve_token(const char *path, char token[SERVE_TOKEN], struct lab_error *err);

/// What answers: status and text.
struct serve_answer {
    int status;
    char text[SERVE_WHY];
};
typedef void serve_handler(void *ctx, const struct serve_request *request,
                           struct serve_answer *answer);

struct serve;

/// Listen at ADDRESS:PORT (port 0: any that is free). Returns 0 or a negative errno with err filled.
int serve_open(struct serve **out, const char *address, serve_handler *handler, void *ctx,
               struct lab_error *err);
/// The port that it listens at.
int serve_port(const struct serve *serve);
/// Answer what there is to answer; never waits. Calls the handler. Who has not sent all of a request within 5 s is hung up on; there are 64
/// connections at most, 8 from one other computer.
void serve_turn(struct serve *serve);
void serve_close(struct serve *serve);

/// Is this an ADDRESS:PORT at all: an address in numbers, and a port up to 65535?
bool serve_is_place(const char *address);
/// Is this ADDRESS:PORT one that only this computer can reach?
bool serve_is_loopback(const char *address);

#endif
