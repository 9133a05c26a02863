/* lists.c — see lists.h. A list is told by the engine line by line; each line is bound to its INSERT, whose text with the values in it is hashed.
 * Only where the hash of all lines is another one than that of the list in central.db is it written. */
#include "lists.h"

#include <sodium.h>
#include <string.h>

#include "base.h"
#include "form.h"

struct list {
    struct sqlite3 *db;
    struct opened *opened;
    int64_t space;
    const char *name;
    struct sqlite3_stmt *insert;
    crypto_generichash_state hashing;
    unsigned lines;
    bool writes, failed;
    struct trouble *why;
};

/* The values are bound. Non-zero: no more lines. */
static int list_line(struct list *l)
{
    char *text;

    if (l->lines == LIST_LINES_MAX)
        return 1;
    l->lines++;
    text = sqlite3_expanded_sql(l->insert);
    if (!text) {
        trouble_set(l->why, TROUBLE_LATER, "list '%s': a line is too long", l->name);
        l->failed = true;
        return 1;
    }
    crypto_generichash_update(&l->hashing, (const unsigned char *)text, strlen(text));
    sqlite3_free(text);
    if (l->writes && base_step(l->db, l->insert, l->why))
        l->failed = true;
    return l->failed;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* --- the lists, each with what the engine tells of it --- */

struct list_kind {
    const char *name, *delete, *insert;
    enum jemput_status (*tell)(struct jemput *jemput, struct list *l, struct jemput_error *err);
};

static int device_told(void *ctx, const struct jemput_device *d)
{
    static const char *const states[] = { "", "aktif", "ditangguhkan", "berganti kunci", "dicabut", "menunggu" };
    struct list *l = ctx;

    if (d->self) {
        snprintf(l->opened->own_log, sizeof l->opened->own_log, "%s", text_or_empty(d->writer));
        l->opened->own_segments = d->segments;
    }
    base_bind(l->insert, "ititttttiittiiiiiiiitii", l->space, d->key, (int64_t)d->device_number, text_or_empty(d->writer), text_or_empty(d->label),
              states[d->state], text_or_empty(d->why), text_or_empty(d->reason), (int64_t)d->root, (int64_t)d->self, text_or_empty(d->roles),
              text_or_empty(d->scope), (int64_t)d->carries_on_for, (int64_t)d->segments, (int64_t)d->unsent, d->last_seen_ms, d->last_receipt_ms,
              (int64_t)d->clock_doubtful, (int64_t)d->schema_version, (int64_t)d->key_turn, text_or_empty(d->version), d->store_mib, d->free_mib);
    return list_line(l);
}

static enum jemput_status devices_tell(struct jemput *jemput, struct list *l, struct jemput_error *err)
{
    return jemput_devices(jemput, device_told, l, err);
}

static int waiting_told(void *ctx, const struct jemput_waiting *w)
{
    struct list *l = ctx;

    base_bind(l->insert, "itttiiiii", l->space, w->act, w->kind, w->text, (int64_t)w->device_number, (int64_t)w->signers, (int64_t)w->needed,
              (int64_t)w->by, w->claimed_ms);
    return list_line(l);
}

static enum jemput_status waiting_tell(struct jemput *jemput, struct list *l, struct jemput_error *err)
{
    return jemput_waiting_each(jemput, waiting_told, l, err);
}

static int case_told(void *ctx, const struct jemput_case *c)
{
    struct list *l = ctx;

    base_bind(l->insert, "ittitiiitttttt", l->space, c->kind, text_or_empty(c->about), (int64_t)l->lines, text_or_empty(c->label), c->since_ms,
              (int64_t)c->count, (int64_t)c->open, c->what_id, c->what_en, c->safe_id, c->safe_en, c->todo_id, c->todo_en);
    return list_line(l);
}

static enum jemput_status cases_tell(struct jemput *jemput, struct list *l, struct jemput_error *err)
{
    return jemput_cases(jemput, case_told, l, err);
}

static int refused_told(void *ctx, const struct jemput_refused *r)
{
    struct list *l = ctx;

    base_bind(l->insert, "iititiitiitttttii", l->space, (int64_t)l->lines + 1, r->origin.writer, (int64_t)r->origin.device_number,
              text_or_empty(r->origin.roles), r->origin.claimed_ms, (int64_t)r->origin.segment, r->commit, (int64_t)r->place, (int64_t)r->reason,
              r->why_id, r->why_en, r->table, NULL, r->column, (int64_t)r->adopted,
              (int64_t)r->gone);
    form_bind_key(l->insert, 14, r->key, r->key_count);
    return list_line(l);
}

static enum jemput_status refused_tell(struct jemput *jemput, struct list *l, struct jemput_error *err)
{
    return jemput_refused_each(jemput, refused_told, l, err);
}

static int count_line(struct list *l, const char *name, uint64_t n)
{
    base_bind(l->insert, "iti", l->space, name, (int64_t)n);
    return list_line(l);
}

/* Of what central.db itself can count, behind the other lists. */
static int count_ask(struct list *l, const char *name, const char *sql)
{
    int64_t n;

    if (base_do(l->db, sql, l->why, NULL, &n, "i", l->space)) {
        l->failed = true;
        return 1;
    }
    return count_line(l, name, (uint64_t)n);
}

static enum jemput_status counts_tell(struct jemput *jemput, struct list *l, struct jemput_error *err)
{
    struct jemput_info info;
    enum jemput_status st = jemput_info_get(jemput, &info, err);

    if (st)
        return st;
    (void)(count_line(l, "rows", info.rows) || count_line(l, "conflicts", info.conflicts) || count_line(l, "held", info.held) ||
           count_line(l, "segments_unread", info.segments_unread) || count_line(l, "logs", info.logs) ||
           count_line(l, "logs_stopped", info.logs_stopped) ||
           count_ask(l, "conflicts_hard", "SELECT count(*) FROM (SELECT DISTINCT tbl, key FROM conflict_ WHERE space = ?1 AND hard)") ||
           count_ask(l, "refused", "SELECT count(*) FROM refused_ WHERE space = ?1 AND NOT adopted AND NOT gone") ||
           count_ask(l, "cases_open", "SELECT count(*) FROM case_ WHERE space = ?1 AND open") ||
           count_ask(l, "forks", "SELECT count(*) FROM case_ WHERE space = ?1 AND open AND kind = 'forked'") ||
           count_ask(l, "devices_stale", "SELECT count(*) FROM case_ WHERE space = ?1 AND open AND kind = 'stale'") ||
           count_ask(l, "devices", "SELECT count(*) FROM device_ WHERE space = ?1 AND state = 'aktif'") ||
           count_ask(l, "clocks_wrong", "SELECT count(*) FROM device_ WHERE space = ?1 AND state = 'aktif' AND clock_doubtful") ||
           count_ask(l, "unsent", "SELECT coalesce(sum(unsent), 0) FROM device_ WHERE space = ?1"));
    return JEMPUT_OK;
}

static const struct list_kind devices_list = { "devices", "DELETE FROM device_ WHERE space = ?1",
    "INSERT INTO device_(space, key, number, writer, label, state, why, reason, root, self, roles, scope, carries_on_for, segments, unsent, "
    "last_seen_ms, last_receipt_ms, clock_doubtful, schema_version, key_turn, version, store_mib, free_mib) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
    devices_tell };
static const struct list_kind waiting_list = { "waiting", "DELETE FROM waiting_ WHERE space = ?1",
    "INSERT INTO waiting_(space, act, kind, text, device, signers, needed, by, claimed_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    waiting_tell };
static const struct list_kind cases_list = { "cases", "DELETE FROM case_ WHERE space = ?1 AND kind <> 'outbox'",
    "INSERT INTO case_(space, kind, about, n, label, since_ms, count, open, what_id, what_en, safe_id, safe_en, todo_id, todo_en) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)", cases_tell };
static const struct list_kind refused_list = { "refused", "DELETE FROM refused_ WHERE space = ?1",
    "INSERT INTO refused_(space, n, writer, device, roles, claimed_ms, segment, commit_hex, place, reason, why_id, why_en, tbl, key, col, adopted, "
    "gone) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)", refused_tell };
static const struct list_kind counts_list = { "counts", "DELETE FROM count_ WHERE space = ?1",
    "INSERT INTO count_(space, name, n) VALUES(?1, ?2, ?3)", counts_tell };

/* --- looking, and writing --- */

/* Tell the lines once; *hash is of all of them. */
static int list_tell(struct list *l, const struct list_kind *kind, struct jemput *jemput, unsigned char hash[crypto_generichash_BYTES])
{
    struct jemput_error err;
    enum jemput_status st;

    l->lines = 0;
    crypto_generichash_init(&l->hashing, NULL, 0, crypto_generichash_BYTES);
    st = kind->tell(jemput, l, &err);
    crypto_generichash_final(&l->hashing, hash, crypto_generichash_BYTES);
    if (st)
        return trouble_engine(l->why, kind->name, &err);
    return l->failed ? -1 : 0;
}

static int list_replace(struct list *l, const struct list_kind *kind, struct jemput *jemput)
{
    unsigned char hash[crypto_generichash_BYTES];
    int rc = base_run(l->db, "BEGIN IMMEDIATE", l->why);

    if (rc)
        return rc;
    l->writes = true;
    rc = base_do(l->db, kind->delete, l->why, NULL, NULL, "i", l->space) || list_tell(l, kind, jemput, hash) ? -1 : 0;
    if (!rc)
        rc = base_do(l->db, "INSERT OR REPLACE INTO list_(space, name, hash) VALUES(?1, ?2, ?3)", l->why, NULL, NULL, "itb", l->space,
                     kind->name, hash, sizeof hash);
    if (!rc)
        rc = base_run(l->db, "COMMIT", l->why);
    if (rc)
        sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* *moved: the list was another one. */
static int list_bring(struct office *office, struct opened *o, const struct list_kind *kind, bool *moved, struct trouble *why)
{
    struct list l = { .db = office->db, .opened = o, .space = o->space.id, .name = kind->name, .why = why };
    unsigned char hash[crypto_generichash_BYTES];
    bool same = false;
    int rc = base_prepare(l.db, &l.insert, kind->insert, why);

    if (!rc)
        rc = list_tell(&l, kind, o->jemput, hash);
    if (!rc)
        rc = base_do(l.db, "SELECT 1 FROM list_ WHERE space = ?1 AND name = ?2 AND hash = ?3", why, &same, NULL, "itb", l.space, kind->name, hash,
                     sizeof hash);
    if (!rc && !same)
        rc = list_replace(&l, kind, o->jemput);
    sqlite3_finalize(l.insert);
    *moved = !rc && !same;
    return rc;
}

int lists_devices(struct office *office, struct opened *o, struct trouble *why)
{
    bool moved;

    return list_bring(office, o, &devices_list, &moved, why) || list_bring(office, o, &waiting_list, &moved, why) ? -1 : 0;
}

int lists_shown(struct office *office, struct opened *o, struct trouble *why)
{
    return base_do(office->db, "INSERT OR REPLACE INTO list_(space, name, hash) SELECT space, 'shown', hash FROM list_ l WHERE space = ?1 AND "
                   "name = 'devices' AND NOT EXISTS(SELECT 1 FROM list_ s WHERE s.space = l.space AND s.name = 'shown' AND s.hash = l.hash)", why,
                   NULL, NULL, "i", o->space.id);
}

int lists_sweep(struct office *office, struct trouble *why)
{
    int64_t busy = 0;
    bool due;

    if (base_do(office->db, "SELECT 1 FROM setting WHERE name = '" SETTING_SWEEP "'", why, &due, NULL, ""))
        return -1;
    if (!due)
        return 0;
    if (base_run(office->db, "INSERT INTO search_(search_) VALUES('optimize')", why) ||
        base_do(office->db, "PRAGMA wal_checkpoint(TRUNCATE)", why, NULL, &busy, ""))
        return -1;
    return busy ? 0 : base_run(office->db, "DELETE FROM setting WHERE name = '" SETTING_SWEEP "'", why); /* busy: with the next lists */
}

int lists_rest(struct office *office, struct opened *o, struct trouble *why)
{
    bool moved;

    return list_bring(office, o, &cases_list, &moved, why) || list_bring(office, o, &refused_list, &moved, why) ||
           list_bring(office, o, &counts_list, &moved, why) || lists_sweep(office, why) ? -1 : 0;
}
