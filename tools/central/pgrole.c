/* pgrole.c — see pgrole.h. */
#include "pgrole.h"

#include "text.h"

/* The owner, a member of it, or what can make itself one, or past all rights on tables write what the way back is kept in; and whoever may put a
 * trigger on a table that is projected, since the projecting role runs it. Looked at is every role that it is or may become (SET ROLE). */
#define TOO_MUCH \
    "(pg_has_role(r.oid, session_user, 'MEMBER') OR EXISTS(SELECT 1 FROM pg_roles p WHERE pg_has_role(r.oid, p.oid, 'MEMBER') AND (p.rolsuper OR " \
    "p.rolbypassrls OR p.rolreplication OR p.rolcreaterole OR p.rolname IN ('pg_write_all_data', 'pg_write_server_files', " \
    "'pg_execute_server_program') OR EXISTS(SELECT 1 FROM (VALUES(to_regclass('jemput.outbox')), (to_regclass('jemput.role_map'))) t(id) WHERE " \
    "has_table_privilege(p.oid, t.id, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege(p.oid, t.id, 'INSERT, UPDATE')) OR " \
    "EXISTS(SELECT 1 FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid WHERE f.pronamespace = to_regnamespace('jemput') AND " \
    "has_table_privilege(p.oid, g.tgrelid, 'TRIGGER')))))"
#define OFFICE_ROLES \
    "SELECT pg_role FROM jemput.role_map UNION SELECT g.rolname FROM pg_class c, aclexplode(c.relacl) a, pg_roles g " \
    "WHERE c.oid = to_regclass('jemput.outbox_mine') AND g.oid = a.grantee AND a.grantee <> c.relowner"

static int too_much(const char *role, struct trouble *why)
{
    return trouble_set(why, TROUBLE_BROKEN,
                       T("peran PostgreSQL %s adalah atau dapat menjadi pemilik tabel atau superuser, atau boleh menulis jemput.outbox atau "
                         "jemput.role_map, atau boleh memasang pemicu (TRIGGER): perubahannya mungkin tidak tercatat, dan ia dapat menulis atas nama "
                         "yang lain. Pakai peran lain untuk kantor",
                         "the PostgreSQL role %s is or can become the owner of the tables or a superuser, or may write jemput.outbox or "
                         "jemput.role_map, or may make triggers: what it changes may not be noted, and it can write in another's name. Use another "
                         "role for the office"),
                       role);
}

int pgrole_check(PGconn *db, const char *role, struct trouble *why)
{
    const char *const values[] = { role };
    PGresult *result = pg_ask(db, "SELECT " TOO_MUCH " FROM pg_roles r WHERE r.rolname = $1", 1, values, why);
    int rc = 0;

    if (!result)
        return -1;
    if (PQntuples(result) != 1)
        rc = trouble_set(why, TROUBLE_BROKEN, T("peran PostgreSQL %s tidak ada", "there is no PostgreSQL role %s"), role);
    else if (*PQgetvalue(result, 0, 0) == 't')
        rc = too_much(role, why);
    PQclear(result);
    return rc;
}

int pgrole_check_all(PGconn *db, struct trouble *why)
{
    PGresult *result = pg_ask(db, "SELECT r.rolname FROM pg_roles r WHERE r.rolname IN (" OFFICE_ROLES ") AND " TOO_MUCH " ORDER BY 1 LIMIT 1", 0,
                              NULL, why);
    int rc = 0;

    if (!result)
        return -1;
    if (PQntuples(result) > 0)
        rc = too_much(PQgetvalue(result, 0, 0), why);
    PQclear(result);
    return rc;
}
