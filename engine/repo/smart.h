/* repo/smart.h — git's smart HTTP, from the client's side, thriftier than git's own: a push is one POST with the tip that is remembered, what is new
 * is one POST of protocol version 2, and the list of branches is asked for by name. Servers without version 2 get the plain forms.
 * Sources: git's gitprotocol-http, gitprotocol-v2, gitprotocol-pack; what servers do was measured against git 2.39.
 *
 * Statuses of all calls, besides their own:
 *   JEMPUT_OFFLINE   not reached, cut, stalled; the hub failed (5xx); or something else answers than a git server: a network's sign-in page
 *   JEMPUT_DENIED    the hub wants other credentials (401, 403), or takes nothing (403 to a push)
 *   JEMPUT_UNTRUSTED its certificate does not stand up, or it sends us to another host
 *   JEMPUT_NOTFOUND  no repository there (404)      JEMPUT_LIMIT  the hub takes no more at once (413), or sends more than is allowed
 *   JEMPUT_BUSY      the hub has too much to do (429, 503): not before smart->wait_s
 *   JEMPUT_FULL      the hub has no space left (507)
 *   JEMPUT_CORRUPT  no such protocol, or damaged, or the hub gave up over what was asked for      JEMPUT_CANCELLED  JEMPUT_NOMEM */
#ifndef JEMPUT_REPO_SMART_H
#define JEMPUT_REPO_SMART_H

#include <jemput/http.h>

#include "repo/pktline.h"
#include "repo/unpack.h"

/* Who signs tokens for a hub (identity/hubtoken.h). */
struct jemput_smart_signer {
    bool up_front; /* this hub is known to ask for one */
    /* *line = "Authorization: Jemput …", for this address and time (-1 = the device's own clock): jemput_alloc'd, becomes the caller's. */
    enum jemput_status (*sign)(void *ctx, const char *url, int64_t now_s, char **line, struct jemput_error *err);
    void (*asked)(void *ctx); /* the hub has asked for a token */
    void *ctx;
};

struct jemput_smart {
    struct jemput_http *http;  /* borrowed */
    char *url;                 /* of the repository, without a slash at its end; owned */
    const char *authorization; /* "Authorization: …", or NULL; borrowed */
    const struct jemput_smart_signer *signer; /* if there is no authorization, and the hub asks for a token; NULL = nobody; borrowed */
    char *token;               /* "Authorization: Jemput …", while the hub takes it; owned */
    bool plain;                /* the server knows no version 2 */
    bool nameless;             /* it takes no wants by name */
    bool shallow;              /* of each commit that is wanted it is enough without those before it (version 2 only) */
    unsigned status;           /* of the last exchange: 200, 404, …; 0 = no answer came */
    bool unfinished;           /* the last fetch's answer came to its end, and git had not: the hub's git died, or a link was cut unnoticed */
    uint64_t deadline_ms, stall_ms, answer_ms; /* of one exchange; 0 = none */
    int (*cancelled)(void *ctx);
    void *cancelled_ctx;
    uint32_t wait_s;           /* what the hub asked for with JEMPUT_BUSY; 0 = nothing */
    uint64_t bytes_sent, bytes_received; /* headers included */
    uint32_t exchanges;
};

/* JEMPUT_UNTRUSTED: credentials, and an "http://" address that is not on this machine: they would go in the clear
 * JEMPUT_MISUSE: no "http://" or "https://" address, one with a user in it, or credentials with a line break. */
enum jemput_status jemput_smart_open(struct jemput_smart *out, struct jemput_http *http, const char *url, const char *authorization,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_smart_close(struct jemput_smart *smart); /* accepts a zeroed one */

/* Each branch whose name begins with one of `prefixes` (prefix_count 1 to 64 of them); names that are no valid refs are counted in *skipped. */
enum jemput_status jemput_smart_refs(struct jemput_smart *smart, const char *const *prefixes, unsigned prefix_count, jemput_ref_fn each, void *ctx,
                                     unsigned *skipped, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_smart_want { /* by name or by id */
    const char *ref;           /* NULL = by id */
    struct jemput_oid oid;     /* set to the tip that the hub has for `ref` */
    bool found;                /* set: the hub has told that tip */
};

/* Everything that the wants reach and the haves do not, into `to` as it comes. Wants by name need a server that allows them:
 *   JEMPUT_NOTFOUND  the hub does not take wants by name, or has no such branch or object (or there is no such repository): list it
 * A transfer that is cut is JEMPUT_OFFLINE; what `to` was given is whole. *count = objects told. */
enum jemput_status jemput_smart_fetch(struct jemput_smart *smart, struct jemput_smart_want *wants, unsigned want_count,
                                      const struct jemput_oid *haves, unsigned have_count, const struct jemput_unpack_to *to, uint32_t *count,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_smart_pushed {
    const char *ref;
    const struct jemput_oid *expected; /* where the branch is; NULL = it must not exist */
    const struct jemput_oid *tip;      /* where it goes */
    struct jemput_bytes pack;          /* as jemput_pack_write makes it */
    const struct jemput_oid *roots;    /* the hub is told that history begins with them (repo/roots.h); root_count of them */
    unsigned root_count;
};
/* Move a branch.
 *   JEMPUT_EXISTS   the branch is not where we believe: list it and look    JEMPUT_DENIED   the hub's rules refuse it, its words in the text */
enum jemput_status jemput_smart_push(struct jemput_smart *smart, const struct jemput_smart_pushed *pushed, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- between the files of this noun --- */

struct jemput_smart_call {
    const char *service; /* "git-upload-pack" or "git-receive-pack" */
    bool advertise;      /* GET …/info/refs?service=…; else POST */
    bool version2;
    const struct jemput_http_part *body;
    unsigned body_count;
    jemput_pkt_fn each;  /* of the answer */
    void *ctx;
};

/* One exchange. *told = a first packet line came: whatever fails after it, it was a git server that answered. NULL = of no interest. */
enum jemput_status jemput_smart_exchange(struct jemput_smart *smart, const struct jemput_smart_call *call, bool *told,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* "ERR …" of a server becomes a failure with its words: JEMPUT_DENIED, or JEMPUT_NOTFOUND where it does not know what was asked for. */
enum jemput_status jemput_smart_said(struct jemput_bytes line, struct jemput_error *err) JEMPUT_MUST_USE;
/* Words of a server for a person: printable, at most 200 characters. */
void jemput_smart_words(char out[201], struct jemput_bytes words);

#endif
