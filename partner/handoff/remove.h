/*
 * Takes away what this program wrote of a pack, by name, and nothing else: a file that somebody put
 * beside it stays, and its folder with it. Follows no link. Owns nothing.
 */
#ifndef PARTNER_HANDOFF_REMOVE_H
#define PARTNER_HANDOFF_REMOVE_H

#include "common/base.h"
#include "common/error.h"

enum remove_end {
	REMOVE_GONE,  /* removed, or it was not there */
	REMOVE_KEPT,  /* ours are removed; the folder holds files that are not ours */
	REMOVE_FAILED /* *err says why */
};

/* A customer's folder below a run's directory. */
enum remove_end remove_pack(const char *run_dir, const char *folder, struct error *err) MUST_CHECK;
/* The files of the run itself, and with them the directory where nothing else is in it. */
enum remove_end remove_run_files(const char *run_dir, struct error *err) MUST_CHECK;

#endif
