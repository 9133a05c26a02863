/* layout.c — import layouts. They are part of the program: one that cannot be read is a bug. */
#include "layout.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cell.h"
#include "embedded.h"

const char *const layout_tables[LAYOUT_TARGETS] = { "keluarga", "orang", "permohonan", "catatan" };

enum { COLUMN, TABLE, FIELD, KIND, REQUIRED, RULE_CELLS = 6 };

static void name_copy(char out[LAYOUT_NAME_BYTES], const char *text)
{
    int len = snprintf(out, LAYOUT_NAME_BYTES, "%s", text);

    assert(len < LAYOUT_NAME_BYTES);
}

static void kind_read(struct layout_rule *rule, const char *text)
{
    static const char *const kinds[] = { "text", "digits", "date", "code", "map", "skip" };
    size_t len = strcspn(text, ":");
    unsigned kind = 0;

    while (strlen(kinds[kind]) != len || strncmp(kinds[kind], text, len) != 0) {
        kind++;
        assert(kind < sizeof kinds / sizeof kinds[0]);
    }
    rule->kind = (enum layout_kind)kind;
    name_copy(rule->list, text[len] ? text + len + 1 : "");
}

static int rule_read(void *ctx, const struct csv_row *row)
{
    struct layout *l = ctx;
    struct layout_rule *rule = &l->rules[l->rule_count];
    unsigned target = 0;

    if (row->line == 1)
        return 0;
    assert(l->rule_count < LAYOUT_RULES_MAX && row->cell_count == RULE_CELLS);
    name_copy(rule->column, row->cells[COLUMN].data);
    name_copy(rule->field, row->cells[FIELD].data);
    kind_read(rule, row->cells[KIND].data);
    rule->required = strcmp(row->cells[REQUIRED].data, "ya") == 0;
    while (rule->kind != LAYOUT_SKIP && strcmp(layout_tables[target], row->cells[TABLE].data) != 0) {
        target++;
        assert(target < LAYOUT_TARGETS);
    }
    rule->target = (enum layout_target)target;
    l->rule_count++;
    return 0;
}

static void layout_unmatch(struct layout *l)
{
    l->matched = 0;
    l->doubled = NULL;
    for (unsigned i = 0; i < l->rule_count; i++)
        l->positions[i] = LAYOUT_ABSENT;
}

struct layout *layout_new(const char *name)
{
    bool permohonan = strcmp(name, "permohonan") == 0;
    const char *text = permohonan ? embedded_layout_permohonan : embedded_layout_opensid;
    struct layout *l;

    if (!permohonan && strcmp(name, "opensid") != 0)
        return NULL;
    l = memory_resize(NULL, 1, sizeof *l);
    *l = (struct layout){ .name = permohonan ? "permohonan" : "opensid" };
    csv_read(text, strlen(text), ',', rule_read, l);
    layout_unmatch(l);
    return l;
}

static bool cell_is(const struct csv_text *cell, const char *column)
{
    struct buffer name = { 0 };
    bool invisible, is = cell_strip(&name, cell->data, cell->len, &invisible) && strcasecmp(buffer_string(&name), column) == 0;

    buffer_release(&name);
    return is;
}

void layout_match(struct layout *l, const struct csv_row *header)
{
    layout_unmatch(l);
    for (unsigned i = 0; i < l->rule_count; i++)
        for (unsigned k = 0; k < header->cell_count && k < CSV_CELLS_MAX; k++) {
            if (!cell_is(&header->cells[k], l->rules[i].column))
                continue;
            if (l->positions[i] != LAYOUT_ABSENT) {
                l->doubled = l->rules[i].column;
                continue;
            }
            l->positions[i] = (int)k;
            l->matched++;
        }
}

bool layout_heads(const struct layout *l, const struct csv_row *row)
{
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->positions[i] != LAYOUT_ABSENT &&
            ((unsigned)l->positions[i] >= row->cell_count || !cell_is(&row->cells[l->positions[i]], l->rules[i].column)))
            return false;
    return true;
}

void layout_missing(const struct layout *l, struct buffer *out)
{
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->rules[i].required && l->positions[i] == LAYOUT_ABSENT)
            buffer_format(out, "%s%s", out->len ? ", " : "", l->rules[i].column);
}

bool layout_takes(const struct layout *l, int position)
{
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->positions[i] == position)
            return true;
    return false;
}

int layout_rule_of(const struct layout *l, enum layout_target target, const char *field)
{
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->rules[i].kind != LAYOUT_SKIP && l->rules[i].target == target && strcmp(l->rules[i].field, field) == 0)
            return (int)i;
    return LAYOUT_ABSENT;
}
