/* A row of the table of options, and its line in a help text. Only for options.c, which has the table. */
#ifndef PARTNER_APP_OPTIONS_HELP_H
#define PARTNER_APP_OPTIONS_HELP_H

#include "common/base.h"

enum option_kind {
	OPTION_KEY, /* only overrides a configuration key, which sets kind and limits of its value */
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_LIST, /* may be given several times */
	OPTION_DURATION
};

struct option_row {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* its name in help texts; NULL: takes none */
	bool may_be_empty;
	enum option_kind kind;
	size_t offset;             /* of its member in struct options; OPTION_KEY has none */
	const char *section, *key; /* that it overrides; key NULL: none */
	unsigned commands;
	const char *help;
};

void options_print_row(const struct option_row *row);

#endif
