/* api/look/explain.c — one segment explained: who signed it, what it follows, when, by which rights, and what became of it here. */
#include "api/look/explain.h"

#include <stdlib.h>
#include <string.h>

#include "api/cases/cases.h"
#include "api/checkpoint/checkpoint.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"

enum jemput_status explain_text(struct explaining *x, struct jemput_bytes text, const char **out, struct jemput_error *err)
{
    *out = jemput_arena_str(&x->arena, text);
    return *out ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory to explain a segment");
}

enum jemput_status explain_label(struct explaining *x, const struct jemput_writer *writer, const char **out, struct jemput_error *err)
{
    char label[CASE_LABEL_BYTES];

    case_label(x->j, writer, label);
    return explain_text(x, jemput_bytes_str(label), out, err);
}

/* --- which one --- */

struct finding {
    struct jemput *j;
    char digits[65];  /* lower-case: how hash, commit or writer begins; "" = not that */
    uint32_t device;  /* its number in the roster; 0 = not that */
    bool by_number;
    uint64_t number;
    unsigned count;
    struct jemput_segment found;
};

static bool begins(const uint8_t *bytes, size_t len, const char *digits)
{
    char hex[2 * JEMPUT_HASH_BYTES + 1];

    jemput_hex_encode(hex, bytes, len);
    return digits[0] && strncmp(hex, digits, strlen(digits)) == 0;
}

static bool meant(const struct finding *f, const struct jemput_segment *s)
{
    const struct jemput_member *m;

    if (!f->by_number)
        return begins(s->hash.bytes, sizeof s->hash.bytes, f->digits) || begins(s->commit, sizeof s->commit, f->digits);
    if (s->number != f->number)
        return false;
    m = f->device ? jemput_roster_member(&f->j->roster, &s->writer) : NULL;
    return (m && m->device_number == f->device) || begins(s->writer.id, sizeof s->writer.id, f->digits);
}

static enum jemput_status look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct finding *f = ctx;

    (void)err;
    if (meant(f, segment)) {
        f->found = *segment;
        f->count++;
    }
    return JEMPUT_OK;
}

static bool digits_read(char out[65], const char *text, size_t len)
{
    if (len < 4 || len > 64 || strspn(text, "0123456789abcdefABCDEF") < len)
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
    out[len] = 0;
    return true;
}

static bool name_read(struct finding *f, const char *name)
{
    const char *colon = strchr(name, ':');
    size_t digits = colon ? strspn(name, "0123456789") : 0;
    char *end;

    if (!colon)
        return digits_read(f->digits, name, strlen(name));
    f->by_number = true;
    if (colon[1] < '1' || colon[1] > '9')
        return false;
    f->number = strtoull(colon + 1, &end, 10);
    if (*end)
        return false;
    if (digits == (size_t)(colon - name) && digits <= 6 && name[0] != '0')
        f->device = (uint32_t)strtoul(name, NULL, 10);
    return digits_read(f->digits, name, (size_t)(colon - name)) || f->device; /* "9399:2" may be either: device or how a writer begins */
}

static enum jemput_status segment_find(struct explaining *x, const char *name, struct jemput_error *err)
{
    struct finding f = { .j = x->j };
    enum jemput_status st;

    if (!name_read(&f, name))
        return jemput_fail(err, JEMPUT_MISUSE, "'%.80s': give how its hash or commit begins (4 digits at least), or WRITER:NUMBER", name);
    st = jemput_store_segments_each(x->j->store, NULL, 0, look, &f, err);
    if (!st && f.count == 0)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no segment here is called '%.80s'", name);
    if (!st && f.count > 1)
        st = jemput_fail(err, JEMPUT_MISUSE, "%u segments are called '%.80s': give more of its hash", f.count, name);
    x->segment = f.found;
    return st;
}

/* --- what it had seen, and who had seen it --- */

static enum jemput_status heads_tell(struct explaining *x, struct jemput_error *err)
{
    const struct jemput_context *merged = &x->read.header.merged;
    struct jemput_explained_head *heads = jemput_arena_array(&x->arena, merged->count, sizeof *heads);
    enum jemput_status st = heads ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory to explain a segment");

    for (uint32_t i = 0; !st && i < merged->count; i++) {
        struct jemput_segment there;

        heads[i].number = merged->heads[i].number;
        jemput_hex_encode(heads[i].writer, merged->heads[i].writer.id, sizeof merged->heads[i].writer.id);
        jemput_hex_encode(heads[i].segment, merged->heads[i].hash.bytes, sizeof merged->heads[i].hash.bytes);
        st = explain_label(x, &merged->heads[i].writer, &heads[i].label, err);
        if (!st)
            st = jemput_store_segment_find(x->j->store, &merged->heads[i].hash, &there, err);
        heads[i].known = st == JEMPUT_OK;
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    x->out.head_count = merged->count;
    x->out.heads = heads;
    return st;
}

/* Central's segments in their order: the last that it had seen, and the first that had seen it. */
static enum jemput_status bounds_look(void *ctx, const struct jemput_segment *of_central, struct jemput_error *err)
{
    struct explaining *x = ctx;
    bool saw = false;
    enum jemput_status st;

    if (of_central->id < x->segment.id) {
        st = jemput_store_segment_saw(x->j->store, x->segment.id, of_central->id, &saw, err);
        if (!st && saw)
            x->out.after_ms = jemput_stamp_ms(of_central->stamp);
        return st;
    }
    if (of_central->id == x->segment.id || x->out.before_ms)
        return JEMPUT_OK;
    st = jemput_store_segment_saw(x->j->store, of_central->id, x->segment.id, &saw, err);
    if (!st && saw)
        x->out.before_ms = jemput_stamp_ms(of_central->stamp);
    return st;
}

static enum jemput_status bounds_tell(struct explaining *x, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(x->j);

    if (!central || jemput_writer_compare(&central->writer, &x->segment.writer) == 0)
        return JEMPUT_OK;
    return jemput_store_segments_each(x->j->store, &central->writer, 0, bounds_look, x, err);
}

/* --- who --- */

static enum jemput_status signer_tell(struct explaining *x, struct jemput_error *err)
{
    struct jemput_buf line = JEMPUT_BUF_INIT(512);
    enum jemput_status st;

    jemput_buf_printf(&line, "%s namespaces=\"git\" ", x->out.info.origin.writer);
    jemput_ssh_public_key(&line, x->read.public_key);
    st = jemput_buf_check(&line, "key", err);
    if (!st)
        st = explain_text(x, jemput_buf_bytes(&line), &x->out.signer, err);
    jemput_buf_release(&line);
    return st;
}

static enum jemput_status rights_tell(struct explaining *x, struct jemput_error *err)
{
    static const struct {
        enum jemput_record_kind kind;
        const char *word;
    } words[] = { { JEMPUT_RECORD_CHANGE, "change" }, { JEMPUT_RECORD_REVOKE, "revoke" }, { JEMPUT_RECORD_ROTATE, "rotate" } };
    const struct jemput_cut *cut;
    char roles[JEMPUT_ROLES_TEXT_BYTES];
    enum jemput_status st = engine_rights_at(x->j, &x->j->roster, &x->segment, &x->rights, &x->arena, err);

    if (st)
        return st;
    jemput_roles_text(roles, x->rights.roles);
    st = explain_text(x, jemput_bytes_str(roles), &x->out.roles, err);
    if (!st)
        st = explain_text(x, x->rights.scope, &x->out.scope, err);
    cut = x->rights.cut;
    if (st || !cut)
        return st;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == cut->kind)
            x->out.cut_kind = words[i].word;
    x->out.cut_reason = cut->kind == JEMPUT_RECORD_REVOKE ? jemput_revoke_reason_word(cut->reason) : "";
    jemput_hex_encode(x->out.cut_segment, cut->segment.bytes, sizeof cut->segment.bytes);
    return explain_label(x, &cut->author, &x->out.cut_label, err);
}

static void fate_tell(struct explaining *x, bool cut_off)
{
    x->out.fate = cut_off ? JEMPUT_FATE_CUT_OFF
        : x->segment.unread ? JEMPUT_FATE_UNREAD
        : x->rights.is_void ? JEMPUT_FATE_VOID
                            : JEMPUT_FATE_COUNTS;
}

/* --- the call --- */

static enum jemput_status header_tell(struct explaining *x, struct look_origin *origin, struct jemput_error *err)
{
    const struct jemput_header *h = &x->read.header;
    struct jemput_explained *out = &x->out;
    bool received;
    enum jemput_status st = look_received(x->j, &x->segment.writer, x->segment.number, x->segment.id, &received, err);

    if (st)
        return st;
    look_origin(x->j, &x->segment.writer, x->segment.stamp, x->segment.number, received, origin);
    out->info = (struct jemput_segment_info){ .origin = origin->origin, .number = x->segment.number, .control = x->segment.control,
        .unread = x->segment.unread, .txns = x->segment.txn_count, .payload_bytes = h->payload_bytes };
    out->info.origin.roles = origin->roles;
    out->info.cut_off = out->fate == JEMPUT_FATE_CUT_OFF;
    jemput_hex_encode(out->info.commit, x->segment.commit, sizeof x->segment.commit);
    jemput_hex_encode(out->segment, x->segment.hash.bytes, sizeof x->segment.hash.bytes);
    jemput_hex_encode(out->previous, x->segment.previous.bytes, sizeof x->segment.previous.bytes);
    out->follows = x->segment.number - 1;
    out->roster_version = h->roster_version;
    out->schema_version = h->schema_version;
    out->key_epoch = h->key_epoch;
    if (h->has_state)
        jemput_hex_encode(out->state_hash, h->state.bytes, sizeof h->state.bytes);
    return explain_label(x, &x->segment.writer, &out->label, err);
}

/* *cut_off: all that is left of it is the register's entry. */
static enum jemput_status segment_read(struct explaining *x, bool *cut_off, struct jemput_error *err)
{
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, x->segment.commit, sizeof oid.id);
    st = engine_segment_read(x->j, jemput_repo_source(x->j->repo), &oid, true, &x->read, &x->arena, err);
    *cut_off = engine_is_cut_off(x->j, &x->segment, st);
    if (*cut_off)
        memset(&x->read, 0, sizeof x->read);
    else if (st == JEMPUT_NOTFOUND)
        return jemput_fail(err, JEMPUT_CORRUPT, "it is registered here, and not there: %s", err->text);
    if (!st && !jemput_hash_equal(&x->read.hash, &x->segment.hash))
        return jemput_fail(err, JEMPUT_CORRUPT, "the commit carries another segment than the register says");
    return *cut_off ? JEMPUT_OK : st;
}

static enum jemput_status explain(struct explaining *x, const char *name, struct look_origin *origin, struct jemput_error *err)
{
    bool cut_off = false;
    enum jemput_status st = segment_find(x, name, err);

    if (!st)
        st = segment_read(x, &cut_off, err);
    x->out.fate = cut_off ? JEMPUT_FATE_CUT_OFF : JEMPUT_FATE_COUNTS;
    if (!st)
        st = header_tell(x, origin, err);
    if (!st)
        st = heads_tell(x, err);
    if (!st)
        st = bounds_tell(x, err);
    if (!st)
        st = rights_tell(x, err);
    if (st)
        return st;
    fate_tell(x, cut_off);
    x->out.signer = "";
    if (!cut_off)
        st = signer_tell(x, err);
    return st || cut_off || x->segment.unread ? st : explain_contents(x, err);
}

enum jemput_status jemput_log_explain(struct jemput *j, const char *name, jemput_explained_cb each, void *ctx, struct jemput_error *err)
{
    struct explaining x = { .j = j };
    struct look_origin origin;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st)
        st = explain(&x, name, &origin, err);
    if (!st)
        (void)each(ctx, &x.out);
    jemput_arena_release(&x.arena);
    return st ? jemput_wrap(err, "explain") : JEMPUT_OK;
}
