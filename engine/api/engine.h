/* api/engine.h — what one handle holds, shared by the files of this room. */
#ifndef JEMPUT_API_ENGINE_H
#define JEMPUT_API_ENGINE_H

#include <jemput/jemput.h>
#include <stdatomic.h>

#include "api/keys/keyring.h"
#include "base/limits.h"
#include "identity/invitation.h"
#include "identity/roster.h"
#include "log/header.h"
#include "repo/hub.h"
#include "store/sql/eponymous.h"

/* Names of the facts that this room keeps in the store (schema/formats/store.md, "Facts"). */
#define FACT_SPACE "space"                 /* 32 bytes */
#define FACT_GENESIS_HEADER "genesis header"
#define FACT_GENESIS_PAYLOAD "genesis payload"
#define FACT_GENESIS_COMMIT "genesis commit"  /* 20 bytes; only at the root administrator */
#define FACT_SECRET_SEED "secret seed"     /* 32 bytes: the device key */
#define FACT_READING_SEED "reading seed"   /* 32 bytes: the key that this device reads by */
#define FACT_READING_BEFORE "reading seeds before" /* those that a new key of the device has replaced: 32 bytes each, oldest first */
#define FACT_EPOCH "epoch"                 /* of this writer */
#define FACT_WRITER "writer"               /* 16 bytes: which writer this device is now; missing = the one that it was first */
/* writers whose logs this store sends besides its own: those that it was, and root keys that are in no store */
#define FACT_CARRIED "carried logs"
#define FACT_COPY_SEEN "copy seen"         /* 1: somebody has a segment of this writer that is not here */
#define FACT_HUB_HAD "hub had"             /* newest own segment that the remembered hub had at the last sync */
#define FACT_LISTED_MS "listed ms"         /* when the remembered hub was asked for all of its branches last, and they were read; 0 = not yet */
#define FACT_NARROW "lists since"          /* how often it was asked for some of them since */
#define FACT_NAMED "branches named"        /* where its branches ended, and their names, to ask by; empty: they are to be listed first (named.c) */
#define FACT_HUB_NAMELESS "hub nameless"   /* the hub that takes no wants by name */
#define FACT_HUB_BEHIND "hub behind"       /* so many logs of which a hub showed less than this device had seen, when that was last so */
#define FACT_HUB_BEHIND_MS "hub behind ms" /* and when */
#define FACT_SAID_MS "said ms"             /* at central: when it sealed its last control segment, by its clock */
#define FACT_STATE_COST "state cost"       /* milliseconds that the last state hash took */
#define FACT_STATE_MS "state ms"           /* when it was made */
#define FACT_STATE_COMPARED "state compared" /* 32 bytes: hash of central's segment whose state was compared last */
#define FACT_STATE_DIFFERS "state differs" /* if it was another: that segment, its state, the one here, when (8 bytes, lowest first) */
#define FACT_CHECKPOINT_DIFFERS "checkpoint differs" /* likewise, of a checkpoint, when it was to be cut off behind it */
#define FACT_CLAIMS "claims"               /* join records, as a control payload, of devices that ask to be let in */
#define FACT_DEVICE_NUMBER "device number" /* reserved or enrolled; read by jemput_serial() */
#define FACT_HUB "hub"
#define FACT_HUB_USER "hub user"           /* and what is needed to be let in there; empty or missing: nothing, or a token */
#define FACT_HUB_SECRET "hub secret"
#define FACT_HUB_SECRET_OF "hub secret of" /* the hub that these two are for */
#define FACT_HUB_TOKEN_OF "hub token of"   /* the hub that has asked for a token: it is given one without asking */
#define FACT_ROLES "roles"                 /* of this device; with the next, what the policy is asked with at COMMIT */
#define FACT_SCOPE "scope"
#define FACT_SCHEMA_VERSION "schema version" /* of the replicated schema; missing: 1 */
#define FACT_SCHEMA_REMADE "schema made anew" /* so many times; missing: 0 */
#define FACT_SCHEMA_JOINED "joined schema"  /* the schema version that the invitation brought */
#define FACT_OWN_COMMIT "own commit"       /* 20 bytes: newest commit of the own log; none before the first */
#define FACT_GENERATION "generation"       /* of the own log; missing: 0 */
#define FACT_GENERATION_FIRST "generation first" /* number of its first segment; missing: 1 */
#define FACT_GENERATION_DUE "generation due" /* 1: the next own segment begins another one */
#define FACT_ANNOUNCED "announced"         /* context that the own log's frontier says so far */
#define FACT_RECEIPT "receipt"             /* own segments up to this number are covered by central's receipt */
#define FACT_RECEIPT_SEGMENT "receipt segment" /* 32 bytes: central's segment that says so */
#define FACT_RECEIPT_FELL "receipt fell" /* when that was less than before: both segments, both numbers, of which writer, when (receipt.c) */
#define FACT_CENTRAL_SHOWN "central shown" /* 32 bytes: central's segment with which its log ended on the hub at the last sync */
#define FACT_RECEIPT_MS "receipt ms"       /* claimed time in central's newest segment here */
#define FACT_LAST_SYNC_MS "last sync ms"
#define FACT_RELAY_REFUSED "relay refused" /* 8 bytes, lowest first: since when; 20 for each carried end that the hub refused */
#define FACT_BUNDLES "bundles taken"       /* 32 bytes for each of the newest ones that were taken whole: hash of the manifest's text */
#define FACT_REBUILD_DUE "rebuild due"     /* so many times verdicts of registered segments have changed since the tables were last computed anew */
#define FACT_LATE_SEEN "late seen"         /* the frontier at which circles of rows that go on in each other were last looked for */

#define LOG_REF_BYTES 96
#define BRANCH_DIGITS 16 /* of the hash in the name of a further branch of a log */

/* The control records of all logs here, read and verified once. Local order: what was seen comes first. */
struct engine_acts {
    struct jemput_arena arena;
    struct engine_act {
        struct jemput_act act; /* with the stamp that its segment claims */
        int64_t segment;       /* local number; 0 = genesis */
        bool seen_whole;       /* all that its author had seen is here (roster/act_order.c) */
    } *of;
    uint32_t count, room;
    int64_t newest; /* local number of the newest segment that was looked at */
    bool stale;     /* a rollback took away some of the segments: to be read anew */
    bool late;      /* one came before another that it had seen, and that has a higher stamp (roster/act_order.c) */
};

/* A policy that is kept, table by table, from question to question (policy.c). */
struct engine_policies {
    int64_t serial; /* of the newest call that was read */
    uint32_t room;
    struct engine_table_policy *of; /* by table's id - 1 */
    struct jemput_arena arena;
};

/* Rows that are to be erased (forget.h): ascending by table and key. */
struct engine_forgets {
    uint32_t count;
    const struct jemput_forgetting **of;
};

struct engine_acting { /* jemput_act_as() */
    bool on;
    unsigned roles;
    char scope[JEMPUT_SCOPE_BYTES_MAX + 1]; /* "" = the device's own */
};

struct jemput {
    struct jemput_env *env;
    struct jemput_store *store;
    struct jemput_repo *repo;
    struct jemput_space space;
    struct jemput_keypair key;
    struct jemput_writer writer;
    uint32_t epoch;
    struct engine_acts acts;
    struct jemput_arena roster_arena;
    struct jemput_roster roster; /* borrows from acts */
    struct engine_keyring keyring; /* likewise, and from the roster's arena */
    struct engine_forgets forgets; /* likewise */
    uint64_t roster_loads;  /* how often it was made anew */
    int64_t roster_segment; /* local number of the newest segment that the roster has regarded */
    size_t batch_bytes;     /* so much of the logs a merge batch may be, as the last ones have shown (ingest.c); 0 = nothing is known yet */
    atomic_bool cancelled;
    char *path;              /* of the store file */
    struct jemput *look;     /* for the views of the app's connection (view.c), on the thread that reads them; NULL = none was read yet */
    struct engine_policies policies; /* used on the app's thread alone */
    bool restricted;                 /* jemput_restrict(): holds for the connection that unlocking makes, too */
    struct engine_acting acting;     /* jemput_act_as(): likewise */
    jemput_changed_cb changed;       /* jemput_observe(): likewise */
    void *changed_ctx;
    bool rebuild_owed;               /* as FACT_REBUILD_DUE says, but no transaction was open to note it in */
    struct jemput_store *older;      /* with the schema of older_version, and no data (schema/judge.c); NULL = none was asked for under this roster */
    uint32_t older_version;
    struct engine_part *part;        /* of an attachment that was read in part (media/part.c); NULL = none was */
    struct engine_book *book;        /* the policy as merging reads it (judge/book.c); NULL = not asked yet */
    atomic_bool may_migrate; /* this device is an administrator's: asked on the app's connection, while another thread may be moving the roster */
};

static inline bool engine_has_role(const struct jemput *j, unsigned role)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);
    return me && (me->roles & role) != 0;
}

/* --- http.c --- */

struct engine_lent { /* a client that a caller of ours keeps, given to a hub, which closes what it is given */
    struct jemput_http http;
    struct jemput_http *keeper;
};
/* A client for HTTP: the caller's, through `lent`, which must outlive its use; or, if `keeper` is NULL, what the program gives. JEMPUT_MISUSE: it
 * gives none. */
enum jemput_status engine_http_open(struct jemput_env *env, struct jemput_http *keeper, struct engine_lent *lent, struct jemput_http **out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;

/* --- open.c --- */

void engine_log_ref(char out[LOG_REF_BYTES], const struct jemput_writer *writer, uint32_t generation);
/* The way back (list.c). *branch: a further one of a forked log. false: it is no name of a log. */
bool engine_ref_parse(const char *name, struct jemput_writer *writer, bool *branch, uint32_t *generation);
/* JEMPUT_LOCKED: the handle is locked, and nothing but unlocking it works. Every public call on a handle begins by asking (lock.c); with the first of
 * them come the store's shapes and the roster, which opening leaves alone. */
enum jemput_status engine_awake(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same question alone, for calls that may be made while another thread is inside one. */
enum jemput_status engine_unlocked(const struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Read a fact of exactly `len` bytes. JEMPUT_NOTFOUND: missing. JEMPUT_CORRUPT: another length. */
enum jemput_status engine_fact_exact(struct jemput *j, const char *name, void *out, size_t len, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- roster.c --- */

/* The enrolled device with the role `pusat`, lowest by writer if there are several; NULL = none known. */
const struct jemput_member *engine_central(const struct jemput *j);
/* Fold all control records in the store into j->roster (after open, and whenever a control segment was added). */
enum jemput_status engine_roster_load(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* roster/act_order.c: all acts, with the stamps that they fold by. In the arena. */
enum jemput_status engine_acts_raised(struct jemput *j, struct engine_acts *from, struct jemput_act **out, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* The same if another handle of this store has added control records meanwhile: cheap if not. */
enum jemput_status engine_roster_refresh(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* What would become of records that are signed now, in one segment. */
struct engine_trial {
    const struct jemput_record *records;
    uint32_t count;
    struct jemput_writer author;
    uint8_t author_key[JEMPUT_PUBLIC_KEY_BYTES];
    /* out */
    struct jemput_roster roster; /* with it; in the arena of the call */
    const char *refused;         /* why one of them would have no effect; static; NULL = each would have one, or waits */
    uint32_t refused_at;         /* which */
    bool waits;                  /* one, for signatures of root administrators */
};
/* The roster is brought up to date. */
enum jemput_status engine_roster_try(struct jemput *j, struct engine_trial *trial, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* What a segment of that roster may do. One of a writer that is not enrolled counts for nothing; but this device is held to its invitation until it
 * is. The scope may be in the arena. */
enum jemput_status engine_rights_at(struct jemput *j, const struct jemput_roster *roster, const struct jemput_segment *segment,
                                    struct jemput_rights *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Roll the store's transaction back, and the roster in memory with it. */
void engine_undo(struct jemput *j);

/* --- writer.c --- */

/* Go on as another writer. Inside a store transaction, with nothing pending; the caller puts key, epoch and writer of the handle back if that fails.
 * */
enum jemput_status engine_writer_become(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], uint32_t epoch,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* If another handle of this store has done so meanwhile: be that writer, too. */
enum jemput_status engine_writer_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- carry.c: logs that this store sends besides its own --- */

enum jemput_status engine_carry_add(struct jemput *j, const struct jemput_writer *writer, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_carried(struct jemput *j, struct jemput_writer **out, uint32_t *count, struct jemput_arena *arena,
                                  struct jemput_error *err) JEMPUT_MUST_USE;

/* --- policy.c --- */

struct jemput_ask;
struct jemput_policy;
struct jemput_policy_calls;
/* The calls that bear on one table, read; kept in `kept` as long as no call is added. */
enum jemput_status engine_policy_of(struct engine_policies *kept, const struct jemput_policy_calls *calls, const struct jemput_table *table,
                                    const struct jemput_policy **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The store's hooks of these names. */
enum jemput_status engine_policy_check(void *engine, const struct jemput_table *table, struct jemput_bytes roles, struct jemput_bytes rules,
                                       uint16_t *steps, uint16_t *step_count, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_may_write(void *engine, const struct jemput_ask *ask, struct jemput_error *err) JEMPUT_MUST_USE;
/* handle/act_as.c: what the app's connection may do, of what this device may. */
void engine_acting(const struct jemput *j, unsigned *roles, struct jemput_bytes *scope);
/* Note what this device is: as given, or as the roster has it. Inside a store transaction. */
enum jemput_status engine_rights_put(struct jemput *j, unsigned roles, struct jemput_bytes scope, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_rights_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* As noted. The scope is in the arena. */
enum jemput_status engine_rights_noted(struct jemput *j, struct jemput_rights *out, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

/* --- view.c: what the app's connection may read besides (schema/views.md) --- */

#define ENGINE_VIEW_COUNT 8
extern const struct jemput_eponymous engine_views[ENGINE_VIEW_COUNT];

/* --- generation.c: inside a store transaction --- */

/* Of the own segment `number`, which is about to be sealed: its log's generation, and whether it is the first of it. Notes it. */
enum jemput_status engine_generation_next(struct jemput *j, uint64_t number, uint32_t *generation, bool *root,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Own segments up to this number are covered by the checkpoint that stands for what was cut off here; 0 = none. Also outside of a transaction. */
enum jemput_status engine_own_covered(struct jemput *j, uint64_t *number, struct jemput_error *err) JEMPUT_MUST_USE;
/* The own log's as it is, and the number of its first segment. */
enum jemput_status engine_generation(struct jemput *j, uint32_t *generation, uint64_t *first, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- seal.c: inside a store transaction, but for engine_seal_parts --- */

/* Whether to go on, with so many segments made. */
typedef enum jemput_status (*engine_go_on_fn)(void *ctx, unsigned count, struct jemput_error *err);
/* Seal everything pending in transactions of its own, a segment in each, so that the app waits for one alone. Adds to *count, also where it fails:
 * what is sealed by then is kept. NULL = it always goes on. */
enum jemput_status engine_seal_parts(struct jemput *j, engine_go_on_fn go_on, void *ctx, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Seal everything pending: migrations as control segments, then transactions. Adds to *count. */
enum jemput_status engine_seal_pending(struct jemput *j, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Seal a control segment of `records` (several if they are more than one may hold) that announces what was merged; with the
 * accepted heads as git parents if this device is central. */
enum jemput_status engine_seal_control(struct jemput *j, const struct jemput_record *records, uint32_t count,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* The same without records, with what was seen of the state before the lock was taken (compare.h). */
struct state_look;
enum jemput_status engine_seal_receipt(struct jemput *j, const struct state_look *look, struct jemput_error *err) JEMPUT_MUST_USE;
#define ENGINE_RECEIPT_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)
/* Is anything merged that no own segment says yet? At central also: is its newest segment older than that? */
enum jemput_status engine_receipt_due(struct jemput *j, bool *due, struct jemput_error *err) JEMPUT_MUST_USE;
/* This clock's time, within what a stamp can say: so that differences are numbers (evidence.c). */
int64_t engine_now(const struct jemput *j);
/* The time that the space's genesis segment claims (evidence.c). */
enum jemput_status engine_founding_ms(struct jemput *j, int64_t *ms, struct jemput_error *err) JEMPUT_MUST_USE;
/* Stamps of a good clock run ahead by up to a day, for they never fall behind one that was seen; more than this is an error. */
#define ENGINE_CLOCK_ERROR_MIN_MS (INT64_C(26) * 3600 * 1000)
/* clock_error_ms and logs_ahead of struct jemput_info (evidence.c). */
enum jemput_status engine_clock_evidence(struct jemput *j, int64_t *error_ms, uint64_t *logs_ahead, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_sign(void *engine, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- receipt.c --- */

/* The segment whose frontier says what central has merged: its newest, on the line that the hub showed last. JEMPUT_NOTFOUND. */
enum jemput_status engine_receipt_segment(struct jemput *j, const struct jemput_writer *central, struct jemput_segment *out,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Note how far that covers the own log, which may be less than it was. Inside a store transaction. */
enum jemput_status engine_receipt_note(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- segment.c: a segment as it comes from a commit --- */

struct engine_segment {
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_hash hash;
    uint8_t public_key[32];
};
/* Is it the log (branch, file) that is at fault, and not the world? What is not found is missing in this copy of the log. */
bool engine_status_of_log(enum jemput_status st);
/* Read and check all that a segment says of itself: form, signature, writer derived from key, payload hash, space. Not its predecessor, not the
 * roster. With payload = false the payload is neither read nor checked. JEMPUT_CORRUPT JEMPUT_DENIED JEMPUT_UPGRADE JEMPUT_LIMIT JEMPUT_NOTFOUND
 * JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status engine_segment_read(struct jemput *j, struct jemput_source *source, const struct jemput_oid *oid, bool payload,
                                       struct engine_segment *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* One that is registered here, with its payload. Nothing is registered before its signature was checked, and the register's hash binds header and
 * payload: so these are compared, and the signature is not checked again (jemput_audit() does that). JEMPUT_CORRUPT: other bytes than were
 * registered. Else as above. */
enum jemput_status engine_segment_known(struct jemput *j, const struct jemput_segment *segment, struct engine_segment *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- walk.c: which commits of a log are not known here --- */

struct engine_walk {
    struct jemput_buf oids;  /* newest first */
    struct jemput_hash base; /* what segment the oldest of them must name as its previous one */
    bool unknown;            /* that is not registered here: the log's generation begins behind a checkpoint, */
    bool lacks;              /* or the hub does not have what stands before: it was put back, and a checkpoint stands for what it lost */
};
/* From the tip back along first parents to what is registered here, to the root, or to what the hub lacks. Only headers, and that each is what its
 * successor names. */
enum jemput_status engine_walk_back(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* A walk that ends at the beginning of a generation goes on in the one before it, if that ends at `tip` in the hub's copy: so what stands in both can
 * be looked at as one. */
enum jemput_status engine_walk_on(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *walk,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
size_t engine_walk_count(const struct engine_walk *walk);
void engine_walk_oid(const struct engine_walk *walk, size_t from_oldest, struct jemput_oid *out);

/* --- checkpoint/start.c --- */

/* A log that begins behind what is registered here: if it holds a checkpoint that stands there, or further on in it, by one who was central then,
 * take over its register and control segments; the state follows by a rebuild, which is noted as due. Then the walk is to be made anew.
 * *adopted = false: it holds none that counts, or (*unread) no key to it is known here yet. */
enum jemput_status engine_adopt(struct jemput *j, struct jemput_source *source, const struct engine_walk *walk, bool *adopted, bool *unread,
                                struct jemput_error *err) JEMPUT_MUST_USE;

/* --- ingest.c: a log from elsewhere --- */

enum ingest_verdict {
    INGEST_READ,   /* all up to the tip is merged */
    INGEST_MORE,   /* call again */
    INGEST_WAITS,  /* the writer is not enrolled */
    INGEST_STOPPED /* a segment failed a check, and was noted */
};

struct engine_log { /* zeroed but for ref and tip = not begun */
    char ref[LOG_REF_BYTES]; /* what it is called in reports */
    struct jemput_oid tip;
    bool walked;
    bool accepted; /* central has accepted it: registered even if nobody known here has let its writer in; then it is void */
    struct engine_walk walk;
    size_t place; /* commits of the walk that are done */
    struct jemput_hash previous;
};
void engine_log_release(struct engine_log *log);

struct engine_ingest {
    struct jemput_source *source;
    const struct jemput_oid *before; /* where the generation before the log's ends, as the hub shows it; NULL = it shows none */
    struct jemput_sync_report *report;
    bool roster_moved; /* set when control records were added */
    enum jemput_status (*may_go_on)(void *ctx, struct jemput_error *err); /* asked between batches; another status ends the work with it */
    void *ctx;
    uint64_t segments_found, segments_done; /* grow by what the walks found, and by what was merged or given up */
    unsigned depth;          /* logs that are being read because another one's segment names their heads */
    bool passing;            /* it is a bundle, and no hub: what it lacks is no fault of a log, and is not noted there */
    bool lacks;              /* out: a log stops or waits because what comes before it is not here, */
    struct jemput_error why; /* or for this; status JEMPUT_OK = it does not */
};
/* Read, verify and merge the next batch of a log, holding the write lock for a bounded time. Errors are the world's; a bad log is a verdict. */
enum jemput_status engine_ingest(struct jemput *j, struct engine_ingest *in, struct engine_log *log, enum ingest_verdict *verdict,
                                 struct jemput_error *err) JEMPUT_MUST_USE;

/* --- state/state_hash.c --- */

/* State hash read on the app's connection; safe while the engine's connection is in use. */
enum jemput_status engine_state_hash_app(void *engine, char hex[65], struct jemput_error *err) JEMPUT_MUST_USE;
/* Without sealing. JEMPUT_BUSY: something is not sealed. */
enum jemput_status engine_state_hash(struct jemput_store *store, char hex[65], struct jemput_error *err) JEMPUT_MUST_USE;

/* --- admit.c --- */

struct engine_asking {
    bool asks;               /* the log holds a request that the one-time key of an invite known here has signed */
    bool found;              /* and that is good now: `enrol` is what admits it */
    struct jemput_join join;
    struct jemput_enrol enrol;
    bool has_reading_key;    /* told beside the request */
    uint8_t reading_key[JEMPUT_READING_KEY_BYTES];
    const char *why;         /* what is wrong with a request, if its invite is known here; static */
};
/* Does the log ask to join? Bytes borrowed from `arena`. */
enum jemput_status engine_join_find(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_asking *out,
                                    struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The request that this device has signed last. */
enum jemput_status engine_join_own(struct jemput *j, struct jemput_join *join, bool *asked, struct jemput_error *err) JEMPUT_MUST_USE;
/* By which invitation this device asked last. */
enum jemput_status engine_join_asked(struct jemput *j, uint8_t invite_key[JEMPUT_PUBLIC_KEY_BYTES], bool *asked,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_DENIED if this device asked to join and, by what is known here, will not be let in: the text says why. */
enum jemput_status engine_join_check(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- space/join_request.c --- */

/* The invite of this one-time key, if an administrator made it and its device number had gone to another one that was made at the same time; NULL =
 * no such. Borrowed from the acts. */
const struct jemput_invite *engine_invite_forestalled(const struct jemput *j, const uint8_t one_time_key[JEMPUT_PUBLIC_KEY_BYTES]);
/* Keep in mind that this device asks. *rival: another one asks, or has asked, by the same invitation. Outside a transaction. */
enum jemput_status engine_claim_note(struct jemput *j, const struct jemput_join *join, bool *rival, struct jemput_error *err) JEMPUT_MUST_USE;

#define ENGINE_LOCK_WAIT_MS 5000

#endif
