/* log/sealed.h — a data payload sealed under the key of a key epoch: only those who have the key can read it (schema/formats/sealing.md, "Payloads").
 *
 * Beside the payload stands the header, but for its last line, which holds length and hash of the payload as sent: what is sealed for one place in
 * one log opens nowhere else. */
#ifndef JEMPUT_LOG_SEALED_H
#define JEMPUT_LOG_SEALED_H

#include "crypto/seal.h"
#include "log/header.h"

/* Append `plain`, sealed for the segment of `h`, whose fields are all set but payload_bytes and payload_hash; those are set here.
 *   JEMPUT_LIMIT   JEMPUT_NOMEM */
enum jemput_status jemput_payload_seal(struct jemput_buf *out, struct jemput_header *h, struct jemput_bytes plain,
                                       const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;
/* Append the payload as it was before it was sealed. `text`: of the header, as jemput_header_read() took it.
 *   JEMPUT_DENIED   another key; or its writer sealed it wrongly     JEMPUT_CORRUPT   too short     JEMPUT_LIMIT   JEMPUT_NOMEM */
enum jemput_status jemput_payload_open(struct jemput_buf *out, struct jemput_bytes text, struct jemput_bytes sealed,
                                       const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;
/* The same by the key of that one text (jemput_seal_single). */
enum jemput_status jemput_payload_open_single(struct jemput_buf *out, struct jemput_bytes text, struct jemput_bytes sealed,
                                              const uint8_t single[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;

#endif
