/* Batches and polls of OEM Direct, over the registry. oem_service_xml.c converts XML. */
#include "samples/sandbox/oem_service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/text.h"
#include "samples/sandbox/oem_service_xml.h"

#define PKID_DIGITS 13
#define LOGGED_MAX 512 /* bytes of a value in the log */
#define ID_BYTES 32
#define ID_SIZE 80

struct asked {
	char *pkid, *serial, *manufacturer, *model;
	enum registry_result result;
};

struct batch {
	char *id;
	struct asked *device;
	size_t count;
	long polls;
};

struct oem_service {
	pthread_mutex_t lock;
	struct registry *registry;
	long pending_polls;
	FILE *log;
	long arrived[SCENARIO_EVENT_COUNT];
	struct batch *batch;
	size_t count;
};

struct oem_service *
oem_service_new(struct registry *registry, long pending_polls, FILE *log)
{
	struct oem_service *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	s->registry = registry;
	s->pending_polls = pending_polls;
	s->log = log;
	return s;
}

static void
release_batch(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		free(b->device[i].pkid);
		free(b->device[i].serial);
		free(b->device[i].manufacturer);
		free(b->device[i].model);
	}
	free(b->device);
	free(b->id);
}

void
oem_service_free(struct oem_service *s)
{
	for (size_t i = 0; i < s->count; i++)
		release_batch(&s->batch[i]);
	free(s->batch);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

const char *
oem_service_type(enum oem_service_wire wire)
{
	return wire == OEM_SERVICE_XML ? "application/xml; charset=utf-8"
	                               : "application/json; charset=utf-8";
}

static void
write_answer(enum oem_service_wire wire, const struct json *answer, const char *root,
             struct buf *out)
{
	if (wire == OEM_SERVICE_XML)
		oem_service_xml_write(answer, root, out);
	else
		json_print(answer, out);
}

void
oem_service_error(struct buf *answer, enum oem_service_wire wire, unsigned code,
                  const char *message)
{
	struct json *j = json_object();
	char text[16];

	snprintf(text, sizeof(text), "%u", code);
	json_add_text(j, "ErrorCode", text);
	json_add_text(j, "ErrorMessage", message);
	write_answer(wire, j, code < 500 ? "ClientError" : "ServerError", answer);
	json_free(j);
}

static const char *
member(const struct json *object, const char *key)
{
	const char *text = json_text(json_get(object, key));

	return text != NULL ? text : "";
}

static bool
read_device(const struct json *device, struct asked *a)
{
	const char *pkid = member(device, "ProductKey");

	*a = (struct asked){.pkid = xstrdup(pkid),
	                    .serial = xstrdup(member(device, "SerialNumber")),
	                    .manufacturer = xstrdup(member(device, "OemManufacturerName")),
	                    .model = xstrdup(member(device, "ModelName")),
	                    .result = REGISTRY_COMPLETE};
	if (pkid[0] != '\0')
		return strlen(pkid) == PKID_DIGITS && text_all_of(pkid, "0123456789");
	return a->serial[0] != '\0' && a->manufacturer[0] != '\0' && a->model[0] != '\0';
}

/* Blank means "" or null. A number or an object counts as filled. */
static bool
is_blank(const struct json *tenant)
{
	const char *text = json_text(tenant);

	return json_is_null(tenant) || (text != NULL && text[0] == '\0');
}

/* Returns the reason for refusing the whole batch. NULL: it is not refused. */
static const char *
read_batch(const struct json *root, struct batch *b)
{
	const struct json *devices = json_get(root, "Devices");
	size_t n = json_count(devices);

	if (!json_is_object(root) || !json_is_array(devices))
		return "expected an object with an array Devices";
	if (n == 0 || n > OEM_SERVICE_DEVICES_MAX)
		return "expected 1 to 1000 devices";
	if (json_get(root, "TenantID") == NULL || json_get(root, "TenantDomain") == NULL)
		return "TenantID or TenantDomain is missing";
	b->device = xcalloc(n, sizeof(*b->device));
	for (const struct json *d = json_first(devices); d != NULL; d = json_next(d))
		if (!read_device(d, &b->device[b->count++]))
			return "expected a 13-digit ProductKey, or SerialNumber, OemManufacturerName and ModelName";
	return NULL;
}

static char *
make_id(void)
{
	unsigned char r[ID_BYTES];
	char *id = xmalloc(ID_SIZE);
	size_t n = 0;

	crypto_random(r, sizeof(r));
	for (size_t i = 0; i < sizeof(r); i++) {
		const char *dash = i == 16                                                     ? ":"
		                   : i % 16 == 4 || i % 16 == 6 || i % 16 == 8 || i % 16 == 10 ? "-"
		                                                                               : "";
		n += (size_t)snprintf(id + n, ID_SIZE - n, "%s%02x", dash, (unsigned)r[i]);
	}
	return id;
}

static char *
make_letters(size_t length)
{
	char *id = xmalloc(length + 1);

	crypto_random(id, length);
	for (size_t i = 0; i < length; i++)
		id[i] = (char)('a' + (unsigned char)id[i] % 26);
	id[length] = '\0';
	return id;
}

static char *
id_of(const struct scenario_fault *fault)
{
	if (fault != NULL && fault->action == ACTION_ID)
		return xstrdup(fault->text);
	if (fault != NULL && fault->action == ACTION_ID_LENGTH)
		return make_letters(fault->length);
	return make_id();
}

/* Makes the value printable, so that a request cannot add lines or terminal controls to the log. */
static void
log_value(FILE *to, const char *before, const char *value)
{
	char text[LOGGED_MAX];

	text_printable(text, sizeof(text), value);
	fprintf(to, "%s%s", before, text);
}

static void
log_batch(struct oem_service *s, const struct json *root, const struct batch *b)
{
	if (s->log == NULL)
		return;
	log_value(s->log, "submit ", b->id);
	fprintf(s->log, " n=%zu", b->count);
	log_value(s->log, " po=", member(root, "PurchaseOrderId"));
	log_value(s->log, " sold=", member(root, "SoldToCustomerID"));
	log_value(s->log, " recv=", member(root, "ReceivedFromCustomerID"));
	fputc('\n', s->log);
	for (size_t i = 0; i < b->count; i++) {
		const struct asked *a = &b->device[i];
		log_value(s->log, "device ", b->id);
		log_value(s->log, " pkid=", a->pkid);
		log_value(s->log, " serial=", a->serial);
		log_value(s->log, " manufacturer=", a->manufacturer);
		log_value(s->log, " model=", a->model);
		log_value(s->log, " result=",
		          a->result == REGISTRY_COMPLETE ? "Complete"
		                                         : registry_error_name(a->result));
		fputc('\n', s->log);
	}
	fflush(s->log);
}

long
oem_service_count(struct oem_service *s, enum scenario_event event)
{
	long number;

	pthread_mutex_lock(&s->lock);
	number = ++s->arrived[event];
	pthread_mutex_unlock(&s->lock);
	return number;
}

void
oem_service_log_fault(struct oem_service *s, const struct scenario_fault *f, long number)
{
	if (s->log == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	fprintf(s->log, "fault %s #%ld %s\n", scenario_event_name(f->event), number,
	        scenario_action_name(f->action));
	fflush(s->log);
	pthread_mutex_unlock(&s->lock);
}

static void
log_alarm(struct oem_service *s, const struct json *root)
{
	static const char text[] =
		"ALARM: TENANT NAMED: the devices of this request were REGISTERED to";
	char id[LOGGED_MAX], domain[LOGGED_MAX];

	text_printable(id, sizeof(id), member(root, "TenantID"));
	text_printable(domain, sizeof(domain), member(root, "TenantDomain"));
	fprintf(stderr, "unpilot-sandbox: %s \"%s\" \"%s\"\n", text, id, domain);
	if (s->log != NULL)
		fprintf(s->log, "%s \"%s\" \"%s\"\n", text, id, domain);
}

/* Blank tenant fields deregister. A filled one registers (doc/wire.md, section 2). */
static void
carry_out(struct oem_service *s, const struct json *root, struct batch *b)
{
	bool tenant = !is_blank(json_get(root, "TenantID")) ||
	              !is_blank(json_get(root, "TenantDomain"));

	if (tenant)
		log_alarm(s, root);
	for (size_t i = 0; i < b->count; i++) {
		struct asked *a = &b->device[i];
		struct registry_id id = {.pkid = a->pkid,
		                         .serial = a->serial,
		                         .manufacturer = a->manufacturer,
		                         .model = a->model};
		a->result = tenant ? registry_register(s->registry, &id)
		                   : registry_deregister(s->registry, &id);
	}
	s->batch = xreallocarray(s->batch, s->count + 1, sizeof(*s->batch));
	s->batch[s->count++] = *b;
}

unsigned
oem_service_submit(struct oem_service *s, enum oem_service_wire wire, const char *body, size_t len,
                   const struct scenario_fault *fault, struct buf *answer)
{
	struct error err = {""};
	struct json *root = wire == OEM_SERVICE_XML ? oem_service_xml_read(body, len, &err)
	                                            : json_parse(body, len, &err);
	struct json *reply;
	struct batch b = {.id = NULL};
	const char *why = root == NULL ? err.text : read_batch(root, &b);

	if (why != NULL) {
		oem_service_error(answer, wire, 400, why);
		release_batch(&b);
		json_free(root);
		return 400;
	}
	b.id = id_of(fault);
	reply = json_object();
	json_add_text(reply, "BatchId", b.id);
	pthread_mutex_lock(&s->lock);
	carry_out(s, root, &b);
	log_batch(s, root, &b);
	pthread_mutex_unlock(&s->lock);
	write_answer(wire, reply, "AutopilotDeviceRegistrationResponse", answer);
	json_free(reply);
	json_free(root);
	return 200;
}

static void
add_device(struct json *list, const struct asked *a, bool pending)
{
	struct json *d = json_append_object(list);

	if (a->pkid[0] != '\0') {
		json_add_text(d, "ProductKey", a->pkid);
	} else {
		json_add_text(d, "SerialNumber", a->serial);
		json_add_text(d, "OemManufacturerName", a->manufacturer);
		json_add_text(d, "ModelName", a->model);
	}
	json_add_text(d, "DeviceStatusName",
	              pending                          ? "Pending"
	              : a->result == REGISTRY_COMPLETE ? "Complete"
	                                               : "Error");
	if (pending || a->result == REGISTRY_COMPLETE)
		return;
	json_add_text(d, "DeviceErrorName", registry_error_name(a->result));
	json_add_number(d, "DeviceErrorCode", registry_error_code(a->result));
}

static struct batch *
find_batch(struct oem_service *s, const char *id)
{
	for (size_t i = s->count; i-- > 0;)
		if (strcmp(s->batch[i].id, id) == 0)
			return &s->batch[i];
	return NULL;
}

static void
add_devices(struct json *list, const struct batch *b, bool pending, enum scenario_action action)
{
	static char pkid[] = "", serial[] = "NOT-ASKED-FOR", manufacturer[] = "Nobody",
		    model[] = "None";
	static const struct asked foreign = {.pkid = pkid,
	                                     .serial = serial,
	                                     .manufacturer = manufacturer,
	                                     .model = model,
	                                     .result = REGISTRY_COMPLETE};
	size_t count = action == ACTION_LESS ? b->count - 1 : b->count;

	for (size_t i = 0; i < count; i++) {
		add_device(list, &b->device[i], pending);
		if (action == ACTION_TWICE)
			add_device(list, &b->device[i], pending);
	}
	if (action == ACTION_FOREIGN)
		add_device(list, &foreign, pending);
}

static void
log_poll(struct oem_service *s, const struct batch *b)
{
	if (s->log == NULL)
		return;
	log_value(s->log, "poll ", b->id);
	fprintf(s->log, " #%ld\n", b->polls);
	fflush(s->log);
}

unsigned
oem_service_poll(struct oem_service *s, enum oem_service_wire wire, const char *batch_id,
                 const struct scenario_fault *fault, struct buf *answer)
{
	struct json *root;
	struct batch *b;

	pthread_mutex_lock(&s->lock);
	b = find_batch(s, batch_id);
	if (b == NULL) {
		pthread_mutex_unlock(&s->lock);
		oem_service_error(answer, wire, 404, "no such batch");
		return 404;
	}
	b->polls++;
	log_poll(s, b);
	root = json_object();
	json_add_text(root, "BatchId", b->id);
	add_devices(json_add_array(root, "Devices"), b, b->polls <= s->pending_polls,
	            fault != NULL ? fault->action : ACTION_COUNT);
	pthread_mutex_unlock(&s->lock);
	write_answer(wire, root, "AutopilotDeviceRegistrationAck", answer);
	json_free(root);
	return 200;
}
