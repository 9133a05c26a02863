/* store/schema/counter.h — what columns may be counters (option sum). Asked when a schema is declared or migrated. */
#ifndef JEMPUT_STORE_SCHEMA_COUNTER_H
#define JEMPUT_STORE_SCHEMA_COUNTER_H

#include "store/capture/capture.h"

/* JEMPUT_DENIED: a row that the schema itself brings has no integer there. Those are not captured, so nothing else looks at them. */
enum jemput_status jemput_counters_check(struct jemput_capture *c, const struct jemput_table *t, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_DENIED: a counter's column makes something else of whole numbers, so that no row could ever be written. Asked where the declaration is
 * written: what stands in a log is left, its space lives with it. */
enum jemput_status jemput_counters_whole(const struct jemput_table *t, const struct jemput_declared *declared,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_DENIED: a FOREIGN KEY of a replicated table is a counter, or names one. By the shapes in c->tables. */
enum jemput_status jemput_counters_unlinked(struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
