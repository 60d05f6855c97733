/*
 * Removes the files of a pack or a run by the names that this program gives them, and their temporary
 * files, which a killed command leaves. A file that somebody else put into the folder stays, and so
 * does the folder. Follows no link. Owns nothing.
 */
#ifndef PARTNER_HANDOFF_REMOVE_H
#define PARTNER_HANDOFF_REMOVE_H

#include "common/base.h"
#include "common/error.h"

enum remove_end {
	REMOVE_GONE,  /* the folder is removed, or did not exist */
	REMOVE_KEPT,  /* our files are removed; the folder holds other files */
	REMOVE_FAILED /* *err says why */
};

/* Removes a customer's folder below a run's directory. */
enum remove_end remove_pack(const char *run_dir, const char *folder, struct error *err) MUST_CHECK;
/* Removes the files of the run itself, and its directory if nothing else is inside. */
enum remove_end remove_run_files(const char *run_dir, struct error *err) MUST_CHECK;

#endif
