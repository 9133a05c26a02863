/* cmd_roles.c — `jemput central roles`: which PostgreSQL role acts with which roles of the roster, and what it may do in the tables. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "pgrole.h"
#include "pgtarget.h"

static int map_list(PGconn *db, struct trouble *why)
{
    PGresult *result = pg_ask(db, "SELECT pg_role, roles, coalesce(scope, '') FROM jemput.role_map ORDER BY pg_role", 0, NULL, why);

    if (!result)
        return -1;
    if (PQntuples(result) == 0)
        puts(T("Belum ada peran yang dipetakan: perubahan dari PostgreSQL ditolak semua.",
               "No role is mapped yet: every change from PostgreSQL is refused."));
    for (int i = 0; i < PQntuples(result); i++)
        printf("%s = %s%s%s\n", PQgetvalue(result, i, 0), PQgetvalue(result, i, 1), *PQgetvalue(result, i, 2) ? " @ " : "", PQgetvalue(result, i, 2));
    PQclear(result);
    return 0;
}

/* ROLE=ROLES[@SCOPE]; ROLE= takes it away. */
static int map_write(PGconn *db, const char *text, struct trouble *why)
{
    char *role = memory_copy(text, strlen(text)), *roles = strchr(role, '='), *scope;
    const char *values[3] = { role };
    int rc = 0;

    if (!roles) {
        free(role);
        return trouble_set(why, TROUBLE_BROKEN, "%s", T("--map: tulis PG=ROLE,…[@REGION]", "--map: write PG=ROLE,…[@REGION]"));
    }
    *roles++ = '\0';
    scope = strchr(roles, '@');
    if (scope)
        *scope++ = '\0';
    values[1] = roles;
    values[2] = scope;
    if (!*roles)
        rc = pg_tell(db, "DELETE FROM jemput.role_map WHERE pg_role = $1", 1, values, NULL, why);
    else if (pgrole_check(db, role, why) == 0)
        rc = pg_tell(db, "INSERT INTO jemput.role_map VALUES($1, $2, $3) ON CONFLICT(pg_role) DO UPDATE SET roles = excluded.roles, "
                         "scope = excluded.scope", 3, values, NULL, why);
    else
        rc = -1;
    free(role);
    return rc;
}

/* What an office role needs: the tables, and to see its own lines of the outbox. Nothing else of schema jemput. */
static int grant_write(PGconn *db, const char *schema, const char *role, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    if (pgrole_check(db, role, why))
        return -1;
    buffer_text(&sql, "GRANT USAGE ON SCHEMA jemput, ");
    pg_name(&sql, schema);
    buffer_text(&sql, " TO ");
    pg_name(&sql, role);
    buffer_text(&sql, "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ");
    pg_name(&sql, schema);
    buffer_text(&sql, " TO ");
    pg_name(&sql, role);
    buffer_text(&sql, "; ALTER DEFAULT PRIVILEGES IN SCHEMA ");
    pg_name(&sql, schema);
    buffer_text(&sql, " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ");
    pg_name(&sql, role);
    buffer_text(&sql, "; GRANT SELECT ON jemput.outbox_mine, jemput.space_token TO ");
    pg_name(&sql, role);
    rc = pg_run(db, sql.data, why);
    buffer_release(&sql);
    return rc;
}

static int roles_do(struct office *office, const char *map, const char *grant, struct trouble *why)
{
    struct target *t;
    int rc = target_postgres.open(&t, office, why);
    PGconn *db = rc ? NULL : pgtarget_connection(t, why);

    if (!rc && map)
        rc = map_write(db, map, why);
    if (!rc && grant)
        rc = grant_write(db, office->schema, grant, why);
    if (!rc)
        rc = map_list(db, why);
    target_postgres.close(t);
    return rc;
}

static int roles_run(const struct office_command *self, int argc, char **argv)
{
    const char *map = NULL, *grant = NULL;
    const struct option_spec specs[] = {
        { "map", "PG=ROLE,…[@REGION]", &map, NULL, "peran PostgreSQL ini bertindak sebagai peran itu; PG= mencabutnya",
          "this PostgreSQL role acts with those roles; PG= takes it away" },
        { "grant", "PG", &grant, NULL, "beri peran PostgreSQL ini hak membaca dan mengubah tabel",
          "let this PostgreSQL role read and change the tables" },
    };
    struct office office;
    struct trouble why = { 0 };
    int code, rc;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    rc = office_open(&office, argv[0], true, &why);
    if (!rc && !office.postgres[0])
        rc = trouble_set(&why, TROUBLE_BROKEN, "%s", T("folder ini tidak mengisi PostgreSQL: jemput central init FOLDER --postgres …",
                                                       "this folder fills no PostgreSQL: jemput central init FOLDER --postgres …"));
    if (!rc)
        rc = roles_do(&office, map, grant, &why);
    office_close(&office);
    return rc ? problem("%s", why.text) : EXIT_DONE;
}

const struct office_command command_roles = {
    .name = "roles",
    .operands = "FOLDER [--map PG=ROLE,…[@REGION]] [--grant PG]",
    .summary_id = "Peran PostgreSQL siapa bertindak sebagai peran apa.",
    .summary_en = "Which PostgreSQL role acts with which roles.",
    .more_id = "Yang diubah sistem kantor di PostgreSQL ditulis dan ditandatangani oleh perangkat pusat, dengan hak yang dipetakan di sini\n"
               "(tidak lebih dari hak pusat sendiri). Tanpa pemetaan perubahannya ditolak dan tetap terlihat di jemput.outbox.",
    .more_en = "What the office's systems change in PostgreSQL is written and signed by the central device, with the rights that are mapped here\n"
               "(never more than central's own). Without a mapping it is refused and stays visible in jemput.outbox.",
    .example = "jemput central roles /srv/pusat --map siak=verifikator --grant siak",
    .run = roles_run,
};
