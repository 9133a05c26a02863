/* pgcancel.h — what runs on a PostgreSQL server for this process, ended from another thread. Without libpq's header. */
#ifndef JEMPUT_CENTRAL_PGCANCEL_H
#define JEMPUT_CENTRAL_PGCANCEL_H

/* Ask the server to break off the statement of each connection that pg_open() has made, once: for whoever stops. May take as long as the network lets
 * it. */
void pg_cancel_all(void);

#endif
