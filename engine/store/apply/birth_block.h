/* store/apply/birth_block.h — births (birth.h) as the file has them: many to an entry of jemput_birth, four of which fill a page. A birth takes some
 * 8 bytes there; as an entry of its own it would take 27, and a merge would meet twice as many pages. Four, because SQLite moves entries between
 * neighbouring pages and so keeps them fuller than halving blocks of a page's size does: a third less room.
 *
 * All births of a block are of one width, so that one is found by halving, and those that are not touched are copied as they lie: a merge meets most
 * blocks of a large store, for a few births each. */
#ifndef JEMPUT_STORE_APPLY_BIRTH_BLOCK_H
#define JEMPUT_STORE_APPLY_BIRTH_BLOCK_H

#include "store/apply/applier.h"

#define JEMPUT_BIRTH_ID_BITS 48

struct jemput_birth_block { /* being read */
    uint64_t first;
    unsigned id_bytes, version_bytes;
    const uint8_t *of;  /* the births */
    uint32_t count, at; /* so many, and so many read */
    uint64_t id, version; /* of the birth at hand */
    bool damaged;
};

/* The births of a block in ascending order; they borrow from `births`.
 *   first   the block's own id: none is below it */
void jemput_birth_block_open(struct jemput_birth_block *b, uint64_t first, struct jemput_bytes births);
/* false: there are no more; or the rest is damaged. */
bool jemput_birth_block_next(struct jemput_birth_block *b);

/* *version 0 = there is none of this id. JEMPUT_CORRUPT: its block is damaged. */
enum jemput_status jemput_birth_blocks_find(struct jemput_store *store, uint64_t id, uint64_t *version, struct jemput_error *err) JEMPUT_MUST_USE;
/* The birth of this id goes, if it is of that version. */
enum jemput_status jemput_birth_blocks_drop(struct jemput_store *store, uint64_t id, uint64_t version, struct jemput_error *err) JEMPUT_MUST_USE;
/* Put in births that are sorted by id (number). If an id is taken by another version, that row gets an entry in jemput_row. */
enum jemput_status jemput_birth_blocks_put(struct jemput_store *store, const struct jemput_entry *births, uint32_t count,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

#endif
