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

#define LOG_REF_BYTES 96
#define ENGINE_AWAITED_MAX 8
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

/* Of checkpoints that this device has no key to yet: as whom their makers have gone on by taking another key. Those logs may hand it over, and cannot
 * be read before it is there (checkpoint/start.c). */
struct engine_awaited {
    uint32_t count;
    struct jemput_writer of[ENGINE_AWAITED_MAX];
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
    struct engine_awaited awaited;
    size_t batch_work;      /* so much of the logs a merge batch may be, as the last ones have shown (ingest.c); 0 = nothing is known yet */
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

/* --- handle/open.c, lock.c --- */

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

#define ENGINE_LOCK_WAIT_MS 5000

#endif
