// A bench and a printer that are not there, for tests of a run: lines.h and link.h once more, in a time of their own.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_DOUBLE_H
#define RIG_RUN_DOUBLE_H

#include "core/lab/link/link.h"
#include "rig/lines/lines.h"

enum {
    DOUBLE_SAID = 16,
    DOUBLE_FD = 12345,       ///< can be read every ...
    DOUBLE_TELLS_US = 250000 ///< ... of a printer that lets itself be waited for
};

/// How a contact follows its line.
enum double_contact { DOUBLE_FOLLOWS, DOUBLE_OPEN, DOUBLE_WELDED };

/// The whole of it: set by a test, read by it. The printer hangs on relay 0.
struct double_world {
    int64_t now_us;
    // the bench
    bool relay[BENCH_RELAYS], sense[BENCH_SENSES];
    enum double_contact contact[BENCH_RELAYS];
    int64_t sense_late_us;             ///< the read-back follows so much behind the line
    int64_t off_late_us[BENCH_RELAYS]; ///< and so much more when it goes off
    int offs;                          ///< so often relays were switched off together
    int64_t stop_us; ///< while lines are listened to, the emergency stop is pressed then; 0 never
    int64_t command_us; ///< a relay is switched by a command that takes so long
    int gone;           ///< lines answer with this negative errno
    int no_link;        ///< and opening the link does
    bool welds;         ///< just then relay 0 welds
    bool beeped, led;
    int64_t beep_us, lit_us; ///< first noise, first light; 0 never
    bool unlit;              ///< a relay went on while the LED was dark
    int link_error;          ///< turning the link answers with this negative errno
    int64_t changed_us[BENCH_RELAYS];
    uint64_t listened; ///< so often the lines were waited for
    struct lines_edge edge[LINES_EDGES];
    uint64_t edges;
    // the printer
    int64_t powered_us; ///< on since; -1 off
    int64_t boot_us, recover_us;
    int64_t notice_us; ///< the link takes so long to see that it lost the printer
    int64_t lost_us;
    int64_t byte_us; ///< it prints a byte of its file in so long
    int64_t file_size, file_at;
    int64_t resume_from;    ///< it goes on there; -1 where it was
    int64_t rest_size;      ///< with a file of its own of so many bytes; 0 with the job's
    bool no_size, no_place; ///< it does not tell these
    int64_t place_late_us;  ///< nor where it is, for so long behind going on
    int64_t went_on_us;
    int32_t nozzle_mc;
    bool printing, done, silent, fault, saved;
    bool lives;    ///< its controller has power of its own: it prints on, and notices nothing
    bool no_heat;  ///< it talks on, and tells no temperatures
    bool dead_mcu; ///< its host talks on, and its microcontroller does not live
    int64_t resume_at_us; ///< it goes on then; -1 nobody told it to
    const char *refuses;  ///< the words with which it refuses to go on, NULL it does not
    const char *refuses_print;
    bool rests;                        ///< its link can be waited for
    const char *refuses_word;          ///< a line that it does not know
    bool deaf;                         ///< told to go on, it does nothing
    char said[DOUBLE_SAID][LINK_LINE]; ///< to the printer
    int words;
    int stops;       ///< it was told to stop so often
    bool stopped_on; ///< and a relay was on then
    bool stop_waits; ///< its line is full
    bool two_tools;
    int32_t chamber_target_mc, tool_target_mc; ///< until it is told otherwise
    const char *console;                       ///< what it says next
    int answer;
    int64_t heard_us;
    uint32_t abilities;
    struct link_status status;
};

extern struct double_world world;

/// A bench that is off and a printer that is cold.
void double_begin(void);

#endif
