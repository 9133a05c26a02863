/* sim/world/schema.h — a random schema, kept as structure: the SQL is written from it, and the oracle reads the same rules off it by itself. */
#ifndef TESTS_SIM_WORLD_SCHEMA_H
#define TESTS_SIM_WORLD_SCHEMA_H

#include "rng.h"
#include "value.h"

enum { TABLES_MAX = 5, COLUMNS_MAX = 12, KEY_MAX = 2, CHECKS_MAX = 4, UNIQUES_MAX = 4, TERMS_MAX = 2, LINKS_MAX = 4, RANKS_MAX = 4 };

/* What a schema may contain; each can be left out. */
enum feature {
    FEATURE_RANK = 1,     /* rule rank */
    FEATURE_SUM = 2,      /* rule sum */
    FEATURE_ONCE = 4,     /* rule once */
    FEATURE_PARENT = 8,   /* option parent=, and the parent that comes back where it is not given */
    FEATURE_TIES = 16,    /* columns of one UNIQUE or FOREIGN KEY are one group */
    FEATURE_IDENTITY = 32,/* identity columns keep what an ordinary update had not decided */
    FEATURE_NOCASE = 64,  /* columns that are COLLATE NOCASE */
    FEATURE_POLICY = 128, /* officers may not write everything */
    FEATURE_STEPS = 256,  /* rule steps */
    FEATURE_REGION = 512, /* rule scope */
    FEATURE_TRIGGERS = 1024, /* triggers of the app (triggers.h) */
    FEATURE_ALL = 2047
};
#define FEATURE_NAMES { "rank", "sum", "once", "parent", "ties", "identity", "nocase", "policy", "steps", "region", "triggers" }

enum column_type { TYPE_INTEGER, TYPE_TEXT, TYPE_BLOB, TYPE_REAL, TYPE_ANY };
enum column_rule { RULE_LATEST, RULE_RANK, RULE_SUM, RULE_ONCE };

struct column {
    char name[4];
    enum column_type type;
    bool not_null, is_key, identity, before;
    val initial; /* of rows that were written before it was added */
    bool links; /* child column of a FOREIGN KEY */
    bool nocase;
    enum column_rule rule;
    unsigned rank_count;
    const char *ranks[RANKS_MAX]; /* lowest first */
    unsigned group; /* number of the group: that of its lowest column; of key columns without meaning */
};

/* A condition of one or two columns, as CHECK or as WHERE of a partial index. */
enum test_kind { TEST_NONE, TEST_THERE, TEST_LEAST, TEST_LENGTH, TEST_ORDER, TEST_BOTH };
struct test {
    enum test_kind kind; /* a IS NOT NULL | a >= n | length(a) <= n | a <= b | (a IS NULL) = (b IS NULL) */
    unsigned a, b;
    int n;
};

struct term {
    unsigned column;
    bool lower; /* lower(column) */
};

struct unique {
    unsigned term_count;
    struct term terms[TERMS_MAX];
    struct test where;
};

enum link_action { ACTION_NONE, ACTION_RESTRICT, ACTION_CASCADE, ACTION_SET_NULL, ACTION_SET_DEFAULT };
enum orphan { ORPHAN_RESTORE, ORPHAN_CASCADE, ORPHAN_HOLD };

struct link {
    unsigned count;
    unsigned columns[KEY_MAX], targets[KEY_MAX];
    bool nocase[KEY_MAX]; /* as the target is */
    unsigned parent; /* table */
    enum link_action on_delete, on_update;
    bool deferred;
    enum orphan orphan;
};

/* What an officer may write; columns as bits, of keys without meaning. */
#define RIGHTS_ALL UINT32_MAX
enum { STEPS_LISTED_MAX = 6 };
struct rights {
    bool declared; /* else everything */
    bool deletes;
    uint32_t insert, update; /* 0 = none */
    bool moves;              /* there are steps, for administrators and central, too */
    unsigned state;          /* the column that takes them */
    unsigned step_count;
    struct step {
        const char *from, *to; /* from "" = a new row, or NULL; "*" = whatever it was */
    } steps[STEPS_LISTED_MAX]; /* of an officer */
    bool bound;      /* to regions */
    unsigned region; /* the column that says them */
};

struct table {
    char name[8];
    struct rights rights;
    bool without_rowid, grown; /* a column came */
    unsigned column_count;
    struct column columns[COLUMNS_MAX];
    unsigned key_count;
    unsigned key[KEY_MAX];
    unsigned check_count;
    struct test checks[CHECKS_MAX];
    unsigned unique_count;
    struct unique uniques[UNIQUES_MAX];
    unsigned link_count;
    struct link links[LINKS_MAX];
    char options[256];
};

struct schema {
    unsigned features;
    unsigned table_count;
    struct table tables[TABLES_MAX];
    bool has_rights;
    char sql[16384];
};

/* One column more, of a group of its own, behind the others: SQL that adds it. False: the table takes no more. */
bool schema_grow(struct schema *s, unsigned table, struct rng *rng, char *sql, size_t size);
void schema_make(struct schema *out, struct rng *rng, unsigned features);
/* --- schemasql.c --- */

void schema_sql(struct schema *s); /* set s->sql from the rest */
/* Ends the run if it does not fit. */
void schema_append(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
