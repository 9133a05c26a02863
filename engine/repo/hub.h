/* repo/hub.h — a hub: a bare git repository in a folder (a share, a USB stick), read and written without starting a process; or behind an address,
 * over smart HTTP (smart.h).
 *
 * In a folder, packed objects are read through libgit2, loose ones by us; packs with their index, and refs, are written (refs also read) by us
 * through `env`: refs as loose files and packed-refs, written by lock, fsync and rename, as git does it. Anyone may write the folder at the same
 * time (`git gc` included), it may vanish at any moment, and nothing in it is trusted. objects/info/alternates is not followed. */
#ifndef JEMPUT_REPO_HUB_H
#define JEMPUT_REPO_HUB_H

#include "repo/repo.h"

struct jemput_hub;
struct jemput_smart_signer;

/* Make an empty bare repository at `path` (folders with parents); one that is there already is JEMPUT_OK and left as it is, and a creation that was
 * cut goes on. JEMPUT_EXISTS: something else is there, and not empty. */
enum jemput_status jemput_hub_create_folder(struct jemput_env *env, const char *path, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_NOTFOUND no folder    JEMPUT_CORRUPT a folder, but no bare repository (or not sha1)    JEMPUT_DENIED JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status jemput_hub_open_folder(struct jemput_hub **out, struct jemput_env *env, const char *path,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

/* A folder into which a push is coming, while git keeps its objects apart (in the folder `incoming`) until they have been looked at: they are read
 * from there first. */
enum jemput_status jemput_hub_open_incoming(struct jemput_hub **out, struct jemput_env *env, const char *path, const char *incoming,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Is the object among those that the folder had before? */
enum jemput_status jemput_hub_keeps(struct jemput_hub *hub, const struct jemput_oid *oid, bool *keeps, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_hub_address {
    const char *url;           /* "https://…" or "http://…" */
    const char *authorization; /* "Authorization: …", or NULL */
    const struct jemput_smart_signer *signer; /* of tokens, for hubs that ask for one; NULL = nobody; must outlive the hub (smart.h) */
    struct jemput_http *http;  /* taken over, also after a failure */
    struct jemput_store *store; /* where what comes lands (store/object/incoming.h); borrowed. NULL = in memory, and jemput_hub_bring is not called */
    struct jemput_env *env; /* asked how much room is left for what comes; NULL = nobody is */
    uint64_t deadline_ms, stall_ms, answer_ms; /* of one exchange; 0 = none (jemput/http.h) */
    int (*cancelled)(void *ctx);    /* asked during an exchange; NULL = nobody asks */
    void *cancelled_ctx;
};
#define JEMPUT_HUB_ROOM_BYTES_MIN (UINT64_C(64) * 1024 * 1024) /* that what comes leaves free for the device's own work; else it is JEMPUT_FULL */
/* Nothing is asked of the hub yet. JEMPUT_MISUSE no such address    JEMPUT_NOMEM */
enum jemput_status jemput_hub_open_address(struct jemput_hub **out, const struct jemput_hub_address *address,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
struct jemput_bundle;
struct jemput_hub_carried { /* the branches of a bundle, by whoever has read it; all borrowed, and must outlive the hub */
    struct jemput_bundle *bundle;
    struct jemput_source *source;
    const struct jemput_bundle_ref *refs;
    unsigned ref_count;
};
/* A bundle that is read like a hub; nothing can be pushed to it. JEMPUT_NOMEM */
enum jemput_status jemput_hub_open_bundle(struct jemput_hub **out, const struct jemput_hub_carried *carried,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_hub_is_address(const char *name); /* or a path */
bool jemput_hub_is_remote(const struct jemput_hub *hub); /* opened by an address */
void jemput_hub_close(struct jemput_hub *hub);

struct jemput_hub_traffic {
    uint64_t bytes_sent, bytes_received; /* HTTP's headers included */
    uint32_t exchanges;
    uint32_t wait_s; /* the hub wants to be left alone so long; 0 = not said */
    bool overloaded; /* the last exchange ended in JEMPUT_BUSY because the hub has too much to do (429, 503) */
};
struct jemput_hub_traffic jemput_hub_traffic(const struct jemput_hub *hub); /* a folder: zeros */

#define LOG_REF_PREFIX "refs/heads/log/"

/* Each ref below `prefix`, ascending by name; what is no valid ref is skipped and counted in *skipped (locks are not). A ref file
 * cut by a power failure, symbolic or garbage counts as not there, here and below.
 *   JEMPUT_OFFLINE the folder went away    JEMPUT_LIMIT more than 262144 refs    JEMPUT_DENIED JEMPUT_IO JEMPUT_NOMEM    else what `each` returned */
typedef enum jemput_status (*jemput_ref_fn)(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err);
enum jemput_status jemput_hub_refs(struct jemput_hub *hub, const char *prefix, jemput_ref_fn each, void *ctx, unsigned *skipped,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
/* At a hub behind an address only: those below one of `prefixes` (1 to 64 of them), in one exchange. */
enum jemput_status jemput_hub_refs_of(struct jemput_hub *hub, const char *const *prefixes, unsigned prefix_count, jemput_ref_fn each, void *ctx,
                                      unsigned *skipped, struct jemput_error *err) JEMPUT_MUST_USE;
/* At a hub behind an address only: where these branches (1 to 32 of them) are now, and what is new on them, which comes with it: all but what `tips`
 * reach, where they were. JEMPUT_NOTFOUND: it takes no wants by name, or has not got one of them: nothing is told then. */
enum jemput_status jemput_hub_refs_new(struct jemput_hub *hub, const char *const *names, const struct jemput_oid *tips, unsigned count,
                                       jemput_ref_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_hub_is_nameless(const struct jemput_hub *hub); /* it was seen to take no wants by name */
/* Before what the tips reach is read from the hub's source: bring it in one exchange, all but what the haves reach. Of a folder: nothing. */
enum jemput_status jemput_hub_bring(struct jemput_hub *hub, const struct jemput_oid *tips, unsigned tip_count, const struct jemput_oid *haves,
                                    unsigned have_count, struct jemput_error *err) JEMPUT_MUST_USE;
/* At a hub behind an address only: of one branch, of which nothing is here, so many bytes: its commits, and then what they hold. *whole = that is all
 * of it. What has come of it before is not asked for again, whole or not. */
enum jemput_status jemput_hub_bring_start(struct jemput_hub *hub, const struct jemput_oid *tip, uint64_t bytes_max, bool *whole,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* From here on what comes may be so many bytes, and so many objects may be asked for one by one: more is JEMPUT_LIMIT or JEMPUT_NOTFOUND. 0, 0 = as
 * before. Of a folder: nothing. */
void jemput_hub_bound(struct jemput_hub *hub, uint64_t bytes_max, unsigned asks_max);
/* Did that fail for what was asked for: the hub cannot give it, or it is such as nobody takes? Then other branches may come. Else it was for the
 * hub, or for the way there. */
bool jemput_hub_objects_failed(const struct jemput_hub *hub, enum jemput_status st);
/* Likewise blobs, by their names. JEMPUT_NOTFOUND: the hub has not got one of them, and none has come. */
enum jemput_status jemput_hub_bring_blobs(struct jemput_hub *hub, const struct jemput_oid *blobs, unsigned count,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* false: it is a bundle, and has it not. */
bool jemput_hub_may_have(const struct jemput_hub *hub, const struct jemput_oid *oid);
/* JEMPUT_NOTFOUND there is none    JEMPUT_MISUSE no name for a ref    else as above */
enum jemput_status jemput_hub_ref(struct jemput_hub *hub, const char *name, struct jemput_oid *out, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_source *jemput_hub_source(struct jemput_hub *hub); /* borrowed */

/* Write the objects of these commits (as kept in `repo`) as one pack, without deltas, then move the ref from `expected` (NULL = must not exist) to
 * the last of them. Their parents are in the hub already or among them, or `repo` has let them go: a hub behind an address is then told that history
 * begins there. Objects are fsynced before the ref is. Safe to cut at any point and to
 * repeat: if the ref is at the last commit already, that is JEMPUT_OK with 0 bytes.
 *   bytes           size of the pack
 *   JEMPUT_BUSY     the ref moved meanwhile or is locked: it was not changed, ask again. A lock older than ten minutes is taken away (an empty one:
 *                   half a minute), and so is one that holds one of `commits`: it was left by a killed push of this writer
 *   JEMPUT_LIMIT    a pack of more than 64 MiB: push fewer commits at a time
 *   JEMPUT_MISUSE   no commits, or no branch    JEMPUT_NOTFOUND a commit is not in `repo`
 *   JEMPUT_CORRUPT  a commit in `repo` is damaged, or something in the hub stands where the ref's folder should be
 *   JEMPUT_FULL JEMPUT_DENIED (read-only) JEMPUT_OFFLINE (the folder went away) JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status jemput_hub_push(struct jemput_hub *hub, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                   const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
struct jemput_hub_drop {
    const char *name; /* borrowed */
    struct jemput_oid oid; /* where it was seen to be */
};
struct jemput_hub_pruned {
    unsigned refs, packs; /* that went */
    unsigned young;       /* packs and objects that stay because a push that is under way may have written them: less than ten minutes old */
};
/* A commit that another one has for a parent is not in the hub: was it let go on purpose? */
typedef enum jemput_status (*jemput_lack_fn)(void *ctx, const struct jemput_oid *commit, bool *out, struct jemput_error *err);
/* Place the hub's file "jemput/records" (schema/formats/roster-file.md), since what goes may hold the only copy there of what it says. Take these
 * refs away, and then all objects that no ref leads to: what is left is written anew in packs without them, and the others go. Cut at any point it
 * leaves a whole repository, and may be repeated.
 *   JEMPUT_DENIED    other refs than logs are here, whose objects are not ours to judge: nothing goes; or read-only
 *   JEMPUT_BUSY      a ref moved meanwhile    JEMPUT_CORRUPT an object that a ref leads to is damaged, or is not there though `lacks` does not know
 *   of that: no object goes    JEMPUT_FULL JEMPUT_OFFLINE JEMPUT_IO JEMPUT_NOMEM JEMPUT_LIMIT */
enum jemput_status jemput_hub_prune(struct jemput_hub *hub, struct jemput_bytes records, const struct jemput_hub_drop *drops, unsigned count,
                                    jemput_lack_fn lacks, void *ctx, struct jemput_hub_pruned *out, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
