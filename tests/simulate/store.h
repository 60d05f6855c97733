/*
 * A ledger in memory: its database, its write-ahead log and their shared index, as files of SQLite. They lie in memory
 * that the simulator shares with its children, and keep their content when a child dies. Worlds with
 * `world->in_memory` use it; the others keep their ledger on a disk.
 */
#ifndef TESTS_SIMULATE_STORE_H
#define TESTS_SIMULATE_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum store_file { STORE_DATABASE, STORE_LOG, STORE_FILES };

/* Call once. */
void store_register(void);
/* The path of the ledger of this world; the log lies beside it. Its content is that of `bytes`. */
void store_begin(const char *path, const char *bytes, size_t size);
/* No process has the ledger open any more: locks and index are gone. */
void store_forget_locks(void);
/* The file of this path; STORE_FILES: none of ours. */
enum store_file store_find(const char *path);
const char *store_path(enum store_file f);
int64_t store_size(enum store_file f);
void store_resize(enum store_file f, int64_t size);
void store_read(enum store_file f, void *dst, size_t len, int64_t at); /* zeros after its end */
void store_write(enum store_file f, const void *src, size_t len, int64_t at);
/* Writes both files to the disk, for a person who looks at them. */
void store_save(void);
/* The file system, for sqlite3_vfs.xOpen of store_find()'s files. */
sqlite3_vfs *store_vfs(void);
/* A connection that is kept open begins and ends to use the ledger. */
void store_enter(void);
void store_leave(void);
int store_users(void);

#endif
