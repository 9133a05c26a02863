/* store/sql/text.c — just enough reading of SQL text: tokens, and the pieces between top-level commas. */
#include "store/sql/text.h"

#include <string.h>

struct sql_scan sql_scan_of(const char *text)
{
    return (struct sql_scan){ text, text + strlen(text) };
}

struct sql_scan sql_scan_range(const char *from, const char *end)
{
    return (struct sql_scan){ from, end };
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_part(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_line_comment(struct sql_scan *s)
{
    while (s->at < s->end && *s->at != '\n')
        s->at++;
}

static void skip_block_comment(struct sql_scan *s)
{
    s->at += 2;
    while (s->at < s->end && !(s->at[0] == '*' && s->end - s->at > 1 && s->at[1] == '/'))
        s->at++;
    s->at = s->end - s->at > 2 ? s->at + 2 : s->end;
}

static void skip_blanks(struct sql_scan *s)
{
    while (s->at < s->end) {
        bool two = s->end - s->at > 1;

        if (is_blank(*s->at))
            s->at++;
        else if (two && s->at[0] == '-' && s->at[1] == '-')
            skip_line_comment(s);
        else if (two && s->at[0] == '/' && s->at[1] == '*')
            skip_block_comment(s);
        else
            return;
    }
}

/* From an opening quote to behind the closing one; a doubled quote stands for itself (not in brackets). */
static void skip_quoted(struct sql_scan *s)
{
    char close = *s->at == '[' ? ']' : *s->at;

    for (s->at++; s->at < s->end; s->at++) {
        if (*s->at != close)
            continue;
        if (close != ']' && s->end - s->at > 1 && s->at[1] == close) {
            s->at++;
        } else {
            s->at++;
            return;
        }
    }
}

struct sql_token sql_next(struct sql_scan *s)
{
    struct sql_token t = { .kind = SQL_END };

    skip_blanks(s);
    t.text = s->at;
    if (s->at == s->end)
        return t;
    if ((*s->at == 'x' || *s->at == 'X') && s->end - s->at > 1 && s->at[1] == '\'') {
        t.kind = SQL_STRING;
        s->at++;
        skip_quoted(s);
    } else if (is_word_start(*s->at)) {
        t.kind = SQL_WORD;
        while (s->at < s->end && is_word_part(*s->at))
            s->at++;
    } else if (is_digit(*s->at)) {
        t.kind = SQL_NUMBER;
        while (s->at < s->end && (is_word_part(*s->at) || *s->at == '.'))
            s->at++;
    } else if (*s->at == '\'') {
        t.kind = SQL_STRING;
        skip_quoted(s);
    } else if (*s->at == '"' || *s->at == '`' || *s->at == '[') {
        t.kind = SQL_QUOTED;
        skip_quoted(s);
    } else {
        t.kind = SQL_SIGN;
        s->at++;
    }
    t.len = (size_t)(s->at - t.text);
    return t;
}

struct sql_token sql_peek(const struct sql_scan *s)
{
    struct sql_scan look = *s;

    return sql_next(&look);
}

bool sql_is_word(const struct sql_token *t, const char *word)
{
    return t->kind == SQL_WORD && strlen(word) == t->len && sqlite3_strnicmp(t->text, word, (int)t->len) == 0;
}

bool sql_is_sign(const struct sql_token *t, char sign)
{
    return t->kind == SQL_SIGN && *t->text == sign;
}

/* Names of replicated tables and columns are [A-Za-z0-9_] only, so a doubled quote inside cannot be one. */
bool sql_names(const struct sql_token *t, const char *name)
{
    size_t len = strlen(name);

    if (t->kind == SQL_WORD)
        return t->len == len && sqlite3_strnicmp(t->text, name, (int)len) == 0;
    return t->kind == SQL_QUOTED && t->len == len + 2 && sqlite3_strnicmp(t->text + 1, name, (int)len) == 0;
}

bool sql_skip_group(struct sql_scan *s, struct sql_scan *inside)
{
    const char *from = s->at;
    unsigned depth = 1;

    for (;;) {
        struct sql_token t = sql_next(s);

        if (t.kind == SQL_END)
            return false;
        if (sql_is_sign(&t, '('))
            depth++;
        if (sql_is_sign(&t, ')') && --depth == 0) {
            *inside = sql_scan_range(from, t.text);
            return true;
        }
    }
}

bool sql_find_group(struct sql_scan *s)
{
    struct sql_token t;

    do
        t = sql_next(s);
    while (t.kind != SQL_END && !sql_is_sign(&t, '('));
    return t.kind != SQL_END;
}

bool sql_next_part(struct sql_scan *s, char separator, struct sql_scan *part)
{
    struct sql_token t = sql_peek(s);
    struct sql_scan ignored;
    const char *from = t.text;

    if (t.kind == SQL_END)
        return false;
    for (;;) {
        t = sql_next(s);
        if (t.kind == SQL_END || sql_is_sign(&t, separator))
            break;
        if (sql_is_sign(&t, '(') && !sql_skip_group(s, &ignored))
            break;
    }
    *part = sql_scan_range(from, t.kind == SQL_END ? s->end : t.text);
    return true;
}

struct jemput_bytes sql_unquoted(const struct sql_token *t)
{
    bool quoted = t->kind == SQL_QUOTED || t->kind == SQL_STRING;

    if (quoted && t->len >= 2)
        return jemput_bytes_of(t->text + 1, t->len - 2);
    return jemput_bytes_of(t->text, t->len);
}

struct jemput_bytes sql_trimmed(struct sql_scan text)
{
    while (text.at < text.end && is_blank(*text.at))
        text.at++;
    while (text.at < text.end && is_blank(text.end[-1]))
        text.end--;
    return jemput_bytes_of(text.at, (size_t)(text.end - text.at));
}

struct sql_index sql_index_of(const char *create)
{
    struct sql_index index = { { "", "" }, { NULL, NULL } };
    struct sql_scan s = sql_scan_of(create);
    struct sql_token t;

    if (!sql_find_group(&s) || !sql_skip_group(&s, &index.terms))
        return index;
    t = sql_next(&s);
    if (sql_is_word(&t, "WHERE"))
        index.where = s;
    return index;
}
