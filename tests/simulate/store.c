/* Files of SQLite in shared memory, with the locks of the index of a write-ahead log. */
#include "tests/simulate/store.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulate/world.h"

#define PATH_SIZE 200
#define FILE_MAX ((int64_t)32 * 1024 * 1024)
#define INDEX_PAGES 8 /* each for about 4000 pages in the log */
#define INDEX_PAGE 32768
#define INDEX_HEADER 136 /* zeros: whoever comes first reads the log again */

static struct store {
	char path[STORE_FILES][PATH_SIZE];
	int64_t size[STORE_FILES];
	int users; /* connections */
	int index_pages;
	struct {
		int shared;
		bool exclusive;
	} lock[SQLITE_SHM_NLOCK];
	unsigned char index[INDEX_PAGES][INDEX_PAGE];
	unsigned char data[STORE_FILES][FILE_MAX];
} * store;

struct memory_file {
	sqlite3_file base;
	enum store_file file;
	bool read_only;
	unsigned shared, exclusive; /* locks of the index that it holds, as bits */
};
static sqlite3_vfs memory;

/* ---- content ---- */

enum store_file
store_find(const char *path)
{
	int f = world->in_memory ? 0 : STORE_FILES;

	while (f < STORE_FILES && (path == NULL || strcmp(store->path[f], path) != 0))
		f++;
	return (enum store_file)f;
}

const char *
store_path(enum store_file f)
{
	return store->path[f];
}

int64_t
store_size(enum store_file f)
{
	return store->size[f];
}

void
store_resize(enum store_file f, int64_t size)
{
	if (size > store->size[f])
		memset(store->data[f] + store->size[f], 0, (size_t)(size - store->size[f]));
	store->size[f] = size;
}

void
store_read(enum store_file f, void *dst, size_t len, int64_t at)
{
	int64_t left = store->size[f] > at ? store->size[f] - at : 0;
	size_t n = left < (int64_t)len ? (size_t)left : len;

	memcpy(dst, store->data[f] + at, n);
	memset((char *)dst + n, 0, len - n);
}

void
store_write(enum store_file f, const void *src, size_t len, int64_t at)
{
	if (at > store->size[f])
		store_resize(f, at);
	memcpy(store->data[f] + at, src, len);
	if (at + (int64_t)len > store->size[f])
		store->size[f] = at + (int64_t)len;
}

void
store_forget_locks(void)
{
	memset(store->lock, 0, sizeof(store->lock));
	memset(store->index[0], 0, INDEX_HEADER);
	store->users = 0;
}

void
store_begin(const char *path, const char *bytes, size_t size)
{
	snprintf(store->path[STORE_DATABASE], PATH_SIZE, "%s", path);
	snprintf(store->path[STORE_LOG], PATH_SIZE, "%s-wal", path);
	store_forget_locks();
	memset(store->size, 0, sizeof(store->size));
	if (size > 0)
		store_write(STORE_DATABASE, bytes, size, 0);
}

void
store_save(void)
{
	for (int i = 0; i < STORE_FILES && world->in_memory; i++) {
		FILE *f = fopen(store->path[i], "we");
		if (f == NULL ||
		    fwrite(store->data[i], 1, (size_t)store->size[i], f) !=
		            (size_t)store->size[i] ||
		    fclose(f) != 0)
			perror(store->path[i]);
	}
}

void
store_enter(void)
{
	store->users++;
}

void
store_leave(void)
{
	store->users--;
	if (store->users == 0)
		store_forget_locks();
}

int
store_users(void)
{
	return store->users;
}

/* ---- an open file ---- */

static struct memory_file *
memory_file(sqlite3_file *f)
{
	return (struct memory_file *)f;
}

static int
memory_close(sqlite3_file *f)
{
	if (memory_file(f)->file == STORE_DATABASE)
		store_leave();
	return SQLITE_OK;
}

static int
memory_read(sqlite3_file *f, void *dst, int len, sqlite3_int64 at)
{
	store_read(memory_file(f)->file, dst, (size_t)len, at);
	return at + len <= store_size(memory_file(f)->file) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
memory_write(sqlite3_file *f, const void *src, int len, sqlite3_int64 at)
{
	if (memory_file(f)->read_only)
		return SQLITE_READONLY;
	if (at + len > FILE_MAX)
		return SQLITE_FULL;
	store_write(memory_file(f)->file, src, (size_t)len, at);
	return SQLITE_OK;
}

static int
memory_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	store_resize(memory_file(f)->file, size);
	return SQLITE_OK;
}

static int
memory_size(sqlite3_file *f, sqlite3_int64 *size)
{
	*size = store_size(memory_file(f)->file);
	return SQLITE_OK;
}

/* With a log each connection only reads here, until the last one is closed. */
static int
memory_lock(sqlite3_file *f, int kind)
{
	if (kind < SQLITE_LOCK_RESERVED)
		return SQLITE_OK;
	return memory_file(f)->read_only ? SQLITE_IOERR_LOCK
	       : store->users > 1        ? SQLITE_BUSY
	                                 : SQLITE_OK;
}

static int
memory_unlock(sqlite3_file *f, int kind)
{
	(void)f;
	(void)kind;
	return SQLITE_OK;
}

static int
memory_check_lock(sqlite3_file *f, int *held)
{
	(void)f;
	*held = 0;
	return SQLITE_OK;
}

static int
memory_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

/* ---- the index of the log ---- */

static int
memory_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	(void)f;
	*ret = NULL;
	if (page >= INDEX_PAGES || size != INDEX_PAGE)
		return SQLITE_IOERR_SHMSIZE;
	if (page >= store->index_pages && !extend)
		return SQLITE_OK;
	if (page >= store->index_pages)
		store->index_pages = page + 1;
	*ret = store->index[page];
	return SQLITE_OK;
}

static bool
can_lock(const struct memory_file *m, int slot, bool exclusive)
{
	bool ours = (m->shared & 1U << slot) != 0;

	if (store->lock[slot].exclusive)
		return (m->exclusive & 1U << slot) != 0;
	return !exclusive || store->lock[slot].shared == (ours ? 1 : 0);
}

static void
unlock_slot(struct memory_file *m, int slot)
{
	unsigned bit = 1U << slot;

	if ((m->exclusive & bit) != 0)
		store->lock[slot].exclusive = false;
	if ((m->shared & bit) != 0)
		store->lock[slot].shared--;
	m->exclusive &= ~bit;
	m->shared &= ~bit;
}

static void
lock_slot(struct memory_file *m, int slot, bool exclusive)
{
	unsigned bit = 1U << slot;

	unlock_slot(m, slot);
	if (exclusive) {
		store->lock[slot].exclusive = true;
		m->exclusive |= bit;
	} else {
		store->lock[slot].shared++;
		m->shared |= bit;
	}
}

static int
memory_index_lock(sqlite3_file *f, int first, int n, int flags)
{
	struct memory_file *m = memory_file(f);
	bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;

	for (int i = first; i < first + n && (flags & SQLITE_SHM_LOCK) != 0; i++)
		if (!can_lock(m, i, exclusive))
			return SQLITE_BUSY;
	for (int i = first; i < first + n; i++)
		if ((flags & SQLITE_SHM_LOCK) != 0)
			lock_slot(m, i, exclusive);
		else
			unlock_slot(m, i);
	return SQLITE_OK;
}

static void
memory_barrier(sqlite3_file *f)
{
	(void)f;
}

static int
memory_unmap(sqlite3_file *f, int del)
{
	(void)memory_index_lock(f, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
	if (del)
		memset(store->index[0], 0, INDEX_HEADER);
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = memory_close,
	.xRead = memory_read,
	.xWrite = memory_write,
	.xTruncate = memory_truncate,
	.xFileSize = memory_size,
	.xLock = memory_lock,
	.xUnlock = memory_unlock,
	.xCheckReservedLock = memory_check_lock,
	.xFileControl = memory_control,
	.xShmMap = memory_map,
	.xShmLock = memory_index_lock,
	.xShmBarrier = memory_barrier,
	.xShmUnmap = memory_unmap,
};

static int
memory_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	(void)v;
	*memory_file(f) = (struct memory_file){.base.pMethods = &methods,
	                                       .file = store_find(name),
	                                       .read_only = (flags & SQLITE_OPEN_READONLY) != 0};
	if (ret_flags != NULL)
		*ret_flags = flags;
	if (memory_file(f)->file == STORE_DATABASE)
		store_enter();
	return SQLITE_OK;
}

sqlite3_vfs *
store_vfs(void)
{
	return &memory;
}

void
store_register(void)
{
	store = shared_memory(sizeof(*store));
	memory.szOsFile = sizeof(struct memory_file);
	memory.xOpen = memory_open;
}
