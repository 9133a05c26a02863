/* store/apply/erase.h — a row that is to be as if it had never been: out of its table, and out of all that merging has noted of it. */
#ifndef JEMPUT_STORE_APPLY_ERASE_H
#define JEMPUT_STORE_APPLY_ERASE_H

#include "store/store.h"

/* Take rows out of a store in which nothing is pending; `tables` and `keys` are parallel lists. What the constraints had held because of them is
 * shown again, what names them by a FOREIGN KEY is held: as if all had been merged without them. A row that is not there is no error. Inside a
 * transaction. JEMPUT_CORRUPT JEMPUT_IO JEMPUT_NOMEM JEMPUT_FULL */
enum jemput_status jemput_store_rows_erase(struct jemput_store *store, const uint32_t *tables, const struct jemput_bytes *keys, uint32_t count,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

#endif
