/* repo/hub_ref.h — one ref of a hub's folder, for reading and for the push that moves it. */
#ifndef JEMPUT_REPO_HUB_REF_H
#define JEMPUT_REPO_HUB_REF_H

#include "repo/internal.h"

/* The ref's value; *found = false: there is none that is valid. The name must be valid. Errors are the file operation's: jemput_hub_fail() tells
 * more. */
enum jemput_status jemput_hub_ref_find(struct jemput_hub *hub, const char *name, struct jemput_oid *out, bool *found,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* Take a ref away that is at `oid`: its line in packed-refs first, then its file, as git does. One that is not there is JEMPUT_OK. JEMPUT_BUSY: it
 * has moved, or somebody else writes packed-refs */
enum jemput_status jemput_hub_ref_drop(struct jemput_hub *hub, const char *name, const struct jemput_oid *oid,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
