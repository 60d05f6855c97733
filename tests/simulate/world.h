/*
 * A simulated world: one ledger, one service, an operator, and a clock that jumps. It lies in memory that
 * the simulator shares with its children; a child plays commands of the program and may die at any
 * crash point. One seed decides everything. Times are virtual milliseconds: `wall` may be set back,
 * `tick` never goes back.
 */
#ifndef TESTS_SIMULATE_WORLD_H
#define TESTS_SIMULATE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WORLD_DEVICES 40
#define WORLD_CUSTOMERS 4
#define WORLD_LISTS 400
#define LIST_ROWS 16
#define SENDS_MAX 6000
#define BATCH_ROOM 16
#define NAME_SIZE 40
#define GOODS 64
#define WORKERS_MAX 3

enum state { /* of a device at the service */
	     STATE_OURS,
	     STATE_NOT_REGISTERED,
	     STATE_OTHERS,
	     STATE_NOT_FOUND,
	     STATE_NOT_UNIQUE,
	     STATE_REFUSED,
	     STATE_ALARM,
	     STATE_COUNT
};

/* Of a device, with Partner Center. */
struct registration {
	int customer, batch;
	int number; /* grows with each registration of the device; 0: it had none */
	bool exists;
	int64_t listed_from, listed_until; /* ticks; a deleted one is listed for a while */
	int intended,
		intended_in; /* the number that the ledger says is to be deleted, and since which command */
};

/* One POST or DELETE that reached the service. */
struct send {
	char run[NAME_SIZE]; /* as its reference says */
	char id[NAME_SIZE];  /* BatchId; "": refused */
	int command;         /* in which it arrived */
	int count;
	int device[BATCH_ROOM];
	enum state verdict[BATCH_ROOM];
	bool contradicts; /* its answers are unreadable for ever */
	bool accepted;    /* the service took it */
	bool told;        /* the answer with the BatchId was delivered */
	bool polled;      /* the program has asked for its result: it knows the BatchId */
	int polled_in;    /* the command that polled it last */
	int gone_in;      /* the command that got a 404 for it last */
	int good_in;      /* the command that got a good verdict from it last */
	unsigned
		last_clean; /* devices with a verdict in the answer that was delivered last, as bits */
	bool over;          /* its end was delivered */
	bool canary;        /* it left before a canary was answered */
	bool poll_intact; /* its last poll had an answer that can be read */
	bool answered;    /* an answer with its verdicts that can be read was delivered */
	bool poll_failed; /* and no such answer was delivered */
	bool poll_resend; /* a command with --resend polled it last */
	bool forgotten;   /* the service answers 404 */
	bool unreadable;  /* the answer of a 200 could not be read */
	bool refused;     /* as a whole, with 400 */
	bool sure;        /* told, and its command ended in good order */
	bool cleared;     /* a person has cleared its alarm */
	bool alarm_shown; /* 806 stood in an answer that could not be read, or contradicted itself */
	bool alarm_said; /* the answer that is on its way speaks of an alarm, outside of a clear verdict */
	bool lost_for_good; /* the service never knows it again */
	unsigned odd;       /* devices whose entry in some answer could not be used, as bits */
	int64_t wall, tick;
	int64_t ready;  /* tick */
	unsigned clean; /* devices whose verdict was delivered, as bits */
	/* a DELETE: */
	bool gone;            /* the registration was gone already */
	int customer, number; /* of the registration */
	uint64_t request_id;
	int whole_in; /* the command to which all verdicts were delivered last, in one answer */
};

struct list {
	char run[NAME_SIZE];          /* "": not known yet */
	int64_t first_seen;           /* wall */
	bool forgotten;               /* every row of it is gone */
	bool half_erased;             /* its packs may be gone, and the rows are not */
	bool plan, was_plan;          /* now; at any time */
	bool open;                    /* the ledger says that it is not finished */
	bool was_open;                /* before the last command */
	bool alarm;                   /* of it holds the ledger */
	int64_t finished;             /* seconds; 0: not yet */
	signed char now[LIST_ROWS];   /* the outcome that the ledger has shown last, plus 1 */
	bool gone[LIST_ROWS];         /* erased by keep-days, or its customer was forgotten */
	signed char final[LIST_ROWS]; /* the final outcome that the ledger has shown, plus 1 */
	int64_t given_ms;             /* when the operator wrote it; tick */
	int count;
	int device[LIST_ROWS];
	int customer[LIST_ROWS];
	bool bad[LIST_ROWS]; /* the row is to be rejected */
	bool opened;         /* with --again, so that holds are waived */
	bool moved;          /* with --moved */
	int group;           /* world->group when a command for this list began last */
	int64_t until_ms;    /* when that command ended; wall */
	int bytes_of;        /* the list whose bytes it has: itself, or an earlier one */
	int copies;          /* rows after the others that say the same as one of them */
	signed char copy_of[LIST_ROWS];
	bool stopped;             /* --max-devices was given for it */
	bool guarded;             /* a guard stopped its run as a whole */
	bool letter;              /* for a letter, and never sent */
	bool waits[LIST_ROWS];    /* for its customer, as the ledger says */
	bool earlier[LIST_ROWS];  /* held, because another run deregistered the device */
	bool given_up[LIST_ROWS]; /* unknown, and a guard holds it, so that no command asks again */
	bool elsewhere
		[LIST_ROWS];   /* another run had deregistered the device; it may be erased since */
	bool tried[LIST_ROWS]; /* a POST with it has started */
	bool leaving[LIST_ROWS];       /* in the command that is played */
	bool in_doubt[LIST_ROWS];      /* that command could not record what became of it */
	int64_t sent_under[LIST_ROWS]; /* the row of the letter that counted then; 0: none */
	int64_t decided_ms[LIST_ROWS]; /* when the ledger learned the outcome; 0: not yet */
};

/* The weather of one command: chances in percent, and what the service does. */
struct weather {
	int refuse_connection, lose_request, lose_answer, busy, fail, refuse_batch, garble, grow,
		forget;
	int deny, signal;
	int odd;            /* answers that a service should not give (odd.c) */
	bool alarm;         /* every device 806 */
	int64_t answers_ms; /* until a batch is decided */
};

enum letter { LETTER_NONE, LETTER_OFF, LETTER_WARN, LETTER_REQUIRE };

/* Options of a command, until it is judged. */
struct given {
	bool resend, again, moved, not_ready;
	uint64_t skipped; /* devices of its skip list, as bits */
	int64_t ends_ms;  /* tick: by --max-duration; 0: never */
	int max_devices;  /* 0: no limit */
	bool repeats;     /* its list was sent before, and without --again it is refused */
};

/* A command that sends. */
enum task { TASK_OTHER, TASK_RUN, TASK_APPLY, TASK_RESUME };

/* What the operator configured for this world. */
struct settings {
	enum letter letter; /* LETTER_NONE: and nobody writes letters */
	int letter_wait;    /* days */
	int canary, batch_size, parallel, retries, max_unanswered, hold_days, keep_days,
		max_fail_percent;
	int64_t resend_within_s, poll_deadline_s, trust_s, lease_s;
};

struct world {
	uint64_t service_rng; /* random numbers of the service */
	int64_t wall_ms, tick_ms;
	enum state device[WORLD_DEVICES];
	int owner[WORLD_DEVICES];
	struct registration registration[WORLD_DEVICES];
	struct weather weather;
	struct settings set;
	struct list list[WORLD_LISTS];
	int lists;
	struct send sends[SENDS_MAX];
	int send_count;
	int customers;   /* who give devices */
	bool by_partner; /* the route is Partner Center */
	bool wide;       /* with lists, options and answers that older worlds do not have */
	bool full_packs; /* with the pages that people read */
	bool in_memory;  /* the ledger; and nothing confines the program */
	bool on_server;  /* the ledger; and nothing confines the program */
	bool machines; /* on a server: workers have clocks and disks of their own, and runs are erased */
	bool has_ledger;             /* init has ended well once */
	int commands;                /* played so far */
	int64_t good_wall_ms[GOODS]; /* when good verdicts were delivered last; 0: never */
	unsigned goods;
	int64_t deregistered[WORLD_DEVICES]; /* wall, as the ledger said last; 0: never */
	int deregistered_by[WORLD_DEVICES];  /* its list */
	bool alarm_stands;     /* a command ended in good order after it got an alarm */
	bool erased;           /* rows have gone since the receipts were judged */
	uint64_t ever_skipped; /* devices that stood on a skip list, as bits */
	uint64_t skip_list;    /* for the next command */
	/* the command that met each of these last */
	int denied_in;  /* 401 or 403 */
	int stopped_in; /* SIGTERM */
	int refused_in; /* a request without an answer, throttling, or a 5xx */
	int alarmed_in; /* an alarm */
	/* workers (turns.h): others that live beside the command, and the first command of them all */
	int others, group;
	int64_t group_begin_ms; /* wall */
	bool group_removes_old; /* one of them removes what keep-days does not keep */
	pid_t finisher;         /* the worker that writes the packs of a run; 0: none */
	int ready_group;        /* of the last "resume --not-ready"; 0: none */
	int64_t ready_until_ms; /* when the last worker of that group ended; wall */
	struct {
		int command;
		int64_t wake; /* tick of its next turn */
		bool lapsed;  /* it was stopped for so long that its leases may have ended */
	} worker[WORKERS_MAX];
	/* ---- from here to turn_end: of the command whose turn it is ---- */
	uint64_t program_rng; /* random numbers of the program */
	int command;          /* its number */
	enum task task;
	char named[NAME_SIZE]; /* the run that it names; "": none */
	struct given given;
	int64_t begin_ms;     /* when it began; wall */
	int64_t clock_off_ms; /* of its machine; the ledger's server has the right time */
	bool trusted;         /* at its begin a good verdict was young enough */
	int current_list;     /* that the command runs or plans; -1: none */
	uint64_t
		canary_out; /* devices of this run that left in this command before a good verdict, as bits */
	char canary_run[NAME_SIZE];
	bool listed_since; /* Partner Center: a listing has lacked a registration that this command had deleted */
	int64_t alarm_tick; /* when an alarm was delivered to this command; 0: not */
	bool resend, again, moved, not_ready, sends_nothing; /* options of the command */
	bool may_refuse;                                     /* it may end with 2 */
	bool removes_old; /* at its end it removes what keep-days does not keep */
	int64_t rival_in; /* waits for the service until somebody starts a second command; negative: never */
	/* the crash plan */
	int64_t crash_in;      /* crash points until the crash; negative: none */
	int64_t points, waits; /* passed by this command */
	bool crashed;
	/* the disk: writes that still fit (negative: it has room), and then writes that do not */
	int64_t full_in, full_for;
	bool ledger_fits;            /* the ledger lies on another disk */
	bool disk_full, ledger_full; /* something did not fit in this command; into the ledger */
	int64_t wake_tick;           /* when its next turn is due */
	int64_t freeze_in;           /* turns until it is stopped for freeze_ms; negative: never */
	int64_t freeze_ms;
	bool freeze_at_request; /* counts requests that are about to leave, instead of turns */
	bool freeze_after_loss; /* and only after the answer to one was lost */
	bool answer_lost;
	bool lapsed; /* it was stopped for so long that its leases may have ended */
	bool turn_end;
	/* ---- the judgement ---- */
	bool failed;
	char why[400];
	int said_to;        /* file descriptor of the history; -1: none */
	int64_t faults[25]; /* by enum fault */
};

enum fault {
	FAULT_CONNECTION,
	FAULT_REQUEST,
	FAULT_ANSWER,
	FAULT_BUSY,
	FAULT_5XX,
	FAULT_REFUSED,
	FAULT_GARBLED,
	FAULT_GROWING,
	FAULT_FORGOTTEN,
	FAULT_DENIED,
	FAULT_SIGNAL,
	FAULT_ALARM,
	FAULT_CRASH,
	FAULT_CLOCK,
	FAULT_SECTORS,
	FAULT_FILES,
	FAULT_RECEIPT,
	FAULT_FULL,
	FAULT_RIVAL,
	FAULT_WORKER,
	FAULT_FREEZE,
	FAULT_ODD,
	FAULT_COUNT
};

extern struct world *world;

/* ---- world.c ---- */
uint64_t random_next(uint64_t *state);
/* A number from 0 to below. */
int random_below(uint64_t *state, int below);
bool random_chance(uint64_t *state, int percent);
/* Draws from the service's stream whether the fault happens, and counts it. */
bool world_happens(int percent, enum fault fault);
uint64_t random_mix(uint64_t seed, uint64_t a, uint64_t b);
/* Adds a line to the history: virtual time, who, what. */
void history(const char *who, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Records the first broken promise. In a child the caller goes on; the simulator ends the world. */
void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The child dies here, if the plan says so. */
void crash_point(const char *where);
/* This write does not fit on the disk, if the plan says so. */
bool disk_is_full(const char *what);
void use_virtual_time(void);
/* Until this tick. */
void time_passes(int64_t tick);
/* The command is played at this moment, and its leases have not ended. */
bool is_at_work(int command);
const char *customer_name(int customer);
int customer_of(const char *name); /* -1: none */
void device_name(int device, char dst[static 16]);
int device_of(const char *serial); /* -1: none */

struct reply {
	long status;
	const char *type;
	char *body; /* owned by the caller */
	long retry_after;
};
/* An answer in JSON. */
struct reply reply_with(long status, const char *body);

/* ---- service.c ---- */
/* A POST with this body arrived; *ret_send is its number, or -1 if nothing was accepted. */
struct reply service_submit(const char *body, size_t len, int *ret_send);
struct reply service_poll(const char *url, int *ret_send, unsigned *ret_clean);
/* Whatever became of the request, the program knows it now. */
void service_over(int send);
/* An answer to it of any status is about to be read. */
void service_read(int send);
/* Its answer reached the program: what it says is known now. */
void service_delivered(int send, bool poll, unsigned clean);
/* A poll leaves; it may be lost on its way. */
void service_asked(const char *url);
/* The answer that it does not know a BatchId reached the program. */
void service_denied(int send);

/* ---- vfs.c, files.c ---- */
void vfs_register(void);
/* In a child, so that its random numbers are those of a new process. */
void vfs_start(void);
/* Loses a part of everything that was written and not synced. */
void vfs_lose_unsynced(uint64_t *rng);
void vfs_forget(void);
/* A connection that is kept open begins to use the ledger in memory. */
void vfs_follow_store(void);
void files_lose_unsynced(uint64_t *rng);
void files_forget(void);
void *shared_memory(size_t size);

/* ---- rules.c ---- */
/* Judges a POST when it arrives, by the history alone. */
void judge_sent(struct send *s);
/* A guard must hold the device in the run of the list: another run deregistered it, or listed it for another customer. */
bool is_held_back(const struct list *l, int device);
bool is_listed_elsewhere(const struct list *l, int row);
/* Devices of the list leave without their customers' answers: "resume --not-ready" leaves its batches to the workers
 * beside it, and when it has died, until its leases end. */
bool is_let_go(const struct list *l);
void ready_begin(void); /* of a command, when its options are known */
void ready_end(void);
/* Another run deregistered the device, or listed it for another customer. */
bool may_be_held(const struct list *l, int row);
/* A good verdict is younger than canary-trust. */
bool is_canary_trusted(void);

/* A good verdict came at this time; wall. */
void note_good_verdict(int64_t ms);

/* ---- judge.c ---- */
#define OUTCOMES 12
#define SLACK_MS 10000  /* between the program's note of a time and what follows from it */
#define GOOD_OUTCOMES 2 /* the first ones */
#define OUTCOME_PENDING 7
#define OUTCOME_UNKNOWN 8
#define OUTCOME_NOT_SENT 9
#define OUTCOME_HELD 10
#define OUTCOME_ASKED \
	6 /* those before it are what the service said of a device, without an alarm */
extern const char *const outcome_words[OUTCOMES]; /* in the order of their numbers in the ledger */
/* Compares the image of the ledger and the packs with the history. quiet: everything had time to settle. code: how the
 * command ended; -1: it crashed. */
void judge_ledger(bool quiet, int code);
/* The run that `where` (SQL over run r, a literal) names first; false: none. */
bool judge_find_run(const char *where, char dst[static NAME_SIZE]);

/* ---- ends.c ---- */
/* Notes in the world what the command is. Call when it begins. */
void ends_begin(const char *line);
/* Compares the exit code of the command with the ledger, as judge_ledger() has noted it. */
void judge_end_code(int code);

/* ---- packs.c ---- */
/* Compares the packs of finished runs with the outcomes that judge_ledger() has noted. */
void judge_packs(void);
/* Call at the begin of a world. */
void packs_forget(void);

#endif
