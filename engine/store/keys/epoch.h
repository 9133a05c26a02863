/* store/keys/epoch.h — keys of key epochs that this device has, and segments that it has registered and not merged because it has not the key.
 *
 * A segment whose key is not known is registered like any other (so that its log goes on, the roster is whole, and it can be handed on), with no
 * transactions, and noted as unread. What comes after it in its log waits as well, whether or not it could be read: a log is merged in order. When
 * the key comes, segments are read in local order. Tables: schema/formats/store.md, "jemput_epoch", "jemput_unread". */
#ifndef JEMPUT_STORE_KEYS_EPOCH_H
#define JEMPUT_STORE_KEYS_EPOCH_H

#include "store/store.h"

#define JEMPUT_STORE_EPOCH_KEY_BYTES 32

/* Keep a key of epoch `number`. `maker`: of an epoch that a device made for itself before it was let in; NULL = one of the space's. A key that is
 * there already is left alone. */
enum jemput_status jemput_store_epoch_put(struct jemput_store *store, uint32_t number, const struct jemput_writer *maker,
                                          const uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;
/* Key `index` (from 0) of those of an epoch: copies of one store may have given one number to two keys. JEMPUT_NOTFOUND: there are not so many. The
 * caller wipes it. */
enum jemput_status jemput_store_epoch_get(struct jemput_store *store, uint32_t number, const struct jemput_writer *maker, uint32_t index,
                                          uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;
/* The lowest epoch of the space above `after` of which there is a key. JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_epoch_next(struct jemput_store *store, uint32_t after, uint32_t *number, struct jemput_error *err) JEMPUT_MUST_USE;
/* The lowest epoch above `after` that this maker made for itself. JEMPUT_NOTFOUND. */
enum jemput_status jemput_store_epoch_made(struct jemput_store *store, const struct jemput_writer *maker, uint32_t after, uint32_t *number,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

/* A key is to go for good: no page of the file keeps it once the store was compacted (compact.h). `maker` as above. */
enum jemput_status jemput_store_epoch_drop(struct jemput_store *store, uint32_t number, const struct jemput_writer *maker,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* Each epoch of which there is a key: number, and maker if a device made it for itself (else NULL). Non-OK from `each` stops and is returned; it may
 * not change the table. */
typedef enum jemput_status (*jemput_epoch_fn)(void *ctx, uint32_t number, const struct jemput_writer *maker, struct jemput_error *err);
enum jemput_status jemput_store_epochs_each(struct jemput_store *store, jemput_epoch_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

/* Note a segment that was registered just now as unread; `key_epoch` as its header says, 0 = it needs no key and waits for its predecessor. */
enum jemput_status jemput_store_unread_put(struct jemput_store *store, int64_t segment_id, uint32_t key_epoch,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* The first unread segment behind local number `after` that may be read now: its predecessor is merged, and there is a key of its number. The key
 * may be another one. JEMPUT_NOTFOUND: there is none. */
enum jemput_status jemput_store_unread_next(struct jemput_store *store, int64_t after, struct jemput_segment *out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* It is about to be merged: it has these transactions (a control segment: none are given, its records were registered). */
enum jemput_status jemput_store_unread_read(struct jemput_store *store, int64_t segment_id, const jemput_stamp *stamps, uint32_t count,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* If this segment is unread: another epoch's key will open it. */
enum jemput_status jemput_store_unread_under(struct jemput_store *store, const struct jemput_hash *segment, uint32_t key_epoch,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_unread_count(struct jemput_store *store, uint64_t *count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Is the segment in this commit unread? false: it is merged, or not known here. */
enum jemput_status jemput_store_unread_commit(struct jemput_store *store, const uint8_t commit[20], bool *out,
                                              struct jemput_error *err) JEMPUT_MUST_USE;

#endif
