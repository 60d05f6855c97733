/*
 * Values of the configuration that need more than the limits of their key (config.c).
 */
#ifndef PARTNER_APP_CONFIG_CHECK_H
#define PARTNER_APP_CONFIG_CHECK_H

#include "partner/app/config.h"

/* Fails with the file and the first key whose value is wrong. */
int config_check_values(const struct config *c, struct error *err) MUST_CHECK;
/* The part that concerns [notify]; the error does not name the file. */
int config_check_notify(const struct config *c, struct error *err) MUST_CHECK;
/* Fails if group or others can write the file: they could change what is deregistered, and where. To be
 * called before the file is read. path NULL: the default path. */
int config_check_mode(const char *path, struct error *err) MUST_CHECK;

#endif
