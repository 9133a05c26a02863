/* api/judge/judge.h — judging at merge: which transactions of a segment count, by the policy and by what its writer may do at that segment.
 *
 * The verdict is a function of what is known, not of the order in which it came: rights are the roster's at that segment; the policy is that of the
 * schema version which the header names; regions of a row are all that it ever had by transactions that count. So more knowledge of a row only ever
 * lets more in, and what was refused for a region is judged again then: the least fixpoint. Where the roster moves so that verdicts change, the state
 * is computed anew (FACT_REBUILD_DUE; rebuild.c, and the last step of a sync). */
#ifndef JEMPUT_API_JUDGE_JUDGE_H
#define JEMPUT_API_JUDGE_JUDGE_H

#include "api/engine.h"
#include "identity/policy.h"
#include "store/verdict/refusal.h"

/* Why a transaction is refused: enum jemput_policy_fault, or one of these. Part of the state hash: numbers stay. */
enum { JUDGED_VOID = 32, /* it lies behind a revocation or a rotation, or its writer was never let in by anybody who might */
       JUDGED_SCHEMA = 33 /* it names an older schema version than its writer had seen, or holds what only a schema has that is not in force */ };

struct grown { /* rows of which a region came to be known: their tables and keys; the keys are in the arena */
    uint32_t count, room;
    struct grown_row {
        uint32_t table;
        struct jemput_bytes key;
    } *rows;
    struct jemput_arena *arena;
};

struct judging { /* one registered segment of transactions */
    struct jemput *j;
    struct jemput_store *store; /* that of j, or a replay of it: regions and refusals are kept there */
    const struct jemput_segment *segment;
    uint32_t schema_version;    /* that its header names */
    bool own;                   /* it is being sealed: its rows are in the tables already, and nothing else can be merged now */
    uint32_t common;            /* the schema version that it shares with what is in force, once that was asked (schema/judge.c); 0 = not yet */
    struct grown grown;         /* the rows of which it tells regions, once it was judged */
};

/* Judge the transactions, and note what follows. *out: what is to be merged: `txns`, or a copy in which those that are refused have no changes; in
 * the arena. */
enum jemput_status engine_judge(struct judging *judging, const struct jemput_txn *txns, uint32_t count, const struct jemput_txn **out,
                                struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does something that was refused before wait for these rows? */
enum jemput_status engine_judge_awaited(const struct judging *judging, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Judge that anew, and merge what counts now. Not before this segment is merged, and all that came before it: of one log, each version is merged
 * once, and later ones may only be in before it where it was refused. Nothing waits: nothing is done. */
enum jemput_status engine_judge_again(const struct judging *judging, struct jemput_error *err) JEMPUT_MUST_USE;
/* May this device seal that now? JEMPUT_DENIED: the text says what it may not. */
enum jemput_status engine_judge_act(struct jemput *j, const struct jemput_txn *txn, struct jemput_error *err) JEMPUT_MUST_USE;

/* A segment was registered: remember the highest schema version of its log. */
enum jemput_status engine_schema_seen(struct jemput_store *store, const struct jemput_segment *segment, uint32_t schema_version,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* --- judge/book.c --- */

/* The schema of `store` has moved: note the regions of rows that came with it. Inside a transaction. */
enum jemput_status engine_regions_follow(struct jemput *j, struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* The tables were made anew: what the policy of now watches is noted as known. A rebuild follows. */
enum jemput_status engine_regions_anew(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
void engine_book_free(struct engine_book *book); /* NULL is allowed */
void engine_book_stale(struct jemput *j);        /* after a rollback */

/* Read the policy anew if there are other calls. Before a run of questions to book_table(). */
enum jemput_status book_refresh(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
struct book_table { /* of one table; borrowed until then */
    const struct jemput_table *table;
    const struct jemput_policy *policy; /* NULL = the schema has none at all */
    uint16_t scope_count;
    const uint16_t *scopes; /* columns that some call names as scope= */
};
enum jemput_status book_table(struct jemput *j, uint32_t id, struct book_table *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- judge/txn.c: one transaction --- */

struct judged {
    unsigned reason; /* 0 = it counts */
    uint32_t table;
    struct jemput_bytes key;
    uint16_t column;
    bool for_region; /* it may count when more is known of rows */
};
/* By these rights. */
enum jemput_status judge_txn(struct jemput *j, struct jemput_store *store, const struct jemput_rights *rights, uint32_t schema_version,
                             const struct jemput_txn *txn, struct judged *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* A refused one: note it, and for which rows it waits. */
enum jemput_status judged_refuse(struct jemput *j, struct jemput_store *store, const struct jemput_rights *rights, uint32_t schema_version,
                                 uint64_t version, const struct jemput_txn *txn, const struct judged *judged,
                                 struct jemput_error *err) JEMPUT_MUST_USE;

/* One that counts: note the regions that it gives its rows, and what it adopts. */
enum jemput_status judged_let(struct jemput *j, struct jemput_store *store, const struct jemput_rights *rights, uint64_t version,
                              const struct jemput_txn *txn, struct grown *grown, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- judge/late_segment.c: a segment that others have named before it came --- */

struct came {
    struct jemput_buf open; /* released by whoever asks */
};
/* Before it is registered, and after that. Inside a transaction. */
enum jemput_status engine_came_before(struct jemput *j, const struct jemput_hash *coming, struct came *out, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_came(struct jemput *j, const struct jemput_segment *segment, struct came *came, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- due.c: the state has to be computed anew --- */

enum jemput_status engine_rebuild_note(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_rebuild_due(struct jemput *j, int64_t *times, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_rebuild_done(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE; /* the note goes */
/* jemput_rebuild(), without beginning anew with jemput_cancel() (rebuild.c). */
enum jemput_status engine_rebuild(struct jemput *j, const struct jemput_rebuild_options *options, struct jemput_rebuild_report *report,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the other roster give any registered segment other rights? */
enum jemput_status engine_rights_moved(struct jemput *j, const struct jemput_roster *from, const struct jemput_roster *to, bool *out,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

/* --- judge/adopt_note.c: "adopsi <segment>:<place> <reason>", the note of a transaction that adopts another (payload.md) --- */

#define ADOPT_NOTE_WORD "adopsi "
bool adopt_note_read(struct jemput_bytes note, struct jemput_hash *hash, uint32_t *place); /* place from 0 */
void adopt_note_write(struct jemput_buf *out, const struct jemput_hash *hash, uint32_t place, const char *reason);

#endif
