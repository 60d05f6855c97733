/*
 * Reads whole files up to a limit, checks the mode of secret files, and replaces files so that a
 * power cut leaves the old or the new one: write a temporary file beside the target, fsync, rename,
 * fsync the directory.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stdio.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/error.h"

#define FILE_MODE_PUBLIC 0644
#define FILE_MODE_PRIVATE 0600
#define FILE_DIR_MODE 0750

/* Appends the whole file to b; a file larger than b's maximum is an error. */
int file_read(const char *path, struct buf *b, struct error *err) MUST_CHECK;
/* Replaces path with len bytes, durably. */
int file_write(const char *path, unsigned mode, const void *data, size_t len,
               struct error *err) MUST_CHECK;

/*
 * The same for a file that is written in pieces:
 *	struct file_writer w;
 *	if (file_begin(&w, path, mode, err) != 0) return -1;
 *	fprintf(w.stream, ...);            errors stay in the stream
 *	return file_commit(&w, err);       or file_abandon(&w)
 */
struct file_writer {
	FILE *stream;
	char *path;
	char *temp;
	char *buffer; /* the stream's */
};
int
file_begin(struct file_writer *w, const char *path, unsigned mode, struct error *err) MUST_CHECK;
/* The same for dir/name with FILE_MODE_PUBLIC. */
int file_begin_in(struct file_writer *w, const char *dir, const char *name,
                  struct error *err) MUST_CHECK;
int file_commit(struct file_writer *w, struct error *err) MUST_CHECK; /* releases w either way */
/* For many files, see file_set.h. */
void file_abandon(struct file_writer *w); /* accepts a zeroed one */
int file_sync_dir(const char *dir, struct error *err) MUST_CHECK;
/* Removes from a directory the temporary files of writers that were killed on this machine. */
void file_reap(const char *dir);
/* Certainly there is nothing. What cannot be looked at may be there: opening it says why not. */
bool file_is_missing(const char *path);
/* The name is that of a temporary file for `target`, of any machine. Both are names without a folder. */
bool file_is_temporary(const char *name, const char *target);

int
file_mkdirs(const char *path, struct error *err) MUST_CHECK; /* and its parents; they may exist */
/* The same, but the last one must not be a symbolic link, which another user may have put there. */
int file_mkdirs_own(const char *path, struct error *err) MUST_CHECK;
/* A secret must be a regular file that neither group nor others can read. */
int file_check_private(const char *path, struct error *err) MUST_CHECK;
/* The first line of a secret file, without line end. The caller wipes and frees it. */
char *file_read_secret(const char *path, struct error *err) MUST_CHECK;
/* path if it exists, else the nearest folder above it that does. The caller frees it. */
char *file_existing(const char *path);
/* "dir/name", or an absolute name unchanged. The caller frees it. */
char *file_join(const char *dir, const char *name);

#endif
