/* store/schema/former.h — the shapes that a table had before columns came: what a plain row's one write wrote is what its writer's table had then.
 *
 * A row that one insert made and nothing has touched since is kept as that insert's version alone (birth.h, or an entry without detail). Read with
 * today's shape it would seem to have written columns that came later, with the default that the table shows; a device where the columns came first
 * knows that it did not. So each growth of a table is noted with the newest segment there was: what was registered up to then was written under the
 * shape before it. Local: other devices have other numbers, and the same shapes. */
#ifndef JEMPUT_STORE_SCHEMA_FORMER_H
#define JEMPUT_STORE_SCHEMA_FORMER_H

#include "store/apply/applier.h"

struct jemput_former {
    int64_t segment;           /* local number: the shape of what was registered up to here */
    struct jemput_table shape; /* the table as it is now, with fewer groups */
};

/* Note on `db`, inside the transaction in which the table grows, how many groups it had. */
enum jemput_status jemput_former_note(sqlite3 *db, const struct jemput_table *before, struct jemput_error *err) JEMPUT_MUST_USE;
/* Read those of each table. */
enum jemput_status jemput_formers_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err) JEMPUT_MUST_USE;
/* How many groups the table had when `version` was written. */
uint16_t jemput_former_groups(const struct jemput_applier *a, uint64_t version);
/* The state of a plain row: jemput_row_uniform() under the shape under which `version` was written. */
enum jemput_status jemput_plain_row(struct jemput_row *out, const struct jemput_applier *a, uint64_t version, struct jemput_arena *arena,
                                    struct jemput_error *err) JEMPUT_MUST_USE;

#endif
