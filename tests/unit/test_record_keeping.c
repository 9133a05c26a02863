/* Tests of identity/keeping.c: the records of what is kept, what goes and what is settled have one text each, and nothing else is read. */
#include "record_examples.h"

static const char CHECKPOINT[] = "record checkpoint 250\n"
                                 "at 41\n"
                                 "head 1111111111111111111111111111111111111111111111111111111111111111\n"
                                 "state 2222222222222222222222222222222222222222222222222222222222222222\n"
                                 "schema 3\n"
                                 "chunks 2\n"
                                 "bytes 262150\n"
                                 "stream 3333333333333333333333333333333333333333333333333333333333333333\n";
static const char BACKED_UP[] = "record backed-up 76\n"
                                "checkpoint 4444444444444444444444444444444444444444444444444444444444444444\n";
static const char FORGET[] = "record forget 119\n"
                             "marks 2097153\n"
                             "mark 6666666666666666666666666666666666666666666666666666666666666666\n"
                             "basis 25\nUU 27/2022 ps 8, surat 12\n";

static struct jemput_record example(unsigned which)
{
    struct jemput_record r = { .kind = JEMPUT_RECORD_CHECKPOINT };

    if (which == 0) {
        r.as.checkpoint = (struct jemput_checkpoint){ .at_number = 41, .schema_version = 3, .chunks = 2, .bytes = 262150 };
        memset(r.as.checkpoint.at.bytes, 0x11, 32);
        memset(r.as.checkpoint.state, 0x22, 32);
        memset(r.as.checkpoint.stream, 0x33, 32);
    } else if (which == 1) {
        r.kind = JEMPUT_RECORD_BACKED_UP;
        memset(r.as.backed_up.checkpoint.bytes, 0x44, 32);
    } else if (which == 5) {
        r = (struct jemput_record){ .kind = JEMPUT_RECORD_SETTLE, .as.settle = { .count = 3, .reason = jemput_bytes_str("undangan disalin") } };
        memset(r.as.settle.of, 0x77, sizeof r.as.settle.of);
    } else if (which == 4) {
        r = (struct jemput_record){ .kind = JEMPUT_RECORD_REPORT, .as.report = { jemput_bytes_str("0.1.0"), 93, 4294967295 } };
    } else if (which == 3) {
        r.kind = JEMPUT_RECORD_ERASED;
        memset(r.as.erased.checkpoint.bytes, 0x55, 32);
    } else {
        r.kind = JEMPUT_RECORD_FORGET;
        r.as.forget = (struct jemput_forgetting){ .marks = (UINT32_C(2) << JEMPUT_EPOCH_DEVICE_BITS) + 1,
                                                  .basis = jemput_bytes_str("UU 27/2022 ps 8, surat 12") };
        memset(r.as.forget.mark, 0x66, sizeof r.as.forget.mark);
    }
    return r;
}

static const char ERASED[] = "record erased 76\n"
                             "checkpoint 5555555555555555555555555555555555555555555555555555555555555555\n";
static const char REPORT[] = "record report 39\n"
                             "version 0.1.0\n"
                             "store 93\n"
                             "free 4294967295\n";
static const char SETTLE[] = "record settle 105\n"
                             "case 7777777777777777777777777777777777777777777777777777777777777777\n"
                             "count 3\n"
                             "reason 16\nundangan disalin\n";
static const char *const TEXTS[] = { CHECKPOINT, BACKED_UP, FORGET, ERASED, REPORT, SETTLE };
#define TEXT_COUNT (sizeof TEXTS / sizeof *TEXTS)

static void each_has_the_text_of_the_document(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(4096);
        struct jemput_record r = example(i);

        jemput_record_write(&out, &r);
        assert_int_equal(out.failed, JEMPUT_OK);
        if (out.len != strlen(TEXTS[i]) || memcmp(out.data, TEXTS[i], out.len) != 0)
            fail_msg("written:\n%.*s", (int)out.len, (const char *)out.data);
        assert_int_equal(read_and_write(jemput_bytes_str(TEXTS[i])), JEMPUT_OK);
        jemput_buf_release(&out);
    }
}

/* What is read is what would be written: read_and_write() holds it to that. */
static void no_cut_and_no_changed_byte_is_read_as_something_else(void **state)
{
    char text[512];

    (void)state;
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        size_t len = strlen(TEXTS[i]);

        for (size_t cut = 1; cut < len; cut++)
            assert_int_not_equal(read_and_write(jemput_bytes_of(TEXTS[i], cut)), JEMPUT_OK);
        for (size_t at = 0; at < len; at++)
            for (unsigned bit = 0; bit < 8; bit++) {
                memcpy(text, TEXTS[i], len);
                text[at] = (char)(text[at] ^ 1 << bit);
                (void)read_and_write(jemput_bytes_of(text, len));
            }
    }
}

static void fields_out_of_range_are_not_written(void **state)
{
    struct jemput_record r = example(0);

    (void)state;
    assert_null(jemput_record_fault(&r));
    r.as.checkpoint.chunks = 0;
    assert_non_null(jemput_record_fault(&r));
    r.as.checkpoint.chunks = JEMPUT_CHECKPOINT_CHUNKS_MAX + 1;
    assert_non_null(jemput_record_fault(&r));
    r = example(0);
    r.as.checkpoint.at_number = 0;
    assert_non_null(jemput_record_fault(&r));
    r = example(0);
    r.as.checkpoint.schema_version = 0;
    assert_non_null(jemput_record_fault(&r));
    r = example(2);
    assert_null(jemput_record_fault(&r));
    r.as.forget.marks = 7; /* a device's own: those who come later do not get it */
    assert_non_null(jemput_record_fault(&r));
    r = example(2);
    r.as.forget.basis = jemput_bytes_str("two\nlines");
    assert_non_null(jemput_record_fault(&r));
    r = example(4);
    assert_null(jemput_record_fault(&r));
    r.as.report.version = jemput_bytes_str("0.1 beta");
    assert_non_null(jemput_record_fault(&r));
    r.as.report.version = (struct jemput_bytes){ 0 };
    assert_non_null(jemput_record_fault(&r));
    r = example(5);
    assert_null(jemput_record_fault(&r));
    r.as.settle.reason = jemput_bytes_str("two\nlines");
    assert_non_null(jemput_record_fault(&r));
    r = example(5);
    r.as.settle.count = UINT64_MAX;
    assert_non_null(jemput_record_fault(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_the_text_of_the_document),
        cmocka_unit_test(no_cut_and_no_changed_byte_is_read_as_something_else),
        cmocka_unit_test(fields_out_of_range_are_not_written),
    };

    return cmocka_run_group_tests_name("record_keeping", tests, NULL, NULL);
}
