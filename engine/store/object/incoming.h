/* store/object/incoming.h — git objects that came over a link and belong to nothing yet: what a transfer that was cut has brought is not asked for
 * again. */
#ifndef JEMPUT_STORE_OBJECT_INCOMING_H
#define JEMPUT_STORE_OBJECT_INCOMING_H

#include "store/store.h"

/* Inside a transaction. One that is there already is left. */
enum jemput_status jemput_store_incoming_put(struct jemput_store *store, const uint8_t oid[20], int kind, struct jemput_bytes data,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Appends the contents to `out` (NULL = only the kind is wanted). JEMPUT_NOTFOUND. Its hash is not checked here. */
enum jemput_status jemput_store_incoming_get(struct jemput_store *store, const uint8_t oid[20], int *kind, struct jemput_buf *out,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Forget one; that it is not there is no error. Inside a transaction. */
enum jemput_status jemput_store_incoming_drop(struct jemput_store *store, const uint8_t oid[20], struct jemput_error *err) JEMPUT_MUST_USE;
/* Forget them all. Inside a transaction. */
enum jemput_status jemput_store_incoming_clear(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* What they take, in bytes. */
enum jemput_status jemput_store_incoming_bytes(struct jemput_store *store, int64_t *bytes, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
