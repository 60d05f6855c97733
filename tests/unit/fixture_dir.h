/* A fixture for tests of files: a folder that a shell script fills. */
#ifndef TESTS_UNIT_FIXTURE_DIR_H
#define TESTS_UNIT_FIXTURE_DIR_H

extern char fixture_dir[]; /* the path, from fixture_make_dir() on */

/* Runs the script in a new folder, without output; it ends at the first command that fails. */
int fixture_make_dir(const char *script);
int fixture_remove_dir(void **state); /* a teardown function of cmocka */

#endif
