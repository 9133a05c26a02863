/* ask_application.c — GET /api/applications: searching, and the list. Found first by one index, then joined by key (at most 5,000 steps a page). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "application.h"
#include "list.h"
#include "names.h"

enum { STEPS_MAX = 5000, FOUND_MAX = 200 };

/* --- what was asked for --- */

enum search { SEARCH_ALL, SEARCH_NUMBER, SEARCH_CODE, SEARCH_NAME };
struct searching {
    enum search by;
    char text[400]; /* digits; the code; FTS5's words */
};

/* Words of the name as they are compared, each from its beginning: "siti aminah" -> "SITI"* "AMINAH"*. */
static bool name_words(struct searching *s, const char *q)
{
    struct name name;
    size_t len = 0;

    name_read(&name, q, strlen(q));
    s->text[0] = '\0';
    for (const char *at = name.forms[NAME_SPELLED]; *at && len + 80 < sizeof s->text;) {
        size_t word = strcspn(at, " ");

        if (word > 0 && word < 60)
            len += (size_t)snprintf(s->text + len, sizeof s->text - len, "%s\"%.*s\"*", len ? " " : "", (int)word, at);
        at += word + (at[word] == ' ');
    }
    name_release(&name);
    s->by = SEARCH_NAME;
    return len >= 6; /* three letters, quotes and star */
}

static bool searching_read(struct request *q, struct searching *s)
{
    const char *text = q->q;
    size_t digits = 0, others = 0;

    *s = (struct searching){ .by = SEARCH_ALL };
    if (!text[0])
        return true;
    for (const char *c = text; *c; c++) {
        digits += isdigit((unsigned char)*c) != 0;
        others += !isdigit((unsigned char)*c) && !strchr(" .-", *c);
    }
    if (digits >= 8 && !others) {
        size_t n = 0;

        s->by = SEARCH_NUMBER;
        for (const char *c = text; *c && n < 16; c++)
            if (isdigit((unsigned char)*c))
                s->text[n++] = *c;
        return true;
    }
    if (isdigit((unsigned char)text[0]) && strchr(text, '-') && strlen(text) < 24) {
        s->by = SEARCH_CODE;
        for (size_t i = 0; text[i]; i++)
            s->text[i] = (char)toupper((unsigned char)text[i]);
        return true;
    }
    return name_words(s, text) || answer_misuse(&q->answer, "q: 8 digits, a receipt code, or 3 letters of a name");
}

/* --- the query --- */

static const char *const sources[] = {
    [SEARCH_ALL] = "permohonan p",
    [SEARCH_NUMBER] = "(SELECT o.space AS s, p.id AS i FROM orang o JOIN permohonan p ON p.pemohon_id = o.id AND p.space = o.space WHERE o.nik >= ?1 "
                      "AND o.nik < ?1 || ':'"
                      " UNION SELECT k.space, p.id FROM keluarga k JOIN permohonan p ON p.keluarga_id = k.id AND p.space = k.space"
                      " WHERE k.no_kk >= ?1 AND k.no_kk < ?1 || ':') f CROSS JOIN permohonan p ON p.space = f.s AND p.id = f.i",
    [SEARCH_CODE] = "(SELECT space AS s, id AS i FROM permohonan WHERE kode_tanda_terima >= ?1 AND kode_tanda_terima < ?1 || '~') f"
                    " CROSS JOIN permohonan p ON p.space = f.s AND p.id = f.i",
    [SEARCH_NAME] = "(SELECT DISTINCT s, i FROM (SELECT o.space AS s, p.id AS i FROM (SELECT rowid FROM search_ WHERE search_ MATCH ?1 LIMIT 200) h"
                    " CROSS JOIN search_of o ON o.rowid_ = h.rowid CROSS JOIN permohonan p ON p.space = o.space AND ((o.tbl = 'orang' AND "
                    "p.pemohon_id = o.key) OR"
                    " (o.tbl = 'keluarga' AND p.keluarga_id = o.key)))) f CROSS JOIN permohonan p ON p.space = f.s AND p.id = f.i",
};
#define KEL "coalesce(p.kode_kel, k.kode_kel)"

/* Which filters are there decides the text, so that each finds its index; all values are bound. */
static char *query_make(struct request *q, const struct searching *s, bool space)
{
    struct sqlite3_str *sql = sqlite3_str_new(NULL);

    sqlite3_str_appendall(sql, "SELECT " APPLICATION_COLUMNS ", p.tanggal, p.space, p.id FROM ");
    sqlite3_str_appendall(sql, sources[s->by]);
    sqlite3_str_appendall(sql, APPLICATION_JOINS " WHERE reach(p.space, " KEL ")");
    if (space)
        sqlite3_str_appendall(sql, " AND p.space = ?2");
    if (parameter(q, "status"))
        sqlite3_str_appendall(sql, " AND p.status = ?3");
    if (parameter(q, "layanan"))
        sqlite3_str_appendall(sql, " AND p.layanan = ?4");
    if (parameter(q, "kel"))
        sqlite3_str_appendall(sql, " AND " KEL " = ?5");
    if (parameter(q, "from"))
        sqlite3_str_appendall(sql, " AND p.tanggal >= ?6");
    if (parameter(q, "to"))
        sqlite3_str_appendall(sql, " AND p.tanggal <= ?7");
    if (parameter(q, "overdue"))
        sqlite3_str_appendall(sql, " AND p.batas_waktu < date('now', 'localtime') AND p.status NOT IN " APPLICATION_FINAL);
    if (parameter(q, "after"))
        sqlite3_str_appendall(sql, " AND (p.tanggal, -p.space, p.id) < (?8, -?9, ?10)");
    sqlite3_str_appendall(sql, " ORDER BY p.tanggal DESC, p.space, p.id DESC LIMIT ?11");
    return sqlite3_str_finish(sql);
}

static void application_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    json_object(j, NULL);
    application_members(q, j, stmt);
    json_end_object(j);
}

bool ask_applications(struct request *q)
{
    const struct reach_space *space;
    struct searching s;
    struct list list = {
        .place = APPLICATION_COLUMN_COUNT, .place_columns = 3, .after_at = 8, .limit_at = 11, .item = application_item, .total = -1
    };
    char *sql;
    bool good;

    if (!parameter_space(q, &space) || !searching_read(q, &s))
        return false;
    if (!reader_has(q->reader, "permohonan"))
        list.sql = "SELECT 1 WHERE 0";
    sql = query_make(q, &s, space != NULL);
    list.sql = list.sql ? list.sql : sql;
    good = sql ? list_prepare(q, &list) : answer_status(&q->answer, JEMPUT_NOMEM);
    sqlite3_free(sql);
    if (!good)
        return false;
    if (s.by != SEARCH_ALL)
        sqlite3_bind_text(list.stmt, 1, s.text, -1, SQLITE_TRANSIENT);
    if (space)
        sqlite3_bind_int64(list.stmt, 2, space->standing.space);
    sqlite3_bind_text(list.stmt, 3, parameter(q, "status"), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(list.stmt, 4, parameter(q, "layanan"), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(list.stmt, 5, parameter(q, "kel"), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(list.stmt, 6, parameter(q, "from"), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(list.stmt, 7, parameter(q, "to"), -1, SQLITE_TRANSIENT);
    look_note(q, "%s%s", q->q[0] ? "q=" : "list", q->q);
    return list_answer(q, &list);
}
