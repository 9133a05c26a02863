/* session.h — the central merge by SQLite's session extension (session.c), where the SQLite at hand has it. */
#ifndef JEMPUT_BENCH_SESSION_H
#define JEMPUT_BENCH_SESSION_H

#include "bench.h"

/* Each tablet's day as a changeset in the bench's folder. */
void session_record(struct bench *b);
/* All of them into a fresh file. */
void session_merge(struct bench *b, unsigned run);
/* Remove the changesets. */
void session_forget(struct bench *b);

#endif
