/*
 * The files that tell others how to reach the practice service: ports, process id, configurations for
 * unpilot. Owns nothing.
 */
#ifndef SAMPLES_SANDBOX_PORTS_H
#define SAMPLES_SANDBOX_PORTS_H

#include "common/error.h"

int ports_write(const char *dir, const char *name, unsigned value, struct error *err) MUST_CHECK;
/* Removes the files of an earlier run, whose presence would say too soon that the service runs. */
void ports_remove(const char *dir);
/* Writes the port last, because its presence says that the service is ready. */
int ports_write_oem(const char *dir, unsigned port, struct error *err) MUST_CHECK;
int ports_write_partner(const char *dir, unsigned port, struct error *err) MUST_CHECK;

#endif
