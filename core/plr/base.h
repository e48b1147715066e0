// The ground everything in core/plr stands on: error codes, assertions, units.
// SPDX-License-Identifier: MIT
//
// core/plr is freestanding C11: no allocation, no floating point, no libc beyond string.h and
// stdint.h. Units are in the names:
//   _nm   nanometres            _nm_s  nanometres per second     _um_s2 micrometres per second squared
//   _us   microseconds          _mc    milli-degrees Celsius     _ppm   parts per million (1e6 = whole)
#ifndef PLR_BASE_H
#define PLR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Errors are negative and numerically equal to Linux errno, so that a port can pass its own through.
/// Zero or a positive payload is success.
enum plr_error {
    PLR_OK = 0,
    PLR_ENOENT = -2,     ///< no such record, file or option
    PLR_EIO = -5,        ///< the device did not do it
    PLR_EAGAIN = -11,    ///< not finished yet; poll again
    PLR_EBUSY = -16,     ///< something else is running
    PLR_EINVAL = -22,    ///< the argument makes no sense
    PLR_EFBIG = -27,     ///< does not fit
    PLR_ENOSPC = -28,    ///< no room on the device
    PLR_ERANGE = -34,    ///< a number outside its range
    PLR_EBADMSG = -74,   ///< a record that does not check
    PLR_EPOWER = -108,   ///< power went away inside the call; do nothing more
    PLR_ECANCELED = -125 ///< given up on purpose
};

/// One lower-case sentence for an error code, never NULL, static.
const char *plr_strerror(int error);

/// Called when an assertion fails; provided by whoever links the core (a firmware stops its heaters,
/// a host prints and aborts). Must not return.
_Noreturn void plr_panic(const char *file, int line, const char *what);

/// Assertions stay on in every build.
#define PLR_ASSERT(condition) ((condition) ? (void)0 : plr_panic(__FILE__, __LINE__, #condition))

#define PLR_NM_PER_UM 1000
#define PLR_NM_PER_MM 1000000
#define PLR_US_PER_MS 1000
#define PLR_US_PER_S  1000000
#define PLR_PPM       1000000

/// The axes in every array of four.
enum plr_axis { PLR_X, PLR_Y, PLR_Z, PLR_E, PLR_AXES };

/// Z motors a machine may have: stepper_z, stepper_z1, stepper_z2, stepper_z3.
#define PLR_Z_MAX 4
/// Heaters: index 0 is the bed, 1.. the nozzles; the chamber comes last.
#define PLR_TOOL_MAX 4
#define PLR_FAN_MAX  4

#endif
