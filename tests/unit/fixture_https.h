/*
 * A fixture for tests of http.h: a server that speaks TLS, and requests to it, which a proxy may relay. A
 * check that fails ends the test.
 */
#ifndef TESTS_UNIT_FIXTURE_HTTPS_H
#define TESTS_UNIT_FIXTURE_HTTPS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/http.h"

#define FIXTURE_PATIENCE_S 30

enum second { /* what the server does with the second request of a connection */
	      ANSWERS,
	      CLOSES_BEFORE, /* right after the first answer */
	      CLOSES_DURING, /* in the middle of the body */
	      CLOSES_AFTER,  /* without an answer to the body */
	      GOES_AWAY      /* the same, and takes no more connections */
};

/* Shared with the server. */
struct seen {
	volatile int connections, requests, bodies, closed, relayed;
	volatile char client[32]; /* common name of the last client certificate */
};

struct server {
	int port, listener;
	pid_t pid;
	enum second second;
	int tls;
	struct seen *seen;
};

/* Setup of a group of tests: fixture_dir with server.pem and the clients' one.pem and two.pem. */
int fixture_make_certificate(void **state);
/* Starts it as s->second and s->tls (a version of OpenSSL) say, and fills the rest of s. */
void fixture_start_server(struct server *s);
void fixture_stop_server(const struct server *s);
enum http_end fixture_post(struct http_client *c, const char *url);
/* The same; calls started() before the request is driven. */
enum http_end fixture_post_and(struct http_client *c, const char *url, void (*started)(void));
/* The same with this answer to the question whether it may leave. */
enum http_end fixture_post_if(struct http_client *c, const char *url, bool (*may_leave)(void *ctx));
enum http_end fixture_delete(struct http_client *c, const char *url);
/* Two POSTs of one client. Fails unless the second one ends as expected and the server has read that
 * many whole bodies. Returns how many connections it got. */
int
fixture_two_posts(enum second second, int tls, bool proxied, enum http_end expected, int bodies);

#endif
