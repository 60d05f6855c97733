/* Handlers of the signals that end a run. */
#include "partner/engine/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t seen;

static void
on_signal(int number)
{
	if (seen != 0)
		_exit(128 + number);
	seen = number;
}

void
signals_watch(void)
{
	struct sigaction act = {.sa_handler = on_signal};

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	/* when the reader of --json goes away, writing fails, and the run goes on */
	signal(SIGPIPE, SIG_IGN);
}

void
signals_unwatch(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

int
signals_seen(void)
{
	return seen;
}
