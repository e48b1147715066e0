// Room for what grows with the job: ledgers and what the oracle makes of them.
// SPDX-License-Identifier: MIT
//
// A print of a hundred megabytes of G-code leaves a hundred and fifty megabytes of ledger. Small blocks come from malloc; from
// LAB_BULK_FILE bytes on, a block is a mapped, already unlinked file in $TMPDIR (/var/tmp when that is not set), which the system may
// write out when memory is short.
#ifndef LAB_BULK_H
#define LAB_BULK_H

#include <stddef.h>

enum { LAB_BULK_FILE = 8 << 20 };

/// Like realloc, for a block whose present size is known (`old` NULL, `old_size` 0: a new one). Returns NULL when there is neither memory nor
/// disk; the old block is then still there. New bytes are not initialised. Owned by the caller, free with lab_bulk_free.
void *lab_bulk_resize(void *old, size_t old_size, size_t size);

/// Free a block of this size; NULL is allowed.
void lab_bulk_free(void *block, size_t size);

#endif
