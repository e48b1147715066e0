// Sentences for the core's error codes.
// SPDX-License-Identifier: MIT
#include "core/plr/base.h"

const char *plr_strerror(int error)
{
    if (error >= 0)
        return "no error";
    switch ((enum plr_error)error) {
    case PLR_OK: return "no error";
    case PLR_ENOENT: return "no such record, file or option";
    case PLR_EIO: return "the device did not do it";
    case PLR_EAGAIN: return "not finished yet";
    case PLR_EBUSY: return "something else is running";
    case PLR_EINVAL: return "the argument makes no sense";
    case PLR_EFBIG: return "it does not fit";
    case PLR_ENOSPC: return "no room on the device";
    case PLR_ERANGE: return "the number is out of range";
    case PLR_EBADMSG: return "the record does not check";
    case PLR_EPOWER: return "power went away";
    case PLR_ECANCELED: return "given up on purpose";
    }
    return "unknown error";
}
