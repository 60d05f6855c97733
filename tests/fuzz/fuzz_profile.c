/*
 * Hostile profiles: with every profile that loads, and over both wires, the outbound guard either
 * stops the request or passes one whose tenant fields are blank. Searches for the fields in the
 * bytes of the request. Seeds: samples/profiles as well.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/text.h"
#include "partner/route/oem_direct/guard.h"
#include "partner/route/oem_direct/guard_xml.h"
#include "partner/route/oem_direct/wire_json.h"
#include "partner/route/oem_direct/wire_xml.h"
#include "tests/fuzz/promise.h"

#define OUT_MAX ((size_t)1024 * 1024)

static const struct device_id devices[] = {
	{.pkid = "1000000000001", .serial = "", .manufacturer = "", .model = ""},
	{.pkid = "", .serial = "AB-1", .manufacturer = "Contoso", .model = "Book 1"}};
static const struct route_batch batch = {
	.reference = "r", .sold_to = "1", .received_from = "2", .device = devices, .count = 2};

/* Checks that every "tenant" in the request, in any case, is a blank tenant field. */
static void
check_bytes(const struct buf *body, const char *const *allowed)
{
	for (size_t i = 0; i + 6 <= body->len; i++) {
		size_t k = 0;
		bool blank = false;
		if (strncasecmp(body->data + i, "tenant", 6) != 0)
			continue;
		for (; allowed[k] != NULL; k++)
			if (i > 0 &&
			    strncmp(body->data + i - 1, allowed[k], strlen(allowed[k])) == 0)
				blank = true;
		EXPECT(blank);
	}
}

static void
check_json(const struct profile *p)
{
	static const char *const allowed[] = {"\"TenantID\":\"\"", "\"TenantID\":null",
	                                      "\"TenantDomain\":\"\"", "\"TenantDomain\":null",
	                                      NULL};
	struct error err = {""};
	struct buf body;

	buf_init(&body, OUT_MAX);
	wire_json_encode(p, &batch, &body);
	EXPECT(guard_check_json(p, &batch, body.data, body.len, &err) == 0);
	check_bytes(&body, allowed);
	buf_release(&body);
}

static void
check_xml(const struct profile *p)
{
	static const char *const allowed[] = {"<TenantID/>", "<TenantID i:nil=\"true\"/>",
	                                      "<TenantDomain/>", "<TenantDomain i:nil=\"true\"/>",
	                                      NULL};
	struct error err = {""};
	struct buf body;

	buf_init(&body, OUT_MAX);
	wire_xml_encode(p, &batch, &body);
	if (guard_xml_check(p, &batch, body.data, body.len, &err) != 0)
		broken(err.text, __LINE__);
	check_bytes(&body, allowed);
	buf_release(&body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("profile", MFD_CLOEXEC);
	struct error err = {""};
	struct profile p;
	char path[64];

	EXPECT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (profile_load(&p, path, &err) == 0) {
		check_json(&p);
		if (profile_set_wire(&p, "xml", &err) == 0)
			check_xml(&p);
		profile_release(&p);
	}
	close(fd);
	return 0;
}
