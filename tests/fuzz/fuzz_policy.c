/* fuzz/fuzz_policy.c — calls of jemput_policy() as somebody with an administrator's key might sign them: a line of roles, then rules.
 *
 * A call is taken or refused with a reason. One that is taken says the same when it is read again, and whatever is asked of it is answered, in words, too. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "identity/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { ID, STATUS, KODE_KEL, RT, RW, HITUNG, COLUMNS };

static uint16_t group_columns[][2] = { { STATUS }, { KODE_KEL }, { RT, RW }, { HITUNG } };
static struct jemput_group groups[] = { { 1, group_columns[0] }, { 1, group_columns[1] }, { 2, group_columns[2] }, { 1, group_columns[3] } };
static struct jemput_column columns[COLUMNS] = {
    { .name = "id", .key_place = 1, .group = JEMPUT_GROUP_NONE },
    { .name = "status", .group = 0 },
    { .name = "kode_kel", .group = 1 },
    { .name = "rt", .group = 2 },
    { .name = "rw", .group = 2 },
    { .name = "hitung", .group = 3, .rule = JEMPUT_RULE_SUM },
};
static const struct jemput_table table = { .id = 3, .name = "permohonan", .column_count = COLUMNS, .columns = columns, .key_count = 1,
                                           .group_count = COUNT(groups), .groups = groups };

static enum jemput_policy_region within(void *ctx, const struct jemput_change *change, uint16_t column, struct jemput_bytes scope)
{
    (void)change;
    JEMPUT_ASSERT(column < COLUMNS && columns[column].group != JEMPUT_GROUP_NONE && scope.len);
    return *(const enum jemput_policy_region *)ctx;
}

static struct jemput_value text_of(unsigned n)
{
    static const char *const texts[] = { "DRAF", "LENGKAP", "", "1" };

    if (n >= COUNT(texts))
        return (struct jemput_value){ .type = JEMPUT_NULL };
    return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(texts[n]) };
}

/* Every operation, with each column alone, along a few steps. */
static void judge(const struct jemput_policy *policy)
{
    static const enum jemput_op ops[] = { JEMPUT_OP_INSERT, JEMPUT_OP_UPDATE, JEMPUT_OP_DELETE };

    for (unsigned n = 0; n < COUNT(ops) * COLUMNS * 3 * 4; n++) {
        enum jemput_policy_region region = (enum jemput_policy_region)(n / 18 % 3);
        const struct jemput_policy_regions regions = { within, &region };
        struct jemput_cell cell = { .column = (uint16_t)(1 + n % (COLUMNS - 1)), .has_before = n % 5 != 0, .before = text_of(n / 5 % 5),
                                    .value = text_of(n / 7 % 5) };
        const struct jemput_change change = { .table = table.id, .op = ops[n % COUNT(ops)], .cells = &cell, .cell_count = n % COUNT(ops) != 2 };
        struct jemput_policy_answer answer =
            jemput_policy_judge(policy, 1 + n % 2, 1u << n % 8, jemput_bytes_str(n % 2 ? "16.74" : ""), &table, &change, &regions);
        struct jemput_buf said = JEMPUT_BUF_INIT(1 << 16);

        JEMPUT_ASSERT(answer.fault <= JEMPUT_POLICY_REGION_UNKNOWN && answer.column < COLUMNS);
        jemput_policy_say(&said, &answer, 1u << n % 8, &table, change.op);
        JEMPUT_ASSERT(!said.failed);
        jemput_buf_release(&said);
    }
}

static bool same_rule(const struct jemput_policy_rule *a, const struct jemput_policy_rule *b)
{
    bool same = a->roles == b->roles && a->inserts == b->inserts && a->updates == b->updates && a->deletes == b->deletes && a->step_count == b->step_count &&
                a->has_scope == b->has_scope && a->scope == b->scope && a->insert.count == b->insert.count && a->update.count == b->update.count;

    for (uint16_t i = 0; same && i < a->step_count; i++)
        same = a->steps[i].column == b->steps[i].column && jemput_bytes_equal(a->steps[i].from, b->steps[i].from) &&
               jemput_bytes_equal(a->steps[i].to, b->steps[i].to);
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    struct jemput_bytes roles, rules;
    struct jemput_arena arena = { 0 };
    struct jemput_error err = { .status = JEMPUT_OK };

    if (!line)
        return 0;
    roles = jemput_bytes_of(data, (size_t)(line - data));
    rules = jemput_bytes_of(line + 1, size - roles.len - 1);
    for (int every = 0; every < 2; every++) {
        const struct jemput_table *of = every ? NULL : &table;
        struct jemput_policy_rule rule[2];
        struct jemput_policy policy = { .count = 1, .rules = rule };
        enum jemput_status st = jemput_policy_read(&rule[0], of, roles, rules, &arena, &err);

        JEMPUT_ASSERT(st == JEMPUT_OK || ((st == JEMPUT_DENIED || st == JEMPUT_LIMIT) && err.text[0]));
        if (st)
            continue;
        JEMPUT_ASSERT(jemput_policy_read(&rule[1], of, roles, rules, &arena, &err) == JEMPUT_OK && same_rule(&rule[0], &rule[1]));
        rule[0].since = 1;
        judge(&policy);
    }
    jemput_arena_release(&arena);
    return 0;
}
