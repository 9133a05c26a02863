/* bundletold.c — what is in a bundle, and what came of it. See bundletold.h. */
#include "bundletold.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "moment.h"
#include "text.h"

int bundle_log_take(void *ctx, const struct jemput_bundle_log *log)
{
    struct bundle_told *told = ctx;

    told->logs = memory_resize(told->logs, told->count + 1, sizeof *told->logs);
    told->logs[told->count] = *log;
    if (log->why)
        told->logs[told->count].why = memory_copy(log->why, strlen(log->why));
    told->count++;
    return 0;
}

void bundle_told_release(struct bundle_told *told)
{
    for (unsigned i = 0; i < told->count; i++)
        free((char *)told->logs[i].why);
    free(told->logs);
    *told = (struct bundle_told){ 0 };
}

bool bundle_is_damaged(const struct jemput_bundle_info *info)
{
    return info->damaged || info->segments_lost || info->attachment_chunks_lost || info->blocks_damaged || info->manifest == JEMPUT_MANIFEST_DAMAGED;
}

/* --- for programs --- */

static const char *manifest_word(enum jemput_manifest_state state)
{
    return state == JEMPUT_MANIFEST_GOOD ? "good" : state == JEMPUT_MANIFEST_NONE ? "none" : "damaged";
}

static const char *fate_word(enum jemput_bundle_fate fate)
{
    switch (fate) {
    case JEMPUT_BUNDLE_TAKEN:
        return "taken";
    case JEMPUT_BUNDLE_CARRIED:
        return "carried";
    case JEMPUT_BUNDLE_WAITS:
        return "waits";
    case JEMPUT_BUNDLE_LACKS:
        return "lacks";
    case JEMPUT_BUNDLE_REFUSED:
        return "refused";
    case JEMPUT_BUNDLE_SHOWN:
        break;
    }
    return NULL;
}

void bundle_info_json(struct json *j, const struct jemput_bundle_info *i)
{
    json_text(j, "space", i->space);
    json_text(j, "manifest", manifest_word(i->manifest));
    json_text(j, "carrier", i->carrier);
    json_text(j, "carrier_key", i->carrier_key);
    json_moment(j, "made", i->made_ms);
    json_text(j, "made_for", i->made_for);
    json_count(j, "since", i->since_number);
    json_count(j, "bytes", i->bytes);
    json_count(j, "segments", i->segments);
    json_count(j, "segments_lost", i->segments_lost);
    json_count(j, "attachment_chunks", i->attachment_chunks);
    json_count(j, "attachment_bytes", i->attachment_bytes);
    json_count(j, "attachment_chunks_lost", i->attachment_chunks_lost);
    json_count(j, "bases", i->bases);
    json_count(j, "damaged", i->damaged);
    json_count(j, "blocks", i->blocks);
    json_count(j, "blocks_damaged", i->blocks_damaged);
}

void bundle_logs_json(struct json *j, const struct bundle_told *told)
{
    json_array(j, "logs");
    for (unsigned i = 0; i < told->count; i++) {
        const struct jemput_bundle_log *log = &told->logs[i];

        json_object(j, NULL);
        json_text(j, "writer", log->writer);
        json_count(j, "generation", log->generation);
        json_count(j, "first", log->first);
        json_count(j, "last", log->last);
        if (fate_word(log->fate)) {
            json_text(j, "fate", fate_word(log->fate));
            json_count(j, "fresh", log->fresh);
        }
        if (log->why)
            json_text(j, "why", log->why);
        json_end_object(j);
    }
    json_end_array(j);
}

/* --- for people --- */

static void damage_text(const struct jemput_bundle_info *i)
{
    if (i->manifest == JEMPUT_MANIFEST_NONE)
        puts(T("Daftar isi bertanda tangan: tidak ada (dibuat program lain, atau terpotong).", "Signed manifest: none (made by another program, or cut off)."));
    else if (i->manifest == JEMPUT_MANIFEST_DAMAGED)
        puts(T("Daftar isi bertanda tangan: rusak.", "Signed manifest: damaged."));
    if (i->blocks && !i->blocks_damaged)
        printf(T("Sidik: %" PRIu32 " blok, semua cocok.\n", "Digests: %" PRIu32 " blocks, all match.\n"), i->blocks);
    if (i->blocks_damaged)
        printf(T("Sidik: %" PRIu32 " dari %" PRIu32 " blok tidak cocok, yang pertama mulai di bita %" PRIu64 ".\n",
                 "Digests: %" PRIu32 " of %" PRIu32 " blocks do not match, the first one begins at byte %" PRIu64 ".\n"),
               i->blocks_damaged, i->blocks, i->damaged_at);
    if (bundle_is_damaged(i))
        printf(T("Berkas rusak di %" PRIu32 " tempat; segmen yang hilang: %" PRIu64 ". Selebihnya utuh. Minta salinan baru.\n",
                 "The file is damaged in %" PRIu32 " places; segments lost: %" PRIu64 ". All else is whole. Ask for another copy.\n"),
               i->damaged, i->segments_lost);
    if (i->attachment_chunks_lost)
        printf(T("Bagian lampiran yang hilang: %" PRIu64 ".\n", "Parts of attachments lost: %" PRIu64 ".\n"), i->attachment_chunks_lost);
}

void bundle_info_text(const struct jemput_bundle_info *i)
{
    char made[MOMENT_BYTES];

    moment_local(made, i->made_ms);
    if (i->carrier[0])
        printf(T("Dibuat %s oleh perangkat %.8s (%s).\n", "Made %s by device %.8s (%s).\n"), made, i->carrier, i->carrier_key);
    printf(T("Ruang %.16s. %" PRIu64 " segmen utuh, %" PRIu64 " bita.\n", "Space %.16s. %" PRIu64 " whole segments, %" PRIu64 " bytes.\n"),
           i->space[0] ? i->space : "-", i->segments, i->bytes);
    if (i->attachment_chunks)
        printf(T("Lampiran: %" PRIu64 " bagian, %" PRIu64 " bita.\n", "Attachments: %" PRIu64 " parts, %" PRIu64 " bytes.\n"), i->attachment_chunks, i->attachment_bytes);
    if (i->made_for[0])
        printf(T("Untuk perangkat %.8s.\n", "For device %.8s.\n"), i->made_for);
    if (i->since_number)
        printf(T("Tanpa yang sudah tercatat di segmen pusat %" PRIu64 ".\n", "Without what central's segment %" PRIu64 " covers.\n"), i->since_number);
    damage_text(i);
}

static const char *fate_text(enum jemput_bundle_fate fate)
{
    switch (fate) {
    case JEMPUT_BUNDLE_TAKEN:
        return T("diambil", "taken");
    case JEMPUT_BUNDLE_CARRIED:
        return T("dibawakan untuk yang lain", "carried for others");
    case JEMPUT_BUNDLE_WAITS:
        return T("menunggu: perangkatnya belum diterima", "waits: its device is not let in");
    case JEMPUT_BUNDLE_LACKS:
        return T("disimpan: sambungannya belum ada di sini", "kept: what it goes on from is not here");
    case JEMPUT_BUNDLE_REFUSED:
        return T("ditolak", "refused");
    case JEMPUT_BUNDLE_SHOWN:
        break;
    }
    return "";
}

void bundle_logs_text(const struct bundle_told *told)
{
    for (unsigned i = 0; i < told->count; i++) {
        const struct jemput_bundle_log *log = &told->logs[i];
        const char *fate = fate_text(log->fate);

        printf(T("  catatan %.8s  segmen %" PRIu64 "-%" PRIu64, "  log %.8s  segments %" PRIu64 "-%" PRIu64), log->writer[0] ? log->writer : "-", log->first,
               log->last);
        printf("%s%s%s%s\n", *fate ? "  " : "", fate, log->why ? ": " : "", log->why ? log->why : "");
    }
}
