/* log/chain.c — chain check: a segment is what its header says, and follows its log's last one. */
#include <string.h>

#include "log/header.h"

enum jemput_status jemput_chain_payload(const struct jemput_header *h, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_hash hash;

    if (payload.len != h->payload_bytes)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment: payload has %zu bytes, its header says %lu", payload.len, (unsigned long)h->payload_bytes);
    jemput_hash256(hash.bytes, payload, NULL);
    if (!jemput_hash_equal(&hash, &h->payload_hash))
        return jemput_fail(err, JEMPUT_CORRUPT, "segment: payload does not have the hash that its header names");
    return JEMPUT_OK;
}

enum jemput_status jemput_chain_follows(const struct jemput_header *h, const struct jemput_hash *previous, struct jemput_error *err)
{
    if (h->number == 0) /* genesis: bound by its own hash, which is the space id; the caller has compared that */
        return previous ? jemput_fail(err, JEMPUT_CORRUPT, "segment: a genesis segment inside a log") : JEMPUT_OK;
    if (!previous || !jemput_hash_equal(previous, &h->previous))
        return jemput_fail(err, JEMPUT_CORRUPT, "segment: number %llu does not follow the log's last one", (unsigned long long)h->number);
    return JEMPUT_OK;
}

enum jemput_status jemput_chain_check(const struct jemput_header *h, struct jemput_bytes payload, const struct jemput_space *space,
                                      const uint8_t public_key[32], const struct jemput_hash *previous, struct jemput_error *err)
{
    struct jemput_writer derived;
    enum jemput_status st;

    if (h->number && memcmp(h->space.id, space->id, sizeof space->id) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "segment: of another space");
    jemput_writer_derive(&derived, space, public_key, h->epoch);
    if (h->number && jemput_writer_compare(&derived, &h->writer) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment: its writer is not the one of its key, epoch and space");
    st = jemput_chain_follows(h, previous, err);
    return st ? st : jemput_chain_payload(h, payload, err);
}
