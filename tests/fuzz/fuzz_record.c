/* fuzz/fuzz_record.c — control payloads: whatever is read is written back as the same bytes, and folds without trouble in any order. */
#include <stdint.h>

#include "base/limits.h"
#include "identity/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All records as one administrator's acts, behind themselves as the genesis segment if the first is one. */
static void fold(const struct jemput_record *records, uint32_t count, struct jemput_arena *arena)
{
    struct jemput_act *acts = jemput_arena_array(arena, (size_t)count * 2, sizeof *acts);
    struct jemput_space space = { { 1 } };
    struct jemput_roster roster;
    struct jemput_error err;
    enum jemput_status st;

    if (!acts || count == 0 || records[0].kind != JEMPUT_RECORD_GENESIS)
        return;
    for (uint32_t i = 0; i < count; i++) {
        acts[i] = (struct jemput_act){ .record = records[i], .place = i, .segment = { { 1 } } };
        acts[count + i] = (struct jemput_act){ .record = records[i], .place = i, .segment = { { 2 } }, .stamp = i };
        jemput_writer_derive(&acts[count + i].author, &space, records[0].as.genesis.admins[0].public_key, 1);
        for (unsigned b = 0; b < JEMPUT_PUBLIC_KEY_BYTES; b++)
            acts[count + i].author_key[b] = records[0].as.genesis.admins[0].public_key[b];
    }
    st = jemput_roster_fold(&roster, &space, acts, count * 2, &jemput_ancestry_linear, arena, &err);
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_UPGRADE);
    JEMPUT_ASSERT(st || (roster.version >= 1 && roster.version + roster.refused_count <= 2 * count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_arena arena = { 0 };
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_bytes payload = { data, size };
    struct jemput_record *records;
    struct jemput_error err;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, payload, &arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT);
    } else {
        for (uint32_t i = 0; i < count; i++)
            jemput_record_write(&again, &records[i]);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), payload));
        fold(records, count, &arena);
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
    return 0;
}
