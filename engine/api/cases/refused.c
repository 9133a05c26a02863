/* api/cases/refused.c — cases of work that counts nowhere: one for each writer whose transactions the policy refuses, and one for each that was
 * revoked, or went on under a key that was given up. */
#include <string.h>

#include "api/cases/cases.h"
#include "api/judge/refused.h"

struct gathering {
    struct jemput *j;
    bool revoked; /* which of the two kinds */
    struct case_writers writers;
};

/* Is what it signed told by a case of its own: cases/ask.c? Also under a key that it took since. */
static bool is_unadmitted(const struct jemput_roster *r, const struct jemput_writer *writer)
{
    const struct jemput_member *former = jemput_roster_former(r, writer);

    for (uint32_t i = 0; former && former->moved && i < r->former_count; i++)
        if (!r->former[i].moved && r->former[i].device_number == former->device_number)
            return true;
    return former && !former->moved;
}

static enum jemput_status gather(void *ctx, const struct refused_told *told, struct jemput_error *err)
{
    struct gathering *g = ctx;

    if ((told->entry.reason == JEMPUT_REFUSED_VOID) != g->revoked)
        return JEMPUT_OK;
    if (g->revoked && is_unadmitted(&g->j->roster, &told->segment.writer))
        return JEMPUT_OK;
    return case_writers_note(&g->writers, &told->segment.writer, told->stamp, !told->adopted && !told->gone, err);
}

static const struct jemput_case words_refused = {
    .kind = "refused",
    .what_id = "Perangkat ini menandatangani pekerjaan yang di luar wewenangnya. Di semua perangkat pekerjaan itu tidak dihitung.",
    .what_en = "This device signed work that it had no right to. It counts on no device.",
    .safe_id = "Ya: data yang lain tidak tersentuh, dan pekerjaan ini tersimpan utuh di catatan"
               ", kecuali yang ikut dihapus dengan baris yang dilupakan.",
    .safe_en = "Yes: nothing else is touched, and this work is kept whole in the log, but for what was erased with a forgotten row.",
    .todo_id = "Lihat jemput refused. Kalau isinya benar, administrator menerimanya: jemput adopt SEGMENT --reason ALASAN. "
               "Kalau perangkatnya disalahgunakan: jemput device revoke. Kalau perannya keliru: jemput device change. Kalau tidak ada yang perlu "
               "dilakukan: jemput cases --settle.",
    .todo_en = "See jemput refused. If it is right, an administrator lets it count: jemput adopt SEGMENT --reason TEXT. "
               "If the device is misused: jemput device revoke. If its role is wrong: jemput device change. If there is nothing to do: jemput cases "
               "--settle.",
};

static const struct jemput_case words_revoked = {
    .kind = "revoked",
    .what_id = "Perangkat ini dicabut. Pekerjaan yang ditandatanganinya sesudah batas pencabutan tidak dihitung di semua perangkat.",
    .what_en = "This device was revoked. What it signed after the cut counts on no device.",
    .safe_id = "Ya: yang sebelum batas tetap berlaku, dan yang sesudahnya tersimpan utuh di catatan"
               ", kecuali yang ikut dihapus dengan baris yang dilupakan.",
    .safe_en = "Yes: what came before the cut stands, and what came after it is kept whole in the log, but for what was erased with a forgotten row.",
    .todo_id = "Lihat jemput refused. Pekerjaan petugas yang jujur (hari terakhirnya) diterima administrator: jemput adopt SEGMENT --reason ALASAN. "
               "Persetujuan dan penolakan hanya oleh administrator yang juga verifikator. Selebihnya: jemput cases --settle.",
    .todo_en = "See jemput refused. An administrator lets an honest officer's work (the last day) count: jemput adopt SEGMENT --reason TEXT. "
               "Approvals and refusals only one who is verifikator, too. Settle the rest: jemput cases --settle.",
};

static const struct jemput_case words_given_up = {
    .kind = "revoked",
    .what_id = "Perangkat ini menandatangani dengan kunci yang sebelumnya sudah diganti atau dicabut: mungkin ada salinannya. Pekerjaan itu tidak "
               "dihitung di semua perangkat.",
    .what_en = "This device signed with a key that had been replaced or revoked before: there may be a copy of it. That work counts on no device.",
    .safe_id = "Ya: yang ditandatangani sebelumnya tetap berlaku, dan pekerjaan ini tersimpan utuh di catatan"
               ", kecuali yang ikut dihapus dengan baris yang dilupakan.",
    .safe_en = "Yes: what was signed before stands, and this work is kept whole in the log, but for what was erased with a forgotten row.",
    .todo_id = "Tanyakan kepada petugasnya, lalu lihat jemput refused. Pekerjaan yang benar diterima administrator: jemput adopt SEGMENT --reason "
               "ALASAN. Tablet yang masih dipakai diundang lagi: jemput invite.",
    .todo_en = "Ask the officer, then see jemput refused. An administrator lets work that is right count: jemput adopt SEGMENT --reason TEXT. "
               "Invite the tablet again if it is still used: jemput invite.",
};

static bool was_revoked(const struct jemput_roster *r, const uint8_t *key)
{
    for (uint32_t i = 0; i < r->cut_count; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_REVOKE && memcmp(r->cuts[i].public_key, key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return true;
    return false;
}

/* That took over to this one, as its own holder says; NULL = none. Which of the two counts is another question. */
static const uint8_t *key_before(const struct jemput *j, const uint8_t *key)
{
    for (uint32_t i = 0; i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;

        if (act->record.kind == JEMPUT_RECORD_ROTATE && memcmp(act->record.as.rotate.new_key, key, JEMPUT_PUBLIC_KEY_BYTES) == 0 &&
            memcmp(act->author_key, act->record.as.rotate.old_key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return act->record.as.rotate.old_key;
    }
    return NULL;
}

/* A key that fell with an older one of its device is none of the roster any more, but was revoked with it. */
static const struct jemput_case *words_of_void(struct jemput *j, const struct jemput_writer *writer)
{
    const struct jemput_roster *r = &j->roster;
    const struct jemput_member *member = jemput_roster_member(r, writer), *former = jemput_roster_former(r, writer);
    const uint8_t *key = former ? former->public_key : NULL;

    if (member)
        return member->standing == JEMPUT_STANDING_ROTATED ? &words_given_up : &words_revoked;
    for (uint32_t turn = 0; key && turn <= j->acts.count; turn++) {
        if (was_revoked(r, key))
            return &words_revoked;
        key = key_before(j, key);
    }
    return &words_given_up;
}

static const struct jemput_case *words_of_refused(struct jemput *j, const struct jemput_writer *writer)
{
    (void)j;
    (void)writer;
    return &words_refused;
}

static enum jemput_status each_of_kind(struct jemput *j, bool revoked, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct gathering g = { .j = j, .revoked = revoked };
    enum jemput_status st;

    case_writers_init(&g.writers);
    st = refused_each(j, gather, &g, err);
    if (!st)
        st = case_writers_tell(j, &g.writers, revoked ? words_of_void : words_of_refused, tell, ctx, err);
    case_writers_release(&g.writers);
    return st;
}

enum jemput_status cases_refused(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    return each_of_kind(j, false, tell, ctx, err);
}

enum jemput_status cases_revoked(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    return each_of_kind(j, true, tell, ctx, err);
}
