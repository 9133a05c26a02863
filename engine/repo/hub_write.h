/* repo/hub_write.h — small steps of writing a hub's folder, shared by push and prune. Private to repo/. Errors are the file operation's:
 * jemput_hub_fail() tells more. */
#ifndef JEMPUT_REPO_HUB_WRITE_H
#define JEMPUT_REPO_HUB_WRITE_H

#include "repo/pack.h"

#define JEMPUT_HUB_PACK_FOLDER "objects/pack"

/* Write a new file whole, then give it its name. Replaces what has that name. */
enum jemput_status jemput_hub_file_place(struct jemput_hub *hub, const char *name, struct jemput_bytes data,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* Pack, then index. */
enum jemput_status jemput_hub_pack_place(struct jemput_hub *hub, const struct jemput_pack *pack, struct jemput_error *err) JEMPUT_MUST_USE;
/* An empty lock, which jemput_hub_discard() gives back. One that has stood for half a minute is nobody's. JEMPUT_BUSY: it is held */
enum jemput_status jemput_hub_lock(struct jemput_hub *hub, const char *name, struct jemput_error *err) JEMPUT_MUST_USE;
/* The file "shallow" names those of `commits`, which are in the hub, with a parent that is not (hub_shallow.c). */
enum jemput_status jemput_hub_roots_note(struct jemput_hub *hub, struct jemput_repo *repo, const struct jemput_oid *expected,
                                         const struct jemput_oid *commits, unsigned count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Remove a file; if that fails, it stays. */
void jemput_hub_discard(struct jemput_hub *hub, const char *name);
/* The time as the hub's file system tells it, and whether a file is older than any push may take (or from the future: a wrong clock). */
enum jemput_status jemput_hub_now(struct jemput_hub *hub, int64_t *now_ms, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_hub_is_stale(struct jemput_hub *hub, const char *name, int64_t now_ms, bool *out,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
