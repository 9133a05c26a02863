/* store/apply/birth.h — rows that one insert made and nothing has touched since: most of all rows.
 *
 * All that merging must know of such a row is that insert's version, so it is not given an entry in jemput_row, with its whole key, but two
 * numbers in jemput_birth (birth_block.h): its id, a keyed hash of table and key of 48 bits, and the version. Two rows of one hash are no harm: the
 * second gets an entry in jemput_row. So does every row once something else is known of it; an entry there always comes before a birth, which stays
 * behind.
 *
 * A row of a new insert is looked for by the app's own table, which refuses a key that it has; but a row that is known and not shown (deleted, held)
 * must be met, too. The hashes of those are kept in memory. */
#ifndef JEMPUT_STORE_APPLY_BIRTH_H
#define JEMPUT_STORE_APPLY_BIRTH_H

#include "store/apply/applier.h"

#define JEMPUT_NOTED_WORDS 2048 /* a power of two */

struct jemput_births {
    uint32_t count, room;
    struct jemput_entry *of;            /* noted, and not in the file yet; as they came; number: of the birth. And room for as many, to sort them */
    uint64_t noted[JEMPUT_NOTED_WORDS]; /* a bit for each of them, by its number: what has none is not looked for in `of` */
    bool loaded;                        /* the hidden ones are known */
    bool all_hidden;                    /* there are too many to remember: each is looked up */
    uint32_t hidden_count, hidden_room;
    uint64_t *hidden; /* hash table of ids; 0 = free */
    uint8_t key[16];  /* of the hash */
    bool keyed;
};

/* Does the table hold the key's values as the key has them? A log may name a TEXT key by a number: then the row's own key is another, and has another
 * hash. */
bool jemput_key_is_kept(const struct jemput_applier *a, struct jemput_bytes key);
/* A hash under a key that is 16 bytes long: the caller's (store.h), or where that gave none a plain one. */
uint64_t jemput_birth_hash(const struct jemput_store *store, const uint8_t key[16], struct jemput_bytes in);
/* The key of this store's hashes, which nobody else knows. JEMPUT_NOTFOUND: no row was born yet, so there is none. */
enum jemput_status jemput_birth_key(struct jemput_store *store, uint8_t key[16], struct jemput_error *err) JEMPUT_MUST_USE;
/* Make it, if there is none. Inside a transaction. */
enum jemput_status jemput_birth_key_make(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* The number of a row's birth. JEMPUT_NOTFOUND: this store has none. */
enum jemput_status jemput_birth_id(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t *out,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
/* May a row of this key be known though the table does not show it, or show it under another key? Else an insert that the table takes is of a new
 * row, whose birth can be noted. */
enum jemput_status jemput_birth_may_be_hidden(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, bool *out,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Note the birth of a row that the table has just taken. The insert stays borrowed until jemput_births_flush. */
enum jemput_status jemput_birth_note(struct jemput_store *store, const struct jemput_applier *a, const struct jemput_change *insert, uint64_t version,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* The version that made the row of this key, if it is not in jemput_row; *version 0 = there is none noted. A row of another key may have the same
 * hash: the row is plain only if its table has it. */
enum jemput_status jemput_birth_find(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t *version,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* The row is to be as if it had never been: what was noted of its birth by that version goes. After jemput_births_flush. */
enum jemput_status jemput_birth_drop(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t version,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* A row's entry in jemput_row now says that the table does not show it. */
enum jemput_status jemput_birth_hide(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Write what was noted. Before anything is read by something else than jemput_birth_find, and before the keys go. */
enum jemput_status jemput_births_flush(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Another connection may have written: what is hidden is to be read anew. */
void jemput_births_stale(struct jemput_births *births);
void jemput_births_release(struct jemput_births *births);

#endif
