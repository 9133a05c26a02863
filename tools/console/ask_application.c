/* ask_application.c — GET /api/applications: searching, and the list. Found first by one index, then joined by key. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "application.h"
#include "region.h"
#include "detail.h"
#include "list.h"
#include "names.h"
#include "region.h"

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
    return name_words(s, text) || answer_mistake(&q->answer, "Cari dengan 8 angka, tanda terima, atau 3 huruf nama.",
                                                    "Search by 8 digits, a receipt code, or 3 letters of a name.");
}

/* --- the query --- */

/* Where ids come from. A name or a number that many have is cut off at so many persons: it is to be written longer. */
#define FOUND " LIMIT 2000)"
#define OF_PERSON(of) "SELECT p.space AS s, p.id AS i FROM (" of FOUND " o CROSS JOIN permohonan p ON p.pemohon_id = o.id AND p.space = o.space"
#define OF_HOUSEHOLD(of) "SELECT p.space AS s, p.id AS i FROM (" of FOUND " k CROSS JOIN permohonan p ON p.keluarga_id = k.id AND p.space = k.space"
static const char *const sources[] = {
    [SEARCH_ALL] = "permohonan p",
    [SEARCH_NUMBER] = "(" OF_PERSON("SELECT space, id FROM orang WHERE nik >= ?1 AND nik < ?1 || ':'") " UNION " OF_HOUSEHOLD(
        "SELECT space, id FROM keluarga WHERE no_kk >= ?1 AND no_kk < ?1 || ':'") ") f CROSS JOIN permohonan p ON p.space = f.s AND p.id = f.i",
    [SEARCH_CODE] = "(SELECT space AS s, id AS i FROM permohonan WHERE kode_tanda_terima >= ?1 AND kode_tanda_terima < ?1 || '~'" FOUND
                    " f CROSS JOIN permohonan p ON p.space = f.s AND p.id = f.i",
    [SEARCH_NAME] =
        "(" OF_PERSON("SELECT o.space, o.key AS id FROM search_ h CROSS JOIN search_of o ON o.rowid_ = h.rowid AND o.tbl = 'orang' WHERE search_ "
                      "MATCH ?1") " UNION " OF_HOUSEHOLD("SELECT o.space, o.key AS id FROM search_ h CROSS JOIN search_of o ON o.rowid_ = h.rowid "
                                                         "AND o.tbl = 'keluarga' WHERE search_ MATCH "
                                                         "?1") ") f CROSS JOIN permohonan p ON p.space = f.s AND p.id = f.i",
};
/* The household's region is looked up only where the application has none. */
#define KEL REGION_OF_APPLICATION
#define ORDER " ORDER BY p.tanggal DESC, p.space, p.id DESC LIMIT ?11"

static bool of_kel(const struct request *q)
{
    return parameter(q, "kel") || reach_only_kel(&q->reach);
}

/* by_region: none of these may choose the index; "+" tells SQLite so. */
static void filters_add(struct sqlite3_str *sql, struct request *q, bool space, bool by_region)
{
    static const char *const filters[][2] = {
        { "status", "p.status = ?3" }, { "layanan", "p.layanan = ?4" }, { "from", "p.tanggal >= ?6" }, { "to", "p.tanggal <= ?7" }
    };

    if (space)
        sqlite3_str_appendall(sql, " AND p.space = ?2");
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (parameter(q, filters[i][0]))
            sqlite3_str_appendf(sql, " AND %s%s", by_region ? "+" : "", filters[i][1]);
    if (parameter(q, "overdue"))
        sqlite3_str_appendall(sql, " AND p.batas_waktu < date('now', 'localtime') AND p.status NOT IN " APPLICATION_FINAL);
    if (parameter(q, "after"))
        sqlite3_str_appendall(sql, " AND (p.tanggal, -p.space, p.id) < (?8, -?9, ?10)");
}

/* Ids of one page, and by what they are sorted. */
static void ids_add(struct sqlite3_str *sql, struct request *q, const struct searching *s, bool space, const char *of_region, bool by_region)
{
    sqlite3_str_appendall(sql, "SELECT p.space AS ps, p.id AS pi, p.tanggal AS pt FROM ");
    sqlite3_str_appendall(sql, sources[s->by]);
    sqlite3_str_appendall(sql, " WHERE reach(p.space, " KEL ")");
    filters_add(sql, q, space, by_region);
    sqlite3_str_appendall(sql, of_region);
    sqlite3_str_appendall(sql, ORDER);
}

/* Which filters are there decides the text, so that each finds its index; all values are bound. Ids first, then what is shown of them. */
static char *query_make(struct request *q, const struct searching *s, bool space)
{
    struct sqlite3_str *sql = sqlite3_str_new(NULL);
    bool halves = of_kel(q) && s->by == SEARCH_ALL && !parameter(q, "overdue"); /* each by its index; of others there are few: any way will do */

    sqlite3_str_appendall(sql, "SELECT " APPLICATION_COLUMNS ", p.tanggal, p.space, p.id FROM (");
    if (halves) {
        sqlite3_str_appendall(sql, "SELECT * FROM (");
        ids_add(sql, q, s, space, " AND p.kode_kel = ?5", false);
        sqlite3_str_appendall(sql, ") UNION ALL SELECT * FROM (");
        ids_add(sql, q, s, space, " AND p.kode_kel IS NULL AND " KEL " = ?5", true); /* those without a region of their own are few */
        sqlite3_str_appendall(sql, ") ORDER BY pt DESC, ps, pi DESC LIMIT ?11");
    } else {
        ids_add(sql, q, s, space, of_kel(q) ? " AND " KEL " = ?5" : "", false);
    }
    sqlite3_str_appendall(sql, ") y CROSS JOIN permohonan p ON p.space = y.ps AND p.id = y.pi" APPLICATION_JOINS
                               " ORDER BY p.tanggal DESC, p.space, p.id DESC");
    return sqlite3_str_finish(sql);
}

static void application_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    json_object(j, NULL);
    application_members(q, j, stmt);
    json_end_object(j);
}

/* The list; and on its first page what the search finds among those that are held. */
static bool applications_told(struct request *q, struct list *list, const struct searching *s)
{
    static const enum held_by ways[] = { [SEARCH_NUMBER] = HELD_BY_NUMBER, [SEARCH_CODE] = HELD_BY_CODE, [SEARCH_NAME] = HELD_BY_NAME };
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer)) {
        sqlite3_finalize(list->stmt);
        return false;
    }
    json_object(j, NULL);
    if (!list_members(q, j, list))
        return false;
    if (s->by != SEARCH_ALL && !parameter(q, "after")) {
        if (!held_found_json(q, j, ways[s->by], s->text))
            return false;
    } else {
        json_array(j, "held");
        json_end_array(j);
    }
    json_end_object(j);
    return true;
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
    sqlite3_bind_text(list.stmt, 5, parameter(q, "kel") ? parameter(q, "kel") : reach_only_kel(&q->reach), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(list.stmt, 6, parameter(q, "from"), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(list.stmt, 7, parameter(q, "to"), -1, SQLITE_TRANSIENT);
    look_note(q, "%s%s", q->q[0] ? "q=" : "list", q->q);
    return applications_told(q, &list, &s);
}
