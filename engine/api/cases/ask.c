/* api/cases/ask.c — cases of the roster: devices that wait for a person to let them in, keys that were given up and are open still, root acts that
 * too few have signed. */
#include <stdio.h>
#include <string.h>

#include "api/cases/cases.h"
#include "api/cases/settle.h"
#include "api/roster/device.h"

struct words {
    const char *id, *en;
};

static struct words claim_words(enum claim_state state)
{
    switch (state) {
    case CLAIM_RIVALLED:
        return (struct words){ "Perangkat ini dan satu perangkat lain meminta diterima dengan undangan yang sama: undangan itu tersalin.",
                               "This device and another one ask to be let in by the same invitation: it was copied." };
    case CLAIM_FORESTALLED:
        return (struct words){ "Perangkat ini meminta diterima, tetapi nomornya sudah dipakai undangan lain yang dibuat pada waktu yang sama. "
                               "Ia mendapat nomor baru; bukti yang sudah dicetaknya memakai nomor lama.",
                               "This device asks to be let in, but another invitation, made at the same time, has its number. It gets a new one; "
                               "receipts that it has printed bear the old one." };
    default:
        return (struct words){ "Perangkat ini meminta diterima, tetapi undangannya sudah dipakai perangkat lain atau kedaluwarsa.",
                               "This device asks to be let in, but another device has used its invitation, or it has expired." };
    }
}

static enum jemput_status claim_tell(struct jemput *j, const struct claim *claim, case_fn tell, void *ctx, struct jemput_error *err)
{
    char key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], label[CASE_LABEL_BYTES];
    const struct words what = claim_words(claim->state);
    const struct jemput_case told = {
        .kind = "asks",
        .about = key,
        .label = label,
        .count = case_asked_times(j, claim->join.public_key),
        .open = 1,
        .what_id = what.id,
        .what_en = what.en,
        .safe_id = "Ya: perangkat itu belum melihat atau mengubah data; yang dicatatnya tersimpan di sana.",
        .safe_en = "Yes: it has seen and changed no data; what it has collected is kept there.",
        .todo_id = "Minta petugasnya membacakan kunci di jemput status, lalu jemput admit KEY untuk yang berkunci sama. Yang lain dinyatakan "
                   "selesai: jemput cases --settle.",
        .todo_en = "Have the officer read out the key in jemput status, then jemput admit KEY for the one with that key. Settle the other one: "
                   "jemput cases --settle.",
    };

    jemput_hex_encode(key, claim->join.public_key, sizeof claim->join.public_key);
    (void)snprintf(label, sizeof label, "%u? %.16s", (unsigned)claim->join.device_number, key);
    return tell(ctx, &told, err);
}

/* One that central lets in by itself at its next sync is none. */
enum jemput_status cases_asking(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct claim *claims;
    uint32_t count = 0;
    enum jemput_status st = claims_read(j, &claims, &count, &arena, err);

    for (uint32_t i = 0; !st && i < count; i++)
        if (claim_waits(&claims[i]))
            st = claim_tell(j, &claims[i], tell, ctx, err);
    jemput_arena_release(&arena);
    return st;
}

static const struct jemput_case words_unadmitted = {
    .kind = "unadmitted",
    .count = 1,
    .what_id = "Perangkat ini diterima oleh administrator yang kemudian dicabut: penerimaannya batal, dan pekerjaannya tidak dihitung di semua "
               "perangkat.",
    .what_en = "This device was let in by an administrator who was revoked: that has no effect any more, and its work counts on no device.",
    .safe_id = "Ya: pekerjaannya tersimpan utuh di catatan, dan tidak menghambat perangkat lain.",
    .safe_en = "Yes: its work is kept whole in the log, and holds up nobody else.",
    .todo_id = "Kalau petugasnya benar, administrator menerimanya lagi: jemput admit KEY; pekerjaannya lalu dihitung. Kalau tidak, biarkan.",
    .todo_en = "If its officer is right, an administrator lets it in again: jemput admit KEY; then its work counts. Otherwise ignore it.",
};

/* One for each key. */
enum jemput_status cases_unadmitted(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    const struct jemput_roster *r = &j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < r->former_count; i++) {
        char key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], label[CASE_LABEL_BYTES];
        struct jemput_case told = words_unadmitted;
        bool again = r->former[i].moved || jemput_roster_member_of_key(r, r->former[i].public_key) != NULL; /* moved: cases/refused.c */

        for (uint32_t k = 0; k < i; k++)
            again |= memcmp(r->former[k].public_key, r->former[i].public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0;
        if (again)
            continue;
        jemput_hex_encode(key, r->former[i].public_key, JEMPUT_PUBLIC_KEY_BYTES);
        (void)snprintf(label, sizeof label, "%u?", (unsigned)r->former[i].device_number);
        told.about = key;
        told.label = label;
        told.open = 1;
        st = tell(ctx, &told, err);
    }
    return st;
}

/* A writer of the key, which was given up, whose next segment would count; NULL = there is none. */
static const struct jemput_member *member_open(const struct jemput_roster *r, const uint8_t *public_key)
{
    for (uint32_t i = 0; i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];

        if (m->given_up && m->standing != JEMPUT_STANDING_ROTATED && m->standing != JEMPUT_STANDING_REVOKED &&
            memcmp(m->public_key, public_key, sizeof m->public_key) == 0)
            return m;
    }
    return NULL;
}

static const struct jemput_case words_open_key = {
    .kind = "old-key",
    .count = 1,
    .open = 1,
    .what_id = "Perangkat ini sudah memakai kunci baru, tetapi kunci lamanya belum tertutup: perangkat itu pernah dipulihkan atau disalin, dan "
               "salinannya masih dapat menandatangani dengan kunci lama.",
    .what_en = "This device uses a new key, and the old one is open still: the device was once restored or copied, and a copy of it can sign with "
               "the old key.",
    .safe_id = "Ya: dengan kunci lama tidak ada data baru yang terbaca, dan yang ditandatanganinya tercatat atas nama perangkat ini.",
    .safe_en = "Yes: nothing new can be read with the old key, and what it signs is listed as this device's.",
    .todo_id = "Tanyakan kepada petugasnya apakah salinan itu masih dipakai. Kalau tidak, administrator menutup kunci lamanya: jemput device revoke "
               "KEY --reason leaked. Yang sudah sampai di sini tetap berlaku; yang datang sesudahnya tersimpan, dan dapat diterima dengan jemput "
               "adopt.",
    .todo_en = "Ask the officer whether that copy is used. If not, an administrator closes the old key: jemput device revoke KEY --reason leaked. "
               "What has come here stands; what comes later is kept, and can be let count by jemput adopt.",
};

/* A rotation ends its own log, and later ones: whether an earlier one is an honest copy's, only people know. One for each key. */
enum jemput_status cases_old_key(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    const struct jemput_roster *r = &j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < r->cut_count; i++) { /* ascending by key */
        const struct jemput_member *open = NULL;
        char key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], label[CASE_LABEL_BYTES];
        struct jemput_case told = words_open_key;

        if (i == 0 || memcmp(r->cuts[i].public_key, r->cuts[i - 1].public_key, sizeof r->cuts[i].public_key) != 0)
            open = member_open(r, r->cuts[i].public_key);
        if (!open)
            continue;
        jemput_hex_encode(key, open->public_key, sizeof open->public_key);
        case_label(j, &open->writer, label);
        told.about = key;
        told.label = label;
        st = tell(ctx, &told, err);
    }
    return st;
}

enum jemput_status cases_unsigned(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < j->roster.waiting_count; i++) {
        const struct jemput_waiting_act *w = &j->roster.waiting[i];
        char act[2 * JEMPUT_HASH_BYTES + 1], label[CASE_LABEL_BYTES];
        const struct jemput_case told = {
            .kind = "unsigned",
            .about = act,
            .label = label,
            .count = 1,
            .open = 1,
            .what_id = "Sebuah tindakan yang menyangkut administrator belum cukup ditandatangani administrator induk.",
            .what_en = "An act that concerns administrators has not been signed by enough root administrators.",
            .safe_id = "Ya: tindakan itu belum berlaku.",
            .safe_en = "Yes: the act has no effect yet.",
            .todo_id = "Periksa dengan jemput devices --json, lalu jemput approve ACT --root FILE. Kalau tidak dikehendaki: jemput cases --settle.",
            .todo_en = "Look at it with jemput devices --json, then jemput approve ACT --root FILE. If nobody wants it: jemput cases --settle.",
        };

        jemput_hex_encode(act, w->act.bytes, sizeof w->act.bytes);
        (void)snprintf(label, sizeof label, "%u/%u", (unsigned)w->signers, (unsigned)j->roster.threshold);
        st = tell(ctx, &told, err);
    }
    return st;
}
