/*
 * The floor: what the libraries alone take for the work of a run, in one thread. The list through
 * libcsv, its rows into SQLite, then every thousand of them as a JSON request over a TLS connection
 * of its own, the answer parsed, the rows updated.
 *
 * Nothing is validated, recovered or repeated, and nothing is shared with the program. Any failure
 * ends it (floor_die). One library is used in one file: floor.c reads the list and writes what packs
 * weigh, floor_ledger.c keeps rows, floor_wire.c sends them.
 */
#ifndef TESTS_BENCH_FLOOR_H
#define TESTS_BENCH_FLOOR_H

#include <stddef.h>

#define BATCH 1000
#define ROW_TEXT 512
#define CODE_MAX 1000 /* error codes of the service are below */
#define PATH_SIZE 4096

/* Of a list of samples/make-fleet.sh. */
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

/* A thousand rows at most; fields point into text. */
struct rows {
	const char *field[BATCH][COLUMN_COUNT];
	char text[BATCH * ROW_TEXT];
	size_t used, column, count;
	long line;
};

struct verdict {
	int code;         /* the service's, 0: done */
	const char *name; /* lives as long as the answer */
};

struct floor_ledger;
struct floor_wire;

struct floor {
	struct rows rows;
	struct verdict verdict[BATCH];
	struct floor_ledger *ledger;
	struct floor_wire *wire;
	double spent[PART_COUNT], since; /* processor seconds */
	enum part part;
	void (*take)(struct floor *f); /* a full batch of rows */
	long batches, outcome[CODE_MAX];
	long handshakes;
	double bytes_out, bytes_in;
};

void floor_die(const char *what) __attribute__((noreturn));

/* What follows is the work of that part. Returns the part before it. */
enum part floor_turn_to(struct floor *f, enum part part);

/* The rows of the list go in as one transaction, their verdicts as one a batch. */
void floor_ledger_open(struct floor *f, const char *work);
void floor_ledger_insert(struct floor *f);
void floor_ledger_commit(struct floor *f);
void floor_ledger_update(struct floor *f);
void floor_ledger_close(struct floor *f);

/* dir: client.pem, client.key, ca.pem. floor_wire_send asks for a batch and its result, and has the
 * ledger updated with it. */
void floor_wire_open(struct floor *f, const char *url, const char *dir);
void floor_wire_send(struct floor *f);
void floor_wire_close(struct floor *f);

#endif
