/* api/act/edit.h — rows as an act will leave them: looked at once, changed in memory step by step, and written as one change each. */
#ifndef JEMPUT_API_ACT_EDIT_H
#define JEMPUT_API_ACT_EDIT_H

#include "api/act/act.h"

enum edit_kind { EDIT_NONE = 0, EDIT_UPDATE, EDIT_INSERT, EDIT_DELETE };

struct edit {
    const struct jemput_table *table;
    struct jemput_bytes key;
    bool known, there;                 /* it was there once; it is shown or held */
    bool alive;                        /* it is there, or would be: it went with its parent, as the schema declares */
    bool restored;                     /* deleted, and there all the same, for as long as another row needs it */
    struct jemput_bytes successor;     /* of one that is known: the row that goes on in its place; empty = none */
    const struct jemput_value *before; /* by column; of one that is not known NULLs behind its key */
    struct jemput_value *values;       /* by column: as it will be */
    enum edit_kind kind;
    bool *writes;                      /* by group: of an update */
    int64_t *deltas;                   /* by column: what a counter gets besides */
    struct jemput_bytes goes_on;       /* of a delete: its successor; empty = none */
    bool *spares_set;                  /* by group: `spares` says all for it; else what a write of the shown value leaves open is spared */
    uint32_t spare_count, spare_room;
    struct jemput_spare *spares;
    struct edit *next; /* of one bucket */
};

struct edits { /* edits_begin; edits_release */
    struct jemput *j;
    struct jemput_arena arena; /* of all that it holds */
    uint32_t count, room; /* room: a power of two, or 0 */
    struct edit **of;
    struct edit **buckets; /* room of them, by table and key */
};
void edits_begin(struct edits *e, struct jemput *j);
void edits_release(struct edits *e);

/* The row of this key; looked at if it is not among them. Stays where it is. */
enum jemput_status edits_row(struct edits *e, const struct jemput_table *table, struct jemput_bytes key, struct edit **out,
                             struct jemput_error *err) JEMPUT_MUST_USE;
/* The key that these values (by column) make, in the arena. */
enum jemput_status edits_key(struct edits *e, const struct jemput_table *table, const struct jemput_value *values, struct jemput_bytes *out,
                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Give a column another value: an update of its group, unless the row is inserted or deleted anyway. */
void edit_set(struct edit *row, uint16_t column, const struct jemput_value *value);
void edit_count(struct edit *row, uint16_t column, int64_t delta);
/* What an update of `group` leaves open: only what is named so, once edit_spares_begin was called for it. */
void edit_spares_begin(struct edit *row, uint16_t group);
enum jemput_status edit_spare(struct edits *e, struct edit *row, uint16_t group, const struct jemput_txn_name *name,
                              struct jemput_error *err) JEMPUT_MUST_USE;

/* JEMPUT_DENIED: it is alive, and with it would go values of an open conflict that only a person may close. */
enum jemput_status edit_may_go(struct edits *e, const struct edit *row, struct jemput_error *err) JEMPUT_MUST_USE;

bool edit_group_is_null(const struct jemput_table *table, uint16_t group, const struct jemput_value *values);

/* All of them as changes of the act. */
enum jemput_status edits_write(struct edits *e, struct act *act, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
