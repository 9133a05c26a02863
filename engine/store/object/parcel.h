/* store/object/parcel.h — what this device carries for others: logs that came in a bundle and are to go on to a hub, or into the next bundle.
 *
 * A parcel is one branch. Where this device follows that log its segments are registered, and the parcel only says that they are to be handed on;
 * else it holds the git objects, sealed as they came. Nothing in it counts as had. */
#ifndef JEMPUT_STORE_OBJECT_PARCEL_H
#define JEMPUT_STORE_OBJECT_PARCEL_H

#include "store/store.h"

struct jemput_parcel {
    char ref[96];
    uint8_t commit[20]; /* its end */
    struct jemput_writer writer;
    uint64_t first, last; /* numbers of the segments that came; 0 = the genesis segment */
    int64_t bytes;        /* of the objects that it holds */
    int64_t taken_ms;
};

/* Inside a transaction, all that write. One with that ref is replaced; its objects stay. */
enum jemput_status jemput_store_parcel_put(struct jemput_store *store, const struct jemput_parcel *parcel, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_parcel_object_put(struct jemput_store *store, const char *ref, const uint8_t oid[20], int kind,
                                                  struct jemput_bytes data, struct jemput_error *err) JEMPUT_MUST_USE;
/* With its objects. */
enum jemput_status jemput_store_parcel_drop(struct jemput_store *store, const char *ref, struct jemput_error *err) JEMPUT_MUST_USE;
/* All of them by their refs; the array is in the arena. */
enum jemput_status jemput_store_parcels(struct jemput_store *store, struct jemput_parcel **out, uint32_t *count, struct jemput_arena *arena,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* Appends the contents to `out` (NULL = only kind and size are wanted). JEMPUT_NOTFOUND. Its hash is not checked here. */
enum jemput_status jemput_store_parcel_object_get(struct jemput_store *store, const uint8_t oid[20], int *kind, size_t *size, struct jemput_buf *out,
                                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* What the objects of all of them take, in bytes. */
enum jemput_status jemput_store_parcel_bytes(struct jemput_store *store, int64_t *bytes, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
