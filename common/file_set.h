/*
 * Files that are replaced together: all are written beside their targets, synced, renamed in the order of
 * their addition, and synced again. A power cut leaves the old or the new version of each file.
 *
 * Few files are synced one by one. Many are synced by syncfs(), which costs two calls, on a local file
 * system that is known to report its errors there (Linux 5.8 or later). A set owns its temporary files
 * until file_set_place(); file_set_free() removes them.
 */
#ifndef COMMON_FILE_SET_H
#define COMMON_FILE_SET_H

#include "common/base.h"
#include "common/crypto.h"
#include "common/error.h"
#include "common/file.h"

struct file_set;

struct file_set_file {
	char *path;                   /* the target */
	char *temp;                   /* NULL: the target is removed */
	char digest[CRYPTO_HEX_SIZE]; /* SHA-256 of the content, read back */
};

/* dir: an existing folder on the file system of the files. */
struct file_set *file_set_open(const char *dir, struct error *err) MUST_CHECK;
void file_set_free(struct file_set *s); /* accepts NULL */
/* Takes the file over. Releases w either way. */
int file_set_add(struct file_set *s, struct file_writer *w, struct error *err) MUST_CHECK;
/* Removes a file, which need not exist, in place of a rename. */
void file_set_remove(struct file_set *s, const char *dir, const char *name);
size_t file_set_count(const struct file_set *s);
const struct file_set_file *file_set_at(const struct file_set *s, size_t i);
/* Makes all files durable and empties the set. After an error some files may be in place. */
int file_set_place(struct file_set *s, struct error *err) MUST_CHECK;

#endif
