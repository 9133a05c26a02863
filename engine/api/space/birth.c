/* api/space/birth.c — what founding a space and joining one have in common. See birth.h. */
#include "api/facts.h"
#include "api/space/birth.h"

#include <stdio.h>
#include <string.h>

void engine_birth_undo(struct jemput *j, const char *path, struct jemput_env *env)
{
    char name[4096];
    struct jemput_error ignored;
    static const char *const tails[] = { "-wal", "-shm", "" };

    jemput_close(j);
    for (unsigned i = 0; i < sizeof tails / sizeof tails[0]; i++)
        if (snprintf(name, sizeof name, "%s%s", path, tails[i]) < (int)sizeof name && env->remove(env, name, &ignored))
            continue; /* not there: nothing to remove */
}

enum jemput_status engine_birth_facts(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], uint32_t device_number,
                                      struct jemput_bytes genesis_header, struct jemput_bytes genesis_payload, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_fact_put(j->store, FACT_SPACE, jemput_bytes_of(j->space.id, sizeof j->space.id), err);

    if (!st)
        st = jemput_store_fact_put(j->store, FACT_SECRET_SEED, jemput_bytes_of(seed, JEMPUT_SEED_BYTES), err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_GENESIS_HEADER, genesis_header, err);
    if (!st)
        st = jemput_store_fact_pack(j->store, FACT_GENESIS_PAYLOAD, genesis_payload, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_EPOCH, 1, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_DEVICE_NUMBER, device_number, err);
    return st;
}

void engine_birth_key(struct jemput *j, uint8_t seed[JEMPUT_SEED_BYTES])
{
    j->env->random(j->env, seed, JEMPUT_SEED_BYTES);
    jemput_keypair_from_seed(&j->key, seed);
    j->epoch = 1;
}
