/* "inventory": prints what is registered for customers of Partner Center, as a list. Reads only: the route
 * reads the inventory, intake/ reads the list of --not-in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/csv.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "partner/app/exit_code.h"
#include "partner/app/next_step.h"
#include "partner/app/session.h"
#include "partner/app/session_route.h"
#include "partner/cli/cli.h"
#include "partner/intake/intake.h"
#include "partner/run/import.h"

#define WAIT_MS 1000
#define LINE_MAX_BYTES 8192
#define PKID_DIGITS 13
#define GUID_DIGITS "0123456789abcdefABCDEF"

struct inventory_reading {
	bool over;
	enum route_end end;
	long retry_after;
	int64_t registered;
	char reason[ROUTE_REASON_MAX];
};

struct inventory_list {
	const char *tenant, *customer;
	int64_t rows, nameless;
};

static bool
is_tenant(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; text[i] != '\0'; i++)
		if (form[i] == '-' ? text[i] != '-' : strchr(GUID_DIGITS, text[i]) == NULL)
			return false;
	return true;
}

/* Those of --tenant, and those that follow as arguments. The caller frees ret->text. */
static void
collect_tenants(const struct options *o, struct option_list *ret)
{
	ret->text = xcalloc(o->tenant.count + o->args + 1, sizeof(*ret->text));
	for (size_t i = 0; i < o->tenant.count; i++)
		ret->text[ret->count++] = o->tenant.text[i];
	for (size_t i = 0; i < o->args; i++)
		ret->text[ret->count++] = o->arg[i];
}

static int
check_tenant(const struct option_list *tenants, size_t at)
{
	const char *tenant = tenants->text[at];

	if (!is_tenant(tenant)) {
		log_error("\"%s\" is not a tenant id: give the customer's Microsoft ID, such as "
		          "00000000-0000-4000-8000-000000000000",
		          tenant);
		return EXIT_CODE_UNUSABLE;
	}
	for (size_t i = 0; i < at; i++)
		if (text_equal_nocase(tenant, tenants->text[i])) {
			log_error("tenant %s is given twice", tenant);
			return EXIT_CODE_UNUSABLE;
		}
	return EXIT_CODE_OK;
}

static int
inventory_check(const struct options *o, const struct option_list *tenants)
{
	int code = EXIT_CODE_OK;

	if (o->tenant.count == 0) {
		log_error("no customer is given: unpilot inventory --tenant GUID");
		return EXIT_CODE_UNUSABLE;
	}
	for (size_t i = 0; i < tenants->count && code == EXIT_CODE_OK; i++)
		code = check_tenant(tenants, i);
	if (code == EXIT_CODE_OK && o->customer != NULL && tenants->count > 1) {
		log_error("--customer names one customer, but %zu tenants are given: call the "
		          "command once for each",
		          tenants->count);
		code = EXIT_CODE_UNUSABLE;
	}
	return code;
}

static void
on_read(void *ctx, const struct route_result *r)
{
	struct inventory_reading *reading = ctx;

	reading->over = true;
	reading->end = r->end;
	reading->retry_after = r->retry_after;
	reading->registered = (int64_t)r->registered;
	text_copy(reading->reason, sizeof(reading->reason), r->reason);
}

static int
read_once(struct route *r, const char *tenant, struct inventory_reading *ret, struct error *err)
{
	*ret = (struct inventory_reading){.end = ROUTE_LOST};
	if (r->ops->read_inventory(r, tenant, on_read, ret, err) != 0)
		return -1;
	while (!ret->over)
		if (r->ops->wait(r, WAIT_MS, err) != 0)
			return -1;
	return 0;
}

static int
code_of(enum route_end end)
{
	switch (end) {
	case ROUTE_ANSWERED: return EXIT_CODE_OK;
	case ROUTE_DENIED: return EXIT_CODE_DENIED;
	case ROUTE_BUSY:
	case ROUTE_NOT_SENT: return EXIT_CODE_UNREACHABLE;
	case ROUTE_FOUND:
	case ROUTE_ACCEPTED:
	case ROUTE_PENDING:
	case ROUTE_REFUSED:
	case ROUTE_LOST:
	case ROUTE_FORGOTTEN:
	case ROUTE_GUARDED:
	case ROUTE_SKIPPED:
	case ROUTE_END_COUNT: break;
	}
	return EXIT_CODE_OPEN;
}

/* A half-read inventory is kept, so the next try goes on where the last one was interrupted. */
static int
read_tenant(const struct session *s, const char *tenant)
{
	const struct config_sending *c = session_route_sending(s);
	const struct patience_limits busy = {.retries = UINT32_MAX, .trouble_ms = c->busy_deadline};
	const struct patience_limits away = {.retries = (unsigned)c->retries,
	                                     .trouble_ms = c->busy_deadline};
	struct patience throttled = {0}, unreachable = {0};
	struct inventory_reading r;
	struct error err;
	int64_t wait = 0;

	while (wait >= 0) {
		if (read_once(s->route, tenant, &r, &err) != 0)
			return exit_code_unusable(&err);
		if (r.end == ROUTE_BUSY)
			wait = patience_failed(&throttled, &busy, clock_tick_ms(), r.retry_after);
		else if (r.end == ROUTE_NOT_SENT)
			wait = patience_failed(&unreachable, &away, clock_tick_ms(),
			                       PATIENCE_UNNAMED);
		else
			break;
		if (wait < 0)
			break;
		log_info("customer %s: %s: trying again in %lld s", tenant, r.reason,
		         (long long)(wait + 999) / 1000);
		clock_sleep_ms(wait);
	}
	if (r.end == ROUTE_ANSWERED)
		log_info("customer %s: %lld registrations", tenant, (long long)r.registered);
	else
		log_error("customer %s: %s: no list is printed", tenant, r.reason);
	return code_of(r.end);
}

static int
read_all(const struct session *s, const struct option_list *tenants)
{
	int code = EXIT_CODE_OK;

	for (size_t i = 0; i < tenants->count && code != EXIT_CODE_DENIED; i++)
		code = exit_code_worse(code, read_tenant(s, tenants->text[i]));
	return code;
}

static int
mark_device(void *ctx, const char *tenant, const struct device_id *device, struct error *err UNUSED)
{
	const struct session *s = ctx;

	s->route->ops->mark(s->route, tenant, device);
	return 0;
}

/* Rows of other tenants name nothing here. */
static int
mark_listed(struct session *s)
{
	struct intake_settings settings;
	struct intake_result result;
	struct error err;

	if (s->options->not_in == NULL)
		return EXIT_CODE_OK;
	if (import_settings(s, true, &settings, &err) != 0)
		return exit_code_unusable(&err);
	if (intake_scan(s->options->not_in, &settings, mark_device, s, &result, &err) != 0) {
		import_set_next_step(s->options, s->options->not_in);
		return exit_code_unusable(&err);
	}
	log_info("%s: %lld row%s, %lld rejected", s->options->not_in, (long long)result.rows,
	         text_s(result.rows), (long long)result.rejected);
	return EXIT_CODE_OK;
}

/* Some partners register a product key, which is secret: only a Product Key ID is printed. */
static const char *
pkid_of(const struct route_registration *r)
{
	bool is_pkid = strlen(r->pkid) == PKID_DIGITS && text_all_of(r->pkid, "0123456789");

	return is_pkid ? r->pkid : "";
}

static int
print_row(void *ctx, const struct route_registration *r, struct error *err)
{
	struct inventory_list *l = ctx;
	const char *const fields[] = {r->serial, pkid_of(r),  r->make,
	                              r->model,  l->customer, l->tenant};
	struct buf line;
	int rc = 0;

	if (fields[0][0] == '\0' && fields[1][0] == '\0') {
		l->nameless++;
		return 0;
	}
	buf_init(&line, LINE_MAX_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		csv_put(&line, fields[i], i == 0);
	csv_end(&line);
	if (fwrite(line.data, 1, line.len, stdout) != line.len)
		rc = error_errno(err, "cannot write to standard output");
	buf_release(&line);
	l->rows++;
	return rc;
}

static int
listing_failed(const struct error *err)
{
	if (ferror(stdout) == 0)
		return exit_code_unusable(err);
	exit_code_output_failed(err->text);
	return EXIT_CODE_UNWRITTEN;
}

static int
print_list(const struct session *s, const struct option_list *tenants)
{
	const struct options *o = s->options;
	int64_t rows = 0, nameless = 0;
	struct error err;

	fputs("Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Tenant ID\r\n",
	      stdout);
	for (size_t i = 0; i < tenants->count; i++) {
		struct inventory_list l = {.tenant = tenants->text[i],
		                           .customer = o->customer != NULL ? o->customer
		                                                           : tenants->text[i]};
		if (s->route->ops->each_registration(s->route, l.tenant, o->not_in != NULL,
		                                     print_row, &l, &err) < 0)
			return listing_failed(&err);
		rows += l.rows;
		nameless += l.nameless;
	}
	log_info("%lld row%s printed", (long long)rows, text_s(rows));
	if (nameless == 0)
		return EXIT_CODE_OK;
	log_warn(
		"%lld registrations have neither a serial number nor a Product Key ID and are not in "
		"the list: delete them in Partner Center",
		(long long)nameless);
	return EXIT_CODE_SOME;
}

static int
inventory_run(struct session *s, const struct option_list *tenants)
{
	int code;

	s->kind = ROUTE_PARTNER_CENTER;
	code = session_route_open(s);
	if (code != EXIT_CODE_OK)
		return code;
	session_confine(s, 0);
	code = read_all(s, tenants);
	if (code == EXIT_CODE_OK)
		code = mark_listed(s);
	return code == EXIT_CODE_OK ? print_list(s, tenants) : code;
}

static int
inventory_main(const struct options *o)
{
	struct option_list tenants = {0};
	struct session session;
	int code;

	collect_tenants(o, &tenants);
	code = inventory_check(o, &tenants);
	if (code != EXIT_CODE_OK) {
		next_step_set("help inventory");
	} else {
		code = session_open(&session, o);
		if (code == EXIT_CODE_OK)
			code = inventory_run(&session, &tenants);
		if (code == EXIT_CODE_OPEN || code == EXIT_CODE_UNREACHABLE)
			next_step_set("doctor");
		session_close(&session);
	}
	free(tenants.text);
	return code;
}

const struct command command_inventory = {
	.name = "inventory",
	.args_max = ARGS_ANY,
	.options = FOR_INVENTORY,
	.run = inventory_main,
	.usage = "inventory [OPTION...] --tenant GUID...",
	.line = "list what Partner Center has registered",
	.about =
		"Reads through Partner Center every device that is registered for the customer, and\n"
		"prints a list for \"letter\", \"plan\" and \"run\". Deletes nothing. If an inventory cannot\n"
		"be read completely, no list is printed (exit code 6). Customer is the key of --customer,\n"
		"else the tenant id. With --not-in: only the devices that the list lacks.\n\n"
		"Examples:\n"
		"  unpilot inventory --tenant 00000000-0000-4000-8000-00000000c001 --customer contoso > fleet.csv\n"
		"  unpilot inventory --tenant 00000000-0000-4000-8000-00000000c001 --not-in returns.csv",
};
