/* repo/missing.h — after a transfer that was cut: what is still missing behind a tip, so that only that is asked for. */
#ifndef JEMPUT_REPO_MISSING_H
#define JEMPUT_REPO_MISSING_H

#include "repo/remote.h"

/* Append what must be asked for to have everything behind `tip`: a commit that is not there (which brings all behind it), a tree (which brings its
 * payload), a payload. Nothing is missing behind a commit of the own store. *wants is grown with jemput_realloc.
 *   JEMPUT_LIMIT  more than missing.c is willing to ask for by name: ask for the tip itself    JEMPUT_CORRUPT what came is no log    JEMPUT_NOMEM */
enum jemput_status jemput_missing_find(struct jemput_store *store, const struct jemput_oid *tip, struct jemput_smart_want **wants, unsigned *count,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
