/* Writes and verifies manifests. Digests and signatures come from common/crypto.h. */
#include "partner/handoff/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/file.h"
#include "common/text.h"

#define MANIFEST "manifest.sha256"
#define SIGNATURE "manifest.p7s"
#define HEX_LENGTH (CRYPTO_HEX_SIZE - 1)
#define GAP "  " /* between digest and name, as sha256sum writes it */
#define MANIFEST_MAX (MANIFEST_FILES_MAX * (HEX_LENGTH + sizeof(GAP) + MANIFEST_NAME_MAX))

struct names {
	char *name[MANIFEST_FILES_MAX];
	size_t count;
};

static void
names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->name[i]);
	n->count = 0;
}

static int
by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool
is_own(const char *name)
{
	return strcmp(name, MANIFEST) == 0 || strcmp(name, SIGNATURE) == 0;
}

static bool
is_dots(const char *name)
{
	return name[strspn(name, ".")] == '\0';
}

/* A name in the folder itself that sha256sum writes without escapes. */
static bool
is_plain(const char *name)
{
	return !is_dots(name) && !is_own(name) && strlen(name) <= MANIFEST_NAME_MAX &&
	       strpbrk(name, "/\\") == NULL && !text_has_control(name) &&
	       text_is_utf8(name, strlen(name));
}

/* Lists the folder, sorted, without manifest, signature, "." and "..". */
static int
list_folder(const char *dir, struct names *n, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc = 0;

	if (d == NULL)
		return error_errno(err, "%s: cannot open the folder", dir);
	/* readdir() leaves errno unchanged at the end of the folder */
	for (errno = 0; rc == 0 && (e = readdir(d)) != NULL; errno = 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    is_own(e->d_name))
			continue;
		if (n->count == MANIFEST_FILES_MAX)
			rc = error_set(err, "%s: more than %d files", dir, MANIFEST_FILES_MAX);
		else
			n->name[n->count++] = xstrdup(e->d_name);
	}
	if (rc == 0 && errno != 0)
		rc = error_errno(err, "%s: cannot read the folder", dir);
	closedir(d);
	qsort(n->name, n->count, sizeof(n->name[0]), by_bytes);
	return rc;
}

/* Follows no link and does not wait for a pipe. 1: done; 0: no such regular file; -1. */
static int
digest_file(int folder, const char *name, char hex[static CRYPTO_HEX_SIZE], struct error *err)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct crypto_sha256 *digest;
	char chunk[65536];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENXIO
		               ? 0
		               : error_errno(err, "%s: cannot open", name);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	digest = crypto_sha256_new();
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		crypto_sha256_add(digest, chunk, (size_t)n);
	crypto_sha256_end(digest, hex);
	if (n < 0)
		error_errno(err, "%s: cannot read", name);
	/* free the page cache: nobody reads this file again soon */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	return n < 0 ? -1 : 1;
}

static int
open_folder(const char *dir, struct error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : error_errno(err, "%s: cannot open the folder", dir);
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void
names_remove(struct names *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->name[i], name) == 0) {
			free(n->name[i]);
			n->name[i] = n->name[--n->count];
			return;
		}
}

/* Lists the folder as it will be: new files under their own names, removed ones not at all. */
static int
list_pack(const char *dir, const struct file_set *files, size_t from, struct names *n,
          struct error *err)
{
	if (list_folder(dir, n, err) != 0)
		return -1;
	for (size_t i = from; i < file_set_count(files); i++) {
		const struct file_set_file *f = file_set_at(files, i);

		names_remove(n, last_part(f->path));
		if (f->temp == NULL)
			continue;
		names_remove(n, last_part(f->temp));
		if (n->count == MANIFEST_FILES_MAX)
			return error_set(err, "%s: more than %d files", dir, MANIFEST_FILES_MAX);
		n->name[n->count++] = xstrdup(last_part(f->path));
	}
	qsort(n->name, n->count, sizeof(n->name[0]), by_bytes);
	return 0;
}

/* The digest of a new file, or NULL. */
static const char *
new_digest(const struct file_set *files, size_t from, const char *name)
{
	for (size_t i = from; i < file_set_count(files); i++)
		if (strcmp(last_part(file_set_at(files, i)->path), name) == 0)
			return file_set_at(files, i)->digest;
	return NULL;
}

/* Skips names that a manifest cannot express; verifying reports them as extra files. */
static int
list_digests(int folder, const struct file_set *files, size_t from, const struct names *n,
             struct buf *text, struct error *err)
{
	char old[CRYPTO_HEX_SIZE];

	for (size_t i = 0; i < n->count; i++) {
		const char *hex = new_digest(files, from, n->name[i]);
		int rc = hex != NULL            ? 1
		         : is_plain(n->name[i]) ? digest_file(folder, n->name[i], old, err)
		                                : 0;

		if (rc < 0)
			return -1;
		if (rc > 0)
			buf_printf(text, "%s" GAP "%s\n", hex != NULL ? hex : old, n->name[i]);
	}
	return 0;
}

static int
save(struct file_set *files, const char *dir, const char *name, const struct buf *data,
     struct error *err)
{
	struct file_writer w;

	if (file_begin_in(&w, dir, name, err) != 0)
		return -1;
	fwrite(data->data, 1, data->len, w.stream);
	return file_set_add(files, &w, err);
}

static int
save_signature(struct file_set *files, const char *dir, const struct crypto_signer *signer,
               const struct buf *text, struct error *err)
{
	struct buf der;
	int rc;

	if (signer == NULL) {
		file_set_remove(files, dir, SIGNATURE);
		return 0;
	}
	buf_init(&der, CRYPTO_SIGNATURE_MAX);
	rc = crypto_sign(signer, text->data, text->len, &der, err);
	if (rc == 0)
		rc = save(files, dir, SIGNATURE, &der, err);
	buf_release(&der);
	return rc;
}

int
manifest_write(const char *dir, struct file_set *files, size_t from,
               const struct crypto_signer *signer, struct error *err)
{
	struct names *n = xcalloc(1, sizeof(*n));
	int folder = open_folder(dir, err), rc = -1;
	struct buf text;

	buf_init(&text, MANIFEST_MAX);
	if (folder >= 0 && list_pack(dir, files, from, n, err) == 0 &&
	    list_digests(folder, files, from, n, &text, err) == 0 &&
	    save(files, dir, MANIFEST, &text, err) == 0)
		rc = save_signature(files, dir, signer, &text, err);
	buf_release(&text);
	if (folder >= 0)
		close(folder);
	names_release(n);
	free(n);
	return rc == 0 ? 0 : error_prefix(err, "%s: manifest", dir);
}

struct entry {
	const char *hex, *name; /* point into the text of the manifest */
};

struct checking {
	int folder;
	struct buf text, der;
	struct entry entry[MANIFEST_FILES_MAX];
	size_t entries;
	struct names there;
	manifest_fault_fn *fn;
	void *ctx;
	struct manifest_verdict *verdict;
};

/* Parses a line in place. Names must ascend, so that none comes twice. */
static bool
read_line(struct checking *c, char *line)
{
	char *name = line + HEX_LENGTH + strlen(GAP);

	if (c->entries == MANIFEST_FILES_MAX || strlen(line) <= HEX_LENGTH + strlen(GAP) ||
	    strspn(line, "0123456789abcdef") != HEX_LENGTH ||
	    strncmp(line + HEX_LENGTH, GAP, strlen(GAP)) != 0 || !is_plain(name))
		return false;
	if (c->entries > 0 && strcmp(c->entry[c->entries - 1].name, name) >= 0)
		return false;
	line[HEX_LENGTH] = '\0';
	c->entry[c->entries++] = (struct entry){.hex = line, .name = name};
	return true;
}

static int
read_lines(struct checking *c, struct error *err)
{
	char *at = c->text.data, *end = at + c->text.len;
	long line = 0;

	while (at < end) {
		char *stop = memchr(at, '\n', (size_t)(end - at));
		line++;
		if (stop != NULL)
			*stop = '\0';
		if (stop == NULL || strlen(at) != (size_t)(stop - at) || !read_line(c, at))
			return error_set(err,
			                 MANIFEST ":%ld: expected a SHA-256 digest, two blanks and "
			                          "the name of a file, sorted by name",
			                 line);
		at = stop + 1;
	}
	return c->entries > 0 ? 0 : error_set(err, MANIFEST ": names no file");
}

static void
report_fault(struct checking *c, enum manifest_fault what, const char *name)
{
	c->verdict->faults++;
	c->fn(c->ctx, what, name);
}

static int
check_entry(struct checking *c, const struct entry *e, struct error *err)
{
	char hex[CRYPTO_HEX_SIZE];
	int rc = digest_file(c->folder, e->name, hex, err);

	if (rc == 0)
		report_fault(c, MANIFEST_MISSING, e->name);
	else if (rc > 0 && strcmp(hex, e->hex) != 0)
		report_fault(c, MANIFEST_DIFFERS, e->name);
	return rc < 0 ? -1 : 0;
}

/* Compares the two sorted lists in one pass. */
static int
compare(struct checking *c, struct error *err)
{
	size_t i = 0, k = 0;

	while (i < c->entries || k < c->there.count) {
		int order = i == c->entries       ? 1
		            : k == c->there.count ? -1
		                                  : strcmp(c->entry[i].name, c->there.name[k]);

		if (order > 0)
			report_fault(c, MANIFEST_EXTRA, c->there.name[k]);
		else if (check_entry(c, &c->entry[i], err) != 0)
			return -1;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

/* 1: read; 0: no such file; -1. */
static int
read_own(const char *dir, const char *name, struct buf *to, struct error *err)
{
	char *path = file_join(dir, name);
	struct stat st;
	int rc;

	if (lstat(path, &st) != 0)
		rc = errno == ENOENT ? 0 : error_errno(err, "%s: cannot open", path);
	else if (!S_ISREG(st.st_mode))
		rc = error_set(err, "%s: not a regular file", path);
	else
		rc = file_read(path, to, err) == 0 ? 1 : -1;
	free(path);
	return rc;
}

static int
check_signature(struct checking *c, const char *dir, const char *trusted, struct error *err)
{
	static const enum manifest_signed state[] = {[CRYPTO_TRUSTED] = MANIFEST_TRUSTED,
	                                             [CRYPTO_UNVOUCHED] = MANIFEST_UNVOUCHED,
	                                             [CRYPTO_BAD] = MANIFEST_BAD};
	struct manifest_verdict *v = c->verdict;
	int rc = read_own(dir, SIGNATURE, &c->der, &v->why);
	enum crypto_trust trust;

	v->state = rc < 0 ? MANIFEST_BAD : MANIFEST_UNSIGNED;
	if (rc <= 0)
		return 0;
	trust = crypto_verify(c->text.data, c->text.len, c->der.data, c->der.len, trusted,
	                      &v->signature, &v->why);
	if (trust == CRYPTO_NO_ANCHOR)
		return error_set(err, "%s", v->why.text);
	v->state = state[trust];
	return 0;
}

static int
verify(struct checking *c, const char *dir, const char *trusted, struct error *err)
{
	int rc = read_own(dir, MANIFEST, &c->text, err);

	if (rc == 0)
		error_set(err, "%s: not a pack: it has no " MANIFEST, dir);
	/* check the signature first, because parsing the lines changes the text */
	if (rc <= 0 || check_signature(c, dir, trusted, err) != 0 ||
	    list_folder(dir, &c->there, err) != 0 || read_lines(c, err) != 0)
		return -1;
	c->verdict->files = c->entries;
	return compare(c, err);
}

int
manifest_verify(const char *dir, const char *trusted, manifest_fault_fn *fn, void *ctx,
                struct manifest_verdict *ret, struct error *err)
{
	struct checking *c = xcalloc(1, sizeof(*c));
	int rc = -1;

	*ret = (struct manifest_verdict){0};
	*c = (struct checking){.fn = fn, .ctx = ctx, .verdict = ret};
	buf_init(&c->text, MANIFEST_MAX);
	buf_init(&c->der, CRYPTO_SIGNATURE_MAX);
	c->folder = open_folder(dir, err);
	if (c->folder >= 0) {
		rc = verify(c, dir, trusted, err);
		close(c->folder);
	}
	buf_release(&c->text);
	buf_release(&c->der);
	names_release(&c->there);
	free(c);
	return rc;
}
