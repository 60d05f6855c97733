/*
 * Takes the place of rename() and fsync(), so that a crash may undo renames whose directory was not synced,
 * and empty files that were renamed before they were synced; and of the calls that find a disk full. Old contents lie in shared memory.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/simulate/world.h"

#define RENAMES_MAX 2000
#define WRITTEN_MAX 4000
#define PATH_SIZE 256
#define ARENA_SIZE ((size_t)64 * 1024 * 1024)

struct renamed {
	char path[PATH_SIZE];
	ino_t dir;
	bool existed, content_synced, final;
	size_t at, len; /* old content in the arena */
};
/* A file whose content is complete. Times of files would not do: a clock is too coarse, and differs in every replay. */
struct written {
	ino_t ino;
	int round; /* of the syncs of the whole file system */
	bool synced;
};
static struct log {
	struct renamed renamed[RENAMES_MAX];
	int count;
	struct written written[WRITTEN_MAX];
	int written_count, round;
	size_t used;
	char arena[ARENA_SIZE];
} * files;

int __real_fflush(FILE *f);
int __wrap_fflush(FILE *f);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_mkostemp(char *name, int flags);
int __wrap_mkostemp(char *name, int flags);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_syncfs(int fd);

void
files_forget(void)
{
	if (files == NULL)
		files = shared_memory(sizeof(*files));
	files->count = files->written_count = files->round = 0;
	files->used = 0;
}

static struct written *
written_of(ino_t ino)
{
	for (int i = files->written_count - 1; i >= 0; i--)
		if (files->written[i].ino == ino)
			return &files->written[i];
	return NULL;
}

static void
note_written(ino_t ino, bool synced)
{
	if (files->written_count < WRITTEN_MAX)
		files->written[files->written_count++] = (struct written){
			.ino = ino, .round = files->round, .synced = synced};
}

static bool
is_synced(const struct stat *st)
{
	const struct written *w = written_of(st->st_ino);

	return w != NULL && (w->synced || w->round < files->round);
}

static void
keep_content(struct renamed *r)
{
	FILE *f = fopen(r->path, "re");

	r->existed = f != NULL;
	r->at = files->used;
	if (f == NULL)
		return;
	r->len = fread(files->arena + files->used, 1, ARENA_SIZE - files->used, f);
	files->used += r->len;
	fclose(f);
}

static ino_t
directory_of(const char *path)
{
	char copy[PATH_SIZE];
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	return stat(dirname(copy), &st) == 0 ? st.st_ino : 0;
}

int
__wrap_rename(const char *from, const char *to)
{
	struct renamed *r;
	struct stat st;
	int rc;

	if (world == NULL || files->count == RENAMES_MAX)
		return __real_rename(from, to);
	crash_point("before a rename");
	r = &files->renamed[files->count];
	*r = (struct renamed){0};
	snprintf(r->path, sizeof(r->path), "%s", to);
	r->dir = directory_of(to);
	r->content_synced = stat(from, &st) == 0 && (S_ISDIR(st.st_mode) || is_synced(&st));
	keep_content(r);
	rc = __real_rename(from, to);
	if (rc == 0 && !S_ISDIR(st.st_mode))
		files->count++;
	crash_point("after a rename");
	return rc;
}

int
__wrap_fsync(int fd)
{
	struct stat st;

	if (world == NULL || fstat(fd, &st) != 0)
		return 0;
	crash_point("before a sync of a file");
	if (S_ISDIR(st.st_mode)) {
		for (int i = 0; i < files->count; i++)
			files->renamed[i].final = files->renamed[i].final ||
			                          files->renamed[i].dir == st.st_ino;
	} else {
		note_written(st.st_ino, true);
	}
	return 0;
}

int
__wrap_fdatasync(int fd)
{
	return __wrap_fsync(fd);
}

int
__wrap_syncfs(int fd)
{
	(void)fd;
	crash_point("before a sync of a file system");
	for (int i = 0; i < files->count; i++)
		files->renamed[i].final = files->renamed[i].content_synced = true;
	files->round++;
	return 0;
}

int
__wrap_fflush(FILE *f)
{
	struct stat st;

	if (world == NULL || f == NULL || fileno(f) <= STDERR_FILENO)
		return __real_fflush(f);
	if (disk_is_full("a file")) {
		errno = ENOSPC;
		return EOF;
	}
	if (fstat(fileno(f), &st) == 0)
		note_written(st.st_ino, false);
	return __real_fflush(f);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
	if (world == NULL || world->full_in < 0 || access(path, F_OK) == 0 ||
	    !disk_is_full("a folder"))
		return __real_mkdir(path, mode);
	errno = ENOSPC;
	return -1;
}

int
__wrap_mkostemp(char *name, int flags)
{
	if (world == NULL || !disk_is_full("a new file"))
		return __real_mkostemp(name, flags);
	errno = ENOSPC;
	return -1;
}

static void
undo(const struct renamed *r)
{
	FILE *f;

	if (!r->existed) {
		(void)unlink(r->path);
		return;
	}
	f = fopen(r->path, "we");
	if (f == NULL)
		return;
	fwrite(files->arena + r->at, 1, r->len, f);
	fclose(f);
}

/* A journal keeps the order of renames: those after some point are undone. */
void
files_lose_unsynced(uint64_t *rng)
{
	int from = random_below(rng, files->count + 1), lost = 0;

	for (int i = files->count - 1; i >= 0; i--) {
		const struct renamed *r = &files->renamed[i];
		if (!r->final && i >= from) {
			undo(r);
			lost++;
		} else if (!r->content_synced && random_chance(rng, 50)) {
			lost += truncate(r->path, 0) == 0 ? 1 : 0;
		}
	}
	world->faults[FAULT_FILES] += lost;
	if (lost > 0)
		history("machine", "loses %d unsynced files", lost);
	files_forget();
}
