/* route.h — the routes of api.md: one table of who may ask what, and what is written down of it. */
#ifndef JEMPUT_CONSOLE_ROUTE_H
#define JEMPUT_CONSOLE_ROUTE_H

#include "answer.h"
#include "body.h"
#include "looks.h"
#include "reader.h"

enum {
    ROUTE_OPEN = 1,    /* nobody needs to be signed in */
    ROUTE_ACT = 2,     /* may take long, or write: done by the other threads */
    ROUTE_TOKEN = 4,   /* a GET that wants the token as well */
    ROUTE_PERSON = 16, /* of persons: a refusal is written down, too */
    ROUTE_CSV = 32,    /* its body is CSV */
    ROUTE_ANYONE = 64, /* whatever the role */
    ROUTE_STILL = 128, /* does not count as a request of the person's */
    ROUTE_KEPT = 256   /* counts: the answer is kept until rows move (cache.h) */
};
enum { PARTS_MAX = 4, PARAMETERS_MAX = 24, HEADER_TEXT_BYTES = 1025, DETAIL_BYTES = 6144 };

struct request;
struct route {
    const char *method, *path;      /* "{}" stands for one part of the path */
    bool (*run)(struct request *q); /* false: the answer is an error, and nothing is written down */
    unsigned roles, flags;
    const char *look; /* act in looks.db; NULL = nothing is written */
};
extern const struct route routes[];
extern const size_t route_count;
/* *methods: whether the path is one of ours, by another method. */
const struct route *route_find(const char *method, const char *path, bool *other_method);

struct parameter {
    const char *name, *value;
};

struct request {
    /* in; texts are the frame's until the answer is sent */
    const struct console *console;
    const struct route *route;
    const char *parts[PARTS_MAX]; /* of the path, decoded */
    unsigned part_count;
    struct parameter parameters[PARAMETERS_MAX];
    unsigned parameter_count;
    char q[HEADER_TEXT_BYTES], reason[HEADER_TEXT_BYTES]; /* headers; "" = not given */
    char cookie[SESSION_NAME_BYTES], token[SESSION_NAME_BYTES], address[64];
    char made_for[ACCOUNT_BYTES]; /* the account that the page was made for, if it says so */
    char *data;                   /* the body, with a NUL behind it */
    size_t len;
    /* while it is worked on */
    struct reader *reader;
    struct session *session; /* NULL = nobody */
    struct reach reach;      /* narrowed to where the route's roles are had */
    unsigned roles;          /* all that the account has, wherever */
    bool new_pin;            /* its PIN is one that somebody else chose */
    struct json_t *body;
    struct look look; /* what is written down: space, tbl, key, count, detail, reason; and its texts: */
    char look_tbl[80], look_key[160], look_detail[DETAIL_BYTES], look_role[ROLES_BYTES];
    /* out */
    struct answer answer;
};
/* Whose it is, by its head alone: a cookie of a live session, the account that the page was made for, the token. false, answered. Sets q->session. */
bool request_sender(struct request *q);
/* 403, and written down as refused. Always false. */
bool request_refused(struct request *q);
/* All of it: who, may they, the work, the look, the answer. From a job's thread. */
void route_run(struct request *q, struct reader *reader);

/* A parameter of the address; NULL = not given, or empty. */
const char *parameter(const struct request *q, const char *name);
/* Of lists: 1 … 100, 50. */
int64_t parameter_limit(const struct request *q);
/* false, answered: it is no number. `none`: its value if it is not given. */
bool parameter_number(struct request *q, const char *name, int64_t min, int64_t max, int64_t none, int64_t *out);
/* The space of ?space=, if given: NULL = not given. false, answered: not there for this account. */
bool parameter_space(struct request *q, const struct reach_space **out);
/* The space of a part of the path, or of the body's member "space". NULL, answered. */
const struct reach_space *request_space(struct request *q, const char *text);
const struct reach_space *body_space(struct request *q, const struct json_t *body);
/* Was the PIN given just now? false, answered: it is to be given again. */
bool request_renewed(struct request *q);
/* A reason of 1 … 1024 bytes from the body. NULL, answered. */
const char *body_reason(struct request *q);

/* looks.db, shared by all threads. */
int look_start(const struct console *c, struct trouble *why);
void look_stop(void);
int look_write(const struct look *look, struct trouble *why);
/* Note what is looked at. */
void look_row(struct request *q, int64_t space, const char *tbl, const char *key);
void look_note(struct request *q, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Note what an act was asked to do, by its request alone: where, which rows, by which words. Texts as they came: nothing of them was looked at. */
void look_asked(struct request *q);
struct looks;
/* The chain's connection for reading, alone; entries are written meanwhile. */
struct looks *look_lock(void);
void look_unlock(void);
struct accounts *request_accounts(void);
void request_accounts_set(struct accounts *a);

/* A handler of its own: events.c */
bool ask_events(struct request *q);

/* --- the routes' own, by file --- */
bool ask_session(struct request *q);                                                                /* ask_session.c */
bool act_sign_in(struct request *q), act_sign_out(struct request *q), act_renew(struct request *q); /* act_session.c */
bool ask_codes(struct request *q);
bool ask_today(struct request *q);
bool ask_conflicts(struct request *q), ask_conflict(struct request *q);
bool ask_decision(struct request *q);
bool ask_held(struct request *q), ask_held_row(struct request *q);
bool ask_twins(struct request *q), ask_twin(struct request *q);
bool ask_applications(struct request *q), ask_application(struct request *q), ask_history(struct request *q), ask_photo(struct request *q);
bool ask_devices(struct request *q), ask_cuts(struct request *q);
bool ask_regions(struct request *q), ask_region(struct request *q);
bool ask_recap(struct request *q);
/* Does it ask for the one table that may be published: one month, all that the spaces have? A small cell can be computed from any other cut of the
 * same counts and this one: one kelurahan's, one space's, the sum of several months. */
bool recap_one_table(const struct request *q);
bool ask_states(struct request *q), ask_forks(struct request *q), ask_looks(struct request *q), ask_segment(struct request *q),
    ask_run(struct request *q);
bool ask_cases(struct request *q), ask_refused(struct request *q);
bool ask_accounts(struct request *q);
bool act_decide(struct request *q), act_undo(struct request *q);
bool act_forget(struct request *q), ask_forgotten(struct request *q);
bool act_unite(struct request *q), act_part(struct request *q), act_two(struct request *q);
bool act_status(struct request *q), act_return(struct request *q);
bool act_invite(struct request *q), act_device(struct request *q);
bool act_export(struct request *q), act_import(struct request *q);
void export_clean(const struct console *c); /* files that a server left which was killed */
bool act_audit(struct request *q);
bool act_account(struct request *q);

#endif
