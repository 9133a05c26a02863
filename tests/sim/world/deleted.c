/* sim/world/deleted.c — rows that were deleted: which come back, on whose account, and in which others they go on. In the words of
 * engine/merge/restore.h. */
#include "story.h"

/* A write that neither this delete nor one of its own row's had seen. */
static bool story_was_written(const struct story *s, uint32_t delete)
{
    for (uint32_t i = 0; i < s->write_count; i++)
        if (!effect_saw(s->h, delete, s->writes[i]) && !story_is_deleted(s, s->writes[i]))
            return true;
    return false;
}

bool oracle_wants(const struct oracle *o, const struct oracle_row *row, const struct oracle_row *deleted)
{
    static struct story mine, theirs;
    bool any = false;

    story_read(&mine, o->history, o->set, row->row);
    story_read(&theirs, o->history, o->set, deleted->row);
    for (uint32_t i = 0; i < theirs.delete_count; i++) {
        if (!story_in_force(&theirs, theirs.deletes[i]))
            continue;
        any = true;
        if (!story_was_written(&mine, theirs.deletes[i]))
            return false;
    }
    return any;
}

static bool story_deleted_by(const struct story *s, uint32_t txn)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (s->h->effects[s->deletes[i]].txn == txn)
            return story_in_force(s, s->deletes[i]);
    return false;
}

bool oracle_went_with(const struct oracle *o, const struct oracle_row *deleted, const struct oracle_row *with)
{
    static struct story mine, theirs;
    bool any = false;

    story_read(&mine, o->history, o->set, deleted->row);
    story_read(&theirs, o->history, o->set, with->row);
    for (uint32_t i = 0; i < mine.delete_count; i++) {
        if (!story_in_force(&mine, mine.deletes[i]))
            continue;
        any = true;
        if (o->history->effects[mine.deletes[i]].successor != NONE) /* in its place another one goes on */
            return false;
        if (!story_deleted_by(&theirs, o->history->effects[mine.deletes[i]].txn))
            return false;
    }
    return any;
}

/* Does the row show a value that was not written in the knowledge of the deletion by `txn`? */
static bool row_undoes(const struct oracle *o, const struct story *s, const struct oracle_row *r, uint32_t txn)
{
    const struct table *t = &o->history->schema->tables[o->history->rows[r->row].table];
    uint32_t groups = table_groups(t);

    for (unsigned g = 0; g < 32; g++) {
        uint32_t siblings[WRITES_MAX], shown = NONE, count;
        unsigned ruled = group_ruled(t, 1u << g);
        bool living;

        if (!(groups & 1u << g) || (ruled != COLUMNS_MAX && t->columns[ruled].rule != RULE_RANK))
            continue;
        count = story_class(s, 1u << g, siblings, &living);
        for (uint32_t i = 0; i < count; i++)
            if (shown == NONE || shows_before(s, t, ruled, siblings[i], shown))
                shown = siblings[i];
        if (shown != NONE && !history_saw(o->history, o->history->effects[shown].txn, txn))
            return true;
    }
    return false;
}

bool oracle_undone(const struct oracle *o, const struct oracle_row *deleted, const struct oracle_row *parent)
{
    static struct story mine, theirs;

    story_read(&mine, o->history, o->set, deleted->row);
    story_read(&theirs, o->history, o->set, parent->row);
    for (uint32_t i = 0; i < mine.delete_count; i++) {
        uint32_t txn = o->history->effects[mine.deletes[i]].txn;

        if (story_in_force(&mine, mine.deletes[i]) && !(story_deleted_by(&theirs, txn) && row_undoes(o, &theirs, parent, txn)))
            return false;
    }
    return true;
}

uint32_t oracle_goes_on(const struct history *h, const struct txnset *set, uint32_t row)
{
    static struct story story;
    uint32_t found = NONE;

    story_read(&story, h, set, row);
    for (uint32_t i = 0; i < story.delete_count; i++) {
        const struct effect *e = &h->effects[story.deletes[i]];

        if (e->successor != NONE && story_in_force(&story, story.deletes[i]) &&
            (found == NONE || history_order(h, e->txn, h->effects[found].txn) > 0))
            found = story.deletes[i];
    }
    return found == NONE ? NONE : h->effects[found].successor;
}
