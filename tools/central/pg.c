/* pg.c — a connection to PostgreSQL. */
#include "pg.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "beat.h"
#include "pgcancel.h"
#include "text.h"

enum { VERSION_LEAST = 140000, NAME_KEPT = 46, SQLSTATE_BYTES = 5, STATEMENT_MS = 600000 /* statement_timeout below */ };

/* --- names and strings --- */

static uint64_t fnv(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
    return hash;
}

static void quoted(struct buffer *sql, char quote, const char *text, size_t len)
{
    buffer_add(sql, &quote, 1);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == quote)
            buffer_add(sql, &quote, 1);
        buffer_add(sql, &text[i], 1);
    }
    buffer_add(sql, &quote, 1);
}

void pg_name_plain(char out[PG_NAME_BYTES], const char *name)
{
    size_t len = strlen(name), kept = NAME_KEPT;

    if (len < PG_NAME_BYTES) {
        memcpy(out, name, len + 1);
        return;
    }
    while (kept > 0 && ((uint8_t)name[kept] & 0xc0) == 0x80) /* not inside of a character */
        kept--;
    memcpy(out, name, kept);
    snprintf(out + kept, PG_NAME_BYTES - kept, "_%016" PRIx64, fnv(name));
}

void pg_name(struct buffer *sql, const char *name)
{
    char plain[PG_NAME_BYTES];

    pg_name_plain(plain, name);
    quoted(sql, '"', plain, strlen(plain));
}

void pg_name_in(struct buffer *sql, const char *schema, const char *name)
{
    pg_name(sql, schema);
    buffer_text(sql, ".");
    pg_name(sql, name);
}

void pg_name_of(struct buffer *sql, const char *first, ...)
{
    struct buffer name = { 0 };
    const char *part;
    va_list parts;

    buffer_text(&name, first);
    va_start(parts, first);
    while ((part = va_arg(parts, const char *)) != NULL) {
        buffer_text(&name, "_");
        buffer_text(&name, part);
    }
    va_end(parts);
    pg_name(sql, name.data);
    buffer_release(&name);
}

void pg_string(struct buffer *sql, const char *text)
{
    quoted(sql, '\'', text, strlen(text)); /* standard_conforming_strings: a backslash is one */
}

/* --- failures --- */

static enum trouble_kind kind_of(const char *state)
{
    static const char *const broken[] = { "0A", "22", "28", "3D", "3F", "42", "58" }; /* unsupported, data, who we are, no such thing, files */

    for (unsigned i = 0; i < sizeof broken / sizeof broken[0]; i++)
        if (strncmp(state, broken[i], 2) == 0)
            return TROUBLE_BROKEN;
    return TROUBLE_LATER;
}

/* The server's first sentence; of class 22 (data) it may hold a value, so that only its number is told. */
int pg_trouble(struct trouble *why, const char *doing, PGconn *db, const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = state ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    if (!state) /* the connection: libpq's own words, of which the last line break is not wanted */
        return trouble_set(why, TROUBLE_LATER, "PostgreSQL: %s: %.*s", doing, (int)strcspn(PQerrorMessage(db), "\n"), PQerrorMessage(db));
    return trouble_set(why, kind_of(state), "PostgreSQL: %s: %s%s%s", doing, state, strncmp(state, "22", 2) ? " " : "",
                       strncmp(state, "22", 2) && text ? text : "");
}

bool pg_violation(const struct trouble *why)
{
    const char *state = strstr(why->text, ": " PG_CHECK_VIOLATION);

    return state != NULL && strspn(state + 2, "0123456789P") == SQLSTATE_BYTES;
}

/* --- what is under way, so that whoever stops need not wait for it --- */

struct live {
    struct live *next;
    PGconn *db;
    PGcancel *cancel;
};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct live *lives;

static void live_note(PGconn *db)
{
    struct live *l = memory_resize(NULL, 1, sizeof *l);

    *l = (struct live){ .db = db, .cancel = PQgetCancel(db) };
    pthread_mutex_lock(&mutex);
    l->next = lives;
    lives = l;
    pthread_mutex_unlock(&mutex);
}

void pg_close(PGconn *db)
{
    struct live *found = NULL;

    pthread_mutex_lock(&mutex);
    for (struct live **at = &lives; *at && !found; at = &(*at)->next)
        if ((*at)->db == db) {
            found = *at;
            *at = found->next;
            break;
        }
    pthread_mutex_unlock(&mutex);
    if (found)
        PQfreeCancel(found->cancel);
    free(found);
    PQfinish(db);
}

void pg_cancel_all(void)
{
    struct live *all;
    char error[256];

    pthread_mutex_lock(&mutex);
    all = lives;
    lives = NULL;
    pthread_mutex_unlock(&mutex);
    while (all) { /* not under the mutex: a server that is silent keeps only us */
        struct live *l = all;

        all = l->next;
        if (!PQcancel(l->cancel, error, sizeof error))
            fprintf(stderr, "jemput central: PostgreSQL: cancel: %.*s\n", (int)strcspn(error, "\n"), error);
        PQfreeCancel(l->cancel);
        free(l);
    }
}

/* --- open --- */

int pg_conninfo_check(const char *conninfo, struct trouble *why)
{
    char *error = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &error);
    bool secret = false;

    if (!options) {
        trouble_set(why, TROUBLE_BROKEN, T("teks koneksi salah: %.*s", "the connection text is wrong: %.*s"), error ? (int)strcspn(error, "\n") : 0,
                    error ? error : "");
        PQfreemem(error);
        return -1;
    }
    for (const PQconninfoOption *o = options; o->keyword; o++)
        secret = secret || (o->val && *o->val && (strcmp(o->keyword, "password") == 0 || strcmp(o->keyword, "sslpassword") == 0));
    PQconninfoFree(options);
    return !secret ? 0 : trouble_set(why, TROUBLE_BROKEN, "%s", T("kata sandi ditaruh di ~/.pgpass (PGPASSFILE) atau pg_service.conf, bukan di sini",
                                                                  "put the password into ~/.pgpass (PGPASSFILE) or pg_service.conf, not here"));
}

PGconn *pg_open(const struct office *office, struct trouble *why)
{
    static const char settings[] = "SET client_min_messages = warning; SET standard_conforming_strings = on; SET search_path = pg_catalog, pg_temp; "
                                   "SET timezone = 'UTC'; SET bytea_output = 'hex'; SET statement_timeout = '10min'; SET lock_timeout = '30s'; "
                                   "SET idle_in_transaction_session_timeout = '10min'; SET default_transaction_isolation = 'read committed'";
    /* What stands before dbname is overruled by it. A network that falls silent is noticed in a minute: no limit of the server's helps there. */
    static const char *const words[] = { "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "connect_timeout",
                                         "dbname", "fallback_application_name", "client_encoding", NULL };
    const char *const values[] = { "30", "10", "3", "30000", "10", office->postgres, "jemput-central", "UTF8", NULL };
    PGconn *db = PQconnectdbParams(words, values, 1);

    if (PQstatus(db) != CONNECTION_OK)
        pg_trouble(why, "connect", db, NULL);
    else if (PQserverVersion(db) < VERSION_LEAST)
        trouble_set(why, TROUBLE_BROKEN, "PostgreSQL 14 or newer is needed; the server is %d", PQserverVersion(db));
    else if (pg_run(db, settings, why) == 0) {
        live_note(db);
        return db;
    }
    PQfinish(db);
    return NULL;
}

/* --- run --- */

int pg_run(PGconn *db, const char *sql, struct trouble *why)
{
    PGresult *result;
    ExecStatusType status;
    int rc;

    beat_for(STATEMENT_MS);
    result = PQexec(db, sql);
    status = PQresultStatus(result);
    rc = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY ? 0 : pg_trouble(why, "run", db, result);
    beat();
    PQclear(result);
    return rc;
}

PGresult *pg_ask(PGconn *db, const char *sql, int count, const char *const *values, struct trouble *why)
{
    PGresult *result;
    ExecStatusType status;

    beat_for(STATEMENT_MS);
    result = PQexecParams(db, sql, count, NULL, values, NULL, NULL, 0);
    status = PQresultStatus(result);
    beat();
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    pg_trouble(why, "run", db, result);
    PQclear(result);
    return NULL;
}

int pg_tell(PGconn *db, const char *sql, int count, const char *const *values, long *rows, struct trouble *why)
{
    PGresult *result = pg_ask(db, sql, count, values, why);

    if (!result)
        return -1;
    if (rows)
        *rows = strtol(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return 0;
}

PGresult *pg_commit(PGconn *db)
{
    PGresult *result;

    beat_for(STATEMENT_MS); /* deferred constraints are looked at now */
    result = PQexec(db, "COMMIT");
    beat();
    return result;
}

static int copy_end(PGconn *db, bool sent, struct trouble *why)
{
    PGresult *result;
    int rc = 0;

    if (!sent || PQputCopyEnd(db, NULL) != 1)
        rc = pg_trouble(why, "copy", db, NULL);
    beat_for(STATEMENT_MS);
    while ((result = PQgetResult(db)) != NULL) {
        if (PQresultStatus(result) == PGRES_COPY_IN)
            PQputCopyEnd(db, "not all could be sent");
        else if (rc == 0 && PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = pg_trouble(why, "copy", db, result);
        PQclear(result);
    }
    return rc;
}

int pg_copy(PGconn *db, const char *sql, const struct buffer *bytes, struct trouble *why)
{
    enum { PIECE = 65536 };
    PGresult *result = PQexec(db, sql);
    bool sent = true;

    if (PQresultStatus(result) != PGRES_COPY_IN) {
        pg_trouble(why, "copy", db, result);
        PQclear(result);
        return -1;
    }
    PQclear(result);
    for (size_t at = 0; sent && at < bytes->len; at += PIECE) {
        beat_for(STATEMENT_MS);
        sent = PQputCopyData(db, bytes->data + at, bytes->len - at < PIECE ? (int)(bytes->len - at) : PIECE) == 1;
    }
    return copy_end(db, sent, why);
}
