/* repo/smart_push.c — a stretch of a log to a git server in one POST: the branch is where we remember it, or the server says no and nothing has
 * changed. The report comes in a side band, beside which a hub's own check can say in words why it refused; a server without side bands sends it
 * bare. */
#include "repo/smart.h"

#include <stdio.h>
#include <string.h>

#define HEAD_BYTES_MAX ((size_t)1024 * 1024) /* before the pack: mostly roots */

struct push {
    const char *ref;
    struct jemput_pkt_reader inner; /* the report within its band */
    bool banded;
    bool unpacked, moved, refused, ended;
    char words[201]; /* why it was refused */
    char said[201];  /* what the hub's own check said of it */
};

/* "unpack ok" or "unpack <why>" */
static enum jemput_status unpack_see(struct push *p, struct jemput_bytes text, struct jemput_error *err)
{
    p->unpacked = jemput_bytes_equal(text, jemput_bytes_str("unpack ok"));
    if (!p->unpacked)
        jemput_smart_words(p->words, jemput_bytes_of(text.data + 7, text.len - 7));
    (void)err;
    return JEMPUT_OK;
}

/* "ok <ref>" or "ng <ref> <why>" */
static enum jemput_status ref_see(struct push *p, struct jemput_bytes text, struct jemput_error *err)
{
    size_t len = strlen(p->ref);

    if (text.len < 3 + len || memcmp(text.data + 3, p->ref, len) != 0 || (text.len > 3 + len && text.data[3 + len] != ' '))
        return jemput_fail(err, JEMPUT_CORRUPT, "the hub tells of a branch that was not sent");
    p->moved = text.data[0] == 'o';
    p->refused = !p->moved;
    if (p->refused && p->unpacked && text.len > 4 + len)
        jemput_smart_words(p->words, jemput_bytes_of(text.data + 4 + len, text.len - 4 - len));
    return JEMPUT_OK;
}

static enum jemput_status report_line(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct push *p = ctx;
    struct jemput_bytes text = jemput_pkt_text(line);

    if (kind == JEMPUT_PKT_FLUSH) {
        p->ended = true;
        return JEMPUT_OK;
    }
    if (kind == JEMPUT_PKT_LINE && jemput_pkt_starts(text, "unpack "))
        return unpack_see(p, text, err);
    if (kind == JEMPUT_PKT_LINE && (jemput_pkt_starts(text, "ok ") || jemput_pkt_starts(text, "ng ")))
        return ref_see(p, text, err);
    return jemput_fail(err, JEMPUT_CORRUPT, "not a report of a push");
}

/* Band 1 holds the report, band 2 words of the hub's own check, band 3 those with which it gave up. */
static enum jemput_status band_see(struct push *p, struct jemput_bytes line, struct jemput_error *err)
{
    struct jemput_bytes rest = jemput_bytes_of(line.data + 1, line.len - 1);

    p->banded = true;
    if (line.data[0] == 1)
        return jemput_pkt_feed(&p->inner, rest, report_line, p, err);
    if (!p->said[0] || line.data[0] == 3)
        jemput_smart_words(p->said, rest);
    return line.data[0] == 2 ? JEMPUT_OK : jemput_fail(err, JEMPUT_DENIED, "the hub refuses it: %s", p->said);
}

static enum jemput_status report_see(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct push *p = ctx;

    if (kind == JEMPUT_PKT_LINE && line.len && line.data[0] >= 1 && line.data[0] <= 3)
        return band_see(p, line, err);
    if (kind == JEMPUT_PKT_FLUSH && p->banded)
        return JEMPUT_OK;
    return report_line(ctx, kind, line, err);
}

/* The words of git 2.30 to 2.47, and of servers that only have to say that the branch stands elsewhere. */
static bool words_moved(const char *words)
{
    static const char *const moved[] = { "failed to update ref", "non-fast-forward", "fetch first", "already exists", "reference already exists",
        "cannot lock ref", "stale info" };

    for (size_t i = 0; i < sizeof moved / sizeof moved[0]; i++)
        if (strstr(words, moved[i]))
            return true;
    return false;
}

static enum jemput_status report_check(const struct push *p, struct jemput_error *err)
{
    if (p->refused && p->unpacked && words_moved(p->words))
        return jemput_fail(err, JEMPUT_EXISTS, "the branch is elsewhere: %s", p->words);
    if (p->refused || (p->ended && !p->unpacked))
        return jemput_fail(err, JEMPUT_DENIED, "the hub refuses it: %s", p->said[0] ? p->said : p->words);
    if (!p->moved || !p->ended)
        return jemput_fail(err, JEMPUT_OFFLINE, "the hub's report is cut");
    return JEMPUT_OK;
}

/* "shallow <id>" for each root, then what is to be moved. */
static void command_write(struct jemput_buf *head, const struct jemput_smart_pushed *pushed)
{
    static const struct jemput_oid none;
    char old_hex[2 * JEMPUT_OID_BYTES + 1], new_hex[2 * JEMPUT_OID_BYTES + 1], line[256 + JEMPUT_REF_NAME_BYTES_MAX];
    int len;

    for (unsigned i = 0; i < pushed->root_count; i++) {
        jemput_oid_hex(new_hex, &pushed->roots[i]);
        jemput_pkt_write(head, "shallow %s\n", new_hex);
    }
    jemput_oid_hex(old_hex, pushed->expected ? pushed->expected : &none);
    jemput_oid_hex(new_hex, pushed->tip);
    len = snprintf(line, sizeof line, "%s %s %s%creport-status side-band-64k quiet", old_hex, new_hex, pushed->ref, '\0');
    jemput_pkt_write_bytes(head, jemput_bytes_of(line, (size_t)len));
    jemput_pkt_mark(head, JEMPUT_PKT_FLUSH);
}

enum jemput_status jemput_smart_push(struct jemput_smart *smart, const struct jemput_smart_pushed *pushed, struct jemput_error *err)
{
    struct push p = { .ref = pushed->ref, .inner = JEMPUT_PKT_READER_INIT };
    struct jemput_buf head = JEMPUT_BUF_INIT(HEAD_BYTES_MAX);
    struct jemput_http_part parts[2];
    enum jemput_status st;

    JEMPUT_ASSERT(jemput_ref_name_valid(pushed->ref));
    command_write(&head, pushed);
    st = jemput_buf_check(&head, "push", err);
    parts[0] = (struct jemput_http_part){ head.data, head.len };
    parts[1] = (struct jemput_http_part){ pushed->pack.data, pushed->pack.len };
    if (!st)
        st = jemput_smart_exchange(smart, &(struct jemput_smart_call){ .service = "git-receive-pack", .body = parts, .body_count = 2,
                                                                      .each = report_see, .ctx = &p }, NULL, err);
    if (!st)
        st = report_check(&p, err);
    jemput_pkt_release(&p.inner);
    jemput_buf_release(&head);
    return st ? jemput_wrap(err, "push '%s'", pushed->ref) : JEMPUT_OK;
}
