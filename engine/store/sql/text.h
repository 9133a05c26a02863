/* store/sql/text.h — just enough reading of SQL text: tokens, and the pieces between top-level commas.
 *
 * SQLite tells a table's columns and indexes, but not which columns a CHECK names, nor the expressions of an index: those are read from the CREATE
 * text. */
#ifndef JEMPUT_STORE_SQL_TEXT_H
#define JEMPUT_STORE_SQL_TEXT_H

#include "store/internal.h"

enum sql_kind {
    SQL_END,
    SQL_WORD,   /* keyword or plain identifier */
    SQL_QUOTED, /* identifier in "", `` or [] (or a string in "", as SQLite lets pass) */
    SQL_STRING, /* '…' or x'…' */
    SQL_NUMBER,
    SQL_SIGN    /* anything else, one character */
};

struct sql_token {
    enum sql_kind kind;
    const char *text; /* as written */
    size_t len;
};

struct sql_scan {
    const char *at; /* NUL-terminated text, or up to `end` */
    const char *end;
};

struct sql_scan sql_scan_of(const char *text);
struct sql_scan sql_scan_range(const char *from, const char *end);
/* Next token; blanks and comments are skipped. */
struct sql_token sql_next(struct sql_scan *s);
struct sql_token sql_peek(const struct sql_scan *s);
bool sql_is_word(const struct sql_token *t, const char *word); /* unquoted, whatever case */
bool sql_is_sign(const struct sql_token *t, char sign);
/* Does the token name `name` (quoted or not, whatever case)? */
bool sql_names(const struct sql_token *t, const char *name);
/* After an opening parenthesis: skip to behind the one that closes it; the text between is *inside. false = there is none. */
bool sql_skip_group(struct sql_scan *s, struct sql_scan *inside);
/* Skip to the next opening parenthesis of this level and take it; false = there is none. */
bool sql_find_group(struct sql_scan *s);
/* Take the part up to the next `separator` of this level, or to the end; false = nothing is left. */
bool sql_next_part(struct sql_scan *s, char separator, struct sql_scan *part);
/* The name that a token writes, without its quotes; quotes doubled inside stay so. */
struct jemput_bytes sql_unquoted(const struct sql_token *t);
/* Without the blanks at its ends. */
struct jemput_bytes sql_trimmed(struct sql_scan text);

/* CREATE INDEX, cut up; all empty, with NULL in `where`, if the text is none. */
struct sql_index {
    struct sql_scan terms, where; /* where.at NULL = it is not partial */
};
struct sql_index sql_index_of(const char *create);

#endif
