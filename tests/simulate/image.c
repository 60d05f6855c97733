/* Copies the ledger to memory after each command; SQLite reads it there through a file system of one file. */
#include "tests/simulate/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/simulate/store.h"
#include "tests/simulate/world.h"

#define PATH_SIZE 400
#define IMAGE_MAX ((size_t)64 * 1024 * 1024)
#define STATEMENTS_MAX 32
#define AT_PAGE_SIZE 16
#define AT_VERSIONS \
	18            /* in the header of a database: 2, 2 if it has a write-ahead log; else 1, 1 */
#define AT_CHANGES 24 /* counts transactions; the reader's cache is for one count */
#define AT_VALID_FOR 92

static unsigned char *image; /* NULL: not allocated yet */
static size_t image_size;    /* 0: there is no ledger */
static uint32_t reads;
static sqlite3 *reader;
static unsigned char reader_pages[2]; /* their size, as in the header */
static struct {
	const char *key;
	sqlite3_stmt *statement;
} statements[STATEMENTS_MAX];

/* ---- a file system of one file, which is read only ---- */

static int
on_close(sqlite3_file *f)
{
	(void)f;
	return SQLITE_OK;
}

static int
on_read(sqlite3_file *f, void *dst, int len, sqlite3_int64 at)
{
	size_t left = (size_t)at < image_size ? image_size - (size_t)at : 0;
	size_t n = left < (size_t)len ? left : (size_t)len;

	(void)f;
	memcpy(dst, image + at, n);
	memset((char *)dst + n, 0, (size_t)len - n);
	return n == (size_t)len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
on_write(sqlite3_file *f, const void *src, int len, sqlite3_int64 at)
{
	(void)f;
	(void)src;
	(void)len;
	(void)at;
	return SQLITE_READONLY;
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	(void)f;
	(void)size;
	return SQLITE_READONLY;
}

static int
on_number(sqlite3_file *f, int n)
{
	(void)f;
	(void)n;
	return SQLITE_OK;
}

static int
on_size(sqlite3_file *f, sqlite3_int64 *size)
{
	(void)f;
	*size = (sqlite3_int64)image_size;
	return SQLITE_OK;
}

static int
on_check_lock(sqlite3_file *f, int *held)
{
	(void)f;
	*held = 0;
	return SQLITE_OK;
}

static int
on_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
on_property(sqlite3_file *f)
{
	(void)f;
	return 0; /* the default sector; no special property */
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_number,
	.xFileSize = on_size,
	.xLock = on_number,
	.xUnlock = on_number,
	.xCheckReservedLock = on_check_lock,
	.xFileControl = on_control,
	.xSectorSize = on_property,
	.xDeviceCharacteristics = on_property,
};

static int
on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	(void)v;
	(void)name;
	f->pMethods = &methods;
	if (ret_flags != NULL)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int
on_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	(void)v;
	(void)name;
	(void)flags;
	*ret = 0; /* no journal */
	return SQLITE_OK;
}

static void
register_image(void)
{
	static sqlite3_vfs memory;

	if (memory.zName != NULL)
		return;
	memory = *sqlite3_vfs_find("unix");
	memory.zName = "image";
	memory.szOsFile = sizeof(sqlite3_file);
	memory.xOpen = on_open;
	memory.xAccess = on_access;
	sqlite3_vfs_register(&memory, 0);
}

static void
open_reader(void)
{
	register_image();
	if (sqlite3_open_v2("image", &reader, SQLITE_OPEN_READONLY, "image") != SQLITE_OK ||
	    sqlite3_exec(reader, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "simulate: %s\n", sqlite3_errmsg(reader));
		exit(2);
	}
}

/* ---- the image ---- */

/* The bytes of a file in the buffer; 0: none, or too many. */
static size_t
read_file(const char *path, unsigned char *dst)
{
	enum store_file stored = store_find(path);
	int fd = -1;
	ssize_t n = 0;
	size_t len = 0;

	if (stored != STORE_FILES) {
		len = (size_t)store_size(stored);
		store_read(stored, dst, len, 0);
		return len;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && len < IMAGE_MAX && (n = read(fd, dst + len, IMAGE_MAX - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	return n < 0 || len == IMAGE_MAX ? 0 : len;
}

static bool
write_file(const char *path, const unsigned char *src, size_t len)
{
	FILE *f = fopen(path, "we");
	bool good = f != NULL && fwrite(src, 1, len, f) == len;

	return (f == NULL || fclose(f) == 0) && good;
}

static void
run_on_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix") != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		broken("the ledger cannot be read: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* SQLite itself applies the log, to a copy. */
static void
apply_log(const char *dir, const char *log)
{
	char copy[PATH_SIZE], copied_log[PATH_SIZE + 4];
	static unsigned char data[IMAGE_MAX];
	size_t len = read_file(log, data);

	snprintf(copy, sizeof(copy), "%s/judged.db", dir);
	snprintf(copied_log, sizeof(copied_log), "%s-wal", copy);
	if (len == 0)
		return;
	if (!write_file(copy, image, image_size) || !write_file(copied_log, data, len)) {
		broken("the ledger cannot be copied");
		return;
	}
	run_on_file(copy, "PRAGMA wal_checkpoint(TRUNCATE)");
	image_size = read_file(copy, image);
	unlink(copy);
}

static void
put_number(size_t at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		image[at + (size_t)i] = (unsigned char)(n >> (24 - 8 * i));
}

/* The reader is for one size of pages. */
static void
close_reader(void)
{
	for (size_t i = 0; i < STATEMENTS_MAX && statements[i].key != NULL; i++) {
		sqlite3_finalize(statements[i].statement);
		statements[i].key = NULL;
	}
	sqlite3_close(reader);
	reader = NULL;
}

void
image_read(const char *dir)
{
	char path[PATH_SIZE], log[PATH_SIZE + 4];

	if (image == NULL)
		image = shared_memory(IMAGE_MAX); /* a fork copies no page tables of it */
	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	snprintf(log, sizeof(log), "%s-wal", path);
	image_size = read_file(path, image);
	if (image_size > 0)
		apply_log(dir, log);
	if (image_size <= AT_VALID_FOR + 4)
		return;
	if (memcmp(reader_pages, image + AT_PAGE_SIZE, sizeof(reader_pages)) != 0)
		close_reader();
	memcpy(reader_pages, image + AT_PAGE_SIZE, sizeof(reader_pages));
	image[AT_VERSIONS] = image[AT_VERSIONS + 1] = 1;
	reads++;
	put_number(AT_CHANGES, reads);
	put_number(AT_VALID_FOR, reads);
}

sqlite3 *
image_database(void)
{
	if (reader == NULL)
		open_reader();
	return image_size > 0 ? reader : NULL;
}

sqlite3_stmt *
image_statement(const char *key, const char *sql)
{
	size_t i = 0;

	if (image_database() == NULL)
		return NULL;
	while (i < STATEMENTS_MAX && statements[i].key != NULL && statements[i].key != key)
		i++;
	if (i == STATEMENTS_MAX)
		abort(); /* make room for more */
	if (statements[i].key == key)
		return statements[i].statement;
	if (sqlite3_prepare_v3(reader, sql, -1, SQLITE_PREPARE_PERSISTENT, &statements[i].statement,
	                       NULL) != SQLITE_OK) {
		broken("the ledger cannot be read: %s", sqlite3_errmsg(reader));
		return NULL;
	}
	statements[i].key = key;
	return statements[i].statement;
}

void
image_forget(void)
{
	image_size = 0;
}

char *
image_with_small_pages(const char *path, size_t *ret_size)
{
	char *bytes;

	run_on_file(path, "PRAGMA journal_mode=DELETE; PRAGMA page_size=4096; VACUUM;"
	                  "PRAGMA journal_mode=WAL");
	if (image == NULL)
		image = shared_memory(IMAGE_MAX); /* a fork copies no page tables of it */
	*ret_size = image_size = read_file(path, image);
	bytes = malloc(*ret_size + 1);
	if (bytes == NULL || *ret_size == 0)
		abort();
	memcpy(bytes, image, *ret_size);
	return bytes;
}
