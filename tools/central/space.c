/* space.c — the spaces of an office, and their stores. */
#include <stdlib.h>
#include <string.h>

#include <jemput/jemput.h>

#include "base.h"
#include "buffer.h"

static void space_row(struct space *out, const struct office *office, struct sqlite3_stmt *stmt)
{
    const char *store = (const char *)sqlite3_column_text(stmt, 3), *hub = (const char *)sqlite3_column_text(stmt, 4);

    out->id = sqlite3_column_int64(stmt, 0);
    snprintf(out->name, sizeof out->name, "%s", (const char *)sqlite3_column_text(stmt, 1));
    snprintf(out->hex, sizeof out->hex, "%s", (const char *)sqlite3_column_text(stmt, 2));
    snprintf(out->hub, sizeof out->hub, "%s", hub ? hub : "");
    if (store[0] == '/')
        snprintf(out->store, sizeof out->store, "%s", store);
    else
        office_path(out->store, office, "%s", store);
}

int spaces_read(struct spaces *out, struct office *office, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    *out = (struct spaces){ 0 };
    if (base_prepare(office->db, &stmt, "SELECT id, name, hex, store, hub FROM space WHERE left_ms IS NULL ORDER BY id", why))
        return -1;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        out->of = memory_resize(out->of, out->count + 1, sizeof *out->of);
        space_row(&out->of[out->count++], office, stmt);
    }
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "spaces", office->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

void spaces_release(struct spaces *spaces)
{
    free(spaces->of);
    *spaces = (struct spaces){ 0 };
}

int space_find(struct space *out, struct office *office, const char *name, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    if (base_prepare(office->db, &stmt, "SELECT id, name, hex, store, hub FROM space WHERE name = ?1 OR CAST(id AS TEXT) = ?1 ORDER BY name <> ?1",
                     why))
        return -1;
    base_bind(stmt, "t", name);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        space_row(out, office, stmt);
    else if (rc == SQLITE_DONE)
        trouble_set(why, TROUBLE_BROKEN, "there is no space '%s'", name);
    else
        trouble_sqlite(why, "spaces", office->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? 0 : -1;
}

int space_handle(struct jemput **out, const struct office *office, const struct space *space, struct trouble *why)
{
    struct jemput_secret secret = { .key = office->key };
    struct jemput_sealing sealing = { 0 };
    struct jemput_error err;
    enum jemput_status st = jemput_sealing_get(space->store, NULL, &sealing, &err);

    if (!st && sealing.sealed && !office->key)
        return trouble_set(why, TROUBLE_BROKEN, "%s: the store is sealed: give its key (--key-file)", space->name);
    if (!st)
        st = sealing.sealed ? jemput_open_sealed(out, space->store, &secret, NULL, &err) : jemput_open(out, space->store, NULL, &err);
    return st ? trouble_engine(why, "open the store", &err) : 0;
}

int space_poke(struct office *office, int64_t id, struct trouble *why)
{
    return base_do(office->db, "UPDATE space SET poke = poke + 1 WHERE id = ?1", why, NULL, NULL, "i", id);
}

static bool is_listed(const char *list, const char *folder, size_t len)
{
    for (; *list; list += strcspn(list, " "), list += *list == ' ')
        if (strcspn(list, " ") == len && strncmp(list, folder, len) == 0)
            return true;
    return false;
}

void spaces_elsewhere(struct buffer *out, const char *folder)
{
    struct spaces spaces = { 0 };
    struct office office;
    struct trouble why;

    if (office_open(&office, folder, true, &why) == 0 && spaces_read(&spaces, &office, &why) == 0)
        for (unsigned i = 0; i < spaces.count; i++) {
            const char *store = spaces.of[i].store, *slash = strrchr(store, '/');
            size_t own = strlen(office.folder), len = slash ? (size_t)(slash - store) : 0;
            bool inside = strncmp(store, office.folder, own) == 0 && store[own] == '/';

            if (len && !inside && !is_listed(buffer_string(out), store, len))
                buffer_format(out, "%s%.*s", out->len ? " " : "", (int)len, store);
        }
    spaces_release(&spaces);
    office_close(&office);
}
