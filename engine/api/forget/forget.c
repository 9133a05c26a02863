/* api/forget/forget.c — rows that are to be erased: which changes are of such a row, and the record that says so. See forget.h. */
#include "api/forget/forget.h"

#include <stdlib.h>
#include <string.h>

#include "api/judge/judge.h"
#include "api/look/look.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "base/limits.h"
#include "change/key.h"
#include "store/keys/epoch.h"

static int forget_order(const void *a, const void *b)
{
    const struct jemput_forgetting *x = *(const struct jemput_forgetting *const *)a, *y = *(const struct jemput_forgetting *const *)b;

    return x->marks != y->marks ? (x->marks < y->marks ? -1 : 1) : memcmp(x->mark, y->mark, sizeof x->mark);
}

enum jemput_status engine_forgets_fold(struct engine_forgets *out, const struct engine_acts *acts, const struct jemput_roster *roster,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t count = 0;

    *out = (struct engine_forgets){ 0 };
    for (uint32_t i = 0; i < acts->count; i++)
        count += acts->of[i].act.record.kind == JEMPUT_RECORD_FORGET;
    if (!count)
        return JEMPUT_OK;
    out->of = jemput_arena_array(arena, count, sizeof *out->of);
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
    for (uint32_t i = 0; i < acts->count; i++)
        if (acts->of[i].act.record.kind == JEMPUT_RECORD_FORGET && !jemput_roster_refusal(roster, &acts->of[i].act.segment, acts->of[i].act.place)) {
            struct jemput_forgetting *copy = jemput_arena_alloc(arena, sizeof *copy); /* the list of acts moves when it grows */

            if (!copy)
                return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
            *copy = acts->of[i].act.record.as.forget;
            out->of[out->count++] = copy;
        }
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, forget_order);
    return JEMPUT_OK;
}

bool engine_forgets_have(const struct engine_forgets *forgets, uint32_t marks, const uint8_t mark[JEMPUT_HASH256_BYTES])
{
    struct jemput_forgetting wanted = { .marks = marks };
    const struct jemput_forgetting *at = &wanted;

    memcpy(wanted.mark, mark, sizeof wanted.mark);
    return forgets->count && bsearch(&at, forgets->of, forgets->count, sizeof *forgets->of, forget_order) != NULL;
}

enum jemput_status engine_forgets_at(struct jemput *j, int64_t segment, struct engine_forgets *out, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = (struct engine_forgets){ .of = jemput_arena_array(arena, j->forgets.count, sizeof *out->of) };
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
    for (uint32_t i = 0; !st && j->forgets.count && i < j->acts.count; i++) {
        const struct engine_act *act = &j->acts.of[i];
        bool covered = act->segment == segment;

        if (act->act.record.kind != JEMPUT_RECORD_FORGET || !engine_act_counts(j, &act->act))
            continue;
        if (!covered)
            st = jemput_store_segment_saw(j->store, segment, act->segment, &covered, err);
        if (!st && covered)
            out->of[out->count++] = &act->act.record.as.forget;
    }
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, forget_order);
    return st;
}

/* --- the record --- */

/* The newest key of marks that is here and that nobody has who should not; *number = 0: there is none. */
static enum jemput_status marks_choose(struct jemput *j, uint32_t *number, uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    struct engine_handing handing;
    enum jemput_status st = engine_handing_take(j, &handing, arena, err);

    *number = 0;
    for (uint32_t i = j->keyring.epoch_count; !st && !*number && i-- > 0;) {
        const struct engine_keyring_epoch *e = &j->keyring.epochs[i];

        if (!e->counts || !e->marks || engine_epoch_leaked(j, &handing, e->act->record.as.epoch.number))
            continue;
        st = engine_epoch_key(j, &e->act->record.as.epoch, key, err);
        *number = st ? 0 : e->act->record.as.epoch.number;
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

/* One is made where there is none: an epoch that this very segment says to be of marks. */
static enum jemput_status marks_make(struct jemput *j, struct engine_records *records, uint32_t *number, uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                     struct jemput_error *err)
{
    enum jemput_status st = marks_choose(j, number, key, records->arena, err);

    if (!st && !*number) {
        st = engine_epoch_renew_as(j, NULL, records, number, err);
        if (!st)
            st = jemput_store_epoch_get(j->store, *number, NULL, 0, key, err);
    }
    return st;
}

struct forgetting { /* what is to be */
    uint32_t table;
    struct jemput_bytes key;
    const char *basis;
};

static enum jemput_status forget_seal(struct jemput *j, const struct forgetting *f, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_record record = { .kind = JEMPUT_RECORD_FORGET, .as.forget.basis = jemput_bytes_str(f->basis) };
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    const char *fault;
    unsigned sealed = 0;
    enum jemput_status st = engine_seal_pending(j, &sealed, err);

    if (!st)
        st = marks_make(j, &records, &record.as.forget.marks, key, err);
    if (!st)
        st = engine_mark(record.as.forget.mark, &j->space, f->table, f->key, key, err);
    jemput_wipe(key, sizeof key);
    fault = st ? NULL : jemput_record_fault(&record);
    if (fault)
        st = jemput_fail(err, JEMPUT_MISUSE, "%s", fault);
    if (!st && !engine_forgets_have(&j->forgets, record.as.forget.marks, record.as.forget.mark)) {
        st = engine_records_add(&records, &record, err);
        if (!st)
            st = engine_seal_control(j, records.of, records.count, err);
        if (!st)
            st = engine_roster_load(j, err);
        if (!st)
            st = engine_keyring_open(j, err);
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_forget_row(struct jemput *j, uint32_t table, struct jemput_bytes key, const char *basis, struct jemput_error *err)
{
    return forget_seal(j, &(struct forgetting){ table, key, basis }, err);
}

static enum jemput_status forget(struct jemput *j, const char *table_name, const struct jemput_datum *key, unsigned key_count, const char *basis,
                                 struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    const struct jemput_table *table;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st)
        st = engine_keyring_open(j, err);
    if (!st && !engine_has_role(j, JEMPUT_ROLE_ADMIN) && !engine_has_role(j, JEMPUT_ROLE_PUSAT))
        return jemput_fail(err, JEMPUT_DENIED, "only an administrator or central has a row forgotten");
    table = st ? NULL : jemput_store_table_named(j->store, table_name);
    if (!st && !table)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "there is no replicated table '%s'", table_name);
    if (!st)
        st = look_key_write(table, key, key_count, &bytes, err);
    if (!st)
        st = engine_media_forget(j, table, jemput_buf_bytes(&bytes), basis, err);
    if (!st)
        st = engine_forget_row(j, table->id, jemput_buf_bytes(&bytes), basis, err);
    jemput_buf_release(&bytes);
    return st;
}

enum jemput_status jemput_forget(struct jemput *j, const char *table, const struct jemput_datum *key, unsigned key_count, const char *basis,
                                 struct jemput_error *err)
{
    struct jemput_rebuild_report report;
    int64_t due = 0;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "forget");
    atomic_store(&j->cancelled, false);
    st = forget(j, table, key, key_count, basis, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    if (st)
        return jemput_wrap(err, "forget");
    st = engine_rebuild_due(j, &due, err);
    if (!st && due)
        st = engine_rebuild(j, NULL, &report, err);
    return st ? jemput_wrap(err, "forget: it is signed, and the next sync takes the row out of the tables") : JEMPUT_OK;
}
