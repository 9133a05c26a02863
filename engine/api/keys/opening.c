/* api/keys/opening.c — the keys that this device has: opened from what control records hand to it, chosen to seal with. See
 * keyring.h. */
#include "api/facts.h"
#include "api/forget/forget.h"

#include <stdio.h>
#include <string.h>

#include "store/keys/epoch.h"

/* --- the own reading key --- */

enum jemput_status engine_reading_pair(struct jemput *j, struct jemput_reading_pair *out, struct jemput_error *err)
{
    uint8_t seed[JEMPUT_SEED_BYTES];
    enum jemput_status st = engine_fact_exact(j, FACT_READING_SEED, seed, sizeof seed, err);

    if (st == JEMPUT_NOTFOUND) {
        j->env->random(j->env, seed, sizeof seed);
        st = jemput_store_fact_put(j->store, FACT_READING_SEED, jemput_bytes_of(seed, sizeof seed), err);
    }
    if (!st)
        jemput_reading_pair_from_seed(out, seed);
    jemput_wipe(seed, sizeof seed);
    return st;
}

static enum jemput_status seeds_before(struct jemput *j, struct engine_reading_keys *out, struct jemput_error *err)
{
    struct jemput_buf seeds = JEMPUT_BUF_INIT(4096);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_READING_BEFORE, &seeds, err);

    if (!st && (seeds.len % JEMPUT_SEED_BYTES || seeds.len / JEMPUT_SEED_BYTES >= ENGINE_READING_KEYS_MAX))
        st = jemput_fail(err, JEMPUT_CORRUPT, "fact '" FACT_READING_BEFORE "' has %zu bytes", seeds.len);
    if (!st && seeds.len) {
        memcpy(out->seeds, seeds.data, seeds.len);
        out->count = (uint32_t)(seeds.len / JEMPUT_SEED_BYTES);
    }
    if (seeds.data)
        jemput_wipe(seeds.data, seeds.cap);
    jemput_buf_release(&seeds);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status engine_reading_keys(struct jemput *j, struct engine_reading_keys *out, struct jemput_error *err)
{
    enum jemput_status st;

    out->count = 0;
    st = seeds_before(j, out, err);
    if (!st)
        st = engine_fact_exact(j, FACT_READING_SEED, out->seeds[out->count], JEMPUT_SEED_BYTES, err);
    out->count += !st;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- what is handed to this device --- */

struct opening {
    struct jemput *j;
    uint32_t pair_count; /* of reading keys, the newest last */
    struct jemput_reading_pair pairs[ENGINE_READING_KEYS_MAX];
    bool keep;
    void (*each)(void *ctx, const char *what); /* faults; NULL = nobody asks */
    void *ctx;
};

static void fault(const struct opening *o, uint32_t number, const char *what)
{
    char text[128];

    if (!o->each)
        return;
    snprintf(text, sizeof text, "key epoch %u: %s", (unsigned)number, what);
    o->each(o->ctx, text);
}

/* Is it the key that a record `epoch` speaks of? */
static bool key_fits(const struct opening *o, const struct jemput_key_epoch *epoch, const uint8_t *key)
{
    uint8_t check[JEMPUT_HASH256_BYTES];

    engine_epoch_check(check, &o->j->space, epoch->number, key);
    return memcmp(check, epoch->check, sizeof check) == 0;
}

/* A grant says a number alone, which copies of one store may have given twice. */
static bool key_is_of_space(const struct opening *o, uint32_t number, const uint8_t *key)
{
    const struct engine_keyring *k = &o->j->keyring;

    for (uint32_t i = 0; i < k->epoch_count; i++)
        if (k->epochs[i].act->record.as.epoch.number == number && key_fits(o, &k->epochs[i].act->record.as.epoch, key))
            return true;
    return false;
}

/* Its record may still be on its way: then nothing can be said of the key. */
static bool epoch_is_known(const struct opening *o, uint32_t number)
{
    const struct engine_keyring *k = &o->j->keyring;

    for (uint32_t i = 0; i < k->epoch_count; i++)
        if (k->epochs[i].act->record.as.epoch.number == number)
            return true;
    return false;
}

/* NULL = the box is another's. */
static const struct jemput_reading_pair *pair_of(const struct opening *o, const struct jemput_epoch_box *box)
{
    for (uint32_t i = o->pair_count; i-- > 0;)
        if (memcmp(box->reading_key, o->pairs[i].public_key, sizeof box->reading_key) == 0)
            return &o->pairs[i];
    return NULL;
}

static enum jemput_status box_open(struct opening *o, const struct jemput_act *act, uint32_t number, const struct jemput_epoch_box *box,
                                   struct jemput_error *err)
{
    const struct jemput_key_epoch *epoch = act->record.kind == JEMPUT_RECORD_EPOCH ? &act->record.as.epoch : NULL;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = JEMPUT_OK;

    const struct jemput_reading_pair *pair = pair_of(o, box);

    if (!pair)
        return JEMPUT_OK;
    if (!jemput_box_open(key, box->box, pair))
        fault(o, number, "the box with its key for this device does not open");
    else if (epoch ? !key_fits(o, epoch, key) : epoch_is_known(o, number) && !key_is_of_space(o, number, key))
        fault(o, number, "the key that was handed to this device is another one");
    else if (o->keep && (epoch || epoch_is_known(o, number)))
        st = jemput_store_epoch_put(o->j->store, number, number > ENGINE_EPOCH_OWN_MAX ? NULL : &act->author, key, err);
    jemput_wipe(key, sizeof key);
    return st;
}

/* The record by which the maker of an own epoch told its check; NULL = none is known here. */
static const struct jemput_key_epoch *own_epoch_of(const struct jemput *j, const struct jemput_wrap *wrap, uint32_t from)
{
    for (uint32_t i = from; i < j->keyring.handed_count; i++) {
        const struct jemput_act *act = j->keyring.handed[i];

        if (act->record.kind == JEMPUT_RECORD_EPOCH && act->record.as.epoch.number == wrap->number &&
            jemput_writer_compare(&act->author, &wrap->maker) == 0)
            return &act->record.as.epoch;
    }
    return NULL;
}

static enum jemput_status wrap_open(struct opening *o, const struct jemput_wrap *wrap, struct jemput_error *err)
{
    const struct jemput_key_epoch *epoch = own_epoch_of(o->j, wrap, 0);
    uint8_t beside[ENGINE_WRAP_BESIDE_BYTES], under[JEMPUT_SEAL_KEY_BYTES], key[JEMPUT_SEAL_KEY_BYTES + 1];
    struct jemput_buf out = { .data = NULL, .max = sizeof key };
    bool has = false, opened = false;
    enum jemput_status st = jemput_store_epoch_get(o->j->store, wrap->number, &wrap->maker, 0, key, err);

    if (st != JEMPUT_NOTFOUND || !epoch) {
        jemput_wipe(key, sizeof key);
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    st = JEMPUT_OK;
    engine_wrap_beside(beside, &o->j->space, &wrap->maker, wrap->number, wrap->under);
    for (uint32_t i = 0; !st && !opened; i++) {
        st = jemput_store_epoch_get(o->j->store, wrap->under, NULL, i, under, err);
        if (st)
            break;
        has = true;
        jemput_buf_clear(&out);
        st = jemput_seal_open(&out, jemput_bytes_of(wrap->sealed, sizeof wrap->sealed), jemput_bytes_of(beside, sizeof beside), under, err);
        opened = !st && out.len == JEMPUT_SEAL_KEY_BYTES && key_fits(o, epoch, out.data);
        st = st == JEMPUT_DENIED ? JEMPUT_OK : st;
    }
    st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (!st && opened && o->keep)
        st = jemput_store_epoch_put(o->j->store, wrap->number, &wrap->maker, out.data, err);
    else if (!st && has && !opened)
        fault(o, wrap->number, "what was wrapped for all who read is not the key that its maker told of");
    if (out.data)
        jemput_wipe(out.data, out.cap);
    jemput_buf_release(&out);
    jemput_wipe(under, sizeof under);
    return st;
}

static enum jemput_status epoch_open(struct opening *o, const struct jemput_act *act, struct jemput_error *err)
{
    const struct jemput_key_epoch *epoch = &act->record.as.epoch;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < epoch->box_count; i++)
        st = box_open(o, act, epoch->number, &epoch->boxes[i], err);
    return st;
}

static enum jemput_status pairs_take(struct opening *o, struct jemput_error *err)
{
    struct engine_reading_keys keys;
    enum jemput_status st = engine_reading_keys(o->j, &keys, err);

    for (uint32_t i = 0; !st && i < keys.count; i++)
        jemput_reading_pair_from_seed(&o->pairs[o->pair_count++], keys.seeds[i]);
    jemput_wipe(&keys, sizeof keys);
    return st;
}

/* Wraps last: they need the keys of the others. */
static enum jemput_status opening_all(struct opening *o, struct jemput_error *err)
{
    const struct engine_keyring *k = &o->j->keyring;
    enum jemput_status st = pairs_take(o, err);

    for (uint32_t i = 0; !st && i < k->epoch_count; i++)
        if (k->epochs[i].hands)
            st = epoch_open(o, k->epochs[i].act, err);
    for (uint32_t i = 0; !st && i < k->handed_count; i++) {
        const struct jemput_record *record = &k->handed[i]->record;

        if (record->kind == JEMPUT_RECORD_EPOCH)
            st = epoch_open(o, k->handed[i], err);
        else if (record->kind == JEMPUT_RECORD_GRANT && record->as.grant.number > ENGINE_EPOCH_OWN_MAX)
            st = box_open(o, k->handed[i], record->as.grant.number, &record->as.grant.to, err);
    }
    for (uint32_t i = 0; !st && i < k->handed_count; i++)
        if (k->handed[i]->record.kind == JEMPUT_RECORD_WRAP)
            st = wrap_open(o, &k->handed[i]->record.as.wrap, err);
    return st;
}

enum jemput_status engine_keyring_open(struct jemput *j, struct jemput_error *err)
{
    struct opening o = { .j = j, .keep = true };
    enum jemput_status st = opening_all(&o, err);

    jemput_wipe(o.pairs, sizeof o.pairs);
    if (!st)
        st = engine_singles_follow(j, err);
    if (!st)
        st = engine_marks_follow(j, err);
    return st ? jemput_wrap(err, "keys") : JEMPUT_OK;
}

enum jemput_status engine_keyring_faults(struct jemput *j, void (*each)(void *ctx, const char *what), void *ctx, struct jemput_error *err)
{
    struct opening o = { .j = j, .each = each, .ctx = ctx };
    enum jemput_status st = opening_all(&o, err);

    jemput_wipe(o.pairs, sizeof o.pairs);
    return st;
}

/* --- sealing --- */

enum jemput_status engine_epoch_key(struct jemput *j, const struct jemput_key_epoch *epoch, uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                    struct jemput_error *err)
{
    struct opening o = { .j = j };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st; i++) {
        st = jemput_store_epoch_get(j->store, epoch->number, NULL, i, key, err);
        if (!st && key_fits(&o, epoch, key))
            return JEMPUT_OK;
    }
    return st;
}

static enum jemput_status own_epoch(struct jemput *j, uint32_t *number, uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    int64_t device = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_DEVICE_NUMBER, 0, &device, err);

    if (!st && (device < 1 || device > JEMPUT_DEVICE_NUMBER_MAX))
        st = jemput_fail(err, JEMPUT_CORRUPT, "device number %lld is out of range", (long long)device);
    if (st)
        return st;
    *number = (uint32_t)device;
    st = jemput_store_epoch_get(j->store, *number, &j->writer, 0, key, err);
    if (st != JEMPUT_NOTFOUND)
        return st;
    j->env->random(j->env, key, JEMPUT_SEAL_KEY_BYTES);
    return jemput_store_epoch_put(j->store, *number, &j->writer, key, err);
}

enum jemput_status engine_epoch_current(struct jemput *j, uint32_t *number, uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);

    for (uint32_t i = j->keyring.epoch_count; me && i-- > 0;) {
        const struct engine_keyring_epoch *e = &j->keyring.epochs[i];
        enum jemput_status st = e->counts && !e->marks ? engine_epoch_key(j, &e->act->record.as.epoch, key, err) : JEMPUT_NOTFOUND;

        *number = e->act->record.as.epoch.number;
        if (st != JEMPUT_NOTFOUND)
            return st;
    }
    return own_epoch(j, number, key, err);
}
