/* store/lookup.h — who holds what a row claims (UNIQUE), and whether what a row points to is there (FOREIGN KEY). */
#ifndef JEMPUT_STORE_LOOKUP_H
#define JEMPUT_STORE_LOOKUP_H

#include "store/applier.h"

struct jemput_keys { /* keys of rows of one table, in an arena */
    uint32_t count, room;
    struct jemput_bytes *keys;
};
/* What a row claims, per claim of its table: claim->count values, or NULL where it claims nothing (one is NULL, or a partial index leaves it out).
 * `row` and `has` are by column; shown: the table has this row, else it is looked at inside a savepoint. All in the arena. */
enum jemput_status jemput_claims_read(struct jemput_store *store, struct jemput_applier *a, const struct jemput_value *row, const uint8_t *has,
                                      bool shown, struct jemput_value ***out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Keys of shown rows that claim these values. */
enum jemput_status jemput_claim_find(struct jemput_store *store, struct jemput_applier *a, struct jemput_claim *claim,
                                     const struct jemput_value *claimed, struct jemput_keys *out, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Claimed values as bytes that are equal when SQLite's constraint finds them equal. */
void jemput_claim_bytes(struct jemput_buf *out, const struct jemput_claim *claim, const struct jemput_value *claimed);
/* Is the parent that `row` names there (or does it name none)? */
enum jemput_status jemput_link_holds(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, bool *out,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Keys of the shown children of the parent row `row`. */
enum jemput_status jemput_link_children(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, struct jemput_keys *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#define JEMPUT_PRESENCE_SLOTS 2048
#define JEMPUT_PRESENCE_BYTES 40

struct jemput_presence { /* "a parent with these values is there": saves looking it up again */
    uint32_t target;
    uint8_t len;
    uint8_t bytes[JEMPUT_PRESENCE_BYTES];
};

/* Note that a row of this key is there now; forget all that is noted (a row left, or may have). */
void jemput_presence_note(struct jemput_appliers *as, uint32_t target, struct jemput_bytes key);
void jemput_presence_forget(struct jemput_appliers *as);

#endif
