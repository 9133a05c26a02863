/* pgrole.c — see pgrole.h. */
#include "pgrole.h"

#include "text.h"

#define TOO_MUCH "(r.rolsuper OR r.rolbypassrls OR r.rolreplication OR pg_has_role(r.oid, session_user, 'MEMBER'))" /* of the owner: itself, too */
#define OFFICE_ROLES \
    "SELECT pg_role FROM jemput.role_map UNION SELECT g.rolname FROM pg_class c, aclexplode(c.relacl) a, pg_roles g " \
    "WHERE c.oid = to_regclass('jemput.outbox_mine') AND g.oid = a.grantee AND a.grantee <> c.relowner"

static int too_much(const char *role, struct trouble *why)
{
    return trouble_set(why, TROUBLE_BROKEN,
                       T("peran PostgreSQL %s adalah pemilik tabel, anggotanya, atau superuser: perubahannya tidak tercatat, dan ia dapat menulis "
                         "atas nama yang lain. Pakai peran lain untuk kantor",
                         "the PostgreSQL role %s owns the tables, is a member of their owner, or a superuser: what it changes is not noted, and it "
                         "can write in another's name. Use another role for the office"), role);
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
