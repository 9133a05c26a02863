/* api/cases/copied.c — cases of a store of which two copies are used beside each other. */
#include "api/cases/cases.h"
#include "api/fork/copies.h"
#include "api/roster/device.h"
#include "api/seal/evidence.h"

struct copied {
    struct jemput *j;
    struct jemput_context heads;
    struct jemput_arena arena;
    int64_t now_ms;
};

/* When the other one began: the first sign that is sure. 0 = it is not known here. */
static int64_t resumed_ms(const struct jemput *j, const struct jemput_member *m)
{
    const struct jemput_member *newest = device_newest(&j->roster, m->public_key);

    for (uint32_t i = 0; newest && i < j->acts.count; i++)
        if (j->acts.of[i].act.record.kind == JEMPUT_RECORD_RESUME && jemput_writer_compare(&j->acts.of[i].act.author, &newest->writer) == 0)
            return jemput_stamp_ms(j->acts.of[i].act.stamp);
    return 0;
}

static enum jemput_status copied_tell(struct copied *c, const struct jemput_member *m, case_fn tell, void *ctx, struct jemput_error *err)
{
    char about[2 * JEMPUT_WRITER_BYTES + 1], label[CASE_LABEL_BYTES];
    struct jemput_case told = {
        .kind = "copied",
        .about = about,
        .label = label,
        .count = 2,
        .what_id = "Dua salinan berkas data perangkat ini dipakai berdampingan: masing-masing menulis, dan menerima tulisan yang lain.",
        .what_en = "Two copies of this device's store are used beside each other: each writes, and receives what the other has written.",
        .safe_id = "Ya: yang ditulis di keduanya disimpan dan digabungkan di semua perangkat.",
        .safe_en = "Yes: what is written in either is kept and merged on all devices.",
        .todo_id = "Cari salinannya, sync sekali lagi, lalu hapus berkasnya; kasus ini selesai dua minggu kemudian. Kalau tidak ditemukan: jemput "
                   "device rotate di perangkat yang benar, lalu cabut kunci yang lama.",
        .todo_en = "Find the copy, sync it once more, then delete its store; this case closes two weeks later. If it cannot be found: jemput "
                   "device rotate on the right device, then revoke the old key.",
    };
    int64_t seen_ms;
    bool beside;
    enum jemput_status st = engine_goes_on_beside(c->j, &c->heads, m, &beside, &seen_ms, err);

    if (st || !beside)
        return st;
    told.since_ms = resumed_ms(c->j, m);
    told.open = c->now_ms - seen_ms <= ENGINE_COPY_QUIET_MS;
    jemput_hex_encode(about, m->writer.id, sizeof m->writer.id);
    case_label(c->j, &m->writer, label);
    return tell(ctx, &told, err);
}

enum jemput_status cases_copied(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct copied c = { .j = j, .now_ms = engine_now(j) };
    enum jemput_status st = jemput_store_heads(j->store, &c.heads, &c.arena, err);

    for (uint32_t i = 0; !st && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];

        if (m->standing == JEMPUT_STANDING_ACTIVE || m->standing == JEMPUT_STANDING_SUSPENDED)
            st = copied_tell(&c, m, tell, ctx, err);
    }
    jemput_arena_release(&c.arena);
    return st;
}
