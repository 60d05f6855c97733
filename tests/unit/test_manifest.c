/* A pack's manifest: writing it, comparing it, and reading a hostile one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "partner/handoff/manifest.h"
#include "tests/unit/fixture_dir.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char dir[FIXTURE_PATH_SIZE];
static char told[512]; /* "missing a;extra b;" */

static void
put(const char *name, const char *text)
{
	char *path = file_join(dir, name);
	struct error err;

	if (file_write(path, 0644, text, strlen(text), &err) != 0)
		fail_msg("%s", err.text);
	free(path);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(fixture_temp(dir, sizeof(dir), "unpilot-pack")) == NULL)
		return -1;
	put("b.txt", "abc");
	put("a.txt", "");
	return 0;
}

static int
tear_down(void **state)
{
	char command[FIXTURE_PATH_SIZE + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void
on_fault(void *ctx, enum manifest_fault fault, const char *name)
{
	static const char *const word[] = {"missing", "extra", "differs"};
	size_t used = strlen(told);

	(void)ctx;
	snprintf(told + used, sizeof(told) - used, "%s %s;", word[fault], name);
}

/* Writes the manifest of the folder with these new files, each of which holds "abc". */
static void
seal_with(const char *const *name, size_t names)
{
	struct error err;
	struct file_set *files = file_set_open(dir, &err);
	struct file_writer w;

	assert_non_null(files);
	file_set_remove(files, dir, "a.txt"); /* of another pack */
	for (size_t i = 0; i < names; i++) {
		assert_int_equal(file_begin_in(&w, dir, name[i], &err), 0);
		fputs("abc", w.stream);
		assert_int_equal(file_set_add(files, &w, &err), 0);
	}
	assert_int_equal(manifest_write(dir, files, 1, NULL, &err), 0);
	assert_int_equal(file_set_place(files, &err), 0);
	file_set_free(files);
}

static void
seal(void)
{
	struct error err;
	struct file_set *files = file_set_open(dir, &err);

	assert_non_null(files);
	assert_int_equal(manifest_write(dir, files, 0, NULL, &err), 0);
	assert_int_equal(file_set_place(files, &err), 0);
	file_set_free(files);
}

static int
verify(struct manifest_verdict *v, struct error *err)
{
	told[0] = '\0';
	return manifest_verify(dir, NULL, on_fault, NULL, v, err);
}

static void
lists_every_file_sorted(void **state)
{
	char *path = file_join(dir, "manifest.sha256"), *sub = file_join(dir, "sub");
	struct manifest_verdict v;
	struct error err;
	struct buf text;

	(void)state;
	put("manifest.p7s", "from before");
	assert_int_equal(mkdir(sub, 0700), 0);
	seal();
	buf_init(&text, 1000);
	assert_int_equal(file_read(path, &text, &err), 0);
	assert_string_equal(text.data, EMPTY "  a.txt\n" ABC "  b.txt\n");
	buf_release(&text);
	assert_int_equal(verify(&v, &err), 0);
	assert_string_equal(told, "extra sub;"); /* not a file of the pack */
	assert_int_equal(v.state, MANIFEST_UNSIGNED);
	assert_int_equal(v.files, 2);
	free(path);
	free(sub);
}

/* A new file counts, and its old version and its temporary file do not. */
static void
lists_the_folder_as_it_will_be(void **state)
{
	static const char *const names[] = {"c.txt", "aa.txt"};
	char *path = file_join(dir, "manifest.sha256");
	struct error err;
	struct buf text;

	(void)state;
	put("c.txt", "");
	seal_with(names, ARRAY_SIZE(names));
	buf_init(&text, 1000);
	assert_int_equal(file_read(path, &text, &err), 0);
	/* a.txt is of the set before this pack, so the folder's version counts */
	assert_string_equal(text.data,
	                    EMPTY "  a.txt\n" ABC "  aa.txt\n" ABC "  b.txt\n" ABC "  c.txt\n");
	buf_release(&text);
	free(path);
}

static void
names_what_differs(void **state)
{
	char *a = file_join(dir, "a.txt"), *b = file_join(dir, "b.txt");
	struct manifest_verdict v;
	struct error err;

	(void)state;
	seal();
	put("b.txt", "abd");
	put(".hidden", "");
	put("z", "");
	assert_int_equal(unlink(a), 0);
	assert_int_equal(verify(&v, &err), 0);
	assert_string_equal(told, "extra .hidden;missing a.txt;differs b.txt;extra z;");
	assert_int_equal(v.faults, 4);
	/* a link is never a file of the pack; a pipe is not waited for */
	assert_int_equal(unlink(b), 0);
	assert_int_equal(symlink("/etc/passwd", b), 0);
	assert_int_equal(mkfifo(a, 0600), 0);
	assert_int_equal(verify(&v, &err), 0);
	assert_string_equal(told, "extra .hidden;missing a.txt;missing b.txt;extra z;");
	free(a);
	free(b);
}

static void
refuses_what_is_no_manifest(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		EMPTY,
		EMPTY "  a.txt",
		EMPTY " a.txt\n",
		EMPTY " *a.txt\n",
		EMPTY "  \n",
		EMPTY "  ../a.txt\n",
		EMPTY "  /etc/passwd\n",
		EMPTY "  ..\n",
		EMPTY "  ...\n",
		EMPTY "  a\\b\n",
		EMPTY "  a\tb\n",
		EMPTY "  a\xff\n",
		EMPTY "  a.txt\r\n",
		EMPTY "  manifest.p7s\n",
		EMPTY "  manifest.sha256\n",
		EMPTY "  a.txt\n" EMPTY "  a.txt\n",
		ABC "  b.txt\n" EMPTY "  a.txt\n",
		"E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.txt\n",
		EMPTY "0  a.txt\n",
	};
	struct manifest_verdict v;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put("manifest.sha256", bad[i]);
		if (verify(&v, &err) != -1)
			fail_msg("case %zu was taken", i);
		assert_non_null(strstr(err.text, "manifest.sha256"));
	}
}

static void
bounds_names_and_files(void **state)
{
	char line[1000];
	struct manifest_verdict v;
	struct error err;
	struct buf text;

	(void)state;
	snprintf(line, sizeof(line), EMPTY "  %0256d\n", 0);
	put("manifest.sha256", line);
	assert_int_equal(verify(&v, &err), -1);
	buf_init(&text, 1000000);
	for (int i = 0; i <= MANIFEST_FILES_MAX; i++)
		buf_printf(&text, EMPTY "  %06d\n", i);
	put("manifest.sha256", text.data);
	assert_int_equal(verify(&v, &err), -1);
	buf_release(&text);
	strcat(dir, "/none");
	assert_int_equal(verify(&v, &err), -1);
	dir[strlen(dir) - 5] = '\0';
}

static void
without_a_manifest_it_is_no_pack(void **state)
{
	char *path = file_join(dir, "manifest.sha256");
	struct manifest_verdict v;
	struct error err;

	(void)state;
	assert_int_equal(verify(&v, &err), -1);
	assert_non_null(strstr(err.text, "not a pack"));
	assert_int_equal(symlink("b.txt", path), 0);
	assert_int_equal(verify(&v, &err), -1);
	free(path);
}

static void
a_signature_that_cannot_be_read_is_bad(void **state)
{
	struct manifest_verdict v;
	struct error err;

	(void)state;
	seal();
	put("manifest.p7s", "junk");
	assert_int_equal(verify(&v, &err), 0);
	assert_int_equal(v.state, MANIFEST_BAD);
	assert_string_equal(told, "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_every_file_sorted),
		T(lists_the_folder_as_it_will_be),
		T(names_what_differs),
		T(refuses_what_is_no_manifest),
		T(bounds_names_and_files),
		T(without_a_manifest_it_is_no_pack),
		T(a_signature_that_cannot_be_read_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
