/* Writes ports, process id and ready-made configurations into the folder of the practice service. */
#include "samples/sandbox/ports.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/file.h"
#include "samples/sandbox/listener.h"
#include "samples/sandbox/token_endpoint.h"

int
ports_write(const char *dir, const char *name, unsigned value, struct error *err)
{
	char *path = file_join(dir, name), *text = xasprintf("%u\n", value);
	int rc = file_write(path, FILE_MODE_PUBLIC, text, strlen(text), err);

	free(path);
	free(text);
	return rc;
}

void
ports_remove(const char *dir)
{
	static const char *const names[] = {"port", "pid", "partner-center-port", "graph-port"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = file_join(dir, names[i]);
		(void)unlink(path);
		free(path);
	}
}

#define PARTNER_SECTION \
	"; Written by unpilot-sandbox: for practice only.\n" \
	"[partner]\nname = Fabrikam Repairs\ncontact = returns@fabrikam.example\n" \
	"support = +1 555 0100\n\n"

static int
write_conf(const char *dir, const char *name, char *text, struct error *err)
{
	char *path = file_join(dir, name);
	int rc = file_write(path, FILE_MODE_PUBLIC, text, strlen(text), err);

	free(path);
	free(text);
	return rc;
}

int
ports_write_oem(const char *dir, unsigned port, struct error *err)
{
	char *text = xasprintf(
		PARTNER_SECTION
		"[oem-direct]\nurl = https://localhost:%u" LISTENER_PATH "\n"
		"certificate = %s/client.pem\nkey = %s/client.key\nca-file = %s/ca.pem\n"
		"sold-to = 0000012345\nreceived-from = 0000012345\n"
		"poll-interval = 1s\npoll-deadline = 1m\n\n"
		"[ledger]\nurl = sqlite:%s/ledger.db\n\n[handoff]\ndirectory = %s/handoff\n",
		port, dir, dir, dir, dir, dir);

	if (write_conf(dir, "unpilot.conf", text, err) != 0 ||
	    ports_write(dir, "pid", (unsigned)getpid(), err) != 0)
		return -1;
	return ports_write(dir, "port", port, err);
}

int
ports_write_partner(const char *dir, unsigned port, struct error *err)
{
	char *text = xasprintf(
		PARTNER_SECTION
		"[run]\nroute = partner-center\n\n"
		"[partner-center]\nurl = https://localhost:%u\n"
		"authority = https://localhost:%u\n"
		"tenant = " TOKEN_TENANT "\nclient-id = " TOKEN_CLIENT "\n"
		"certificate = %s/app.pem\nkey = %s/app.key\nca-file = %s/ca.pem\n"
		"scope = " TOKEN_SCOPE "\npoll-interval = 1s\npoll-deadline = 1m\n\n"
		"[ledger]\nurl = sqlite:%s/ledger.db\n\n[handoff]\ndirectory = %s/handoff\n"
		"\n[limits]\nmax-inventory-percent = 100\n",
		port, port, dir, dir, dir, dir, dir);

	if (write_conf(dir, "partner-center.conf", text, err) != 0)
		return -1;
	return ports_write(dir, "partner-center-port", port, err);
}
