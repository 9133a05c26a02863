/* comment.c — what only the text of CREATE TABLE says: comments and CHECKs. SQLite keeps that text as it was written. A reader of words, strings,
 * comments and parentheses; it judges nothing, for SQLite itself has taken the text. Pure. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "shape.h"

enum word_kind { WORD_END, WORD_NAME, WORD_STRING, WORD_COMMENT, WORD_OPEN, WORD_CLOSE, WORD_COMMA, WORD_OTHER };

struct word {
    enum word_kind kind;
    const char *at;
    size_t len;
};

static size_t quoted_length(const char *at, char close)
{
    size_t len = 1;

    while (at[len] && (at[len] != close || (close != ']' && at[len + 1] == close)))
        len += at[len] == close ? 2 : 1;
    return at[len] ? len + 1 : len;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 128;
}

/* The word that begins at or behind *at, which moves behind it. */
static struct word word_next(const char **at)
{
    struct word w = { .kind = WORD_OTHER, .len = 1 };

    *at += strspn(*at, " \t\r\n\f");
    w.at = *at;
    if (!w.at[0]) {
        w.kind = WORD_END;
        w.len = 0;
    } else if (strncmp(w.at, "--", 2) == 0) {
        w.kind = WORD_COMMENT;
        w.len = strcspn(w.at, "\n");
    } else if (strncmp(w.at, "/*", 2) == 0) {
        const char *end = strstr(w.at + 2, "*/");

        w.kind = WORD_COMMENT;
        w.len = end ? (size_t)(end - w.at) + 2 : strlen(w.at);
    } else if (strchr("\"`['", w.at[0])) {
        w.kind = w.at[0] == '\'' ? WORD_STRING : WORD_NAME;
        w.len = quoted_length(w.at, w.at[0] == '[' ? ']' : w.at[0]);
    } else if (is_name(w.at[0])) {
        w.kind = WORD_NAME;
        while (is_name(w.at[w.len]))
            w.len++;
    } else if (strchr("(),", w.at[0])) {
        w.kind = w.at[0] == '(' ? WORD_OPEN : w.at[0] == ')' ? WORD_CLOSE : WORD_COMMA;
    }
    *at += w.len;
    return w;
}

static bool word_is(const struct word *w, const char *name)
{
    size_t len = strlen(name);

    if (w->kind != WORD_NAME)
        return false;
    if (strchr("\"`[", w->at[0]))
        return w->len == len + 2 && strncasecmp(w->at + 1, name, len) == 0;
    return w->len == len && strncasecmp(w->at, name, len) == 0;
}

/* Column of the screen on which the word begins. */
static size_t place_in_line(const char *text, const char *at)
{
    const char *begin = at;

    while (begin > text && begin[-1] != '\n')
        begin--;
    return (size_t)(at - begin);
}

/* The words of a comment, without what marks it and the blanks around. */
static void comment_add(struct buffer *out, const struct word *w)
{
    const char *at = w->at + 2, *end = w->at + w->len;

    if (w->at[0] == '/' && end - at >= 2)
        end -= 2;
    while (at < end && (isspace((unsigned char)*at) || *at == '-'))
        at++;
    while (end > at && isspace((unsigned char)end[-1]))
        end--;
    if (end > at && out->len)
        buffer_text(out, " ");
    buffer_add(out, at, (size_t)(end - at));
}

static char *buffer_take(struct buffer *b)
{
    char *text = b->len ? b->data : NULL;

    if (!text)
        buffer_release(b);
    return text;
}

/* Comments from `at` on that stand on the same line, and below them such as begin no further left. */
static void comments_behind(struct buffer *out, const char *create, const char *at)
{
    const char *line = at;
    size_t first = 0;
    bool any = false;

    for (;;) {
        struct word w = word_next(&at);
        bool same_line = !memchr(line, '\n', (size_t)(w.at - line));

        if (w.kind != WORD_COMMENT || (!same_line && (!any || place_in_line(create, w.at) < first)))
            return;
        if (!any)
            first = place_in_line(create, w.at);
        any = true;
        comment_add(out, &w);
        line = w.at + w.len;
        at = line;
    }
}

char *comment_of_column(const char *create, const char *name)
{
    struct buffer out = { 0 };
    const char *at = create;
    int depth = 0;
    bool begins = false, found = false;

    for (struct word w = word_next(&at); w.kind != WORD_END; w = word_next(&at)) {
        if (w.kind == WORD_COMMENT) {
            if (found)
                comment_add(&out, &w);
            continue;
        }
        depth += (w.kind == WORD_OPEN) - (w.kind == WORD_CLOSE);
        if (found && depth <= 1 && (w.kind == WORD_COMMA || depth == 0)) {
            if (w.kind == WORD_COMMA)
                comments_behind(&out, create, at);
            break;
        }
        found = found || (begins && depth == 1 && word_is(&w, name));
        begins = depth == 1 && (w.kind == WORD_COMMA || w.kind == WORD_OPEN);
    }
    return buffer_take(&out);
}

char *check_of(const char *create, unsigned at_number)
{
    const char *at = create, *begin = NULL;
    bool checks = false;
    int depth = 0, inside = 0;

    for (struct word w = word_next(&at); w.kind != WORD_END; w = word_next(&at)) {
        if (w.kind == WORD_COMMENT)
            continue;
        depth += (w.kind == WORD_OPEN) - (w.kind == WORD_CLOSE);
        if (begin && w.kind == WORD_CLOSE && depth < inside)
            return memory_copy(begin, (size_t)(w.at - begin));
        if (!begin && checks && w.kind == WORD_OPEN && at_number-- == 0) {
            begin = at;
            inside = depth;
        }
        checks = w.at[0] != '"' && w.at[0] != '`' && w.at[0] != '[' && word_is(&w, "check");
    }
    return NULL;
}

char *comment_of_table(const char *schema, const char *create)
{
    const char *at = strstr(schema, create), *line;
    struct buffer out = { 0 };

    if (!at || (at > schema && at[-1] != '\n'))
        return NULL;
    for (line = at; line > schema;) { /* up to the first line that is no comment */
        const char *before = line - 1;

        while (before > schema && before[-1] != '\n')
            before--;
        if (strncmp(before, "--", 2) != 0)
            break;
        line = before;
    }
    while (line < at) {
        struct word w = word_next(&line);

        comment_add(&out, &w);
        line += line[0] == '\n';
    }
    return buffer_take(&out);
}
