/* guard.c — see guard.h. */
#include "guard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base.h"

unsigned roles_of(const char *text)
{
    static const struct {
        const char *word;
        unsigned role;
    } words[] = { { "petugas", ROLE_PETUGAS }, { "kelurahan", ROLE_KELURAHAN }, { "verifikator", ROLE_VERIFIKATOR },
                  { "admin", ROLE_ADMIN },     { "pusat", ROLE_PUSAT },         { "kominfo", ROLE_KOMINFO } };
    unsigned roles = 0;

    while (*text) {
        size_t len = strcspn(text, ",");

        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (strlen(words[i].word) == len && strncmp(words[i].word, text, len) == 0)
                roles |= words[i].role;
        text += len + (text[len] == ',');
    }
    return roles;
}

bool scope_covers(const char *scope, const char *kel)
{
    size_t len = strlen(scope);

    return len == 0 || (kel && strncmp(scope, kel, len) == 0 && (kel[len] == '\0' || kel[len] == '.'));
}

/* What central's newest roster says of the device, in place of what the desk's says. */
static void central_says(struct reach_space *s, struct sqlite3_stmt *stmt)
{
    bool active = strcmp((const char *)sqlite3_column_text(stmt, 0), "aktif") == 0;

    s->standing.admitted = active;
    s->standing.device = (uint32_t)sqlite3_column_int64(stmt, 4);
    snprintf(s->standing.roles, sizeof s->standing.roles, "%s", active ? (const char *)sqlite3_column_text(stmt, 1) : "");
    snprintf(s->standing.scope, sizeof s->standing.scope, "%s", (const char *)sqlite3_column_text(stmt, 2));
    s->n = (uint64_t)sqlite3_column_int64(stmt, 3);
    s->shown = sqlite3_column_int(stmt, 5);
}

int reach_read(struct reach *out, struct desks *desks, struct sqlite3 *central, struct trouble *why)
{
    struct standing *standings = malloc(SPACES_MAX * sizeof *standings);
    unsigned count = standings ? desks_standings(desks, standings, SPACES_MAX) : 0;
    struct sqlite3_stmt *stmt = NULL;
    int rc = -1;

    *out = (struct reach){ .of = calloc(count + 1, sizeof *out->of) };
    if (!standings || !out->of)
        trouble_set(why, TROUBLE_LATER, "no memory");
    else
        rc = base_prepare(central, &stmt,
                          "SELECT d.state, d.roles, d.scope, d.segments, d.number, (SELECT hash FROM list_ WHERE space = ?1 AND name = 'shown') = "
                          "(SELECT hash FROM list_ WHERE space = ?1 AND name = 'devices') FROM space s "
                          "LEFT JOIN device_ d ON d.space = s.id AND d.key = "
                          "CASE WHEN ?2 <> '' THEN ?2 ELSE (SELECT key FROM device_ WHERE space = ?1 AND writer = ?3) END "
                          "WHERE s.id = ?1 AND s.left_ms IS NULL",
                          why);
    for (unsigned i = 0; rc == 0 && i < count; i++) {
        struct reach_space *s = &out->of[out->count];

        base_bind(stmt, "itt", standings[i].space, standings[i].key, standings[i].writer);
        if (sqlite3_step(stmt) != SQLITE_ROW) /* the space was removed; its desk is open until the session ends */
            continue;
        out->count++;
        s->standing = standings[i];
        if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
            central_says(s, stmt);
        s->roles = roles_of(s->standing.roles);
        out->roles |= s->roles;
    }
    sqlite3_finalize(stmt);
    free(standings);
    return rc;
}

void reach_release(struct reach *r)
{
    free(r->of);
    *r = (struct reach){ 0 };
}

void reach_narrow(struct reach *r, unsigned roles)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < r->count; i++)
        if (r->of[i].roles & roles)
            r->of[kept++] = r->of[i];
    r->count = kept;
}

const struct reach_space *reach_find(const struct reach *r, int64_t space)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->of[i].standing.space == space)
            return &r->of[i];
    return NULL;
}

bool reach_has(const struct reach *r, int64_t space, const char *kel)
{
    const struct reach_space *s = reach_find(r, space);

    return s && scope_covers(s->standing.scope, kel);
}

const char *reach_only_kel(const struct reach *r)
{
    const char *scope = r->count == 1 ? r->of[0].standing.scope : "";
    unsigned dots = 0;

    for (const char *c = scope; *c; c++)
        dots += *c == '.';
    return dots == 3 ? scope : NULL;
}

const struct reach_space *reach_named(const struct reach *r, const char *text)
{
    long number;

    if (number_read(text, 1, 1000000000, &number))
        return reach_find(r, number);
    for (unsigned i = 0; i < r->count; i++)
        if (strcmp(r->of[i].standing.name, text) == 0)
            return &r->of[i];
    return NULL;
}

/* "https://kantor.example" -> "kantor.example" */
static const char *behind_scheme(const char *address)
{
    const char *at = strstr(address, "://");

    return at ? at + 3 : address;
}

/* The name by which this machine itself reaches the server. */
static bool is_near(const struct console *c, const char *host)
{
    const char *colon = strrchr(c->listen, ':');
    char own[64];

    snprintf(own, sizeof own, "localhost%s", colon ? colon : "");
    return strcasecmp(host, c->listen) == 0 || strcasecmp(host, own) == 0;
}

bool guard_host(const struct console *c, const char *host)
{
    return host && ((c->address[0] && strcasecmp(host, behind_scheme(c->address)) == 0) || is_near(c, host));
}

bool guard_origin(const struct console *c, const char *origin, const char *fetch_site)
{
    if (fetch_site && strcmp(fetch_site, "same-origin") != 0)
        return false;
    if (!origin)
        return fetch_site != NULL;
    return (c->address[0] && strcasecmp(origin, c->address) == 0) || (strncmp(origin, "http://", 7) == 0 && is_near(c, origin + 7));
}
