/* Requests and answers with libcurl and cJSON. */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/floor.h"

#define ANSWER_MAX ((size_t)1024 * 1024)

struct floor_wire {
	CURL *post, *get;
	struct curl_slist *headers;
	const char *url;
	char *answer;
	size_t len;
};

static size_t
on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct floor_wire *w = ctx;

	(void)size;
	if (w->len + count > ANSWER_MAX)
		return 0;
	memcpy(w->answer + w->len, data, count);
	w->len += count;
	return count;
}

#if LIBCURL_VERSION_NUM >= 0x075000
/* libcurl calls it after the handshake and before the request. */
static int
on_connected(void *ctx, char *to, char *from, int to_port, int from_port)
{
	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	floor_turn_to(ctx, TLS);
	return CURL_PREREQFUNC_OK;
}

static void
separate_tls(CURL *c, struct floor *f)
{
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, f);
}
#else
/* An older libcurl does not say when the handshake ends; it counts as a part of the exchange. */
static void
separate_tls(CURL *c, struct floor *f)
{
	(void)c;
	(void)f;
}
#endif

static CURL *
make_handle(struct floor *f, const char *dir)
{
	CURL *c = curl_easy_init();
	char path[PATH_SIZE];

	if (c == NULL)
		floor_die("cannot start libcurl");
	snprintf(path, sizeof(path), "%s/client.pem", dir);
	curl_easy_setopt(c, CURLOPT_SSLCERT, path);
	snprintf(path, sizeof(path), "%s/client.key", dir);
	curl_easy_setopt(c, CURLOPT_SSLKEY, path);
	snprintf(path, sizeof(path), "%s/ca.pem", dir);
	curl_easy_setopt(c, CURLOPT_CAINFO, path);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f->wire);
	separate_tls(c, f);
	return c;
}

/* Like the program: kept connections, here one for all POSTs and one for all polls. */
void
floor_wire_open(struct floor *f, const char *url, const char *dir)
{
	struct floor_wire *w = calloc(1, sizeof(*w));

	floor_turn_to(f, HANDSHAKES);
	if (w == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		floor_die("cannot start libcurl");
	f->wire = w;
	w->url = url;
	w->answer = malloc(ANSWER_MAX);
	w->post = make_handle(f, dir);
	w->get = make_handle(f, dir);
	w->headers = curl_slist_append(NULL, "Content-Type: application/json");
	w->headers = curl_slist_append(w->headers, "Expect:");
	curl_easy_setopt(w->post, CURLOPT_URL, url);
	curl_easy_setopt(w->post, CURLOPT_HTTPHEADER, w->headers);
}

/* Returns the parsed answer. */
static cJSON *
ask(struct floor *f, CURL *c, bool fresh)
{
	struct floor_wire *w = f->wire;
	long connections;
	CURLcode rc;
	cJSON *root;

	w->len = 0;
	floor_turn_to(f, fresh ? HANDSHAKES : TLS);
	rc = curl_easy_perform(c);
	if (rc != CURLE_OK)
		floor_die(curl_easy_strerror(rc));
	curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &connections);
	f->handshakes += connections;
	f->bytes_in += (double)w->len;
	floor_turn_to(f, JSON_IN);
	root = cJSON_ParseWithLength(w->answer, w->len);
	if (root == NULL)
		floor_die("the answer is not JSON");
	return root;
}

static void
add_device(cJSON *devices, const char *const *field)
{
	cJSON *d = cJSON_CreateObject();

	cJSON_AddItemToArray(devices, d);
	if (field[PKID][0] != '\0') {
		cJSON_AddStringToObject(d, "ProductKey", field[PKID]);
		return;
	}
	cJSON_AddStringToObject(d, "SerialNumber", field[SERIAL]);
	cJSON_AddStringToObject(d, "OemManufacturerName", field[MANUFACTURER]);
	cJSON_AddStringToObject(d, "ModelName", field[MODEL]);
}

static char *
request_of(const struct rows *r)
{
	cJSON *root = cJSON_CreateObject(), *devices;
	char *body;

	cJSON_AddStringToObject(root, "PurchaseOrderId", "20261124T031500Z-4f2a-1");
	cJSON_AddStringToObject(root, "GroupTag", "");
	cJSON_AddStringToObject(root, "TenantID", "");
	cJSON_AddStringToObject(root, "TenantDomain", "");
	cJSON_AddStringToObject(root, "SoldToCustomerID", "0000012345");
	cJSON_AddStringToObject(root, "ReceivedFromCustomerID", "0000012345");
	devices = cJSON_AddArrayToObject(root, "Devices");
	for (size_t i = 0; i < r->count; i++)
		add_device(devices, r->field[i]);
	body = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (body == NULL)
		floor_die("out of memory");
	return body;
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text != NULL ? text : "";
}

/* The practice service answers in the order of the request, so one comparison finds the device. */
static void
read_device(struct floor *f, size_t i, const cJSON *device)
{
	const char *const *field = f->rows.field[i];
	bool keyed = field[PKID][0] != '\0';
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(device, "DeviceErrorCode");
	int n = cJSON_IsNumber(code) ? code->valueint : 0;

	if (strcmp(text_of(device, keyed ? "ProductKey" : "SerialNumber"),
	           field[keyed ? PKID : SERIAL]) != 0 ||
	    strcmp(text_of(device, "DeviceStatusName"), n == 0 ? "Complete" : "Error") != 0 ||
	    n < 0 || n >= CODE_MAX)
		floor_die("the answer has another device, or too few");
	f->verdict[i] = (struct verdict){n, text_of(device, "DeviceErrorName")};
	f->outcome[n]++;
}

static void
read_devices(struct floor *f, const cJSON *answer)
{
	const cJSON *device;
	size_t i = 0;

	cJSON_ArrayForEach(device, cJSON_GetObjectItemCaseSensitive(answer, "Devices"))
	{
		if (i == f->rows.count)
			break;
		read_device(f, i++, device);
	}
	if (i != f->rows.count)
		floor_die("the answer has too few devices");
}

void
floor_wire_send(struct floor *f)
{
	struct floor_wire *w = f->wire;
	enum part before = floor_turn_to(f, JSON_OUT);
	char *body = request_of(&f->rows), url[PATH_SIZE];
	cJSON *accepted, *answer;

	f->bytes_out += (double)strlen(body);
	curl_easy_setopt(w->post, CURLOPT_POSTFIELDS, body);
	accepted = ask(f, w->post, true);
	snprintf(url, sizeof(url), "%s/?BatchID=%s", w->url, text_of(accepted, "BatchId"));
	curl_easy_setopt(w->get, CURLOPT_URL, url);
	answer = ask(f, w->get, f->batches == 0);
	read_devices(f, answer);
	floor_ledger_update(f);
	floor_turn_to(f, JSON_IN);
	cJSON_Delete(answer);
	cJSON_Delete(accepted);
	floor_turn_to(f, JSON_OUT);
	free(body);
	floor_turn_to(f, before);
}

void
floor_wire_close(struct floor *f)
{
	struct floor_wire *w = f->wire;

	floor_turn_to(f, TLS);
	curl_easy_cleanup(w->post);
	curl_easy_cleanup(w->get);
	curl_slist_free_all(w->headers);
	curl_global_cleanup();
	free(w->answer);
	free(w);
}
