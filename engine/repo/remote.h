/* repo/remote.h — a hub behind an address: refs and objects over smart HTTP, as hub.h tells them of a folder. Only hub.c calls this. */
#ifndef JEMPUT_REPO_REMOTE_H
#define JEMPUT_REPO_REMOTE_H

#include "repo/hub.h"
#include "repo/smart.h"

struct jemput_landed;

struct jemput_remote {
    struct jemput_smart smart;
    struct jemput_http *http;   /* owned */
    char *authorization;        /* owned; NULL = none */
    struct jemput_store *store; /* where objects land; borrowed. NULL = in memory: a few, before there is a store */
    struct jemput_env *env;     /* for the room on its disk; NULL = it is not looked at */
    struct jemput_landed *kept; /* in memory, newest first */
    struct jemput_arena memory;
    const struct jemput_oid *haves; /* what the hub need not send what these reach; owned */
    unsigned have_count;
    char **listed;              /* prefixes of the branches that were listed last, listed_count of them; owned. None = none were */
    unsigned listed_count;
    struct jemput_remote_ref { char *name; struct jemput_oid oid; } *refs; /* those, and where our pushes have moved them since */
    unsigned ref_count, ref_cap;
    unsigned asked, asks_spared; /* objects that were asked for one by one; of others, while there is a bound */
    uint64_t landed_bytes;      /* that came, as they are unpacked */
    uint64_t landed_max;        /* more of them are not taken; 0 = no bound */
    bool over;                  /* that was met */
};

/* Where these branches are, and what is new on them: see jemput_hub_refs_new(). */
enum jemput_status jemput_remote_refs_new(struct jemput_remote *remote, const char *const *names, unsigned count, jemput_ref_fn each, void *ctx,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_remote_refs(struct jemput_remote *remote, const char *const *prefixes, unsigned prefix_count, jemput_ref_fn each, void *ctx,
                                      unsigned *skipped, struct jemput_error *err) JEMPUT_MUST_USE;
/* As it was listed, or moved by us since; asked for if it was not listed. */
enum jemput_status jemput_remote_ref(struct jemput_remote *remote, const char *name, struct jemput_oid *out,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_remote_push(struct jemput_remote *remote, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                      const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Everything that the tips reach, into the store's table of incoming objects. */
enum jemput_status jemput_remote_bring(struct jemput_remote *remote, const struct jemput_oid *tips, unsigned tip_count,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* Of one branch that nothing is here of: see jemput_hub_bring_start(). */
enum jemput_status jemput_remote_bring_start(struct jemput_remote *remote, const struct jemput_oid *tip, uint64_t bytes_max, bool *whole,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* From here on so many bytes more, and so many objects that are asked for one by one. 0, 0 = as before. */
void jemput_remote_bound(struct jemput_remote *remote, uint64_t bytes_max, unsigned asks_max);
/* These objects, likewise; nothing behind them. */
enum jemput_status jemput_remote_bring_objects(struct jemput_remote *remote, const struct jemput_oid *oids, unsigned count,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
/* One object: from what has come, or else from the own store, or else asked for. Hash checked; bytes in the arena.
 *   JEMPUT_NOTFOUND the hub has not got it, or too many were asked for one by one    JEMPUT_LIMIT more than bytes_max */
enum jemput_status jemput_remote_read(struct jemput_remote *remote, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_remote_has(struct jemput_remote *remote, const struct jemput_oid *oid, bool *has, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_remote_close(struct jemput_remote *remote); /* NULL is allowed */

#endif
