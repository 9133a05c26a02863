/* detail.h — what several pages show beside a row. */
#ifndef JEMPUT_CONSOLE_DETAIL_H
#define JEMPUT_CONSOLE_DETAIL_H

#include "list.h"
#include "row.h"

enum { SEEN_BYTES = 33 };

/* Of lists: ?space=, ?tbl=, ?hard=, ?kel= to parameters 1 to 4. */
void list_bind(const struct request *q, struct sqlite3_stmt *stmt, const struct reach_space *space);
/* A hash of all sides of a row's conflicts, and of what holds it, as central.db has them: what a decision must have seen. "" = it could not be
 * read. */
void row_seen(struct request *q, const struct row *row, char out[SEEN_BYTES]);

/* Members of the object that is open: */
void title_json(struct request *q, struct json *j, const struct row *row);        /* title */
void held_reason_json(struct request *q, struct json *j, const struct row *row);  /* held: the constraint, or null */
void photos_json(struct request *q, struct json *j, const struct row *row);       /* photos: its own, and those of its applications */
bool applications_json(struct request *q, struct json *j, const struct row *row); /* applications that name it. false, answered */
/* Member held: of applications that a constraint keeps out of their table, those that a search finds, as GET /api/held has them; 20 at most. `text`
 * as GET /api/applications compares it. false, answered. */
enum held_by { HELD_BY_CODE, HELD_BY_NUMBER, HELD_BY_NAME };
bool held_found_json(struct request *q, struct json *j, enum held_by by, const char *text);
/* What a constraint's words mean: "sudah ada baris lain dengan isian yang sama". */
const char *hold_words_id(const char *reason);
const char *hold_words_en(const char *reason);

#endif
