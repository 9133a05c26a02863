/* store/replace/replace.c — a store put in line with its own replay. See replace.h. */
#include "store/replace/replace.h"

#include "store/apply/applier.h"
#include "store/apply/birth.h"
#include "store/file/layout.h"
#include "store/replace/ahead.h"
#include "store/replace/compare.h"
#include "store/replace/mend.h"
#include "store/replace/parts.h"

/* --- the key of births --- */

/* Is it one and the same, in both? */
static enum jemput_status birth_keys_same(struct jemput_replace *r, bool *same, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_BIRTH_KEY_BYTES), has = JEMPUT_BUF_INIT(JEMPUT_BIRTH_KEY_BYTES);
    enum jemput_status st = jemput_store_fact_get(r->to, JEMPUT_FACT_BIRTH_KEY, &has, err);

    *same = false;
    if (!st)
        st = jemput_store_fact_get(r->from, JEMPUT_FACT_BIRTH_KEY, &key, err);
    if (!st)
        *same = jemput_bytes_equal(jemput_buf_bytes(&key), jemput_buf_bytes(&has));
    jemput_buf_release(&key);
    jemput_buf_release(&has);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* The replay has the store's own key (compare.h), unless that is lost; then what has been put here is of the replay's. */
static enum jemput_status birth_key_take(struct jemput_replace *r, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_BIRTH_KEY_BYTES), has = JEMPUT_BUF_INIT(JEMPUT_BIRTH_KEY_BYTES);
    enum jemput_status st = jemput_store_fact_get(r->from, JEMPUT_FACT_BIRTH_KEY, &key, err);
    struct jemput_error none;

    if (!st && jemput_store_fact_get(r->to, JEMPUT_FACT_BIRTH_KEY, &has, &none))
        jemput_buf_clear(&has);
    if (!st && !jemput_bytes_equal(jemput_buf_bytes(&key), jemput_buf_bytes(&has)))
        st = jemput_store_fact_put(r->to, JEMPUT_FACT_BIRTH_KEY, jemput_buf_bytes(&key), err);
    jemput_buf_release(&key);
    jemput_buf_release(&has);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* no row was born yet */
}

/* What forms showed is not in the logs: it stays, where it names what is there and counts. */
static enum jemput_status rows_settled(struct jemput_replace *r, struct jemput_error *err)
{
    return jemput_sqlite_exec(r->to->db,
                              "DELETE FROM main.jemput_unsettled; DELETE FROM main.jemput_before; DELETE FROM main.jemput_departed;"
                              " DELETE FROM main.jemput_stood AS s WHERE version IN (SELECT version FROM main.jemput_refusal)"
                              " OR NOT EXISTS(SELECT 1 FROM main.jemput_row WHERE tbl = s.tbl AND key = s.key)"
                              " OR (until > 1 AND until NOT IN (SELECT id FROM main.jemput_context))",
                              "settle", err);
}

/* --- under the lock --- */

enum jemput_status jemput_replace_state(struct jemput_replace *r, struct jemput_error *err)
{
    struct jemput_replacing p;
    enum jemput_status st = jemput_replacing_begin(&p, r, JEMPUT_PARTS_OF_OURS, err);

    if (!st)
        st = jemput_parts_note(&p, 0, JEMPUT_PARTS_OF_OURS, err);
    if (!st)
        st = jemput_parts_write(&p, 0, JEMPUT_PARTS_OF_OURS, err);
    if (!st)
        st = jemput_contexts_mend(r->to, &p.tally, &r->changed, err);
    if (!st)
        st = birth_key_take(r, err);
    return jemput_replacing_end(&p, st, err);
}

enum jemput_status jemput_replace_rows(struct jemput_replace *r, struct jemput_error *err)
{
    struct jemput_replacing p;
    enum jemput_status st = jemput_replacing_begin(&p, r, JEMPUT_PARTS_OF_OURS, err);

    if (!st)
        st = jemput_parts_note(&p, JEMPUT_PARTS_OF_OURS, p.parts_total, err);
    if (!st)
        st = jemput_parts_write(&p, JEMPUT_PARTS_OF_OURS, p.parts_total, err);
    if (!st)
        st = rows_settled(r, err);
    return jemput_replacing_end(&p, st, err);
}

/* --- beside the app --- */

enum jemput_status jemput_replace_ready(struct jemput_store *to, struct jemput_error *err)
{
    struct jemput_appliers *loaded;
    enum jemput_status st = jemput_appliers_get(to, &loaded, err);

    if (!st)
        st = jemput_birth_key_make(to, err);
    return st == JEMPUT_CORRUPT ? JEMPUT_OK : st; /* that is mended under the lock */
}

/* The schema is the same in both, contexts are whole, and births are found by one key: else more has to be mended than what differs. */
static enum jemput_status soundness(struct jemput_replace *r, bool *sound, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_schema_same(r->to, r->from, sound, err);

    if (!st && *sound)
        st = jemput_contexts_sound(r->to, sound, err);
    return st || !*sound ? st : birth_keys_same(r, sound, err);
}

enum jemput_status jemput_replace_note(struct jemput_replacing **out, struct jemput_replace *r, bool *sound, struct jemput_error *err)
{
    struct jemput_replacing *p = jemput_alloc_zero(1, sizeof *p);
    enum jemput_status st;

    *out = p;
    *sound = false;
    if (!p)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for what differs");
    p->r = r;
    st = soundness(r, sound, err);
    if (!st && *sound)
        st = jemput_replacing_begin(p, r, JEMPUT_PARTS_OF_OURS, err);
    return st || !*sound ? st : jemput_parts_note(p, 0, p->parts_total, err);
}

enum jemput_status jemput_replace_noted(struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = jemput_parts_write(p, 0, p->parts_total, err);

    if (!st)
        st = rows_settled(p->r, err);
    if (!st)
        st = jemput_parts_check(p, err);
    st = jemput_replacing_end(p, st, err);
    jemput_free(p);
    return st;
}

void jemput_replace_abandon(struct jemput_replacing *p)
{
    if (p)
        jemput_replacing_abandon(p);
    jemput_free(p);
}

enum jemput_status jemput_replace_ahead(struct jemput_replacing *p, unsigned lock_ms, uint64_t *rows, struct jemput_error *err)
{
    enum jemput_status st = jemput_ahead_part(p, JEMPUT_PART_BIRTH, lock_ms, err);

    if (!st)
        st = jemput_ahead_part(p, JEMPUT_PART_REGION, lock_ms, err);
    if (!st)
        st = jemput_ahead_rows(p, lock_ms, rows, err);
    jemput_appliers_forget(p->r->to); /* what memory knows of births and rows is of before */
    return st;
}
