/* No request that names a tenant leaves, whatever the encoder does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "partner/route/oem_direct/guard.h"
#include "partner/route/oem_direct/guard_address.h"
#include "partner/route/oem_direct/wire_json.h"
#include "tests/unit/fixture_dir.h"

static const struct device_id devices[] = {
	{"1000000000001", "SER", "Contoso", "Book"},
	{"", "AB\"-1", "Contoso", "Bücher 1"},
};
static const struct route_batch batch = {.reference = "run/1",
                                         .sold_to = "0000012345",
                                         .received_from = "0000012345",
                                         .device = devices,
                                         .count = 2};

static int
check(const struct profile *p, const char *body)
{
	struct error err = {""};
	int rc = guard_check_json(p, &batch, body, strlen(body), &err);

	assert_true(rc == 0 || err.text[0] != '\0');
	return rc;
}

static char *
encoded(const struct profile *p)
{
	struct buf b;

	buf_init(&b, 65536);
	wire_json_encode(p, &batch, &b);
	return buf_detach(&b);
}

/* The bytes with the first occurrence of one text replaced. */
static char *
sabotaged(const char *body, const char *from, const char *to)
{
	const char *at = strstr(body, from);
	char *out = NULL;

	assert_non_null(at);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - body), body, to, at + strlen(from)) > 0);
	return out;
}

static void
lets_encoded_requests_pass_in_every_blank_mode(void **state)
{
	struct profile p;
	struct error err;

	(void)state;
	assert_int_equal(profile_load(&p, NULL, &err), 0);
	for (enum profile_blank mode = 0; mode < BLANK_COUNT; mode++) {
		p.blank = mode;
		char *body = encoded(&p);
		assert_int_equal(check(&p, body), 0);
		assert_true((strstr(body, "TenantID") == NULL) == (mode == BLANK_OMIT));
		/* bytes of one blank mode do not pass in another */
		p.blank = (mode + 1) % BLANK_COUNT;
		assert_int_equal(check(&p, body), -1);
		free(body);
	}
	profile_release(&p);
}

static void
stops_sabotaged_requests(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"\"TenantID\":\"\"", "\"TenantID\":\"6babcaad-604b-40ac-a9d7-9fd97c0b779f\""},
		{"\"TenantDomain\":\"\"", "\"TenantDomain\":\"contoso.example\""},
		{"\"TenantID\":\"\"", "\"TenantID\":\" \""},
		{"\"TenantID\":\"\"", "\"TenantID\":null"},
		{"\"TenantID\":\"\"", "\"TenantID\":[]"},
		{"\"TenantID\":\"\",", ""},
		{"\"TenantDomain\":\"\",", ""},
		{"\"TenantID\":\"\"", "\"TenantID\":\"\",\"TenantID\":\"x\""},
		{"\"TenantID\":\"\"", "\"TenantID\":\"\",\"tenantid\":\"x\""},
		{"\"TenantID\":\"\"", "\"TenantID\":\"\",\"Tenant_Id\":\"\""},
		{"\"TenantID\":\"\"", "\"TenantID\":\"\",\"\\u0054enantId2\":\"x\""},
		{"\"GroupTag\":\"\"", "\"GroupTag\":\"\",\"Extra\":\"x\""},
		{"\"GroupTag\":\"\"", "\"GroupTag\":\"x\""},
		{"{\"ProductKey\"", "{\"TenantID\":\"\",\"ProductKey\""},
		{"{\"ProductKey\":\"1000000000001\"", "{\"ProductKey\":\"1000000000009\""},
		{"{\"ProductKey\":\"1000000000001\"}", "{\"ProductKey\":\"1000000000001\"},{}"},
		{"{\"ProductKey\":\"1000000000001\"},", ""},
		{"\"SoldToCustomerID\":\"0000012345\"", "\"SoldToCustomerID\":\"1\""},
		{"\"GroupTag\":\"\",", ""},
		{"\"GroupTag\":\"\"", "\"GroupTag\":5"},
		{"{\"ProductKey\":\"1000000000001\"}", "\"1000000000001\""},
		{"}]}", "}]}{}"},
		{"}]}", "}]"},
	};
	struct profile p;
	struct error err;
	char *body;

	(void)state;
	assert_int_equal(profile_load(&p, NULL, &err), 0);
	body = encoded(&p);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *bad = sabotaged(body, cases[i].from, cases[i].to);
		if (check(&p, bad) == 0)
			fail_msg("case %zu got out: %s", i, bad);
		free(bad);
	}
	assert_int_equal(check(&p, "[]"), -1);
	char *bad = sabotaged(body, strchr(body, '['), "{}}"); /* no list of devices */
	assert_int_equal(check(&p, bad), -1);
	free(bad);
	free(body);
	profile_release(&p);
}

static int
load_profile(const char *text, struct error *err)
{
	char path[FIXTURE_PATH_SIZE];
	int fd = mkstemp(fixture_temp(path, sizeof(path), "unpilot-profile"));
	struct profile p;
	int rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	rc = profile_load(&p, path, err);
	if (rc == 0)
		profile_release(&p);
	unlink(path);
	return rc;
}

static void
profiles_cannot_name_a_tenant(void **state)
{
	static const char *const bad[] = {
		"[request]\nserial = TenantID\n",
		"[request]\ngroup-tag = tenant_domain\n",
		"[request]\nmodel = Tenant.ID\n",
		"[request]\nserial = ModelName\n", /* two fields, one name */
		"[request]\ntenant = x\n",         /* no such key */
		"[request]\nblank = 6babcaad\n",
		"[tenant]\nid = x\n",
		"[errors]\nZtdDeviceAlreadyAssigned = 806 refused\n",
		"[errors]\nSomething = 808 not-found\n",
		"[errors]\nSomething = 899 deregistered\n",
		"[status]\nError = done\n",
		"[status]\nComplete = perfect\n",
		"[status]\n = done\n", /* an entry without a status would be done */
		"[errors]\n = 899 refused\n",
		"[paths]\nsubmit = ?TenantID=x\n",
		"[identifiers]\nunknown = x\n",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (load_profile(bad[i], &err) == 0)
			fail_msg("profile %zu was taken", i);
	assert_int_equal(
		load_profile("[request]\nserial = SerialNo\n[status]\nFertig = done\n", &err), 0);
}

static void
addresses_cannot_name_a_tenant(void **state)
{
	static const char *const bad[] = {
		"https://oem.example/autopilot/TenantID/x",
		"https://oem.example/autopilot/;TenantID=x",
		"https://oem.example/autopilot/%3fTenantID=x",
		"https://oem.example/autopilot/%54enantDomain",
		"https://oem.example/autopilot/%2554enant%2549d",
		"https://oem.example/autopilot?tenant_id=x",
		"https://oem.example/autopilot/11111111-2222-3333-4444-555555555555",
		"https://oem.example/autopilot/11111111%2d2222-3333-4444-555555555555/",
		"https://oem.example/autopilot/11111111222233334444555555555555",
		"https://11111111-2222-3333-4444-555555555555.example/autopilot",
		"https://oem.example/autopilot/contoso.OnMicrosoft.com/x",
		"https://oem.example/autopilot/contoso%2eonmicrosoft%2ede",
		"/autopilot/TenantID/x",
		"https://oem.example/a%25252525252525252525252541",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (guard_check_address(bad[i], &err) == 0)
			fail_msg("passed: %s", bad[i]);
	assert_int_equal(guard_check_address("https://api.microsoftoem.example/"
	                                     "ComputerBuildReport/royd/v1/autopilot/?BatchID=",
	                                     &err),
	                 0);
	assert_int_equal(guard_check_address("https://oem.example/100%/a%zz%00", &err), 0);
	assert_int_equal(guard_check_address("https://tenant.example", &err), 0);
	assert_int_equal(guard_check_address("https://oem.example/11111111-22223333-4444", &err),
	                 0);
}

static void
content_types_carry_a_charset_at_most(void **state)
{
	static const char *const bad[] = {
		"",
		"json",
		"application/",
		"application/json; TenantID=x",
		"application/json; charset=utf-8; TenantID=x",
		"application/json charset",
		"application/json;charset=",
		"application/json\r\nX-Tenant: x",
		"/json",
		"application x/json",
		"application/tenant-id",
		"application/11111111-2222-3333-4444-555555555555",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (guard_check_type(bad[i], &err) == 0)
			fail_msg("passed: %s", bad[i]);
	assert_int_equal(guard_check_type("application/json", &err), 0);
	assert_int_equal(guard_check_type("application/vnd.oem+json; charset=utf-8", &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_encoded_requests_pass_in_every_blank_mode),
		cmocka_unit_test(stops_sabotaged_requests),
		cmocka_unit_test(profiles_cannot_name_a_tenant),
		cmocka_unit_test(addresses_cannot_name_a_tenant),
		cmocka_unit_test(content_types_carry_a_charset_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
