/* api/audit/audit.c — checking everything, part by part; and what people are told of a part in which something does not hold. */
#include "api/audit/audit.h"

#include <stdarg.h>
#include <stdio.h>

#include "api/judge/judge.h"
#include "api/roster/roster.h"

/* --- words --- */

struct words {
    const char *what_id, *what_en, *safe_id, *safe_en, *todo_id, *todo_en;
};
static const struct words words[] = {
    [JEMPUT_AUDIT_FILE] = {
        .what_id = "Berkas data ini, atau folder ini, tidak cocok dengan dirinya sendiri.",
        .what_en = "This store's file, or this folder, does not agree with itself.",
        .safe_id = "Yang sudah diterima pusat ada juga di hub dan di pusat. Yang belum terkirim hanya ada di sini.",
        .safe_en = "What central has received is at the hub and at central, too. What was not sent exists only here.",
        .todo_id = "Salin dulu berkas ini ke tempat lain, jangan hapus; lalu jemput sync, lalu jemput rebuild. Hub: kirim ulang dari "
                   "perangkat (sync).",
        .todo_en = "First copy this file elsewhere, delete nothing; then jemput sync, then jemput rebuild. A hub: devices refill it "
                   "(sync).",
    },
    [JEMPUT_AUDIT_LOGS] = {
        .what_id = "Sebuah segmen bertanda tangan rusak, palsu, atau hilang.",
        .what_en = "A signed segment is damaged, forged, or missing.",
        .safe_id = "Isi yang sudah digabungkan tetap ada, tetapi tidak dapat lagi dibuktikan dari catatan di sini.",
        .safe_en = "What was merged is still there, but cannot be proved by the logs here any more.",
        .todo_id = "Jangan rebuild di sini. Ambil salinan yang utuh: cadangan berkas ini, atau bergabung lagi dari hub; laporkan ke "
                   "administrator. Hub: pulihkan dari cadangan; yang kurang dikirim lagi oleh perangkat (sync).",
        .todo_en = "Do not rebuild here. Take a whole copy: a backup of this file, or join again from the hub; tell an administrator. "
                   "A hub: put a backup in its place; devices send what it lacks (sync).",
    },
    [JEMPUT_AUDIT_ROSTER] = {
        .what_id = "Daftar perangkat di sini tidak seperti yang ditandatangani.",
        .what_en = "The list of devices here is not what was signed.",
        .safe_id = "Isi aman; yang ditandatangani perangkat ini mungkin ditolak perangkat lain.",
        .safe_en = "The data is safe; what this device signs may be refused by others.",
        .todo_id = "Jalankan jemput sync; kalau tetap begitu, hubungi administrator.",
        .todo_en = "Run jemput sync; if it stays so, call an administrator.",
    },
    [JEMPUT_AUDIT_KEYS] = {
        .what_id = "Sebuah kunci pembuka isi tidak cocok.",
        .what_en = "A key to sealed data does not fit.",
        .safe_id = "Isi aman; segmen di bawah kunci itu tidak terbaca di perangkat ini.",
        .safe_en = "The data is safe; segments under that key cannot be read on this device.",
        .todo_id = "Jalankan jemput sync: kunci diserahkan lagi. Kalau tetap begitu, hubungi administrator.",
        .todo_en = "Run jemput sync: keys are handed out again. If it stays so, call an administrator.",
    },
    [JEMPUT_AUDIT_STATE] = {
        .what_id = "Isi tabel bukan seperti yang dikatakan segmen bertanda tangan.",
        .what_en = "What the tables hold is not what the signed segments say.",
        .safe_id = "Kalau bagian catatan tidak ada temuan: aman, dapat dihitung ulang. Yang ditulis di luar program ini akan hilang "
                   "olehnya.",
        .safe_en = "If the logs part has no findings, your data is safe and can be rebuilt. Anything written outside this program will be "
                   "lost.",
        .todo_id = "Simpan salinan sebagai bukti, lalu jemput rebuild.",
        .todo_en = "Keep a copy as evidence, then jemput rebuild.",
    },
    [JEMPUT_AUDIT_CENTRAL] = {
        .what_id = "Pusat menandatangani isi yang lain dari yang diberikan segmen.",
        .what_en = "Central signed another state than the segments give.",
        .safe_id = "Isi di sini aman. Di pusat basis datanya mungkin rusak atau diubah dari luar.",
        .safe_en = "The data here is safe. Central's database may be damaged, or was changed from outside.",
        .todo_id = "Di pusat: jemput verify, lalu jemput rebuild. Simpan keluaran ini sebagai bukti.",
        .todo_en = "At central: jemput verify, then jemput rebuild. Keep this output as evidence.",
    },
};

enum jemput_status jemput_finding_words(struct jemput_finding *f, struct jemput_error *err)
{
    const struct words *w;

    if ((unsigned)f->part < JEMPUT_AUDIT_FILE || (unsigned)f->part >= sizeof words / sizeof words[0])
        return jemput_fail(err, JEMPUT_MISUSE, "there is no part %d", (int)f->part);
    w = &words[f->part];
    *f = (struct jemput_finding){ f->part, f->what, w->what_id, w->what_en, w->safe_id, w->safe_en, w->todo_id, w->todo_en };
    return JEMPUT_OK;
}

void audit_find(void *audit, const char *what)
{
    struct audit *a = audit;
    struct jemput_finding finding = { .part = a->part, .what = what };
    struct jemput_error ignored;

    a->out->findings++;
    if (a->silent || !a->options->each || jemput_finding_words(&finding, &ignored))
        return;
    a->silent = a->options->each(a->options->ctx, &finding) != 0;
}

void audit_say(struct audit *a, const char *fmt, ...)
{
    char text[JEMPUT_ERROR_TEXT_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    audit_find(a, text);
}

/* --- how far it has come --- */

enum jemput_status audit_expect(struct audit *a, int64_t after, struct jemput_error *err)
{
    int64_t newest = 0;
    bool records;
    enum jemput_status st = jemput_store_segments_since(a->j->store, after, &newest, &records, err);

    if (!st && newest > after)
        a->steps_total += (uint64_t)(newest - after);
    return st;
}

enum jemput_status audit_is_over(struct audit *a, struct jemput_error *err)
{
    return atomic_load(&a->j->cancelled) ? jemput_fail(err, JEMPUT_CANCELLED, "cancelled") : JEMPUT_OK;
}

static enum jemput_status progress_tell(struct audit *a, struct jemput_error *err)
{
    struct jemput_progress p = { .phase = JEMPUT_PHASE_REPLAY, .done = a->steps, .total = a->steps_total };

    if (a->options->progress && a->options->progress(a->options->ctx, &p))
        atomic_store(&a->j->cancelled, true);
    return audit_is_over(a, err);
}

enum jemput_status audit_step(struct audit *a, struct jemput_error *err)
{
    enum jemput_status st = progress_tell(a, err);

    a->steps++;
    if (a->steps_total < a->steps) /* came meanwhile */
        a->steps_total = a->steps;
    return st;
}

/* --- the store --- */

static enum jemput_status file_check(struct audit *a, struct jemput_error *err)
{
    uint64_t told = 0;

    a->part = JEMPUT_AUDIT_FILE;
    return jemput_store_check(a->j->store, audit_find, a, &told, err);
}

static enum jemput_status counts_read(struct audit *a, struct jemput_error *err)
{
    struct jemput_store_counts counts;
    enum jemput_status st = jemput_store_counts(a->j->store, &counts, err);

    if (st)
        return st;
    a->out->rows = counts.rows;
    a->out->conflicts = counts.conflicts;
    a->out->held = counts.held;
    return JEMPUT_OK;
}

/* What is read here was taken for good once: whatever is wrong with it is damage, and not the world's refusal. */
static bool status_of_damage(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE;
}

static enum jemput_status audit_ends(struct audit *a, enum jemput_status st, const struct jemput_error *err)
{
    if (!status_of_damage(st))
        return st;
    audit_say(a, "it is too damaged to be looked at any further: %s", err->text);
    return JEMPUT_OK;
}

static enum jemput_status audit_all(struct audit *a, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = engine_roster_refresh(a->j, err);

    jemput_hex_encode(a->out->space, a->j->space.id, sizeof a->j->space.id);
    if (!st)
        st = file_check(a, err);
    /* What is pending is in the tables and not in a log yet: seal it, so that rows and logs can be compared. */
    if (!st && a->out->findings == 0)
        st = jemput_seal(a->j, &sealed, err);
    if (!st)
        st = audit_identity(a, err);
    if (!st)
        st = audit_roster(a, err);
    if (!st)
        st = audit_keys(a, err);
    if (!st)
        st = audit_logs(a, err);
    if (!st && a->options->deep)
        st = audit_central(a, err);
    if (!st)
        st = counts_read(a, err);
    st = audit_ends(a, st, err);
    a->steps = a->steps_total;
    return st ? st : progress_tell(a, err);
}

enum jemput_status jemput_audit(struct jemput *j, const struct jemput_audit_options *options, struct jemput_audit *out, struct jemput_error *err)
{
    static const struct jemput_audit_options none;
    struct jemput_audit done = { .central_why = "it was not asked for" };
    struct audit a = { .j = j, .options = options ? options : &none, .out = &done };
    enum jemput_status st = engine_awake(j, err);

    if (st == JEMPUT_LOCKED)
        return st;
    atomic_store(&j->cancelled, false);
    a.part = JEMPUT_AUDIT_ROSTER; /* or what else the first call on a handle reads */
    st = st ? audit_ends(&a, st, err) : audit_all(&a, err);
    if (st)
        return jemput_wrap(err, "verify");
    *out = done;
    return JEMPUT_OK;
}

/* --- in short --- */

struct shortly {
    jemput_problem_cb each;
    void *ctx;
};

static int shortly_tell(void *ctx, const struct jemput_finding *finding)
{
    const struct shortly *s = ctx;

    if (s->each)
        s->each(s->ctx, finding->what);
    return 0;
}

enum jemput_status jemput_verify(struct jemput *j, jemput_problem_cb each, void *ctx, uint64_t *problems, struct jemput_error *err)
{
    struct shortly s = { each, ctx };
    const struct jemput_audit_options options = { .each = shortly_tell, .ctx = &s };
    struct jemput_audit audit;
    enum jemput_status st = engine_unlocked(j, err); /* not engine_awake(): what that finds damaged is jemput_audit()'s to tell */

    if (!st)
        st = jemput_audit(j, &options, &audit, err);
    if (!st)
        *problems = audit.findings;
    return st;
}
