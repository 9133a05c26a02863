/* twins.c — which persons, or households, of a space may be one: as `jemput duplicates` finds them, written to central.db. Decided pairs are among
 * them: whoever shows the list leaves those out (putusan_ganda). */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "beat.h"
#include "duplicates.h"
#include "form.h"
#include "lists.h"

#define SCORE_MIN 60 /* as `jemput duplicates` */

struct kind {
    const char *table;
    const char *columns[10]; /* that are compared: a schema without them has none */
};
static const struct kind kinds[] = {
    [PARTY_ORANG] = { "orang", { "id", "nama", "nik", "nik_tertulis", "tanggal_lahir", "tanggal_lahir_tertulis", "jenis_kelamin", "keluarga_id",
                                 "tempat_lahir", "nama_ibu" } },
    [PARTY_KELUARGA] = { "keluarga", { "id", "nama_kepala", "no_kk", "no_kk_tertulis", "alamat", "rt", "rw", "kode_kel" } },
};

static bool has_columns(const struct opened *o, const struct kind *kind)
{
    const struct shape *s = shapes_find(&o->shapes, kind->table);

    for (unsigned i = 0; s && i < sizeof kind->columns / sizeof kind->columns[0] && kind->columns[i]; i++)
        if (shape_column(s, kind->columns[i]) < 0)
            return false;
    return s != NULL;
}

static char *reasons_text(uint32_t reasons)
{
    struct buffer out = { 0 };

    for (unsigned i = 0; i < REASON_COUNT; i++)
        if (reasons & 1u << i)
            buffer_format(&out, "%s%s", out.len ? "," : "", reason_codes[i]);
    return out.data ? out.data : memory_copy("", 0);
}

static int pair_write(struct sqlite3 *db, struct sqlite3_stmt *stmt, int64_t space, const char *table, const struct parties *p,
                      const struct suspicion *s, struct trouble *why)
{
    char *reasons = reasons_text(s->reasons);

    base_bind(stmt, "it", space, table);
    form_bind(stmt, 3, &p->of[s->a].id);
    form_bind(stmt, 4, &p->of[s->b].id);
    sqlite3_bind_int64(stmt, 5, s->score);
    sqlite3_bind_text(stmt, 6, reasons, -1, free);
    return base_step(db, stmt, why);
}

static int pairs_replace(struct sqlite3 *db, int64_t space, const char *table, const struct parties *parties, const struct suspicions *found,
                         struct trouble *why)
{
    struct sqlite3_stmt *stmt = NULL;
    int rc = base_run(db, "BEGIN IMMEDIATE", why);

    if (rc)
        return rc;
    rc = base_do(db, "DELETE FROM twin_ WHERE space = ?1 AND tbl = ?2", why, NULL, NULL, "it", space, table);
    if (!rc)
        rc = base_prepare(db, &stmt, "INSERT OR REPLACE INTO twin_(space, tbl, a, b, score, reasons) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", why);
    for (size_t i = 0; !rc && i < found->count && i < LIST_LINES_MAX; i++)
        rc = pair_write(db, stmt, space, table, parties, &found->of[i], why);
    sqlite3_finalize(stmt);
    if (!rc)
        rc = base_run(db, "COMMIT", why);
    if (rc)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static void looked(uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    beat();
}

int twins_write(struct office *office, struct opened *o, struct trouble *why)
{
    int rc = 0;

    for (unsigned kind = PARTY_ORANG; !rc && kind <= PARTY_KELUARGA; kind++) {
        struct parties parties = { 0 };
        struct suspicions found = { 0 };

        if (!has_columns(o, &kinds[kind]))
            continue;
        if (parties_read(&parties, o->jemput, (enum party_kind)kind) >= 0) {
            rc = trouble_set(why, TROUBLE_LATER, "twins: the table '%s' cannot be read", kinds[kind].table);
        } else {
            suspicions_find(&found, &parties, (enum party_kind)kind, SCORE_MIN, looked);
            rc = pairs_replace(office->db, o->space.id, kinds[kind].table, &parties, &found, why);
        }
        suspicions_release(&found);
        parties_release(&parties);
    }
    if (rc)
        return rc;
    return base_do(office->db, "INSERT OR REPLACE INTO list_(space, name, hash) VALUES(?1, 'twins', x'')", why, NULL, NULL, "i", o->space.id);
}

int twins_look(struct office *office, struct opened *o, struct trouble *why)
{
    bool written;

    if (base_do(office->db, "SELECT 1 FROM list_ WHERE space = ?1 AND name = 'twins'", why, &written, NULL, "i", o->space.id))
        return -1;
    o->twins_stale = o->twins_stale || !written;
    return 0;
}
