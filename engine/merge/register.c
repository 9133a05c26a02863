/* merge/register.c — one register as a set of writes: taking one in, and forgetting what the others cover. Rules and terms: merge/row.h. */
#include "merge/register.h"

/* --- how two writes stand to each other --- */

static bool names_have(uint32_t count, const struct jemput_txn_name *names, const struct jemput_txn_name *name)
{
    uint32_t low = 0;

    while (low < count) {
        uint32_t middle = low + (count - low) / 2;
        int order = jemput_txn_name_compare(&names[middle], name);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return false;
}

static bool write_spares(const struct jemput_causality *c, const struct jemput_write *r, const struct jemput_write *u)
{
    struct jemput_txn_name name;

    if (r->spare_count == 0)
        return false;
    c->name(c->ctx, u->version, &name);
    return names_have(r->spare_count, r->spares, &name);
}

/* "u spares all that r spares" */
static bool write_spares_all(const struct jemput_write *u, const struct jemput_write *r)
{
    for (uint32_t i = 0; i < r->spare_count; i++) {
        if (!names_have(u->spare_count, u->spares, &r->spares[i]))
            return false;
    }
    return true;
}

/* Had a delete seen the version, and all that it had seen? */
static bool row_is_deleted_within(const struct jemput_row *row, uint64_t version, const struct jemput_causality *c)
{
    for (uint32_t i = 0; i < row->delete_count; i++) {
        if (c->within(c->ctx, version, row->deletes[i]))
            return true;
    }
    return false;
}

/* Both insert the row, and by one writer. */
static bool writes_insert_again(const struct jemput_causality *c, const struct jemput_write *r, const struct jemput_write *u)
{
    struct jemput_txn_name a, b;

    if (!r->inserted || !u->inserted)
        return false;
    c->name(c->ctx, r->version, &a);
    c->name(c->ctx, u->version, &b);
    return jemput_writer_compare(&a.writer, &b.writer) == 0;
}

bool jemput_write_replaces(const struct jemput_row *row, const struct jemput_causality *c, const struct jemput_write *r, const struct jemput_write *u)
{
    return c->saw(c->ctx, r->version, u->version) && !write_spares(c, r, u) &&
           (!r->inserted || writes_insert_again(c, r, u) || jemput_row_is_deleted(row, u->version, c));
}

static bool write_covers(const struct jemput_row *row, const struct jemput_causality *c, const struct jemput_write *r, const struct jemput_write *u)
{
    return c->within(c->ctx, u->version, r->version) && !write_spares(c, r, u) && write_spares_all(u, r) &&
           (!r->inserted || writes_insert_again(c, r, u) || row_is_deleted_within(row, u->version, c));
}

static enum jemput_relation versions_relation(const struct jemput_causality *c, uint64_t kept, uint64_t arriving)
{
    if (kept == arriving)
        return JEMPUT_RELATION_SAME;
    if (c->within(c->ctx, kept, arriving))
        return JEMPUT_RELATION_COVERED;
    if (c->within(c->ctx, arriving, kept))
        return JEMPUT_RELATION_COVERS;
    if (c->saw(c->ctx, arriving, kept))
        return JEMPUT_RELATION_REPLACED;
    if (c->saw(c->ctx, kept, arriving))
        return JEMPUT_RELATION_REPLACES;
    return JEMPUT_RELATION_APART;
}

enum jemput_relation jemput_arrival_relation(struct jemput_arrival *a, uint64_t kept)
{
    if (a->asked != kept) {
        a->answer = versions_relation(a->causality, kept, a->version);
        a->asked = kept;
    }
    return a->answer;
}

/* "where r inserts the row": how far it replaces what it had seen. */
static enum jemput_relation insert_relation(const struct jemput_arrival *a, const struct jemput_write *r, const struct jemput_write *seen,
                                            enum jemput_relation covers, enum jemput_relation replaces)
{
    if (writes_insert_again(a->causality, r, seen) || row_is_deleted_within(a->row, seen->version, a->causality))
        return covers;
    return jemput_row_is_deleted(a->row, seen->version, a->causality) ? replaces : JEMPUT_RELATION_APART;
}

static enum jemput_relation writes_relation(struct jemput_arrival *a, const struct jemput_write *kept, const struct jemput_write *arriving)
{
    enum jemput_relation relation = jemput_arrival_relation(a, kept->version);

    if (relation == JEMPUT_RELATION_COVERED && arriving->inserted)
        relation = insert_relation(a, arriving, kept, relation, JEMPUT_RELATION_REPLACED);
    else if (relation == JEMPUT_RELATION_REPLACED && arriving->inserted)
        relation = insert_relation(a, arriving, kept, relation, relation);
    else if (relation == JEMPUT_RELATION_COVERS && kept->inserted)
        relation = insert_relation(a, kept, arriving, relation, JEMPUT_RELATION_REPLACES);
    else if (relation == JEMPUT_RELATION_REPLACES && kept->inserted)
        relation = insert_relation(a, kept, arriving, relation, relation);
    if (kept->spare_count == 0 && arriving->spare_count == 0)
        return relation;
    switch (relation) {
    case JEMPUT_RELATION_COVERED:
    case JEMPUT_RELATION_REPLACED:
        if (write_spares(a->causality, arriving, kept))
            return JEMPUT_RELATION_APART;
        return write_spares_all(kept, arriving) ? relation : JEMPUT_RELATION_REPLACED;
    case JEMPUT_RELATION_COVERS:
    case JEMPUT_RELATION_REPLACES:
        if (write_spares(a->causality, kept, arriving))
            return JEMPUT_RELATION_APART;
        return write_spares_all(arriving, kept) ? relation : JEMPUT_RELATION_REPLACES;
    case JEMPUT_RELATION_SAME:
    case JEMPUT_RELATION_APART:
        break;
    }
    return relation;
}

/* --- taking a write in --- */

/* What is left of a write that is replaced. */
static void write_become_shadow(struct jemput_write *w)
{
    w->values = NULL;
    w->in_table = false;
}

static void register_append(struct jemput_register *r, const struct jemput_write *write)
{
    r->writes[r->write_count++] = *write;
}

static void register_insert(struct jemput_register *r, const struct jemput_write *write)
{
    uint32_t place = r->write_count++;

    for (; place > 0 && r->writes[place - 1].version > write->version; place--)
        r->writes[place] = r->writes[place - 1];
    r->writes[place] = *write;
}

/* "A register keeps the writes that no other write covers." */
static bool register_add_latest(struct jemput_register *next, const struct jemput_register *kept, struct jemput_arrival *arrival,
                                struct jemput_write *arriving)
{
    for (uint32_t i = 0; i < kept->write_count; i++) {
        enum jemput_relation relation = writes_relation(arrival, &kept->writes[i], arriving);

        if (relation == JEMPUT_RELATION_SAME || relation == JEMPUT_RELATION_COVERS)
            return false;
        if (relation == JEMPUT_RELATION_COVERED)
            continue;
        register_append(next, &kept->writes[i]);
        if (relation == JEMPUT_RELATION_REPLACED)
            write_become_shadow(&next->writes[next->write_count - 1]);
        if (relation == JEMPUT_RELATION_REPLACES)
            write_become_shadow(arriving);
    }
    register_insert(next, arriving);
    return true;
}

/* "one entry a line: the last version of that line that was merged and, as its value, the sum of the line's deltas". The memory of a cell that was
 * not carried is NULL: it adds nothing. Versions of a line come ascending, but for those that were refused and are let in later. */
static bool register_add_delta(struct jemput_register *next, const struct jemput_register *kept, const struct jemput_causality *c,
                               struct jemput_write *arriving)
{
    uint64_t line = c->line(c->ctx, arriving->version), version = arriving->version;
    uint64_t sum = arriving->values[0].type == JEMPUT_INTEGER ? (uint64_t)arriving->values[0].integer : 0;

    for (uint32_t i = 0; i < kept->write_count; i++) {
        const struct jemput_write *entry = &kept->writes[i];

        if (c->line(c->ctx, entry->version) != line) {
            register_append(next, entry);
        } else if (entry->version >= arriving->version && !c->let_in) {
            return false; /* "A version that is not above its line's entry is in already." */
        } else {
            sum += (uint64_t)entry->values[0].integer;
            version = entry->version > version ? entry->version : version;
        }
    }
    arriving->version = version;
    arriving->values[0] = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)sum };
    arriving->spare_count = 0; /* nothing is replaced, so nothing is spared */
    arriving->spares = NULL;
    arriving->inserted = false;
    register_insert(next, arriving);
    return true;
}

/* "of each value but NULL, the write that is lowest in `order` is kept besides": which of the kept ones go depends on all of them. */
static bool register_add_fact(struct jemput_register *next, const struct jemput_register *kept, const struct jemput_arrival *arrival,
                              const struct jemput_write *arriving)
{
    for (uint32_t i = 0; i < kept->write_count; i++) {
        if (kept->writes[i].version == arriving->version)
            return false;
        register_append(next, &kept->writes[i]);
    }
    register_insert(next, arriving);
    jemput_register_prune(next, arrival->row, JEMPUT_RULE_ONCE, arrival->causality);
    return true;
}

bool jemput_register_add(struct jemput_register *next, const struct jemput_register *kept, struct jemput_arrival *arrival,
                         struct jemput_write *arriving, enum jemput_rule rule)
{
    if (rule == JEMPUT_RULE_SUM)
        return register_add_delta(next, kept, arrival->causality, arriving);
    if (rule == JEMPUT_RULE_ONCE)
        return register_add_fact(next, kept, arrival, arriving);
    return register_add_latest(next, kept, arrival, arriving);
}

/* --- forgetting --- */

/* Is write `index` the lowest in `order` of those that carry its value? A shadow without values is not: a lower one carries its value. */
static bool write_is_lowest(const struct jemput_register *r, uint32_t index, const struct jemput_causality *c)
{
    const struct jemput_write *w = &r->writes[index];

    if (!w->values || w->values[0].type == JEMPUT_NULL)
        return false;
    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *other = &r->writes[i];

        if (i != index && other->version && other->values && jemput_value_equal(&other->values[0], &w->values[0]) &&
            c->order(c->ctx, other->version, w->version) < 0)
            return false;
    }
    return true;
}

/* What goes is marked with version 0 first: whatever a marked write covers, one that stays covers too. (A fact that goes is no lowest one of its
 * value, so there is a lower one that stays.) */
void jemput_register_prune(struct jemput_register *r, const struct jemput_row *row, enum jemput_rule rule, const struct jemput_causality *c)
{
    uint32_t kept = 0;

    if (rule == JEMPUT_RULE_SUM)
        return;
    for (uint32_t i = 0; i < r->write_count; i++) {
        if (rule == JEMPUT_RULE_ONCE && write_is_lowest(r, i, c))
            continue;
        for (uint32_t j = 0; j < r->write_count && r->writes[i].version; j++) {
            if (j != i && r->writes[j].version && write_covers(row, c, &r->writes[j], &r->writes[i]))
                r->writes[i].version = 0;
        }
    }
    for (uint32_t i = 0; i < r->write_count; i++) {
        if (r->writes[i].version)
            r->writes[kept++] = r->writes[i];
    }
    r->write_count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        if (rule == JEMPUT_RULE_ONCE && write_is_lowest(r, i, c))
            continue;
        for (uint32_t j = 0; j < kept; j++) {
            if (j != i && jemput_write_replaces(row, c, &r->writes[j], &r->writes[i]))
                write_become_shadow(&r->writes[i]);
        }
    }
}
