/* identity/policy.h — policy: which role may do what, to which table and column, along which steps of a status, and in which region.
 *
 * Declared in the schema, one call a table and role or several roles:
 *   SELECT jemput_policy('permohonan', 'petugas,kelurahan', 'insert; update=status,catatan; steps=status:>DRAF,DRAF>LENGKAP; scope=kode_kel');
 * Rules, separated by ';':
 *   insert           rows may be inserted      insert=a,b   and only these columns may hold anything but NULL
 *   update           rows may be changed       update=a,b   and only in these columns. Columns that merge as one are named together
 *   delete           rows may be deleted
 *   steps=a:X>Y,>Z   column a may go from X to Y, and be Z when the row is inserted, or when it was NULL. *>Y: from anything. Words, or 'text'.
 *                    A column that has steps for any role goes no other way for anybody: list them for each role that may take them
 *   scope=a          only rows whose region, in column a, lies within the device's scope
 * The table '*' stands for every table that no call names for that role: insert, update and delete alone.
 * A schema without any call lets every role but kominfo write everything. With calls, a table that is named for nobody (nor '*' for the role) is
 * open to every role but kominfo; one that is named is closed but for what is listed. A device of several roles may do what one of them may.
 * A call in a migration replaces what the same table and role had, from that schema version on: a change is judged by what the version that its
 * segment names says. Pure; whether a change may be made where it is written, and whether it counts when it is merged, is one question. */
#ifndef JEMPUT_IDENTITY_POLICY_H
#define JEMPUT_IDENTITY_POLICY_H

#include "base/limits.h"
#include "change/change.h"
#include "change/table.h"
#include "identity/record.h"

struct jemput_policy_step {
    uint16_t column;
    bool from_any;                /* "*>Y" */
    struct jemput_bytes from, to; /* text; an INTEGER is its decimal text. from without data: NULL, or the row is inserted */
};

struct jemput_policy_columns {
    bool all;
    uint16_t count;
    uint16_t *columns; /* ascending */
};

struct jemput_policy_rule { /* one call */
    uint32_t table;    /* number; 0 = '*' */
    unsigned roles;
    uint32_t since;    /* schema version */
    bool inserts, updates, deletes;
    struct jemput_policy_columns insert, update;
    uint16_t step_count;
    struct jemput_policy_step *steps;
    uint64_t step_columns; /* bit (column % 64) of the columns of steps: most columns have none */
    bool has_scope;
    uint16_t scope;    /* column */
};

/* All of a schema, in the order of the calls. */
struct jemput_policy {
    uint32_t count;
    struct jemput_policy_rule *rules; /* ascending `since` */
};

/* Read one call. `table` = NULL stands for '*'. Arrays in `arena`, text copied there.
 *   JEMPUT_DENIED   what is said contradicts the table or itself: the text says what, and what to do     JEMPUT_LIMIT   too many steps    
 *   JEMPUT_NOMEM */
enum jemput_status jemput_policy_read(struct jemput_policy_rule *out, const struct jemput_table *table, struct jemput_bytes roles,
                                      struct jemput_bytes rules, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Has the column steps for anybody? Then its updates must carry the value before. */
bool jemput_policy_has_steps(const struct jemput_policy *policy, uint32_t table, uint16_t column, uint32_t version);
/* Does the scope cover the region: is it empty, or the region itself, or whole parts at its beginning ("16.74" covers "16.74.05", not "16.745")? */
bool jemput_scope_covers(struct jemput_bytes scope, struct jemput_bytes region);

enum jemput_policy_fault {
    JEMPUT_POLICY_ALLOWED = 0,
    JEMPUT_POLICY_NO_ROLE,        /* no role that may write at all */
    JEMPUT_POLICY_NO_INSERT,
    JEMPUT_POLICY_NO_UPDATE,
    JEMPUT_POLICY_NO_DELETE,
    JEMPUT_POLICY_NO_COLUMN,      /* this column */
    JEMPUT_POLICY_NO_STEP,        /* this column, from there to there */
    JEMPUT_POLICY_STEP_UNKNOWN,   /* the change does not say what this column was before */
    JEMPUT_POLICY_OUTSIDE,        /* the row's region, or the one it is given, is not within the scope */
    JEMPUT_POLICY_REGION_UNKNOWN  /* nothing of the row is known yet: ask again when it has come */
};

struct jemput_policy_answer {
    enum jemput_policy_fault fault; /* of several roles, what the one that comes closest lacks: the last in this order */
    uint16_t column;                /* NO_COLUMN, NO_STEP, STEP_UNKNOWN, OUTSIDE, REGION_UNKNOWN */
};

/* Which regions a row has, or ever had, in a column: the caller knows. */
enum jemput_policy_region { JEMPUT_REGION_UNKNOWN, JEMPUT_REGION_OUTSIDE, JEMPUT_REGION_WITHIN };
struct jemput_policy_regions {
    enum jemput_policy_region (*within)(void *ctx, const struct jemput_change *change, uint16_t column, struct jemput_bytes scope);
    void *ctx;
};

/* May a device of these roles and this scope make the change, under this schema version? */
struct jemput_policy_answer jemput_policy_judge(const struct jemput_policy *policy, uint32_t version, unsigned roles, struct jemput_bytes scope,
                                                const struct jemput_table *table, const struct jemput_change *change,
                                                const struct jemput_policy_regions *regions);
/* "petugas may not update permohonan.status: from DRAF to DISETUJUI is no step for it" — roles, table and column by name; no values of rows. */
void jemput_policy_say(struct jemput_buf *out, const struct jemput_policy_answer *answer, unsigned roles, const struct jemput_table *table,
                       enum jemput_op op);

#endif
