/* repo/internal.h — what the files of this room share: libgit2 made ready and bounded, its errors as ours, and where objects are read from. */
#ifndef JEMPUT_REPO_INTERNAL_H
#define JEMPUT_REPO_INTERNAL_H

#include <git2.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "repo/hub.h"
#include "repo/repo.h"

/* --- libgit2 (git.c) --- */

/* Make libgit2 ready: memory through base/alloc, hashes always checked, nothing cached. Safe to call again; it then stays ready for the life of the
 * process. Not before it is needed: as distributions build it, it reads all the system's certificates for a network that we never let it use. */
enum jemput_status jemput_git_ready(struct jemput_error *err) JEMPUT_MUST_USE;

/* Until jemput_git_unbound, libgit2 may on this thread allocate at most about `object_bytes` at once, and as much in all as a chain of 64
 * objects needs that are that large (of 8, above 1 MiB). This stops a hostile pack (a size that is a lie, a delta bomb, a delta chain that goes
 * round in a circle) before it takes memory: reading its header would already be too late, since libgit2 follows the chain for that without end. */
void jemput_git_bound(size_t object_bytes); /* also forgets what failed before */
void jemput_git_unbound(void);
/* What may come out of a file of so many bytes, `bytes_max` at most. A bomb is told by its size, before anything is inflated. */
size_t jemput_object_bytes_max(size_t bytes_max, uint64_t file_bytes);

/* libgit2's last failure on this thread as ours.
 *   JEMPUT_NOMEM, JEMPUT_LIMIT (the bound was met)   JEMPUT_NOTFOUND   JEMPUT_DENIED, JEMPUT_FULL, JEMPUT_IO (the system refused)
 *   JEMPUT_CORRUPT all else */
enum jemput_status jemput_git_fail(int rc, struct jemput_error *err);
bool jemput_git_refused(void); /* an allocation failed since jemput_git_bound; for calls that cannot say so */

void jemput_oid_to_git(git_oid *out, const struct jemput_oid *oid);
void jemput_oid_hex(char out[2 * JEMPUT_OID_BYTES + 1], const struct jemput_oid *oid);
bool jemput_oid_equal(const struct jemput_oid *a, const struct jemput_oid *b);

/* The id that git gives an object of these bytes. From elsewhere: by libgit2, which notices an attempt at a collision (JEMPUT_CORRUPT). */
enum jemput_status jemput_oid_of(struct jemput_oid *out, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of bytes that are our own, or were taken in by the call above. */
void jemput_oid_of_own(struct jemput_oid *out, git_object_t kind, struct jemput_bytes bytes);

/* --- the own store's objects (own.c) --- */

struct jemput_own {
    struct jemput_store *store;
    bool parcels; /* what is not among the store's objects may be among those that it carries for others */
};
/* Its name is not compared with its bytes: jemput_own_read() does that. */
enum jemput_status jemput_own_get(struct jemput_own *own, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                  struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_own_read(struct jemput_own *own, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                   struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_own_has(struct jemput_own *own, const struct jemput_oid *oid, bool *has, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- a hub's objects folder (folder.c) --- */

struct jemput_folder;
struct jemput_remote;
struct jemput_bundle;

/* Looks into nothing yet. */
enum jemput_status jemput_folder_open(struct jemput_folder **out, struct jemput_env *env, const char *path, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_folder_close(struct jemput_folder *folder); /* NULL is allowed */
/* One object, loose or packed, hash checked; bytes in the arena. A file that is damaged hides nothing but what is in it.
 *   JEMPUT_NOTFOUND   JEMPUT_CORRUPT the file that holds it, or may hold it, is damaged   JEMPUT_LIMIT more than bytes_max
 *   JEMPUT_OFFLINE the folder went away   JEMPUT_IO JEMPUT_DENIED JEMPUT_NOMEM */
enum jemput_status jemput_folder_read(struct jemput_folder *folder, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_folder_has(struct jemput_folder *folder, const struct jemput_oid *oid, bool *has, struct jemput_error *err) JEMPUT_MUST_USE;

/* Is the index of a pack as long as the objects that it counts, and are they all in the pack (packindex.c)? pack_bytes 0 = nobody can tell. Then
 * `each` is called with the name of each; not if there are more than `most`.
 *   JEMPUT_CORRUPT it is not, or they are not    JEMPUT_LIMIT above 64 MiB    else env's, or what `each` returned */
typedef enum jemput_status (*jemput_index_fn)(void *ctx, const uint8_t oid[JEMPUT_OID_BYTES], struct jemput_error *err);
enum jemput_status jemput_pack_index_read(struct jemput_env *env, const char *path, uint64_t pack_bytes, uint32_t most, jemput_index_fn each,
                                          void *ctx, bool *told, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- reading (source.c) --- */

struct jemput_source {
    struct jemput_own *own;         /* the own store's; borrowed; NULL = a hub */
    struct jemput_folder *folder;   /* a hub's, owned */
    struct jemput_folder *incoming; /* of objects that come in, looked into before that; NULL = nothing comes in; owned */
    struct jemput_remote *remote;   /* a hub's behind an address; borrowed. Both NULL = the own store */
    struct jemput_bundle *bundle;   /* or a bundle's; borrowed */
    struct jemput_source *behind;   /* what is not in the bundle is there; NULL = it is nowhere */
};

enum jemput_status jemput_source_open_folder(struct jemput_source *source, struct jemput_env *env, const char *objects,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_source_release(struct jemput_source *source);
/* Read one object, hash checked. JEMPUT_CORRUPT also: another kind. JEMPUT_LIMIT: more than bytes_max. JEMPUT_OFFLINE: the hub's folder went away. */
enum jemput_status jemput_source_read(struct jemput_source *source, const struct jemput_oid *oid, git_object_t kind, size_t bytes_max,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- a hub in a folder (hub_folder.c, hub_ref.c) --- */

struct jemput_hub {
    struct jemput_env *env;
    char *path;                   /* of a folder */
    struct jemput_remote *remote; /* one behind an address, owned; NULL = in a folder */
    struct jemput_source source;
    const struct jemput_hub_carried *carried; /* a bundle's branches; NULL = it is none */
};

/* What hub.c calls for a folder; see hub.h. */
enum jemput_status jemput_folder_refs(struct jemput_hub *hub, const char *prefix, jemput_ref_fn each, void *ctx, unsigned *skipped,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_folder_ref(struct jemput_hub *hub, const char *name, struct jemput_oid *out, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_folder_push(struct jemput_hub *hub, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                      const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* "<hub>/<name>", NUL-terminated, replacing what `out` held. */
enum jemput_status jemput_hub_path(struct jemput_buf *out, const struct jemput_hub *hub, const char *name, struct jemput_error *err) JEMPUT_MUST_USE;
/* The status of a failed file operation in the hub, told apart from "the folder as a whole went away" (JEMPUT_OFFLINE). */
enum jemput_status jemput_hub_fail(struct jemput_hub *hub, struct jemput_error *err);
/* A name that every git takes for a ref: the ASCII part of git's rules, below refs/. */
bool jemput_ref_name_valid(const char *name);

#endif
