/* api/seal/encode.h — pending transactions become the payload of a segment.
 *
 * That is nearly all of what sealing costs, so it is done ahead, while the app can write. What only the merge state knows is added behind the lock:
 * in the rare case that there is any, or that somebody else has sealed meanwhile, the payload is made anew there. It is what is read behind the
 * lock that counts, and a payload depends on nothing else. */
#ifndef JEMPUT_API_SEAL_ENCODE_H
#define JEMPUT_API_SEAL_ENCODE_H

#include "api/engine.h"

struct encoded {
    size_t target;            /* what was asked for, */
    jemput_stamp newest;      /* and the newest that came; 0 = nothing was made */
    jemput_stamp until;       /* what was pending when sealing began: newer work is for the next time, or it would never end while the app writes */
    struct jemput_hash input; /* of what it was made of */
    struct jemput_buf payload;
};
#define ENCODED_INIT { .payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) }

/* Of the oldest pending transactions; outside of a transaction. Whatever is in the way of it shows when they are sealed. */
void encode_ahead(struct jemput *j, struct encoded *out);
void encoded_release(struct encoded *e);
/* In a store transaction: read the oldest pending transactions, and encode and read back what fits one segment. txn_count 0 = there are none. With
 * `ahead` (may be NULL) they are those that it is of, unless it does not hold any more. */
enum jemput_status pending_encode(struct jemput *j, const struct encoded *ahead, struct jemput_pending *pending, struct jemput_buf *payload,
                                  struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* What is signed stays for ever, so it is read once as its readers will: a codec that is wrong must show here, where the transactions are not lost
 * by it. JEMPUT_CORRUPT: it does not say what it should. */
enum jemput_status seal_reads_back(const struct jemput_txn *txns, uint32_t count, struct jemput_bytes payload,
                                   struct jemput_error *err) JEMPUT_MUST_USE;

#endif
