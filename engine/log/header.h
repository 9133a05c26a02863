/* log/header.h — segment header: the canonical text that a segment's commit carries as its message.
 *
 * Lines "word value\n" in one fixed order, lower-case hex, decimal numbers without leading zeros (schema/formats/header.md). The segment's hash is
 * BLAKE2b-256 of this text; the previous hash in it makes the chain; the payload's hash in it binds the bytes as sent (we do not trust SHA-1). The
 * genesis segment has number 0, and writer, space and previous hash all zero: its hash is the space id. Every log's segment 1, the root
 * administrator's as well, has the space id as its previous hash. */
#ifndef JEMPUT_LOG_HEADER_H
#define JEMPUT_LOG_HEADER_H

#include "change/context.h"
#include "clock/hlc.h"
#include "identity/writer.h"

enum jemput_class { JEMPUT_CLASS_CONTROL = 1, JEMPUT_CLASS_DATA = 2 };

struct jemput_header {
    enum jemput_class klass;
    struct jemput_space space;  /* all zero in the genesis segment: it is what the space id is the hash of */
    struct jemput_writer writer; /* all zero in the genesis segment */
    uint32_t epoch;             /* of the writer, from 1 */
    uint32_t generation;        /* of the log: the stretch between checkpoints, from 0 */
    uint64_t number;            /* from 1, runs on across generations; 0 = the genesis segment */
    struct jemput_hash previous;
    jemput_stamp stamp;         /* of the sealing */
    struct jemput_context merged; /* heads merged since the previous segment of this log: adds to the log's frontier. At central: the receipt */
    bool has_under;
    struct jemput_context under; /* if has_under: the context of this segment's transactions, instead of the frontier (an edit token's) */
    bool has_state;
    /* if has_state, in control segments: of all that the author had merged, with its own log before this (state-hash.md) */
    struct jemput_hash state;
    uint32_t roster_version, policy_version, schema_version; /* it was written under */
    uint32_t codec;             /* 0 = clear records (control), 1 = columns + zlib + dictionary 1, 2 = a part of a checkpoint */
    uint32_t key_epoch;         /* 0 = not encrypted */
    uint32_t payload_bytes;
    struct jemput_hash payload_hash; /* BLAKE2b-256 of the payload as sent */
};

void jemput_header_write(struct jemput_buf *out, const struct jemput_header *h);
/* Refuses everything that jemput_header_write would not have written. Contexts come from `arena`.
 *   JEMPUT_CORRUPT, JEMPUT_NOMEM    JEMPUT_UPGRADE   a format number above ours */
enum jemput_status jemput_header_read(struct jemput_header *out, struct jemput_bytes text, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_header_hash(struct jemput_hash *out, struct jemput_bytes text);

/* Check that a segment is what its header says and follows its log's last one.
 *   header/text    of the segment; payload as sent; public_key from its verified signature
 *   previous       hash of the log's segment `number - 1` (for number 1: the space id; NULL for genesis)
 * JEMPUT_CORRUPT: payload hash or size, writer id not derived from key, epoch and space, wrong previous hash. JEMPUT_DENIED: another space. */
enum jemput_status jemput_chain_check(const struct jemput_header *h, struct jemput_bytes payload, const struct jemput_space *space,
                                      const uint8_t public_key[32], const struct jemput_hash *previous, struct jemput_error *err) JEMPUT_MUST_USE;

/* Of that only size and hash of the payload: of a segment whose writer was checked before there was a payload. JEMPUT_CORRUPT */
enum jemput_status jemput_chain_payload(const struct jemput_header *h, struct jemput_bytes payload, struct jemput_error *err) JEMPUT_MUST_USE;
/* Only the previous hash. JEMPUT_CORRUPT */
enum jemput_status jemput_chain_follows(const struct jemput_header *h, const struct jemput_hash *previous, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
