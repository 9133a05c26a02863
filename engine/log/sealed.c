/* log/sealed.c — a data payload sealed under the key of a key epoch. See sealed.h. */
#include "log/sealed.h"

#include "base/limits.h"

/* The header's text but for its last line. */
static struct jemput_bytes beside_of(struct jemput_bytes text)
{
    size_t len = text.len ? text.len - 1 : 0; /* it ends in a newline */

    while (len > 0 && text.data[len - 1] != '\n')
        len--;
    return jemput_bytes_of(text.data, len);
}

enum jemput_status jemput_payload_seal(struct jemput_buf *out, struct jemput_header *h, struct jemput_bytes plain,
                                       const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    size_t start = out->len;
    struct jemput_bytes sealed;
    enum jemput_status st;

    if (plain.len > JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX - JEMPUT_SEAL_OVERHEAD_BYTES)
        return jemput_fail(err, JEMPUT_LIMIT, "a payload of %zu bytes is too large to be sealed", plain.len);
    h->payload_bytes = (uint32_t)(plain.len + JEMPUT_SEAL_OVERHEAD_BYTES);
    jemput_header_write(&text, h); /* its last line does not matter */
    st = jemput_buf_check(&text, "segment header", err);
    if (!st) {
        jemput_seal_make(out, plain, beside_of(jemput_buf_bytes(&text)), key);
        st = jemput_buf_check(out, "sealed payload", err);
    }
    jemput_buf_release(&text);
    if (st)
        return st;
    sealed = jemput_bytes_of(out->data + start, out->len - start);
    jemput_hash256(h->payload_hash.bytes, sealed, NULL);
    return JEMPUT_OK;
}

enum jemput_status jemput_payload_open(struct jemput_buf *out, struct jemput_bytes text, struct jemput_bytes sealed,
                                       const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    return jemput_seal_open(out, sealed, beside_of(text), key, err);
}

enum jemput_status jemput_payload_open_single(struct jemput_buf *out, struct jemput_bytes text, struct jemput_bytes sealed,
                                              const uint8_t single[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    return jemput_seal_open_single(out, sealed, beside_of(text), single, err);
}
