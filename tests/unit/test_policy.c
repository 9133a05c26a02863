/* unit/test_policy.c — the policy: what its calls say, what they may not say, and that it judges as an oracle does that was written apart. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "identity/policy.h"
#include "support/fault_alloc.h"

/* permohonan(id, status, catatan, kode_kel, rt+rw in one group, hitung) */
enum { ID, STATUS, CATATAN, KEL, RT, RW, HITUNG, COLUMNS };

static uint16_t group_columns[][2] = { { STATUS }, { CATATAN }, { KEL }, { RT, RW }, { HITUNG } };
static struct jemput_group groups[] = { { 1, group_columns[0] }, { 1, group_columns[1] }, { 1, group_columns[2] }, { 2, group_columns[3] },
                                        { 1, group_columns[4] } };
static struct jemput_column columns[COLUMNS] = {
    { .name = "id", .key_place = 1, .group = JEMPUT_GROUP_NONE },
    { .name = "status", .group = 0 },
    { .name = "catatan", .group = 1 },
    { .name = "kode_kel", .group = 2 },
    { .name = "rt", .group = 3 },
    { .name = "rw", .group = 3 },
    { .name = "hitung", .group = 4, .rule = JEMPUT_RULE_SUM },
};
static const struct jemput_table table = { .id = 3, .name = "permohonan", .column_count = COLUMNS, .columns = columns, .key_count = 1,
                                           .group_count = 5, .groups = groups };

/* --- helpers --- */

struct book { /* a policy in the making */
    struct jemput_arena arena;
    struct jemput_policy_rule rules[64];
    struct jemput_policy policy;
};

static void book_call(struct book *b, uint32_t since, const char *of, const char *roles, const char *rules)
{
    struct jemput_policy_rule *rule = &b->rules[b->policy.count];
    struct jemput_error err;

    if (jemput_policy_read(rule, strcmp(of, "*") == 0 ? NULL : &table, jemput_bytes_str(roles), jemput_bytes_str(rules), &b->arena, &err))
        fail_msg("%s: %s", rules, err.text);
    rule->since = since;
    b->policy.rules = b->rules;
    b->policy.count++;
}

static struct jemput_value text(const char *s)
{
    return s ? (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(s) } : (struct jemput_value){ .type = JEMPUT_NULL };
}

static enum jemput_policy_region region_of_row; /* what the row is said to have been */
static enum jemput_policy_region within(void *ctx, const struct jemput_change *change, uint16_t column, struct jemput_bytes scope)
{
    (void)ctx;
    (void)change;
    (void)scope;
    assert_int_equal(column, KEL);
    return region_of_row;
}
static const struct jemput_policy_regions regions = { within, NULL };

static enum jemput_policy_fault judge(const struct book *b, uint32_t version, unsigned roles, const char *scope, enum jemput_op op,
                                      struct jemput_cell *cells, uint16_t count)
{
    const struct jemput_change change = { .table = table.id, .op = op, .cells = cells, .cell_count = count };

    return jemput_policy_judge(&b->policy, version, roles, jemput_bytes_str(scope), &table, &change, &regions).fault;
}

static struct jemput_cell step(const char *from, const char *to)
{
    return (struct jemput_cell){ .column = STATUS, .has_before = true, .before = text(from), .value = text(to) };
}

/* --- what it says --- */

static void a_schema_without_a_policy_is_open_to_every_role_but_kominfo(void **state)
{
    struct book b = { 0 };
    struct jemput_cell cell = step("A", "B");

    (void)state;
    for (unsigned roles = 1; roles <= JEMPUT_ROLES_ALL; roles++)
        assert_int_equal(judge(&b, 1, roles, "", JEMPUT_OP_UPDATE, &cell, 1),
                         roles == JEMPUT_ROLE_KOMINFO ? JEMPUT_POLICY_NO_ROLE : JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, 0, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_NO_ROLE);
}

static void only_a_verifikator_approves_or_rejects(void **state)
{
    struct book b = { 0 };
    struct jemput_cell send = step("DRAF", "LENGKAP"), approve = step("LENGKAP", "DISETUJUI"), jump = step("DRAF", "DISETUJUI"),
                       blind = { .column = STATUS, .value = text("DISETUJUI") }, made = { .column = STATUS, .value = text("DRAF") },
                       made_approved = { .column = STATUS, .value = text("DISETUJUI") };
    const unsigned officer = JEMPUT_ROLE_PETUGAS, office = JEMPUT_ROLE_VERIFIKATOR;

    (void)state;
    book_call(&b, 1, "permohonan", "petugas,kelurahan", "insert; update; steps=status:>DRAF,DRAF>LENGKAP");
    book_call(&b, 1, "permohonan", "verifikator", "update=status ; steps=status:LENGKAP>DISETUJUI, LENGKAP>DITOLAK");
    assert_int_equal(judge(&b, 1, officer, "", JEMPUT_OP_UPDATE, &send, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, officer, "", JEMPUT_OP_UPDATE, &approve, 1), JEMPUT_POLICY_NO_STEP);
    assert_int_equal(judge(&b, 1, officer, "", JEMPUT_OP_DECIDE, &approve, 1), JEMPUT_POLICY_NO_STEP);
    assert_int_equal(judge(&b, 1, office, "", JEMPUT_OP_UPDATE, &approve, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, office, "", JEMPUT_OP_UPDATE, &jump, 1), JEMPUT_POLICY_NO_STEP);
    assert_int_equal(judge(&b, 1, office, "", JEMPUT_OP_UPDATE, &blind, 1), JEMPUT_POLICY_STEP_UNKNOWN);
    assert_int_equal(judge(&b, 1, officer, "", JEMPUT_OP_INSERT, &made, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, officer, "", JEMPUT_OP_INSERT, &made_approved, 1), JEMPUT_POLICY_NO_STEP);
    assert_int_equal(judge(&b, 1, office, "", JEMPUT_OP_INSERT, &made, 1), JEMPUT_POLICY_NO_INSERT);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_ADMIN, "", JEMPUT_OP_UPDATE, &approve, 1), JEMPUT_POLICY_NO_UPDATE); /* not even an administrator */
    assert_int_equal(judge(&b, 1, officer | office, "", JEMPUT_OP_UPDATE, &approve, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, officer, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_NO_DELETE);
    jemput_arena_release(&b.arena);
}

static void a_column_that_is_not_listed_may_not_be_written_but_stay_empty(void **state)
{
    struct book b = { 0 };
    struct jemput_cell cells[2] = { { .column = STATUS, .value = text("x") }, { .column = CATATAN, .value = text(NULL) } };

    (void)state;
    book_call(&b, 1, "permohonan", "petugas", "insert=status; update=catatan");
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_INSERT, cells, 2), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_UPDATE, cells + 1, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_UPDATE, cells, 2), JEMPUT_POLICY_NO_COLUMN);
    cells[1].value = text("y");
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_INSERT, cells, 2), JEMPUT_POLICY_NO_COLUMN);
    jemput_arena_release(&b.arena);
}

static void a_star_stands_for_the_tables_that_no_call_names_for_the_role(void **state)
{
    struct book b = { 0 };

    (void)state;
    book_call(&b, 1, "*", "petugas,admin", "delete");
    book_call(&b, 1, "permohonan", "petugas", "update");
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_NO_DELETE);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_ADMIN, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PUSAT, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_NO_DELETE); /* the table is named, for others */
    jemput_arena_release(&b.arena);
}

static void a_change_is_judged_by_what_was_in_force_under_the_version_that_it_names(void **state)
{
    struct book b = { 0 };

    (void)state;
    book_call(&b, 2, "permohonan", "petugas", "insert; delete");
    book_call(&b, 4, "permohonan", "petugas", "insert");
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_ALLOWED); /* there was none yet */
    assert_int_equal(judge(&b, 2, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 3, JEMPUT_ROLE_KELURAHAN, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_NO_DELETE);
    assert_int_equal(judge(&b, 4, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_NO_DELETE);
    jemput_arena_release(&b.arena);
}

static void a_row_stays_within_the_scope_that_it_lies_in(void **state)
{
    struct book b = { 0 };
    struct jemput_cell kel = { .column = KEL, .value = text("16.74.99.1001") }, note = { .column = CATATAN, .value = text("x") };
    static const struct {
        const char *scope;
        enum jemput_policy_fault inserted;
    } SCOPES[] = { { "", JEMPUT_POLICY_ALLOWED },         { "16.74", JEMPUT_POLICY_ALLOWED },          { "16.74.99.1001", JEMPUT_POLICY_ALLOWED },
                   { "16.74.9", JEMPUT_POLICY_OUTSIDE },  { "16.74.99.100", JEMPUT_POLICY_OUTSIDE },   { "16.74.99.10010", JEMPUT_POLICY_OUTSIDE },
                   { "16.74.98", JEMPUT_POLICY_OUTSIDE }, { "16.74.99.", JEMPUT_POLICY_ALLOWED } };

    (void)state;
    book_call(&b, 1, "permohonan", "petugas", "insert; update; delete; scope=kode_kel");
    for (size_t i = 0; i < sizeof SCOPES / sizeof *SCOPES; i++)
        assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, SCOPES[i].scope, JEMPUT_OP_INSERT, &kel, 1), SCOPES[i].inserted);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "16.74", JEMPUT_OP_INSERT, &note, 1), JEMPUT_POLICY_OUTSIDE); /* no region at all */
    region_of_row = JEMPUT_REGION_WITHIN;
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "16.74", JEMPUT_OP_UPDATE, &note, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "16.75", JEMPUT_OP_UPDATE, &kel, 1), JEMPUT_POLICY_OUTSIDE); /* out of it */
    region_of_row = JEMPUT_REGION_OUTSIDE;
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "16.74", JEMPUT_OP_DELETE, NULL, 0), JEMPUT_POLICY_OUTSIDE);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "16.74", JEMPUT_OP_UPDATE, &kel, 1), JEMPUT_POLICY_OUTSIDE); /* nor into it */
    region_of_row = JEMPUT_REGION_UNKNOWN;
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "16.74", JEMPUT_OP_UPDATE, &note, 1), JEMPUT_POLICY_REGION_UNKNOWN);
    jemput_arena_release(&b.arena);
}

/* --- what it may not say --- */

static const struct {
    bool star;
    const char *roles, *rules, *says;
} REFUSED[] = {
    { false, "", "insert", "no roles" },
    { false, "lurah", "insert", "no roles in 'lurah'" },
    { false, "petugas,petugas", "insert", "no roles" },
    { false, "kominfo", "insert", "kominfo" },
    { false, "petugas", "inserts", "'inserts' is not one of" },
    { false, "petugas", "insert=", "name of a column is missing" },
    { false, "petugas", "insert=warna", "no column 'warna'" },
    { false, "petugas", "insert=id", "of the key" },
    { false, "petugas", "insert; insert", "insert is given twice" },
    { false, "petugas", "delete; delete", "delete is given twice" },
    { false, "petugas", "delete=status", "was not expected" },
    { false, "petugas", "update=rt", "columns 'rt' and 'rw' merge as one: name both" },
    { false, "petugas", "update=status catatan", "'catatan' was not expected" },
    { false, "petugas", "steps", "write steps=" },
    { false, "petugas", "steps=status", "write steps=" },
    { false, "petugas", "steps=status:", "FROM>TO" },
    { false, "petugas", "steps=status:A", "FROM>TO" },
    { false, "petugas", "steps=status:A>", "where a step goes" },
    { false, "petugas", "steps=status:A>'B", "quote is not closed" },
    { false, "petugas", "steps=hitung:A>B", "counter" },
    { false, "petugas", "scope", "write scope=" },
    { false, "petugas", "scope=kode_kel; scope=rt", "scope is given twice" },
    { true, "petugas", "insert=status", "'*' means every table" },
    { true, "petugas", "steps=status:A>B", "'*' means every table" },
    { true, "petugas", "scope=kode_kel", "'*' means every table" },
};

static void what_contradicts_the_table_or_itself_is_refused_with_what_to_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct jemput_arena arena = { 0 };
        struct jemput_policy_rule rule = { .since = 77 };
        struct jemput_error err;
        enum jemput_status st = jemput_policy_read(&rule, REFUSED[i].star ? NULL : &table, jemput_bytes_str(REFUSED[i].roles),
                                                   jemput_bytes_str(REFUSED[i].rules), &arena, &err);

        if (st != JEMPUT_DENIED || !strstr(err.text, REFUSED[i].says))
            fail_msg("'%s' '%s': %d %s", REFUSED[i].roles, REFUSED[i].rules, (int)st, st ? err.text : "was taken");
        assert_int_equal(rule.since, 77);
        jemput_arena_release(&arena);
    }
}

static void quotes_blanks_and_empty_rules_are_read_as_meant(void **state)
{
    struct book b = { 0 };
    struct jemput_cell odd = step("it's; a>b, c", "Lengkap, siap"), any = step("lain", "tutup"), number = { .column = STATUS, .has_before = true };

    (void)state;
    book_call(&b, 1, "permohonan", "petugas", " ; update ;; steps = STATUS : 'it''s; a>b, c' > 'Lengkap, siap' , *>tutup, 1>2 ; ");
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_UPDATE, &odd, 1), JEMPUT_POLICY_ALLOWED);
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_UPDATE, &any, 1), JEMPUT_POLICY_ALLOWED);
    number.before = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 1 };
    number.value = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 2 };
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_UPDATE, &number, 1), JEMPUT_POLICY_ALLOWED);
    number.value.integer = 3;
    assert_int_equal(judge(&b, 1, JEMPUT_ROLE_PETUGAS, "", JEMPUT_OP_UPDATE, &number, 1), JEMPUT_POLICY_NO_STEP);
    jemput_arena_release(&b.arena);
}

static void more_steps_than_the_limit_are_refused(void **state)
{
    for (unsigned count = JEMPUT_POLICY_STEPS_MAX; count <= JEMPUT_POLICY_STEPS_MAX + 1; count++) {
        static char rules[16 * JEMPUT_POLICY_STEPS_MAX];
        struct jemput_arena arena = { 0 };
        struct jemput_policy_rule rule;
        struct jemput_error err;
        size_t len = (size_t)snprintf(rules, sizeof rules, "steps=status:");

        (void)state;
        for (unsigned i = 0; i < count; i++)
            len += (size_t)snprintf(rules + len, sizeof rules - len, "%s>s%u", i ? "," : "", i);
        assert_int_equal(jemput_policy_read(&rule, &table, jemput_bytes_str("petugas"), jemput_bytes_str(rules), &arena, &err),
                         count > JEMPUT_POLICY_STEPS_MAX ? JEMPUT_LIMIT : JEMPUT_OK);
        jemput_arena_release(&arena);
    }
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct fault_alloc mem;
    unsigned failed = 0;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t at = 0;; at++) {
        struct jemput_arena arena = { 0 };
        struct jemput_policy_rule rule;
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&mem, at, false);
        st = jemput_policy_read(&rule, &table, jemput_bytes_str("petugas"),
                                jemput_bytes_str("insert=status,catatan; update=rt,rw; steps=status:'a'>b,c>d; scope=kode_kel"), &arena, &err);
        fault_alloc_disarm(&mem);
        jemput_arena_release(&arena);
        if (!mem.failures) {
            assert_int_equal(st, JEMPUT_OK);
            break;
        }
        assert_int_equal(st, JEMPUT_NOMEM);
        failed++;
    }
    assert_true(failed > 0);
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

/* --- the oracle: a policy as a table of what is allowed, filled from the same draws as the text, and asked by looking --- */

enum { ROLES = 6, STATES = 4, VERSIONS = 3 };
static const char *const STATE_WORDS[STATES] = { "DRAF", "LENGKAP", "TERBIT", "TUTUP" };
static const char *const ROLE_WORDS[ROLES] = { "petugas", "kelurahan", "verifikator", "admin", "pusat", "kominfo" };

struct allowed { /* of one role under one version */
    bool named;            /* by its table, or by '*' */
    bool insert, update, delete;
    bool insert_column[COLUMNS], update_column[COLUMNS];
    bool step[STATES + 1][STATES]; /* from NULL is the last row */
    bool steps, scope;
};

struct world {
    struct allowed of[VERSIONS][ROLES];
    bool named_for_anybody[VERSIONS];
};

static uint32_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 33);
}

static void put(char *out, const char *rule)
{
    strcat(out, rule);
}

/* Draw a call for one role; its text, and what it allows. */
static void call_draw(struct allowed *a, char *rules, uint64_t *seed)
{
    static const uint16_t sets[4][3] = { { STATUS }, { CATATAN, STATUS }, { RT, RW, KEL }, { CATATAN } };
    static const char *const set_words[4] = { "status", "catatan,status", "rt,rw,kode_kel", "catatan" };
    static const unsigned set_counts[4] = { 1, 2, 3, 1 };

    memset(a, 0, sizeof *a);
    a->named = true;
    rules[0] = '\0';
    for (unsigned op = 0; op < 2; op++) {
        unsigned set = next(seed) % 5;
        bool *allowed = op ? a->update_column : a->insert_column;

        if (next(seed) % 4 == 0)
            continue;
        put(rules, op ? "update" : "insert");
        *(op ? &a->update : &a->insert) = true;
        for (unsigned c = 0; c < COLUMNS; c++)
            allowed[c] = set == 4;
        for (unsigned i = 0; set < 4 && i < set_counts[set]; i++)
            allowed[sets[set][i]] = true;
        if (set < 4) {
            put(rules, "=");
            put(rules, set_words[set]);
        }
        put(rules, ";");
    }
    if (next(seed) % 2) {
        a->delete = true;
        put(rules, "delete;");
    }
    if (next(seed) % 2) {
        a->steps = true;
        put(rules, "steps=status:");
        for (unsigned i = 0, count = 1 + next(seed) % 5; i < count; i++) {
            unsigned from = next(seed) % (STATES + 2), to = next(seed) % STATES;

            put(rules, i ? "," : "");
            put(rules, from == STATES + 1 ? "*" : from == STATES ? "" : STATE_WORDS[from]);
            put(rules, ">");
            put(rules, STATE_WORDS[to]);
            for (unsigned f = 0; f <= STATES; f++)
                a->step[f][to] |= from == STATES + 1 || f == from;
        }
        put(rules, ";");
    }
    if (next(seed) % 3 == 0) {
        a->scope = true;
        put(rules, "scope=kode_kel");
    }
}

static void world_draw(struct world *w, struct book *b, uint64_t *seed)
{
    memset(w, 0, sizeof *w);
    for (unsigned v = 0; v < VERSIONS; v++) {
        if (v) {
            memcpy(w->of[v], w->of[v - 1], sizeof w->of[v]);
            w->named_for_anybody[v] = w->named_for_anybody[v - 1];
        }
        for (unsigned r = 0; r < ROLES - 1; r++) {
            char rules[512];

            if (next(seed) % 3)
                continue;
            call_draw(&w->of[v][r], rules, seed);
            w->named_for_anybody[v] = true;
            book_call(b, v + 1, "permohonan", ROLE_WORDS[r], rules);
        }
    }
}

struct deed { /* what is done, drawn */
    enum jemput_op op;
    unsigned from, to; /* states; STATES = NULL */
    bool touches[COLUMNS];
    unsigned kel; /* 0 not written, 1 within, 2 outside */
};

static bool oracle_role(const struct world *w, unsigned v, unsigned r, const struct deed *d, bool scoped)
{
    const struct allowed *a = &w->of[v][r];
    bool stepped = false;

    if (!w->named_for_anybody[v])
        return true;
    if (!a->named)
        return false;
    if (d->op == JEMPUT_OP_DELETE ? !a->delete : d->op == JEMPUT_OP_INSERT ? !a->insert : !a->update)
        return false;
    if (d->op != JEMPUT_OP_DELETE)
        for (unsigned c = 0; c < COLUMNS; c++)
            if (d->touches[c] && !(d->op == JEMPUT_OP_INSERT ? a->insert_column[c] : a->update_column[c]))
                return false;
    for (unsigned other = 0; other < ROLES; other++)
        stepped |= w->of[v][other].steps;
    if (d->op != JEMPUT_OP_DELETE && d->touches[STATUS] && stepped && d->from != d->to && !a->step[d->from][d->to])
        return false;
    if (a->scope && scoped) {
        if (d->op == JEMPUT_OP_INSERT ? d->kel != 1 : d->op != JEMPUT_OP_DELETE && d->kel == 2)
            return false;
        if (d->op != JEMPUT_OP_INSERT && region_of_row != JEMPUT_REGION_WITHIN)
            return false;
    }
    return true;
}

static void deed_draw(struct deed *d, uint64_t *seed)
{
    static const enum jemput_op ops[] = { JEMPUT_OP_INSERT, JEMPUT_OP_UPDATE, JEMPUT_OP_UPDATE, JEMPUT_OP_DELETE, JEMPUT_OP_DECIDE };

    memset(d, 0, sizeof *d);
    d->op = ops[next(seed) % 5];
    d->to = next(seed) % STATES;
    d->from = d->op == JEMPUT_OP_INSERT ? STATES : next(seed) % (STATES + 1);
    d->touches[STATUS] = next(seed) % 2;
    d->touches[CATATAN] = next(seed) % 3 == 0;
    d->touches[RT] = d->touches[RW] = next(seed) % 4 == 0;
    d->kel = next(seed) % 3;
    d->touches[KEL] = d->kel != 0;
}

static uint16_t deed_cells(const struct deed *d, struct jemput_cell *cells)
{
    uint16_t count = 0;

    for (uint16_t c = 0; c < COLUMNS && d->op != JEMPUT_OP_DELETE; c++) {
        struct jemput_cell cell = { .column = c, .value = text("x") };

        if (!d->touches[c])
            continue;
        if (c == STATUS) {
            cell.value = text(STATE_WORDS[d->to]);
            cell.has_before = d->op != JEMPUT_OP_INSERT;
            cell.before = text(d->from == STATES ? NULL : STATE_WORDS[d->from]);
        }
        if (c == KEL)
            cell.value = text(d->kel == 1 ? "16.74.99" : "16.75");
        cells[count++] = cell;
    }
    return count;
}

static void random_roles_scopes_and_operations_are_judged_as_the_oracle_judges_them(void **state)
{
    uint64_t seed = UINT64_C(0x1dea5eed);
    unsigned allowed = 0, refused = 0;

    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        struct book b = { 0 };
        struct world w;

        world_draw(&w, &b, &seed);
        for (unsigned i = 0; i < 100; i++) {
            unsigned v = next(&seed) % VERSIONS, roles = next(&seed) % (JEMPUT_ROLES_ALL + 1);
            const char *scope = next(&seed) % 2 ? "16.74" : "";
            struct jemput_cell cells[COLUMNS];
            bool want = false;
            struct deed d;

            deed_draw(&d, &seed);
            region_of_row = (enum jemput_policy_region)(next(&seed) % 3);
            for (unsigned r = 0; r < ROLES - 1; r++)
                want |= (roles & 1u << r) && oracle_role(&w, v, r, &d, *scope != '\0');
            if ((judge(&b, v + 1, roles, scope, d.op, cells, deed_cells(&d, cells)) == JEMPUT_POLICY_ALLOWED) != want)
                fail_msg("round %u, deed %u: the oracle says %s", round, i, want ? "allowed" : "refused");
            allowed += want;
            refused += !want;
        }
        jemput_arena_release(&b.arena);
    }
    assert_true(allowed > 5000 && refused > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schema_without_a_policy_is_open_to_every_role_but_kominfo),
        cmocka_unit_test(only_a_verifikator_approves_or_rejects),
        cmocka_unit_test(a_column_that_is_not_listed_may_not_be_written_but_stay_empty),
        cmocka_unit_test(a_star_stands_for_the_tables_that_no_call_names_for_the_role),
        cmocka_unit_test(a_change_is_judged_by_what_was_in_force_under_the_version_that_it_names),
        cmocka_unit_test(a_row_stays_within_the_scope_that_it_lies_in),
        cmocka_unit_test(what_contradicts_the_table_or_itself_is_refused_with_what_to_do),
        cmocka_unit_test(quotes_blanks_and_empty_rules_are_read_as_meant),
        cmocka_unit_test(more_steps_than_the_limit_are_refused),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
        cmocka_unit_test(random_roles_scopes_and_operations_are_judged_as_the_oracle_judges_them),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
