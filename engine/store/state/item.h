/* store/state/item.h — conflicts and held rows as bytes that name nothing local: items of the state's stream (schema/formats/state-hash.md). */
#ifndef JEMPUT_STORE_STATE_ITEM_H
#define JEMPUT_STORE_STATE_ITEM_H

#include "store/store.h"

enum jemput_state_item {
    JEMPUT_ITEM_END,
    JEMPUT_ITEM_TABLE,
    JEMPUT_ITEM_ROW,
    JEMPUT_ITEM_CONFLICT,
    JEMPUT_ITEM_HELD,
    JEMPUT_ITEM_MARKED,
    JEMPUT_ITEM_REFUSED
};

/* Item, table and key: how each of these items begins. */
void jemput_state_item_begin(struct jemput_buf *out, enum jemput_state_item item, uint32_t table, struct jemput_bytes key);
/* Append the whole item. */
enum jemput_status jemput_state_conflict(struct jemput_buf *out, const struct jemput_row_conflict *conflict,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_state_held(struct jemput_buf *out, const struct jemput_row_held *held, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
