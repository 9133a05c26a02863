/* Test of schema/formats/store.md against a fresh store: each definition word for word, each column described, the triggers of the example, the marks
 * of the file, and each fact that the code names. The document is found by the environment variable JEMPUT_SOURCE, or below the current folder. */
#include "store_world.h"
#include "store/file/layout.h"

static char *file_read(const char *name)
{
    const char *source = getenv("JEMPUT_SOURCE");
    char path[4096];
    FILE *file;
    char *text = calloc(1, 1 << 18);
    size_t len;

    assert_non_null(text);
    snprintf(path, sizeof path, "%s/%s", source ? source : ".", name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("no %s: set JEMPUT_SOURCE to the root of the source tree", path);
    len = fread(text, 1, (1 << 18) - 1, file);
    fclose(file);
    assert_true(len > 0 && len < (1 << 18) - 1);
    return text;
}

/* One blank for any run of blanks and newlines, none at the ends. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        bool blank = *from == ' ' || *from == '\n';

        if (!blank)
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    while (to > text && to[-1] == ' ')
        to--;
    *to = 0;
}

/* The text of the fenced block that begins with the line `fence`; the caller frees it. */
static char *block(const char *document, const char *fence)
{
    const char *from = strstr(document, fence), *end;
    char *text;

    assert_non_null(from);
    from += strlen(fence);
    end = strstr(from, "\n```");
    assert_non_null(end);
    text = strndup(from, (size_t)(end - from));
    assert_non_null(text);
    return text;
}

enum { STATEMENTS_MAX = 64 };

struct statements {
    int count;
    char *of[STATEMENTS_MAX];
};

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cut where SQLite sees a statement's end: a trigger has a semicolon inside. */
static struct statements statements_of(const char *sql)
{
    struct statements s = { 0 };
    char *part = calloc(1, strlen(sql) + 1);
    size_t len = 0;

    assert_non_null(part);
    for (; *sql; sql++) {
        part[len++] = *sql;
        part[len] = 0;
        if (*sql != ';' || !sqlite3_complete(part))
            continue;
        part[len - 1] = 0;
        squeeze(part);
        assert_true(s.count < STATEMENTS_MAX);
        s.of[s.count++] = strdup(part);
        len = 0;
    }
    part[len] = 0;
    squeeze(part);
    assert_string_equal(part, "");
    free(part);
    qsort(s.of, (size_t)s.count, sizeof s.of[0], text_compare);
    return s;
}

static struct statements statements_in(sqlite3 *db, const char *query)
{
    struct statements s = { 0 };
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        assert_true(s.count < STATEMENTS_MAX);
        s.of[s.count] = strdup((const char *)sqlite3_column_text(stmt, 0));
        squeeze(s.of[s.count++]);
    }
    sqlite3_finalize(stmt);
    qsort(s.of, (size_t)s.count, sizeof s.of[0], text_compare);
    return s;
}

static void expect_equal(struct statements *document, struct statements *store)
{
    for (int i = 0; i < document->count || i < store->count; i++) {
        const char *said = i < document->count ? document->of[i] : "nothing more", *made = i < store->count ? store->of[i] : "nothing more";

        if (strcmp(said, made) != 0)
            fail_msg("the document says\n  %s\nthe store has\n  %s", said, made);
    }
    for (int i = 0; i < document->count; i++)
        free(document->of[i]);
    for (int i = 0; i < store->count; i++)
        free(store->of[i]);
}

static void definitions_are_those_of_a_fresh_store(void **state)
{
    char *document = file_read("schema/formats/store.md"), *sql = block(document, "```sql\n");
    struct statements said = statements_of(sql), made;
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    made = statements_in(w.app, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
    assert_true(made.count > 20);
    expect_equal(&said, &made);
    world_release(&w);
    free(sql);
    free(document);
}

static void triggers_are_those_of_the_example(void **state)
{
    char *document = file_read("schema/formats/store.md"), *example = block(document, "```sql example\n"), *capture = block(document,
                                                                                                                            "```sql capture\n");
    struct statements said = statements_of(capture), made;
    struct store_world w;

    (void)state;
    world_new(&w, example);
    made = statements_in(w.app, "SELECT sql FROM sqlite_schema WHERE name LIKE 'jemput\\_%\\_orang' ESCAPE '\\'");
    assert_int_equal(made.count, 5);
    expect_equal(&said, &made);
    world_release(&w);
    free(example);
    free(capture);
    free(document);
}

/* Under the heading of its table, in a row of the table there. */
static void each_column_is_described(void **state)
{
    char *document = file_read("schema/formats/store.md");
    struct store_world w;
    sqlite3_stmt *stmt;
    int columns = 0;

    (void)state;
    world_new(&w, NULL);
    assert_int_equal(sqlite3_prepare_v2(w.app, "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table'", -1,
                                        &stmt, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; columns++) {
        const char *table = (const char *)sqlite3_column_text(stmt, 0), *column = (const char *)sqlite3_column_text(stmt, 1), *from, *end, *found;
        char heading[128], name[128];

        snprintf(heading, sizeof heading, "\n### %s\n", table);
        snprintf(name, sizeof name, "`%s`", column);
        from = strstr(document, heading);
        if (!from)
            fail_msg("table %s is not described", table);
        end = strstr(from + 1, "\n##");
        found = strstr(from, "\n| `");
        while (found && found < end && (!strstr(found, name) || strstr(found, name) > strstr(found + 2, " | ")))
            found = strstr(found + 1, "\n| `");
        if (!found || found > end)
            fail_msg("column %s of table %s is not described", column, table);
    }
    assert_true(columns > 50);
    sqlite3_finalize(stmt);
    world_release(&w);
    free(document);
}

static void marks_of_the_file_are_as_described(void **state)
{
    char *document = file_read("schema/formats/store.md"), line[128];
    const uint8_t *bytes;
    struct store_world w;
    size_t len;

    (void)state;
    world_new(&w, NULL);
    world_close(&w); /* all of the log goes into the file */
    bytes = crash_vfs_file(w.vfs, "store.db", &len);
    assert_non_null(bytes);
    assert_true(len > 100);
    snprintf(line, sizeof line, "| application_id | 0x%02x%02x%02x%02x, \"%.4s\" | bytes 68", bytes[68], bytes[69], bytes[70], bytes[71],
             (const char *)bytes + 68);
    assert_non_null(strstr(document, line));
    snprintf(line, sizeof line, "| user_version | %u: ", (unsigned)bytes[63]);
    assert_non_null(strstr(document, line));
    assert_int_equal(bytes[16] << 8 | bytes[17], 4096);
    world_release(&w);
    free(document);
}

/* #define …FACT_X "name" in the two headers that name facts. */
static void each_fact_is_described(void **state)
{
    static const char *const headers[] = { "engine/store/file/layout.h", "engine/api/facts.h" };
    char *document = file_read("schema/formats/store.md");
    const char *facts = strstr(document, "\n## Facts\n"), *end = strstr(document, "\n## Capture\n");
    int count = 0;

    (void)state;
    assert_true(facts && end && facts < end);
    for (size_t i = 0; i < 2; i++) {
        char *header = file_read(headers[i]);

        for (char *at = header; (at = strstr(at, "#define ")) != NULL; at++) {
            char name[64], quoted[70];
            const char *found;

            if (sscanf(at, "#define FACT_%*[A-Z_] \"%63[^\"]\"", name) != 1 && sscanf(at, "#define JEMPUT_FACT_%*[A-Z_] \"%63[^\"]\"", name) != 1)
                continue;
            count++;
            snprintf(quoted, sizeof quoted, "`%s`", name);
            found = strstr(facts, quoted);
            if (!found || found > end)
                fail_msg("fact '%s' is not described", name);
        }
        free(header);
    }
    assert_true(count > 15);
    free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_are_those_of_a_fresh_store),
        cmocka_unit_test(triggers_are_those_of_the_example),
        cmocka_unit_test(each_column_is_described),
        cmocka_unit_test(marks_of_the_file_are_as_described),
        cmocka_unit_test(each_fact_is_described),
    };

    return cmocka_run_group_tests_name("store_format", tests, NULL, NULL);
}
