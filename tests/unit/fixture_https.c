/* See fixture_https.h. */
#include "tests/unit/fixture_https.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "tests/unit/fixture_dir.h"

#define BODY 100000 /* more than one TLS record */

/* The child ends with its parent, also when a check of the test fails. */
static pid_t
fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static int
open_listener(int *ret_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 10), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

/* Reads the head, then `body` bytes. false: the connection ended. */
static bool
read_request(SSL *ssl, size_t body)
{
	char head[2048], rest[4096];
	size_t len = 0, more;
	int n;

	do {
		n = SSL_read(ssl, head + len, 1);
		len += n == 1;
		if (n != 1 || len + 1 == sizeof(head))
			return false;
		head[len] = '\0';
	} while (strstr(head, "\r\n\r\n") == NULL);
	if (strncmp(head, "POST ", 5) != 0)
		body = 0;
	while (body > 0) {
		more = body < sizeof(rest) ? body : sizeof(rest);
		n = SSL_read(ssl, rest, (int)more);
		if (n <= 0)
			return false;
		body -= (size_t)n;
	}
	return true;
}

static void
serve(const struct server *s, SSL *ssl)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

	for (int i = 1;; i++) {
		bool last = i == 2 && s->second != ANSWERS;
		if (last && s->second == CLOSES_BEFORE)
			return;
		if (!read_request(ssl, last && s->second == CLOSES_DURING ? BODY / 2 : BODY))
			return;
		s->seen->requests++;
		s->seen->bodies += !last || s->second != CLOSES_DURING;
		if (last)
			return;
		SSL_write(ssl, answer, sizeof(answer) - 1);
	}
}

static int
accept_any(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 1;
}

static void
note_client(const struct server *s, const SSL *ssl)
{
	X509 *cert = SSL_get1_peer_certificate(ssl);
	char name[sizeof(s->seen->client)] = "none";

	if (cert != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name,
		                          sizeof(name));
	memcpy((void *)(uintptr_t)s->seen->client, name, sizeof(name));
	X509_free(cert);
}

static void
run_server(const struct server *s)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char *pem = file_join(fixture_dir, "server.pem");

	SSL_CTX_set_min_proto_version(ctx, s->tls);
	SSL_CTX_set_max_proto_version(ctx, s->tls);
	SSL_CTX_use_certificate_file(ctx, pem, SSL_FILETYPE_PEM);
	SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4);
	for (;;) {
		int fd = accept(s->listener, NULL, NULL);
		SSL *ssl = SSL_new(ctx);

		SSL_set_fd(ssl, fd);
		s->seen->connections++;
		if (SSL_accept(ssl) == 1) {
			note_client(s, ssl);
			serve(s, ssl);
		}
		if (s->second == GOES_AWAY)
			close(s->listener);
		SSL_free(ssl);
		close(fd);
		s->seen->closed++;
		if (s->second == GOES_AWAY)
			_exit(0);
	}
}

static void
relay(int a, int b)
{
	struct pollfd p[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
	char data[16384];

	while (poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			ssize_t n = p[i].revents != 0 ? read(p[i].fd, data, sizeof(data)) : 1;
			if (n <= 0)
				return;
			if (p[i].revents != 0 && write(p[1 - i].fd, data, (size_t)n) != n)
				return;
		}
}

/* One child a connection. */
static void
run_proxy(int listener, const struct server *s)
{
	static const char ok[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                         .sin_port = htons((uint16_t)s->port)};

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL), up;
		char head[2048] = "";
		size_t len = 0;

		if (fork_child() != 0) {
			close(fd);
			continue;
		}
		while (strstr(head, "\r\n\r\n") == NULL && read(fd, head + len, 1) == 1)
			len++;
		up = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(up, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		    write(fd, ok, sizeof(ok) - 1) > 0)
			relay(fd, up);
		close(fd);
		s->seen->relayed++;
		_exit(0);
	}
}

struct ended {
	enum http_end end;
	bool done;
};

static void
on_done(void *ctx, const struct http_answer *answer)
{
	struct ended *e = ctx;

	e->done = true;
	e->end = answer->end;
}

static enum http_end
end_of_request(struct http_client *c, struct http_request request, void (*started)(void))
{
	struct ended ended = {.done = false};
	struct error err;

	request.done = on_done;
	request.ctx = &ended;
	assert_int_equal(http_start(c, &request, &err), 0);
	if (started != NULL)
		started();
	while (!ended.done)
		assert_int_equal(http_wait(c, 1000, &err), 0);
	return ended.end;
}

enum http_end
fixture_post_and(struct http_client *c, const char *url, void (*started)(void))
{
	static char body[BODY];

	memset(body, 'x', sizeof(body));
	return end_of_request(
		c,
		(struct http_request){
			.method = HTTP_POST, .url = url, .body = body, .body_len = BODY},
		started);
}

enum http_end
fixture_post_if(struct http_client *c, const char *url, bool (*may_leave)(void *ctx))
{
	static char body[BODY];

	return end_of_request(c,
	                      (struct http_request){.method = HTTP_POST,
	                                            .url = url,
	                                            .body = body,
	                                            .body_len = BODY,
	                                            .may_leave = may_leave},
	                      NULL);
}

enum http_end
fixture_delete(struct http_client *c, const char *url)
{
	return end_of_request(c, (struct http_request){.method = HTTP_DELETE, .url = url}, NULL);
}

enum http_end
fixture_post(struct http_client *c, const char *url)
{
	return fixture_post_and(c, url, NULL);
}

static void
wait_until_closed(const struct server *s, bool proxied)
{
	alarm(FIXTURE_PATIENCE_S);
	while (s->seen->closed == 0 || (proxied && s->seen->relayed == 0))
		sched_yield();
	alarm(0);
}

void
fixture_start_server(struct server *s)
{
	s->listener = open_listener(&s->port);
	s->seen = mmap(NULL, sizeof(*s->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	               -1, 0);
	s->pid = fork_child();
	if (s->pid == 0)
		run_server(s);
	close(s->listener);
}

void
fixture_stop_server(const struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->seen, sizeof(*s->seen));
}

int
fixture_two_posts(enum second second, int tls, bool proxied, enum http_end expected, int bodies)
{
	struct server s = {.second = second, .tls = tls};
	char *ca = file_join(fixture_dir, "server.pem"), *url, *proxy = NULL;
	struct http_settings set = {
		.ca_file = ca, .connect_timeout_ms = 10000, .timeout_ms = 20000, .parallel = 1};
	int proxy_port, proxy_listener = open_listener(&proxy_port);
	pid_t proxy_pid = 0;
	struct http_client *c;
	enum http_end end;
	struct error err;
	int connections;

	fixture_start_server(&s);
	if (proxied && (proxy_pid = fork_child()) == 0)
		run_proxy(proxy_listener, &s);
	close(proxy_listener);
	if (proxied)
		set.proxy = proxy = xasprintf("http://127.0.0.1:%d", proxy_port);
	url = xasprintf("https://127.0.0.1:%d/post", s.port);
	c = http_client_new(&set, &err);
	assert_non_null(c);
	assert_int_equal(fixture_post(c, url), HTTP_REPLIED);
	if (second == CLOSES_BEFORE)
		wait_until_closed(&s, proxied);
	end = fixture_post(c, url);
	if (end != expected || s.seen->bodies != bodies)
		fail_msg("case %d, TLS %x, proxy %d: end %d, %d bodies", (int)second, (unsigned)tls,
		         (int)proxied, (int)end, s.seen->bodies);
	connections = s.seen->connections;
	http_client_free(c);
	fixture_stop_server(&s);
	if (proxied) {
		kill(proxy_pid, SIGKILL);
		waitpid(proxy_pid, NULL, 0);
	}
	free(ca);
	free(url);
	free(proxy);
	return connections;
}

int
fixture_make_certificate(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return fixture_make_dir(
		"openssl req -x509 -newkey ec -pkeyopt"
		" ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2"
		" -addext subjectAltName=IP:127.0.0.1 -keyout key.pem"
		" -out cert.pem; cat cert.pem key.pem > server.pem\n"
		"for n in one two; do openssl req -x509 -newkey ec -pkeyopt"
		" ec_paramgen_curve:P-256 -nodes -subj /CN=$n -days 2"
		" -keyout $n.key -out $n.cert; cat $n.cert $n.key > $n.pem; done\n");
}
