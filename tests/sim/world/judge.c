/* sim/world/judge.c — see judge.h. */
#include "judge.h"

#include <string.h>

enum truth { FALSE_, TRUE_, UNKNOWN_ };

static enum truth truth_of(bool is)
{
    return is ? TRUE_ : FALSE_;
}

static enum truth test_holds(const struct test *test, const val *row)
{
    const struct value *a = value_of(row[test->a]), *b = value_of(row[test->b]);

    switch (test->kind) {
    case TEST_NONE:
        return TRUE_;
    case TEST_THERE:
        return truth_of(a->kind != VALUE_NULL);
    case TEST_LEAST: /* integers only ever stand in such a column */
        return a->kind == VALUE_NULL ? UNKNOWN_ : truth_of(a->integer >= test->n);
    case TEST_LENGTH: /* ASCII without NULs only ever stands in such a column */
        return a->kind == VALUE_NULL ? UNKNOWN_ : truth_of(a->len <= (uint32_t)test->n);
    case TEST_ORDER:
        return a->kind == VALUE_NULL || b->kind == VALUE_NULL ? UNKNOWN_ : truth_of(a->integer <= b->integer);
    case TEST_BOTH:
        return truth_of((a->kind == VALUE_NULL) == (b->kind == VALUE_NULL));
    }
    return UNKNOWN_;
}

const char *judge_own(const struct table *t, const val *row)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].not_null && row[i] == 0)
            return "NOT NULL";
    for (unsigned i = 0; i < t->check_count; i++)
        if (test_holds(&t->checks[i], row) == FALSE_)
            return "CHECK";
    return "";
}

/* SQLite holds 1 and 1.0 equal. */
static val alike(val v)
{
    const struct value *of = value_of(v);

    if (of->kind == VALUE_REAL && of->real >= -1e15 && of->real <= 1e15 && (double)(int64_t)of->real == of->real)
        return value_integer((int64_t)of->real);
    return v;
}

static val lowered(val v)
{
    const struct value *of = value_of(v);
    char text[512];

    if (of->kind != VALUE_TEXT || of->len >= sizeof text)
        return v;
    for (uint32_t i = 0; i <= of->len; i++)
        text[i] = of->data[i] >= 'A' && of->data[i] <= 'Z' ? (char)(of->data[i] + 32) : of->data[i];
    return value_text(text);
}

bool judge_claim(const struct table *t, const struct unique *u, const val *row, val claim[TERMS_MAX])
{
    memset(claim, 0, TERMS_MAX * sizeof *claim);
    if (test_holds(&u->where, row) != TRUE_)
        return false;
    for (unsigned i = 0; i < u->term_count; i++) {
        val v = row[u->terms[i].column];

        if (v == 0)
            return false;
        claim[i] = u->terms[i].lower || t->columns[u->terms[i].column].nocase ? lowered(v) : alike(v);
    }
    return true;
}

bool judge_names(const struct link *l, const val *row, val names[KEY_MAX])
{
    memset(names, 0, KEY_MAX * sizeof *names);
    for (unsigned i = 0; i < l->count; i++) {
        if (row[l->columns[i]] == 0)
            return false;
        names[i] = l->nocase[i] ? lowered(row[l->columns[i]]) : alike(row[l->columns[i]]);
    }
    return true;
}

bool judge_is_named(const struct link *l, const val *parent, const val names[KEY_MAX])
{
    for (unsigned i = 0; i < l->count; i++)
        if ((l->nocase[i] ? lowered(parent[l->targets[i]]) : alike(parent[l->targets[i]])) != names[i])
            return false;
    return true;
}
