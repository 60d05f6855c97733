/* Durable replacement of files, and the checks of secret files. */
#include "common/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/permission.h"
#include "common/text.h"
#include "common/wipe.h"

#define SECRET_MAX 16384 /* refresh tokens are the longest */
#define TEMP_MARK ".new-"
/* With stdio's own buffer of one page a pack of 5,000 devices takes 1,500 system calls; with this
 * one it takes a hundred. */
#define WRITER_BUFFER ((size_t)64 * 1024)

int
file_read(const char *path, struct buf *b, struct error *err)
{
	FILE *f = fopen(path, "rbe");
	char chunk[16384];
	size_t n;
	int rc = 0;

	if (f == NULL)
		return permission_error(err, PERMISSION_READ, path, "cannot open");
	/* stop at the limit: a device file may be endless */
	while (!b->overflow && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(b, chunk, n);
	if (ferror(f))
		rc = error_errno(err, "%s: cannot read", path);
	else if (b->overflow)
		rc = error_set(err, "%s: larger than %zu bytes", path, b->max);
	fclose(f);
	return rc;
}

/* A rename survives a power cut only after the directory is synced. */
int
file_sync_dir(const char *dir, struct error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = error_errno(err, "%s: cannot sync the directory", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
sync_directory_of(const char *path, struct error *err)
{
	char *copy = xstrdup(path);
	int rc = file_sync_dir(dirname(copy), err);

	free(copy);
	return rc;
}

/* A process id means nothing on another machine, which may share the folder. */
static unsigned
host_tag(void)
{
	static unsigned tag;
	struct utsname host;

	if (tag == 0 && uname(&host) == 0)
		tag = (unsigned)text_hash(TEXT_HASH_START, host.nodename, strlen(host.nodename));
	return tag;
}

/* ".NAME.new-HOST-PID-XXXXXX" beside the target. Host and process id let file_reap() see that its
 * writer died. */
static char *
temp_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	int dir = slash != NULL ? (int)(slash - path + 1) : 0;

	return xasprintf("%.*s.%s" TEMP_MARK "%08x-%ld-XXXXXX", dir, path, path + dir, host_tag(),
	                 (long)getpid());
}

int
file_begin(struct file_writer *w, const char *path, unsigned mode, struct error *err)
{
	int fd;

	*w = (struct file_writer){.path = xstrdup(path), .temp = temp_name(path)};
	fd = mkostemp(w->temp, O_CLOEXEC);
	if (fd < 0) {
		permission_error(err, PERMISSION_WRITE, w->path, "cannot create");
		w->temp[0] = '\0';
		file_abandon(w);
		return -1;
	}
	if (fchmod(fd, mode) != 0 || (w->stream = fdopen(fd, "wb")) == NULL) {
		error_errno(err, "%s: cannot prepare", w->temp);
		close(fd);
		file_abandon(w);
		return -1;
	}
	w->buffer = xmalloc(WRITER_BUFFER);
	(void)setvbuf(w->stream, w->buffer, _IOFBF, WRITER_BUFFER);
	return 0;
}

int
file_begin_in(struct file_writer *w, const char *dir, const char *name, struct error *err)
{
	char *path = file_join(dir, name);
	int rc = file_begin(w, path, FILE_MODE_PUBLIC, err);

	free(path);
	return rc;
}

/* A rename would replace a device such as /dev/null, a pipe, or a link to one such as /dev/stdout, by a file. */
static int
check_target(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return 0;
	return error_set(err, "%s: not a regular file: it is not replaced", path);
}

static int
put_in_place(struct file_writer *w, struct error *err)
{
	bool bad = ferror(w->stream) || fflush(w->stream) != 0 || fsync(fileno(w->stream)) != 0;
	int rc = 0;

	if (bad)
		rc = error_errno(err, "%s: cannot write", w->path);
	if (fclose(w->stream) != 0 && rc == 0)
		rc = error_errno(err, "%s: cannot write", w->path);
	w->stream = NULL;
	if (rc == 0)
		rc = check_target(w->path, err);
	if (rc == 0 && rename(w->temp, w->path) != 0)
		rc = error_errno(err, "%s: cannot rename", w->path);
	if (rc == 0)
		w->temp[0] = '\0';
	return rc;
}

int
file_commit(struct file_writer *w, struct error *err)
{
	int rc = put_in_place(w, err);

	if (rc == 0)
		rc = sync_directory_of(w->path, err);
	file_abandon(w);
	return rc;
}

void
file_abandon(struct file_writer *w)
{
	if (w->stream != NULL)
		fclose(w->stream);
	if (w->temp != NULL && w->temp[0] != '\0')
		unlink(w->temp);
	free(w->path);
	free(w->temp);
	free(w->buffer);
	*w = (struct file_writer){0};
}

/* A temporary file of this machine whose writer is dead. */
static bool
is_orphan(const char *name, const char *mark)
{
	const char *after = strstr(name, mark);
	const char *pid = after != NULL ? after + strlen(mark) : NULL;
	size_t digits = pid != NULL ? strspn(pid, "0123456789") : 0;
	char number[16];
	long long owner;

	if (name[0] != '.' || digits == 0 || digits >= sizeof(number) || pid[digits] != '-')
		return false;
	memcpy(number, pid, digits);
	number[digits] = '\0';
	return text_number(number, 1, INT32_MAX, &owner) && owner != getpid() &&
	       kill((pid_t)owner, 0) != 0 && errno == ESRCH;
}

bool
file_is_temporary(const char *name, const char *target)
{
	size_t len = strlen(target);

	return name[0] == '.' && strncmp(name + 1, target, len) == 0 &&
	       strncmp(name + 1 + len, TEMP_MARK, strlen(TEMP_MARK)) == 0;
}

void
file_reap(const char *dir)
{
	char *mark = xasprintf(TEMP_MARK "%08x-", host_tag());
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (is_orphan(e->d_name, mark))
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	free(mark);
}

int
file_write(const char *path, unsigned mode, const void *data, size_t len, struct error *err)
{
	struct file_writer w;

	if (file_begin(&w, path, mode, err) != 0)
		return -1;
	fwrite(data, 1, len, w.stream);
	return file_commit(&w, err);
}

static bool
is_directory(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	errno = ENOTDIR; /* for the caller's message */
	return S_ISDIR(st.st_mode);
}

int
file_mkdirs(const char *path, struct error *err)
{
	char *copy = xstrdup(path);
	int rc = 0;

	for (char *p = copy + 1; rc == 0 && *copy != '\0'; p++) {
		char c = *p;
		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, FILE_DIR_MODE) != 0 && (errno != EEXIST || !is_directory(copy)))
			rc = permission_error(err, PERMISSION_WRITE, copy,
			                      "cannot create the directory");
		*p = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return rc;
}

int
file_mkdirs_own(const char *path, struct error *err)
{
	struct stat st;

	if (mkdir(path, FILE_DIR_MODE) == 0 || (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	if (file_mkdirs(path, err) != 0)
		return -1;
	if (lstat(path, &st) != 0)
		return error_errno(err, "%s: cannot open", path);
	return S_ISDIR(st.st_mode)
	               ? 0
	               : error_set(err,
	                           "%s: a symbolic link: remove it, because nothing is written "
	                           "through one",
	                           path);
}

bool
file_is_missing(const char *path)
{
	return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

int
file_check_private(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return permission_error(err, PERMISSION_READ, path, "cannot open");
	if (!S_ISREG(st.st_mode))
		return error_set(err, "%s: not a regular file", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(err, "%s: others can read this secret (mode %04o): chmod 600 %s",
		                 path, (unsigned)(st.st_mode & 07777), path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(
			err,
			"%s: this secret belongs to another user: chown it to the user that runs unpilot",
			path);
	return 0;
}

char *
file_read_secret(const char *path, struct error *err)
{
	struct buf b;
	char *text = NULL;

	buf_init(&b, SECRET_MAX);
	if (file_read(path, &b, err) == 0)
		text = xstrndup(b.data, strcspn(b.data, "\r\n"));
	/* the caller wipes its copy of the first line; this wipes the rest */
	wipe(b.data, b.len);
	buf_release(&b);
	return text;
}

char *
file_existing(const char *path)
{
	char *copy = xstrdup(path);

	while (access(copy, F_OK) != 0 && strcmp(copy, "/") != 0 && strcmp(copy, ".") != 0) {
		char *up = xstrdup(dirname(copy));
		free(copy);
		copy = up;
	}
	return copy;
}

char *
file_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (name[0] == '/')
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, len > 0 && dir[len - 1] == '/' ? "" : "/", name);
}
