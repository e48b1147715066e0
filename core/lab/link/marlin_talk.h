// The conversation with a Marlin-like printer: numbered lines, one at a time, said again when it asks, and no ok waited for in vain.
// SPDX-License-Identifier: MIT
//
// A state machine on lines and instants, which writes what is to be sent into a buffer of the caller's. It holds a short history, so that
// the printer can ask for lines again.
//
// When an ok is missing, the line may have been lost, or its ok, or the command takes its time. So a question is sent whose answer
// cannot be mistaken ("ok T:...", or something told just before the ok): a printer works in order, and what it says to the question
// proves that what was before it is through. There are four such questions, and none is asked twice at a time.
#ifndef LAB_LINK_MARLIN_TALK_H
#define LAB_LINK_MARLIN_TALK_H

#include "core/lab/link/marlin_line.h"

enum {
    MARLIN_OPEN = 5,  ///< lines under way at once: one, and questions for its ok
    MARLIN_PAST = 16, ///< lines that can be said again
    MARLIN_EARLY =
        4, ///< before this line is through, asking for the first again is no sign of a reset
    MARLIN_RESENDS = 10, ///< so often for one line; then the link is no good
    MARLIN_RESEND_US =
        500000, ///< a printer that sends no ok behind "Resend:" is not waited for longer
    MARLIN_SENT = 2 * (MARLIN_COMMAND + 24)
};

struct marlin_sent {
    char command[MARLIN_COMMAND];
    int32_t tag; ///< the caller's
};

struct marlin_talk {
    int64_t late_us; ///< an ok that is missing for so long is asked for
    uint32_t n;      ///< number of the newest line
    uint32_t wire;   ///< the line sent last; below n: lines are being said again
    uint32_t open; ///< lines without an answer, the newest; line n - open + 1 is the oldest of them
    int copies;    ///< oks that are to come
    bool rejected; ///< the next ok belongs to a "Resend:"
    uint32_t told; ///< what was told since the last ok: bits of answers to questions
    uint32_t wanted;
    int resends, waits;
    int64_t resend_us; ///< when "Resend:" came
    int64_t going_us;  ///< newest sign that it works at it: sent, busy, an ok
    struct marlin_sent past[MARLIN_PAST];
};

enum marlin_turn {
    MARLIN_GOES_ON, ///< nothing special
    MARLIN_RESET,   ///< it has forgotten all: it was reset, and "start" went lost
    MARLIN_HOPELESS ///< it wants what cannot be, or the same line again and again
};

/// Lines that were answered by what was heard, oldest first.
struct marlin_answered {
    int count;
    int32_t tag[MARLIN_OPEN];
};

/// The printer was told M110 N0: the next line is 1, nothing is under way.
void marlin_talk_begin(struct marlin_talk *talk, int64_t late_us);

/// May a line be said?
bool marlin_talk_free(const struct marlin_talk *talk);

/// Say a command of less than MARLIN_COMMAND bytes. Returns the bytes to be sent.
size_t marlin_talk_say(struct marlin_talk *talk, const char *command, int32_t tag, int64_t now_us,
                       char out[MARLIN_SENT]);

/// Take what the printer said.
enum marlin_turn marlin_talk_hear(struct marlin_talk *talk, const struct marlin_said *said,
                                  int64_t now_us, struct marlin_answered *answered);

/// What is to be sent without being asked for: lines again, questions for a missing ok. Returns bytes, 0: nothing now. `tag` is for
/// the questions.
size_t marlin_talk_step(struct marlin_talk *talk, int32_t tag, int64_t now_us,
                        char out[MARLIN_SENT]);

/// Every question was asked, and for long nothing was heard of any of them.
bool marlin_talk_stuck(const struct marlin_talk *talk, int64_t now_us);

/// When marlin_talk_step is wanted next; INT64_MAX: not before something is heard.
int64_t marlin_talk_wake(const struct marlin_talk *talk);

/// The command that is being worked at; NULL none.
const struct marlin_sent *marlin_talk_head(const struct marlin_talk *talk);

#endif
