/* identity/policy.c — judging a change by the policy. See policy.h. */
#include "identity/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- what is in force --- */

/* The call that counts for a table and one role under a schema version; '*' if no call names the table for that role. NULL = none. */
static const struct jemput_policy_rule *rule_of(const struct jemput_policy *p, uint32_t version, uint32_t table, unsigned role)
{
    const struct jemput_policy_rule *any = NULL, *own = NULL;

    for (uint32_t i = 0; i < p->count && p->rules[i].since <= version; i++) {
        const struct jemput_policy_rule *rule = &p->rules[i];

        if (rule->roles & role && rule->table == table)
            own = rule;
        else if (rule->roles & role && rule->table == 0)
            any = rule;
    }
    return own ? own : any;
}

/* Is the table named for anybody, or '*' for this role? Else it is open. */
static bool is_closed(const struct jemput_policy *p, uint32_t version, uint32_t table, unsigned role)
{
    for (uint32_t i = 0; i < p->count && p->rules[i].since <= version; i++)
        if (p->rules[i].table == table || (p->rules[i].table == 0 && p->rules[i].roles & role))
            return true;
    return false;
}

/* May any call name steps of the column, whoever it is for and whatever version it is of? Asked of each cell that is written. */
static bool may_have_steps(const struct jemput_policy *policy, uint32_t table, uint16_t column)
{
    for (uint32_t i = 0; i < policy->count; i++)
        if (policy->rules[i].table == table && policy->rules[i].step_columns >> column % 64 & 1)
            return true;
    return false;
}

bool jemput_policy_has_steps(const struct jemput_policy *policy, uint32_t table, uint16_t column, uint32_t version)
{
    if (!may_have_steps(policy, table, column))
        return false;
    for (unsigned role = 1; role <= JEMPUT_ROLES_ALL; role <<= 1) {
        const struct jemput_policy_rule *rule = rule_of(policy, version, table, role);

        for (uint16_t i = 0; rule && i < rule->step_count; i++)
            if (rule->steps[i].column == column)
                return true;
    }
    return false;
}

bool jemput_scope_covers(struct jemput_bytes scope, struct jemput_bytes region)
{
    if (scope.len == 0)
        return true;
    if (region.len < scope.len || memcmp(region.data, scope.data, scope.len) != 0)
        return false;
    return region.len == scope.len || region.data[scope.len] == '.' || scope.data[scope.len - 1] == '.';
}

/* --- values as the policy writes them --- */

#define NUMBER_BYTES 24

/* Text of an INTEGER or TEXT; without data for NULL. A REAL or BLOB is no state that a policy can name: empty text, which none names either. */
static struct jemput_bytes state_of(const struct jemput_value *v, char number[NUMBER_BYTES])
{
    switch (v->type) {
    case JEMPUT_NULL:
        return (struct jemput_bytes){ 0 };
    case JEMPUT_INTEGER:
        return jemput_bytes_of(number, (size_t)snprintf(number, NUMBER_BYTES, "%" PRId64, v->integer));
    case JEMPUT_TEXT:
        return jemput_bytes_of(v->bytes.len ? (const char *)v->bytes.data : "", v->bytes.len);
    default:
        return jemput_bytes_of("", 0);
    }
}

static bool state_equal(struct jemput_bytes a, struct jemput_bytes b)
{
    return (a.data != NULL) == (b.data != NULL) && jemput_bytes_equal(a, b);
}

static bool step_listed(const struct jemput_policy_rule *rule, uint16_t column, const struct jemput_value *from, const struct jemput_value *to)
{
    char from_number[NUMBER_BYTES], to_number[NUMBER_BYTES];
    struct jemput_bytes from_state = state_of(from, from_number), to_state = state_of(to, to_number);

    for (uint16_t i = 0; i < rule->step_count; i++) {
        const struct jemput_policy_step *step = &rule->steps[i];

        if (step->column == column && (step->from_any || state_equal(step->from, from_state)) && state_equal(step->to, to_state))
            return true;
    }
    return false;
}

/* --- one role --- */

struct judging {
    const struct jemput_policy *policy;
    uint32_t version;
    struct jemput_bytes scope;
    const struct jemput_table *table;
    const struct jemput_change *change;
    const struct jemput_policy_regions *regions;
};

static struct jemput_policy_answer answer(enum jemput_policy_fault fault, uint16_t column)
{
    return (struct jemput_policy_answer){ fault, column };
}

static bool columns_allow(const struct jemput_policy_columns *c, uint16_t column)
{
    for (uint16_t i = 0; !c->all && i < c->count; i++)
        if (c->columns[i] == column)
            return true;
    return c->all;
}

/* A cell of a column that has steps: is its way listed? */
static struct jemput_policy_answer cell_step(const struct judging *j, const struct jemput_policy_rule *rule, const struct jemput_cell *cell)
{
    static const struct jemput_value null = { .type = JEMPUT_NULL };
    bool inserted = j->change->op == JEMPUT_OP_INSERT;

    if (!jemput_policy_has_steps(j->policy, j->table->id, cell->column, j->version))
        return answer(JEMPUT_POLICY_ALLOWED, 0);
    if (inserted && cell->value.type == JEMPUT_NULL)
        return answer(JEMPUT_POLICY_ALLOWED, 0); /* no state yet */
    if (!inserted && !cell->has_before)
        return answer(JEMPUT_POLICY_STEP_UNKNOWN, cell->column);
    if (!inserted && jemput_value_equal(&cell->before, &cell->value))
        return answer(JEMPUT_POLICY_ALLOWED, 0); /* it came along with its group */
    if (step_listed(rule, cell->column, inserted ? &null : &cell->before, &cell->value))
        return answer(JEMPUT_POLICY_ALLOWED, 0);
    return answer(JEMPUT_POLICY_NO_STEP, cell->column);
}

static struct jemput_policy_answer cells_judge(const struct judging *j, const struct jemput_policy_rule *rule)
{
    bool inserted = j->change->op == JEMPUT_OP_INSERT;
    const struct jemput_policy_columns *columns = inserted ? &rule->insert : &rule->update;
    struct jemput_policy_answer worst = answer(JEMPUT_POLICY_ALLOWED, 0);

    for (uint16_t i = 0; i < j->change->cell_count; i++) {
        const struct jemput_cell *cell = &j->change->cells[i];
        struct jemput_policy_answer step = cell_step(j, rule, cell);

        if (!columns_allow(columns, cell->column) && !(inserted && cell->value.type == JEMPUT_NULL))
            return answer(JEMPUT_POLICY_NO_COLUMN, cell->column);
        if (step.fault)
            worst = step;
    }
    return worst;
}

static const struct jemput_cell *cell_of(const struct jemput_change *change, uint16_t column)
{
    for (uint16_t i = 0; i < change->cell_count; i++)
        if (change->cells[i].column == column)
            return &change->cells[i];
    return NULL;
}

static bool cell_within(const struct judging *j, const struct jemput_cell *cell)
{
    return cell->value.type == JEMPUT_TEXT && jemput_scope_covers(j->scope, cell->value.bytes);
}

/* The row has to lie within the scope, and to stay there. */
static struct jemput_policy_answer region_judge(const struct judging *j, const struct jemput_policy_rule *rule)
{
    const struct jemput_cell *cell = rule->has_scope ? cell_of(j->change, rule->scope) : NULL;

    if (!rule->has_scope || j->scope.len == 0)
        return answer(JEMPUT_POLICY_ALLOWED, 0);
    if (j->change->op == JEMPUT_OP_INSERT)
        return cell && cell_within(j, cell) ? answer(JEMPUT_POLICY_ALLOWED, 0) : answer(JEMPUT_POLICY_OUTSIDE, rule->scope);
    if (cell && !cell_within(j, cell))
        return answer(JEMPUT_POLICY_OUTSIDE, rule->scope);
    switch (j->regions->within(j->regions->ctx, j->change, rule->scope, j->scope)) {
    case JEMPUT_REGION_WITHIN:
        return answer(JEMPUT_POLICY_ALLOWED, 0);
    case JEMPUT_REGION_OUTSIDE:
        return answer(JEMPUT_POLICY_OUTSIDE, rule->scope);
    case JEMPUT_REGION_UNKNOWN:
        break;
    }
    return answer(JEMPUT_POLICY_REGION_UNKNOWN, rule->scope);
}

static struct jemput_policy_answer role_judge(const struct judging *j, unsigned role)
{
    const struct jemput_policy_rule *rule = rule_of(j->policy, j->version, j->table->id, role);
    enum jemput_op op = j->change->op;
    struct jemput_policy_answer cells;

    if (!is_closed(j->policy, j->version, j->table->id, role))
        return answer(JEMPUT_POLICY_ALLOWED, 0);
    if (op == JEMPUT_OP_INSERT && !(rule && rule->inserts))
        return answer(JEMPUT_POLICY_NO_INSERT, 0);
    if ((op == JEMPUT_OP_UPDATE || op == JEMPUT_OP_DECIDE) && !(rule && rule->updates))
        return answer(JEMPUT_POLICY_NO_UPDATE, 0);
    if (op == JEMPUT_OP_DELETE && !(rule && rule->deletes))
        return answer(JEMPUT_POLICY_NO_DELETE, 0);
    cells = cells_judge(j, rule);
    return cells.fault ? cells : region_judge(j, rule);
}

struct jemput_policy_answer jemput_policy_judge(const struct jemput_policy *policy, uint32_t version, unsigned roles, struct jemput_bytes scope,
                                                const struct jemput_table *table, const struct jemput_change *change,
                                                const struct jemput_policy_regions *regions)
{
    const struct judging j = { policy, version, scope, table, change, regions };
    struct jemput_policy_answer closest = answer(JEMPUT_POLICY_NO_ROLE, 0);

    for (unsigned role = 1; role <= JEMPUT_ROLES_ALL; role <<= 1) {
        struct jemput_policy_answer a;

        if (!(roles & role) || role == JEMPUT_ROLE_KOMINFO)
            continue;
        a = role_judge(&j, role);
        if (!a.fault)
            return a;
        if (a.fault > closest.fault)
            closest = a;
    }
    return closest;
}

/* --- in words --- */

static const char *op_word(enum jemput_op op)
{
    return op == JEMPUT_OP_INSERT ? "insert into" : op == JEMPUT_OP_DELETE ? "delete from" : "update";
}

void jemput_policy_say(struct jemput_buf *out, const struct jemput_policy_answer *a, unsigned roles, const struct jemput_table *table,
                       enum jemput_op op)
{
    const char *column = table->columns[a->column].name;
    char names[JEMPUT_ROLES_TEXT_BYTES];

    jemput_roles_text(names, roles);
    jemput_buf_printf(out, "%s may not %s '%s'", roles ? names : "a device without a role", op_word(op), table->name);
    switch (a->fault) {
    case JEMPUT_POLICY_ALLOWED:
    case JEMPUT_POLICY_NO_ROLE:
    case JEMPUT_POLICY_NO_INSERT:
    case JEMPUT_POLICY_NO_UPDATE:
    case JEMPUT_POLICY_NO_DELETE:
        return;
    case JEMPUT_POLICY_NO_COLUMN:
        jemput_buf_printf(out, ": not column '%s'", column);
        return;
    case JEMPUT_POLICY_NO_STEP:
        jemput_buf_printf(out, ": column '%s' may not take this step", column);
        return;
    case JEMPUT_POLICY_STEP_UNKNOWN:
        jemput_buf_printf(out, ": it is not said what column '%s' was before", column);
        return;
    case JEMPUT_POLICY_OUTSIDE:
        jemput_buf_printf(out, ": the region in '%s' is not this device's", column);
        return;
    case JEMPUT_POLICY_REGION_UNKNOWN:
        jemput_buf_printf(out, ": the region in '%s' is not known yet", column);
        return;
    }
}
