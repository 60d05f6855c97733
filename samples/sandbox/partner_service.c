/* Dispatches requests by their path, checks ids, token and customer, then runs the operation. */
#include "samples/sandbox/partner_service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/alloc.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/text.h"
#include "samples/sandbox/fleet.h"
#include "samples/sandbox/url.h"

#define LOGGED_MAX 512      /* bytes of a value in the log */
#define ERROR_BODY_MAX 4096 /* of an answer that is kept for repetition */
#define GUID_LENGTH 36
#define PARTS_MAX 7

/* A deletion that was answered. The same MS-RequestId gets the same answer again. */
struct done {
	char *request_id, *path, *body;
	unsigned status;
};

struct partner_service {
	pthread_mutex_t lock;
	struct partner_service_options options;
	struct fleet *fleet;
	struct token_endpoint *tokens;
	FILE *log;
	struct done *done;
	size_t done_count;
};

/* A request that is being answered. customer and batch are set once they are looked up. */
struct call {
	struct partner_service *p;
	const struct partner_service_request *request;
	const struct scenario_fault *fault;
	struct url_path path;
	struct fleet_customer *customer;
	struct fleet_batch *batch;
	struct partner_answer *answer;
};

typedef unsigned operation_fn(struct call *c);
static operation_fn do_token_v1, do_token_v2, do_customers, do_customer, do_batches, do_devices,
	do_delete;

#define ANY "" /* in a path: any one part */

static const struct operation {
	const char *method;
	const char *part[PARTS_MAX + 1]; /* NULL: end of the path */
	enum scenario_event event;
	operation_fn *run;
} operations[] = {
	{.method = "POST",
         .part = {ANY, "oauth2", "token"},
         .event = SCENARIO_TOKEN,
         .run = do_token_v1},
	{.method = "POST",
         .part = {ANY, "oauth2", "v2.0", "token"},
         .event = SCENARIO_TOKEN,
         .run = do_token_v2},
	{.method = "GET",
         .part = {"v1", "customers"},
         .event = SCENARIO_CUSTOMER,
         .run = do_customers},
	{.method = "GET",
         .part = {"v1", "customers", ANY},
         .event = SCENARIO_CUSTOMER,
         .run = do_customer},
	{.method = "GET",
         .part = {"v1", "customers", ANY, "deviceBatches"},
         .event = SCENARIO_BATCHES,
         .run = do_batches},
	{.method = "GET",
         .part = {"v1", "customers", ANY, "deviceBatches", ANY, "devices"},
         .event = SCENARIO_DEVICES,
         .run = do_devices},
	{.method = "DELETE",
         .part = {"v1", "customers", ANY, "deviceBatches", ANY, "devices", ANY},
         .event = SCENARIO_DELETE,
         .run = do_delete},
};

enum { PART_CUSTOMER = 2, PART_BATCH = 4, PART_DEVICE = 6 };

static const char *const header_names[] = {
	[PARTNER_AUTHORIZATION] = "Authorization",
	[PARTNER_REQUEST_ID] = "MS-RequestId",
	[PARTNER_CORRELATION_ID] = "MS-CorrelationId",
	[PARTNER_CONTINUATION] = PARTNER_CONTINUATION_HEADER,
	[PARTNER_VALIDATE_MFA] = "ValidateMfa",
	[PARTNER_HOST] = "Host",
	[PARTNER_CONTENT_TYPE] = "Content-Type",
};
_Static_assert(ARRAY_SIZE(header_names) == PARTNER_HEADER_COUNT, "every header has its name");

const char *
partner_service_header_name(enum partner_service_header h)
{
	return header_names[h];
}

struct partner_service *
partner_service_new(const struct partner_service_options *o, FILE *log, struct error *err)
{
	struct partner_service *p = xcalloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->options = *o;
	p->log = log;
	p->fleet = fleet_read(o->fleet_file, err);
	if (p->fleet != NULL)
		p->tokens = token_endpoint_new(o->dir, &o->token, err);
	if (p->tokens != NULL)
		return p;
	partner_service_free(p);
	return NULL;
}

void
partner_service_free(struct partner_service *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->done_count; i++) {
		free(p->done[i].request_id);
		free(p->done[i].path);
		free(p->done[i].body);
	}
	free(p->done);
	fleet_free(p->fleet);
	token_endpoint_free(p->tokens);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* The case of letters in a path does not matter (doc/partner-center.md, section 1.1). */
static bool
is_path_of(const struct operation *o, const struct url_path *path)
{
	size_t n = 0;

	while (n < path->count && o->part[n] != NULL &&
	       (strcmp(o->part[n], ANY) == 0 || text_equal_nocase(o->part[n], path->part[n])))
		n++;
	return n == path->count && o->part[n] == NULL;
}

static const struct operation *
operation_of(const char *method, const struct url_path *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		if (strcmp(operations[i].method, method) == 0 && is_path_of(&operations[i], path))
			return &operations[i];
	return NULL;
}

bool
partner_service_event(const struct partner_service_request *r, enum scenario_event *ret_event,
                      char **ret_path)
{
	struct url_path path;
	const struct operation *o = url_split(r->path, &path) ? operation_of(r->method, &path)
	                                                      : NULL;

	url_path_release(&path);
	if (o == NULL)
		return false;
	*ret_event = o->event;
	*ret_path = url_decode(r->path, strlen(r->path), false);
	return true;
}

static unsigned
refuse(struct call *c, unsigned status, const char *code, const char *description)
{
	partner_answer_error(&c->answer->body, code, description);
	return status;
}

/* ---- the log ---- */

static void
log_alarm(struct partner_service *p, const char *what, const struct partner_service_request *r)
{
	char path[LOGGED_MAX], id[LOGGED_MAX];
	const char *given = r->header[PARTNER_REQUEST_ID];

	text_printable(path, sizeof(path), r->path);
	text_printable(id, sizeof(id), given != NULL ? given : "-");
	fprintf(stderr, "unpilot-sandbox: %s: %s %s request=%s\n", what, r->method, path, id);
	if (p->log != NULL) {
		fprintf(p->log, "%s: %s %s request=%s\n", what, r->method, path, id);
		fflush(p->log);
	}
}

void
partner_service_log(struct partner_service *p, const struct partner_service_request *r,
                    unsigned status)
{
	char path[LOGGED_MAX], request[LOGGED_MAX], correlation[LOGGED_MAX];
	const char *const *h = r->header;

	if (p->log == NULL)
		return;
	text_printable(path, sizeof(path), r->path);
	text_printable(request, sizeof(request),
	               h[PARTNER_REQUEST_ID] != NULL ? h[PARTNER_REQUEST_ID] : "-");
	text_printable(correlation, sizeof(correlation),
	               h[PARTNER_CORRELATION_ID] != NULL ? h[PARTNER_CORRELATION_ID] : "-");
	fprintf(p->log, "partner %s %s %u request=%s correlation=%s\n", r->method, path, status,
	        request, correlation);
	fflush(p->log);
}

/* ---- checks before an operation ---- */

static unsigned
check_ids(struct call *c)
{
	const char *const *h = c->request->header;

	if (h[PARTNER_REQUEST_ID] == NULL) {
		log_alarm(c->p, "REQUEST-ID MISSING", c->request);
		return refuse(c, 400, "400", "MS-RequestId is missing");
	}
	if (h[PARTNER_CORRELATION_ID] == NULL) {
		log_alarm(c->p, "CORRELATION-ID MISSING", c->request);
		return refuse(c, 400, "400", "MS-CorrelationId is missing");
	}
	partner_answer_add_header(c->answer, "MS-RequestId", h[PARTNER_REQUEST_ID]);
	partner_answer_add_header(c->answer, "MS-CorrelationId", h[PARTNER_CORRELATION_ID]);
	partner_answer_add_header(c->answer, "MS-CV", "practice/VECTOR+1.0");
	return 200;
}

static unsigned
check_token(struct call *c)
{
	const char *const *h = c->request->header;
	enum token_endpoint_standing standing = token_endpoint_identify(c->p->tokens,
	                                                                h[PARTNER_AUTHORIZATION]);

	if (standing == TOKEN_MISSING)
		return refuse(c, 401, "800001", "the access token is missing");
	if (standing == TOKEN_REFUSED)
		return refuse(c, 401, "400", "the access token is unknown or has expired");
	if (h[PARTNER_VALIDATE_MFA] != NULL)
		partner_answer_add_header(c->answer, "isMfaCompliant",
		                          standing == TOKEN_USER_MFA ? "true" : "false");
	if (standing == TOKEN_USER)
		return refuse(c, 401, "900421", "the token comes from a sign-in without MFA");
	return 200;
}

static unsigned
check_throttle(struct call *c)
{
	long every = c->p->options.throttle;

	if (every == 0 || ++c->customer->requests % every != 0)
		return 200;
	partner_answer_add_header(c->answer, "Retry-After", PARTNER_THROTTLE_SECONDS);
	partner_answer_throttled(&c->answer->body, PARTNER_THROTTLE_SECONDS);
	return 429;
}

static unsigned
check_customer(struct call *c)
{
	const char *tenant = c->path.part[PART_CUSTOMER];

	if (strlen(tenant) != GUID_LENGTH || !text_all_of(tenant, "0123456789abcdefABCDEF-"))
		return refuse(c, 400, "900118", "the customer id is invalid");
	c->customer = fleet_customer(c->p->fleet, tenant);
	if (c->customer == NULL)
		return refuse(c, 404, "60003", "no such customer");
	if (strcmp(c->customer->relationship, "none") == 0)
		return refuse(c, 403, "20002", "no commerce relationship with the customer");
	if (c->path.count > PART_BATCH) {
		c->batch = fleet_batch(c->customer, c->path.part[PART_BATCH]);
		if (c->batch == NULL)
			return refuse(c, 404, "1000", "no such batch");
	}
	return check_throttle(c);
}

static unsigned
dispatch(struct call *c)
{
	const struct operation *o = url_split(c->request->path, &c->path)
	                                    ? operation_of(c->request->method, &c->path)
	                                    : NULL;
	unsigned status;

	if (o == NULL)
		return refuse(c, 404, "1000",
		              "no such operation, or the path is not encoded correctly");
	if (o->event == SCENARIO_TOKEN)
		return o->run(c);
	status = check_ids(c);
	if (status == 200)
		status = check_token(c);
	if (status == 200 && c->path.count > PART_CUSTOMER)
		status = check_customer(c);
	return status == 200 ? o->run(c) : status;
}

void
partner_service_handle(struct partner_service *p, const struct partner_service_request *r,
                       const struct scenario_fault *fault, struct partner_answer *answer)
{
	struct call c = {.p = p, .request = r, .fault = fault, .answer = answer};

	pthread_mutex_lock(&p->lock);
	answer->status = dispatch(&c);
	pthread_mutex_unlock(&p->lock);
	url_path_release(&c.path);
}

/* ---- operations ---- */

static unsigned
do_token(struct call *c, bool v1)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *host = c->request->header[PARTNER_HOST];
	const char *type = c->request->header[PARTNER_CONTENT_TYPE];
	char *url = xasprintf("https://%s%s", host != NULL ? host : "", c->request->path);
	struct token_endpoint_request r = {.tenant = c->path.part[0],
	                                   .v1 = v1,
	                                   .url = url,
	                                   .form = c->request->body,
	                                   .len = c->request->len};
	unsigned status = 400;

	if (type == NULL || strncasecmp(type, form, strlen(form)) != 0)
		token_endpoint_error(&c->answer->body, "invalid_request", 900144,
		                     "expected Content-Type application/x-www-form-urlencoded");
	else
		status = token_endpoint_issue(c->p->tokens, &r, &c->answer->body);
	free(url);
	return status;
}

static unsigned
do_token_v1(struct call *c)
{
	return do_token(c, true);
}

static unsigned
do_token_v2(struct call *c)
{
	return do_token(c, false);
}

/* The client only wants the headers of this answer. */
static unsigned
do_customers(struct call *c)
{
	buf_str(&c->answer->body, "{\"totalCount\":0,\"items\":[]}");
	return 200;
}

static unsigned
do_customer(struct call *c)
{
	struct json *j = json_object(), *profile;

	json_add_text(j, "id", c->customer->tenant);
	profile = json_add_object(j, "companyProfile");
	json_add_text(profile, "tenantId", c->customer->tenant);
	json_add_text(profile, "domain", c->customer->domain);
	json_add_text(profile, "companyName", c->customer->company);
	json_add_text(j, "relationshipToPartner", c->customer->relationship);
	json_print(j, &c->answer->body);
	json_free(j);
	return 200;
}

static unsigned
do_list(struct call *c,
        bool (*write)(const struct partner_page *p, struct buf *answer, char **ret_next))
{
	struct partner_page page = {
		.customer = c->customer,
		.batch = c->batch,
		.continuation = c->request->header[PARTNER_CONTINUATION],
		.size = (size_t)c->p->options.page_size,
		.paging = c->p->options.paging,
		.action = c->fault != NULL ? c->fault->action : ACTION_COUNT,
	};
	char *next = NULL;

	if (!write(&page, &c->answer->body, &next))
		return refuse(c, 400, "400", "the continuation token does not belong to this list");
	if (next != NULL)
		partner_answer_add_header(c->answer, PARTNER_CONTINUATION_HEADER, next);
	free(next);
	return 200;
}

static unsigned
do_batches(struct call *c)
{
	return do_list(c, partner_page_batches);
}

static unsigned
do_devices(struct call *c)
{
	return do_list(c, partner_page_devices);
}

/* ---- deletion ---- */

static unsigned
delete_device(struct call *c)
{
	struct fleet_device *d = fleet_device(c->batch, c->path.part[PART_DEVICE]);

	if (d == NULL || d->deleted)
		return refuse(c, 404, "1000", "no such device");
	if (!fleet_allows(d, "DELETE"))
		return refuse(c, 405, "405", "the device does not allow DELETE");
	fleet_delete(d, c->p->options.disappear_after);
	if (c->fault != NULL && c->fault->action == ACTION_ANEW)
		fleet_register_anew(c->p->fleet, c->batch, d, false);
	else if (c->fault != NULL && c->fault->action == ACTION_AGAIN)
		fleet_register_anew(c->p->fleet, c->batch, d, true);
	return 204;
}

static unsigned
do_delete(struct call *c)
{
	struct partner_service *p = c->p;
	const char *id = c->request->header[PARTNER_REQUEST_ID];
	struct done *d;

	for (size_t i = 0; i < p->done_count; i++) {
		d = &p->done[i];
		if (strcmp(d->request_id, id) != 0)
			continue;
		if (strcmp(d->path, c->request->path) != 0) {
			log_alarm(p, "REQUEST-ID REUSED", c->request);
			return refuse(c, 400, "400", "MS-RequestId was used for another device");
		}
		buf_str(&c->answer->body, d->body);
		return d->status;
	}
	p->done = xreallocarray(p->done, p->done_count + 1, sizeof(*p->done));
	d = &p->done[p->done_count++];
	d->status = delete_device(c);
	d->request_id = xstrdup(id);
	d->path = xstrdup(c->request->path);
	d->body = xstrndup(c->answer->body.data, ERROR_BODY_MAX);
	return d->status;
}
