/*
 * A layer over SQLite's own file system that knows which sectors were written and not yet synced. After a
 * crash any subset of them survives, and a sector may be torn. The log of old contents lies in shared
 * memory, because the child that wrote them is dead by then.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/simulate/store.h"
#include "tests/simulate/world.h"

#define SECTOR 4096
#define FILES_MAX 8
#define SECTORS_MAX 4096
#define PATH_SIZE 200

struct sector {
	int file; /* -1: synced since */
	int64_t at;
	int old_len; /* bytes that the file had there */
	unsigned char old[SECTOR];
};
static struct log {
	char path[FILES_MAX][PATH_SIZE];
	int64_t synced_size[FILES_MAX];
	int files;
	int count;
	struct sector sector[SECTORS_MAX];
} * unsynced;

struct sim_file {
	sqlite3_file base;
	int number; /* in the log; -1: not followed */
	sqlite3_file *real;
};

static sqlite3_vfs *real_vfs;
static bool has_seeded; /* SQLite asks once, and again when it first opens a file of the system */

static sqlite3_file *
real(sqlite3_file *f)
{
	return ((struct sim_file *)f)->real;
}

static int64_t
size_of(int file)
{
	enum store_file stored = store_find(unsynced->path[file]);
	struct stat st;

	if (stored != STORE_FILES)
		return store_size(stored);
	return stat(unsynced->path[file], &st) == 0 ? (int64_t)st.st_size : 0;
}

static int
follow(const char *path)
{
	for (int i = 0; i < unsynced->files; i++)
		if (strcmp(unsynced->path[i], path) == 0)
			return i;
	if (unsynced->files == FILES_MAX)
		return -1;
	snprintf(unsynced->path[unsynced->files], PATH_SIZE, "%s", path);
	unsynced->synced_size[unsynced->files] = 0;
	return unsynced->files++;
}

static bool
is_logged(int file, int64_t at)
{
	for (int i = unsynced->count - 1; i >= 0; i--)
		if (unsynced->sector[i].file == file && unsynced->sector[i].at == at)
			return true;
	return false;
}

/* Keeps the old content of the sectors that a write will touch. */
static void
remember(sqlite3_file *f, int64_t at, int len)
{
	int file = ((struct sim_file *)f)->number;
	int64_t size = file >= 0 ? size_of(file) : 0;

	for (int64_t s = at - at % SECTOR; file >= 0 && s < at + len; s += SECTOR) {
		struct sector *n = &unsynced->sector[unsynced->count];
		if (is_logged(file, s) || unsynced->count == SECTORS_MAX)
			continue;
		n->file = file;
		n->at = s;
		n->old_len = (int)(size - s > SECTOR ? SECTOR : size > s ? size - s : 0);
		if (n->old_len > 0 &&
		    real(f)->pMethods->xRead(real(f), n->old, n->old_len, s) != SQLITE_OK)
			n->old_len = 0;
		unsynced->count++;
	}
}

static int
sim_close(sqlite3_file *f)
{
	int rc = real(f)->pMethods->xClose(real(f));

	sqlite3_free(real(f));
	return rc;
}

static int
sim_read(sqlite3_file *f, void *dst, int len, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), dst, len, at);
}

/* A temporary file. Nobody reads it after a crash, and kept.c makes the temporary tables only once. */
static bool
is_passing(sqlite3_file *f)
{
	return ((struct sim_file *)f)->number < 0 && world->in_memory;
}

static bool
grows(sqlite3_file *f, int64_t size)
{
	sqlite3_int64 now;

	return world->full_in >= 0 && !world->ledger_fits &&
	       real(f)->pMethods->xFileSize(real(f), &now) == SQLITE_OK && size > now;
}

static int
sim_write(sqlite3_file *f, const void *src, int len, sqlite3_int64 at)
{
	int half = len / 2;
	int rc;

	if (is_passing(f))
		return real(f)->pMethods->xWrite(real(f), src, len, at);
	crash_point("before a write to the ledger");
	if (grows(f, at + len) && disk_is_full("the ledger")) {
		world->ledger_full = true;
		return SQLITE_FULL;
	}
	remember(f, at, len);
	/* a crash may come in the middle of the write */
	rc = real(f)->pMethods->xWrite(real(f), src, half, at);
	if (rc != SQLITE_OK)
		return rc;
	crash_point("in a write to the ledger");
	return real(f)->pMethods->xWrite(real(f), (const char *)src + half, len - half, at + half);
}

static int
sim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real(f)->pMethods->xTruncate(real(f), size);
}

static int
sim_sync(sqlite3_file *f, int flags)
{
	int file = ((struct sim_file *)f)->number;
	int kept = 0;

	if (is_passing(f))
		return SQLITE_OK;
	crash_point("before a sync of the ledger");
	for (int i = 0; i < unsynced->count; i++)
		if (unsynced->sector[i].file != file)
			unsynced->sector[kept++] = unsynced->sector[i];
	unsynced->count = kept;
	if (file >= 0)
		unsynced->synced_size[file] = size_of(file);
	crash_point("after a sync of the ledger");
	return real(f)->pMethods->xSync == NULL ? SQLITE_OK : ((void)flags, SQLITE_OK);
}

static int
sim_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int
sim_lock(sqlite3_file *f, int kind)
{
	return real(f)->pMethods->xLock(real(f), kind);
}

static int
sim_unlock(sqlite3_file *f, int kind)
{
	return real(f)->pMethods->xUnlock(real(f), kind);
}

static int
sim_check_lock(sqlite3_file *f, int *held)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), held);
}

static int
sim_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
sim_sector_size(sqlite3_file *f)
{
	(void)f;
	return SECTOR;
}

static int
sim_characteristics(sqlite3_file *f)
{
	(void)f;
	return 0; /* nothing is atomic, nothing is ordered */
}

static int
sim_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, ret);
}

static int
sim_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
sim_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
sim_shm_unmap(sqlite3_file *f, int del)
{
	return real(f)->pMethods->xShmUnmap(real(f), del);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = sim_close,
	.xRead = sim_read,
	.xWrite = sim_write,
	.xTruncate = sim_truncate,
	.xSync = sim_sync,
	.xFileSize = sim_size,
	.xLock = sim_lock,
	.xUnlock = sim_unlock,
	.xCheckReservedLock = sim_check_lock,
	.xFileControl = sim_control,
	.xSectorSize = sim_sector_size,
	.xDeviceCharacteristics = sim_characteristics,
	.xShmMap = sim_shm_map,
	.xShmLock = sim_shm_lock,
	.xShmBarrier = sim_shm_barrier,
	.xShmUnmap = sim_shm_unmap,
};

static int
sim_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct sim_file *file = (struct sim_file *)f;
	bool stored = store_find(name) != STORE_FILES;
	sqlite3_vfs *below = stored ? store_vfs() : real_vfs;
	int rc;

	(void)v;
	file->base.pMethods = NULL;
	file->number = name != NULL && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0
	                       ? follow(name)
	                       : -1;
	file->real = sqlite3_malloc(below->szOsFile);
	if (file->real == NULL)
		return SQLITE_NOMEM;
	rc = below->xOpen(below, name, file->real, flags, ret_flags);
	if (rc != SQLITE_OK) {
		sqlite3_free(file->real);
		return rc;
	}
	if (file->number >= 0 && unsynced->count == 0)
		unsynced->synced_size[file->number] = size_of(file->number);
	file->base.pMethods = &methods;
	return SQLITE_OK;
}

/* A connection that is kept open begins to use the ledger: as if it opened its files. */
void
vfs_follow_store(void)
{
	for (int f = 0; f < STORE_FILES; f++) {
		(void)follow(store_path((enum store_file)f));
		if (unsynced->count == 0)
			unsynced->synced_size[f] = size_of(f);
	}
}

static int
sim_delete(sqlite3_vfs *v, const char *name, int sync)
{
	enum store_file f = store_find(name);

	if (f == STORE_FILES)
		return real_vfs->xDelete(v, name, sync);
	store_resize(f, 0);
	return SQLITE_OK;
}

static int
sim_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	enum store_file f = store_find(name);

	if (f == STORE_FILES)
		return real_vfs->xAccess(v, name, flags, ret);
	*ret = store_size(f) > 0;
	return SQLITE_OK;
}

void
vfs_start(void)
{
	has_seeded = false;
	sqlite3_randomness(0, NULL);
}

static int
sim_randomness(sqlite3_vfs *v, int len, char *dst)
{
	uint64_t again = 0;
	uint64_t *from = has_seeded ? &again : &world->program_rng;

	(void)v;
	has_seeded = true;
	for (int i = 0; i < len; i++)
		dst[i] = (char)random_next(from);
	return len;
}

static int
sim_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	world->tick_ms += us / 1000 + 1;
	world->wall_ms += us / 1000 + 1;
	return us;
}

void
vfs_register(void)
{
	static sqlite3_vfs sim;

	/* one thread, and room for the statements that each command compiles */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 200);
	unsynced = shared_memory(sizeof(*unsynced));
	store_register();
	real_vfs = sqlite3_vfs_find("unix");
	sim = *real_vfs;
	sim.zName = "simulated";
	sim.szOsFile = sizeof(struct sim_file);
	sim.xOpen = sim_open;
	sim.xDelete = sim_delete;
	sim.xAccess = sim_access;
	sim.xRandomness = sim_randomness;
	sim.xSleep = sim_sleep;
	sqlite3_vfs_register(&sim, 1);
}

void
vfs_forget(void)
{
	unsynced->count = unsynced->files = 0;
	store_forget_locks();
}

/* Changes a file behind SQLite's back. */
static bool
overwrite(int file, const void *src, int len, int64_t at)
{
	enum store_file stored = store_find(unsynced->path[file]);
	bool good;
	int fd;

	if (stored != STORE_FILES) {
		store_write(stored, src, (size_t)len, at);
		return true;
	}
	fd = open(unsynced->path[file], O_RDWR | O_CLOEXEC);
	good = fd >= 0 && pwrite(fd, src, (size_t)len, at) == len;
	if (fd >= 0)
		close(fd);
	return good;
}

static bool
cut(int file, int64_t size)
{
	enum store_file stored = store_find(unsynced->path[file]);

	if (stored == STORE_FILES)
		return truncate(unsynced->path[file], (off_t)size) == 0;
	store_resize(stored, size);
	return true;
}

static void
lose(const struct sector *s, bool torn)
{
	static const unsigned char zeros[SECTOR];
	int from = torn ? SECTOR / 2 : 0;

	world->faults[FAULT_SECTORS]++;
	if (s->old_len > from &&
	    !overwrite(s->file, s->old + from, s->old_len - from, s->at + from))
		return;
	/* new sectors of a grown file may have no content */
	if (s->old_len < SECTOR && s->at + SECTOR <= size_of(s->file)) {
		int start = s->old_len > from ? s->old_len : from;
		(void)overwrite(s->file, zeros, SECTOR - start, s->at + start);
	}
}

void
vfs_lose_unsynced(uint64_t *rng)
{
	int how = random_below(rng, 4); /* nothing, everything, or sector by sector */
	int lost = 0;

	for (int file = 0; file < unsynced->files; file++) {
		bool touched = false;
		for (int i = 0; i < unsynced->count; i++) {
			if (unsynced->sector[i].file != file)
				continue;
			touched = true;
			if (how == 0 || (how > 1 && random_chance(rng, 50)))
				continue;
			lose(&unsynced->sector[i], how == 3 && random_chance(rng, 30));
			lost++;
		}
		if (touched && how != 0 && random_chance(rng, 40) &&
		    size_of(file) > unsynced->synced_size[file] &&
		    cut(file, unsynced->synced_size[file]))
			lost++;
	}
	if (lost > 0)
		history("machine", "loses %d unsynced sectors", lost);
	vfs_forget();
}
