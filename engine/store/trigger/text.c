/* store/trigger/text.c — what the text of a CREATE TRIGGER says. See trigger/text.h; the grammar: https://www.sqlite.org/lang_createtrigger.html. */
#include "store/trigger/text.h"

#include <string.h>

/* [BEFORE|AFTER] event [OF columns] ON [database.]table */
static bool event_read(struct trigger_text *out, struct sql_scan *s)
{
    static const char *const words[] = { "INSERT", "UPDATE", "DELETE" }; /* enum trigger_event */
    struct sql_token t = sql_peek(s);
    bool found = false;

    out->event_text.at = t.text;
    for (t = sql_next(s); t.kind != SQL_END && !sql_is_word(&t, "ON"); t = sql_next(s)) {
        for (unsigned i = 0; !found && i < sizeof words / sizeof words[0]; i++) {
            found = sql_is_word(&t, words[i]);
            if (found)
                out->event = (enum trigger_event)i;
        }
    }
    out->event_text.end = t.text;
    sql_next(s);
    t = sql_peek(s);
    if (sql_is_sign(&t, '.')) {
        sql_next(s);
        sql_next(s);
    }
    return found;
}

/* [FOR EACH ROW] [WHEN condition] BEGIN. A column may be called begin, too: then a dot, or a parenthesis around, tells. */
static bool condition_read(struct trigger_text *out, struct sql_scan *s)
{
    struct sql_token t = sql_next(s), previous = { .kind = SQL_END };
    struct sql_scan ignored;

    for (; t.kind != SQL_END; previous = t, t = sql_next(s)) {
        if (sql_is_word(&t, "WHEN") && !out->condition.at)
            out->condition.at = s->at;
        if (sql_is_sign(&t, '(') && !sql_skip_group(s, &ignored))
            return false;
        if (sql_is_word(&t, "BEGIN") && !sql_is_sign(&previous, '.'))
            break;
    }
    out->condition.end = t.text;
    return t.kind != SQL_END;
}

bool trigger_text_read(struct trigger_text *out, const char *create)
{
    struct sql_scan s = sql_scan_of(create);

    *out = (struct trigger_text){ 0 };
    for (int i = 0; i < 3; i++) /* CREATE TRIGGER name, which may be a keyword */
        sql_next(&s);
    if (!event_read(out, &s) || !condition_read(out, &s))
        return false;
    out->body = s;
    return true;
}

/* INSERT [OR x] INTO t, REPLACE INTO t, UPDATE [OR x] t, DELETE FROM t */
static bool statement_writes(struct sql_scan s, struct sql_token *table, struct sql_token *conflict)
{
    struct sql_token verb = sql_next(&s), t = sql_next(&s);
    bool update = sql_is_word(&verb, "UPDATE");

    *conflict = (struct sql_token){ .kind = SQL_END };
    if (!update && !sql_is_word(&verb, "INSERT") && !sql_is_word(&verb, "REPLACE") && !sql_is_word(&verb, "DELETE"))
        return false;
    if (sql_is_word(&t, "OR")) {
        *conflict = sql_next(&s);
        t = sql_next(&s);
    }
    *table = update ? t : sql_next(&s);
    return true;
}

bool trigger_text_next_write(struct sql_scan *body, struct sql_token *table, struct sql_token *conflict)
{
    struct sql_scan statement;

    while (sql_next_part(body, ';', &statement))
        if (statement_writes(statement, table, conflict))
            return true;
    return false;
}

bool trigger_text_raises_otherwise(const char *create)
{
    struct sql_scan s = sql_scan_of(create);
    struct sql_token t = sql_next(&s), before = t, second = t;

    for (; t.kind != SQL_END; second = before, before = t, t = sql_next(&s))
        if (sql_is_word(&second, "RAISE") && sql_is_sign(&before, '(') && !sql_is_word(&t, "ABORT"))
            return true;
    return false;
}

bool table_text_undoes_more(const char *create)
{
    struct sql_scan s = sql_scan_of(create);
    struct sql_token t = sql_next(&s), before = t;

    for (; t.kind != SQL_END; before = t, t = sql_next(&s))
        if (sql_is_word(&before, "CONFLICT") && (sql_is_word(&t, "ROLLBACK") || sql_is_word(&t, "FAIL")))
            return true;
    return false;
}
