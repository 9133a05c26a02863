/* api/keys/keyring.c — what the control records say of keys: which epochs there are, who was handed what, who reads by which key. See keyring.h. */
#include "api/engine.h"

#include <stdlib.h>
#include <string.h>

/* --- acts without effect --- */

struct refused {
    const struct jemput_refused_act **of; /* ascending by segment, then place */
    uint32_t count;
};

static int place_compare(const struct jemput_hash *a, uint32_t a_place, const struct jemput_hash *b, uint32_t b_place)
{
    int order = memcmp(a->bytes, b->bytes, sizeof a->bytes);

    return order ? order : a_place < b_place ? -1 : a_place > b_place;
}

static int refused_compare(const void *left, const void *right)
{
    const struct jemput_refused_act *a = *(const struct jemput_refused_act *const *)left, *b = *(const struct jemput_refused_act *const *)right;

    return place_compare(&a->segment, a->place, &b->segment, b->place);
}

static bool refused_sort(struct refused *out, const struct jemput_roster *roster, struct jemput_arena *arena)
{
    out->count = roster->refused_count;
    out->of = jemput_arena_array(arena, out->count, sizeof *out->of);
    if (!out->of)
        return false;
    for (uint32_t i = 0; i < out->count; i++)
        out->of[i] = &roster->refused[i];
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, refused_compare);
    return true;
}

/* NULL = it is not refused. */
static const char *refused_why(const struct refused *r, const struct jemput_act *act)
{
    uint32_t low = 0, high = r->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = place_compare(&r->of[middle]->segment, r->of[middle]->place, &act->segment, act->place);

        if (!order)
            return r->of[middle]->reason;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Also one that a cut took the membership from: jemput_roster_former(). NULL = it has never been any. */
static const struct jemput_member *member_once(const struct jemput_roster *roster, const struct jemput_act *act)
{
    const struct jemput_member *member = jemput_roster_member(roster, &act->author);
    const struct jemput_member *once = member ? member : jemput_roster_former(roster, &act->author);

    return once && memcmp(once->public_key, act->author_key, sizeof once->public_key) == 0 ? once : NULL;
}

enum { KEEPERS = JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT };

/* Has a change of rights ever made this key an administrator's, or central's? */
static bool made_keeper(const struct jemput_roster *roster, const uint8_t *public_key)
{
    for (uint32_t i = 0; i < roster->cut_count; i++)
        if (roster->cuts[i].kind == JEMPUT_RECORD_CHANGE && (roster->cuts[i].roles & KEEPERS) &&
            memcmp(roster->cuts[i].public_key, public_key, sizeof roster->cuts[i].public_key) == 0)
            return true;
    return false;
}

/* The key whose place this one has taken; NULL = none. */
static const uint8_t *key_before(const struct jemput_roster *roster, const uint8_t *public_key)
{
    for (uint32_t i = 0; i < roster->cut_count; i++)
        if (roster->cuts[i].kind == JEMPUT_RECORD_ROTATE && memcmp(roster->cuts[i].next_key, public_key, sizeof roster->cuts[i].next_key) == 0)
            return roster->cuts[i].public_key;
    return NULL;
}

/* Was the author an administrator, or central, before a cut that this lies behind, under this key or one that it gave up for it? Nothing is sealed
 * under an epoch that he began then, and whom he let in is let in no more; but he, and whoever had heard of it before the cut, has sealed and read by
 * it, so that all are to read that: what it counts for is another question. The key is checked against what its maker told. */
static bool kept_keys(const struct jemput_roster *roster, const struct jemput_act *act)
{
    const struct jemput_member *of_key = jemput_roster_member_of_key(roster, act->author_key), *m = of_key ? of_key : member_once(roster, act);
    bool kept = m && ((m->granted_roles & KEEPERS) || made_keeper(roster, m->public_key));
    const uint8_t *key = m ? key_before(roster, m->public_key) : NULL;

    for (uint32_t hop = 0; key && !kept && hop < roster->cut_count; hop++) {
        m = jemput_roster_member_of_key(roster, key);
        kept = (m && (m->granted_roles & KEEPERS)) || made_keeper(roster, key);
        key = key_before(roster, key);
    }
    return kept;
}

/* --- the fold --- */

static int epoch_compare(const void *left, const void *right)
{
    const struct jemput_key_epoch *a = &((const struct engine_keyring_epoch *)left)->act->record.as.epoch;
    const struct jemput_key_epoch *b = &((const struct engine_keyring_epoch *)right)->act->record.as.epoch;

    return a->number != b->number ? (a->number < b->number ? -1 : 1) : memcmp(a->check, b->check, sizeof a->check);
}

/* Of one writer's the newest comes last: the highest number, where a log forked the highest hash. */
static int reader_compare(const void *left, const void *right)
{
    const struct jemput_act *a = *(const struct jemput_act *const *)left, *b = *(const struct jemput_act *const *)right;
    int order = jemput_writer_compare(&a->author, &b->author);

    if (order || a->number != b->number)
        return order ? order : a->number < b->number ? -1 : 1;
    return place_compare(&a->segment, a->place, &b->segment, b->place);
}

static void readers_newest(struct engine_keyring *k)
{
    uint32_t count = 0;

    if (k->reader_count)
        qsort(k->readers, k->reader_count, sizeof *k->readers, reader_compare);
    for (uint32_t i = 0; i < k->reader_count; i++)
        if (i + 1 == k->reader_count || jemput_writer_compare(&k->readers[i]->author, &k->readers[i + 1]->author) != 0)
            k->readers[count++] = k->readers[i];
    k->reader_count = count;
}

/* An epoch of the space whose number names another device than its maker is none: it would take that one's next number away. */
static bool epoch_named_rightly(const struct jemput_act *act, const struct jemput_roster *roster)
{
    const struct jemput_member *maker = member_once(roster, act);

    return maker && (act->record.as.epoch.number & ENGINE_EPOCH_OWN_MAX) == maker->device_number;
}

/* Does what it hands out open what was sealed? */
static bool opens(const struct jemput_act *act, const char *why, const struct jemput_roster *roster)
{
    return !why || ((why == jemput_act_is_void || why == jemput_act_keeps_no_keys) && kept_keys(roster, act));
}

static void epoch_take(struct engine_keyring *k, const struct jemput_act *act, const char *why, const struct jemput_roster *roster)
{
    bool let = opens(act, why, roster), made = let && epoch_named_rightly(act, roster);

    k->epochs[k->epoch_count++] = (struct engine_keyring_epoch){ .act = act, .let = let, .made = made, .counts = made && !why };
}

static void act_take(struct engine_keyring *k, const struct jemput_act *act, const struct refused *refused, const struct jemput_roster *roster)
{
    const char *why = refused_why(refused, act);
    bool counts = !why;

    switch (act->record.kind) {
    case JEMPUT_RECORD_READER:
        if (counts)
            k->readers[k->reader_count++] = act;
        break;
    case JEMPUT_RECORD_EPOCH:
        if (act->record.as.epoch.number > ENGINE_EPOCH_OWN_MAX)
            epoch_take(k, act, why, roster);
        else if (counts)
            k->handed[k->handed_count++] = act;
        break;
    case JEMPUT_RECORD_GRANT:
        if (counts)
            k->handed[k->handed_count++] = act;
        break;
    case JEMPUT_RECORD_WRAP:
        if (opens(act, why, roster))
            k->handed[k->handed_count++] = act;
        break;
    case JEMPUT_RECORD_SINGLE: /* it shows by itself whether it is the right key, whoever says so */
        if (counts || why == jemput_act_is_void)
            k->singles[k->single_count++] = act;
        break;
    default: /* hands out no key */
        break;
    }
}

static int single_compare(const void *left, const void *right)
{
    const struct jemput_act *a = *(const struct jemput_act *const *)left, *b = *(const struct jemput_act *const *)right;
    int order = memcmp(a->record.as.single.segment.bytes, b->record.as.single.segment.bytes, JEMPUT_HASH_BYTES);

    return order ? order : place_compare(&a->segment, a->place, &b->segment, b->place);
}

/* Copies of one store may give one number to two keys; the check tells which of them a record speaks of. */
static void epochs_hand(struct engine_keyring *k)
{
    for (uint32_t first = 0, next; first < k->epoch_count; first = next) {
        bool made = false;

        for (next = first; next < k->epoch_count && epoch_compare(&k->epochs[first], &k->epochs[next]) == 0; next++)
            made |= k->epochs[next].made;
        for (uint32_t i = first; i < next; i++)
            k->epochs[i].hands = made && k->epochs[i].let;
    }
}

uint32_t engine_epochs_from(const struct engine_keyring *k, uint32_t number)
{
    uint32_t low = 0, high = k->epoch_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (k->epochs[middle].act->record.as.epoch.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void epochs_mark(struct engine_keyring *k, const struct engine_acts *acts, const struct refused *refused)
{
    for (uint32_t i = 0; k->epoch_count && i < acts->count; i++) {
        const struct jemput_act *act = &acts->of[i].act;
        uint32_t number = act->record.as.forget.marks;

        if (act->record.kind != JEMPUT_RECORD_FORGET || refused_why(refused, act))
            continue;
        for (uint32_t e = engine_epochs_from(k, number); e < k->epoch_count && k->epochs[e].act->record.as.epoch.number == number; e++)
            k->epochs[e].marks = true;
    }
}

bool engine_epoch_marks(const struct engine_keyring *k, uint32_t number)
{
    uint32_t at = engine_epochs_from(k, number);

    return at < k->epoch_count && k->epochs[at].act->record.as.epoch.number == number && k->epochs[at].marks;
}

static uint32_t acts_of_keys(const struct engine_acts *acts)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < acts->count; i++) {
        enum jemput_record_kind kind = acts->of[i].act.record.kind;

        count += kind == JEMPUT_RECORD_READER || kind == JEMPUT_RECORD_EPOCH || kind == JEMPUT_RECORD_GRANT || kind == JEMPUT_RECORD_WRAP ||
                 kind == JEMPUT_RECORD_SINGLE;
    }
    return count;
}

enum jemput_status engine_keyring_fold(struct engine_keyring *out, const struct engine_acts *acts, const struct jemput_roster *roster,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t most = acts_of_keys(acts);
    struct engine_keyring k = { .epoch_count = 0 };
    struct refused refused;

    k.epochs = jemput_arena_array(arena, most, sizeof *k.epochs);
    k.handed = jemput_arena_array(arena, most, sizeof *k.handed);
    k.readers = jemput_arena_array(arena, most, sizeof *k.readers);
    k.singles = jemput_arena_array(arena, most, sizeof *k.singles);
    if (!k.epochs || !k.handed || !k.readers || !k.singles || !refused_sort(&refused, roster, arena))
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the key epochs");
    for (uint32_t i = 0; most && i < acts->count; i++)
        act_take(&k, &acts->of[i].act, &refused, roster);
    if (k.epoch_count)
        qsort(k.epochs, k.epoch_count, sizeof *k.epochs, epoch_compare);
    if (k.single_count)
        qsort(k.singles, k.single_count, sizeof *k.singles, single_compare);
    epochs_hand(&k);
    epochs_mark(&k, acts, &refused);
    readers_newest(&k);
    *out = k;
    return JEMPUT_OK;
}

/* --- who reads --- */

bool engine_roles_read(unsigned roles)
{
    return (roles & ~(unsigned)JEMPUT_ROLE_KOMINFO) != 0;
}

bool engine_reads(const struct jemput_member *member)
{
    return member->standing == JEMPUT_STANDING_ACTIVE && !member->given_up && engine_roles_read(member->roles);
}

static const uint8_t *reader_of_writer(const struct engine_keyring *k, const struct jemput_writer *writer)
{
    uint32_t low = 0, high = k->reader_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = jemput_writer_compare(&k->readers[middle]->author, writer);

        if (!order)
            return k->readers[middle]->record.as.reader.reading_key;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A device that goes on as a new writer reads by the key that it had, until it tells another. */
const uint8_t *engine_reading_key(const struct jemput *j, const struct jemput_member *member)
{
    const uint8_t *key = engine_reads(member) ? reader_of_writer(&j->keyring, &member->writer) : NULL;
    uint64_t newest = 0;

    if (key || !engine_reads(member) || member->epoch <= 1)
        return key;
    for (uint32_t i = 0; i < j->keyring.reader_count; i++) {
        const struct jemput_act *act = j->keyring.readers[i];

        if (memcmp(act->author_key, member->public_key, sizeof act->author_key) == 0 && act->stamp >= newest) {
            newest = act->stamp;
            key = act->record.as.reader.reading_key;
        }
    }
    return key;
}

/* --- small formats --- */

static void u32_put(uint8_t out[4], uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(n >> (8 * i));
}

void engine_epoch_check(uint8_t out[JEMPUT_HASH256_BYTES], const struct jemput_space *space, uint32_t number,
                        const uint8_t key[JEMPUT_SEAL_KEY_BYTES])
{
    static const char label[] = "jemput epoch";
    uint8_t in[sizeof label - 1 + sizeof space->id + 4];

    memcpy(in, label, sizeof label - 1);
    memcpy(in + sizeof label - 1, space->id, sizeof space->id);
    u32_put(in + sizeof in - 4, number);
    jemput_hash256(out, jemput_bytes_of(in, sizeof in), key);
}

void engine_wrap_beside(uint8_t out[ENGINE_WRAP_BESIDE_BYTES], const struct jemput_space *space, const struct jemput_writer *maker, uint32_t number,
                        uint32_t under)
{
    static const char label[] = "jemput wrap";

    _Static_assert(sizeof label - 1 + sizeof space->id + sizeof maker->id + 8 == ENGINE_WRAP_BESIDE_BYTES, "all of it");
    memcpy(out, label, sizeof label - 1);
    memcpy(out + sizeof label - 1, space->id, sizeof space->id);
    memcpy(out + sizeof label - 1 + sizeof space->id, maker->id, sizeof maker->id);
    u32_put(out + ENGINE_WRAP_BESIDE_BYTES - 8, number);
    u32_put(out + ENGINE_WRAP_BESIDE_BYTES - 4, under);
}

void engine_single_beside(uint8_t out[ENGINE_SINGLE_BESIDE_BYTES], const struct jemput_space *space, const struct jemput_hash *segment,
                          uint32_t under)
{
    static const char label[] = "jemput single";

    _Static_assert(sizeof label - 1 + sizeof space->id + sizeof segment->bytes + 4 == ENGINE_SINGLE_BESIDE_BYTES, "all of it");
    memcpy(out, label, sizeof label - 1);
    memcpy(out + sizeof label - 1, space->id, sizeof space->id);
    memcpy(out + sizeof label - 1 + sizeof space->id, segment->bytes, sizeof segment->bytes);
    u32_put(out + ENGINE_SINGLE_BESIDE_BYTES - 4, under);
}

enum jemput_status engine_mark(uint8_t out[JEMPUT_HASH256_BYTES], const struct jemput_space *space, uint32_t table, struct jemput_bytes row_key,
                               const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    static const char label[] = "jemput forget";
    uint8_t in[sizeof label - 1 + sizeof space->id + 4 + JEMPUT_KEY_BYTES_MAX], *at = in;

    if (row_key.len > JEMPUT_KEY_BYTES_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "a key of %zu bytes is too long", row_key.len);
    memcpy(at, label, sizeof label - 1);
    at += sizeof label - 1;
    memcpy(at, space->id, sizeof space->id);
    at += sizeof space->id;
    u32_put(at, table);
    at += 4;
    if (row_key.len)
        memcpy(at, row_key.data, row_key.len);
    jemput_hash256(out, jemput_bytes_of(in, (size_t)(at - in) + row_key.len), key);
    jemput_wipe(in, sizeof in);
    return JEMPUT_OK;
}
