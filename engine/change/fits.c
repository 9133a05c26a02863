/* change/fits.c — can a table hold a change as it is?
 * After https://www.sqlite.org/datatype3.html, "Type Affinity"; which text is a number: sqlite3AtoF() in SQLite's util.c. */
#include "change/fits.h"

#include "base/limits.h"
#include "change/key.h"

#define REAL_EXACT 9007199254740992 /* 2^53: up to here a REAL has every integer */

static size_t digits_skip(struct jemput_bytes text, size_t at)
{
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

static size_t sign_skip(struct jemput_bytes text, size_t at)
{
    return at < text.len && (text.data[at] == '+' || text.data[at] == '-') ? at + 1 : at;
}

static size_t blanks_skip(struct jemput_bytes text, size_t at)
{
    while (at < text.len && (text.data[at] == ' ' || (text.data[at] >= '\t' && text.data[at] <= '\r')))
        at++;
    return at;
}

/* Text that a column of numbers turns into one: blanks, sign, digits with a point, exponent, blanks. */
static bool text_is_number(struct jemput_bytes text)
{
    size_t at = sign_skip(text, blanks_skip(text, 0)), from = at, digits, end;

    at = digits_skip(text, at);
    digits = at - from;
    if (at < text.len && text.data[at] == '.') {
        from = at + 1;
        at = digits_skip(text, from);
        digits += at - from;
    }
    if (digits == 0)
        return false;
    if (at < text.len && (text.data[at] == 'e' || text.data[at] == 'E')) {
        from = sign_skip(text, at + 1);
        end = digits_skip(text, from);
        if (end == from)
            return false;
        at = end;
    }
    return blanks_skip(text, at) == text.len;
}

/* Has a REAL the value of an INTEGER that SQLite would keep instead? The two ends of the range it leaves alone. */
static bool real_is_integer(double real)
{
    return real > (double)INT64_MIN && real < (double)INT64_MAX && real == (double)(int64_t)real;
}

bool jemput_value_is_kept(const struct jemput_value *v, enum jemput_affinity affinity, bool of_key)
{
    bool number = v->type == JEMPUT_INTEGER || v->type == JEMPUT_REAL;

    if (affinity == JEMPUT_AFFINITY_NONE || v->type == JEMPUT_NULL || v->type == JEMPUT_BLOB)
        return true;
    if (affinity == JEMPUT_AFFINITY_TEXT)
        return !number;
    if (v->type == JEMPUT_TEXT)
        return !text_is_number(v->bytes);
    if (affinity == JEMPUT_AFFINITY_NUMBER)
        return v->type == JEMPUT_INTEGER || !real_is_integer(v->real);
    if (v->type == JEMPUT_INTEGER)
        return of_key && v->integer >= -REAL_EXACT && v->integer <= REAL_EXACT;
    return v->real != 0 || !__builtin_signbit(v->real);
}

static bool key_fits(struct jemput_bytes key, const struct jemput_table *table)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_error ignored;

    if (jemput_key_read(values, table->key_count, key, &ignored) != JEMPUT_OK)
        return false;
    for (uint8_t i = 0; i < table->key_count; i++)
        if (!jemput_value_is_kept(&values[i], table->columns[table->key_columns[i]].affinity, true))
            return false;
    return true;
}

bool jemput_change_fits(const struct jemput_change *change, const struct jemput_table *table)
{
    if (!key_fits(change->key, table) || (change->successor.len && !key_fits(change->successor, table)))
        return false;
    for (uint16_t i = 0; i < change->cell_count; i++) {
        const struct jemput_cell *cell = &change->cells[i];
        const struct jemput_column *column = cell->column < table->column_count ? &table->columns[cell->column] : NULL;

        if (!column || column->group == JEMPUT_GROUP_NONE || !jemput_value_is_kept(&cell->value, column->affinity, false))
            return false;
        if (cell->is_delta && column->rule != JEMPUT_RULE_SUM)
            return false;
    }
    return true;
}
