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

enum person { ADMIN, CENTRAL, TABLET, DESK, STRANGER, ADMIN2, ONCE1, ONCE2, ONCE3, PERSON_COUNT };
#define ACTS_MAX 128
#define WHOLE ((struct jemput_bytes){ 0 })

struct world {
    struct jemput_space space;
    struct jemput_keypair keys[PERSON_COUNT];
    struct jemput_genesis_admin admins[2];
    struct jemput_act acts[ACTS_MAX];
    uint32_t count;
    uint8_t segments; /* made so far: the hash of each differs in its first byte, ascending */
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
    *act = (struct jemput_act){ .record.kind = kind, .stamp = stamp, .author = writer_of(w, author, 1) };
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

/* And there ADMIN invited ONCE1 (number 7) and ONCE2 (8), and CENTRAL enrolled TABLET on ONCE1. */
static inline void world_with_tablet(struct world *w)
{
    world_init(w);
    invite(w, ADMIN, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS);
    invite(w, ADMIN, 11, ONCE2, 8, JEMPUT_ROLE_KELURAHAN);
    enrol(w, CENTRAL, 30, ONCE1, TABLET, 7, JEMPUT_ROLE_PETUGAS);
}

#endif
