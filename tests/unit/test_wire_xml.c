/* Requests over XML: the encoding, and the guard that stops everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "partner/route/oem_direct/guard_xml.h"
#include "partner/route/oem_direct/wire_xml.h"
#include "tests/unit/fixture_dir.h"

#define NS "http://schemas.ms.it.oem/digitaldistribution/2010/10"
#define HEAD \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<AutopilotDeviceRegistrationRequest xmlns=\"" NS \
	"\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">" \
	"<PurchaseOrderId>run/1</PurchaseOrderId><GroupTag/>"
#define TAIL \
	"<SoldToCustomerID>0000012345</SoldToCustomerID>" \
	"<ReceivedFromCustomerID>0000012345</ReceivedFromCustomerID><Devices>" \
	"<Device><ProductKey>1000000000001</ProductKey></Device>" \
	"<Device><SerialNumber>AB&lt;-1 </SerialNumber>" \
	"<OemManufacturerName>Contoso &amp; Co</OemManufacturerName>" \
	"<ModelName>B\xc3\xbc" \
	"cher 1</ModelName></Device></Devices></AutopilotDeviceRegistrationRequest>\n"

static const struct device_id devices[] = {
	{"1000000000001", "SER", "Contoso", "Book"},
	{"", "AB<-1 ", "Contoso & Co", "Bücher 1"},
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
	int rc = guard_xml_check(p, &batch, body, strlen(body), &err);

	assert_true(rc == 0 || err.text[0] != '\0');
	return rc;
}

static char *
encoded(const struct profile *p)
{
	struct buf b;

	buf_init(&b, 65536);
	wire_xml_encode(p, &batch, &b);
	assert_false(b.overflow);
	return buf_detach(&b);
}

static void
writes_the_elements_in_their_order(void **state)
{
	static const char *const tenants[] = {
		[BLANK_EMPTY] = "<TenantID/><TenantDomain/>",
		[BLANK_NULL] = "<TenantID i:nil=\"true\"/><TenantDomain i:nil=\"true\"/>",
		[BLANK_OMIT] = "",
	};
	struct profile p;
	struct error err;

	(void)state;
	assert_int_equal(profile_load(&p, "samples/profiles/oem-direct-xml.conf", &err), 0);
	assert_int_equal(p.wire, WIRE_XML);
	for (enum profile_blank mode = 0; mode < BLANK_COUNT; mode++) {
		char *want = NULL, *body;
		p.blank = mode;
		body = encoded(&p);
		assert_true(asprintf(&want, HEAD "%s" TAIL, tenants[mode]) > 0);
		assert_string_equal(body, want);
		assert_int_equal(check(&p, body), 0);
		/* bytes of one blank mode do not pass in another */
		p.blank = (mode + 1) % BLANK_COUNT;
		assert_int_equal(check(&p, body), -1);
		free(want);
		free(body);
	}
	profile_release(&p);
}

static void
stops_at_its_maximum(void **state)
{
	struct profile p;
	struct error err;
	struct buf b;

	(void)state;
	assert_int_equal(profile_load(&p, NULL, &err), 0);
	buf_init(&b, 300);
	wire_xml_encode(&p, &batch, &b);
	assert_true(b.overflow);
	buf_release(&b);
	profile_release(&p);
}

static char *
sabotaged(const char *body, const char *from, const char *to)
{
	const char *at = strstr(body, from);
	char *out = NULL;

	assert_non_null(at);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - body), body, to, at + strlen(from)) > 0);
	return out;
}

#define PK1 "<Device><ProductKey>1000000000001</ProductKey></Device>"

static const struct {
	const char *from, *to;
} bites[] = {
	/* the tenant */
	{"<TenantID/>", "<TenantID>6babcaad-604b-40ac-a9d7-9fd97c0b779f</TenantID>"},
	{"<TenantDomain/>", "<TenantDomain>contoso.example</TenantDomain>"},
	{"<TenantID/>", "<TenantID> </TenantID>"},
	{"<TenantID/>", "<TenantID>\n</TenantID>"},
	{"<TenantID/>", "<TenantID><x/></TenantID>"},
	{"<TenantID/>", "<TenantID i:nil=\"true\"/>"},
	{"<TenantID/>", "<TenantID i:nil=\"false\"/>"},
	{"<TenantID/>", "<TenantID value=\"contoso\"/>"},
	{"<TenantID/>", "<TenantID xmlns=\"\"/>"},
	{"<TenantID/>", "<TenantID xmlns:t=\"urn:contoso\"/>"},
	{"<TenantID/>", "<i:TenantID/>"},
	{"<TenantID/>", "<TenantID>con<!-- -->toso</TenantID>"},
	{"<TenantID/>", "<TenantID><!-- contoso --></TenantID>"},
	{"<TenantID/>", "<TenantID><![CDATA[contoso]]></TenantID>"},
	{"<TenantID/>", "<TenantID><![CDATA[]]></TenantID>"},
	{"<TenantID/>", "<TenantID><?x contoso?></TenantID>"},
	{"<TenantID/>", "<TenantID>&#99;</TenantID>"},
	{"<TenantID/>", "<TenantID>&contoso;</TenantID>"},
	{"<TenantID/>", ""},
	{"<TenantDomain/>", ""},
	{"<TenantID/>", "<TenantID/><TenantID/>"},
	{"<TenantID/>", "<TenantID/><TenantID>x</TenantID>"},
	{"<TenantID/><TenantDomain/>", "<TenantDomain/><TenantID/>"},
	{"<TenantID/>", "<tenantid/>"},
	{"<TenantID/>", "<TenantID/><Tenant_Id/>"},
	{"<TenantID/>", "<TenantID/>contoso"},
	{PK1, "<Device TenantID=\"\"><ProductKey>1000000000001</ProductKey></Device>"},
	{PK1, "<Device><TenantID/><ProductKey>1000000000001</ProductKey></Device>"},
	{"xmlns:i=", "tenant=\"x\" xmlns:i="},
	{"xmlns:i=", "xmlns:tenant=\"urn:x\" xmlns:i="},
	/* the devices */
	{"1000000000001", "1000000000009"},
	{"1000000000001", "10000000<!---->00001"},
	{PK1, ""},
	{PK1, PK1 PK1},
	{PK1, PK1 "<Device/>"},
	{PK1, "x" PK1},
	{"</Devices>", PK1 "</Devices>"},
	{"<ProductKey>1000000000001</ProductKey>",
         "<ProductKey>1000000000001</ProductKey><SerialNumber>SER</SerialNumber>"},
	{"AB&lt;-1 ", "AB&lt;-1"},
	{PK1, "<Thing><ProductKey>1000000000001</ProductKey></Thing>"},
	{"<Devices>", "<Devices i:nil=\"true\">"},
	{"<ProductKey>1000000000001</ProductKey>", "<ProductKey><a/></ProductKey>"},
	/* the rest */
	{"<GroupTag/>", "<GroupTag>x</GroupTag>"},
	{"<GroupTag/>", "<GroupTag/><Extra/>"},
	{"<PurchaseOrderId>run/1</PurchaseOrderId><GroupTag/>",
         "<GroupTag/><PurchaseOrderId>run/1</PurchaseOrderId>"},
	{"0000012345</SoldTo", "1</SoldTo"},
	{NS, "urn:other"},
	{"<AutopilotDeviceRegistrationRequest", "<Other"},
	{"<AutopilotDeviceRegistrationRequest", "<!DOCTYPE a><AutopilotDeviceRegistrationRequest"},
	{"<AutopilotDeviceRegistrationRequest",
         "<!DOCTYPE a [<!ENTITY c \"x\">]><AutopilotDeviceRegistrationRequest"},
	{"encoding=\"UTF-8\"", "encoding=\"UTF-7\""},
	{"encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\""},
	{"</AutopilotDeviceRegistrationRequest>", ""},
	{"</AutopilotDeviceRegistrationRequest>", "</AutopilotDeviceRegistrationRequest><a/>"},
	{"</AutopilotDeviceRegistrationRequest>", "</AutopilotDeviceRegistrationRequest><?a b?>"},
};

static void
stops_sabotaged_requests(void **state)
{
	struct profile p;
	struct error err;
	char *body;

	(void)state;
	assert_int_equal(profile_load(&p, "samples/profiles/oem-direct-xml.conf", &err), 0);
	body = encoded(&p);
	for (size_t i = 0; i < ARRAY_SIZE(bites); i++) {
		char *bad = sabotaged(body, bites[i].from, bites[i].to);
		if (check(&p, bad) == 0)
			fail_msg("case %zu got out: %s", i, bad);
		free(bad);
	}
	free(body);
	profile_release(&p);
}

static void
a_nil_tenant_is_really_nil(void **state)
{
	static const char nil[] = "<TenantID i:nil=\"true\"/>";
	static const char *const bad[] = {"<TenantID i:nil=\"false\"/>", "<TenantID i:nil=\"\"/>",
	                                  "<TenantID nil=\"true\"/>", "<TenantID/>"};
	struct profile p;
	struct error err;
	char *body;

	(void)state;
	assert_int_equal(profile_load(&p, "samples/profiles/oem-direct-xml.conf", &err), 0);
	p.blank = BLANK_NULL;
	body = encoded(&p);
	assert_int_equal(check(&p, body), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *request = sabotaged(body, nil, bad[i]);
		assert_int_equal(check(&p, request), -1);
		free(request);
	}
	free(body);
	profile_release(&p);
}

/* profile_load() refuses such a namespace. The guard stops the request all the same. */
static void
a_schema_that_cannot_be_read_stops_the_request(void **state)
{
	struct profile p;
	struct error err;
	char *body;

	(void)state;
	assert_int_equal(profile_load(&p, "samples/profiles/oem-direct-xml.conf", &err), 0);
	free(p.text[XML_NAMESPACE]);
	p.text[XML_NAMESPACE] = strdup("urn:a<b");
	body = encoded(&p);
	assert_non_null(strstr(body, "xmlns=\"urn:a&lt;b\""));
	assert_int_equal(guard_xml_check(&p, &batch, body, strlen(body), &err), -1);
	assert_non_null(strstr(err.text, "oem-direct-request.xsd"));
	free(body);
	profile_release(&p);
}

static int
load_profile(struct profile *p, const char *text, struct error *err)
{
	char path[FIXTURE_PATH_SIZE];
	int fd = mkstemp(fixture_temp(path, sizeof(path), "unpilot-profile")), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	rc = profile_load(p, path, err);
	unlink(path);
	return rc;
}

static void
follows_the_names_of_the_profile(void **state)
{
	static const char text[] =
		"[request]\nwire = xml\npurchase-order = GroupTag\ngroup-tag =\nsold-to = Payer\n"
		"devices = Items\nserial = ModelName\nmodel = SerialNumber\n"
		"[xml]\nroot = Request\nnamespace = urn:fabrikam:1\ndevice = Items\n";
	struct profile p;
	struct error err;
	char *body;

	(void)state;
	assert_int_equal(load_profile(&p, text, &err), 0);
	body = encoded(&p);
	assert_non_null(strstr(body, "<Request xmlns=\"urn:fabrikam:1\""));
	assert_non_null(
		strstr(body, "<GroupTag>run/1</GroupTag><TenantID/><TenantDomain/><Payer>"));
	assert_non_null(strstr(body, "<Items><Items><ProductKey>"));
	assert_non_null(strstr(body, "<ModelName>AB&lt;-1 </ModelName>"));
	assert_int_equal(guard_xml_check(&p, &batch, body, strlen(body), &err), 0);
	free(body);
	profile_release(&p);
}

static void
refuses_profiles_whose_names_are_not_xml(void **state)
{
	static const char *const bad[] = {
		"[request]\nwire = xml\nserial = 1st\n",
		"[request]\nwire = xml\n[xml]\nroot = -a\n",
		"[request]\nwire = soap\n",
		"[xml]\nroot = TenantRequest\n",
		"[xml]\nroot =\n",
		"[xml]\nnamespace =\n",
		"[xml]\nnamespace = urn:contoso.tenant.id\n",
		"[xml]\nnamespace = urn:a\"b\n",
		"[xml]\nnamespace = urn:fabrik\xff\n",
		"[xml]\nnamespace = http://www.w3.org/XML/1998/namespace\n",
		"[xml]\ndevice = Tenant\n",
		"[xml]\nnamespace-check = no\n",
	};
	struct profile p;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (load_profile(&p, bad[i], &err) == 0)
			fail_msg("profile %zu was taken", i);
	/* a wire set by the configuration is checked in the same way */
	assert_int_equal(load_profile(&p, "[request]\nserial = 1st\n", &err), 0);
	assert_int_equal(profile_set_wire(&p, "", &err), 0);
	assert_int_equal(profile_set_wire(&p, "soap", &err), -1);
	assert_int_equal(profile_set_wire(&p, "xml", &err), -1);
	profile_release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_elements_in_their_order),
		cmocka_unit_test(stops_at_its_maximum),
		cmocka_unit_test(stops_sabotaged_requests),
		cmocka_unit_test(a_nil_tenant_is_really_nil),
		cmocka_unit_test(a_schema_that_cannot_be_read_stops_the_request),
		cmocka_unit_test(follows_the_names_of_the_profile),
		cmocka_unit_test(refuses_profiles_whose_names_are_not_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
