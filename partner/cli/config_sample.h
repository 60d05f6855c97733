/*
 * Writes a configuration as a commented sample of all keys.
 */
#ifndef PARTNER_CLI_CONFIG_SAMPLE_H
#define PARTNER_CLI_CONFIG_SAMPLE_H

#include <stdio.h>

#include "partner/app/config.h"

/* A configuration that has a path was answered by a person. Keys that have a value other than their default are set; the others are comments. path: where the file
 * is read from. Errors stay in the stream. */
void config_sample_write(const struct config *c, const char *path, FILE *to);

#endif
