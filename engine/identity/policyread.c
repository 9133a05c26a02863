/* identity/policyread.c — a call of jemput_policy(), read. See policy.h. */
#include <stdlib.h>
#include <string.h>

#include "identity/policy.h"

struct reading {
    const struct jemput_table *table; /* NULL = '*' */
    struct jemput_bytes rest;         /* of the rule at hand */
    struct jemput_bytes name;         /* of the rule at hand */
    struct jemput_policy_rule *out;
    struct jemput_arena *arena;
    struct jemput_error *err;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c >= 0x80;
}

static void blanks_skip(struct jemput_bytes *b)
{
    while (b->len && is_blank(*b->data))
        *b = jemput_bytes_of(b->data + 1, b->len - 1);
}

/* Is the next sign this one? Then take it. */
static bool sign_take(struct jemput_bytes *b, char sign)
{
    blanks_skip(b);
    if (!b->len || *b->data != (uint8_t)sign)
        return false;
    *b = jemput_bytes_of(b->data + 1, b->len - 1);
    return true;
}

static struct jemput_bytes word_take(struct jemput_bytes *b)
{
    struct jemput_bytes word;

    blanks_skip(b);
    word = jemput_bytes_of(b->data, 0);
    while (word.len < b->len && is_word(b->data[word.len]))
        word.len++;
    *b = jemput_bytes_of(b->data + word.len, b->len - word.len);
    return word;
}

/* Everything up to the next ';' that stands in no quotes. */
static struct jemput_bytes rule_take(struct jemput_bytes *b)
{
    struct jemput_bytes rule = { b->data, 0 };
    bool quoted = false;

    while (rule.len < b->len && (quoted || b->data[rule.len] != ';')) {
        quoted ^= b->data[rule.len] == '\'';
        rule.len++;
    }
    *b = rule.len < b->len ? jemput_bytes_of(b->data + rule.len + 1, b->len - rule.len - 1) : (struct jemput_bytes){ 0 };
    return rule;
}

/* --- columns --- */

static bool names_equal(struct jemput_bytes word, const char *name)
{
    for (size_t i = 0; i < word.len; i++) {
        uint8_t a = word.data[i], b = (uint8_t)name[i];

        a = a >= 'A' && a <= 'Z' ? (uint8_t)(a + 32) : a;
        b = b >= 'A' && b <= 'Z' ? (uint8_t)(b + 32) : b;
        if (a != b || !b)
            return false;
    }
    return name[word.len] == '\0';
}

static enum jemput_status column_read(struct reading *r, uint16_t *out)
{
    struct jemput_bytes word = word_take(&r->rest);

    if (!word.len)
        return jemput_fail(r->err, JEMPUT_DENIED, "%.*s: the name of a column is missing", (int)r->name.len, (const char *)r->name.data);
    for (uint16_t i = 0; i < r->table->column_count; i++) {
        const struct jemput_column *c = &r->table->columns[i];

        if (!names_equal(word, c->name))
            continue;
        if (c->key_place || c->generated)
            return jemput_fail(r->err, JEMPUT_DENIED, "%.*s: column '%s' is %s: nobody changes it", (int)r->name.len, (const char *)r->name.data,
                               c->name, c->key_place ? "of the key" : "generated");
        *out = i;
        return JEMPUT_OK;
    }
    return jemput_fail(r->err, JEMPUT_DENIED, "%.*s: table '%s' has no column '%.*s'", (int)r->name.len, (const char *)r->name.data, r->table->name,
                       (int)word.len, (const char *)word.data);
}

static int column_compare(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static bool columns_have(const struct jemput_policy_columns *c, uint16_t column)
{
    for (uint16_t i = 0; i < c->count; i++)
        if (c->columns[i] == column)
            return true;
    return false;
}

/* Columns that merge as one travel together: whoever may change one of them could not be told from who changes another. */
static enum jemput_status columns_whole(struct reading *r, const struct jemput_policy_columns *c)
{
    for (uint16_t i = 0; i < c->count; i++) {
        const struct jemput_group *g = &r->table->groups[r->table->columns[c->columns[i]].group];

        for (uint16_t k = 0; k < g->column_count; k++)
            if (!columns_have(c, g->columns[k]))
                return jemput_fail(r->err, JEMPUT_DENIED, "%.*s: columns '%s' and '%s' merge as one: name both", (int)r->name.len,
                                   (const char *)r->name.data, r->table->columns[c->columns[i]].name, r->table->columns[g->columns[k]].name);
    }
    return JEMPUT_OK;
}

/* "insert" or "insert=a,b". */
static enum jemput_status columns_read(struct reading *r, bool whole, bool *allowed, struct jemput_policy_columns *out)
{
    enum jemput_status st = JEMPUT_OK;

    if (*allowed)
        return jemput_fail(r->err, JEMPUT_DENIED, "%.*s is given twice", (int)r->name.len, (const char *)r->name.data);
    *allowed = true;
    out->all = !sign_take(&r->rest, '=');
    if (out->all)
        return JEMPUT_OK;
    if (!r->table)
        return jemput_fail(r->err, JEMPUT_DENIED, "%.*s: '*' means every table: name no columns", (int)r->name.len,
                           (const char *)r->name.data);
    out->columns = jemput_arena_array(r->arena, r->table->column_count, sizeof *out->columns);
    if (!out->columns)
        return jemput_fail(r->err, JEMPUT_NOMEM, "no memory for a policy");
    do {
        uint16_t column;

        st = column_read(r, &column);
        if (!st && !columns_have(out, column))
            out->columns[out->count++] = column;
    } while (!st && sign_take(&r->rest, ','));
    qsort(out->columns, out->count, sizeof *out->columns, column_compare);
    return st || !whole ? st : columns_whole(r, out);
}

/* --- steps --- */

static enum jemput_status quoted_read(struct reading *r, struct jemput_bytes *out)
{
    struct jemput_bytes *b = &r->rest;
    uint8_t *text = jemput_arena_array(r->arena, b->len + 1, 1);
    size_t len = 0, at = 1;

    if (!text)
        return jemput_fail(r->err, JEMPUT_NOMEM, "no memory for a policy");
    for (; at < b->len; at++) {
        if (b->data[at] == '\'' && !(at + 1 < b->len && b->data[at + 1] == '\''))
            break;
        at += b->data[at] == '\'';
        text[len++] = b->data[at];
    }
    if (at >= b->len)
        return jemput_fail(r->err, JEMPUT_DENIED, "steps: a quote is not closed");
    *b = jemput_bytes_of(b->data + at + 1, b->len - at - 1);
    *out = jemput_bytes_of(text, len);
    return JEMPUT_OK;
}

/* A word or a quoted text; without data if there is none. */
static enum jemput_status state_read(struct reading *r, struct jemput_bytes *out)
{
    struct jemput_bytes word;

    blanks_skip(&r->rest);
    if (r->rest.len && *r->rest.data == '\'')
        return quoted_read(r, out);
    word = word_take(&r->rest);
    *out = word.len ? jemput_arena_copy(r->arena, word) : (struct jemput_bytes){ 0 };
    return word.len && !out->data ? jemput_fail(r->err, JEMPUT_NOMEM, "no memory for a policy") : JEMPUT_OK;
}

static enum jemput_status step_read(struct reading *r, uint16_t column)
{
    struct jemput_policy_step *step = &r->out->steps[r->out->step_count];
    enum jemput_status st = JEMPUT_OK;

    if (r->out->step_count == JEMPUT_POLICY_STEPS_MAX)
        return jemput_fail(r->err, JEMPUT_LIMIT, "steps: more than %d", JEMPUT_POLICY_STEPS_MAX);
    *step = (struct jemput_policy_step){ .column = column, .from_any = sign_take(&r->rest, '*') };
    if (!step->from_any)
        st = state_read(r, &step->from);
    if (st)
        return st;
    if (!sign_take(&r->rest, '>'))
        return jemput_fail(r->err, JEMPUT_DENIED, "steps: write each as FROM>TO, such as DRAF>LENGKAP, or >DRAF for a new row");
    st = state_read(r, &step->to);
    if (!st && !step->to.data)
        st = jemput_fail(r->err, JEMPUT_DENIED, "steps: it is not said where a step goes");
    if (st)
        return st;
    r->out->step_columns |= UINT64_C(1) << column % 64;
    r->out->step_count++;
    return JEMPUT_OK;
}

static enum jemput_status steps_read(struct reading *r)
{
    uint16_t column;
    enum jemput_status st;

    if (!r->table)
        return jemput_fail(r->err, JEMPUT_DENIED, "steps: '*' means every table: name one table");
    if (!sign_take(&r->rest, '='))
        return jemput_fail(r->err, JEMPUT_DENIED, "steps: write steps=column:FROM>TO,…");
    st = column_read(r, &column);
    if (!st && r->table->columns[column].rule != JEMPUT_RULE_LATEST && r->table->columns[column].rule != JEMPUT_RULE_RANK)
        st = jemput_fail(r->err, JEMPUT_DENIED, "steps: column '%s' is a counter or a fact: it has no steps", r->table->columns[column].name);
    if (!st && !sign_take(&r->rest, ':'))
        st = jemput_fail(r->err, JEMPUT_DENIED, "steps: write steps=column:FROM>TO,…");
    if (!st && !r->out->steps) {
        r->out->steps = jemput_arena_array(r->arena, JEMPUT_POLICY_STEPS_MAX, sizeof *r->out->steps);
        if (!r->out->steps)
            st = jemput_fail(r->err, JEMPUT_NOMEM, "no memory for a policy");
    }
    do {
        if (!st)
            st = step_read(r, column);
    } while (!st && sign_take(&r->rest, ','));
    return st;
}

/* --- the call --- */

static enum jemput_status scope_read(struct reading *r)
{
    if (!r->table)
        return jemput_fail(r->err, JEMPUT_DENIED, "scope: '*' means every table: name one table");
    if (r->out->has_scope)
        return jemput_fail(r->err, JEMPUT_DENIED, "scope is given twice");
    if (!sign_take(&r->rest, '='))
        return jemput_fail(r->err, JEMPUT_DENIED, "scope: write scope=column");
    r->out->has_scope = true;
    return column_read(r, &r->out->scope);
}

static enum jemput_status rule_read(struct reading *r)
{
    enum jemput_status st;

    r->name = word_take(&r->rest);
    if (jemput_bytes_equal(r->name, jemput_bytes_str("insert")))
        st = columns_read(r, false, &r->out->inserts, &r->out->insert);
    else if (jemput_bytes_equal(r->name, jemput_bytes_str("update")))
        st = columns_read(r, true, &r->out->updates, &r->out->update);
    else if (jemput_bytes_equal(r->name, jemput_bytes_str("steps")))
        st = steps_read(r);
    else if (jemput_bytes_equal(r->name, jemput_bytes_str("scope")))
        st = scope_read(r);
    else if (jemput_bytes_equal(r->name, jemput_bytes_str("delete"))) {
        st = r->out->deletes ? jemput_fail(r->err, JEMPUT_DENIED, "delete is given twice") : JEMPUT_OK;
        r->out->deletes = true;
    } else
        return jemput_fail(r->err, JEMPUT_DENIED, "'%.*s' is not one of insert, update, delete, steps, scope", (int)r->name.len,
                           r->name.len ? (const char *)r->name.data : "");
    blanks_skip(&r->rest);
    if (!st && r->rest.len)
        st = jemput_fail(r->err, JEMPUT_DENIED, "%.*s: '%.*s' was not expected", (int)r->name.len, (const char *)r->name.data,
                         (int)(r->rest.len < 40 ? r->rest.len : 40), (const char *)r->rest.data);
    return st;
}

enum jemput_status jemput_policy_read(struct jemput_policy_rule *out, const struct jemput_table *table, struct jemput_bytes roles,
                                      struct jemput_bytes rules, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_policy_rule rule = { .table = table ? table->id : 0, .roles = jemput_roles_parse(roles) };
    struct reading r = { .table = table, .out = &rule, .arena = arena, .err = err };
    enum jemput_status st = JEMPUT_OK;

    if (!rule.roles)
        return jemput_fail(err, JEMPUT_DENIED, "no roles in '%.*s': name petugas, kelurahan, verifikator, admin, pusat or kominfo",
                           (int)(roles.len < 80 ? roles.len : 80), roles.len ? (const char *)roles.data : "");
    if (rule.roles & JEMPUT_ROLE_KOMINFO)
        return jemput_fail(err, JEMPUT_DENIED, "role kominfo reads and writes no rows: it has no policy");
    while (!st && rules.len) {
        r.rest = rule_take(&rules);
        blanks_skip(&r.rest);
        if (r.rest.len)
            st = rule_read(&r);
    }
    if (!st)
        *out = rule;
    return st;
}
