/* session.h — who is signed in (OWASP ASVS 4.0.3, V3). In memory alone: a restart signs everybody out. Thread-safe.
 *
 * A session's name is 32 random bytes in a cookie; kept here is their hash. It changes at sign-in and at renewal. It ends by itself after 15 minutes
 * without a request, and after 8 hours whatever happens; an account has at most 3. */
#ifndef JEMPUT_CONSOLE_SESSION_H
#define JEMPUT_CONSOLE_SESSION_H

#include "account.h"
#include "desk.h"

enum { SESSION_NAME_BYTES = 44, SESSION_IDLE_S = 900, SESSION_WARN_S = 780, SESSION_HOURS = 8, SESSION_RENEWED_S = 300, SESSIONS_AN_ACCOUNT = 3 };

struct session {
    /* Not changed while it lives, but by session_renew() */
    char short_name[9];             /* for people and for looks.db */
    char token[SESSION_NAME_BYTES]; /* against forged requests: the header X-Jemput-Token */
    char account[ACCOUNT_BYTES], label[LABEL_BYTES], address[64];
    struct desks *desks;
    int64_t since_ms; /* wall clock */
    /* session.c's own */
    uint8_t hash[32];
    int64_t begun_at, seen_at, renewed_at; /* monotonic */
    unsigned users;
    bool ended;
    struct session *next;
};

/* Begin one: the account's oldest ends if it has too many. Takes over one use of `desks`. cookie: what the browser is to send back. NULL: no
 * memory. */
struct session *session_begin(const struct account *account, struct desks *desks, const char *address, char cookie[SESSION_NAME_BYTES]);
/* Of a cookie; counts as a request of the person's if `asked`. NULL: none, or it has ended. Release it. */
struct session *session_find(const char *cookie, bool asked);
void session_release(struct session *s);
/* Another name and another token; PIN was given just now. */
void session_renew(struct session *s, char cookie[SESSION_NAME_BYTES]);
void session_end(struct session *s);
bool session_live(const struct session *s);
/* Whose the session of that short name is. false: there is none. */
bool session_account(const char *short_name, char account[ACCOUNT_BYTES]);
/* End by its short name; `account` NULL = anybody's. false: there is none. */
bool session_end_named(const char *short_name, const char *account);
void sessions_end_account(const char *account);
/* All others of the same account. */
void sessions_end_others(const struct session *s);
int64_t session_ends_ms(const struct session *s);    /* wall clock: its end whatever happens */
int64_t session_renewed_ms(const struct session *s); /* wall clock: until when acts that want a fresh PIN go through; 0 = they do not */
struct session_told {
    char short_name[9], address[64];
    int64_t since_ms, seen_ms;
};
/* Those of an account; how many, `max` at most. */
unsigned sessions_of(const char *account, struct session_told *out, unsigned max);
/* End what is over; to be called now and then. */
void sessions_tick(void);
void sessions_end_all(void);
/* Its token as it is now; another thread may be renewing it. */
void session_token(const struct session *s, char out[SESSION_NAME_BYTES]);
/* The token that a request showed: is it this session's? */
bool session_token_good(const struct session *s, const char *token);
/* So long a PIN holds for acts that want a fresh one; before the first session. SESSION_RENEWED_S, if it is not called. */
void session_pin_again(unsigned seconds);
/* A clock that goes on, in ms: monotonic_ms(). */
extern int64_t (*session_clock)(void);

#endif
