/* embedded.h — files that the program carries with it (made by ../shared/embed.py). */
#ifndef JEMPUT_CENTRAL_EMBEDDED_H
#define JEMPUT_CENTRAL_EMBEDDED_H

extern const char embedded_base[]; /* base.sql: central.db's fixed tables */
extern const char embedded_schema[]; /* schema/adminduk: for the words about its tables */
extern const char embedded_pgbase[], embedded_pgoutbox[], embedded_pgnote[]; /* pgbase.sql, pgoutbox.sql, pgnote.sql: PostgreSQL's */

#endif
