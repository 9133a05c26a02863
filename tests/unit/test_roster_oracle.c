/* unit/test_roster_oracle.c — thousands of small worlds in which everybody signs everything, folded here and by a second telling of the rules
 * (roster_oracle.h): the same members, rights, refusals, and acts that wait; whatever the order; for every set that arrives on the way. */
#include "roster_passes.h"

#define EPOCHS 3
#define LOG_WRITERS (NEW2 + 1)

/* --- logs, which may fork --- */

struct segment {
    struct jemput_head head;
    int before; /* of the same chain; -1 = none */
    bool known;
    jemput_stamp stamp;
    uint32_t places;
};

struct story {
    struct world w;
    struct segment segments[ACTS_MAX];
    int segment_count;
    int newest[LOG_WRITERS][EPOCHS + 1]; /* -1 = none */
    bool linear;
};

static int segment_find(const struct story *s, const struct jemput_hash *hash)
{
    for (int i = 0; i < s->segment_count; i++)
        if (s->segments[i].known && jemput_hash_equal(&s->segments[i].head.hash, hash))
            return i;
    return -1;
}

static bool story_covers(void *ctx, const struct jemput_head *head, const struct jemput_head *at)
{
    const struct story *s = ctx;
    int i = segment_find(s, &head->hash);

    if (i < 0)
        return at->number <= head->number;
    for (; i >= 0; i = s->segments[i].before)
        if (jemput_hash_equal(&s->segments[i].head.hash, &at->hash))
            return true;
    return false;
}

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32) % sides;
}

/* The segment that a new act of this writer stands in: often a new one behind the newest, at times the newest, or a new one behind an older one. */
static struct segment *segment_for(struct story *s, enum person author, uint32_t epoch, jemput_stamp stamp, uint64_t *seed)
{
    int *newest = &s->newest[author][epoch], before = *newest;
    struct segment *made = &s->segments[s->segment_count];

    if (before >= 0 && dice(seed, 6) == 0)
        return &s->segments[before];
    if (before >= 0 && !s->linear && dice(seed, 5) == 0)
        before = s->segments[before].before;
    *made = (struct segment){ .before = before, .stamp = stamp, .known = true };
    made->head.writer = writer_of(&s->w, author, epoch);
    made->head.number = before < 0 ? 1 : s->segments[before].head.number + 1;
    made->head.hash.bytes[0] = (uint8_t)dice(seed, 250);
    made->head.hash.bytes[1] = (uint8_t)(s->segment_count + 1);
    *newest = s->segment_count++;
    return made;
}

/* Heads of some segments of a person, or of one that nobody has. */
static struct jemput_context heads_random(struct story *s, enum person of, uint64_t *seed)
{
    struct jemput_context heads = { .heads = &s->w.heads[s->w.head_count] };

    for (int i = 0; i < s->segment_count && heads.count < 3; i++)
        for (uint32_t epoch = 1; (int)of < LOG_WRITERS && epoch <= EPOCHS && heads.count < 3; epoch++) {
            struct jemput_writer writer = writer_of(&s->w, of, epoch);

            if (jemput_writer_compare(&writer, &s->segments[i].head.writer) == 0 && (i == s->newest[of][epoch] ? dice(seed, 3) : !dice(seed, 4)))
                heads.heads[heads.count++] = s->segments[i].head;
        }
    if (dice(seed, 12) == 0 && heads.count < 3)
        heads.heads[heads.count++] = (struct jemput_head){ .writer = writer_of(&s->w, of, 1), .number = 1 + dice(seed, 3), .hash = { { 0xfe } } };
    jemput_context_normalise(&heads);
    s->w.head_count += heads.count;
    return heads;
}

/* --- acts --- */

static enum person somebody(uint64_t *seed)
{
    static const enum person often[] = { ADMIN, ADMIN, ADMIN2, ADMIN2, ADMIN3, ADMIN3, DESK, DESK, CENTRAL, TABLET, STRANGER, NEW1, NEW2 };

    return often[dice(seed, sizeof often / sizeof *often)];
}

static void copy_key(uint8_t out[32], const struct story *s, enum person p)
{
    memcpy(out, key(&s->w, p), 32);
}

static unsigned roles_random(uint64_t *seed)
{
    static const unsigned roles[] = { JEMPUT_ROLE_PETUGAS, JEMPUT_ROLE_PETUGAS, JEMPUT_ROLE_ADMIN, JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT,
        JEMPUT_ROLE_PUSAT, JEMPUT_ROLE_KELURAHAN };

    return roles[dice(seed, 6)];
}

static void grow_records(struct story *s, struct jemput_record *r, uint64_t *seed)
{
    enum person about = somebody(seed);

    if (r->kind == JEMPUT_RECORD_INVITE) {
        r->as.invite = (struct jemput_invite){ .roles = roles_random(seed), .device_number = 5 + dice(seed, 5) };
        copy_key(r->as.invite.public_key, s, (enum person)(ONCE1 + dice(seed, 3)));
    } else if (r->kind == JEMPUT_RECORD_ENROL) {
        r->as.enrol = (struct jemput_enrol){ .epoch = 1 + dice(seed, 4) / 3, .device_number = 3 + dice(seed, 7), .roles = roles_random(seed) };
        copy_key(r->as.enrol.public_key, s, about);
        if (dice(seed, 2))
            copy_key(r->as.enrol.invite_key, s, (enum person)(ONCE1 + dice(seed, 3)));
    } else if (r->kind == JEMPUT_RECORD_CHANGE) {
        r->as.change = (struct jemput_change_of_rights){ .roles = dice(seed, 3) ? roles_random(seed) : 0,
            .scope = jemput_bytes_str(dice(seed, 2) ? "16.74" : "16.75"), .heads = heads_random(s, about, seed) };
        copy_key(r->as.change.public_key, s, about);
    } else if (r->kind == JEMPUT_RECORD_REVOKE) {
        r->as.revoke = (struct jemput_revocation){ .reason = JEMPUT_REVOKE_LOST, .heads = heads_random(s, about, seed) };
        copy_key(r->as.revoke.public_key, s, about);
    } else if (r->kind == JEMPUT_RECORD_SCHEMA) {
        r->as.schema = (struct jemput_schema_change){ 2 + dice(seed, 3), jemput_bytes_str("x") };
    }
}

static void standing_records(struct story *s, struct jemput_record *r, enum person author, uint32_t epoch, uint64_t *seed)
{
    enum person about = somebody(seed), new = dice(seed, 3) ? (enum person)(NEW1 + dice(seed, 2)) : about;
    struct jemput_error err;

    if (r->kind == JEMPUT_RECORD_ROTATE) {
        r->as.rotate.epoch = 1 + dice(seed, 4) / 3;
        copy_key(r->as.rotate.old_key, s, dice(seed, 8) ? author : about);
        copy_key(r->as.rotate.new_key, s, new);
        jemput_rotation_sign(&r->as.rotate, &s->w.space, &s->w.keys[dice(seed, 12) ? new : STRANGER]);
    } else if (r->kind == JEMPUT_RECORD_SUCCEED) {
        copy_key(r->as.succeed.old_key, s, about);
        copy_key(r->as.succeed.new_key, s, new);
    } else if (r->kind == JEMPUT_RECORD_RESUME) {
        r->as.resume.old = writer_of(&s->w, dice(seed, 8) ? author : about, 1 + dice(seed, EPOCHS));
        r->as.resume.epoch = dice(seed, 6) ? epoch : 2;
    } else if (r->kind == JEMPUT_RECORD_APPROVE) {
        uint32_t of = 1 + dice(seed, s->w.count - 1);

        for (uint32_t tries = 0; tries < 6 && s->w.acts[of].record.kind == JEMPUT_RECORD_APPROVE; tries++)
            of = 1 + dice(seed, s->w.count - 1);
        assert_int_equal(jemput_record_hash(&r->as.approve.act, &s->w.acts[of].record, &s->w.space, &err), JEMPUT_OK);
    } else if (r->kind == JEMPUT_RECORD_EPOCH || r->kind == JEMPUT_RECORD_GRANT || r->kind == JEMPUT_RECORD_WRAP) {
        r->as.epoch.number = r->as.grant.number = 1 + (r->kind == JEMPUT_RECORD_WRAP ? 0 : dice(seed, 2) << JEMPUT_EPOCH_DEVICE_BITS);
        if (r->kind == JEMPUT_RECORD_WRAP)
            r->as.wrap.under = 1;
    } else if (r->kind == JEMPUT_RECORD_JOIN) {
        r->as.join.epoch = r->as.join.device_number = 1;
    } else if (r->kind == JEMPUT_RECORD_CHECKPOINT) {
        r->as.checkpoint = (struct jemput_checkpoint){ .at_number = 1, .schema_version = 1, .chunks = 1, .bytes = 1 };
    } else if (r->kind == JEMPUT_RECORD_FORGET) {
        r->as.forget = (struct jemput_forgetting){ .marks = UINT32_C(1) << JEMPUT_EPOCH_DEVICE_BITS, .basis = jemput_bytes_str("b") };
    } else if (r->kind == JEMPUT_RECORD_SETTLE) {
        r->as.settle = (struct jemput_settling){ .count = 1, .reason = jemput_bytes_str("b") };
    } else if (r->kind == JEMPUT_RECORD_REPORT) {
        r->as.report.version = jemput_bytes_str("1");
    } else if (r->kind == JEMPUT_RECORD_SINGLE) {
        r->as.single.under = (UINT32_C(1) << JEMPUT_EPOCH_DEVICE_BITS) + 1;
    } else if (r->kind == JEMPUT_RECORD_UNKNOWN) {
        r->word = jemput_bytes_str("future");
        r->text = jemput_bytes_str("\n");
    }
}

static struct jemput_act *story_act(struct story *s, enum person author, uint32_t epoch, jemput_stamp stamp, enum jemput_record_kind kind,
                                    uint64_t *seed)
{
    struct jemput_act *act = &s->w.acts[s->w.count];
    struct segment *segment = segment_for(s, author, epoch, stamp, seed);

    *act = (struct jemput_act){ .record.kind = kind, .stamp = segment->stamp, .author = segment->head.writer, .number = segment->head.number,
        .segment = segment->head.hash, .place = segment->places++ };
    copy_key(act->author_key, s, dice(seed, 80) ? author : STRANGER);
    s->w.count++;
    return act;
}

/* Some kinds more often than others. */
static const enum jemput_record_kind KINDS[] = { JEMPUT_RECORD_INVITE, JEMPUT_RECORD_INVITE, JEMPUT_RECORD_ENROL, JEMPUT_RECORD_ENROL,
    JEMPUT_RECORD_ENROL, JEMPUT_RECORD_SCHEMA, JEMPUT_RECORD_CHANGE, JEMPUT_RECORD_CHANGE, JEMPUT_RECORD_CHANGE, JEMPUT_RECORD_REVOKE,
    JEMPUT_RECORD_REVOKE,
    JEMPUT_RECORD_REVOKE, JEMPUT_RECORD_ROTATE, JEMPUT_RECORD_ROTATE, JEMPUT_RECORD_SUCCEED, JEMPUT_RECORD_SUCCEED, JEMPUT_RECORD_RESUME,
    JEMPUT_RECORD_RESUME, JEMPUT_RECORD_APPROVE, JEMPUT_RECORD_APPROVE, JEMPUT_RECORD_APPROVE, JEMPUT_RECORD_APPROVE, JEMPUT_RECORD_READER,
    JEMPUT_RECORD_EPOCH, JEMPUT_RECORD_GRANT, JEMPUT_RECORD_WRAP, JEMPUT_RECORD_JOIN, JEMPUT_RECORD_UNKNOWN, JEMPUT_RECORD_CHECKPOINT,
    JEMPUT_RECORD_BACKED_UP, JEMPUT_RECORD_FORGET, JEMPUT_RECORD_ERASED, JEMPUT_RECORD_SINGLE, JEMPUT_RECORD_REPORT, JEMPUT_RECORD_SETTLE };
#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

static void act_random(struct story *s, jemput_stamp stamp, uint64_t *seed)
{
    enum jemput_record_kind kind = KINDS[dice(seed, KIND_COUNT)];
    enum person author = kind == JEMPUT_RECORD_APPROVE ? (enum person[]){ ADMIN, ADMIN2, ADMIN3, NEW1 }[dice(seed, 4)] : somebody(seed);
    uint32_t epoch = kind == JEMPUT_RECORD_RESUME ? 2 + dice(seed, 2) : dice(seed, 4) ? 1 : 1 + dice(seed, EPOCHS);
    struct jemput_record copy = { .kind = kind };
    uint32_t again = dice(seed, s->w.count);

    grow_records(s, &copy, seed);
    standing_records(s, &copy, author, epoch, seed);
    if (again && s->w.acts[again].record.kind != JEMPUT_RECORD_RESUME && dice(seed, 8) == 0) /* word for word what somebody has signed */
        copy = s->w.acts[again].record;
    if (!jemput_record_fault(&copy))
        story_act(s, author, epoch, stamp, copy.kind, seed)->record = copy;
}

static void signed_by_all(struct story *s, struct jemput_record record, jemput_stamp stamp, uint64_t *seed)
{
    static const enum person roots[] = { ADMIN, ADMIN2, ADMIN3 };
    struct jemput_error err;

    story_act(s, ADMIN, 1, stamp, record.kind, seed)->record = record;
    for (unsigned i = 1; i < s->w.acts[0].record.as.genesis.threshold; i++)
        assert_int_equal(jemput_record_hash(&story_act(s, roots[i], 1, stamp + 1, JEMPUT_RECORD_APPROVE, seed)->record.as.approve.act, &record,
                                            &s->w.space, &err), JEMPUT_OK);
}

static void story_random(struct story *s, uint64_t *seed)
{
    uint32_t count = 12 + dice(seed, 40);
    bool in_order = dice(seed, 3) != 0;
    struct jemput_record record = { .kind = JEMPUT_RECORD_ENROL, .as.enrol = { .epoch = 1, .device_number = 5, .roles = JEMPUT_ROLE_ADMIN } };

    memset(s, 0, sizeof *s);
    memset(s->newest, -1, sizeof s->newest);
    world_of_roots(&s->w, 1 + dice(seed, 3));
    s->linear = dice(seed, 2);
    copy_key(record.as.enrol.public_key, s, DESK);
    signed_by_all(s, record, 1, seed);
    record.as.enrol = (struct jemput_enrol){ .epoch = 1, .device_number = 6, .roles = JEMPUT_ROLE_PETUGAS };
    copy_key(record.as.enrol.public_key, s, TABLET);
    story_act(s, ADMIN, 1, 1, JEMPUT_RECORD_ENROL, seed)->record = record;
    while (s->w.count < count)
        act_random(s, in_order ? 3 + s->w.count / 2 : 1 + dice(seed, 25), seed);
}

/* --- comparing --- */

static enum why why_of(const char *reason)
{
    if (strstr(reason, "comes after the cut"))
        return WHY_VOID;
    if (strstr(reason, "not signed with its author's key"))
        return WHY_FORGED;
    if (strstr(reason, "it concerns administrators"))
        return WHY_NOT_ROOT;
    return strstr(reason, "newer version") || strstr(reason, "unknown kind") ? WHY_UNKNOWN : WHY_OTHER;
}

#define SAME(got, want)                                                                                                                              \
    do {                                                                                                                                             \
        if ((uint64_t)(got) != (uint64_t)(want))                                                                                                     \
            return #got;                                                                                                                             \
    } while (0)

static const char *acts_differ(const struct jemput_roster *r, const struct oracle *o)
{
    uint32_t version = 1, refused = 0, waiting = 0, unknown = 0, schema = 1, joins = 0;

    for (uint32_t i = 1; i < o->count; i++) {
        if (o->why[i] == WHY_WAITS) {
            SAME(waiting < r->waiting_count && jemput_hash_equal(&r->waiting[waiting].segment, &o->acts[i]->segment), true);
            SAME(r->waiting[waiting].place, o->acts[i]->place);
            SAME(r->waiting[waiting].signers, o->signers[i]);
            SAME(jemput_hash_equal(&r->waiting[waiting].act, &o->hash[i]), true);
            waiting++;
        } else if (o->why[i] != WHY_NONE) {
            SAME(refused < r->refused_count && jemput_hash_equal(&r->refused[refused].segment, &o->acts[i]->segment), true);
            SAME(r->refused[refused].place, o->acts[i]->place);
            SAME(why_of(r->refused[refused].reason), o->why[i]);
            unknown += strstr(r->refused[refused].reason, "newer version") != NULL;
            refused++;
        } else {
            version += o_record(o, i)->kind != JEMPUT_RECORD_JOIN;
            joins += o_record(o, i)->kind == JEMPUT_RECORD_JOIN;
        }
        if (o_record(o, i)->kind == JEMPUT_RECORD_SCHEMA && o->stood[i] && o_record(o, i)->as.schema.version > schema)
            schema = o_record(o, i)->as.schema.version;
        if (o_record(o, i)->kind == JEMPUT_RECORD_SCHEMA && o->why[i] == WHY_NONE)
            SAME(jemput_roster_schema(r, o_record(o, i)->as.schema.version) != NULL, true);
    }
    SAME(r->waiting_count, waiting);
    SAME(r->refused_count, refused);
    SAME(r->version, version);
    SAME(r->unknown_count, unknown);
    SAME(r->schema_version, schema);
    SAME(r->version + r->refused_count + r->waiting_count + joins, o->count);
    SAME(r->root_count, o_roots_left(o, NEVER, NULL));
    return NULL;
}

static enum jemput_standing standing_of(const struct oracle *o, const struct o_member *m)
{
    struct jemput_head newest = { .writer = m->writer, .number = UINT64_MAX };

    if (o_revoked_at(o, m->key, &newest))
        return JEMPUT_STANDING_REVOKED;
    if (o_void(o, m->key, m->epoch, &newest))
        return JEMPUT_STANDING_ROTATED;
    return o_rights(o, m, &newest).roles ? JEMPUT_STANDING_ACTIVE : JEMPUT_STANDING_SUSPENDED;
}

static const char *members_differ(const struct jemput_roster *r, const struct oracle *o, const struct story *s)
{
    static const uint8_t nobody[32];
    uint32_t count = 0;
    struct o_member m;

    for (uint32_t next = 0; o_member_next(o, NEVER, &next, &m); count++) {
        const struct jemput_member *got = jemput_roster_member(r, &m.writer);
        const uint8_t *for_key = o_carries_on_for(o, NEVER, &m);
        struct o_rights granted = o_granted(o, &m);

        SAME(got != NULL, true);
        SAME(o_key(got->public_key, m.key), true);
        SAME(got->epoch, m.epoch);
        SAME(got->device_number, o_number(o, &m));
        SAME(got->root, o_root(o, NEVER, &m));
        SAME(got->granted_roles, granted.roles);
        SAME(jemput_bytes_equal(got->granted_scope, granted.scope), true);
        SAME(got->standing, standing_of(o, &m));
        SAME(got->given_up, o_gave_up(o, m.key));
        SAME(o_key(got->succeeds, for_key ? for_key : nobody), true);
        for (int i = 0; i < s->segment_count; i++) {
            struct jemput_rights rights;
            struct o_rights want;

            if (!o_writer(&s->segments[i].head.writer, &m.writer))
                continue;
            rights = jemput_roster_rights(r, got, &s->segments[i].head, o->ancestry);
            want = o_rights(o, &m, &s->segments[i].head);
            SAME(rights.is_void, o_void(o, m.key, m.epoch, &s->segments[i].head));
            SAME(rights.roles, want.roles);
            SAME(jemput_bytes_equal(rights.scope, want.scope), true);
        }
    }
    SAME(r->member_count, count);
    return NULL;
}

static const char *others_differ(const struct jemput_roster *r, const struct oracle *o)
{
    uint32_t invites = 0, cuts = 0;

    for (uint32_t i = 1; i < o->count; i++) {
        if (o_record(o, i)->kind == JEMPUT_RECORD_INVITE && o->at[i] != NEVER) {
            const struct jemput_roster_invite *got = jemput_roster_invite(r, o_record(o, i)->as.invite.public_key);

            SAME(got && got->invite.device_number == o_record(o, i)->as.invite.device_number, true);
            SAME(got->used, o_used(o, NEVER, i));
            invites++;
        }
        for (uint32_t c = 0; o->taken[i] && c < r->cut_count; c++)
            cuts += jemput_hash_equal(&r->cuts[c].segment, &o->acts[i]->segment) && r->cuts[c].place == o->acts[i]->place &&
                    r->cuts[c].rank == o->taken_at[i];
    }
    SAME(r->invite_count, invites);
    SAME(r->cut_count, cuts);
    return NULL;
}

static void expect_as_told(const struct story *s, const struct jemput_act *acts, uint32_t count, struct oracle *o, uint64_t seed)
{
    struct jemput_ancestry ancestry = { story_covers, (void *)(uintptr_t)s };
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct jemput_error err;
    const char *differs;

    assert_int_equal(jemput_roster_fold(&r, &s->w.space, acts, count, &ancestry, &arena, &err), JEMPUT_OK);
    oracle_fold(o, &s->w, acts, count, &ancestry);
    differs = acts_differ(&r, o);
    differs = differs ? differs : members_differ(&r, o, s);
    differs = differs ? differs : others_differ(&r, o);
    if (differs)
        fail_msg("%u acts of seed %llu: %s", count, (unsigned long long)seed, differs);
    jemput_arena_release(&arena);
}

static void acts_mix(struct jemput_act *mixed, uint32_t *count, uint64_t *seed)
{
    uint32_t whole = *count + *count / 3;

    for (uint32_t i = *count; i < whole; i++)
        mixed[i] = mixed[dice(seed, *count)];
    *count = whole;
    for (uint32_t i = whole; i > 1; i--) {
        uint32_t other = dice(seed, i);
        struct jemput_act kept = mixed[i - 1];

        mixed[i - 1] = mixed[other];
        mixed[other] = kept;
    }
}

/* Of each kind: how many took effect, and how many were refused for each reason. */
struct tally { unsigned effect[JEMPUT_RECORD_UNKNOWN + 1], why[WHY_WAITS + 1], taken; };

static void tally_add(struct tally *t, const struct oracle *o)
{
    for (uint32_t i = 1; i < o->count; i++) {
        t->effect[o_record(o, i)->kind] += o->why[i] == WHY_NONE;
        t->why[o->why[i]]++;
        t->taken += o->taken[i];
    }
}

static void tally_expect(const struct tally *t)
{
    for (int kind = JEMPUT_RECORD_INVITE; kind < JEMPUT_RECORD_UNKNOWN; kind++)
        if (t->effect[kind] < 50)
            fail_msg("kind %d took effect %u times only", kind, t->effect[kind]);
    for (int why = 0; why <= WHY_WAITS; why++)
        assert_in_range(t->why[why], 50, UINT32_MAX);
    assert_in_range(t->taken, 500, UINT32_MAX);
}

static void whole_worlds_are_as_told_in_any_order_and_with_duplicates(void **state)
{
    static struct story s;
    static struct oracle o;
    static struct jemput_act mixed[2 * ACTS_MAX];
    struct tally tally = { 0 };

    (void)state;
    for (uint64_t world = 1; world <= 4000; world++) {
        uint64_t seed = world * UINT64_C(0x9e3779b97f4a7c15);
        uint32_t count;

        story_random(&s, &seed);
        count = s.w.count;
        memcpy(mixed, s.w.acts, count * sizeof *mixed);
        acts_mix(mixed, &count, &seed);
        expect_as_told(&s, mixed, count, &o, world);
        tally_add(&tally, &o);
    }
    tally_expect(&tally);
}

/* Segments come one after the other, in any order that keeps each log's; what is not here yet is not known. */
static void every_set_on_the_way_is_as_told(void **state)
{
    static struct story s;
    static struct oracle o;
    static struct jemput_act here[ACTS_MAX];

    (void)state;
    for (uint64_t world = 5001; world <= 5300; world++) {
        uint64_t seed = world * UINT64_C(0x9e3779b97f4a7c15);
        uint32_t count = 1, before = 0;

        story_random(&s, &seed);
        for (int i = 0; i < s.segment_count; i++)
            s.segments[i].known = false;
        here[0] = s.w.acts[0];
        while (count < s.w.count && count != before) {
            before = count;
            for (int i = 0; i < s.segment_count; i++) {
                struct segment *segment = &s.segments[i];

                if (segment->known || (segment->before >= 0 && !s.segments[segment->before].known) || dice(&seed, 3) == 0)
                    continue;
                segment->known = true;
                for (uint32_t a = 1; a < s.w.count; a++)
                    if (jemput_hash_equal(&s.w.acts[a].segment, &segment->head.hash))
                        here[count++] = s.w.acts[a];
                expect_as_told(&s, here, count, &o, world);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_worlds_are_as_told_in_any_order_and_with_duplicates),
        cmocka_unit_test(every_set_on_the_way_is_as_told),
    };

    return cmocka_run_group_tests_name("roster, told twice", tests, NULL, NULL);
}
