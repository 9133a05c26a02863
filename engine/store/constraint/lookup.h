/* store/constraint/lookup.h — who holds what a row claims (UNIQUE), and whether what a row points to is there (FOREIGN KEY). By prepared statements,
 * made on first use. */
#ifndef JEMPUT_STORE_CONSTRAINT_LOOKUP_H
#define JEMPUT_STORE_CONSTRAINT_LOOKUP_H

#include "store/apply/applier.h"

struct jemput_keys { /* keys of rows of one table, in an arena */
    uint32_t count, room;
    struct jemput_bytes *keys;
};
/* Append "SELECT key columns FROM table"; take all rows of a statement that gives key columns, and reset it. */
void jemput_keys_select(struct jemput_buf *sql, const struct jemput_table *t);
enum jemput_status jemput_keys_take(struct jemput_store *store, sqlite3_stmt *stmt, const struct jemput_table *t, struct jemput_keys *out,
                                    struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- claims (lookup.c) --- */

/* What a row claims, per claim of its table: claim->count values, or NULL where it claims nothing (one is NULL, or a partial index leaves it out).
 * `row` and `has` are by column; shown: the table has this row, else it is looked at inside a savepoint. All in the arena. */
enum jemput_status jemput_claims_read(struct jemput_store *store, struct jemput_applier *a, const struct jemput_value *row, const uint8_t *has,
                                      bool shown, struct jemput_value ***out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Keys of shown rows that claim these values. */
enum jemput_status jemput_claim_find(struct jemput_store *store, struct jemput_applier *a, struct jemput_claim *claim,
                                     const struct jemput_value *claimed, struct jemput_keys *out, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Values as bytes that are equal when SQLite finds the values equal by these collations. */
void jemput_values_fold(struct jemput_buf *out, const struct jemput_value *values, const char *const *collations, uint16_t count);

/* --- links (link.c) --- */

/* Is the parent that `row` names there (or does it name none)? */
enum jemput_status jemput_link_holds(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, bool *out,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of a replicated parent, and which row it is. *found false: it is not there. Key in the arena. */
enum jemput_status jemput_link_parent(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, bool *found,
                                      struct jemput_bytes *key, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Keys of the shown children of the parent whose key `row` has: as the table has both. */
enum jemput_status jemput_link_children(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, struct jemput_keys *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Keys of the shown rows that name a parent with the values of `row`, though there is none (any more). */
enum jemput_status jemput_link_naming(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, struct jemput_keys *out,
                                      struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Append what the child `row` names, as bytes that jemput_link_target_bytes gives of the parent it means; of a link to a key they are the parent's
 * Key. Nothing is appended if it names none. The parent is replicated.  JEMPUT_LIMIT: no key is so long */
enum jemput_status jemput_link_names(struct jemput_buf *out, struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_link_target_bytes(struct jemput_buf *out, const struct jemput_link *link, const struct jemput_value *parent,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

#define JEMPUT_PRESENCE_SLOTS 2048
#define JEMPUT_PRESENCE_BYTES 40

struct jemput_presence { /* "a parent with these values is there": saves looking it up again */
    uint32_t target;
    uint8_t len;
    uint8_t bytes[JEMPUT_PRESENCE_BYTES];
};

bool jemput_presence_knows(const struct jemput_appliers *as, uint32_t target, struct jemput_bytes key);
/* Note that a row of this key is there now; forget all that is noted (a row left, or may have). */
void jemput_presence_note(struct jemput_appliers *as, uint32_t target, struct jemput_bytes key);
void jemput_presence_forget(struct jemput_appliers *as);

#endif
