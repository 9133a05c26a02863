/* api/caseask.c — cases of devices that wait for a person to let them in, and of root acts that too few have signed. */
#include <stdio.h>

#include "api/cases.h"
#include "api/device.h"

static enum jemput_status claim_tell(const struct claim *claim, case_fn tell, void *ctx, struct jemput_error *err)
{
    char key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], label[CASE_LABEL_BYTES];
    bool rival = claim->state == CLAIM_RIVALLED;
    const struct jemput_case told = {
        .kind = "asks",
        .about = key,
        .label = label,
        .count = 1,
        .open = 1,
        .what_id = rival ? "Perangkat ini dan satu perangkat lain meminta diterima dengan undangan yang sama: undangan itu tersalin."
                         : "Perangkat ini meminta diterima, tetapi undangannya sudah dipakai perangkat lain atau kedaluwarsa.",
        .what_en = rival ? "This device and another one ask to be let in by the same invitation: it was copied."
                         : "This device asks to be let in, but another device has used its invitation, or it has expired.",
        .safe_id = "Ya: perangkat itu belum melihat atau mengubah data; yang dicatatnya tersimpan di sana.",
        .safe_en = "Yes: it has seen and changed no data; what it has collected is kept there.",
        .todo_id = "Tanyakan kepada petugasnya, lalu jemput admit KEY untuk yang benar. Yang lain dibiarkan.",
        .todo_en = "Ask the officer, then jemput admit KEY for the right one. Leave the other one be.",
    };

    jemput_hex_encode(key, claim->join.public_key, sizeof claim->join.public_key);
    (void)snprintf(label, sizeof label, "%u?", (unsigned)claim->join.device_number);
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
        if (claims[i].state != CLAIM_UNKNOWN && claims[i].state != CLAIM_COMES)
            st = claim_tell(&claims[i], tell, ctx, err);
    jemput_arena_release(&arena);
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
            .todo_id = "Periksa dengan jemput devices --json, lalu jemput approve ACT --root FILE; atau biarkan.",
            .todo_en = "Look at it with jemput devices --json, then jemput approve ACT --root FILE; or leave it be.",
        };

        jemput_hex_encode(act, w->act.bytes, sizeof w->act.bytes);
        (void)snprintf(label, sizeof label, "%u/%u", (unsigned)w->signers, (unsigned)j->roster.threshold);
        st = tell(ctx, &told, err);
    }
    return st;
}
