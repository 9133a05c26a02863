/* api/cases/stopped.c — cases of logs that stand stopped at a segment that failed a check. */
#include <string.h>

#include "api/cases/cases.h"
#include "api/roster/device.h"
#include "store/object/aside.h"

struct stopped {
    struct jemput *j;
    case_fn tell;
    void *ctx;
    const struct claim *claims;
    uint32_t claim_count;
};

static bool asks(const struct stopped *s, const struct jemput_writer *writer)
{
    for (uint32_t i = 0; i < s->claim_count; i++) {
        struct jemput_writer of;

        jemput_writer_derive(&of, &s->j->space, s->claims[i].join.public_key, s->claims[i].join.epoch);
        if (jemput_writer_compare(&of, writer) == 0)
            return true;
    }
    return false;
}

static enum jemput_status stopped_tell(void *ctx, const char *ref, const uint8_t commit[20], enum jemput_status status, const char *reason,
                                       int64_t seen_ms, struct jemput_error *err)
{
    const struct stopped *s = ctx;
    size_t prefix = strlen(LOG_REF_PREFIX);
    bool upgrade = status == JEMPUT_UPGRADE;
    struct jemput_writer writer;
    char label[CASE_LABEL_BYTES] = "";
    const struct jemput_case told = {
        .kind = "stopped",
        .about = ref,
        .label = label,
        .since_ms = seen_ms,
        .count = 1,
        .open = 1,
        .what_id = upgrade ? "Catatan perangkat ini dibuat versi yang lebih baru; di sini dibaca sampai sebelum itu."
                           : "Satu segmen catatan perangkat ini tidak lolos pemeriksaan; catatannya dibaca sampai sebelum itu.",
        .what_en = upgrade ? "This device's log was made by a newer version; here it is read up to there."
                           : "A segment of this device's log failed a check; the log is read up to there.",
        .safe_id = "Ya: segmen itu tidak menyentuh data, dan yang sebelumnya sudah digabungkan.",
        .safe_en = "Yes: that segment has touched no data, and what came before it is merged.",
        .todo_id = upgrade ? "Perbarui jemput di perangkat ini, lalu sync." : "Sync perangkat asalnya ke hub yang baik. Sebabnya: jemput status.",
        .todo_en = upgrade ? "Update jemput on this device, then sync."
                           : "Sync the device that it comes from with a good hub. The reason: jemput status.",
    };

    (void)commit;
    (void)reason;
    if (strlen(ref) > prefix + 2 * JEMPUT_WRITER_BYTES &&
        jemput_hex_decode(writer.id, sizeof writer.id, jemput_bytes_of(ref + prefix, 2 * JEMPUT_WRITER_BYTES))) {
        if (status == JEMPUT_DENIED && asks(s, &writer)) /* it waits, and if a person has to see to it that is a case of its own: cases/ask.c */
            return JEMPUT_OK;
        case_label(s->j, &writer, label);
    }
    return s->tell(s->ctx, &told, err);
}

enum jemput_status cases_stopped(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct stopped s = { .j = j, .tell = tell, .ctx = ctx };
    struct jemput_arena arena = { 0 };
    struct claim *claims;
    enum jemput_status st = claims_read(j, &claims, &s.claim_count, &arena, err);

    s.claims = claims;
    if (!st)
        st = jemput_store_asides_each(j->store, stopped_tell, &s, err);
    jemput_arena_release(&arena);
    return st;
}
