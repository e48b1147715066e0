// What the files of a store share: system calls that are carried through, and making a file. Private to this folder.
// SPDX-License-Identifier: MIT
#ifndef LAB_STORE_INTERNAL_H
#define LAB_STORE_INTERNAL_H

#include "core/lab/store/defect.h"
#include "core/lab/store/store.h"

/// io.c: each call again when a signal interrupted it, and its failure noted in `fault`.
int store_note(struct store *store, const char *call, int error);
int store_io_open(struct store *store, const char *path, int flags);
/// All bytes, or PLR_EBADMSG when the file ends before them.
int store_io_read(struct store *store, int fd, void *buffer, uint32_t size, int64_t offset);
/// All bytes, in as many writes as it takes.
int store_io_write(struct store *store, int fd, const void *data, uint32_t size, int64_t offset);
/// `data_only`: fdatasync. An error means that anything not synced before may be lost, for good.
int store_io_sync(struct store *store, int fd, bool data_only);
int store_io_rename(struct store *store, const char *from, const char *to);
/// A file that is not there is no error.
int store_io_unlink(struct store *store, const char *path);
/// Sync the directory in which the store's path stands.
int store_io_sync_directory(struct store *store);

/// image.c: fill in what is 0. Returns 0 or PLR_EINVAL.
int store_shape_check(struct store_shape *shape);
/// Take this shape: `store->shape` and what follows from it.
void store_shape_take(struct store *store, const struct store_shape *shape);
/// PATH with a suffix.
void store_path(const struct store *store, const char *suffix, char path[STORE_PATH_MAX]);
/// Make an empty file of the store's shape as PATH.new, not yet synced, and open it as store->fd. After an error there is none.
int store_image_new(struct store *store);
/// Sync PATH.new, which is open as store->fd, and give it the store's name. `renamed` says whether it has the name when that failed.
int store_image_commit(struct store *store, bool *renamed);
/// Give up PATH.new, which is open as `fd`.
void store_image_drop(struct store *store, int fd);
/// Read the shape of the file that is open as store->fd. Returns 0, PLR_EBADMSG or an error of the system.
int store_image_read(struct store *store);

#endif
