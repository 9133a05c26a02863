/* repo/repo.h — git objects and refs kept in the store's blob table: write, read and walk the commits that carry segments.
 *
 * A segment is one commit: tree with the one entry "segment" (100644), message = the header text, signature in `gpgsig`, first parent = the log's
 * previous commit, further parents = accepted heads (central). The text of commits is written and parsed here, strictly; of libgit2 only its packs
 * and its hash are used, for what comes from elsewhere (its repository layer is not safe when memory runs out). Only this room includes git2.h. */
#ifndef JEMPUT_REPO_REPO_H
#define JEMPUT_REPO_REPO_H

#include "store/store.h"

#define JEMPUT_OID_BYTES 20

struct jemput_oid {
    uint8_t id[JEMPUT_OID_BYTES];
};

struct jemput_repo;

/* An object store over `store` (borrowed, must outlive it). */
enum jemput_status jemput_repo_open(struct jemput_repo **out, struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* It reads what the store carries for others, too (store/object/parcel.h). */
void jemput_repo_with_parcels(struct jemput_repo *repo);
bool jemput_repo_has_parcels(const struct jemput_repo *repo);
void jemput_repo_close(struct jemput_repo *repo); /* NULL is allowed */

/* Sign `text` (the commit without gpgsig), appending the armored signature. Called once, during jemput_repo_commit_write. */
typedef enum jemput_status (*jemput_sign_fn)(void *ctx, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err);

struct jemput_commit_new {
    struct jemput_bytes message;     /* header text; ends in a newline */
    struct jemput_bytes payload;
    const struct jemput_oid *parents; /* first = previous commit of the log */
    unsigned parent_count;
    int64_t time_s;                  /* sealing time, seconds since 1970, >= 0 */
};

/* Write blob, tree and signed commit into the store (inside its transaction).
 *   JEMPUT_MISUSE   the message does not end in a newline or holds a zero byte, the time is none that a 48-bit clock can say, or what was signed
 *                   is no armor
 *   JEMPUT_LIMIT    more parents or bytes than base/limits.h allows        else: the signer's and the store's. *out changes on success only */
enum jemput_status jemput_repo_commit_write(struct jemput_repo *repo, const struct jemput_commit_new *commit, jemput_sign_fn sign, void *sign_ctx,
                                            struct jemput_oid *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* A commit as read, everything in the arena given. */
struct jemput_commit {
    struct jemput_oid oid;
    unsigned parent_count;
    const struct jemput_oid *parents;
    int64_t time_s;
    struct jemput_bytes message;
    struct jemput_bytes signature;   /* armor as in gpgsig, without the leading spaces */
    struct jemput_bytes signed_text; /* the commit without gpgsig: what the signature covers */
    struct jemput_oid payload_oid;
    struct jemput_bytes payload;     /* empty when read with payload = false */
};

/* Where commits are read from: the own store, or a hub. */
struct jemput_source;
struct jemput_source *jemput_repo_source(struct jemput_repo *repo); /* borrowed */

/* Read one segment's commit strictly: exactly the form that jemput_repo_commit_write makes; sizes are checked before anything is loaded.
 *   JEMPUT_NOTFOUND   the commit, its tree or its blob is not there     JEMPUT_CORRUPT   another form, damaged, or the hash does not match
 *   JEMPUT_LIMIT      larger than base/limits.h allows    JEMPUT_OFFLINE   the hub's folder went away    JEMPUT_IO JEMPUT_DENIED JEMPUT_NOMEM */
enum jemput_status jemput_source_commit(struct jemput_source *source, const struct jemput_oid *oid, bool payload, struct jemput_commit *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Commit and tree alone: whether the payload is there shows when it is read. */
enum jemput_status jemput_source_commit_alone(struct jemput_source *source, const struct jemput_oid *oid, struct jemput_commit *out,
                                              struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* All three, of the own store, for a caller who knows by stronger hashes what has to come: git's names are not compared. */
enum jemput_status jemput_repo_commit_known(struct jemput_repo *repo, const struct jemput_oid *oid, struct jemput_commit *out,
                                            struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* What was signed, and the signature, of a commit whose tree and payload need not be there: payload and its id stay empty. JEMPUT_NOTFOUND: no such
 * commit; else as above. */
enum jemput_status jemput_source_signed(struct jemput_source *source, const struct jemput_oid *oid, struct jemput_commit *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Read the payload of a commit that was read without it. Who knows the signed header reads first what that says, so that nobody else's bytes are
 * unfolded.
 *   JEMPUT_CORRUPT also: it has more than bytes_max, which the header says     JEMPUT_LIMIT that is more than a payload may have, and so has it
 *   else as above */
enum jemput_status jemput_source_payload(struct jemput_source *source, struct jemput_commit *commit, size_t bytes_max, struct jemput_arena *arena,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* Whether the object is there, without looking into it. */
enum jemput_status jemput_source_has(struct jemput_source *source, const struct jemput_oid *oid, bool *has, struct jemput_error *err) JEMPUT_MUST_USE;
/* Copy the commit's three objects, as read by jemput_source_commit with its payload, into the store (inside its transaction).
 *   JEMPUT_MISUSE   the payload was not read, or parts were changed since */
enum jemput_status jemput_repo_commit_keep(struct jemput_repo *repo, const struct jemput_commit *commit, struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_repo_has(struct jemput_repo *repo, const struct jemput_oid *oid);
/* Put a commit's three objects into the store, inside its transaction: its text and its payload as they are. JEMPUT_CORRUPT: no such commit. */
enum jemput_status jemput_repo_commit_put(struct jemput_store *store, struct jemput_bytes text, struct jemput_bytes payload,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Take the commit's three objects out of the store (that of the repo, inside its transaction). Adds to *bytes what they took. JEMPUT_NOTFOUND: they
 * are not there. No other commit may share them: the payload of a data segment is no other's. */
enum jemput_status jemput_repo_commit_drop(struct jemput_repo *repo, struct jemput_store *store, const struct jemput_oid *commit, uint64_t *bytes,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* The payload alone: commit and tree stay, so that what was signed can be shown. Of one that is gone already nothing is said. */
enum jemput_status jemput_repo_payload_drop(struct jemput_repo *repo, struct jemput_store *store, const struct jemput_oid *commit, uint64_t *bytes,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Is it here? *out = false also where the commit is not. */
enum jemput_status jemput_repo_payload_has(struct jemput_repo *repo, const struct jemput_oid *commit, bool *out,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

/* --- blobs that no tree of ours names by place: sealed chunks of attachments (blob.c) --- */

/* Git's name of a blob of these bytes, which are our own. */
void jemput_repo_blob_name(struct jemput_oid *out, struct jemput_bytes bytes);
/* Into the store, inside its transaction. One that is there already is left. */
enum jemput_status jemput_repo_blob_put(struct jemput_store *store, const struct jemput_oid *oid, struct jemput_bytes bytes,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_NOTFOUND    JEMPUT_LIMIT more than bytes_max    else as jemput_source_commit. Bytes in the arena */
enum jemput_status jemput_source_blob(struct jemput_source *source, const struct jemput_oid *oid, size_t bytes_max, struct jemput_bytes *out,
                                      struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* A commit and its tree out of the store, inside its transaction; its payload stays. Of one that is gone already nothing is said. */
enum jemput_status jemput_repo_shell_drop(struct jemput_repo *repo, struct jemput_store *store, const struct jemput_oid *commit,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

#endif
