/*
 * Compiles stylesheets, schemas, the catalogue and the identity once in a job, and not once in each command:
 * its children inherit them. They take the place of xml_sheet_parse() and its like. A file that has another
 * content is read as always.
 */
#ifndef TESTS_SIMULATE_COMPILED_H
#define TESTS_SIMULATE_COMPILED_H

/* Call once in a job, before its first command. identity: a file with certificate and key. */
void compiled_prepare(const char *identity);

#endif
