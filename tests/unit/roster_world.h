/* unit/roster_world.h — a space with a few people, and the acts that they sign, for tests of the roster. */
#ifndef TESTS_UNIT_ROSTER_WORLD_H
#define TESTS_UNIT_ROSTER_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "identity/roster.h"

enum person { ADMIN, CENTRAL, TABLET, DESK, STRANGER, ADMIN2, ADMIN3, NEW1, NEW2, ONCE1, ONCE2, ONCE3, PERSON_COUNT };
#define ACTS_MAX 128
#define HEADS_MAX 512
#define WHOLE ((struct jemput_bytes){ 0 })

struct world {
    struct jemput_space space;
    struct jemput_keypair keys[PERSON_COUNT];
    struct jemput_genesis_admin admins[4];
    struct jemput_act acts[ACTS_MAX];
    uint32_t count;
    uint8_t segments; /* made so far: the hash of each differs in its first byte, ascending */
    uint64_t numbers[PERSON_COUNT]; /* of each one's newest segment; first is 1 */
    struct jemput_head heads[HEADS_MAX]; /* that cuts name */
    uint32_t head_count;
};

static inline const uint8_t *key(const struct world *w, enum person p)
{
    return w->keys[p].public_key;
}

static inline struct jemput_writer writer_of(const struct world *w, enum person p, uint32_t epoch)
{
    struct jemput_writer writer;

    jemput_writer_derive(&writer, &w->space, key(w, p), epoch);
    return writer;
}

/* A new segment with one record. */
static inline struct jemput_act *act_add(struct world *w, enum person author, jemput_stamp stamp, enum jemput_record_kind kind)
{
    struct jemput_act *act = &w->acts[w->count++];

    assert_true(w->count <= ACTS_MAX);
    *act = (struct jemput_act){ .record.kind = kind, .stamp = stamp, .author = writer_of(w, author, 1), .number = ++w->numbers[author] };
    memcpy(act->author_key, key(w, author), 32);
    act->segment.bytes[0] = ++w->segments;
    return act;
}

static inline struct jemput_act *invite(struct world *w, enum person author, jemput_stamp stamp, enum person once, uint32_t number, unsigned roles)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_INVITE);

    act->record.as.invite = (struct jemput_invite){ .roles = roles, .scope = jemput_bytes_str("16.74"), .device_number = number, .expires_ms = 1 };
    memcpy(act->record.as.invite.public_key, key(w, once), 32);
    return act;
}

/* once = PERSON_COUNT: without invite. */
static inline struct jemput_act *enrol(struct world *w, enum person author, jemput_stamp stamp, enum person once, enum person device, uint32_t number,
                                unsigned roles)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_ENROL);

    act->record.as.enrol = (struct jemput_enrol){ .epoch = 1, .device_number = number, .roles = roles, .scope = jemput_bytes_str("16.74") };
    if (once != PERSON_COUNT)
        memcpy(act->record.as.enrol.invite_key, key(w, once), 32);
    memcpy(act->record.as.enrol.public_key, key(w, device), 32);
    return act;
}

static inline struct jemput_act *schema(struct world *w, enum person author, jemput_stamp stamp, uint32_t version)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_SCHEMA);

    act->record.as.schema = (struct jemput_schema_change){ version, jemput_bytes_str("x") };
    return act;
}

static inline struct jemput_act *unknown(struct world *w, enum person author, jemput_stamp stamp)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_UNKNOWN);

    act->record.word = jemput_bytes_str("future");
    act->record.text = jemput_bytes_str("\n");
    return act;
}

/* --- acts that change who stands how --- */

static inline struct jemput_head head_of(const struct jemput_act *act)
{
    return (struct jemput_head){ .writer = act->author, .number = act->number, .hash = act->segment };
}

/* Heads at the segments of these two acts; NULL = none. */
static inline struct jemput_context heads_at(struct world *w, const struct jemput_act *one, const struct jemput_act *other)
{
    struct jemput_context heads = { .heads = &w->heads[w->head_count] };

    assert_true(w->head_count + 2 <= HEADS_MAX);
    if (one)
        heads.heads[heads.count++] = head_of(one);
    if (other)
        heads.heads[heads.count++] = head_of(other);
    jemput_context_normalise(&heads);
    w->head_count += heads.count;
    return heads;
}

/* All that `victim` signed up to `last` stands; NULL = nothing. */
static inline struct jemput_act *revoke(struct world *w, enum person author, jemput_stamp stamp, enum person victim, const struct jemput_act *last)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_REVOKE);

    act->record.as.revoke = (struct jemput_revocation){ .reason = JEMPUT_REVOKE_STOLEN, .heads = heads_at(w, last, NULL) };
    memcpy(act->record.as.revoke.public_key, key(w, victim), 32);
    return act;
}

static inline struct jemput_act *change(struct world *w, enum person author, jemput_stamp stamp, enum person device, unsigned roles,
                                        const struct jemput_act *last)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_CHANGE);

    act->record.as.change = (struct jemput_change_of_rights){ .roles = roles, .scope = jemput_bytes_str("16.75"), .heads = heads_at(w, last, NULL) };
    memcpy(act->record.as.change.public_key, key(w, device), 32);
    return act;
}

static inline struct jemput_act *rotate(struct world *w, enum person old, jemput_stamp stamp, enum person new)
{
    struct jemput_act *act = act_add(w, old, stamp, JEMPUT_RECORD_ROTATE);

    act->record.as.rotate = (struct jemput_rotation){ .epoch = 1 };
    memcpy(act->record.as.rotate.old_key, key(w, old), 32);
    memcpy(act->record.as.rotate.new_key, key(w, new), 32);
    jemput_rotation_sign(&act->record.as.rotate, &w->space, &w->keys[new]);
    return act;
}

static inline struct jemput_act *succeed(struct world *w, enum person author, jemput_stamp stamp, enum person old, enum person new)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_SUCCEED);

    memcpy(act->record.as.succeed.old_key, key(w, old), 32);
    memcpy(act->record.as.succeed.new_key, key(w, new), 32);
    return act;
}

/* `device` goes on from epoch `old` in epoch `epoch`. */
static inline struct jemput_act *resume(struct world *w, enum person device, jemput_stamp stamp, uint32_t old, uint32_t epoch)
{
    struct jemput_act *act = act_add(w, device, stamp, JEMPUT_RECORD_RESUME);

    act->author = writer_of(w, device, epoch);
    act->record.as.resume = (struct jemput_resumption){ .old = writer_of(w, device, old), .epoch = epoch };
    return act;
}

static inline struct jemput_act *approve(struct world *w, enum person author, jemput_stamp stamp, const struct jemput_act *of)
{
    struct jemput_act *act = act_add(w, author, stamp, JEMPUT_RECORD_APPROVE);
    struct jemput_error err;

    assert_int_equal(jemput_record_hash(&act->record.as.approve.act, &of->record, &w->space, &err), JEMPUT_OK);
    return act;
}

static inline struct jemput_act *reader(struct world *w, enum person author, jemput_stamp stamp)
{
    return act_add(w, author, stamp, JEMPUT_RECORD_READER);
}

/* --- worlds --- */

/* A space with ADMIN (number 1) and CENTRAL (number 2). */
static inline void world_init(struct world *w)
{
    struct jemput_act *genesis;

    memset(w, 0, sizeof *w);
    memset(w->space.id, 0xee, sizeof w->space.id);
    for (unsigned p = 0; p < PERSON_COUNT; p++) {
        uint8_t seed[32];

        memset(seed, (int)p + 1, sizeof seed);
        jemput_keypair_from_seed(&w->keys[p], seed);
    }
    w->admins[0] = (struct jemput_genesis_admin){ .roles = JEMPUT_ROLE_ADMIN, .device_number = 1 };
    w->admins[1] = (struct jemput_genesis_admin){ .roles = JEMPUT_ROLE_PUSAT, .device_number = 2 };
    memcpy(w->admins[0].public_key, key(w, ADMIN), 32);
    memcpy(w->admins[1].public_key, key(w, CENTRAL), 32);
    genesis = &w->acts[w->count++];
    genesis->record.kind = JEMPUT_RECORD_GENESIS;
    genesis->record.as.genesis = (struct jemput_genesis){ .threshold = 1, .admin_count = 2, .admins = w->admins };
    memcpy(genesis->segment.bytes, w->space.id, 32);
}

/* A space with the root administrators ADMIN, ADMIN2 and ADMIN3 (numbers 1 to 3), of whom `threshold` have to sign a root act, and
 * CENTRAL (number 4). */
static inline void world_of_roots(struct world *w, unsigned threshold)
{
    static const enum person who[] = { ADMIN, ADMIN2, ADMIN3, CENTRAL };

    world_init(w);
    for (unsigned i = 0; i < 4; i++) {
        w->admins[i] = (struct jemput_genesis_admin){ .roles = who[i] == CENTRAL ? JEMPUT_ROLE_PUSAT : JEMPUT_ROLE_ADMIN, .device_number = i + 1 };
        memcpy(w->admins[i].public_key, key(w, who[i]), 32);
    }
    w->acts[0].record.as.genesis = (struct jemput_genesis){ .threshold = threshold, .admin_count = 4, .admins = w->admins };
}

static inline enum jemput_status fold_acts(struct jemput_roster *out, const struct world *w, const struct jemput_act *acts, uint32_t count,
                                    struct jemput_arena *arena)
{
    struct jemput_error err = { JEMPUT_OK, "" };
    enum jemput_status st = jemput_roster_fold(out, &w->space, acts, count, &jemput_ancestry_linear, arena, &err);

    if (st) {
        assert_int_equal(err.status, st);
        assert_true(err.text[0] != '\0');
    }
    return st;
}

static inline void fold(struct jemput_roster *out, const struct world *w, struct jemput_arena *arena)
{
    assert_int_equal(fold_acts(out, w, w->acts, w->count, arena), JEMPUT_OK);
}

static inline bool is_member(const struct jemput_roster *r, const struct world *w, enum person p)
{
    struct jemput_writer writer = writer_of(w, p, 1);

    return jemput_roster_member(r, &writer) != NULL;
}

static inline const struct jemput_member *member_of(const struct jemput_roster *r, const struct world *w, enum person p)
{
    struct jemput_writer writer = writer_of(w, p, 1);

    return jemput_roster_member(r, &writer);
}

/* Why an act has no effect: NULL = it has; "waits" = too few have signed it. */
static inline const char *refusal(const struct jemput_roster *r, const struct jemput_act *act)
{
    for (uint32_t i = 0; i < r->refused_count; i++)
        if (jemput_hash_equal(&r->refused[i].segment, &act->segment) && r->refused[i].place == act->place)
            return r->refused[i].reason;
    for (uint32_t i = 0; i < r->waiting_count; i++)
        if (jemput_hash_equal(&r->waiting[i].segment, &act->segment) && r->waiting[i].place == act->place)
            return "waits";
    return NULL;
}

static inline void expect_effect(const struct jemput_roster *r, const struct jemput_act *act)
{
    if (refusal(r, act))
        fail_msg("segment %d: %s", act->segment.bytes[0], refusal(r, act));
}

static inline void expect_refused(const struct jemput_roster *r, const struct jemput_act *act, const char *reason)
{
    const char *why = refusal(r, act);

    if (!why || !strstr(why, reason))
        fail_msg("segment %d: %s", act->segment.bytes[0], why ? why : "it took effect");
}

static inline void expect_standing(const struct jemput_roster *r, const struct world *w, enum person p, enum jemput_standing standing)
{
    assert_non_null(member_of(r, w, p));
    assert_int_equal(member_of(r, w, p)->standing, standing);
}

/* A world, and the roster that it gives. */
struct scene {
    struct world w;
    struct jemput_arena arena;
    struct jemput_roster r;
};

static inline void scene_fold(struct scene *s)
{
    jemput_arena_clear(&s->arena);
    fold(&s->r, &s->w, &s->arena);
}

/* ADMIN (root) and CENTRAL; ADMIN enrolled ADMIN2 as an administrator (number 3), and TABLET (7) and DESK (8). */
static inline void scene_init(struct scene *s)
{
    memset(s, 0, sizeof *s);
    world_init(&s->w);
    enrol(&s->w, ADMIN, 10, PERSON_COUNT, ADMIN2, 3, JEMPUT_ROLE_ADMIN);
    enrol(&s->w, ADMIN, 11, PERSON_COUNT, TABLET, 7, JEMPUT_ROLE_PETUGAS);
    enrol(&s->w, ADMIN, 12, PERSON_COUNT, DESK, 8, JEMPUT_ROLE_PETUGAS);
}

static inline struct jemput_rights rights_of(const struct scene *s, enum person p, const struct jemput_act *segment)
{
    struct jemput_head at = head_of(segment);

    return jemput_roster_rights(&s->r, member_of(&s->r, &s->w, p), &at, &jemput_ancestry_linear);
}

/* And there ADMIN invited ONCE1 (number 7) and ONCE2 (8), and CENTRAL enrolled TABLET on ONCE1. */
static inline void world_with_tablet(struct world *w)
{
    world_init(w);
    invite(w, ADMIN, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS);
    invite(w, ADMIN, 11, ONCE2, 8, JEMPUT_ROLE_KELURAHAN);
    enrol(w, CENTRAL, 30, ONCE1, TABLET, 7, JEMPUT_ROLE_PETUGAS);
}

#endif
