/* store/trigger/text.h — what the text of a CREATE TRIGGER says: its event, its condition, and what its statements write. */
#ifndef JEMPUT_STORE_TRIGGER_TEXT_H
#define JEMPUT_STORE_TRIGGER_TEXT_H

#include "store/sql/text.h"

enum trigger_event { TRIGGER_INSERT, TRIGGER_UPDATE, TRIGGER_DELETE };

struct trigger_text { /* borrows from the text */
    enum trigger_event event;
    struct sql_scan event_text; /* "AFTER UPDATE OF a, b" */
    struct sql_scan condition;  /* of WHEN; at NULL = there is none */
    struct sql_scan body;       /* behind BEGIN, to the end: END is in it */
};

/* `create` as sqlite_schema has it: CREATE TRIGGER name …, whatever else was written there. false = it is none. */
bool trigger_text_read(struct trigger_text *out, const char *create);

/* The next statement of `body` that writes: the token that names the table, and the word behind its OR (SQL_END = none). SQLite allows no qualified
 * names there, nor WITH. false = there are no more. */
bool trigger_text_next_write(struct sql_scan *body, struct sql_token *table, struct sql_token *conflict);

/* Does some RAISE in it say other than ABORT? */
bool trigger_text_raises_otherwise(const char *create);

/* Does a CREATE TABLE have ON CONFLICT ROLLBACK or FAIL? */
bool table_text_undoes_more(const char *create);

#endif
