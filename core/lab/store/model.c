// A file system for tests that may lose power: what it may have written, and what it must, as POSIX promises it and no more.
// SPDX-License-Identifier: MIT
#include "core/lab/store/model.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { POOL = 1 << 16, DIRECTORY = -2 };

static const char *const names[MODEL_NAMES] = {"d/s", "d/s.new", "d/s.lock", "d/other"};

static uint8_t pool[POOL][MODEL_SECTOR];
static uint64_t pool_hash[POOL];
static uint32_t pool_count;

// --- contents ---------------------------------------------------------------------------------------------------------

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *byte = data;

    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, byte + i, 8);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    for (size_t i = size & ~(size_t)7; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint32_t model_pool_add(const uint8_t bytes[MODEL_SECTOR])
{
    uint64_t hash = hash_bytes(1, bytes, MODEL_SECTOR);

    for (uint32_t i = 0; i < 2 && i < pool_count; i++) // zeros and 0xff are most of a file
        if (pool_hash[i] == hash)
            return i;
    PLR_ASSERT(pool_count < POOL);
    memcpy(pool[pool_count], bytes, MODEL_SECTOR);
    pool_hash[pool_count] = hash;
    return pool_count++;
}

const uint8_t *model_pool_bytes(uint32_t content)
{
    PLR_ASSERT(content < pool_count);
    return pool[content];
}

uint32_t model_pool_mark(void)
{
    return pool_count;
}

void model_pool_release(uint32_t mark)
{
    PLR_ASSERT(mark <= pool_count);
    pool_count = mark;
}

void model_init(struct model *model)
{
    uint8_t bytes[MODEL_SECTOR] = {0};

    memset(model, 0, sizeof *model);
    memset(model->name, -1, sizeof model->name);
    memset(model->disk_name, -1, sizeof model->disk_name);
    model->fail_at = model->fail_read_at = UINT32_MAX;
    if (pool_count)
        return;
    (void)model_pool_add(bytes);
    memset(bytes, 0xff, sizeof bytes);
    (void)model_pool_add(bytes);
}

// --- what happens between two syncs -------------------------------------------------------------------------------------

static void push(uint32_t state[MODEL_PENDING], uint32_t *count, uint32_t value)
{
    if (*count == MODEL_PENDING) {
        memmove(state, state + 1, (MODEL_PENDING - 1) * sizeof *state);
        (*count)--;
    }
    state[(*count)++] = value;
}

static void set_sector(struct model_file *file, uint32_t sector, uint32_t content)
{
    uint32_t states = file->states[sector];

    push(file->state[sector], &states, content);
    file->states[sector] = (uint8_t)states;
    file->cache[sector] = content;
}

static void set_size(struct model_file *file, uint32_t size)
{
    push(file->size_was, &file->sizes, size);
    file->size = size;
}

static void settle_file(struct model_file *file)
{
    for (uint32_t i = 0; i < MODEL_SECTORS; i++) {
        if (file->states[i])
            file->disk[i] = file->cache[i];
        file->states[i] = 0;
    }
    file->disk_size = file->size;
    file->sizes = 0;
}

/// All is clean, whether or not it was written.
static void lose_file(struct model_file *file, uint64_t draw)
{
    for (uint32_t i = 0; i < MODEL_SECTORS; i++) {
        if (file->states[i] && draw >> (i * 7 % 61) & 1u)
            file->disk[i] = file->cache[i];
        file->states[i] = 0;
    }
    if (draw & 1u)
        file->disk_size = file->size;
    file->sizes = 0;
}

static void apply_entry(int8_t name[MODEL_NAMES], const struct model_entry *entry)
{
    if (entry->old_name >= 0 && name[entry->old_name] == entry->file)
        name[entry->old_name] = -1;
    name[entry->name] = entry->file;
}

static void add_entry(struct model *model, struct model_entry entry)
{
    PLR_ASSERT(model->entries < MODEL_ENTRIES);
    apply_entry(model->name, &entry);
    model->entry[model->entries++] = entry;
}

static void settle_directory(struct model *model)
{
    memcpy(model->disk_name, model->name, sizeof model->name);
    model->entries = 0;
}

/// Does anybody still know this file?
static bool known(const struct model *model, int file)
{
    for (int i = 0; i < MODEL_NAMES; i++)
        if (model->name[i] == file || model->disk_name[i] == file)
            return true;
    for (int i = 0; i < MODEL_FDS; i++)
        if (model->fd[i].used && model->fd[i].file == file)
            return true;
    for (uint32_t i = 0; i < model->entries; i++)
        if (model->entry[i].file == file)
            return true;
    return false;
}

static int new_file(struct model *model)
{
    for (int i = 0; i < MODEL_FILES; i++) {
        if (model->file[i].used && known(model, i))
            continue;
        memset(&model->file[i], 0, sizeof model->file[i]);
        model->file[i].used = true;
        return i;
    }
    model->misused = true;
    return -1;
}

// --- calls --------------------------------------------------------------------------------------------------------------

/// Number the call, let the power go, and tell what goes wrong with it.
static enum model_error begin(struct model *model, enum model_call call)
{
    if (model->before)
        model->before(model->before_ctx, model, call);
    if (model->calls++ != model->fail_at)
        return MODEL_FINE;
    model->failed = true;
    return model->error;
}

static enum model_error begin_read(struct model *model)
{
    if (model->reads++ != model->fail_read_at)
        return MODEL_FINE;
    model->failed = true;
    return model->error;
}

static int errno_of(enum model_error error)
{
    static const int of[MODEL_ERRORS] = {
        [MODEL_EIO] = -EIO,     [MODEL_ENOSPC] = -ENOSPC, [MODEL_EROFS] = -EROFS,
        [MODEL_EINTR] = -EINTR, [MODEL_SHORT] = -EIO,     [MODEL_HALF_ENOSPC] = -ENOSPC,
        [MODEL_LIED] = -EIO};
    return of[error];
}

static int name_of(const char *path)
{
    for (int i = 0; i < MODEL_NAMES; i++)
        if (!strcmp(path, names[i]))
            return i;
    return -1;
}

int model_find(const struct model *model, const char *path)
{
    return name_of(path) < 0 ? -1 : model->name[name_of(path)];
}

static int open_file(struct model *model, int name, int flags)
{
    int file = model->name[name];

    if (file >= 0 && (flags & O_EXCL))
        return -EEXIST;
    if (file < 0) {
        if (!(flags & O_CREAT))
            return -ENOENT;
        file = new_file(model);
        if (file < 0)
            return -ENFILE;
        add_entry(model, (struct model_entry){(int8_t)file, (int8_t)name, -1});
    } else if ((flags & O_TRUNC) && model->file[file].size) {
        set_size(&model->file[file], 0);
        for (uint32_t i = 0; i < MODEL_SECTORS; i++)
            if (model->file[file].cache[i])
                set_sector(&model->file[file], i, 0);
    }
    return file;
}

static int m_open(void *ctx, const char *path, int flags)
{
    struct model *model = ctx;
    bool directory = !strcmp(path, "d");
    int fd = 0, name = name_of(path);

    enum model_error error = begin(model, MODEL_OPEN);
    if (error)
        return errno_of(error);
    while (fd < MODEL_FDS && model->fd[fd].used)
        fd++;
    if (fd == MODEL_FDS || (!directory && name < 0)) {
        model->misused = true;
        return -ENFILE;
    }
    int file = directory ? DIRECTORY : open_file(model, name, flags);
    if (file < 0 && !directory)
        return file;
    model->fd[fd].used = true;
    model->fd[fd].directory = directory;
    model->fd[fd].file = (int8_t)file;
    return fd;
}

static struct model_file *file_of(struct model *model, int fd)
{
    if (fd < 0 || fd >= MODEL_FDS || !model->fd[fd].used || model->fd[fd].directory) {
        model->misused = true;
        return NULL;
    }
    return &model->file[model->fd[fd].file];
}

static int m_close(void *ctx, int fd)
{
    struct model *model = ctx;

    if (fd < 0 || fd >= MODEL_FDS || !model->fd[fd].used) {
        model->misused = true;
        return -EBADF;
    }
    if (!model->fd[fd].directory && file_of(model, fd)->locked_by == fd + 1)
        file_of(model, fd)->locked_by = 0;
    model->fd[fd].used = false;
    return 0;
}

static int64_t m_size(void *ctx, int fd)
{
    struct model_file *file = file_of(ctx, fd);

    enum model_error error = begin_read(ctx);
    if (error && error != MODEL_SHORT)
        return errno_of(error);
    return file ? (int64_t)file->size : -EBADF;
}

static int64_t m_pread(void *ctx, int fd, void *buffer, uint32_t size, int64_t offset)
{
    struct model_file *file = file_of(ctx, fd);
    uint8_t *to = buffer;
    uint32_t at = (uint32_t)offset;

    enum model_error error = begin_read(ctx);
    if (error && error != MODEL_SHORT)
        return errno_of(error);
    if (!file || offset < 0)
        return -EBADF;
    size = error ? (size + 1) / 2 : size;
    uint32_t done = at >= file->size ? 0 : file->size - at < size ? file->size - at : size;
    for (uint32_t left = done, part; left; left -= part) {
        uint32_t within = at % MODEL_SECTOR;
        part = left < MODEL_SECTOR - within ? left : MODEL_SECTOR - within;
        memcpy(to, pool[file->cache[at / MODEL_SECTOR]] + within, part);
        to += part;
        at += part;
    }
    return done;
}

static void write_bytes(struct model_file *file, const uint8_t *from, uint32_t size, uint32_t at)
{
    uint8_t bytes[MODEL_SECTOR];

    for (uint32_t part; size; size -= part) {
        uint32_t within = at % MODEL_SECTOR, sector = at / MODEL_SECTOR;
        part = size < MODEL_SECTOR - within ? size : MODEL_SECTOR - within;
        memcpy(bytes, pool[file->cache[sector]], sizeof bytes);
        memcpy(bytes + within, from, part);
        set_sector(file, sector, model_pool_add(bytes));
        from += part;
        at += part;
    }
    if (at > file->size)
        set_size(file, at);
}

static int64_t m_pwrite(void *ctx, int fd, const void *data, uint32_t size, int64_t offset)
{
    struct model *model = ctx;
    struct model_file *file = file_of(model, fd);

    enum model_error error = begin(model, MODEL_PWRITE);
    if (!file || offset < 0 || offset + size > (int64_t)MODEL_SECTORS * MODEL_SECTOR) {
        model->misused = true;
        return -EBADF;
    }
    if (model->full) {
        model->full = false;
        return -ENOSPC;
    }
    if (error == MODEL_SHORT || error == MODEL_HALF_ENOSPC) {
        model->full = error == MODEL_HALF_ENOSPC;
        size = (size + 1) / 2 - 1; // in the middle of a sector
    } else if (error) {
        return errno_of(error);
    }
    write_bytes(file, data, size, (uint32_t)offset);
    return size;
}

static int sync_fd(struct model *model, int fd, enum model_call call)
{
    enum model_error error = begin(model, call);
    bool directory = fd >= 0 && fd < MODEL_FDS && model->fd[fd].used && model->fd[fd].directory;
    struct model_file *file = directory ? NULL : file_of(model, fd);

    if (!directory && !file)
        return -EBADF;
    if (file && (error == MODEL_EIO || error == MODEL_ENOSPC || error == MODEL_LIED))
        lose_file(file, error == MODEL_LIED ? 0 : model->draw);
    else if (directory && (!error || error == MODEL_LIED)) // a lie that nobody could find out
        settle_directory(model);
    else if (!error)
        settle_file(file);
    return error && error != MODEL_LIED ? errno_of(error) : 0;
}

static int m_fdatasync(void *ctx, int fd)
{
    return sync_fd(ctx, fd, MODEL_FDATASYNC);
}

static int m_fsync(void *ctx, int fd)
{
    return sync_fd(ctx, fd, MODEL_FSYNC);
}

static int m_forget(void *ctx, int fd)
{
    struct model_file *file = file_of(ctx, fd);

    if (!file)
        return -EBADF;
    for (uint32_t i = 0; i < MODEL_SECTORS; i++)
        if (!file->states[i])
            file->cache[i] = file->disk[i];
    return 0;
}

static int m_lock(void *ctx, int fd)
{
    struct model *model = ctx;
    struct model_file *file = file_of(model, fd);

    enum model_error error = begin(model, MODEL_LOCK);
    if (error || !file)
        return error ? errno_of(error) : -EBADF;
    if (file->locked_by && file->locked_by != fd + 1)
        return -EWOULDBLOCK;
    file->locked_by = fd + 1;
    return 0;
}

static int m_rename(void *ctx, const char *from, const char *to)
{
    struct model *model = ctx;
    int old_name = name_of(from), name = name_of(to);

    enum model_error error = begin(model, MODEL_RENAME);
    if (error)
        return errno_of(error);
    if (old_name < 0 || name < 0 || model->name[old_name] < 0)
        return -ENOENT;
    add_entry(model, (struct model_entry){model->name[old_name], (int8_t)name, (int8_t)old_name});
    return 0;
}

static int m_unlink(void *ctx, const char *path)
{
    struct model *model = ctx;
    int name = name_of(path);

    enum model_error error = begin(model, MODEL_UNLINK);
    if (error)
        return errno_of(error);
    if (name < 0 || model->name[name] < 0)
        return -ENOENT;
    add_entry(model, (struct model_entry){-1, (int8_t)name, -1});
    return 0;
}

const struct store_os model_os = {
    .open = m_open,
    .close = m_close,
    .size = m_size,
    .pread = m_pread,
    .pwrite = m_pwrite,
    .fdatasync = m_fdatasync,
    .fsync = m_fsync,
    .forget = m_forget,
    .lock = m_lock,
    .rename = m_rename,
    .unlink = m_unlink,
};

// --- cuts ---------------------------------------------------------------------------------------------------------------

/// Add an outcome unless it is there. Contents are compared by their hash.
static void add_outcome(struct model_choice *choice, uint32_t value)
{
    bool content = choice->what == MODEL_CHOOSE_SECTOR;

    for (uint32_t i = 0; i < choice->outcomes; i++) {
        uint32_t is = choice->outcome[i];
        if (is == value || (content && pool_hash[is] == pool_hash[value]))
            return;
    }
    choice->outcome[choice->outcomes++] = value;
}

static uint32_t keep(struct model_choice *choice, uint32_t count)
{
    if (choice[count].outcomes < 2)
        return count;
    PLR_ASSERT(count + 1 < MODEL_CHOICES);
    return count + 1;
}

static uint32_t file_choices(const struct model_file *file, int number, struct model_choice *choice,
                             uint32_t count)
{
    choice[count] = (struct model_choice){.what = MODEL_CHOOSE_SIZE, .file = number};
    add_outcome(&choice[count], file->disk_size);
    for (uint32_t i = 0; i < file->sizes; i++)
        add_outcome(&choice[count], file->size_was[i]);
    count = keep(choice, count);
    for (uint32_t sector = 0; sector < MODEL_SECTORS; sector++) {
        if (!file->states[sector])
            continue;
        choice[count] =
            (struct model_choice){.what = MODEL_CHOOSE_SECTOR, .file = number, .index = sector};
        add_outcome(&choice[count], file->disk[sector]);
        for (uint32_t i = 0; i < file->states[sector]; i++)
            add_outcome(&choice[count], file->state[sector][i]);
        count = keep(choice, count);
    }
    return count;
}

uint32_t model_choices(const struct model *model, struct model_choice choice[MODEL_CHOICES])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < model->entries; i++)
        choice[count++] = (struct model_choice){
            .what = MODEL_CHOOSE_ENTRY, .index = i, .outcomes = 2, .outcome = {0, 1}};
    for (int i = 0; i < MODEL_FILES; i++)
        if (model->file[i].used)
            count = file_choices(&model->file[i], i, choice, count);
    return count;
}

void model_kill(struct model *model)
{
    memset(model->fd, 0, sizeof model->fd);
    for (int i = 0; i < MODEL_FILES; i++)
        model->file[i].locked_by = 0;
    model->before = NULL;
    model->fail_at = model->fail_read_at = UINT32_MAX;
    model->full = false;
}

/// Bytes beyond the end are gone: when the file grows again they are zeros.
static void reload(struct model_file *file)
{
    for (uint32_t i = 0; i < MODEL_SECTORS; i++) {
        if ((uint64_t)i * MODEL_SECTOR >= file->disk_size)
            file->disk[i] = 0;
        file->cache[i] = file->disk[i];
        file->states[i] = 0;
    }
    file->size = file->disk_size;
    file->sizes = 0;
}

void model_cut(struct model *after, const struct model *before, const struct model_choice *choice,
               const uint8_t *chosen, uint32_t choices)
{
    *after = *before;
    model_kill(after);
    for (uint32_t i = 0; i < choices; i++) {
        uint32_t outcome = choice[i].outcome[chosen[i]];
        struct model_file *file = &after->file[choice[i].file];
        if (choice[i].what == MODEL_CHOOSE_SECTOR)
            file->disk[choice[i].index] = outcome;
        else if (choice[i].what == MODEL_CHOOSE_SIZE)
            file->disk_size = outcome;
        else if (outcome)
            apply_entry(after->disk_name, &after->entry[choice[i].index]);
    }
    memcpy(after->name, after->disk_name, sizeof after->name);
    after->entries = 0;
    for (int i = 0; i < MODEL_FILES; i++)
        if (after->file[i].used)
            reload(&after->file[i]);
}

static uint64_t hash_file(uint64_t hash, const struct model_file *file)
{
    const uint32_t sizes[] = {file->disk_size, file->size, file->sizes, 0};

    hash = hash_bytes(hash, sizes, sizeof sizes);
    for (uint32_t i = 0; i < MODEL_SECTORS; i++) {
        hash = hash_bytes(hash, &pool_hash[file->disk[i]], sizeof *pool_hash);
        if (file->states[i] || file->cache[i] != file->disk[i]) // left by a killed process
            hash = hash_bytes(hash + i, &pool_hash[file->cache[i]], sizeof *pool_hash);
    }
    return hash;
}

uint64_t model_hash(const struct model *model)
{
    uint64_t hash = 1;

    for (int i = 0; i < MODEL_NAMES; i++) {
        const int64_t files[] = {model->disk_name[i], model->name[i]};
        hash = hash_bytes(hash, files, sizeof files);
        for (int k = 0; k < 2; k++)
            if (files[k] >= 0 && (!k || files[0] != files[1]))
                hash = hash_file(hash, &model->file[files[k]]);
    }
    return hash;
}
