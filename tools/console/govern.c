/* govern.c — see govern.h. */
#include "govern.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"

enum { DESKS_MAX = SPACES_MAX / 4 };

/* The scope that the account's device has there; false: central does not know it yet. */
static bool desk_scope(struct request *q, const struct account_desk *desk, char out[SCOPE_BYTES])
{
    struct sqlite3_stmt *stmt;
    struct trouble why;
    bool known = false;

    if (base_prepare(q->reader->office.db, &stmt, "SELECT scope FROM device_ WHERE space = ?1 AND writer = ?2", &why))
        return false;
    base_bind(stmt, "it", desk->space, desk->writer);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        known = true;
        snprintf(out, SCOPE_BYTES, "%s", sqlite3_column_text(stmt, 0) ? (const char *)sqlite3_column_text(stmt, 0) : "");
    }
    sqlite3_finalize(stmt);
    return known;
}

static bool governs_desk(struct request *q, const struct account_desk *desk)
{
    const struct reach_space *s = reach_find(&q->reach, desk->space);
    char scope[SCOPE_BYTES];

    if (!s || !(s->roles & ROLE_ADMIN))
        return false;
    return !s->standing.scope[0] || (desk_scope(q, desk, scope) && scope[0] && scope_covers(s->standing.scope, scope));
}

/* How many desks it has, and how many of them are governed. */
static unsigned desks_count(struct request *q, const char *account, unsigned *governed)
{
    struct account_desk of[DESKS_MAX];
    unsigned count = account_desks(request_accounts(), account, of, DESKS_MAX);

    *governed = 0;
    for (unsigned i = 0; i < count; i++)
        *governed += governs_desk(q, &of[i]);
    return count;
}

bool governs(struct request *q, const char *account)
{
    unsigned governed, count = desks_count(q, account, &governed);

    return count ? governed == count : governs_all(q);
}

bool governs_some(struct request *q, const char *account)
{
    unsigned governed, count = desks_count(q, account, &governed);

    return count ? governed > 0 : governs_all(q);
}

bool governs_all(struct request *q)
{
    struct trouble why;
    int64_t spaces, whole = 0;

    if (base_do(q->reader->office.db, "SELECT count(*) FROM space WHERE left_ms IS NULL", &why, NULL, &spaces, ""))
        return false;
    for (unsigned i = 0; i < q->reach.count; i++)
        whole += (q->reach.of[i].roles & ROLE_ADMIN) && !q->reach.of[i].standing.scope[0];
    return whole == spaces;
}

/* --- for queries --- */

char *governed_spaces(struct request *q)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return NULL;
    fputs("[-1", out);
    for (unsigned i = 0; i < q->reach.count; i++)
        if ((q->reach.of[i].roles & ROLE_ADMIN) && !q->reach.of[i].standing.scope[0])
            fprintf(out, ",%lld", (long long)q->reach.of[i].standing.space);
    fputc(']', out);
    return fclose(out) ? free(text), NULL : text;
}

static int name_take(void *ctx, const struct account *account)
{
    struct account_names *n = ctx;
    char(*more)[ACCOUNT_BYTES] = realloc(n->of, (n->count + 1) * sizeof *more);

    if (!more)
        return 1;
    n->of = more;
    memcpy(n->of[n->count++], account->name, ACCOUNT_BYTES);
    return 0;
}

int account_names_read(struct account_names *out, struct trouble *why)
{
    *out = (struct account_names){ 0 };
    return accounts_each(request_accounts(), name_take, out, why);
}

char *governed_accounts(struct request *q)
{
    struct account_names names;
    struct trouble why;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return NULL;
    fprintf(out, "[\"%s\"", q->session->account); /* names are letters, digits, '.', '-', '_' */
    account_names_read(&names, &why);
    for (size_t i = 0; i < names.count; i++)
        if (governs(q, names.of[i]))
            fprintf(out, ",\"%s\"", names.of[i]);
    free(names.of);
    fputc(']', out);
    return fclose(out) ? free(text), NULL : text;
}
