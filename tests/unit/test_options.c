/* The command line: options before and after the command, and those that override the configuration. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "partner/app/config.h"
#include "partner/app/options.h"

static bool
any_command(const char *name UNUSED)
{
	return true;
}

static void
parse(struct options *o, const char *const *words)
{
	char *argv[32] = {(char *)(uintptr_t) "unpilot"};
	int argc = 1;

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	options_parse(o, argc, argv, any_command);
}

static void
options_stand_before_or_after_the_command(void **state UNUSED)
{
	static const char *const words[] = {"-q",     "--out=packs",    "run", "a.csv", "-n", "-c",
	                                    "x.conf", "--max-duration", "2h",  "b.csv", "--", "-c",
	                                    NULL};
	struct options o;

	parse(&o, words);
	assert_string_equal(o.command, "run");
	assert_int_equal(o.args, 3);
	assert_string_equal(o.arg[0], "a.csv");
	assert_string_equal(o.arg[1], "b.csv");
	assert_string_equal(o.arg[2], "-c");
	assert_string_equal(o.config, "x.conf");
	assert_string_equal(o.out, "packs");
	assert_true(o.quiet);
	assert_true(o.dry_run);
	assert_false(o.verbose);
	assert_int_equal(o.max_duration, 2 * 3600 * 1000);
	assert_int_equal(o.lock_wait, 0);
	options_release(&o);
}

static void
an_option_belongs_to_its_commands(void **state UNUSED)
{
	static const char *const words[] = {"status", "--json", "--again", NULL};
	struct options o;
	struct error err;

	parse(&o, words);
	assert_int_equal(options_check(&o, FOR_RUN, &err), 0);
	assert_int_equal(options_check(&o, FOR_STATUS, &err), -1);
	assert_non_null(strstr(err.text, "--again"));
	options_release(&o);
}

/* The value is the path of that name in the working directory. */
static void
assert_here(const char *value, const char *name)
{
	char *here = getcwd(NULL, 0);
	size_t len;

	assert_non_null(here);
	len = strlen(here);
	assert_memory_equal(value, here, len);
	assert_int_equal(value[len], '/');
	assert_string_equal(value + len + 1, name);
	free(here);
}

/* Every option of the table that names a key: the key exists and takes the value. */
static void
every_overriding_option_reaches_its_key(void **state UNUSED)
{
	static const char *const words[] = {"--out=o",
	                                    "--parallel=7",
	                                    "--tpslimit=0.5",
	                                    "--route=partner-center",
	                                    "--max-devices=8",
	                                    "--max-per-customer=9",
	                                    "--max-fail-percent=10",
	                                    "--max-inventory-percent=11",
	                                    "--skip-list=s",
	                                    "--columns=c",
	                                    "--log-file=l",
	                                    "--log-json",
	                                    "--syslog",
	                                    "--stats=3s",
	                                    "--metrics-file=m",
	                                    "--status-file=f",
	                                    NULL};
	struct option_override given;
	struct options o;
	struct config c;
	struct error err;
	size_t at = 0, count = 0;

	parse(&o, words);
	assert_int_equal(config_defaults(&c, &err), 0);
	for (; options_next_override(&o, &at, &given); count++)
		assert_int_equal(config_override(&c, given.section, given.key, given.value, &err),
		                 0);
	assert_int_equal(count, ARRAY_SIZE(words) - 1);
	assert_here(c.handoff_directory, "o");
	assert_int_equal(c.oem_direct.parallel, 7);
	assert_int_equal(c.partner_center.parallel, 7);
	assert_int_equal(c.oem_direct.tpslimit, 500);
	assert_int_equal(c.partner_center.tpslimit, 500);
	assert_string_equal(c.route, "partner-center");
	assert_int_equal(c.max_devices, 8);
	assert_int_equal(c.max_per_customer, 9);
	assert_int_equal(c.max_fail_percent, 10);
	assert_int_equal(c.max_inventory_percent, 11);
	assert_here(c.skip_list, "s");
	assert_string_equal(c.columns, "c");
	assert_here(c.log_file, "l");
	assert_int_equal(c.log_json, 1);
	assert_int_equal(c.log_syslog, 1);
	assert_int_equal(c.stats, 3000);
	assert_here(c.metrics_file, "m");
	assert_here(c.status_file, "f");
	config_release(&c);
	options_release(&o);
}

static void
a_key_sets_the_limits_of_its_option(void **state UNUSED)
{
	struct error err;

	assert_int_equal(config_check(NULL, "parallel", "64", &err), 0);
	assert_int_equal(config_check(NULL, "parallel", "65", &err), -1);
	assert_string_equal(err.text, "\"65\" is not a number from 1 to 64");
	assert_int_equal(config_check("metrics", "stats", "25h", &err), -1);
	assert_string_equal(err.text, "\"25h\" is not a duration from 0 to 24h");
	assert_int_equal(config_check("limits", "colour", "red", &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_before_or_after_the_command),
		cmocka_unit_test(an_option_belongs_to_its_commands),
		cmocka_unit_test(every_overriding_option_reaches_its_key),
		cmocka_unit_test(a_key_sets_the_limits_of_its_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
