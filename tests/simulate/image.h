/*
 * The ledger as the judge reads it: an image in memory, in which the write-ahead log is applied. Reading the
 * ledger itself would write to it. One connection reads all images, so that its statements stay compiled.
 */
#ifndef TESTS_SIMULATE_IMAGE_H
#define TESTS_SIMULATE_IMAGE_H

#include <sqlite3.h>
#include <stddef.h>

/* Call at the begin of a world. */
void image_forget(void);
/* Call after every change of dir/ledger.db. Until then the other functions see the older one. */
void image_read(const char *dir);
/* NULL: there is no ledger. Lives until the next image_read(). */
sqlite3 *image_database(void);
/* The statement, compiled once for each key, which is a literal. The caller resets it after its last step.
 * NULL: there is no ledger, or it cannot be read, which breaks a promise. */
sqlite3_stmt *image_statement(const char *key, const char *sql);
/* Rewrites the database with small pages, because most tables of a world stay almost empty. Returns its
 * bytes, which the caller owns. */
char *image_with_small_pages(const char *path, size_t *ret_size);

#endif
