/* checkpoint/pack_table.h — what packing and unpacking know of the tables: how many values a row of each has, and how many of them are its key. */
#ifndef JEMPUT_CHECKPOINT_PACK_TABLE_H
#define JEMPUT_CHECKPOINT_PACK_TABLE_H

#include "base/bytes.h"

struct jemput_pack_table {
    uint16_t keys, columns; /* columns: the key's included */
};

struct jemput_pack_tables { /* zeroed = none */
    struct jemput_pack_table *of; /* by number - 1 */
    uint32_t count, room;
};

/* Note the next one, from its item. JEMPUT_CORRUPT: it is damaged, or not the next    JEMPUT_NOMEM */
enum jemput_status jemput_pack_table_add(struct jemput_pack_tables *tables, struct jemput_bytes item, struct jemput_error *err) JEMPUT_MUST_USE;
/* NULL = there is none of this number. */
const struct jemput_pack_table *jemput_pack_table_of(const struct jemput_pack_tables *tables, uint64_t number);
void jemput_pack_tables_release(struct jemput_pack_tables *tables);

#endif
