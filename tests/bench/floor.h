/*
 * The floor is the cost of the bare libraries for the work of a run, in one thread: read the list
 * with libcsv, insert its rows into SQLite, send every thousand rows as JSON over a TLS
 * connection of their own, parse the answer, update the rows.
 *
 * It validates, recovers and repeats nothing, and shares no code with the program. Any failure
 * ends it (floor_die). Each file uses its own libraries: floor.c reads the list and writes files
 * instead of packs, floor_ledger.c stores rows, floor_wire.c sends them.
 */
#ifndef TESTS_BENCH_FLOOR_H
#define TESTS_BENCH_FLOOR_H

#include <stddef.h>

#define BATCH 1000
#define ROW_TEXT 512
#define CODE_MAX 1000 /* the error codes of the service are smaller */
#define PATH_SIZE 4096

/* The columns of a list from samples/make-fleet.sh. */
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

/* AGAIN is the second reading of the list, for the requests, so that only a thousand rows are in
 * memory. It does not count, because a program could keep the rows. */
enum part { CSV, INSERT, JSON_OUT, HANDSHAKES, TLS, JSON_IN, UPDATE, PACKS, AGAIN, PART_COUNT };

/* At most a thousand rows. Fields point into text. */
struct rows {
	const char *field[BATCH][COLUMN_COUNT];
	char text[BATCH * ROW_TEXT];
	size_t used, column, count;
	long line;
};

struct verdict {
	int code;         /* error code of the service; 0: done */
	const char *name; /* valid as long as the answer */
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
	void (*take)(struct floor *f); /* called for each batch of rows */
	long batches, outcome[CODE_MAX];
	long handshakes;
	double bytes_out, bytes_in;
};

void floor_die(const char *what) __attribute__((noreturn));

/* Counts the time from now on for this part. Returns the part that it was counted for before. */
enum part floor_turn_to(struct floor *f, enum part part);

/* Inserts the whole list in one transaction, and updates each batch in one. */
void floor_ledger_open(struct floor *f, const char *work);
void floor_ledger_insert(struct floor *f);
void floor_ledger_commit(struct floor *f);
void floor_ledger_update(struct floor *f);
void floor_ledger_close(struct floor *f);

/* dir has client.pem, client.key and ca.pem. floor_wire_send submits a batch, polls its result and
 * updates the ledger. */
void floor_wire_open(struct floor *f, const char *url, const char *dir);
void floor_wire_send(struct floor *f);
void floor_wire_close(struct floor *f);

#endif
