/* store/schema/policy.h — the calls of jemput_policy(), kept as they were made. What they mean, another room knows (identity/policy.h): it is asked
 * through the store's hooks when a call is made, and at COMMIT for each change of a schema that has any. */
#ifndef JEMPUT_STORE_SCHEMA_POLICY_H
#define JEMPUT_STORE_SCHEMA_POLICY_H

#include "change/change.h"
#include "change/table.h"

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;

struct jemput_policy_call {
    uint32_t table; /* number; 0 = '*' */
    uint32_t since; /* schema version */
    struct jemput_bytes roles, rules;
    uint16_t step_count;
    uint16_t *steps; /* columns whose updates carry the value before; ascending */
};

/* All of a schema, in the order in which they were made. */
struct jemput_policy_calls {
    int64_t serial; /* of the newest; -1 = not read yet */
    uint32_t count;
    struct jemput_policy_call *of;
    struct jemput_arena arena;
};

/* May the app make this change? */
struct jemput_ask {
    const struct jemput_policy_calls *calls; /* one at least */
    unsigned roles;                          /* facts of this device; 0 = none */
    struct jemput_bytes scope;
    const struct jemput_table *table;
    const struct jemput_change *change;
    const struct jemput_value *before;       /* what the row held, by column; NULL = it was not there */
};

/* Read those of a file; `calls` is emptied first, and left empty on failure. */
enum jemput_status jemput_policy_calls_read(struct jemput_policy_calls *calls, struct sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
/* Must an update of the column carry what was there? */
bool jemput_policy_calls_step(const struct jemput_policy_calls *calls, uint32_t table, uint16_t column);
void jemput_policy_function(struct sqlite3_context *context, int argc, struct sqlite3_value **argv);

#endif
