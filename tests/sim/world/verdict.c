/* sim/world/verdict.c — see verdict.h. */
#include "verdict.h"

#include <string.h>

#include "acts.h"
#include "api/engine.h"
#include "failure.h"
#include "fold.h"
#include "sometimes.h"
#include "store/keys/epoch.h"

/* --- what a device might, at a segment --- */

static char scopes[TXNS_MAX][64]; /* of the rights below */

static struct may may_of(const struct fold_rights *r, char scope[64])
{
    struct may may = { 0, scope };

    if (r->roles & JEMPUT_ROLE_PETUGAS)
        may.roles |= RIGHT_OFFICER;
    if (r->roles & (JEMPUT_ROLE_KELURAHAN | JEMPUT_ROLE_VERIFIKATOR))
        may.roles |= RIGHT_OTHER;
    if (r->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT))
        may.roles |= RIGHT_OFFICE;
    memcpy(scope, r->scope, sizeof r->scope);
    return may;
}

struct may verdict_own(const struct device *d)
{
    static char scope[64];
    struct fold_rights r;

    if (!acts_cut(d))
        return rights_of_device(d->history, d->number);
    fold_run(d->history, &d->knows.segments);
    fold_rights_of(d->jemput->writer.id, NONE, &r);
    if (r.is_void || r.former) /* what it signs counts nowhere, whatever its role */
        r.roles = 0;
    return r.member || r.former ? may_of(&r, scope) : rights_of_device(d->history, d->number); /* of the invitation, until it is let in */
}

/* Who is revoked or suspended, or goes on from what is void, gets no new key, and so cannot tell which row is meant. Nor can a member until it is
 * handed the key: the administrator had not heard of it when the row was forgotten. At the end all members have it, or their states differ. */
static bool lacks_key(const struct device *d, uint32_t epoch)
{
    uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES];
    struct jemput_error err;
    enum jemput_status st = jemput_store_epoch_get(d->jemput->store, epoch, NULL, 0, key, &err);

    if (st && st != JEMPUT_NOTFOUND)
        failure("device %u: read a key: %s", d->number, err.text);
    return st == JEMPUT_NOTFOUND;
}

bool verdict_forgotten(const struct device *d, uint32_t row)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; i < h->forget_count; i++) {
        struct fold_rights r = { .member = true, .roles = JEMPUT_ROLE_ADMIN };

        if (h->forgets[i].row != row || !segments_has(&d->knows.segments, h->forgets[i].segment) || lacks_key(d, h->forgets[i].marks))
            continue;
        if (acts_cut(d)) {
            fold_run(h, &d->knows.segments);
            fold_rights_of(h->segments[h->forgets[i].segment].writer, h->forgets[i].segment, &r);
        }
        if (r.member && !r.is_void && r.roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT))
            return true;
    }
    return false;
}

void verdict_view(const struct device *d)
{
    struct history *h = d->history;

    h->refused = d->knows.refused;
    h->unshown = d->knows.unshown;
    for (uint32_t i = 0; i < h->forget_count; i++)
        h->forgotten[h->forgets[i].row] = verdict_forgotten(d, h->forgets[i].row);
}

bool verdict_is_member(const struct device *d)
{
    struct fold_rights r = { .member = true };

    if (acts_cut(d)) {
        fold_run(d->history, &d->knows.segments);
        fold_rights_of(d->jemput->writer.id, NONE, &r);
    }
    return r.member;
}

/* An older policy would bind less than the one that its device had seen. */
static bool is_backdated(const struct history *h, uint32_t segment)
{
    return h->segments[segment].schema_version < h->segments[segment].schema_seen;
}

/* Those that lie behind a revocation; and what the others might. */
static void standing_find(const struct device *d, struct txnset *revoked, struct may *may)
{
    const struct history *h = d->history;
    bool cut = acts_cut(d);

    if (cut)
        fold_run(h, &d->knows.segments);
    for (uint32_t t = 0; t < h->txn_count; t++) {
        uint32_t segment = h->txns[t].segment;
        struct fold_rights r;

        may[t] = rights_of_device(h, h->txns[t].device);
        if (!set_has(&d->knows.merged, t) || !cut)
            continue;
        fold_rights_of(segment == NONE ? d->jemput->writer.id : h->txns[t].writer, segment, &r);
        if (r.member)
            may[t] = may_of(&r, scopes[t]);
        if (r.is_void || r.former || (!r.member && h->txns[t].device != d->number))
            set_add(revoked, t);
    }
}

static void backdated_find(const struct device *d, struct txnset *whole)
{
    const struct history *h = d->history;

    for (uint32_t t = 0; h->backdates && t < h->txn_count; t++)
        if (set_has(&d->knows.merged, t) && h->txns[t].segment != NONE && is_backdated(h, h->txns[t].segment))
            set_add(whole, t);
}

/* --- regions: all that a row ever had, by what counts --- */

static bool row_within(const struct history *h, const struct txnset *counts, uint32_t row, const struct may *may)
{
    const struct table *t = &h->schema->tables[h->rows[row].table];
    unsigned region = t->rights.region;

    for (uint32_t i = h->rows[row].first; i != NONE; i = h->effects[i].next) {
        const struct effect *e = &h->effects[i];

        if (e->after && set_has(counts, e->txn) && (e->op == EFFECT_INSERT || e->groups & 1u << t->columns[region].group) &&
            rights_within(may, e->after[region]))
            return true;
    }
    return false;
}

static bool effect_counts(const struct history *h, const struct txnset *counts, const struct effect *e, const struct may *may)
{
    unsigned table = h->rows[e->row].table;
    const struct table *t = &h->schema->tables[table];
    bool within = rights_bind(t, may) && e->op != EFFECT_INSERT && row_within(h, counts, e->row, may);

    return rights_allow(t, may, h->txns[e->txn].columns[table], e, within);
}

static bool allows_beside(const struct device *d, struct txnset counts, const struct table *t, unsigned columns, const struct effect *e)
{
    struct may may = verdict_own(d);
    bool within = rights_bind(t, &may) && e->op != EFFECT_INSERT;

    for (unsigned i = 0; i < TXNS_MAX / 64; i++)
        counts.bits[i] &= ~d->knows.refused.bits[i];
    return rights_allow(t, &may, columns, e, within && row_within(d->history, &counts, e->row, &may));
}

bool verdict_allows(const struct device *d, const struct table *t, unsigned columns, const struct effect *e)
{
    return allows_beside(d, d->knows.merged, t, columns, e);
}

bool verdict_allows_txn(const struct device *d, uint32_t txn)
{
    const struct history *h = d->history;
    struct txnset others = d->knows.merged;

    set_remove(&others, txn);
    for (uint32_t i = 0; i < h->effect_count; i++) {
        unsigned table = h->rows[h->effects[i].row].table;

        if (h->effects[i].txn == txn && !allows_beside(d, others, &h->schema->tables[table], h->txns[txn].columns[table], &h->effects[i]))
            return false;
    }
    return true;
}

/* The least set that lets each in which it lets in: what counts grows until nothing more comes of it. */
static void counting_find(const struct device *d, const struct txnset *whole, const struct may *may, struct txnset *counts)
{
    const struct history *h = d->history;
    bool more = true;

    memset(counts, 0, sizeof *counts);
    while (more) {
        struct txnset next = { { 0 } };

        for (uint32_t t = 0; t < h->txn_count; t++)
            if (set_has(&d->knows.merged, t) && !set_has(whole, t))
                set_add(&next, t);
        for (uint32_t i = 0; i < h->effect_count; i++)
            if (set_has(&next, h->effects[i].txn) && !h->forgotten[h->effects[i].row] &&
                !effect_counts(h, counts, &h->effects[i], &may[h->effects[i].txn]))
                set_remove(&next, h->effects[i].txn);
        more = memcmp(&next, counts, sizeof next) != 0;
        *counts = next;
    }
}

static uint32_t forgotten_count(const struct device *d)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < d->history->forget_count; i++)
        count += verdict_forgotten(d, d->history->forgets[i].row);
    return count;
}

/* What the roster gives to a segment of work, as a number. */
static uint64_t rights_number(const struct history *h, uint32_t segment)
{
    uint64_t number = segment + 1;
    struct fold_rights r;

    fold_rights_of(h->segments[segment].writer, segment, &r);
    number = (number << 1 | (r.is_void || r.former || !r.member)) << 32 | r.roles;
    for (const char *c = r.scope; *c; c++)
        number = number * 31 + (unsigned char)*c;
    number *= UINT64_C(0x9e3779b97f4a7c15);
    return number ^ number >> 29;
}

/* Has what the roster gives to any segment that was weighed before moved since? */
static void rights_weigh(struct device *d)
{
    const struct history *h = d->history;
    uint64_t before = 0, now = 0;

    if (!h->trusts)
        return;
    fold_run(h, &d->knows.segments);
    for (uint32_t s = 0; s < h->segment_count; s++) {
        uint64_t number;

        if (!segments_has(&d->knows.segments, s) || h->segments[s].control)
            continue;
        number = rights_number(h, s);
        now += number;
        before += segments_has(&d->knows.weighed, s) ? number : 0;
    }
    d->knows.rights_moved = d->knows.rights_moved || before != d->knows.rights;
    d->knows.weighed = d->knows.segments;
    d->knows.rights = now;
}

/* Own work that counts has been sealed since, and may have given a row another region: what was refused on that row is judged again when the state is
 * computed anew, and may or may not count. */
static void growth_find(struct device *d, const struct txnset *pending, const struct txnset *refused)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; i < h->effect_count && !d->knows.rights_moved; i++) {
        const struct effect *e = &h->effects[i];

        if (!set_has(&d->knows.pending, e->txn) || set_has(pending, e->txn) || set_has(refused, e->txn))
            continue;
        if (!e->after || !h->schema->tables[h->rows[e->row].table].rights.bound)
            continue;
        for (uint32_t k = 0; k < h->effect_count; k++)
            if (h->effects[k].row == e->row && set_has(&d->knows.refused, h->effects[k].txn))
                d->knows.rights_moved = true;
    }
    d->knows.pending = *pending;
}

void verdict_compute(struct device *d)
{
    static struct may may[TXNS_MAX];
    struct txnset whole = { { 0 } }, pending = { { 0 } }, counts, refused = d->knows.merged;
    struct history *h = d->history;
    uint32_t gone = forgotten_count(d);

    verdict_view(d);
    rights_weigh(d);
    if (gone != d->knows.forgotten)
        d->knows.refused_shows = true;
    d->knows.forgotten = gone;
    if (h->schema->has_rights || h->backdates || acts_cut(d)) {
        standing_find(d, &whole, may);
        backdated_find(d, &whole);
        counting_find(d, &whole, may, &counts);
        for (unsigned i = 0; i < TXNS_MAX / 64; i++)
            refused.bits[i] &= ~counts.bits[i];
    } else {
        memset(&refused, 0, sizeof refused);
    }
    for (uint32_t i = 0; i < d->knows.unsealed_count; i++) /* the tables show them until they are sealed */
        set_add(&pending, d->knows.unsealed[i]);
    for (unsigned i = 0; i < TXNS_MAX / 64; i++) {
        if ((refused.bits[i] ^ d->knows.refused.bits[i]) & d->knows.judged.bits[i])
            d->knows.refused_shows = true;
        if (~refused.bits[i] & d->knows.refused.bits[i] & d->knows.judged.bits[i])
            sometimes(SOMETIMES_LET_IN);
        d->knows.unshown.bits[i] |= refused.bits[i] & (~d->knows.judged.bits[i] | d->knows.awaited.bits[i]) & ~pending.bits[i];
        d->knows.awaited.bits[i] = refused.bits[i] & pending.bits[i];
    }
    growth_find(d, &pending, &refused);
    d->knows.refused = h->refused = refused;
    h->unshown = d->knows.unshown;
    d->knows.judged = d->knows.merged;
}

void verdict_settled(struct device *d)
{
    d->knows.refused_shows = d->knows.rights_moved = false;
    d->knows.unshown = d->history->unshown = d->knows.refused;
}

/* --- told --- */

struct telling {
    const struct device *d;
    struct txnset told, revoked;
};

static uint32_t txn_of(const struct history *h, const char *commit, uint32_t place)
{
    for (uint32_t s = 0; s < h->segment_count; s++) {
        char hex[41] = "";

        jemput_hex_encode(hex, h->segments[s].commit, sizeof h->segments[s].commit);
        if (strcmp(hex, commit) == 0 && place >= 1 && place <= h->segments[s].txn_count)
            return h->segments[s].txns[place - 1];
    }
    return NONE;
}

static int refused_see(void *ctx, const struct jemput_refused *r)
{
    struct telling *t = ctx;
    uint32_t txn = txn_of(t->d->history, r->commit, r->place);

    if (txn == NONE || !set_has(&t->d->knows.refused, txn))
        failure("device %u: transaction %u of commit %s (%d) is told as refused (%s), and counts", t->d->number, (unsigned)r->place, r->commit,
                (int)txn, r->why_en);
    if (set_has(&t->told, txn))
        failure("device %u: transaction %u is told as refused twice", t->d->number, txn);
    set_add(&t->told, txn);
    if ((r->reason == JEMPUT_REFUSED_VOID) != set_has(&t->revoked, txn))
        failure("device %u: transaction %u lies %s a revocation, and is told as refused for: %s", t->d->number, txn,
                set_has(&t->revoked, txn) ? "behind" : "before", r->why_en);
    switch (r->reason) {
    case JEMPUT_REFUSED_VOID:
        sometimes(SOMETIMES_VOID);
        break;
    case JEMPUT_REFUSED_NO_STEP:
        sometimes(SOMETIMES_REFUSED_STEP);
        break;
    case JEMPUT_REFUSED_OUTSIDE:
    case JEMPUT_REFUSED_REGION_UNKNOWN:
        sometimes(SOMETIMES_REFUSED_REGION);
        break;
    case JEMPUT_REFUSED_NO_ROLE:
        sometimes(SOMETIMES_REFUSED_SUSPENDED);
        break;
    case JEMPUT_REFUSED_SCHEMA:
        sometimes(SOMETIMES_REFUSED_SCHEMA);
        break;
    default:
        break;
    }
    return 0;
}

static int case_see(void *ctx, const struct jemput_case *told)
{
    bool *any = ctx;

    *any = *any || strcmp(told->kind, "refused") == 0 || strcmp(told->kind, "revoked") == 0;
    return 0;
}

void verdict_check_told(const struct device *d)
{
    static struct may may[TXNS_MAX];
    struct telling t = { .d = d };
    struct jemput_error err;
    bool any = false, cases = false;

    standing_find(d, &t.revoked, may);
    if (jemput_refused_each(d->jemput, refused_see, &t, &err) || jemput_cases(d->jemput, case_see, &cases, &err))
        failure("device %u: %s", d->number, err.text);
    for (uint32_t i = 0; i < d->history->txn_count; i++) {
        if (!set_has(&d->knows.refused, i))
            continue;
        any = true;
        if (!set_has(&t.told, i))
            failure("device %u: transaction %u of device %u counts nowhere, and is not told as refused", d->number, i, d->history->txns[i].device);
    }
    if (any != cases)
        failure("device %u: work that counts nowhere is %s case", d->number, any ? "no" : "not there, and a");
}
