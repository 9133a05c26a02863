/* list.h — pages of lists (api.md, "Lists"): by keyset, so that the hundredth page costs what the first one does. */
#ifndef JEMPUT_CONSOLE_LIST_H
#define JEMPUT_CONSOLE_LIST_H

#include "route.h"

struct list {
    const char *sql;
    int place;              /* the columns from here on say where a line stands, */
    unsigned place_columns; /* so many; 0 = the list is one page */
    int after_at, limit_at; /* parameters: where the page begins, from after_at on; how many lines. 0 = none */
    void (*item)(struct request *q, struct json *j, struct sqlite3_stmt *stmt); /* writes one object */
    int64_t total;                                                              /* below 0: unknown */
    struct sqlite3_stmt *stmt;
};
/* Prepare it, and bind ?after= and ?limit=. The rest is for the route to bind. false, answered. */
bool list_prepare(struct request *q, struct list *list);
/* The whole answer; finalizes the statement. look.count is how many were shown. */
bool list_answer(struct request *q, struct list *list);
/* Only members items, after, more, total of the object that is open; likewise. false, answered: it could not be read to its end. */
bool list_members(struct request *q, struct json *j, struct list *list);

#endif
