/* identity/names.c — what the acts of a fold name, looked up once: keys, writers, one-time keys, device numbers. A pass then asks by index, however
 * many acts there are; only what it finds out is cleared before the next. */
#include <stdlib.h>
#include <string.h>

#include "identity/fold.h"

#define KEYS_EACH 3 /* at most so many keys are named by one act, its author's included */

/* --- lists of equally long names --- */

struct names {
    const uint8_t **at;
    uint32_t count;
};

static int compare_32(const void *left, const void *right)
{
    return memcmp(*(const uint8_t *const *)left, *(const uint8_t *const *)right, 32);
}

static int compare_16(const void *left, const void *right)
{
    return memcmp(*(const uint8_t *const *)left, *(const uint8_t *const *)right, 16);
}

static void names_sort(struct names *n, size_t size)
{
    uint32_t kept = 0;

    if (n->count)
        qsort(n->at, n->count, sizeof *n->at, size == 32 ? compare_32 : compare_16);
    for (uint32_t i = 0; i < n->count; i++)
        if (kept == 0 || memcmp(n->at[kept - 1], n->at[i], size) != 0)
            n->at[kept++] = n->at[i];
    n->count = kept;
}

/* Of `count` things of `stride` bytes, ascending, each beginning with a name of `size` bytes, or a pointer to one. */
static uint32_t name_find(const void *first, uint32_t count, size_t stride, bool pointer, const uint8_t *name, size_t size)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const uint8_t *thing = (const uint8_t *)first + middle * stride;
        int order = memcmp(pointer ? *(const uint8_t *const *)(const void *)thing : thing, name, size);

        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return JEMPUT_FOLD_NONE;
}

uint32_t jemput_fold_key_find(const struct jemput_fold *f, const uint8_t public_key[32])
{
    return name_find(f->keys, f->key_count, sizeof *f->keys, true, public_key, JEMPUT_PUBLIC_KEY_BYTES);
}

uint32_t jemput_fold_writer_find(const struct jemput_fold *f, const struct jemput_writer *writer)
{
    return name_find(f->writers, f->writer_count, sizeof *f->writers, false, writer->id, sizeof writer->id);
}

static uint32_t invite_find(const struct names *invites, const uint8_t one_time_key[32])
{
    return name_find(invites->at, invites->count, sizeof *invites->at, true, one_time_key, JEMPUT_PUBLIC_KEY_BYTES);
}

static int number_compare(const void *left, const void *right)
{
    const struct jemput_named_number *a = left, *b = right;

    return (a->number > b->number) - (a->number < b->number);
}

static uint32_t number_find(const struct jemput_fold *f, uint32_t number)
{
    const struct jemput_named_number wanted = { .number = number }, *found;

    found = f->number_count ? bsearch(&wanted, f->numbers, f->number_count, sizeof *f->numbers, number_compare) : NULL;
    return found ? (uint32_t)(found - f->numbers) : JEMPUT_FOLD_NONE;
}

/* --- what an act names --- */

static const struct jemput_genesis *genesis_of(const struct jemput_fold *f)
{
    return &f->acts[0].act->record.as.genesis;
}

/* The key that an act is about, and the other one; NULL = none. */
static void act_keys(const struct jemput_record *record, const uint8_t **about, const uint8_t **other)
{
    *about = *other = NULL;
    switch (record->kind) {
    case JEMPUT_RECORD_ENROL:
        *about = record->as.enrol.public_key;
        return;
    case JEMPUT_RECORD_CHANGE:
        *about = record->as.change.public_key;
        return;
    case JEMPUT_RECORD_REVOKE:
        *about = record->as.revoke.public_key;
        return;
    case JEMPUT_RECORD_ROTATE:
        *about = record->as.rotate.new_key;
        *other = record->as.rotate.old_key;
        return;
    case JEMPUT_RECORD_SUCCEED:
        *about = record->as.succeed.old_key;
        *other = record->as.succeed.new_key;
        return;
    default:
        return;
    }
}

/* The writer that an act would make a member; false = it makes none. */
static bool act_makes(const struct jemput_fold *f, const struct jemput_act *act, struct jemput_writer *made)
{
    const struct jemput_record *record = &act->record;

    if (record->kind == JEMPUT_RECORD_ENROL)
        jemput_writer_derive(made, &f->roster.space, record->as.enrol.public_key, record->as.enrol.epoch);
    else if (record->kind == JEMPUT_RECORD_ROTATE)
        jemput_writer_derive(made, &f->roster.space, record->as.rotate.new_key, record->as.rotate.epoch);
    else if (record->kind == JEMPUT_RECORD_RESUME)
        jemput_writer_derive(made, &f->roster.space, act->author_key, record->as.resume.epoch);
    else
        return false;
    return true;
}

/* --- the tables --- */

static bool keys_make(struct jemput_fold *f)
{
    const struct jemput_genesis *g = genesis_of(f);
    struct names keys = { .at = jemput_arena_array(f->arena, (size_t)f->count * KEYS_EACH + g->admin_count, sizeof *keys.at) };

    if (!keys.at)
        return false;
    for (uint32_t i = 0; i < g->admin_count; i++)
        keys.at[keys.count++] = g->admins[i].public_key;
    for (uint32_t i = 0; i < f->count; i++) {
        const uint8_t *about, *other;

        act_keys(&f->acts[i].act->record, &about, &other);
        keys.at[keys.count++] = f->acts[i].act->author_key;
        if (about)
            keys.at[keys.count++] = about;
        if (other)
            keys.at[keys.count++] = other;
    }
    names_sort(&keys, JEMPUT_PUBLIC_KEY_BYTES);
    f->keys = jemput_arena_array(f->arena, keys.count, sizeof *f->keys);
    if (!f->keys)
        return false;
    f->key_count = keys.count;
    for (uint32_t i = 0; i < keys.count; i++)
        f->keys[i] = (struct jemput_named_key){ .bytes = keys.at[i], .acts = JEMPUT_FOLD_NONE, .revoked = JEMPUT_FOLD_NONE };
    return true;
}

static bool writers_make(struct jemput_fold *f)
{
    const struct jemput_genesis *g = genesis_of(f);
    struct jemput_writer *made = jemput_arena_array(f->arena, (size_t)f->count + g->admin_count, sizeof *made);
    struct names names = { .at = jemput_arena_array(f->arena, (size_t)f->count + g->admin_count, sizeof *names.at) };
    uint32_t count = 0;

    if (!made || !names.at)
        return false;
    for (uint32_t i = 0; i < g->admin_count; i++)
        jemput_writer_derive(&made[count++], &f->roster.space, g->admins[i].public_key, 1);
    for (uint32_t i = 1; i < f->count; i++)
        count += act_makes(f, f->acts[i].act, &made[count]);
    for (uint32_t i = 0; i < count; i++)
        names.at[names.count++] = made[i].id;
    names_sort(&names, sizeof made->id);
    f->writers = jemput_arena_array(f->arena, names.count, sizeof *f->writers);
    f->roster.members = jemput_arena_array(f->arena, names.count, sizeof *f->roster.members);
    f->present = jemput_arena_array(f->arena, names.count, sizeof *f->present);
    f->next_of_key = jemput_arena_array(f->arena, names.count, sizeof *f->next_of_key);
    f->came = jemput_arena_array(f->arena, names.count, sizeof *f->came);
    f->roster.former = jemput_arena_array(f->arena, names.count, sizeof *f->roster.former);
    if (!f->writers || !f->roster.members || !f->present || !f->next_of_key || !f->came || !f->roster.former)
        return false;
    f->writer_count = names.count;
    for (uint32_t i = 0; i < names.count; i++)
        memcpy(f->writers[i].id, names.at[i], sizeof f->writers[i].id);
    return true;
}

static bool invites_make(struct jemput_fold *f, struct names *invites)
{
    invites->at = jemput_arena_array(f->arena, f->count, sizeof *invites->at);
    if (!invites->at)
        return false;
    for (uint32_t i = 1; i < f->count; i++)
        if (f->acts[i].act->record.kind == JEMPUT_RECORD_INVITE)
            invites->at[invites->count++] = f->acts[i].act->record.as.invite.public_key;
    names_sort(invites, JEMPUT_PUBLIC_KEY_BYTES);
    f->roster.invites = jemput_arena_array(f->arena, invites->count, sizeof *f->roster.invites);
    f->invited = jemput_arena_array(f->arena, invites->count, sizeof *f->invited);
    f->invite_count = invites->count;
    return f->roster.invites && f->invited;
}

static bool numbers_make(struct jemput_fold *f)
{
    const struct jemput_genesis *g = genesis_of(f);
    uint32_t count = 0, kept = 0;

    f->numbers = jemput_arena_array(f->arena, (size_t)f->count + g->admin_count, sizeof *f->numbers);
    if (!f->numbers)
        return false;
    for (uint32_t i = 0; i < g->admin_count; i++)
        f->numbers[count++].number = g->admins[i].device_number;
    for (uint32_t i = 1; i < f->count; i++) {
        const struct jemput_record *record = &f->acts[i].act->record;

        if (record->kind == JEMPUT_RECORD_INVITE)
            f->numbers[count++].number = record->as.invite.device_number;
        else if (record->kind == JEMPUT_RECORD_ENROL)
            f->numbers[count++].number = record->as.enrol.device_number;
    }
    if (count)
        qsort(f->numbers, count, sizeof *f->numbers, number_compare);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || f->numbers[kept - 1].number != f->numbers[i].number)
            f->numbers[kept++] = f->numbers[i];
    f->number_count = kept;
    return true;
}

static void act_names(struct jemput_fold *f, uint32_t at, const struct names *invites)
{
    struct jemput_ranked *ranked = &f->acts[at];
    const struct jemput_record *record = &ranked->act->record;
    const uint8_t *about, *other;
    struct jemput_writer made;

    act_keys(record, &about, &other);
    ranked->author_key = jemput_fold_key_find(f, ranked->act->author_key);
    ranked->author = jemput_fold_writer_find(f, &ranked->act->author);
    ranked->about = about ? jemput_fold_key_find(f, about) : JEMPUT_FOLD_NONE;
    ranked->other = other ? jemput_fold_key_find(f, other) : JEMPUT_FOLD_NONE;
    ranked->made = act_makes(f, ranked->act, &made) ? jemput_fold_writer_find(f, &made) : JEMPUT_FOLD_NONE;
    ranked->old = record->kind == JEMPUT_RECORD_RESUME ? jemput_fold_writer_find(f, &record->as.resume.old) : JEMPUT_FOLD_NONE;
    ranked->invite = ranked->number = ranked->signed_as = JEMPUT_FOLD_NONE;
    if (record->kind == JEMPUT_RECORD_INVITE) {
        ranked->invite = invite_find(invites, record->as.invite.public_key);
        ranked->number = number_find(f, record->as.invite.device_number);
    } else if (record->kind == JEMPUT_RECORD_ENROL) {
        ranked->invite = invite_find(invites, record->as.enrol.invite_key);
        ranked->number = number_find(f, record->as.enrol.device_number);
    }
    ranked->next_of_author = f->keys[ranked->author_key].acts;
    f->keys[ranked->author_key].acts = at;
}

bool jemput_fold_names(struct jemput_fold *f)
{
    struct names invites = { 0 };

    if (!keys_make(f) || !writers_make(f) || !invites_make(f, &invites) || !numbers_make(f))
        return false;
    for (uint32_t i = 1; i < f->count; i++)
        act_names(f, i, &invites);
    return true;
}

/* --- while a pass goes on --- */

void jemput_fold_names_reset(struct jemput_fold *f)
{
    memset(f->present, 0, f->writer_count * sizeof *f->present);
    memset(f->invited, 0, f->invite_count * sizeof *f->invited);
    for (uint32_t i = 0; i < f->number_count; i++)
        f->numbers[i] = (struct jemput_named_number){ .number = f->numbers[i].number, .invite = JEMPUT_FOLD_NONE };
    for (uint32_t i = 0; i < f->key_count; i++) {
        f->keys[i].members = JEMPUT_FOLD_NONE;
        f->keys[i].root = 0;
        f->keys[i].granted_admin = f->keys[i].carries_on = false;
    }
}

void jemput_fold_member_add(struct jemput_fold *f, uint32_t writer, const struct jemput_member *member)
{
    static const uint8_t nobody[JEMPUT_PUBLIC_KEY_BYTES];
    struct jemput_named_key *key = &f->keys[jemput_fold_key_find(f, member->public_key)];

    f->roster.members[writer] = *member;
    f->roster.members[writer].writer = f->writers[writer];
    f->came[writer] = f->roster.members[writer];
    f->present[writer] = true;
    f->next_of_key[writer] = key->members;
    key->members = writer;
    key->root = member->root ? member->root : key->root;
    key->granted_admin |= (member->granted_roles & JEMPUT_ROLE_ADMIN) != 0;
    key->carries_on |= memcmp(member->succeeds, nobody, sizeof nobody) != 0;
}

void jemput_fold_number_take(struct jemput_fold *f, uint32_t number)
{
    f->numbers[number_find(f, number)].member = true;
}

struct jemput_member *jemput_fold_member(const struct jemput_fold *f, uint32_t writer)
{
    return writer != JEMPUT_FOLD_NONE && f->present[writer] ? &f->roster.members[writer] : NULL;
}

void jemput_fold_names_pack(struct jemput_fold *f)
{
    struct jemput_roster *r = &f->roster;

    r->member_count = r->invite_count = r->former_count = 0;
    for (uint32_t i = 0; i < f->writer_count; i++)
        if (f->present[i])
            r->members[r->member_count++] = r->members[i];
        else if (f->came[i].epoch)
            r->former[r->former_count++] = f->came[i];
    for (uint32_t i = 0; i < f->invite_count; i++)
        if (f->invited[i])
            r->invites[r->invite_count++] = r->invites[i];
}
