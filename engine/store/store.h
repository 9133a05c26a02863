/* store/store.h — the one SQLite file: the app's rows, pending transactions, merge state, segments' register, git objects and refs.
 *
 * Two connections to one file (WAL, synchronous=FULL): the app's, on which plain SQL is captured (capture.h), and the engine's, on which sealing and
 * merging run with triggers and foreign-key actions off. The app's connection may be used on one thread while the engine's is used on
 * another; nothing in memory is shared between them but constants: what one commits, the other reads from the file.
 * Every call below uses the engine's connection and, where it changes something, must run between jemput_store_begin and _commit, unless it says
 * otherwise. After an error inside a transaction: jemput_store_rollback. Tables: schema/formats/store.md. Only this room includes sqlite3.h. */
#ifndef JEMPUT_STORE_STORE_H
#define JEMPUT_STORE_STORE_H

#include "change/change.h"
#include "change/context.h"
#include "change/table.h"
#include "env/env.h"

struct sqlite3;
struct jemput_store;
struct jemput_eponymous;
struct jemput_ask;
struct jemput_keyslots;

/* What the store asks of rooms that it may not use. ctx must outlive the store. */
struct jemput_store_hooks {
    void *ctx;
    /* jemput_id(): crypto's jemput_hash_id. */
    void (*make_id)(uint8_t out[16], const uint8_t seed[32], uint64_t counter);
    /* A keyed hash that nobody can make meet: crypto's jemput_hash_short. NULL = a plain one. */
    uint64_t (*short_hash)(const uint8_t key[16], struct jemput_bytes in);
    /* A call of jemput_policy(): is it sound (else JEMPUT_DENIED, err's text says why), and which columns have steps? `table` NULL = '*'; `steps` has
     * room for all its columns. NULL = any is sound. */
    enum jemput_status (*policy_check)(void *ctx, const struct jemput_table *table, struct jemput_bytes roles, struct jemput_bytes rules,
                                       uint16_t *steps, uint16_t *step_count, struct jemput_error *err);
    /* Policy at write time; NULL = all is allowed. Called at COMMIT for each change if the schema has a policy, on the app's thread. JEMPUT_DENIED
     * refuses the COMMIT with err's text. */
    enum jemput_status (*may_write)(void *ctx, const struct jemput_ask *ask, struct jemput_error *err);
    /* jemput_replicate() or jemput_migrate() called by the app outside jemput_store_schema_run: may this device change the schema? NULL = no.
     * On OK the store keeps the SQL as a pending migration (jemput_store_migration_next). */
    enum jemput_status (*may_migrate)(void *ctx, struct jemput_error *err);
    /* jemput_state_hash(): of what is committed in the file, on the app's thread, likewise. JEMPUT_BUSY: something is not sealed. NULL = none. */
    enum jemput_status (*state_hash)(void *ctx, char hex[65], struct jemput_error *err);
    /* What the app may read besides (eponymous.h); fill is given ctx, on the app's thread, perhaps while another thread uses the engine's connection.
     * The array must outlive the store. */
    const struct jemput_eponymous *looks;
    unsigned look_count;
};

/* Open the store file at `path` (create: make it, mode 0600, JEMPUT_EXISTS if there is one; else JEMPUT_NOTFOUND if there is none: never "create
 * empty").
 *   out   owned by the caller on JEMPUT_OK: jemput_store_close; else NULL
 *   JEMPUT_CORRUPT not a jemput store, or damaged    JEMPUT_UPGRADE made by a newer jemput
 *   JEMPUT_IO JEMPUT_DENIED JEMPUT_FULL JEMPUT_BUSY JEMPUT_NOMEM */
enum jemput_status jemput_store_open(struct jemput_store **out, struct jemput_env *env, const char *path, bool create,
                                     const struct jemput_store_hooks *hooks, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of a sealed store (vault.h); jemput_crypto_init() before.
 *   key     32 bytes, as jemput_lid_unlock() gives it, copied; NULL = plain: then this is jemput_store_open()
 *   slots   create: the ways in, for the lid; else NULL
 *   JEMPUT_LOCKED the file is sealed, and no key was given (from jemput_store_open(), too)
 *   JEMPUT_DENIED also: another key; or a key was given and the file is not sealed: somebody may have put another in its place */
enum jemput_status jemput_store_open_sealed(struct jemput_store **out, struct jemput_env *env, const char *path, bool create,
                                            const struct jemput_store_hooks *hooks, const uint8_t *key, const struct jemput_keyslots *slots,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_store_is_sealed(const struct jemput_store *store);
const uint8_t *jemput_store_key(const struct jemput_store *store); /* of a sealed one: its data key; dies with the store */
void jemput_store_slots_set(struct jemput_store *store, const struct jemput_keyslots *slots); /* for copies that are made from here on */
/* Is closing the end of it? JEMPUT_BUSY: the app has statements or blobs left, and its connection would live on with them; or an open transaction,
 * which closing takes back. */
enum jemput_status jemput_store_idle(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_store_close(struct jemput_store *store); /* NULL is allowed; rolls back what is open on both connections */
void jemput_store_lock(struct jemput_store *store);  /* the same, and its keys are gone, even if a backup keeps the app's connection alive */
const char *jemput_store_file(const struct jemput_store *store); /* the file's whole path; dies with the store */
struct sqlite3 *jemput_store_app(struct jemput_store *store); /* the app's connection: owned by the store, dies with it */
bool jemput_store_app_writing(const struct jemput_store *store); /* has the app a transaction open? */
/* From now on that connection reads and writes rows, and nothing else: no DDL, no other files, no PRAGMA that changes anything, no migration. */
void jemput_store_restrict(struct jemput_store *store);

/* From now on `stop` is asked while a begin waits for others, twenty times a second and more: non-zero ends the wait with JEMPUT_CANCELLED. NULL =
 * nobody is asked. */
void jemput_store_heed(struct jemput_store *store, int (*stop)(void *ctx), void *ctx);
/* Asked by whoever works for long, between two steps: JEMPUT_CANCELLED, if `stop` says so. */
enum jemput_status jemput_store_may_go_on(const struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* BEGIN IMMEDIATE on the engine's connection; waits up to wait_ms for the app's writes (JEMPUT_BUSY). JEMPUT_MISUSE: somebody looks (look.h). */
enum jemput_status jemput_store_begin(struct jemput_store *store, unsigned wait_ms, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_commit(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* A transaction that begins by reading, for as long as it takes: others write meanwhile, and it goes on seeing the file as it was. Before it writes
 * it takes the lock. JEMPUT_BUSY: somebody has written since, so that what was read may not hold any more, or writes for longer than wait_ms; it has
 * to be rolled back. end: instead of the lock, where nothing but temporary tables was written: they stay. */
enum jemput_status jemput_store_begin_reading(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_take_lock(struct jemput_store *store, unsigned wait_ms, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_end_reading(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_store_writing(const struct jemput_store *store); /* between begin, of whatever kind, and commit */
bool jemput_store_has_lock(const struct jemput_store *store); /* the same, but not before the lock is taken */
/* From here to its end the lock may be held for longer than an app waits: one of this process is not refused meanwhile (file/compact.c). */
void jemput_store_long_lock(bool begins);
void jemput_store_give_way(struct jemput_store *store); /* between two transactions: whoever waits to write, does */
uint64_t jemput_store_lock_ms(const struct jemput_store *store); /* so long the last transaction, committed, kept others from writing */
/* The longest that this handle has kept others from writing since it was watched: in a transaction, or by renewing the file (file/compact.h). */
void jemput_store_lock_watch(struct jemput_store *store);
uint64_t jemput_store_lock_longest(const struct jemput_store *store);
void jemput_store_rollback(struct jemput_store *store); /* safe at any time; forgets what memory cached of the transaction */
/* Many small readings follow, which share one hold on the file: each alone takes one and gives it back, in six calls of the system. It lasts until
 * its end, or a begin of whatever kind; if it cannot be had, the readings do without. Of no effect in a transaction or a look. */
void jemput_store_readings_begin(struct jemput_store *store);
void jemput_store_readings_end(struct jemput_store *store); /* safe at any time */

/* Named small values (store/file/fact.c). get: JEMPUT_NOTFOUND if there is none; appends to `out`. May be called outside a transaction. */
enum jemput_status jemput_store_fact_get(struct jemput_store *store, const char *name, struct jemput_buf *out,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_fact_put(struct jemput_store *store, const char *name, struct jemput_bytes value,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* A long one, of a schema's text mostly, kept as a zlib stream. unpack: JEMPUT_CORRUPT if it is damaged, or longer than `out` may be. */
enum jemput_status jemput_store_fact_pack(struct jemput_store *store, const char *name, struct jemput_bytes value,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_fact_unpack(struct jemput_store *store, const char *name, struct jemput_buf *out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Integers; a missing one gives `otherwise`. */
enum jemput_status jemput_store_number_get(struct jemput_store *store, const char *name, int64_t otherwise, int64_t *out,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_number_put(struct jemput_store *store, const char *name, int64_t value, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- tables and schema (store/schema/table.c, store/schema/schema.c) --- */

/* Run schema SQL (CREATE TABLE …; SELECT jemput_replicate(…); data) on the engine's connection. Rows that it inserts into tables before they are
 * replicated are the schema's own: the same on every replica, never captured. On success the schema version becomes `version`.
 *   JEMPUT_CORRUPT   the SQL fails; text says where; nothing was changed (the caller rolls back) */
enum jemput_status jemput_store_schema_run(struct jemput_store *store, struct jemput_bytes sql, uint32_t version,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of SQL that stands in a log: what is asked where SQL is written is not asked again, or a space that is older than the question would live
 * on no new device. */
enum jemput_status jemput_store_schema_rerun(struct jemput_store *store, struct jemput_bytes sql, uint32_t version,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* The oldest migration that the app made here and that no control segment carries yet; `sql` in the arena, empty if there is none. */
enum jemput_status jemput_store_migration_next(struct jemput_store *store, struct jemput_arena *arena, struct jemput_bytes *sql, uint32_t *version,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
/* Keep what ran here, of an invitation or another log; nobody sends it. */
enum jemput_status jemput_store_migration_keep(struct jemput_store *store, struct jemput_bytes sql, uint32_t version,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
/* The migration to `version`, in the arena, if it is kept here. JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_migration_find(struct jemput_store *store, uint32_t version, struct jemput_bytes *sql, struct jemput_arena *arena,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_migration_sealed(struct jemput_store *store, uint32_t version, struct jemput_error *err) JEMPUT_MUST_USE;
/* All but those that are still to be sealed. */
enum jemput_status jemput_store_migrations_forget(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Read the shapes if that was not done yet: opening leaves it to whoever needs them first; a begin and a look do it, too. */
enum jemput_status jemput_store_ready(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Shapes; borrowed from the store until the schema changes. NULL = not replicated. */
const struct jemput_table *jemput_store_table(struct jemput_store *store, uint32_t id);
const struct jemput_table *jemput_store_table_named(struct jemput_store *store, const char *name);
uint32_t jemput_store_table_count(struct jemput_store *store); /* ids are 1 … count */
/* What jemput_replicate() was given for a table; appends to `out`. JEMPUT_NOTFOUND */
enum jemput_status jemput_store_table_options(struct jemput_store *store, uint32_t id, struct jemput_buf *out,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Make a value that a person has given what a column of this affinity makes of it: the text '7' in a column of numbers is 7. New bytes are in the
 * arena. */
enum jemput_status jemput_store_value_held(struct jemput_store *store, struct jemput_value *v, enum jemput_affinity affinity,
                                           struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- pending transactions (store/capture/pending.c) --- */

struct jemput_pending_run { /* the ids that one opening of the store has handed out */
    uint8_t seed[32];
    uint64_t first, count;
};

struct jemput_pending {      /* a run of pending transactions of one context, oldest first */
    int64_t context;         /* local number of the context they were written under (jemput_store_context_*) */
    int64_t last_seq;        /* newest of them */
    uint32_t txn_count;
    struct jemput_txn *txns;
    uint32_t run_count;
    struct jemput_pending_run *runs; /* that the ids in them may come from */
    bool more;               /* further pending transactions follow */
};

/* Read the oldest pending transactions: one context, at most JEMPUT_SEGMENT_TXNS_MAX, stopping once their records reach `bytes_target`, or their
 * weight JEMPUT_SEGMENT_WEIGHT_TARGET (at least one). All in `arena`. txn_count 0 = none. Outside a transaction it is a look; inside one it is what
 * can be sealed. */
enum jemput_status jemput_store_pending_read(struct jemput_store *store, size_t bytes_target, struct jemput_pending *out, struct jemput_arena *arena,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of those up to `newest` alone. */
enum jemput_status jemput_store_pending_read_to(struct jemput_store *store, size_t bytes_target, jemput_stamp newest, struct jemput_pending *out,
                                                struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* 0 = none is pending. */
enum jemput_status jemput_store_pending_newest(struct jemput_store *store, jemput_stamp *newest, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_pending_count(struct jemput_store *store, uint64_t *txns, uint64_t *changes,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Before they are encoded: add to pending transactions of one context what only the merge state knows (prepare.c): which values of an open conflict
 * they leave open, and by how much a renewed insert moves a counter. What is added is in `arena`. */
enum jemput_status jemput_store_own_prepare(struct jemput_store *store, struct jemput_txn *txns, uint32_t count, int64_t context,
                                            struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Drop pending transactions up to `last_seq`: a segment carries them now. */
enum jemput_status jemput_store_pending_sealed(struct jemput_store *store, int64_t last_seq, struct jemput_error *err) JEMPUT_MUST_USE;
/* The clock shared by all connections through the file: highest stamp made or seen here. */
enum jemput_status jemput_store_stamp_next(struct jemput_store *store, jemput_stamp *out, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_stamp_see(struct jemput_store *store, jemput_stamp seen, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- segments, lines, contexts (store/causes/segment.c, store/causes/context.c) ---
 * A line is one chain of one writer; a fork makes a second line that branches off the first. Locally each segment has a number of its own (segment
 * id); a version = segment id * 4096 + place of the transaction. A context is kept resolved: for each line, up to which number it was seen. */

struct jemput_segment {
    int64_t id;               /* local; out of jemput_store_segment_add */
    struct jemput_writer writer;
    uint64_t number;
    struct jemput_hash hash;
    struct jemput_hash previous; /* number 1: the space id, which needs no segment here */
    bool control;
    jemput_stamp stamp;
    uint8_t commit[20];       /* git object id */
    uint32_t txn_count;
    jemput_stamp *stamps;     /* of its transactions, txn_count of them; for add only */
    const struct jemput_context *merged; /* for add only: from the header */
    const struct jemput_context *under;  /* for add only; NULL = none */
    bool own;
    bool unread;              /* registered without its key, or behind such a one: it is not merged (epoch.h); out of find and each */
    int64_t frontier;         /* context number of what its log had merged, after it; out of add and find */
};

/* Register a verified segment whose predecessor is registered (or number <= 1). Adding one that is there gives its id and JEMPUT_EXISTS.
 * A second segment with the same number and writer starts a forked line; *forked says so. JEMPUT_CORRUPT: predecessor unknown. */
enum jemput_status jemput_store_segment_add(struct jemput_store *store, struct jemput_segment *segment, bool *forked,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Find by hash; fills all but the for-add-only fields. JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_segment_find(struct jemput_store *store, const struct jemput_hash *hash, struct jemput_segment *out,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* The same by its git commit: looks at all of the register. JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_segment_of_commit(struct jemput_store *store, const uint8_t commit[20], struct jemput_segment *out,
                                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* Is it the newest of its line? */
enum jemput_status jemput_store_segment_is_last(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Newest segment of a writer's line (the main line for a forked writer). JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_segment_last(struct jemput_store *store, const struct jemput_writer *writer, struct jemput_segment *out,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Newest segment that this store sealed as `writer`: the end of its own chain, which another copy of the store may have taken another way.
 * JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_own_last(struct jemput_store *store, const struct jemput_writer *writer, struct jemput_segment *out,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* Newest segment on the line of `segment` that surely goes on from it: where another line forks off at it or later, it itself. */
enum jemput_status jemput_store_segment_after(struct jemput_store *store, const struct jemput_segment *segment, struct jemput_segment *out,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Is all here that the author of a segment had seen? Local number. */
enum jemput_status jemput_store_segment_whole(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Had the author of a segment seen another: is that in its past? Local numbers. *out stays false while a part of its context is not known here. */
enum jemput_status jemput_store_segment_saw(struct jemput_store *store, int64_t later, int64_t earlier, bool *out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
typedef enum jemput_status (*jemput_segment_fn)(void *ctx, const struct jemput_segment *segment, struct jemput_error *err);
/* Each segment in local order (a predecessor and what a context names come first); writer NULL = all. Non-OK from `each` stops and is returned. */
enum jemput_status jemput_store_segments_each(struct jemput_store *store, const struct jemput_writer *writer, uint64_t from_number,
                                              jemput_segment_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same for those that came after local number `after` (0 = all). */
enum jemput_status jemput_store_segments_after(struct jemput_store *store, int64_t after, jemput_segment_fn each, void *ctx,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
/* The same for control segments with records alone: what else there is costs nothing. */
enum jemput_status jemput_store_records_after(struct jemput_store *store, int64_t after, jemput_segment_fn each, void *ctx,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Local number of the newest segment, and whether one after `after` is a control segment with records: another handle may have added it.
 * What memory holds of segments (causes.h) is of that moment, or newer. */
enum jemput_status jemput_store_segments_since(struct jemput_store *store, int64_t after, int64_t *newest, bool *records,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
/* Heads of all lines known here (newest segment of each), arena. */
enum jemput_status jemput_store_heads(struct jemput_store *store, struct jemput_context *out, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Which segment and transaction a version is. JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_version_find(struct jemput_store *store, uint64_t version, struct jemput_segment *segment, jemput_stamp *stamp,
                                             struct jemput_error *err) JEMPUT_MUST_USE;

#define JEMPUT_CONTEXT_EMPTY 1 /* the number of the context that has seen nothing; it stands in no table */
/* Is there a context of this number? */
enum jemput_status jemput_store_context_there(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The frontier: what has been merged here. Its local number is the edit token. */
enum jemput_status jemput_store_frontier(struct jemput_store *store, int64_t *context, struct jemput_error *err) JEMPUT_MUST_USE;
/* Move the frontier over a segment and all that it had seen. */
enum jemput_status jemput_store_frontier_reach(struct jemput_store *store, int64_t segment_id, struct jemput_error *err) JEMPUT_MUST_USE;
/* While the rows of the checkpoint with which a store begins are not here yet, it is held where it was: else what the app writes would count as
 * written by somebody who had seen them. release: they are, and all that was merged besides. */
enum jemput_status jemput_store_frontier_hold(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_frontier_held(struct jemput_store *store, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* This device has written the segment, as another writer than it is now: held or not, it has seen that, and what it follows. */
enum jemput_status jemput_store_frontier_past(struct jemput_store *store, int64_t segment_id, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_frontier_release(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Heads that context `to` covers and `from` does not: for a header. If `through` names a writer whose newest covered segment's own frontier lies
 * within `to`, that head is given as `through` and stands for all that it covers. Own lines are left out. Arena. */
enum jemput_status jemput_store_context_heads(struct jemput_store *store, int64_t from, int64_t to, const struct jemput_writer *through,
                                              struct jemput_context *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Number of the newest segment on `writer`'s main line that segment `id`'s frontier covers, 0 = none: reads a receipt. */
enum jemput_status jemput_store_frontier_covers(struct jemput_store *store, int64_t segment_id, const struct jemput_writer *writer, uint64_t *number,
                                                struct jemput_error *err) JEMPUT_MUST_USE;
/* The newest segment of each of `writer`'s lines that segment `id`'s frontier covers, one at a time: *line = 0 asks for the first.
 * JEMPUT_NOTFOUND, without a text: there are no more. */
enum jemput_status jemput_store_frontier_head(struct jemput_store *store, int64_t segment_id, const struct jemput_writer *writer, int64_t *line,
                                              struct jemput_head *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- merging (store/apply/apply.c, store/constraint/held.c) --- */

struct jemput_merge_counts { /* added to */
    uint64_t txns, rows, conflicts, held, admitted;
};
struct jemput_apply { /* a registered segment of another log */
    int64_t segment_id;
    const struct jemput_txn *txns;
    uint32_t count;
    bool let_in; /* its transactions were refused when it came, and count now; such a one is merged alone */
};
/* Merge the transactions of some segments of a log, oldest first, into rows and merge state, and move the frontier over them. Constraint breakers are
 * held. Many at once are far cheaper than one by one: each page of the trees is then written once. */
enum jemput_status jemput_store_apply_all(struct jemput_store *store, const struct jemput_apply *segments, uint32_t segment_count,
                                          struct jemput_merge_counts *counts, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same for one. */
enum jemput_status jemput_store_apply(struct jemput_store *store, int64_t segment_id, const struct jemput_txn *txns, uint32_t count,
                                      struct jemput_merge_counts *counts, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same for an own segment just sealed from pending transactions: the rows are in the tables already. */
enum jemput_status jemput_store_apply_own(struct jemput_store *store, int64_t segment_id, const struct jemput_txn *txns, uint32_t count,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Bring the tables in line with the merge state where own transactions left work (edit tokens, held rows that may now be shown). file/open.c calls it
 * before COMMIT; does nothing while own transactions are still pending, and costs nothing when there is no such work. */
enum jemput_status jemput_store_settle(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Control segments carry no rows: only the frontier moves. */
enum jemput_status jemput_store_apply_control(struct jemput_store *store, int64_t segment_id, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what people see (store/shown/conflict.c) --- */

struct jemput_sibling {
    uint64_t version;
    struct jemput_writer writer;
    jemput_stamp stamp;
    bool shown;
    bool deleted;                      /* it is a delete; values is NULL */
    const struct jemput_value *values; /* one per column of the group; borrowed for the call */
};
struct jemput_row_conflict {
    const struct jemput_table *table;
    struct jemput_bytes key;
    const struct jemput_group *group; /* NULL: an edit against a delete */
    bool identity;                    /* a column of the group is flagged identity */
    uint32_t sibling_count;
    const struct jemput_sibling *siblings;
};
typedef enum jemput_status (*jemput_conflict_fn)(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err);
enum jemput_status jemput_store_conflicts_each(struct jemput_store *store, jemput_conflict_fn each, void *ctx,
                                               struct jemput_error *err) JEMPUT_MUST_USE;

/* The same of one row. */
enum jemput_status jemput_store_conflicts_of(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key,
                                             jemput_conflict_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_row_look {
    bool shown, held;                  /* neither: it is deleted, or */
    bool cascaded;                     /* alive, and gone with its parent */
    bool restored;                     /* deleted, and shown all the same: what needs it was written meanwhile */
    const struct jemput_value *values; /* by column number, as shown or held, or as it was last; in the arena */
    struct jemput_bytes successor;     /* key of the row that goes on in its place, by its last deletion, though it may be there again; empty = none.
                                        * In the arena */
};
/* One row as it stands. JEMPUT_NOTFOUND: it was never there. */
enum jemput_status jemput_store_row_look(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key,
                                         struct jemput_row_look *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_row_held {
    const struct jemput_table *table;
    struct jemput_bytes key;
    const char *reason;                /* "UNIQUE orang.nik", "FOREIGN KEY keluarga", … borrowed for the call */
    const struct jemput_value *values; /* by column number; borrowed for the call */
};
typedef enum jemput_status (*jemput_held_fn)(void *ctx, const struct jemput_row_held *held, struct jemput_error *err);
enum jemput_status jemput_store_held_each(struct jemput_store *store, jemput_held_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* Whose rows are held, for later: appended to `out`. */
enum jemput_status jemput_store_held_note(struct jemput_store *store, struct jemput_buf *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of rows that are held and are not in that note: `values` is NULL. In table and key order; `each` may use the store. */
enum jemput_status jemput_store_held_since(struct jemput_store *store, struct jemput_bytes noted, jemput_held_fn each, void *ctx,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of one row, if it is held, or, with the reason "INSERT", was never made. */
enum jemput_status jemput_store_held_of(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, jemput_held_fn each,
                                        void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of rows that others have written to and that were never made: by what counts, or by what has come. Their reason is "INSERT". */
enum jemput_status jemput_store_unborn_each(struct jemput_store *store, jemput_held_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_store_counts {
    uint64_t rows, conflicts, held;
};
enum jemput_status jemput_store_counts(struct jemput_store *store, struct jemput_store_counts *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- git objects and refs (store/object/object.c): the blob table below repo/ --- */

enum jemput_status jemput_store_object_put(struct jemput_store *store, const uint8_t oid[20], int kind, struct jemput_bytes data,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* Appends the contents to `out` (NULL = only kind and size are wanted). JEMPUT_NOTFOUND. May be called outside a transaction. */
enum jemput_status jemput_store_object_get(struct jemput_store *store, const uint8_t oid[20], int *kind, size_t *size_bytes, struct jemput_buf *out,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* Take an object out; one that is not there is no error. Adds to *bytes what it took. */
enum jemput_status jemput_store_object_drop(struct jemput_store *store, const uint8_t oid[20], uint64_t *bytes,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_ref_put(struct jemput_store *store, const char *name, const uint8_t oid[20],
                                        struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_ref_get(struct jemput_store *store, const char *name, uint8_t oid[20], struct jemput_error *err) JEMPUT_MUST_USE;

/* --- checking (store/check/check.c) --- */

typedef void (*jemput_problem_fn)(void *ctx, const char *what); /* one sentence, no personal data */
/* File integrity; capture triggers of each table in place; segments, lines and contexts whole; each row's merge state whole, and the row in its table
 * or not as it says; pending transactions against the rows that they wrote. What a row holds is compared with the logs by compare.h. Equal findings
 * in a table are one problem, told in one sentence with their count; *problems: how many were told. Outside a transaction. */
enum jemput_status jemput_store_check(struct jemput_store *store, jemput_problem_fn each, void *ctx, uint64_t *problems,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

#endif
