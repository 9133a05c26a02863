/* fuzz/fuzz_roster.c — acts of eight people who sign whatever a record may say: the roster is the same whatever came first, and however often.
 *
 * An input is a program: a byte for the threshold of root acts, and then acts of four bytes each:
 *     author (3 bits), its epoch (1 bit), kind (4 bits) · how far the stamp goes on (4 bits), whom it is about (3 bits), still in the author's last
 *     segment (1 bit) · roles (6 bits), scope (2 bits) · device number (4 bits), an earlier act or another person (4 bits)
 * Records that could not be written are left out. The acts are folded as they were made, and backwards with all of them twice. */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "identity/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEOPLE = 8, ROOTS = 3, EPOCHS = 2, ACTS_MAX = 48, ROSTER_BYTES_MAX = 1 << 20 };

static struct jemput_keypair people[PEOPLE];
static const struct jemput_space space = { { 1 } };

struct story {
    struct jemput_arena arena;
    struct jemput_genesis_admin roots[ROOTS];
    struct jemput_act acts[2 * ACTS_MAX];
    uint32_t count;
    uint64_t numbers[PEOPLE][EPOCHS]; /* of the newest segment of each writer */
    uint32_t places[PEOPLE][EPOCHS];
    jemput_stamp stamp;
};

static void people_make(void)
{
    for (unsigned i = 0; i < PEOPLE; i++) {
        uint8_t seed[JEMPUT_SEED_BYTES] = { (uint8_t)(i + 1) };

        jemput_keypair_from_seed(&people[i], seed);
    }
    for (unsigned i = 0; i < PEOPLE; i++) /* ascending, as those of a genesis are */
        for (unsigned k = i + 1; k < PEOPLE; k++)
            if (memcmp(people[k].public_key, people[i].public_key, JEMPUT_PUBLIC_KEY_BYTES) < 0) {
                struct jemput_keypair other = people[i];

                people[i] = people[k];
                people[k] = other;
            }
}

static void key_set(uint8_t out[JEMPUT_PUBLIC_KEY_BYTES], unsigned person)
{
    memcpy(out, people[person % PEOPLE].public_key, JEMPUT_PUBLIC_KEY_BYTES);
}

static struct jemput_writer writer_of(unsigned person, uint32_t epoch)
{
    struct jemput_writer writer;

    jemput_writer_derive(&writer, &space, people[person % PEOPLE].public_key, epoch);
    return writer;
}

/* --- the acts --- */

static void genesis_add(struct story *s, uint8_t byte)
{
    struct jemput_act *act = &s->acts[s->count++];

    *act = (struct jemput_act){ .record.kind = JEMPUT_RECORD_GENESIS, .segment = { { 1 } } };
    for (unsigned i = 0; i < ROOTS; i++) {
        key_set(s->roots[i].public_key, i);
        s->roots[i].roles = JEMPUT_ROLE_ADMIN | (i == 0 ? (unsigned)JEMPUT_ROLE_PUSAT : 0u);
        s->roots[i].device_number = i + 1;
    }
    act->record.as.genesis = (struct jemput_genesis){ .threshold = 1 + byte % ROOTS, .admin_count = ROOTS, .admins = s->roots };
}

static struct jemput_bytes scope_of(uint8_t byte)
{
    static const char *const scopes[] = { "", "16", "16.74", "16.74.05" };

    return jemput_bytes_str(scopes[byte >> 6]);
}

/* Heads of both writers of a key, as far as they have come; less, by the bits. */
static struct jemput_context heads_of(struct story *s, unsigned person, unsigned bits)
{
    struct jemput_context heads = { .heads = jemput_arena_array(&s->arena, EPOCHS, sizeof *heads.heads) };

    for (unsigned epoch = 0; epoch < EPOCHS; epoch++) {
        uint64_t number = s->numbers[person][epoch];

        if (number == 0 || !(bits >> epoch & 1))
            continue;
        number = bits & 4 && number > 1 ? number - 1 : number;
        heads.heads[heads.count++] =
            (struct jemput_head){ .writer = writer_of(person, epoch + 1), .number = number, .hash = { { (uint8_t)number } } };
    }
    jemput_context_normalise(&heads);
    return heads;
}

static void rotation_write(struct jemput_rotation *rotation, unsigned old, unsigned new, uint32_t epoch)
{
    key_set(rotation->old_key, old);
    key_set(rotation->new_key, new);
    rotation->epoch = epoch;
    jemput_rotation_sign(rotation, &space, &people[new]);
}

static void approval_write(struct story *s, struct jemput_approval *approval, unsigned act)
{
    struct jemput_error err;

    JEMPUT_ASSERT(jemput_record_hash(&approval->act, &s->acts[act % s->count].record, &space, &err) == JEMPUT_OK);
}

static void record_write(struct story *s, struct jemput_record *r, const uint8_t in[4])
{
    unsigned author = in[0] & 7, about = in[1] >> 4 & 7, other = in[3] >> 4, roles = in[2] & 63, number = in[3] & 15;
    static const enum jemput_record_kind kinds[] = { JEMPUT_RECORD_INVITE, JEMPUT_RECORD_ENROL, JEMPUT_RECORD_ENROL, JEMPUT_RECORD_CHANGE,
        JEMPUT_RECORD_CHANGE, JEMPUT_RECORD_REVOKE, JEMPUT_RECORD_REVOKE, JEMPUT_RECORD_ROTATE, JEMPUT_RECORD_SUCCEED, JEMPUT_RECORD_RESUME,
        JEMPUT_RECORD_APPROVE, JEMPUT_RECORD_APPROVE, JEMPUT_RECORD_SCHEMA, JEMPUT_RECORD_ENROL, JEMPUT_RECORD_ROTATE, JEMPUT_RECORD_RESUME };

    r->kind = kinds[in[0] >> 4];
    if (r->kind == JEMPUT_RECORD_INVITE) {
        r->as.invite = (struct jemput_invite){ .roles = roles, .scope = scope_of(in[2]), .device_number = number, .expires_ms = other };
        key_set(r->as.invite.public_key, about);
    } else if (r->kind == JEMPUT_RECORD_ENROL) {
        r->as.enrol = (struct jemput_enrol){ .epoch = 1 + (other & 1), .device_number = number, .roles = roles, .scope = scope_of(in[2]) };
        key_set(r->as.enrol.public_key, about);
        if (other & 8)
            key_set(r->as.enrol.invite_key, other);
    } else if (r->kind == JEMPUT_RECORD_CHANGE) {
        r->as.change = (struct jemput_change_of_rights){ .roles = roles, .scope = scope_of(in[2]), .heads = heads_of(s, about, number) };
        key_set(r->as.change.public_key, about);
    } else if (r->kind == JEMPUT_RECORD_REVOKE) {
        r->as.revoke = (struct jemput_revocation){ .reason = (enum jemput_revoke_reason)(1 + other % 5), .heads = heads_of(s, about, number) };
        key_set(r->as.revoke.public_key, about);
    } else if (r->kind == JEMPUT_RECORD_ROTATE) {
        rotation_write(&r->as.rotate, other & 8 ? other & 7 : author, about, 1 + (number & 1));
    } else if (r->kind == JEMPUT_RECORD_SUCCEED) {
        key_set(r->as.succeed.old_key, about);
        key_set(r->as.succeed.new_key, other);
    } else if (r->kind == JEMPUT_RECORD_RESUME) {
        r->as.resume = (struct jemput_resumption){ .old = writer_of(about, 1 + (number & 1)), .epoch = 1 + (number >> 1 & 3) };
    } else if (r->kind == JEMPUT_RECORD_APPROVE) {
        approval_write(s, &r->as.approve, other | (unsigned)(in[2] & 16));
    } else {
        r->as.schema = (struct jemput_schema_change){ .version = 1 + (number & 3), .sql = jemput_bytes_str("SELECT 1;") };
    }
}

static void act_add(struct story *s, const uint8_t in[4])
{
    unsigned author = in[0] & 7, epoch = in[0] >> 3 & 1;
    struct jemput_act *act = &s->acts[s->count];
    uint64_t *number = &s->numbers[author][epoch];

    *act = (struct jemput_act){ .author = writer_of(author, epoch + 1) };
    record_write(s, &act->record, in);
    if (jemput_record_fault(&act->record))
        return;
    if (*number && in[1] & 128) {
        act->place = ++s->places[author][epoch];
    } else {
        ++*number;
        s->places[author][epoch] = 0;
        s->stamp += in[1] & 15;
    }
    act->stamp = s->stamp;
    act->number = *number;
    memcpy(act->author_key, people[author].public_key, sizeof act->author_key);
    act->segment = (struct jemput_hash){ { (uint8_t)(*number * 37), (uint8_t)*number, (uint8_t)(1 + author), (uint8_t)epoch } };
    s->count++;
}

/* One segment has one stamp: that of its first act. */
static void stamps_even(struct story *s)
{
    for (uint32_t i = 1; i < s->count; i++)
        for (uint32_t k = i + 1; k < s->count; k++)
            if (jemput_hash_equal(&s->acts[i].segment, &s->acts[k].segment))
                s->acts[k].stamp = s->acts[i].stamp;
}

/* --- what the roster says --- */

static void member_write(struct jemput_buf *out, const struct jemput_roster *r, const struct jemput_member *m)
{
    jemput_buf_append(out, m->writer.id, sizeof m->writer.id);
    jemput_buf_append(out, m->public_key, sizeof m->public_key);
    jemput_buf_append(out, m->succeeds, sizeof m->succeeds);
    jemput_buf_append_bytes(out, m->scope);
    jemput_buf_append_bytes(out, m->granted_scope);
    jemput_buf_printf(out, " %u %u %u %d %u %u\n", m->epoch, m->device_number, m->root, (int)m->standing, m->roles, m->granted_roles);
    for (uint64_t number = 1; number < 5; number++) {
        struct jemput_head at = { .writer = m->writer, .number = number, .hash = { { (uint8_t)number } } };
        struct jemput_rights rights = jemput_roster_rights(r, m, &at, &jemput_ancestry_linear);

        jemput_buf_printf(out, "%d %u ", (int)rights.is_void, rights.roles);
        jemput_buf_append_bytes(out, rights.scope);
    }
}

static void roster_write(struct jemput_buf *out, const struct jemput_roster *r)
{
    jemput_buf_printf(out, "%u %u %u %u %u %u %u %u\n", r->version, r->schema_version, r->threshold, r->root_count, r->invite_count, r->cut_count,
                      r->waiting_count, r->unknown_count);
    for (uint32_t i = 0; i < r->member_count; i++)
        member_write(out, r, &r->members[i]);
    for (uint32_t i = 0; i < r->invite_count; i++) {
        jemput_buf_append(out, r->invites[i].invite.public_key, JEMPUT_PUBLIC_KEY_BYTES);
        jemput_buf_printf(out, " %u %d\n", r->invites[i].invite.device_number, (int)r->invites[i].used);
    }
    for (uint32_t i = 0; i < r->cut_count; i++) {
        jemput_buf_append(out, r->cuts[i].public_key, JEMPUT_PUBLIC_KEY_BYTES);
        jemput_buf_append(out, r->cuts[i].segment.bytes, JEMPUT_HASH_BYTES);
        jemput_buf_printf(out, " %d %u %u %d\n", (int)r->cuts[i].kind, r->cuts[i].place, r->cuts[i].roles, (int)r->cuts[i].reason);
        jemput_context_write(out, &r->cuts[i].heads);
    }
    for (uint32_t i = 0; i < r->waiting_count; i++) {
        jemput_buf_append(out, r->waiting[i].segment.bytes, JEMPUT_HASH_BYTES);
        jemput_buf_printf(out, " %u %u\n", r->waiting[i].place, r->waiting[i].signers);
    }
}

static void told(struct jemput_buf *out, struct story *s, uint32_t count)
{
    struct jemput_roster roster;
    struct jemput_error err;
    enum jemput_status st = jemput_roster_fold(&roster, &space, s->acts, count, &jemput_ancestry_linear, &s->arena, &err);

    JEMPUT_ASSERT(st == JEMPUT_OK && roster.version >= 1 && roster.version + roster.refused_count + roster.waiting_count <= count);
    roster_write(out, &roster);
    JEMPUT_ASSERT(!out->failed);
}

static void acts_turn(struct story *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        s->acts[s->count + i] = s->acts[s->count - 1 - i];
    memcpy(s->acts, s->acts + s->count, s->count * sizeof *s->acts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct story s;
    struct jemput_buf first = JEMPUT_BUF_INIT(ROSTER_BYTES_MAX), second = JEMPUT_BUF_INIT(ROSTER_BYTES_MAX);

    if (size == 0)
        return 0;
    if (people[0].secret_key[0] == 0 && people[1].secret_key[0] == 0)
        people_make();
    s = (struct story){ .stamp = 1 };
    genesis_add(&s, data[0]);
    for (size_t at = 1; at + 4 <= size && s.count < ACTS_MAX; at += 4)
        act_add(&s, data + at);
    stamps_even(&s);
    told(&first, &s, s.count);
    acts_turn(&s);
    told(&second, &s, 2 * s.count);
    JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&first), jemput_buf_bytes(&second)));
    jemput_buf_release(&first);
    jemput_buf_release(&second);
    jemput_arena_release(&s.arena);
    return 0;
}
