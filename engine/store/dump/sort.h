/* store/dump/sort.h — items of rows brought into the order of the transactions that made them. Part of dump.h.
 *
 * There may be more of them than memory has room for. SQLite sorts them: it keeps 1 MiB at a time, and the rest in temporary files, which a sealed
 * store seals, too. */
#ifndef JEMPUT_STORE_DUMP_SORT_H
#define JEMPUT_STORE_DUMP_SORT_H

#include "store/dump/dump.h"

struct jemput_dump_sorter;

/*   out   owned by the caller: jemput_dump_sorter_free (NULL is allowed), before `store` is closed
 *   JEMPUT_NOMEM JEMPUT_IO */
enum jemput_status jemput_dump_sorter_new(struct jemput_dump_sorter **out, struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_NOMEM JEMPUT_IO JEMPUT_FULL */
enum jemput_status jemput_dump_sorter_add(struct jemput_dump_sorter *s, uint64_t txn, uint32_t table, struct jemput_bytes key,
                                          struct jemput_bytes item, struct jemput_error *err) JEMPUT_MUST_USE;
/* All items by transaction, table, key. Another status from `each` than OK ends it. */
enum jemput_status jemput_dump_sorter_give(struct jemput_dump_sorter *s, jemput_dump_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_dump_sorter_free(struct jemput_dump_sorter *s);

#endif
