/* Places many files with few syncs. file.c writes and places single ones. */
#include "common/file_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/alloc.h"

#define FEW 20 /* of two packs; a sync of the whole file system may wait for other programs */

struct file_set {
	int fd; /* of the folder; opened before the first write, so that syncfs() reports all errors */
	dev_t device;
	bool together; /* syncfs() may be used */
	struct file_set_file *file;
	size_t count, room;
};

/* Before 5.8, syncfs() reported no write error. */
static bool
kernel_reports(void)
{
	struct utsname host;
	char *end;
	long major, minor;

	if (uname(&host) != 0)
		return false;
	major = strtol(host.release, &end, 10);
	minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return major > 5 || (major == 5 && minor >= 8);
}

/* FUSE is not here, because the kernel does not wait for its writes, nor are network file systems. */
static bool
is_local(int fd)
{
	static const uint32_t types[] = {
		0xef53,     /* ext2, ext3, ext4 */
		0x58465342, /* XFS */
		0x9123683e, /* Btrfs */
		0xf2f52010, /* F2FS */
		0x01021994, /* tmpfs */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

struct file_set *
file_set_open(const char *dir, struct error *err)
{
	struct file_set *s = xcalloc(1, sizeof(*s));
	struct stat st;

	s->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) != 0) {
		error_errno(err, "%s: cannot open the folder", dir);
		file_set_free(s);
		return NULL;
	}
	s->device = st.st_dev;
	s->together = kernel_reports() && is_local(s->fd);
	return s;
}

static void
forget(struct file_set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->file[i].path);
		free(s->file[i].temp);
	}
	s->count = 0;
}

/* Removes the files that are not in place. */
static void
abandon(struct file_set *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->file[i].temp != NULL && s->file[i].temp[0] != '\0')
			(void)unlink(s->file[i].temp);
	forget(s);
}

void
file_set_free(struct file_set *s)
{
	if (s == NULL)
		return;
	abandon(s);
	if (s->fd >= 0)
		close(s->fd);
	free(s->file);
	free(s);
}

static struct file_set_file *
next_file(struct file_set *s)
{
	if (s->count == s->room) {
		s->room = s->room > 0 ? 2 * s->room : 64;
		s->file = xreallocarray(s->file, s->room, sizeof(*s->file));
	}
	s->file[s->count] = (struct file_set_file){0};
	return &s->file[s->count++];
}

/* Reads the file back through its own descriptor. */
static int
digest(int fd, off_t size, char hex[static CRYPTO_HEX_SIZE])
{
	static char chunk[65536]; /* the compiler would clear an automatic one for each file */
	struct crypto_sha256 *d = crypto_sha256_new();
	off_t at = 0;
	ssize_t n = 1;

	for (; n > 0 && at < size; at += n) {
		n = pread(fd, chunk, sizeof(chunk), at);
		if (n > 0)
			crypto_sha256_add(d, chunk, (size_t)n);
	}
	crypto_sha256_end(d, hex);
	return at == size ? 0 : -1;
}

int
file_set_add(struct file_set *s, struct file_writer *w, struct error *err)
{
	struct file_set_file *f = next_file(s);
	struct stat st;
	bool bad = ferror(w->stream) || fflush(w->stream) != 0 ||
	           fstat(fileno(w->stream), &st) != 0 ||
	           digest(fileno(w->stream), st.st_size, f->digest) != 0;

	s->together = s->together && !bad && st.st_dev == s->device;
	f->path = w->path;
	f->temp = w->temp;
	bad = fclose(w->stream) != 0 || bad;
	free(w->buffer);
	*w = (struct file_writer){0};
	return bad ? error_errno(err, "%s: cannot write", f->path) : 0;
}

void
file_set_remove(struct file_set *s, const char *dir, const char *name)
{
	next_file(s)->path = file_join(dir, name);
}

size_t
file_set_count(const struct file_set *s)
{
	return s->count;
}

const struct file_set_file *
file_set_at(const struct file_set *s, size_t i)
{
	return &s->file[i];
}

static int
sync_file(const struct file_set_file *f, struct error *err)
{
	int fd = open(f->temp, O_RDONLY | O_CLOEXEC);
	int rc = fd >= 0 && fsync(fd) == 0 ? 0 : error_errno(err, "%s: cannot write", f->path);

	if (fd >= 0)
		close(fd);
	return rc;
}

static int
sync_together(const struct file_set *s, struct error *err)
{
	return syncfs(s->fd) == 0
	               ? 0
	               : error_errno(err, "%s: cannot sync the file system", s->file[0].path);
}

static int
sync_contents(const struct file_set *s, bool together, struct error *err)
{
	if (together)
		return sync_together(s, err);
	for (size_t i = 0; i < s->count; i++)
		if (s->file[i].temp != NULL && sync_file(&s->file[i], err) != 0)
			return -1;
	return 0;
}

static int
place(struct file_set_file *f, struct error *err)
{
	if (f->temp == NULL)
		return unlink(f->path) == 0 || errno == ENOENT
		               ? 0
		               : error_errno(err, "%s: cannot remove", f->path);
	if (rename(f->temp, f->path) != 0)
		return error_errno(err, "%s: cannot rename", f->path);
	f->temp[0] = '\0';
	return 0;
}

static size_t
folder_length(const struct file_set_file *f)
{
	const char *slash = strrchr(f->path, '/');

	return slash != NULL ? (size_t)(slash - f->path) : 0;
}

/* The files of a folder stand one after the other. */
static int
sync_folders(const struct file_set *s, struct error *err)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t len = folder_length(&s->file[i]);
		char *dir;
		int rc;

		if (i + 1 < s->count && folder_length(&s->file[i + 1]) == len &&
		    strncmp(s->file[i].path, s->file[i + 1].path, len) == 0)
			continue;
		dir = xstrndup(len > 0 ? s->file[i].path : ".", len > 0 ? len : 1);
		rc = file_sync_dir(dir, err);
		free(dir);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
file_set_place(struct file_set *s, struct error *err)
{
	bool together = s->together && s->count > FEW;
	int rc = s->count > 0 ? sync_contents(s, together, err) : 0;

	for (size_t i = 0; i < s->count && rc == 0; i++)
		rc = place(&s->file[i], err);
	if (rc == 0 && s->count > 0)
		rc = together ? sync_together(s, err) : sync_folders(s, err);
	abandon(s);
	return rc;
}
