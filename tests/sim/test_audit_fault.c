/* Checking and explaining when memory runs out: each allocation fails once; it is said, nothing leaks, nothing is changed, and no finding is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "support/fault_alloc.h"

static struct fault_alloc memory;

/* What is tried; gives its status, and how many findings it told. */
typedef enum jemput_status (*tried_fn)(struct fleet *f, uint64_t *findings, struct jemput_error *err);

static enum jemput_status store_audit(struct fleet *f, uint64_t *findings, struct jemput_error *err)
{
    const struct jemput_audit_options options = { .deep = 1 };
    struct jemput_audit out;
    enum jemput_status st = jemput_audit(f->devices[1].jemput, &options, &out, err);

    *findings = st ? 0 : out.findings;
    return st;
}

static enum jemput_status hub_audit(struct fleet *f, uint64_t *findings, struct jemput_error *err)
{
    struct jemput_audit out;
    enum jemput_status st = jemput_audit_hub(fleet_hub(f, 0), NULL, NULL, &out, err);

    *findings = st ? 0 : out.findings;
    return st;
}

static enum jemput_status hub_signers(struct fleet *f, uint64_t *findings, struct jemput_error *err)
{
    char *text = NULL;
    size_t len;
    enum jemput_status st = jemput_hub_signers(fleet_hub(f, 0), NULL, &text, &len, err);

    *findings = 0;
    jemput_text_free(text);
    return st;
}

static int explained_see(void *ctx, const struct jemput_explained *explained)
{
    ++*(unsigned *)ctx;
    assert_true(explained->txn_count || explained->record_count);
    return 0;
}

static enum jemput_status explain_both(struct fleet *f, uint64_t *findings, struct jemput_error *err)
{
    unsigned told = 0;
    enum jemput_status st = jemput_log_explain(f->devices[1].jemput, "2:2", explained_see, &told, err);

    if (!st)
        st = jemput_log_explain(f->devices[1].jemput, "1:1", explained_see, &told, err);
    assert_true(st || told == 2);
    *findings = 0;
    return st;
}

/* From first to last allocation, `step` at a time. */
static void every_failure_is_said(struct fleet *f, const char *name, tried_fn tried, uint64_t step)
{
    size_t live = 0;
    bool failed = true;

    for (uint64_t nth = 0; failed; nth += step) {
        struct jemput_error err = { .status = JEMPUT_OK };
        uint64_t findings;
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = tried(f, &findings, &err);
        fault_alloc_disarm(&memory);
        failed = memory.failures > 0;
        if (st && st != JEMPUT_NOMEM)
            fail_msg("%s, allocation %llu: %s: %s", name, (unsigned long long)nth, jemput_status_name(st), err.text);
        if (findings)
            fail_msg("%s, allocation %llu: %llu findings were made up", name, (unsigned long long)nth, (unsigned long long)findings);
        st = tried(f, &findings, &err); /* what is kept from call to call is there again */
        assert_int_equal(st, JEMPUT_OK);
        assert_int_equal(findings, 0);
        if (live && memory.live_blocks > live)
            fail_msg("%s, allocation %llu: %zu blocks were not freed", name, (unsigned long long)nth, memory.live_blocks - live);
        live = nth > 8 * step ? memory.live_blocks : 0; /* caches fill in the first calls */
    }
}

static void no_memory_is_an_error_and_no_finding(void **state)
{
    const char *thin = getenv("JEMPUT_FAULT_STEP");
    uint64_t step = thin ? strtoull(thin, NULL, 10) : 1;
    struct fleet f;

    (void)state;
    bad_begin(&f, 21);
    every_failure_is_said(&f, "hub", hub_audit, step);
    every_failure_is_said(&f, "signers", hub_signers, 5 * step);
    every_failure_is_said(&f, "explain", explain_both, step);
    every_failure_is_said(&f, "store", store_audit, 17 * step);
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_an_error_and_no_finding),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("audit fault", tests, NULL, NULL);
}
