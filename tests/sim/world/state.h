/* sim/world/state.h — the world of one run, shared by the files that act in it: its devices, hubs and faults. */
#ifndef TESTS_SIM_WORLD_STATE_H
#define TESTS_SIM_WORLD_STATE_H

#include "base.h"
#include "fault.h"
#include "liar.h"
#include "oracle.h"
#include "world.h"

struct world {
    const struct options *options;
    struct base *base;
    struct history history;
    struct device devices[DEVICES_MAX];
    struct hub_files files;
    unsigned hub_count;
    unsigned reach[DEVICES_MAX]; /* which hubs a device meets */
    unsigned by_address[DEVICES_MAX]; /* which of them it meets over HTTP, and not in a folder */
    unsigned met[DEVICES_MAX];   /* and has met */
    unsigned armed;              /* faults of this seed */
    unsigned keys;
    unsigned fault_one_in;
    bool migrated;
    unsigned founded, joined; /* devices: at the beginning, in the middle */
    bool shut_out[DEVICES_MAX]; /* at the end */
    bool checkpointed;
    bool united;     /* rows were made one */
    unsigned step, step_count;
    bool replaces;
    bool hub_has_lost, device_was_lost; /* never both: a branch that only a lost device and a lost hub had had may be gone */
    bool hub_was_cut; /* a lock may lie there, for ten minutes */
    struct hub_copy *old[HUBS_MAX]; /* what the hubs were */
    struct lie lies[HUBS_MAX];
    bool was_lied_to;               /* somebody was shown what no log is */
    int hub_last[DEVICES_MAX];      /* with which a device was in sync last, as that is; -1 = none */
    bool has_sent[DEVICES_MAX];     /* to that */
    struct oracle oracle;
    char stick_last[STICKS_MAX][65]; /* what each has signed last: hex; "" = nothing in this run */
    bool was_held[DEVICES_MAX][ROWS_MAX], was_orphan[DEVICES_MAX][ROWS_MAX];
    bool was_shown[DEVICES_MAX][ROWS_MAX];
};

/* --- write.c --- */
void step_write(struct world *w, struct device *d, struct rng *rng, struct fault *fault);
/* A transaction that is begun and written to, NULL if that rolled it back; and its end. */
struct writing;
struct writing *write_hold(struct world *w, struct device *d, struct rng *rng);
void write_release(struct writing *x);

/* --- roots.c --- */
void roots_begin(struct world *w);
/* A root administrator signs what waits, at the founder's store; false = nothing does. */
bool roots_sign(struct world *w, struct rng *rng);

/* --- join.c --- */
void step_join(struct world *w);
/* The founder lets in those that wait for a person: two administrators had given one number at once. */
void join_admit(struct world *w);
void step_migrate(struct world *w, struct rng *rng);

/* --- decide.c --- */
void step_decide(struct world *w, struct device *d, struct rng *rng, struct fault *fault);

/* --- unite.c --- */
void step_unite(struct world *w, struct device *d, struct rng *rng, struct fault *fault);
bool group_is_null(const struct table *t, unsigned group, const val *values);
bool group_links(const struct table *t, unsigned group); /* a column of it is of a FOREIGN KEY */

/* --- carried.c --- */
/* Does this device carry late writes after? */
bool carries_late(const struct world *w, const struct device *d);
/* Nothing of what was written to rows that have gone on in others was lost when that was carried after. */
void check_carried(const struct world *w, const struct device *d);

/* --- meet.c --- */
void step_seal(struct world *w, struct device *d, struct fault *fault);
void step_verify(struct world *w, struct device *d);
void step_sync(struct world *w, struct device *d, struct rng *rng, struct fault *fault);
struct beside;
enum jemput_status sync_device(struct world *w, struct device *d, unsigned hub, struct beside *beside, struct jemput_sync_report *report);
/* What a device shows after sealing or merging; complete: everything that it has merged is in its tables. */
void after_merge(struct world *w, struct device *d, bool complete);
/* No log stands stopped; may_wait: but for one that is ahead of what the device knows of schema and members. */
/* Returns how many stand so. */
unsigned check_stopped(const struct world *w, const struct device *d, bool may_wait);

/* --- stick.c --- */
/* After a sync: perhaps the device makes a bundle, and another one takes it. */
void step_stick(struct world *w, struct device *d, unsigned step);

/* --- trust.c: adversaries, and administrators --- */
void step_clone(struct world *w, struct device *d);
void step_theft(struct world *w, struct device *d);
void step_roster(struct world *w, struct rng *rng);
/* Is the device revoked or suspended, as the founder knows it: has it no key to what is written now? */
bool is_shut_out(const struct world *w, const struct device *d);
/* May the transaction be missing at others? Its device has gone on, behind its revocation, as a writer whom nobody lets in: it stays at the hub. Or
 * the key to it was destroyed with what was forgotten, and it is void, or its device has no other key to hand it out under. */
bool is_shut_out_writer(const struct world *w, uint32_t txn);
bool is_shut_out_log(const struct world *w, const char *ref);

/* --- forks.c --- */
/* Each fork of a log is told, with a proof that holds, and nothing else is. */
void check_forks(const struct device *d);

/* --- forger.c --- */
void step_forge(struct world *w, struct device *d, struct rng *rng);
/* The list of devices says of each what the acts that are known there come to. */
void check_roster(const struct device *d);

/* --- keep.c --- */
void step_keep(struct world *w, struct device *d, struct rng *rng);

/* --- liar.c: besides liar.h --- */
void step_lie(struct world *w, struct rng *rng);

/* --- rotate.c --- */
void step_rotate(struct world *w, struct device *d);
/* The device takes another key, and `by` hears of it, if the two meet at some hub. */
void rotate_before(struct world *w, struct device *d, struct device *by);

/* --- end.c --- */
void world_end(struct world *w);

/* --- count.c: rare states --- */
void count_statement(const struct device *d, const char *sql, uint32_t txn);
void count_late(const struct device *d, uint32_t txn);
void count_state(struct world *w, const struct device *d, const struct oracle *o);
void count_equal_stamps(const struct history *h);
void count_forks(const struct device *d);

#endif
