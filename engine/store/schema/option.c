/* store/schema/option.c — the options of jemput_replicate(), read. */
#include "store/schema/option.h"

#include <string.h>

#include "store/object/media.h"

struct reading { /* one option */
    struct jemput_grouping *g;
    const char *name;
    struct sql_scan rest;
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for options");
}

static enum jemput_status reading_end(struct reading *r, struct jemput_error *err)
{
    struct sql_token t = sql_next(&r->rest);

    if (t.kind == SQL_END)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_DENIED, "option %s: '%.*s' was not expected", r->name, (int)t.len, t.text);
}

static bool reading_takes(struct reading *r, char sign)
{
    struct sql_token t = sql_peek(&r->rest);

    if (sql_is_sign(&t, sign))
        sql_next(&r->rest);
    return sql_is_sign(&t, sign);
}

/* --- columns --- */

static enum jemput_status column_read(struct reading *r, uint16_t *out, struct jemput_error *err)
{
    struct sql_token t = sql_next(&r->rest);

    if (t.kind == SQL_END || t.kind == SQL_SIGN)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: the name of a column is missing", r->name);
    *out = jemput_column_named(r->g->table, &t);
    if (*out == JEMPUT_COLUMN_NONE)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: the table has no column '%.*s'", r->name, (int)t.len, t.text);
    return JEMPUT_OK;
}

static enum jemput_status carried_read(struct reading *r, uint16_t *out, struct jemput_error *err)
{
    const struct jemput_column *c;
    enum jemput_status st = column_read(r, out, err);

    if (st)
        return st;
    c = &r->g->table->columns[*out];
    if (c->key_place)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: column '%s' is of the key, which never changes", r->name, c->name);
    if (c->generated)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: column '%s' is generated", r->name, c->name);
    return JEMPUT_OK;
}

static enum jemput_status option_group(struct reading *r, struct jemput_error *err)
{
    struct jemput_column_set set = { 0 };
    enum jemput_status st = JEMPUT_OK;

    do {
        uint16_t c;

        st = carried_read(r, &c, err);
        if (!st)
            jemput_column_add(r->g, c, &set);
    } while (!st && reading_takes(r, ','));
    if (!st)
        jemput_columns_tie(r->g, &set, "declared");
    return st ? st : reading_end(r, err);
}

static enum jemput_status option_identity(struct reading *r, struct jemput_error *err)
{
    uint16_t c;
    enum jemput_status st;

    do {
        st = carried_read(r, &c, err);
        if (!st)
            r->g->table->columns[c].identity = r->g->table->has_identity = true;
    } while (!st && reading_takes(r, ','));
    return st ? st : reading_end(r, err);
}

static enum jemput_status option_before(struct reading *r, struct jemput_error *err)
{
    uint16_t c;
    enum jemput_status st;

    do {
        st = carried_read(r, &c, err);
        if (!st)
            r->g->table->columns[c].carries_before = true;
    } while (!st && reading_takes(r, ','));
    return st ? st : reading_end(r, err);
}

/* --- rules --- */

static enum jemput_status rule_read(struct reading *r, enum jemput_rule rule, struct jemput_column **out, struct jemput_error *err)
{
    uint16_t c;
    enum jemput_status st = carried_read(r, &c, err);

    if (st)
        return st;
    *out = &r->g->table->columns[c];
    if ((*out)->rule != JEMPUT_RULE_LATEST)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: column '%s' has a rule already: give it one", r->name, (*out)->name);
    (*out)->rule = rule;
    return JEMPUT_OK;
}

static enum jemput_status option_sum(struct reading *r, struct jemput_error *err)
{
    struct jemput_column *column;
    enum jemput_status st = rule_read(r, JEMPUT_RULE_SUM, &column, err);

    return st ? st : reading_end(r, err);
}

static enum jemput_status option_once(struct reading *r, struct jemput_error *err)
{
    struct jemput_column *column;
    enum jemput_status st = rule_read(r, JEMPUT_RULE_ONCE, &column, err);

    return st ? st : reading_end(r, err);
}

/* 'it''s' → it's, in the arena. */
static bool string_unquote(const struct sql_token *t, struct jemput_arena *arena, struct jemput_bytes *out)
{
    uint8_t *text = jemput_arena_alloc(arena, t->len);
    size_t len = 0;

    for (size_t i = 1; text && i + 1 < t->len; i++) {
        text[len++] = (uint8_t)t->text[i];
        i += t->text[i] == '\'';
    }
    *out = jemput_bytes_of(text, len);
    return text != NULL;
}

/* A bare word, a number, or 'quoted text'; as text. */
static enum jemput_status rank_value(struct reading *r, struct jemput_bytes *out, struct jemput_error *err)
{
    struct sql_token t = sql_next(&r->rest), digits = sql_peek(&r->rest);

    if (sql_is_sign(&t, '-') && digits.kind == SQL_NUMBER && digits.text == t.text + 1) {
        sql_next(&r->rest);
        t = (struct sql_token){ SQL_NUMBER, t.text, digits.len + 1 };
    }
    if (t.kind == SQL_END || t.kind == SQL_SIGN)
        return jemput_fail(err, JEMPUT_DENIED, "option rank: a value is missing");
    if (t.kind == SQL_QUOTED || (t.kind == SQL_STRING && (t.text[0] != '\'' || t.len < 2 || t.text[t.len - 1] != '\'')))
        return jemput_fail(err, JEMPUT_DENIED, "option rank: %.*s is not a value: write a word, a number, or 'text'", (int)t.len, t.text);
    if (t.kind == SQL_STRING)
        return string_unquote(&t, r->g->arena, out) ? JEMPUT_OK : nomem(err);
    *out = jemput_bytes_of(t.text, t.len);
    return JEMPUT_OK;
}

/* :X<Y<Z, at least two values, rising. */
static enum jemput_status ranks_read(struct reading *r, struct jemput_bytes *ranks, uint16_t *count, struct jemput_error *err)
{
    bool more = reading_takes(r, ':');
    struct sql_token end;

    *count = 0;
    while (more) {
        struct jemput_bytes value;
        enum jemput_status st = rank_value(r, &value, err);

        if (st)
            return st;
        for (uint16_t i = 0; i < *count; i++)
            if (jemput_bytes_equal(ranks[i], value))
                return jemput_fail(err, JEMPUT_DENIED, "option rank: value '%.*s' is named twice", (int)value.len, (const char *)value.data);
        if (*count == JEMPUT_RANKS_MAX)
            return jemput_fail(err, JEMPUT_DENIED, "option rank: there are more than %d values", JEMPUT_RANKS_MAX);
        ranks[(*count)++] = value;
        more = reading_takes(r, '<');
    }
    end = sql_peek(&r->rest);
    if (*count < 2 || end.kind != SQL_END)
        return jemput_fail(err, JEMPUT_DENIED, "option rank: write rank=column:LOW<MIDDLE<HIGH");
    return JEMPUT_OK;
}

static enum jemput_status option_rank(struct reading *r, struct jemput_error *err)
{
    struct jemput_bytes ranks[JEMPUT_RANKS_MAX];
    struct jemput_column *column = NULL;
    uint16_t count = 0;
    enum jemput_status st = rule_read(r, JEMPUT_RULE_RANK, &column, err);

    if (!st)
        st = ranks_read(r, ranks, &count, err);
    if (st)
        return st;
    column->ranks = jemput_arena_array(r->g->arena, count, sizeof *column->ranks);
    if (!column->ranks)
        return nomem(err);
    for (uint16_t i = 0; i < count; i++) { /* the words stand in the caller's text */
        column->ranks[i] = jemput_arena_copy(r->g->arena, ranks[i]);
        if (!column->ranks[i].data)
            return nomem(err);
    }
    column->rank_count = count;
    return JEMPUT_OK;
}

/* --- parent= --- */

static bool columns_equal(const uint16_t *a, uint16_t a_count, const uint16_t *b, uint16_t b_count)
{
    return a_count == b_count && memcmp(a, b, a_count * sizeof *a) == 0;
}

/* "a, b" for a message; cut where it must be. */
static void columns_name(const struct jemput_grouping *g, const struct jemput_orphan_rule *rule, char *out, size_t size)
{
    out[0] = '\0';
    for (uint16_t i = 0; i < rule->column_count; i++) {
        size_t len = strlen(out);

        sqlite3_snprintf((int)(size - len), out + len, "%s%s", i ? ", " : "", g->table->columns[rule->columns[i]].name);
    }
}

static enum jemput_status orphan_check(const struct jemput_grouping *g, const struct jemput_orphan_rule *rule, struct jemput_error *err)
{
    const struct jemput_table *t = g->table;
    char names[128];
    bool there = false;

    columns_name(g, rule, names, sizeof names);
    for (uint32_t i = 0; i < g->declared->link_count; i++)
        there = there || columns_equal(g->declared->links[i].columns, g->declared->links[i].count, rule->columns, rule->column_count);
    if (!there)
        return jemput_fail(err, JEMPUT_DENIED, "option parent: the table has no FOREIGN KEY (%s): name the columns of one, in its order", names);
    for (uint16_t i = 0; i < t->orphan_rule_count; i++)
        if (columns_equal(t->orphan_rules[i].columns, t->orphan_rules[i].column_count, rule->columns, rule->column_count))
            return jemput_fail(err, JEMPUT_DENIED, "option parent: FOREIGN KEY (%s) is named twice", names);
    return JEMPUT_OK;
}

static enum jemput_status orphan_read(struct reading *r, enum jemput_orphan *out, struct jemput_error *err)
{
    static const char *const words[] = { "restore", "cascade", "hold" }; /* enum jemput_orphan */
    struct sql_token t = reading_takes(r, ':') ? sql_next(&r->rest) : (struct sql_token){ .kind = SQL_END };

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (sql_is_word(&t, words[i])) {
            *out = (enum jemput_orphan)i;
            return reading_end(r, err);
        }
    }
    return jemput_fail(err, JEMPUT_DENIED, "option parent: write parent=column:restore, parent=column:cascade or parent=column:hold");
}

static enum jemput_status option_parent(struct reading *r, struct jemput_error *err)
{
    struct jemput_table *t = r->g->table;
    uint16_t columns[JEMPUT_COLUMNS_MAX];
    struct jemput_orphan_rule rule = { .columns = columns };
    enum jemput_status st;

    do {
        if (rule.column_count == JEMPUT_COLUMNS_MAX)
            return jemput_fail(err, JEMPUT_DENIED, "option parent: there are more than %d columns", JEMPUT_COLUMNS_MAX);
        st = column_read(r, &columns[rule.column_count++], err);
    } while (!st && reading_takes(r, ','));
    if (!st)
        st = orphan_read(r, &rule.orphan, err);
    if (!st)
        st = orphan_check(r->g, &rule, err);
    if (st)
        return st;
    if (!t->orphan_rules) /* one for each foreign key at most */
        t->orphan_rules = jemput_arena_array(r->g->arena, r->g->declared->link_count, sizeof *t->orphan_rules);
    rule.columns = jemput_arena_array(r->g->arena, rule.column_count, sizeof *rule.columns);
    if (!t->orphan_rules || !rule.columns)
        return nomem(err);
    memcpy(rule.columns, columns, rule.column_count * sizeof *columns);
    t->orphan_rules[t->orphan_rule_count++] = rule;
    return JEMPUT_OK;
}

/* --- triggers= --- */

static enum jemput_status trigger_read(struct reading *r, const char **out, struct jemput_error *err)
{
    struct sql_token t = sql_next(&r->rest);
    size_t quote = t.kind == SQL_QUOTED;
    char *name;

    if (t.kind != SQL_WORD && t.kind != SQL_QUOTED)
        return jemput_fail(err, JEMPUT_DENIED, "option triggers: the name of a trigger is missing");
    name = jemput_arena_str(r->g->arena, jemput_bytes_of(t.text + quote, t.len > 2 * quote ? t.len - 2 * quote : 0));
    if (!name)
        return nomem(err);
    if (!jemput_name_is_plain(name))
        return jemput_fail(err, JEMPUT_DENIED,
                           "option triggers: a name must be made of letters, digits and _, not begin with a digit, and have at "
                           "most %d bytes: rename the trigger",
                           JEMPUT_NAME_BYTES_MAX);
    if (sqlite3_strnicmp(name, "jemput_", 7) == 0)
        return jemput_fail(err, JEMPUT_DENIED, "option triggers: names beginning with jemput_ are not the app's");
    *out = name;
    return JEMPUT_OK;
}

static enum jemput_status option_triggers(struct reading *r, struct jemput_error *err)
{
    struct jemput_table *t = r->g->table;
    enum jemput_status st;

    if (!t->triggers)
        t->triggers = jemput_arena_array(r->g->arena, JEMPUT_TRIGGERS_MAX, sizeof *t->triggers);
    if (!t->triggers)
        return nomem(err);
    do {
        const char *name = NULL;

        st = trigger_read(r, &name, err);
        for (uint16_t i = 0; !st && i < t->trigger_count; i++)
            if (sqlite3_stricmp(t->triggers[i], name) == 0)
                st = jemput_fail(err, JEMPUT_DENIED, "option triggers: '%s' is named twice", name);
        if (!st && t->trigger_count == JEMPUT_TRIGGERS_MAX)
            st = jemput_fail(err, JEMPUT_DENIED, "option triggers: there are more than %d", JEMPUT_TRIGGERS_MAX);
        if (!st)
            t->triggers[t->trigger_count++] = name;
    } while (!st && reading_takes(r, ','));
    return st ? st : reading_end(r, err);
}

/* --- attachments= --- */

static bool has_column(const struct jemput_table *t, const char *name)
{
    for (uint16_t i = 0; i < t->column_count; i++)
        if (sqlite3_stricmp(t->columns[i].name, name) == 0 && !t->columns[i].generated)
            return true;
    return false;
}

static enum jemput_status option_attachments(struct reading *r, struct jemput_error *err)
{
    static const char *const columns[] = { JEMPUT_MEDIA_COLUMNS };
    struct sql_token t = sql_next(&r->rest);
    struct jemput_table *table = r->g->table;

    if (table->attachments)
        return jemput_fail(err, JEMPUT_DENIED, "option attachments: it is given twice: leave one out");
    for (size_t i = 0; i < t.len; i++) {
        if (t.kind != SQL_NUMBER || t.text[i] < '0' || t.text[i] > '9' || i >= 15)
            return jemput_fail(err, JEMPUT_DENIED, "option attachments: write the bytes that a device may add in a day; 0: any number");
        table->attachments_day = 10 * table->attachments_day + (t.text[i] - '0');
    }
    if (t.len == 0)
        return jemput_fail(err, JEMPUT_DENIED, "option attachments: write the bytes that a device may add in a day; 0: any number");
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (!has_column(table, columns[i]))
            return jemput_fail(err, JEMPUT_DENIED, "option attachments: the table needs a column '%s' (schema/formats/media.md)", columns[i]);
    if (table->key_count != 1 || sqlite3_stricmp(table->columns[table->key_columns[0]].name, "id") != 0)
        return jemput_fail(err, JEMPUT_DENIED, "option attachments: the table's key must be id, and nothing else");
    table->attachments = true;
    return reading_end(r, err);
}

/* --- all of them --- */

static enum jemput_status option_key(struct reading *r, struct jemput_error *err)
{
    struct sql_token value = sql_next(&r->rest);

    if (!sql_is_word(&value, "app"))
        return jemput_fail(err, JEMPUT_DENIED, "option key: only key=app exists");
    r->g->key_app = true;
    return reading_end(r, err);
}

static enum jemput_status option_read(struct jemput_grouping *g, struct sql_scan text, struct jemput_error *err)
{
    static const struct {
        const char *name;
        enum jemput_status (*read)(struct reading *, struct jemput_error *);
    } options[] = {
        { "group", option_group }, { "identity", option_identity }, { "before", option_before },
        { "key", option_key },     { "rank", option_rank },         { "sum", option_sum },
        { "once", option_once },   { "parent", option_parent },     { "triggers", option_triggers },
        { "attachments", option_attachments },
    };
    struct sql_token name = sql_next(&text), equals = sql_next(&text);

    if (name.kind == SQL_END)
        return JEMPUT_OK; /* "a;;b" */
    if (!sql_is_sign(&equals, '='))
        return jemput_fail(err, JEMPUT_DENIED, "option '%.*s': write name=value", (int)name.len, name.text);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (sql_is_word(&name, options[i].name)) {
            struct reading r = { g, options[i].name, text };

            return options[i].read(&r, err);
        }
    }
    return jemput_fail(err, JEMPUT_DENIED,
                       "option '%.*s' does not exist; there are group, identity, before, key, rank, sum, once, parent, triggers and attachments",
                       (int)name.len, name.text);
}

enum jemput_status jemput_options_read(struct jemput_grouping *g, const char *options, struct jemput_error *err)
{
    struct sql_scan rest = sql_scan_of(options);
    enum jemput_status st = JEMPUT_OK;

    while (!st && rest.at < rest.end) {
        struct sql_scan piece;

        sql_next_part(&rest, ';', &piece);
        st = option_read(g, piece, err);
    }
    return st;
}
