/* store/constraint/succeed.h — rows that go on in others: which they are, and who names a row by a FOREIGN KEY. */
#ifndef JEMPUT_STORE_CONSTRAINT_SUCCEED_H
#define JEMPUT_STORE_CONSTRAINT_SUCCEED_H

#include "store/store.h"

struct jemput_succeeded_counts {
    uint64_t all;
    uint64_t there; /* of these, shown or held: written to since, or named by a child */
    bool out;       /* there are rows of any kind that their tables do not show, though they are alive */
};
/* Rows a deletion of which names the row that goes on in their place. */
enum jemput_status jemput_store_succeeded_count(struct jemput_store *store, struct jemput_succeeded_counts *out,
                                                struct jemput_error *err) JEMPUT_MUST_USE;
typedef enum jemput_status (*jemput_succeeded_fn)(void *ctx, const struct jemput_table *table, struct jemput_bytes key, bool there,
                                                  struct jemput_error *err);
/* Each of them, in table and key order; `key` is borrowed for the call, which may look at the store. Non-OK from `each` stops and is returned. */
enum jemput_status jemput_store_succeeded_each(struct jemput_store *store, jemput_succeeded_fn each, void *ctx,
                                               struct jemput_error *err) JEMPUT_MUST_USE;

/* Each row that its table does not show, though it is alive: held, or gone with its parent as the schema declares. As above. */
enum jemput_status jemput_store_out_each(struct jemput_store *store, jemput_succeeded_fn each, void *ctx,
                                         struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_reference { /* a FOREIGN KEY that leads to a replicated table */
    const struct jemput_table *parent;
    uint16_t count;
    const uint16_t *columns; /* of the child */
    const uint16_t *targets; /* of the parent, in the same order */
    enum jemput_orphan orphan; /* what becomes of the child if the parent is deleted */
    struct jemput_link *link;
};
/* Those of a table, until the schema changes; the array in the arena. */
enum jemput_status jemput_store_references(struct jemput_store *store, const struct jemput_table *child, const struct jemput_reference **out,
                                           uint16_t *count, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does a child with these values name a parent with these (by column)? As SQLite compares them: by the parent's affinity and collation. */
enum jemput_status jemput_store_reference_names(struct jemput_store *store, const struct jemput_reference *reference,
                                                const struct jemput_value *child, const struct jemput_value *parent, bool *out,
                                                struct jemput_error *err) JEMPUT_MUST_USE;
/* Key of the parent that a child with these values names: of the row that shows what it names; or, of a reference to the parent's key, of the row
 * that would. Empty: it names none. In the arena. */
enum jemput_status jemput_store_reference_key(struct jemput_store *store, const struct jemput_reference *reference, const struct jemput_value *child,
                                              struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* Would a row with these values (by column), by a UNIQUE over columns of the group, claim what a shown row has that is neither of the two? */
enum jemput_status jemput_store_group_taken(struct jemput_store *store, const struct jemput_table *table, uint16_t group,
                                            const struct jemput_value *values, const struct jemput_bytes two[2], bool *out,
                                            struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_referrer {
    const struct jemput_table *table;
    struct jemput_bytes key;
};
struct jemput_referrers { /* zeroed = empty; in an arena */
    uint32_t count, room;
    struct jemput_referrer *of;
};
/* Add the rows that name a row of `table` with these values (by column): shown, as the table has both; or alive and not shown, whatever other row may
 * show these values. One that names it by two FOREIGN KEYs comes twice. */
enum jemput_status jemput_store_referrers(struct jemput_store *store, const struct jemput_table *table, const struct jemput_value *values,
                                          struct jemput_referrers *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
