/* folder.c — the folder of an office, and the settings that stand in its central.db. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"

bool office_name_good(const char *name, size_t len)
{
    if (len == 0 || len >= NAME_BYTES || name[0] == '.' || name[0] == '-')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") >= len;
}

bool office_path(char out[PATH_BYTES], const struct office *office, const char *format, ...)
{
    int len = snprintf(out, PATH_BYTES, "%s/", office->folder), more;
    va_list args;

    va_start(args, format);
    more = vsnprintf(out + len, PATH_BYTES - (size_t)len, format, args);
    va_end(args);
    return more >= 0 && len + more < PATH_BYTES;
}

static int folder_make(const struct office *office, const char *name, struct trouble *why)
{
    char path[PATH_BYTES];

    if (!office_path(path, office, "%s", name) || (mkdir(path, 0700) && errno != EEXIST))
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", path, strerror(errno));
    return 0;
}

int office_init(const char *folder, struct trouble *why)
{
    static const char *const inside[] = { "", "spaces", "accounts" };
    struct office office = { .db = NULL };
    char path[PATH_BYTES];

    if (strlen(folder) >= sizeof office.folder)
        return trouble_set(why, TROUBLE_BROKEN, "%s: too long", folder);
    strcpy(office.folder, folder);
    for (unsigned i = 0; i < sizeof inside / sizeof inside[0]; i++)
        if (folder_make(&office, inside[i], why))
            return -1;
    if (!office_path(path, &office, "central.db") || base_open(&office.db, path, true, false, why))
        return -1;
    base_close(office.db);
    return 0;
}

/* "" where it is not set. */
static void setting_read(struct office *office, const char *name, char *out, size_t room)
{
    struct sqlite3_stmt *stmt;
    struct trouble none;

    out[0] = '\0';
    if (base_prepare(office->db, &stmt, "SELECT value FROM setting WHERE name = ?1", &none))
        return;
    base_bind(stmt, "t", name);
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0))
        snprintf(out, room, "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
}

int office_setting_write(struct office *office, const char *name, const char *value, struct trouble *why)
{
    return base_do(office->db, "INSERT OR REPLACE INTO setting(name, value) VALUES(?1, ?2)", why, NULL, NULL, "tt", name, value);
}

int office_open(struct office *office, const char *folder, bool reads_only, struct trouble *why)
{
    char path[PATH_BYTES], partitions[16];
    struct stat st;
    char *real = realpath(folder, NULL);

    *office = (struct office){ .reads_only = reads_only };
    if (!real || strlen(real) >= sizeof office->folder) {
        free(real);
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", folder, strerror(real ? ENAMETOOLONG : errno));
    }
    strcpy(office->folder, real);
    free(real);
    if (!office_path(path, office, "central.db") || stat(path, &st))
        return trouble_set(why, TROUBLE_BROKEN, "%s: no central.db is there: jemput central init %s", folder, folder);
    if (base_open(&office->db, path, false, reads_only, why))
        return -1;
    setting_read(office, "id", office->id, sizeof office->id);
    setting_read(office, "postgres", office->postgres, sizeof office->postgres);
    setting_read(office, "schema", office->schema, sizeof office->schema);
    setting_read(office, "partitions", partitions, sizeof partitions);
    office->partitions = (unsigned)strtoul(partitions, NULL, 10);
    if (!office->schema[0])
        strcpy(office->schema, "adminduk");
    return 0;
}

void office_close(struct office *office)
{
    if (office->db)
        base_close(office->db);
    office->db = NULL;
}
