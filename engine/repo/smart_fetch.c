/* repo/smart_fetch.c — what is new, in one POST: wants and haves go out, a pack comes in and is unpacked as it does. */
#include "repo/smart.h"

#include <string.h>

#define REQUEST_BYTES_MAX ((size_t)8 * 1024 * 1024)

enum fetch_at { AT_SECTION, AT_TIPS, AT_PASSED, AT_PACK, AT_END };

struct fetch {
    struct jemput_smart_want *wants;
    unsigned want_count;
    struct jemput_unpack *unpack;
    enum fetch_at at;
    bool plain;
    bool shallow;
    bool pack; /* some of it has come */
};

/* --- the request --- */

static void want_write(struct jemput_buf *body, const struct jemput_smart_want *want, const char *behind)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    jemput_oid_hex(hex, &want->oid);
    if (want->ref)
        jemput_pkt_write(body, "want-ref %s\n", want->ref);
    else
        jemput_pkt_write(body, "want %s%s\n", hex, behind);
}

static void haves_write(struct jemput_buf *body, const struct jemput_oid *haves, unsigned have_count)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    for (unsigned i = 0; i < have_count; i++) {
        jemput_oid_hex(hex, &haves[i]);
        jemput_pkt_write(body, "have %s\n", hex);
    }
    jemput_pkt_write(body, "done\n");
}

static void request_write(struct jemput_buf *body, const struct fetch *f, const struct jemput_oid *haves, unsigned have_count)
{
    if (f->plain) {
        for (unsigned i = 0; i < f->want_count; i++)
            want_write(body, &f->wants[i], i == 0 ? " side-band-64k no-progress" : "");
        jemput_pkt_mark(body, JEMPUT_PKT_FLUSH);
        haves_write(body, haves, have_count);
        return;
    }
    jemput_pkt_write(body, "command=fetch\n");
    jemput_pkt_write(body, "object-format=sha1\n");
    jemput_pkt_mark(body, JEMPUT_PKT_DELIM);
    jemput_pkt_write(body, "no-progress\n");
    if (f->shallow)
        jemput_pkt_write(body, "deepen 1\n");
    for (unsigned i = 0; i < f->want_count; i++)
        want_write(body, &f->wants[i], "");
    haves_write(body, haves, have_count);
    jemput_pkt_mark(body, JEMPUT_PKT_FLUSH);
}

/* --- the answer --- */

/* Side band: the first byte says what it is. 1 = of the pack, 2 = progress for a person, 3 = why the server gives up. */
static enum jemput_status band_take(struct fetch *f, struct jemput_bytes line, struct jemput_error *err)
{
    struct jemput_bytes rest = { line.data + 1, line.len - 1 };
    char words[201];

    if (line.data[0] == 2)
        return JEMPUT_OK;
    if (line.data[0] == 1) {
        f->pack = true;
        return jemput_unpack_feed(f->unpack, rest, err);
    }
    jemput_smart_words(words, rest);
    return line.data[0] == 3 ? jemput_fail(err, JEMPUT_CORRUPT, "the hub gave up: %s", words) : jemput_fail(err, JEMPUT_CORRUPT, "no side band");
}

static enum jemput_status tip_see(struct fetch *f, struct jemput_bytes line, struct jemput_error *err)
{
    struct jemput_oid oid;
    struct jemput_bytes name;

    if (!jemput_pkt_oid(line, oid.id, &name))
        return jemput_fail(err, JEMPUT_CORRUPT, "no branch where one was promised");
    for (unsigned i = 0; i < f->want_count; i++)
        if (f->wants[i].ref && jemput_bytes_equal(name, jemput_bytes_str(f->wants[i].ref))) {
            f->wants[i].oid = oid;
            f->wants[i].found = true;
        }
    return JEMPUT_OK;
}

static enum fetch_at section_of(struct jemput_bytes line)
{
    struct jemput_bytes name = jemput_pkt_text(line);

    if (jemput_bytes_equal(name, jemput_bytes_str("packfile")))
        return AT_PACK;
    return jemput_bytes_equal(name, jemput_bytes_str("wanted-refs")) ? AT_TIPS : AT_PASSED;
}

static enum jemput_status line_take(struct fetch *f, struct jemput_bytes line, struct jemput_error *err)
{
    switch (f->at) {
    case AT_SECTION:
        f->at = section_of(line);
        return JEMPUT_OK;
    case AT_TIPS:
        return tip_see(f, line, err);
    case AT_PASSED:
        return JEMPUT_OK;
    case AT_PACK:
        if (line.len == 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "no side band");
        return band_take(f, line, err);
    case AT_END:
        break;
    }
    return jemput_fail(err, JEMPUT_CORRUPT, "more bytes after the pack");
}

static enum jemput_status answer_see(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct fetch *f = ctx;

    if (kind == JEMPUT_PKT_LINE && f->plain && f->at == AT_SECTION) { /* "NAK", or "ACK <id>": then the pack */
        f->at = AT_PACK;
        return jemput_pkt_starts(line, "NAK") || jemput_pkt_starts(line, "ACK ") ? JEMPUT_OK
                                                                                : jemput_fail(err, JEMPUT_CORRUPT, "no answer to what was asked");
    }
    if (kind == JEMPUT_PKT_LINE)
        return line_take(f, line, err);
    if (kind == JEMPUT_PKT_DELIM && (f->at == AT_TIPS || f->at == AT_PASSED)) {
        f->at = AT_SECTION;
        return JEMPUT_OK;
    }
    if (kind != JEMPUT_PKT_FLUSH || f->at != AT_PACK)
        return jemput_fail(err, JEMPUT_CORRUPT, "the parts of the answer are out of order");
    f->at = AT_END;
    return JEMPUT_OK;
}

/* --- the exchange --- */

static enum jemput_status fetch_exchange(struct jemput_smart *smart, struct fetch *f, const struct jemput_oid *haves, unsigned have_count,
                                         bool *told, struct jemput_error *err)
{
    struct jemput_buf body = JEMPUT_BUF_INIT(REQUEST_BYTES_MAX);
    struct jemput_http_part part;
    enum jemput_status st;

    request_write(&body, f, haves, have_count);
    part = (struct jemput_http_part){ body.data, body.len };
    st = jemput_buf_check(&body, "what is wanted", err);
    if (!st)
        st = jemput_smart_exchange(smart, &(struct jemput_smart_call){ .service = "git-upload-pack", .version2 = !f->plain, .body = &part,
                                                                      .body_count = 1, .each = answer_see, .ctx = f }, told, err);
    jemput_buf_release(&body);
    return st;
}

static bool wants_by_name(const struct fetch *f)
{
    for (unsigned i = 0; i < f->want_count; i++)
        if (f->wants[i].ref)
            return true;
    return false;
}

/* A server without ref-in-want closes the connection without an answer. */
static enum jemput_status answer_check(struct jemput_smart *smart, const struct fetch *f, bool told, struct jemput_error *err)
{
    if (!told && wants_by_name(f)) {
        smart->nameless = true;
        return jemput_fail(err, JEMPUT_NOTFOUND, "the hub takes no wants by name");
    }
    smart->unfinished = f->at != AT_END || !jemput_unpack_ended(f->unpack);
    if (smart->unfinished)
        return jemput_fail(err, JEMPUT_OFFLINE, "the pack is cut");
    for (unsigned i = 0; i < f->want_count; i++)
        if (f->wants[i].ref && !f->wants[i].found)
            return jemput_fail(err, JEMPUT_CORRUPT, "the hub does not say where '%s' is", f->wants[i].ref);
    return JEMPUT_OK;
}

enum jemput_status jemput_smart_fetch(struct jemput_smart *smart, struct jemput_smart_want *wants, unsigned want_count,
                                      const struct jemput_oid *haves, unsigned have_count, const struct jemput_unpack_to *to, uint32_t *count,
                                      struct jemput_error *err)
{
    struct fetch f = { .wants = wants, .want_count = want_count, .plain = smart->plain, .shallow = smart->shallow };
    bool told = false;
    enum jemput_status st;

    *count = 0;
    smart->unfinished = false;
    JEMPUT_ASSERT(want_count > 0);
    if ((smart->plain || smart->nameless) && wants_by_name(&f))
        return jemput_fail(err, JEMPUT_NOTFOUND, "the hub takes no wants by name");
    st = jemput_unpack_open(&f.unpack, to, err);
    if (!st)
        st = fetch_exchange(smart, &f, haves, have_count, &told, err);
    if (!st)
        st = answer_check(smart, &f, told, err);
    if (f.unpack)
        *count = jemput_unpack_count(f.unpack);
    jemput_unpack_close(f.unpack);
    return st ? jemput_wrap(err, "fetch") : JEMPUT_OK;
}
