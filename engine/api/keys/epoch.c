/* api/keys/epoch.c — new key epochs: of a space that is founded, of one whose keys somebody has to lose, of a device that asks to be let in. See
 * keyring.h. */
#include "api/facts.h"
#include "api/roster/device.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#include <string.h>

#include "store/keys/epoch.h"

/* --- lists --- */

enum jemput_status engine_records_add(struct engine_records *records, const struct jemput_record *record, struct jemput_error *err)
{
    struct jemput_record *of = jemput_arena_room(records->arena, records->of, records->count, &records->room, sizeof *of);

    if (!of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for records");
    records->of = of;
    records->of[records->count++] = *record;
    return JEMPUT_OK;
}

bool engine_box_make(struct jemput *j, struct jemput_epoch_box *out, const struct jemput_writer *writer, const uint8_t *reading_key,
                     const uint8_t key[JEMPUT_SEAL_KEY_BYTES])
{
    uint8_t once[32];
    bool made;

    out->writer = *writer;
    memcpy(out->reading_key, reading_key, sizeof out->reading_key);
    j->env->random(j->env, once, sizeof once);
    made = jemput_box(out->box, key, reading_key, once);
    jemput_wipe(once, sizeof once);
    return made;
}

enum jemput_status engine_reader_add(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_READER };
    struct jemput_reading_pair pair;
    enum jemput_status st = engine_reading_pair(j, &pair, err);

    if (st)
        return st;
    memcpy(record.as.reader.reading_key, pair.public_key, sizeof pair.public_key);
    jemput_wipe(&pair, sizeof pair);
    return engine_records_add(records, &record, err);
}

static enum jemput_status reading_seed_new(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    uint8_t seed[JEMPUT_SEED_BYTES];
    enum jemput_status st;

    j->env->random(j->env, seed, sizeof seed);
    st = jemput_store_fact_put(j->store, FACT_READING_SEED, jemput_bytes_of(seed, sizeof seed), err);
    jemput_wipe(seed, sizeof seed);
    return st ? st : engine_reader_add(j, records, err);
}

enum jemput_status engine_reader_renew(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct engine_reading_keys keys;
    uint8_t seeds[ENGINE_READING_KEYS_MAX][JEMPUT_SEED_BYTES];
    enum jemput_status st = engine_reading_keys(j, &keys, err);
    uint32_t from = keys.count == ENGINE_READING_KEYS_MAX; /* the oldest goes */

    for (uint32_t i = from; i < keys.count; i++)
        memcpy(seeds[i - from], keys.seeds[i], sizeof seeds[0]);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_READING_BEFORE, jemput_bytes_of(seeds, (keys.count - from) * sizeof seeds[0]), err);
    jemput_wipe(&keys, sizeof keys);
    jemput_wipe(seeds, sizeof seeds);
    return st ? st : reading_seed_new(j, records, err);
}

enum jemput_status engine_reader_replace(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_fact_put(j->store, FACT_READING_BEFORE, jemput_bytes_of("", 0), err);

    return st ? st : reading_seed_new(j, records, err);
}

/* --- a new epoch --- */

/* Does it still count by the roster that what goes into the same segment comes to? What lies behind a cut in there does not. */
static enum jemput_status epoch_stands(struct jemput *j, const struct engine_keyring_epoch *e, const struct jemput_roster *then, bool *out,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_segment at = { .writer = e->act->author, .number = e->act->number, .hash = e->act->segment };
    struct jemput_rights rights = { .roles = 0 };
    enum jemput_status st = e->counts && then ? engine_rights_at(j, then, &at, &rights, arena, err) : JEMPUT_OK;

    *out = !st && e->counts && (!then || (!rights.is_void && (rights.roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT))));
    return st;
}

static enum jemput_status epoch_number(struct jemput *j, const struct jemput_roster *then, uint32_t *number, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);
    uint32_t turn = 0;
    bool stands = false;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = j->keyring.epoch_count; !st && !stands && i-- > 0;) { /* ascending */
        st = epoch_stands(j, &j->keyring.epochs[i], then, &stands, arena, err);
        if (stands)
            turn = j->keyring.epochs[i].act->record.as.epoch.number >> JEMPUT_EPOCH_DEVICE_BITS;
    }
    if (st)
        return st;
    if (!me)
        return jemput_fail(err, JEMPUT_DENIED, "this device has not been let in");
    if (turn == ENGINE_EPOCH_TURN_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "there have been as many key epochs as there can be");
    *number = (turn + 1) << JEMPUT_EPOCH_DEVICE_BITS | me->device_number;
    return JEMPUT_OK;
}

/* Boxes for members that read, and that `wanted` names; ascending as the roster is. */
enum jemput_status engine_boxes_make(struct jemput *j, struct jemput_key_epoch *epoch, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                     bool (*wanted)(const void *ctx, const struct jemput_member *member), const void *ctx, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    epoch->boxes = jemput_arena_array(arena, j->roster.member_count, sizeof *epoch->boxes);
    if (!epoch->boxes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    for (uint32_t i = 0; i < j->roster.member_count && epoch->box_count < JEMPUT_EPOCH_BOXES_MAX; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        const uint8_t *reading_key = engine_reading_key(j, m);

        if (reading_key && wanted(ctx, m) && engine_box_make(j, &epoch->boxes[epoch->box_count], &m->writer, reading_key, key))
            epoch->box_count++; /* who finds no room gets a grant (keys_due) */
    }
    return JEMPUT_OK;
}

static bool reads_still(const void *then, const struct jemput_member *member)
{
    const struct jemput_member *there = then ? jemput_roster_member(then, &member->writer) : member;

    return there && engine_reads(there);
}

static enum jemput_status renew(struct jemput *j, const struct jemput_roster *then, struct engine_records *records, uint32_t *number,
                                uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH };
    struct jemput_key_epoch *epoch = &record.as.epoch;
    enum jemput_status st = epoch_number(j, then, number, records->arena, err);

    if (st)
        return st;
    j->env->random(j->env, key, JEMPUT_SEAL_KEY_BYTES);
    epoch->number = *number;
    engine_epoch_check(epoch->check, &j->space, *number, key);
    st = engine_boxes_make(j, epoch, key, reads_still, then, records->arena, err);
    if (!st)
        st = jemput_store_epoch_put(j->store, *number, NULL, key, err);
    return st ? st : engine_records_add(records, &record, err);
}

enum jemput_status engine_epoch_renew_as(struct jemput *j, const struct jemput_roster *then, struct engine_records *records, uint32_t *number,
                                         struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = renew(j, then, records, number, key, err);

    jemput_wipe(key, sizeof key);
    return st ? jemput_wrap(err, "new key epoch") : JEMPUT_OK;
}

enum jemput_status engine_epoch_renew(struct jemput *j, const struct jemput_roster *then, struct engine_records *records, struct jemput_error *err)
{
    uint32_t number;

    return engine_epoch_renew_as(j, then, records, &number, err);
}

/* Its own reading key is not in the roster yet: the box is made here. */
enum jemput_status engine_epoch_found(struct jemput *j, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_epoch_box box;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;
    enum jemput_status st = engine_reader_add(j, &records, err);

    if (!st)
        st = renew(j, NULL, &records, &number, key, err);
    if (!st) {
        engine_box_make(j, &box, &j->writer, records.of[0].as.reader.reading_key, key);
        records.of[1].as.epoch.boxes = &box;
        records.of[1].as.epoch.box_count = 1;
        st = engine_report_add(j, &records, err);
    }
    if (!st)
        st = engine_seal_control(j, records.of, records.count, err);
    jemput_wipe(key, sizeof key);
    jemput_arena_release(&arena);
    return st;
}

/* --- invitations, and who comes by one --- */

/* Central first: where there are more administrators than an invitation takes, one that knows the key is enough. */
enum jemput_status engine_invitation_readers(struct jemput *j, struct jemput_invitation *inv, struct jemput_arena *arena, struct jemput_error *err)
{
    static const unsigned roles[] = { JEMPUT_ROLE_PUSAT, JEMPUT_ROLE_ADMIN };
    struct jemput_invitation_reader reader;

    inv->readers = jemput_arena_array(arena, JEMPUT_INVITATION_READERS_MAX, sizeof *inv->readers);
    if (!inv->readers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for readers");
    for (unsigned r = 0; r < 2; r++)
        for (uint32_t i = 0; i < j->roster.member_count && inv->reader_count < JEMPUT_INVITATION_READERS_MAX; i++) {
            const struct jemput_member *m = &j->roster.members[i];
            const uint8_t *key = engine_reading_key(j, m);
            uint32_t at = inv->reader_count;

            if (!key || !(m->roles & roles[r]) || (r && (m->roles & roles[0])))
                continue;
            reader.writer = m->writer;
            memcpy(reader.reading_key, key, sizeof reader.reading_key);
            for (; at > 0 && jemput_writer_compare(&inv->readers[at - 1].writer, &reader.writer) > 0; at--)
                inv->readers[at] = inv->readers[at - 1];
            inv->readers[at] = reader;
            inv->reader_count++;
        }
    return JEMPUT_OK;
}

enum jemput_status engine_epoch_join(struct jemput *j, const struct jemput_invitation_reader *readers, uint32_t reader_count,
                                     struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH };
    struct jemput_key_epoch *epoch = &record.as.epoch;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = reader_count ? engine_epoch_current(j, &epoch->number, key, err) : JEMPUT_OK;

    if (st || !reader_count)
        return st;
    engine_epoch_check(epoch->check, &j->space, epoch->number, key);
    epoch->boxes = jemput_arena_array(records->arena, reader_count, sizeof *epoch->boxes);
    for (uint32_t i = 0; epoch->boxes && i < reader_count; i++)
        epoch->box_count += engine_box_make(j, &epoch->boxes[epoch->box_count], &readers[i].writer, readers[i].reading_key, key);
    jemput_wipe(key, sizeof key);
    if (!epoch->boxes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    return engine_records_add(records, &record, err);
}
