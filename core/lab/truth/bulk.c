// Bulk blocks: heap while small, mapped temporary files when large.
// SPDX-License-Identifier: MIT
#include "core/lab/truth/bulk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *map_file(size_t size)
{
    const char *folder = getenv("TMPDIR");
    char path[512];

    if (snprintf(path, sizeof path, "%s/plr-XXXXXX", folder && folder[0] ? folder : "/var/tmp") >=
        (int)sizeof path)
        return NULL;
    int fd = mkstemp(path);
    if (fd < 0)
        return NULL;
    unlink(path);
    void *block = MAP_FAILED;
    // blocks are reserved: a full disk is an error here, not a SIGBUS later
    if (!posix_fallocate(fd, 0, (off_t)size))
        block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return block == MAP_FAILED ? NULL : block;
}

void *lab_bulk_resize(void *old, size_t old_size, size_t size)
{
    if (size < LAB_BULK_FILE && old_size < LAB_BULK_FILE)
        return realloc(old, size);
    void *fresh = size < LAB_BULK_FILE ? malloc(size) : map_file(size);
    if (!fresh)
        return NULL;
    if (old)
        memcpy(fresh, old, old_size < size ? old_size : size);
    lab_bulk_free(old, old_size);
    return fresh;
}

void lab_bulk_free(void *block, size_t size)
{
    if (!block)
        return;
    if (size < LAB_BULK_FILE)
        free(block);
    else
        munmap(block, size);
}
