/* api/cases/fork.c — cases of logs that have branched, of a state that is not central's, and of a hub that shows old things. */
#include <string.h>

#include "api/cases/cases.h"
#include "api/facts.h"
#include "api/fork/resume.h"
#include "api/seal/evidence.h"
#include "store/causes/own_writer.h"

#define STALE_MS (INT64_C(14) * 24 * 3600 * 1000) /* so old may central's newest word be, and so long is told that a hub was put back */

/* --- forks --- */

struct forked {
    struct jemput *j;
    case_fn tell;
    void *ctx;
};

static enum jemput_status forked_tell(void *ctx, const struct jemput_store_fork *fork, struct jemput_error *err)
{
    const struct forked *f = ctx;
    const struct jemput_writer *writer = &fork->sides[0].writer;
    const struct jemput_member *m = jemput_roster_member(&f->j->roster, writer);
    bool resumed = m && engine_superseded(f->j, m);
    char about[2 * JEMPUT_WRITER_BYTES + 1], label[CASE_LABEL_BYTES];
    int64_t a = jemput_stamp_ms(fork->sides[0].stamp), b = jemput_stamp_ms(fork->sides[1].stamp);
    const struct jemput_case told = {
        .kind = "forked",
        .about = about,
        .label = label,
        .since_ms = a < b ? a : b,
        .count = 2,
        .open = !resumed,
        .what_id = resumed ? "Dua salinan berkas data perangkat ini dipakai: satu nomor segmen ditandatangani dua kali. Perangkat itu sudah "
                             "melanjutkan sebagai penulis baru. Cari tahu siapa menyalinnya; bukti: jemput fork-proof."
                           : "Dua salinan berkas data perangkat ini dipakai: satu nomor segmen ditandatangani dua kali.",
        .what_en = resumed ? "Two copies of this device's store were used: one segment number was signed twice. The device goes on as a new writer "
                             "already. Find out who copied it; proof: jemput fork-proof."
                           : "Two copies of this device's store were used: one segment number was signed twice.",
        .safe_id = "Ya: kedua cabang disimpan dan digabungkan di semua perangkat.",
        .safe_en = "Yes: both branches are kept and merged on all devices.",
        .todo_id = resumed ? "Tidak ada. Bukti: jemput fork-proof."
                           : "Sync perangkat itu: ia lalu melanjutkan sebagai penulis baru. Cari tahu siapa menyalinnya. Bukti: jemput fork-proof.",
        .todo_en = resumed ? "Nothing. Proof: jemput fork-proof."
                           : "Sync the device: it goes on as a new writer by itself. Find out who copied it. Proof: jemput fork-proof.",
    };

    jemput_hex_encode(about, writer->id, sizeof writer->id);
    case_label(f->j, writer, label);
    return f->tell(f->ctx, &told, err);
}

enum jemput_status cases_forked(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct forked f = { j, tell, ctx };

    return jemput_store_forks_each(j->store, forked_tell, &f, err);
}

/* --- states --- */

typedef enum jemput_status (*difference_fn)(struct jemput *j, struct jemput_state_difference *out, int *found, struct jemput_error *err);

static enum jemput_status difference_tell(struct jemput *j, difference_fn find, struct jemput_case *told, case_fn tell, void *ctx,
                                          struct jemput_error *err)
{
    struct jemput_state_difference d;
    char label[CASE_LABEL_BYTES] = "";
    struct jemput_writer writer;
    int found = 0;
    enum jemput_status st = find(j, &d, &found, err);

    if (st || !found)
        return st;
    told->about = d.writer;
    told->label = label;
    told->count = 1;
    told->open = 1;
    told->since_ms = d.seen_ms;
    if (jemput_hex_decode(writer.id, sizeof writer.id, jemput_bytes_str(d.writer)))
        case_label(j, &writer, label);
    return tell(ctx, told, err);
}

enum jemput_status cases_state(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct jemput_case state = {
        .kind = "state",
        .what_id = "Isi di sini bukan isi yang ditandatangani pusat, padahal keduanya menggabungkan hal yang sama.",
        .what_en = "The state here is not the one that central has signed, though both have merged the same.",
        .safe_id = "Ya: catatan yang ditandatangani utuh, dan isi yang benar dapat dihitung lagi darinya.",
        .safe_en = "Yes: the signed logs are whole, and the right state can be computed from them.",
        .todo_id = "Jalankan verify di sini. Kalau ada temuan: jalankan rebuild. Kalau tidak ada: pusatlah yang salah; beri tahu administrator.",
        .todo_en = "Run verify here. If it finds something: run rebuild. If it finds nothing: central is wrong; tell your administrator.",
    };
    struct jemput_case checkpoint = {
        .kind = "checkpoint",
        .what_id = "Isi yang ditandatangani pusat pada titik pangkal bukan isi yang dihasilkan catatan yang sama di sini.",
        .what_en = "The state that central has signed with a checkpoint is not the one that the same logs give here.",
        .safe_id = "Ya: tidak ada yang dipotong di sini, semua catatan masih lengkap.",
        .safe_en = "Yes: nothing was cut off here, all logs are still complete.",
        .todo_id = "Jangan potong di perangkat lain. Jalankan verify di sini dan di pusat, simpan salinan keduanya, dan beri tahu administrator. "
                   "Kedua kode isi: jemput status --json.",
        .todo_en = "Do not cut off on other devices. Run verify here and at central, keep a copy of both, and tell your administrator. Both state "
                   "hashes: jemput status --json.",
    };
    enum jemput_status st = difference_tell(j, jemput_state_difference, &state, tell, ctx, err);

    return st ? st : difference_tell(j, jemput_checkpoint_difference, &checkpoint, tell, ctx, err);
}

/* --- receipts --- */

static enum jemput_status fall_tell(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct jemput_receipt_fall f;
    char label[CASE_LABEL_BYTES] = "";
    struct jemput_writer writer;
    int found = 0;
    struct jemput_case told = {
        .kind = "receipt",
        .about = f.commit_now,
        .label = label,
        .what_id = "Pusat mengakui menerima lebih sedikit dari yang pernah ditandatanganinya: ia dikembalikan ke salinan lama, atau ingkar.",
        .what_en = "Central acknowledges less than it had signed before: it was put back to an older copy, or does not keep its word.",
        .safe_id = "Ya: yang tidak lagi diakui tetap tersimpan di sini dan dikirim lagi. Kedua pernyataan bertanda tangan itu disimpan.",
        .safe_en = "Yes: what it does not acknowledge any more is kept here and sent again. Both signed statements are kept.",
        .todo_id = "Sync beberapa kali. Kalau tetap begini, beri tahu administrator: apakah pusat dipulihkan dari cadangan? Bukti: jemput status "
                   "--json.",
        .todo_en = "Sync a few times. If it stays so, tell your administrator: was central restored from a backup? Evidence: jemput status --json.",
    };
    enum jemput_status st = jemput_receipt_fall(j, &f, &found, err);

    if (st || !found)
        return st;
    told.since_ms = f.seen_ms;
    told.count = f.number_before - f.number_now;
    told.open = !f.settled;
    if (jemput_hex_decode(writer.id, sizeof writer.id, jemput_bytes_str(f.writer)))
        case_label(j, &writer, label);
    return tell(ctx, &told, err);
}

/* --- the hub --- */

static enum jemput_status behind_tell(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct jemput_case told = {
        .kind = "hub",
        .about = "",
        .label = "",
        .open = 1,
        .what_id = "Hub menunjukkan kurang dari yang sudah pernah dilihat di sini: ia dikembalikan ke salinan lama, atau menahan sesuatu.",
        .what_en = "The hub had less than was seen here before: it was put back to an older copy, or keeps something back.",
        .safe_id = "Ya: tidak ada yang dilepas di sini, dan yang kurang sudah dikirim lagi ke hub.",
        .safe_en = "Yes: nothing is given up here, and what the hub lacked was sent to it again.",
        .todo_id = "Tanyakan pengelola hub. Perangkat lain sebaiknya sync juga.",
        .todo_en = "Ask who runs the hub. Other devices should sync, too.",
    };
    int64_t count = 0, now = engine_now(j);
    enum jemput_status st = jemput_store_number_get(j->store, FACT_HUB_BEHIND, 0, &count, err);

    told.count = (uint64_t)count;
    if (!st)
        st = jemput_store_number_get(j->store, FACT_HUB_BEHIND_MS, 0, &told.since_ms, err);
    return st || !count || now - told.since_ms > STALE_MS ? st : tell(ctx, &told, err);
}

static enum jemput_status stale_tell(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct jemput_case told = {
        .kind = "stale",
        .about = "",
        .label = "",
        .count = 1,
        .open = 1,
        .what_id = "Kabar terbaru dari pusat sudah lebih dari dua minggu, padahal pusat memberi kabar sedikitnya sekali seminggu.",
        .what_en = "Central's newest message is more than two weeks old, though central signs one at least once a week.",
        .safe_id = "Ya: yang disimpan di sini aman, dan pekerjaan dapat diteruskan.",
        .safe_en = "Yes: what is saved here is safe, and work can go on.",
        .todo_id = "Sync. Kalau sudah bersinkron dan tetap begini, hub menunjukkan isi lama atau pusat tidak bersinkron: beri tahu administrator.",
        .todo_en = "Sync. If you have synced and it stays so, the hub shows old contents or central does not sync: tell your administrator.",
    };
    enum jemput_status st = jemput_store_number_get(j->store, FACT_RECEIPT_MS, 0, &told.since_ms, err);

    return st || !told.since_ms || engine_now(j) - told.since_ms <= STALE_MS ? st : tell(ctx, &told, err);
}

enum jemput_status cases_hub(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    enum jemput_status st = fall_tell(j, tell, ctx, err);

    if (!st)
        st = behind_tell(j, tell, ctx, err);
    return st ? st : stale_tell(j, tell, ctx, err);
}
