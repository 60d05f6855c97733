/* A fixture for tests of files: a folder that a shell script fills. */
#ifndef TESTS_UNIT_FIXTURE_DIR_H
#define TESTS_UNIT_FIXTURE_DIR_H

#include <stddef.h>

#define FIXTURE_PATH_SIZE 256
/* Writes a template for mkdtemp(3) and mkstemp(3), in TMPDIR or /tmp. Returns dst. */
char *fixture_temp(char *dst, size_t size, const char *name);

/* The number of entries of a folder, without "." and "..". -1: it cannot be read. */
int fixture_entries(const char *dir);

extern char fixture_dir[FIXTURE_PATH_SIZE]; /* the path, from fixture_make_dir() on */

/* Runs the script in a new folder, without output; it ends at the first command that fails. */
int fixture_make_dir(const char *script);
/* The same in the folder that is there. */
int fixture_script(const char *script);
int fixture_remove_dir(void **state); /* a teardown function of cmocka */

#endif
