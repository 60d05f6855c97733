/* Dispatches requests by their path, then lists or deletes records of the tenant. */
#include "samples/sandbox/graph_service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "samples/sandbox/tenant.h"
#include "samples/sandbox/url.h"

#define PARTS_MAX 5
#define SYNC_PAUSE 600 /* seconds between two syncs; sooner answers 429 */
#define ORIGIN "https://graph.microsoft.com"
#define MANAGED "deviceManagement", "managedDevices"
#define AUTOPILOT "deviceManagement", "windowsAutopilotDeviceIdentities"

struct graph_service {
	pthread_mutex_t lock;
	struct graph_service_options options;
	struct tenant *tenant;
	FILE *log;
	int64_t synced; /* 0: never */
};

struct call {
	struct graph_service *g;
	const struct graph_service_request *request;
	struct url_path path;
	struct partner_answer *answer;
};

typedef unsigned operation_fn(struct call *c);
static operation_fn list_managed, list_autopilot, list_keys, delete_managed, delete_autopilot,
	unassign, start_sync;

#define ANY "" /* in a path: any one part */

static const struct operation {
	const char *method;
	const char *part[PARTS_MAX + 1]; /* NULL: end of the path */
	enum scenario_event event;
	operation_fn *run;
} operations[] = {
	{.method = "GET",
         .part = {"v1.0", MANAGED},
         .event = SCENARIO_MANAGED,
         .run = list_managed},
	{.method = "GET",
         .part = {"v1.0", AUTOPILOT},
         .event = SCENARIO_AUTOPILOT,
         .run = list_autopilot},
	{.method = "GET",
         .part = {"v1.0", "informationProtection", "bitlocker", "recoveryKeys"},
         .event = SCENARIO_KEYS,
         .run = list_keys},
	{.method = "DELETE",
         .part = {"v1.0", MANAGED, ANY},
         .event = SCENARIO_UNMANAGE,
         .run = delete_managed},
	{.method = "DELETE",
         .part = {"v1.0", AUTOPILOT, ANY},
         .event = SCENARIO_DEREGISTER,
         .run = delete_autopilot},
	{.method = "POST",
         .part = {"v1.0", AUTOPILOT, ANY, "unassignUserFromDevice"},
         .event = SCENARIO_UNASSIGN,
         .run = unassign},
	{.method = "POST",
         .part = {"beta", "deviceManagement", "windowsAutopilotSettings", "sync"},
         .event = SCENARIO_SYNC,
         .run = start_sync},
};

enum { PART_ID = 3 };

static const char *const header_names[] = {
	[GRAPH_AUTHORIZATION] = "Authorization",
	[GRAPH_JUSTIFICATION] = "x-msft-approval-justification",
	[GRAPH_APPROVAL_CODE] = "x-msft-approval-code",
};
_Static_assert(ARRAY_SIZE(header_names) == GRAPH_HEADER_COUNT, "every header has its name");

static const char *const argument_names[] = {
	[GRAPH_FILTER] = "$filter",
	[GRAPH_SELECT] = "$select",
	[GRAPH_SKIP] = "$skiptoken",
};
_Static_assert(ARRAY_SIZE(argument_names) == GRAPH_ARGUMENT_COUNT, "every argument has its name");

const char *
graph_service_header_name(enum graph_service_header h)
{
	return header_names[h];
}

const char *
graph_service_argument_name(enum graph_service_argument a)
{
	return argument_names[a];
}

struct graph_service *
graph_service_new(const struct graph_service_options *o, FILE *log, struct error *err)
{
	struct graph_service *g = xcalloc(1, sizeof(*g));

	pthread_mutex_init(&g->lock, NULL);
	g->options = *o;
	g->log = log;
	g->tenant = tenant_read(o->tenant_file, err);
	if (g->tenant != NULL)
		return g;
	graph_service_free(g);
	return NULL;
}

void
graph_service_free(struct graph_service *g)
{
	if (g == NULL)
		return;
	tenant_free(g->tenant);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* ---- answers ---- */

static void
put_error(struct buf *body, const char *code, const char *message)
{
	struct json *root = json_object(), *inner = json_add_object(root, "error");

	json_add_text(inner, "code", code);
	json_add_text(inner, "message", message);
	json_print(root, body);
	json_free(root);
}

static unsigned
refuse(struct call *c, unsigned status, const char *code, const char *message)
{
	put_error(&c->answer->body, code, message);
	return status;
}

void
graph_service_fault(struct buf *body, const struct scenario_fault *fault)
{
	char code[16];

	snprintf(code, sizeof(code), "%u", fault->status);
	put_error(body, code, "a fault of the scenario");
}

/* ---- dispatch ---- */

static const struct operation *
find_operation(const char *method, const struct url_path *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		const struct operation *o = &operations[i];
		size_t n = 0;

		while (n < path->count && o->part[n] != NULL &&
		       (o->part[n][0] == '\0' || strcasecmp(o->part[n], path->part[n]) == 0))
			n++;
		if (n == path->count && o->part[n] == NULL && strcmp(o->method, method) == 0)
			return o;
	}
	return NULL;
}

bool
graph_service_event(const struct graph_service_request *r, enum scenario_event *ret_event,
                    char **ret_path)
{
	struct url_path path;
	const struct operation *o = url_split(r->path, &path) ? find_operation(r->method, &path)
	                                                      : NULL;

	*ret_path = NULL;
	if (o != NULL) {
		*ret_event = o->event;
		*ret_path = url_decode(r->path, strlen(r->path), false);
	}
	url_path_release(&path);
	return o != NULL;
}

static unsigned
run(struct call *c)
{
	const char *token = c->request->header[GRAPH_AUTHORIZATION];
	const struct operation *o = url_split(c->request->path, &c->path)
	                                    ? find_operation(c->request->method, &c->path)
	                                    : NULL;

	if (token == NULL || strncmp(token, "Bearer ", strlen("Bearer ")) != 0)
		return refuse(c, 401, "InvalidAuthenticationToken", "Access token is empty.");
	if (o != NULL)
		return o->run(c);
	if (c->g->log != NULL)
		fprintf(c->g->log, "graph FORBIDDEN %s %s\n", c->request->method, c->request->path);
	return refuse(c, 403, "Forbidden", "the practice service plays no such request");
}

void
graph_service_handle(struct graph_service *g, const struct graph_service_request *r,
                     struct partner_answer *answer)
{
	struct call c = {.g = g, .request = r, .answer = answer};

	pthread_mutex_lock(&g->lock);
	answer->status = run(&c);
	pthread_mutex_unlock(&g->lock);
	url_path_release(&c.path);
}

void
graph_service_log(struct graph_service *g, const struct graph_service_request *r, unsigned status)
{
	if (g->log == NULL)
		return;
	pthread_mutex_lock(&g->lock);
	fprintf(g->log, "graph %s %s %u\n", r->method, r->path, status);
	fflush(g->log);
	pthread_mutex_unlock(&g->lock);
}

/* ---- lists ---- */

static void
add_device(struct json *items, const struct tenant_device *d, enum tenant_list list)
{
	struct json *j = json_append_object(items);

	json_add_text(j, "id", d->record[list].id);
	json_add_text(j, "serialNumber", d->serial);
	json_add_text(j, "userPrincipalName", d->user);
	if (list == TENANT_MANAGED) {
		json_add_text(j, "deviceName", d->name);
		json_add_text(j, "azureADDeviceId", d->entra);
	} else {
		json_add_text(j, "displayName", d->name);
		json_add_text(j, "azureActiveDirectoryDeviceId", d->entra);
	}
}

/* A filter matches parts of a serial number, as the real service does. */
static bool
matches(const struct tenant_device *d, const char *part)
{
	return part == NULL || strcasestr(d->serial, part) != NULL;
}

/* The text between the first two quotes. NULL: the filter is missing or has none. */
static char *
filter_text(const char *filter)
{
	const char *from = filter != NULL ? strchr(filter, '\'') : NULL;

	return from != NULL ? xstrndup(from + 1, strcspn(from + 1, "'")) : NULL;
}

/* at: the row that the page begins with; next_at: the one after it, or the count of rows. */
static size_t
add_page(struct call *c, struct json *items, enum tenant_list list, const char *part, size_t at)
{
	const struct tenant *t = c->g->tenant;
	size_t added = 0, i;

	for (i = at; i < t->count && added < (size_t)c->g->options.page_size; i++) {
		if (!tenant_lists(&t->device[i], list) || !matches(&t->device[i], part))
			continue;
		add_device(items, &t->device[i], list);
		added++;
	}
	return i;
}

/* Devices that somebody enrols meanwhile: DIR/arrivals.csv, read once, with the next listing. */
static void
take_arrivals(struct graph_service *g)
{
	char *path = file_join(g->options.dir, "arrivals.csv");
	struct error err;

	if (access(path, F_OK) == 0) {
		if (tenant_add(g->tenant, path, &err) != 0)
			fprintf(stderr, "unpilot-sandbox: %s\n", err.text);
		(void)unlink(path);
	}
	free(path);
}

static unsigned
list_records(struct call *c, enum tenant_list list, const char *name)
{
	const char *skip = c->request->argument[GRAPH_SKIP];
	char *part = filter_text(c->request->argument[GRAPH_FILTER]), *link;
	struct json *root = json_object(), *items = json_add_array(root, "value");
	size_t next;

	if (skip == NULL) {
		take_arrivals(c->g);
		tenant_begin_listing(c->g->tenant, list);
	}
	next = add_page(c, items, list, part, skip != NULL ? strtoul(skip, NULL, 10) : 0);
	if (next < c->g->tenant->count) {
		link = xasprintf(ORIGIN "/v1.0/deviceManagement/%s?$skiptoken=%zu", name, next);
		json_add_text(root, "@odata.nextLink", link);
		free(link);
	}
	json_print(root, &c->answer->body);
	json_free(root);
	free(part);
	return 200;
}

static unsigned
list_managed(struct call *c)
{
	return list_records(c, TENANT_MANAGED, "managedDevices");
}

static unsigned
list_autopilot(struct call *c)
{
	const char *filter = c->request->argument[GRAPH_FILTER];

	if (c->request->argument[GRAPH_SELECT] != NULL)
		return refuse(c, 500, "InternalServerError", "$select is not served here");
	if (filter != NULL && (strstr(filter, "contains(") == NULL || strchr(filter, '-') != NULL))
		return refuse(c, 400, "BadRequest", "the filter is not served here");
	return list_records(c, TENANT_AUTOPILOT, "windowsAutopilotDeviceIdentities");
}

/* Keys are stored under the id in small letters, and ids are compared byte by byte. */
static bool
is_lower_of(const char *id, const char *lower)
{
	while (*id != '\0' && text_lower(*id) == *lower) {
		id++;
		lower++;
	}
	return *id == *lower;
}

static unsigned
list_keys(struct call *c)
{
	const struct tenant *t = c->g->tenant;
	char *id = filter_text(c->request->argument[GRAPH_FILTER]);
	struct json *root = json_object(), *items = json_add_array(root, "value");

	for (size_t i = 0; id != NULL && i < t->count; i++) {
		long keys = is_lower_of(t->device[i].entra, id) ? t->device[i].keys : 0;

		for (long k = 0; k < keys; k++)
			json_add_text(json_append_object(items), "deviceId", id);
	}
	json_print(root, &c->answer->body);
	json_free(root);
	free(id);
	return 200;
}

/* ---- changes ---- */

/* Logs what was deleted, and what the device still had when that happened. */
static void
log_deletion(const struct call *c, const struct tenant_device *d, const char *from)
{
	if (c->g->log == NULL)
		return;
	fprintf(c->g->log,
	        "deleted %s serial=\"%s\" join=%s managed=%s autopilot=%s keys=%ld user=%s\n", from,
	        d->serial, d->join,
	        d->record[TENANT_MANAGED].id != NULL && !d->record[TENANT_MANAGED].deleted ? "yes"
	                                                                                   : "no",
	        d->record[TENANT_AUTOPILOT].id != NULL && !d->record[TENANT_AUTOPILOT].deleted
	                ? "yes"
	                : "no",
	        d->keys, d->user[0] != '\0' ? d->user : "-");
}

static bool
is_approved(const struct graph_service *g)
{
	char *path = file_join(g->options.dir, "approved");
	bool yes = access(path, F_OK) == 0;

	free(path);
	return yes;
}

/* 0: approved, or no approval is needed. The code names the record and the reason. */
static unsigned
check_approval(struct call *c, const char *id)
{
	const char *reason = c->request->header[GRAPH_JUSTIFICATION];
	const char *code = c->request->header[GRAPH_APPROVAL_CODE];
	char own[32];
	uint64_t mark;

	if (!c->g->options.approval)
		return 0;
	if (reason == NULL || reason[0] == '\0')
		return refuse(c, 400, "BadRequest",
		              "Multi Admin Approval: x-msft-approval-justification is missing");
	mark = text_hash(text_hash(TEXT_HASH_START, id, strlen(id)), reason, strlen(reason));
	snprintf(own, sizeof(own), "%016llx", (unsigned long long)mark);
	if (code != NULL && strcmp(code, own) == 0 && is_approved(c->g))
		return 0;
	if (code != NULL && strcmp(code, own) != 0)
		return refuse(c, 400, "BadRequest", "the approval code belongs to another request");
	partner_answer_add_header(c->answer, header_names[GRAPH_APPROVAL_CODE], own);
	return refuse(c, 412, "PreconditionFailed", "the request waits for an approval");
}

static unsigned
delete_managed(struct call *c)
{
	const char *id = c->path.part[PART_ID];
	struct tenant_device *d = tenant_find(c->g->tenant, TENANT_MANAGED, id);
	unsigned status;

	if (d == NULL)
		return refuse(c, 404, "ResourceNotFound", "no such device");
	status = check_approval(c, id);
	if (status != 0)
		return status;
	log_deletion(c, d, "managed");
	tenant_delete(d, TENANT_MANAGED, c->g->options.disappear_after);
	return 204;
}

static unsigned
delete_autopilot(struct call *c)
{
	struct tenant_device *d = tenant_find(c->g->tenant, TENANT_AUTOPILOT,
	                                      c->path.part[PART_ID]);

	if (d == NULL)
		return refuse(c, 400, "BadRequest", "Cannot find device with ztd Id");
	log_deletion(c, d, "autopilot");
	tenant_delete(d, TENANT_AUTOPILOT, c->g->options.disappear_after);
	return 200;
}

static unsigned
unassign(struct call *c)
{
	struct tenant_device *d = tenant_find(c->g->tenant, TENANT_AUTOPILOT,
	                                      c->path.part[PART_ID]);

	if (d == NULL)
		return refuse(c, 400, "BadRequest", "Cannot find device with ztd Id");
	d->user[0] = '\0';
	return 204;
}

static unsigned
start_sync(struct call *c)
{
	int64_t now = clock_now();

	if (c->g->synced != 0 && now - c->g->synced < SYNC_PAUSE)
		return refuse(c, 429, "TooManyRequests",
		              "the last sync was less than 10 minutes ago");
	c->g->synced = now;
	return 204;
}
