/* pghold.c — see pghold.h. By the server's clock. */
#include "pghold.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* "UNTIL HOST:FOLDER (ID)": seconds since 1970, and whose. */
#define WHOSE(value) "substr(" value ", strpos(" value ", ' ') + 1)"
#define UNTIL(value) "split_part(" value ", ' ', 1)::bigint"
#define NOW "extract(epoch FROM clock_timestamp())::bigint"

void pghold_name(char out[PGHOLD_NAME_BYTES], const struct office *office)
{
    char host[128] = "";

    gethostname(host, sizeof host - 1);
    snprintf(out, PGHOLD_NAME_BYTES, "%s:%s (%s)", host, office->folder, office->id);
}

static int other_tell(PGconn *db, const char *setting, const struct space *space, struct trouble *why)
{
    const char *const values[] = { setting };
    PGresult *result = pg_ask(db, "SELECT " WHOSE("value") ", greatest(0, " UNTIL("value") " - " NOW ") FROM jemput.setting WHERE name = $1", 1,
                              values, why);

    if (!result)
        return -1;
    if (PQntuples(result) == 1)
        trouble_set(why, TROUBLE_LATER, T("PostgreSQL: ruang %s diisi oleh pusat lain (%s); pusat ini menunggu sampai yang itu diam (%s detik lagi)",
                                          "PostgreSQL: another central fills space %s (%s); this one waits until that one is silent (%s s from now)"),
                    space->name, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1));
    else
        trouble_set(why, TROUBLE_LATER, "PostgreSQL: space %s: whose it is has just changed", space->name);
    PQclear(result);
    return -1;
}

static void setting_name(char out[96], const struct space *space)
{
    snprintf(out, 96, "folder.%.64s", space->hex);
}

int pghold_take(PGconn *db, const struct office *office, const struct space *space, struct trouble *why)
{
    char setting[96], name[PGHOLD_NAME_BYTES], seconds[16];
    const char *const values[] = { setting, name, seconds };
    long rows = 0;

    setting_name(setting, space);
    pghold_name(name, office);
    snprintf(seconds, sizeof seconds, "%u", office->once ? PGHOLD_ONCE_S : PGHOLD_S);
    if (pg_tell(db, "INSERT INTO jemput.setting AS s(name, value) VALUES($1, (" NOW " + $3::bigint) || ' ' || $2) ON CONFLICT(name) DO UPDATE SET "
                    "value = greatest(" UNTIL("excluded.value") ", CASE WHEN " WHOSE("s.value") " = $2 THEN " UNTIL("s.value") " END) || ' ' || $2 "
                    "WHERE " WHOSE("s.value") " = $2 OR " UNTIL("s.value") " < " NOW, 3, values, &rows, why))
        return -1;
    return rows ? 0 : other_tell(db, setting, space, why);
}

int pghold_renew(PGconn *db, const struct office *office, struct trouble *why)
{
    char name[PGHOLD_NAME_BYTES], seconds[16];
    const char *const values[] = { name, seconds };

    pghold_name(name, office);
    snprintf(seconds, sizeof seconds, "%u", PGHOLD_S);
    return pg_tell(db, "UPDATE jemput.setting SET value = (" NOW " + $2::bigint) || ' ' || $1 WHERE name LIKE 'folder.%' AND " WHOSE("value") " = $1",
                   2, values, NULL, why);
}
