/* Breaks connections, with one function for each way, and replaces answers. */
#include "samples/sandbox/fault.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples/sandbox/graph_service.h"
#include "samples/sandbox/partner_answer.h"
#include "samples/sandbox/tls.h"

#define DRIP_MS 100
#define DRIP_MORE 1000000 /* bytes that are announced and take a day to come */
#define PIECE 16384       /* one TLS record */

/* Waits for one of the events on the socket (0: for none), at most ms (-1: without end). False: the
 * peer has closed the connection or the service stops. */
static bool
wait_on(const struct fault_wire *w, short events, int ms)
{
	struct pollfd fds[] = {{.fd = w->fd, .events = (short)(events | POLLRDHUP)},
	                       {.fd = w->stop_fd, .events = POLLIN}};

	return poll(fds, ARRAY_SIZE(fds), ms) >= 0 && fds[1].revents == 0 &&
	       (fds[0].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) == 0;
}

void
fault_pause(int stop_fd, long ms)
{
	struct pollfd stop = {.fd = stop_fd, .events = POLLIN};

	(void)poll(&stop, 1, (int)ms);
}

static bool
send_all(const struct fault_wire *w, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = tls_send(w->session, data, len < PIECE ? len : PIECE);
		if (n < 0 || (n == 0 && !wait_on(w, POLLOUT, -1)))
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
send_text(const struct fault_wire *w, const char *text)
{
	return send_all(w, text, strlen(text));
}

/* Sends the head of an answer. framing is the header line that says how the body ends. */
static bool
send_head(const struct fault_wire *w, const struct fault_answer *answer, const char *framing)
{
	struct buf head;
	bool sent;

	buf_init(&head, PIECE);
	buf_printf(&head, "HTTP/1.1 %u Practice\r\nContent-Type: %s\r\n%s\r\n\r\n", answer->status,
	           answer->type, framing);
	sent = send_all(w, head.data, head.len);
	buf_release(&head);
	return sent;
}

static bool
send_length_head(const struct fault_wire *w, const struct fault_answer *answer, size_t length)
{
	struct buf framing;
	bool sent;

	buf_init(&framing, 64);
	buf_printf(&framing, "Content-Length: %zu", length);
	sent = send_head(w, answer, framing.data);
	buf_release(&framing);
	return sent;
}

/*
 * Resets the connection at once, before libmicrohttpd can end it in good order. libmicrohttpd keeps
 * the descriptor, so a fresh socket takes its place.
 */
static void
reset(const struct fault_wire *w)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (other >= 0) {
		dup3(other, w->fd, O_CLOEXEC);
		close(other);
	}
}

static void
play_reset(const struct fault_wire *w, const struct fault_answer *answer)
{
	(void)answer;
	reset(w);
}

/* Sends nothing: the caller drops the connection. */
static void
play_empty(const struct fault_wire *w, const struct fault_answer *answer)
{
	(void)w;
	(void)answer;
}

static void
play_hang(const struct fault_wire *w, const struct fault_answer *answer)
{
	(void)answer;
	(void)wait_on(w, 0, -1);
}

static void
play_drip(const struct fault_wire *w, const struct fault_answer *answer)
{
	const struct buf *body = &answer->body;
	size_t at = 0;
	bool goes_on = send_length_head(w, answer, body->len + DRIP_MORE);

	/* Blanks after the answer leave the JSON complete. Only the length says that more will come. */
	while (goes_on && wait_on(w, 0, DRIP_MS)) {
		goes_on = send_all(w, at < body->len ? body->data + at : " ", 1);
		at++;
	}
}

static bool
send_half(const struct fault_wire *w, const struct fault_answer *answer)
{
	return send_length_head(w, answer, answer->body.len) &&
	       send_all(w, answer->body.data, answer->body.len / 2);
}

static void
play_cut(const struct fault_wire *w, const struct fault_answer *answer)
{
	(void)send_half(w, answer);
}

/* Waits until the peer has the bytes, because a reset discards those that are still queued. */
static void
let_arrive(const struct fault_wire *w)
{
	int on = 1, left = 0;

	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (ioctl(w->fd, SIOCOUTQ, &left) == 0 && left > 0 && wait_on(w, 0, 1))
		continue;
}

static void
play_cut_reset(const struct fault_wire *w, const struct fault_answer *answer)
{
	if (send_half(w, answer))
		let_arrive(w);
	reset(w);
}

static void
play_cut_chunked(const struct fault_wire *w, const struct fault_answer *answer)
{
	struct buf chunk;

	buf_init(&chunk, answer->body.len + 64);
	buf_printf(&chunk, "%zx\r\n", answer->body.len / 2);
	buf_add(&chunk, answer->body.data, answer->body.len / 2);
	buf_str(&chunk, "\r\n");
	if (send_head(w, answer, "Transfer-Encoding: chunked"))
		(void)send_all(w, chunk.data, chunk.len);
	buf_release(&chunk);
}

static void
play_cut_open(const struct fault_wire *w, const struct fault_answer *answer)
{
	if (send_head(w, answer, "Connection: close"))
		(void)send_all(w, answer->body.data, answer->body.len / 2);
}

static void
play_garbage(const struct fault_wire *w, const struct fault_answer *answer)
{
	(void)answer;
	(void)send_text(w, "\x16\x03\x01 this is no HTTP \xff\xfe\r\n\r\n");
}

static void
play_huge(const struct fault_wire *w, const struct fault_answer *answer)
{
	char piece[PIECE];

	memset(piece, 'x', sizeof(piece));
	if (send_head(w, answer, "Connection: close") && send_text(w, "{\"BatchId\":\""))
		while (send_all(w, piece, sizeof(piece)) && wait_on(w, POLLOUT, -1))
			continue;
}

typedef void play_fn(const struct fault_wire *w, const struct fault_answer *answer);

/* NULL: the server sends the answer that fault_change() made. */
static play_fn *const plays[] = {
	[ACTION_RESET_HEADERS] = play_reset,
	[ACTION_RESET_BODY] = play_reset,
	[ACTION_HANG_BEFORE] = play_hang,
	[ACTION_STATUS] = NULL,
	[ACTION_RESET] = play_reset,
	[ACTION_EMPTY] = play_empty,
	[ACTION_HANG] = play_hang,
	[ACTION_DRIP] = play_drip,
	[ACTION_CUT] = play_cut,
	[ACTION_CUT_CHUNKED] = play_cut_chunked,
	[ACTION_CUT_RESET] = play_cut_reset,
	[ACTION_CUT_OPEN] = play_cut_open,
	[ACTION_GARBAGE] = play_garbage,
	[ACTION_HUGE] = play_huge,
	[ACTION_TYPE] = NULL,
	[ACTION_HTML] = NULL,
	[ACTION_SAY] = NULL,
	[ACTION_WORK_STATUS] = NULL,
	[ACTION_ID] = NULL,
	[ACTION_ID_LENGTH] = NULL,
	[ACTION_TWICE] = NULL,
	[ACTION_FOREIGN] = NULL,
	[ACTION_LESS] = NULL,
	[ACTION_AS] = NULL,
	[ACTION_QUOTE] = NULL,
	[ACTION_ANEW] = play_hang,
	[ACTION_AGAIN] = play_hang,
};
_Static_assert(ARRAY_SIZE(plays) == ACTION_COUNT, "every action has its row");

bool
fault_play(const struct scenario_fault *f, const struct fault_wire *wire,
           const struct fault_answer *answer)
{
	if (plays[f->action] == NULL)
		return false;
	plays[f->action](wire, answer);
	return true;
}

static void
become_page(struct fault_answer *answer, unsigned status)
{
	answer->status = status;
	answer->type = "text/html; charset=utf-8";
	buf_reset(&answer->body);
	buf_str(&answer->body, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>"
	                       "<form><input name=\"user\"></form></body></html>\n");
}

static void
become_status(struct fault_answer *answer, const struct scenario_fault *f)
{
	if (f->html) {
		become_page(answer, f->status);
	} else {
		answer->status = f->status;
		buf_reset(&answer->body);
		if (scenario_event_is_partner(f->event))
			partner_answer_fault(&answer->body, f);
		else if (scenario_event_is_graph(f->event))
			graph_service_fault(&answer->body, f);
		else
			oem_service_error(&answer->body, answer->wire, f->status,
			                  "a fault of the scenario");
	}
	answer->header = f->header;
	answer->header_count = f->header_count;
}

void
fault_change(const struct scenario_fault *f, struct fault_answer *answer)
{
	if (f->action == ACTION_STATUS || f->action == ACTION_WORK_STATUS) {
		become_status(answer, f);
	} else if (f->action == ACTION_AS) {
		answer->status = f->status;
	} else if (f->action == ACTION_QUOTE) {
		answer->status = f->status;
		buf_reset(&answer->body);
		buf_printf(&answer->body,
		           "{\"code\":\"%u\",\"description\":\"Contoso: invalid header "
		           "'Authorization: %s'\"}",
		           f->status, answer->authorization != NULL ? answer->authorization : "");
	} else if (f->action == ACTION_HTML) {
		become_page(answer, 200);
	} else if (f->action == ACTION_TYPE) {
		answer->type = f->text;
	} else if (f->action == ACTION_SAY) {
		answer->status = 200;
		buf_reset(&answer->body);
		buf_str(&answer->body, f->text);
	}
}
