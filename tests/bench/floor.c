/*
 * floor LIST URL DIR WORK [BYTES FILES]: what the libraries alone take for the same work, in one
 * thread: the list through libcsv, its rows into SQLite, then every thousand of them as a JSON
 * request over a TLS connection of its own, the answer parsed, the rows updated. With BYTES and
 * FILES also as many files of as many bytes in all as the packs have, with their digests.
 *
 * LIST is one of samples/make-fleet.sh; DIR holds the certificates of the practice service at URL;
 * WORK, a folder, takes the database and the files. Nothing is validated, recovered or repeated,
 * and nothing is shared with the program. Prints "NAME VALUE": processor seconds of every part, and
 * how many devices came to which error code. Any failure ends it.
 */
#include <cjson/cJSON.h>
#include <csv.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1000
#define CHUNK ((size_t)64 * 1024)
#define ROW_TEXT 512
#define ANSWER_MAX ((size_t)1024 * 1024)
#define CODE_MAX 1000
#define PATH_SIZE 4096

enum column {
	SERIAL,
	PKID,
	MANUFACTURER,
	MODEL,
	CUSTOMER,
	CUSTOMER_NAME,
	JOIN,
	MDM,
	VIA,
	PURPOSE,
	TICKET,
	COLUMN_COUNT
};

/* again: the list is read once more for the requests, to hold a thousand rows and not all of them.
 * Not counted: a program could keep them. */
enum part { CSV, INSERT, JSON_OUT, HANDSHAKES, TLS, JSON_IN, UPDATE, PACKS, AGAIN, PART_COUNT };

static const char *const part_name[] = {"csv",     "insert", "json_out", "handshakes", "tls",
                                        "json_in", "update", "packs",    "again"};
_Static_assert(sizeof(part_name) / sizeof(part_name[0]) == PART_COUNT, "every part has a name");

struct rows {
	const char *field[BATCH][COLUMN_COUNT];
	char text[BATCH * ROW_TEXT];
	size_t used, column, count;
	long line;
};

struct verdict {
	int code;
	const char *name; /* the answer's */
};

struct wire {
	CURL *post, *get;
	struct curl_slist *headers;
	const char *url;
	char *answer;
	size_t len;
	double bytes_out, bytes_in;
	long connections;
};

struct floor {
	struct rows rows;
	struct verdict verdict[BATCH];
	struct wire wire;
	sqlite3 *db;
	sqlite3_stmt *insert, *update;
	double spent[PART_COUNT], since;
	enum part part, reading;
	void (*take)(struct floor *f);
	long batches, outcome[CODE_MAX];
};

static void
die(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

/* What follows is the work of that part. Returns the part before it. */
static enum part
turn_to(struct floor *f, enum part part)
{
	enum part before = f->part;
	struct timespec t;
	double now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	f->spent[before] += now - f->since;
	f->since = now;
	f->part = part;
	return before;
}

static void
on_field(void *data, size_t len, void *ctx)
{
	struct floor *f = ctx;
	struct rows *r = &f->rows;

	if (r->column >= COLUMN_COUNT || r->used + len + 1 > sizeof(r->text))
		die("not a list of make-fleet.sh");
	r->field[r->count][r->column++] = memcpy(r->text + r->used, data, len);
	r->used += len;
	r->text[r->used++] = '\0';
}

static void
take_rows(struct floor *f)
{
	if (f->rows.count == 0)
		return;
	f->take(f);
	f->batches++;
	f->rows.count = f->rows.used = 0;
}

static void
on_row(int end, void *ctx)
{
	struct floor *f = ctx;
	struct rows *r = &f->rows;

	(void)end;
	r->column = 0;
	if (++r->line == 1)
		r->used = 0; /* the header */
	else if (++r->count == BATCH)
		take_rows(f);
}

static void
read_list(struct floor *f, const char *path, enum part reading, void (*take)(struct floor *f))
{
	FILE *in = fopen(path, "re");
	char *chunk = malloc(CHUNK);
	struct csv_parser p;
	size_t n;

	if (in == NULL || chunk == NULL || csv_init(&p, CSV_STRICT) != 0)
		die(path);
	turn_to(f, reading);
	f->take = take;
	f->rows.line = f->batches = 0;
	while ((n = fread(chunk, 1, CHUNK, in)) > 0)
		if (csv_parse(&p, chunk, n, on_field, on_row, f) != n)
			die(csv_strerror(csv_error(&p)));
	if (csv_fini(&p, on_field, on_row, f) != 0)
		die("the list does not end");
	take_rows(f);
	csv_free(&p);
	free(chunk);
	fclose(in);
}

static void
run_sql(struct floor *f, const char *sql)
{
	if (sqlite3_exec(f->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(f->db));
}

static void
step(struct floor *f, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE || sqlite3_reset(s) != SQLITE_OK)
		die(sqlite3_errmsg(f->db));
}

/* The settings of the program's ledger; what its rows have to hold, and no index. */
static void
open_ledger(struct floor *f, const char *work)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/floor.db", work);
	if (sqlite3_open(path, &f->db) != SQLITE_OK)
		die(path);
	run_sql(f, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;"
	           "CREATE TABLE row(id INTEGER PRIMARY KEY, line INTEGER, batch INTEGER,"
	           " serial TEXT, pkid TEXT, manufacturer TEXT, model TEXT, customer TEXT,"
	           " join_type INTEGER, mdm INTEGER, via INTEGER, purpose INTEGER, ticket TEXT,"
	           " outcome INTEGER, reason TEXT, decided INTEGER)");
	if (sqlite3_prepare_v2(f->db,
	                       "INSERT INTO row VALUES(NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
	                       "0,'',0)",
	                       -1, &f->insert, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(f->db,
	                       "UPDATE row SET outcome=?1, reason=?2, decided=?3 WHERE id=?4", -1,
	                       &f->update, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(f->db));
}

static int
number_of(const char *word, const char *const *words)
{
	int i = 0;

	while (words[i] != NULL && strcmp(words[i], word) != 0)
		i++;
	return i;
}

static void
insert_row(struct floor *f, size_t i)
{
	static const enum column texts[] = {SERIAL, PKID, MANUFACTURER, MODEL, CUSTOMER};
	static const char *const join[] = {"entra", "hybrid", NULL};
	static const char *const mdm[] = {"intune", "was-intune", "none", "other", NULL};
	static const char *const via[] = {"partner", NULL};
	static const char *const purpose[] = {"repair", "retire", NULL};
	const char *const *field = f->rows.field[i];

	sqlite3_bind_int64(f->insert, 1, f->batches * BATCH + (long)i + 2);
	sqlite3_bind_int64(f->insert, 2, f->batches + 1);
	for (int t = 0; t < 5; t++)
		sqlite3_bind_text(f->insert, 3 + t, field[texts[t]], -1, SQLITE_STATIC);
	sqlite3_bind_int(f->insert, 8, number_of(field[JOIN], join));
	sqlite3_bind_int(f->insert, 9, number_of(field[MDM], mdm));
	sqlite3_bind_int(f->insert, 10, number_of(field[VIA], via));
	sqlite3_bind_int(f->insert, 11, number_of(field[PURPOSE], purpose));
	sqlite3_bind_text(f->insert, 12, field[TICKET], -1, SQLITE_STATIC);
	step(f, f->insert);
}

static void
insert_rows(struct floor *f)
{
	enum part before = turn_to(f, INSERT);

	for (size_t i = 0; i < f->rows.count; i++)
		insert_row(f, i);
	turn_to(f, before);
}

static size_t
on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct wire *w = ctx;

	(void)size;
	if (w->len + count > ANSWER_MAX)
		return 0;
	memcpy(w->answer + w->len, data, count);
	w->len += count;
	return count;
}

/* The handshake is over, the request begins. */
static int
on_connected(void *ctx, char *to, char *from, int to_port, int from_port)
{
	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	turn_to(ctx, TLS);
	return CURL_PREREQFUNC_OK;
}

static CURL *
make_handle(struct floor *f, const char *dir)
{
	CURL *c = curl_easy_init();
	char path[PATH_SIZE];

	if (c == NULL)
		die("cannot start libcurl");
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
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &f->wire);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, f);
	return c;
}

/* As the program does: a connection of its own for every POST, one for all results. */
static void
open_wire(struct floor *f, const char *url, const char *dir)
{
	struct wire *w = &f->wire;

	w->url = url;
	w->answer = malloc(ANSWER_MAX);
	w->post = make_handle(f, dir);
	w->get = make_handle(f, dir);
	w->headers = curl_slist_append(NULL, "Content-Type: application/json");
	w->headers = curl_slist_append(w->headers, "Expect:");
	curl_easy_setopt(w->post, CURLOPT_URL, url);
	curl_easy_setopt(w->post, CURLOPT_HTTPHEADER, w->headers);
	curl_easy_setopt(w->post, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(w->post, CURLOPT_FORBID_REUSE, 1L);
}

/* The whole answer, parsed. */
static cJSON *
ask(struct floor *f, CURL *c, bool fresh)
{
	struct wire *w = &f->wire;
	long connections;
	CURLcode rc;
	cJSON *root;

	w->len = 0;
	turn_to(f, fresh ? HANDSHAKES : TLS);
	rc = curl_easy_perform(c);
	if (rc != CURLE_OK)
		die(curl_easy_strerror(rc));
	curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &connections);
	w->connections += connections;
	w->bytes_in += (double)w->len;
	turn_to(f, JSON_IN);
	root = cJSON_ParseWithLength(w->answer, w->len);
	if (root == NULL)
		die("the answer is no JSON");
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
		die("out of memory");
	return body;
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text != NULL ? text : "";
}

/* The practice service answers in the order of the request: one look says whose answer it is. */
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
		die("an answer of another device, or none");
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
		die("answers are missing");
}

static void
update_rows(struct floor *f)
{
	long now = time(NULL);

	turn_to(f, UPDATE);
	run_sql(f, "BEGIN");
	for (size_t i = 0; i < f->rows.count; i++) {
		sqlite3_bind_int(f->update, 1, f->verdict[i].code);
		sqlite3_bind_text(f->update, 2, f->verdict[i].name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(f->update, 3, now);
		sqlite3_bind_int64(f->update, 4, f->batches * BATCH + (long)i + 1);
		step(f, f->update);
	}
	run_sql(f, "COMMIT");
}

static void
send_rows(struct floor *f)
{
	struct wire *w = &f->wire;
	enum part before = turn_to(f, JSON_OUT);
	char *body = request_of(&f->rows), url[PATH_SIZE];
	cJSON *accepted, *answer;

	w->bytes_out += (double)strlen(body);
	curl_easy_setopt(w->post, CURLOPT_POSTFIELDS, body);
	accepted = ask(f, w->post, true);
	snprintf(url, sizeof(url), "%s/?BatchID=%s", w->url, text_of(accepted, "BatchId"));
	curl_easy_setopt(w->get, CURLOPT_URL, url);
	answer = ask(f, w->get, f->batches == 0);
	read_devices(f, answer);
	update_rows(f);
	turn_to(f, JSON_IN);
	cJSON_Delete(answer);
	cJSON_Delete(accepted);
	turn_to(f, JSON_OUT);
	free(body);
	turn_to(f, before);
}

static void
write_file(const char *path, const char *temporary, const char *data, size_t len)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || fsync(fd) != 0 || close(fd) != 0 ||
	    rename(temporary, path) != 0 ||
	    EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		die(path);
}

static void
write_packs(struct floor *f, const char *work, double bytes, long files)
{
	size_t len = (size_t)(bytes / (double)files);
	char *data = malloc(len), path[PATH_SIZE], temporary[PATH_SIZE];

	turn_to(f, PACKS);
	if (data == NULL)
		die("out of memory");
	memset(data, 'p', len);
	for (long i = 0; i < files; i++) {
		snprintf(path, sizeof(path), "%s/pack%ld", work, i);
		snprintf(temporary, sizeof(temporary), "%s/pack%ld.tmp", work, i);
		write_file(path, temporary, data, len);
	}
	free(data);
}

static void
print_figures(const struct floor *f)
{
	struct rusage used;

	for (int p = 0; p < PART_COUNT; p++)
		printf("%s %.6f\n", part_name[p], f->spent[p]);
	printf("handshake_count %ld\nbytes_out %.0f\nbytes_in %.0f\n", f->wire.connections,
	       f->wire.bytes_out, f->wire.bytes_in);
	for (int i = 0; i < CODE_MAX; i++)
		if (f->outcome[i] > 0)
			printf("outcome_%d %ld\n", i, f->outcome[i]);
	getrusage(RUSAGE_SELF, &used);
	printf("peak_kib %ld\n", used.ru_maxrss);
}

static void
close_all(struct floor *f)
{
	turn_to(f, UPDATE); /* what is left of the log goes into the database */
	sqlite3_finalize(f->insert);
	sqlite3_finalize(f->update);
	if (sqlite3_close(f->db) != SQLITE_OK)
		die("the database does not close");
	turn_to(f, TLS);
	curl_easy_cleanup(f->wire.post);
	curl_easy_cleanup(f->wire.get);
	curl_slist_free_all(f->wire.headers);
	free(f->wire.answer);
}

int
main(int argc, char **argv)
{
	struct floor *f = calloc(1, sizeof(*f));

	if (f == NULL || (argc != 5 && argc != 7)) {
		fprintf(stderr, "usage: floor LIST URL DIR WORK [BYTES FILES]\n");
		return 2;
	}
	turn_to(f, INSERT);
	open_ledger(f, argv[4]);
	run_sql(f, "BEGIN");
	read_list(f, argv[1], CSV, insert_rows);
	turn_to(f, INSERT);
	run_sql(f, "COMMIT");
	turn_to(f, HANDSHAKES);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die("cannot start libcurl");
	open_wire(f, argv[2], argv[3]);
	read_list(f, argv[1], AGAIN, send_rows);
	close_all(f);
	if (argc == 7)
		write_packs(f, argv[4], strtod(argv[5], NULL), strtol(argv[6], NULL, 10));
	turn_to(f, AGAIN);
	print_figures(f);
	free(f);
	return 0;
}
