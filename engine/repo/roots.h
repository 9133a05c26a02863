/* repo/roots.h — commits that history begins with for whoever gets them: what came before was let go behind a checkpoint, and nobody here has it.
 * Git calls them shallow. A server that is told of them takes a branch whose past it has not got, if its keeper lets it (receive.shallowUpdate). */
#ifndef JEMPUT_REPO_ROOTS_H
#define JEMPUT_REPO_ROOTS_H

#include "repo/internal.h"

/* Those of `commits`, which are sent to a branch that stood at `expected` (NULL: it is new), with a parent that does not come along and is not there.
 * The list is the caller's: jemput_free(). None = NULL. */
enum jemput_status jemput_roots_find(struct jemput_oid **out, unsigned *out_count, struct jemput_repo *repo, const struct jemput_oid *expected,
                                     const struct jemput_oid *commits, unsigned count, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
