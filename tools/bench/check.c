/* check.c — see check.h. It calls what engine/api/ingest/ingest.c calls for each segment of a batch. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "api/ingest/ingest.h"
#include "api/ingest/segment.h"
#include "crypto/ed25519.h"
#include "trouble.h"

struct check_segment {
    char writer[33];
    struct jemput_oid oid;
    struct jemput_hash previous;
};

static int segment_add(void *ctx, const struct jemput_segment_info *info)
{
    struct check *c = ctx;
    struct check_segment s = { .previous = { { 0 } } };

    if (info->control || info->number < 2)
        return 0;
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 256;
        c->segments = realloc(c->segments, c->room * sizeof *c->segments);
        if (!c->segments)
            trouble("no memory for %u segments", c->room);
    }
    memcpy(s.writer, info->origin.writer, sizeof s.writer);
    if (!jemput_hex_decode(s.oid.id, sizeof s.oid.id, jemput_bytes_of(info->commit, 2 * sizeof s.oid.id)))
        trouble("'%s' is no commit", info->commit);
    c->segments[c->count++] = s;
    return 0;
}

static unsigned count_of(const struct check *c, const char *writer)
{
    unsigned count = 0;

    for (unsigned i = 0; i < c->count; i++)
        count += strcmp(c->segments[i].writer, writer) == 0;
    return count;
}

/* Only the log with most segments stays. */
static void one_log_keep(struct check *c)
{
    char most[sizeof c->segments->writer] = "";
    unsigned kept = 0;

    for (unsigned i = 0; i < c->count; i++)
        if (!most[0] || count_of(c, c->segments[i].writer) > count_of(c, most))
            memcpy(most, c->segments[i].writer, sizeof most);
    for (unsigned i = 0; i < c->count; i++)
        if (strcmp(c->segments[i].writer, most) == 0)
            c->segments[kept++] = c->segments[i];
    c->count = kept;
}

/* Of one transaction? And what it names as its predecessor: a sync has that from the segment before. */
static bool is_small(struct jemput *j, struct check_segment *s, struct jemput_arena *arena)
{
    struct engine_segment segment;
    struct jemput_txn *txns;
    struct jemput_error err;
    uint32_t count;
    bool unread;

    must(engine_segment_read(j, jemput_repo_source(j->repo), &s->oid, true, &segment, arena, &err), &err, "read a segment");
    must(engine_txns_read(j, &segment.header, &segment.commit, &txns, &count, &unread, arena, &err), &err, "unfold a segment");
    s->previous = segment.header.previous;
    return count == 1;
}

/* A day's work is in segments of a thousand transactions: these would weigh as much as all others together. */
static void small_keep(struct check *c)
{
    struct jemput_arena arena = { 0 };
    unsigned kept = 0;

    for (unsigned i = 0; i < c->count; i++) {
        if (is_small(c->jemput, &c->segments[i], &arena))
            c->segments[kept++] = c->segments[i];
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
    c->count = kept;
}

void check_open(struct check *c, struct side *s)
{
    struct jemput_error err;

    *c = (struct check){ .jemput = s->jemput };
    must(jemput_log(s->jemput, segment_add, c, &err), &err, "log");
    one_log_keep(c);
    small_keep(c);
    if (!c->count)
        trouble("there are no small segments to be checked");
}

void check_close(struct check *c)
{
    free(c->segments);
    *c = (struct check){ 0 };
}

void check_segments(const struct check *c)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    jemput_store_readings_begin(c->jemput->store);
    for (unsigned i = 0; i < c->count; i++) {
        struct ready ready;
        bool enrolled;

        must(ingest_read(c->jemput, jemput_repo_source(c->jemput->repo), &c->segments[i].oid, &c->segments[i].previous, &ready, false, &enrolled,
                         &arena, &err),
             &err, "check a segment");
        if (ready.unread || !ready.txn_count)
            trouble("a segment could not be read");
        jemput_arena_clear(&arena);
    }
    jemput_store_readings_end(c->jemput->store);
    jemput_arena_release(&arena);
}

static void key_make(struct jemput_keypair *key)
{
    static const uint8_t seed[JEMPUT_SEED_BYTES] = { 7 };

    jemput_keypair_from_seed(key, seed);
}

void check_signatures(unsigned count)
{
    uint8_t message[100] = { 0 }, signature[JEMPUT_SIGNATURE_BYTES], whole[102] = "x";
    struct jemput_keypair key;

    key_make(&key);
    jemput_sign(signature, "x", (struct jemput_bytes){ message, sizeof message }, &key);
    for (unsigned i = 0; i < count; i++)
        if (!jemput_ed25519_verify(signature, (struct jemput_bytes){ whole, sizeof whole }, key.public_key))
            trouble("a signature of our own does not hold");
}

void check_sign(unsigned count)
{
    uint8_t text[700] = { 'c' }; /* about what a commit has */
    struct jemput_keypair key;

    key_make(&key);
    for (unsigned i = 0; i < count; i++) {
        struct jemput_buf armor = JEMPUT_BUF_INIT(4096);

        jemput_sshsig_sign(&armor, (struct jemput_bytes){ text, sizeof text }, &key);
        if (armor.failed)
            trouble("no memory for a signature");
        jemput_buf_release(&armor);
    }
}

void check_sign_alone(unsigned count)
{
    uint8_t message[100] = { 0 }, signature[JEMPUT_SIGNATURE_BYTES];
    struct jemput_keypair key;

    key_make(&key);
    for (unsigned i = 0; i < count; i++)
        jemput_sign(signature, "x", (struct jemput_bytes){ message, sizeof message }, &key);
}
