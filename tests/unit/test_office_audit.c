/* test_office_audit.c — an audit that meets central at work: a turn during which the store has forgotten the mark has told nothing, and begins anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit.h"

struct turns {
    unsigned asked, moved; /* so many of them end with MOVED, the next as `kind` says */
    enum trouble_kind kind;
};

static int turn(struct audit *a, void *ctx, struct trouble *why)
{
    struct turns *t = ctx;

    (void)a;
    if (t->asked++ < t->moved)
        return trouble_set(why, TROUBLE_MOVED, "central has gone on");
    return t->kind ? trouble_set(why, t->kind, "other") : 0;
}

static void a_turn_that_central_has_overtaken_begins_anew_and_one_that_failed_otherwise_does_not(void **state)
{
    static const struct {
        struct turns of;
        unsigned asked;
        int rc;
        enum trouble_kind kind;
    } cases[] = {
        { { 0, 0, TROUBLE_NONE }, 1, 0, TROUBLE_NONE },     { { 0, 1, TROUBLE_NONE }, 2, 0, TROUBLE_NONE },
        { { 0, 4, TROUBLE_NONE }, 5, 0, TROUBLE_NONE },     { { 0, 99, TROUBLE_NONE }, 5, -1, TROUBLE_MOVED },
        { { 0, 0, TROUBLE_LATER }, 1, -1, TROUBLE_LATER },  { { 0, 2, TROUBLE_BROKEN }, 3, -1, TROUBLE_BROKEN },
    };
    struct audit audit = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct turns t = cases[i].of;
        struct trouble why = { 0 };

        assert_int_equal(audit_turns(&audit, turn, &t, &why), cases[i].rc);
        assert_int_equal(t.asked, cases[i].asked);
        if (cases[i].rc)
            assert_int_equal(why.kind, cases[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_turn_that_central_has_overtaken_begins_anew_and_one_that_failed_otherwise_does_not) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
