/* serve.h — `jemput hub serve`: what its files share.
 *
 * One thread speaks HTTP (libmicrohttpd, epoll); a few others run `git http-backend`, one request each. A request's body is taken in whole
 * before git is started, and git's answer whole before it is sent: so a tablet on a slow link holds a socket and a small file, never a process,
 * and a push that is cut leaves nothing behind. Bodies are in memory while they are small, and in nameless files of the hub's folder above that. */
#ifndef JEMPUT_HUB_SERVE_H
#define JEMPUT_HUB_SERVE_H

#include <pthread.h>
#include <sys/types.h>

#include "hub.h"

struct serve {
    const char *folder;
    const char *address;     /* as devices know it, "https://hub.example"; NULL = whatever they say */
    const char *users_file;  /* NULL = no passwords */
    bool behind_proxy;       /* a web server on this machine says in X-Real-IP whom it speaks for */
    char backend[PATH_BYTES]; /* git http-backend */
    uint64_t body_bytes_max; /* of a request */
    uint64_t free_bytes_min; /* that a push leaves on the disk */
    uint64_t day_bytes_max;  /* that one device pushes in a day: of its log, and as much of attachments */
    long processes, connections, waiting_max, rate; /* rate: requests a minute for each device */
    long rosters;            /* lists of devices that are kept in memory, one a repository: those that were asked for last */
    long idle_s, work_s;     /* nothing moves; git works */
};

/* --- spool.c: bytes on the way, in memory while they are few --- */

struct spool {
    int fd; /* -1 = nothing yet */
    bool on_disk;
    uint64_t len;
};
#define SPOOL_INIT { .fd = -1 }
/* 0 or an errno. `leaves`: so much would be left free on the disk, or else it is ENOSPC. */
int spool_write(struct spool *s, const struct serve *serve, uint64_t leaves, const void *data, size_t len);
bool disk_has_room(const struct serve *serve, uint64_t bytes);
void spool_release(struct spool *s);

/* --- gate.c: who asks, and may they --- */

enum gate_answer { GATE_OPEN, GATE_WHO, GATE_REFUSED, GATE_LATER, GATE_SLOWER /* too many guesses: not looked at */ };

struct gate_ask {
    const char *repository;    /* its folder */
    const char *address;       /* "http://host/NAME.git", as it was asked for */
    const char *authorization; /* the header, or NULL */
    const char *user, *secret; /* that it holds, if it is Basic; else NULL */
    bool pushes;
};
struct gate_told {
    char key[65];         /* hex of the device's; "" = none */
    const char *standing; /* "device", "newcomer", "user", "guest" */
    char invite[65];      /* hex of a newcomer's invitation; "" = none */
    char quota[65];       /* whose requests and bytes count together: the device's key; of keys that have not claimed their invitation yet, that */
    char why[200];        /* GATE_REFUSED: Indonesian and English */
};
/* GATE_WHO: credentials are wanted, or others. GATE_LATER: the list of devices cannot be read now. */
enum gate_answer gate_ask(const struct serve *s, const struct gate_ask *ask, struct gate_told *told);
int gate_users_read(const char *path); /* lines NAME:SECRET */
void gate_release(void);

/* --- job.c: running git --- */

struct job {
    /* in */
    char path[128];        /* "/NAME.git/git-upload-pack" */
    char query[64], method[8], content_type[96], content_encoding[16], git_protocol[32], remote[64];
    struct gate_told who;
    struct spool body;
    /* out */
    unsigned status;
    char answer_type[96];
    struct spool answer;   /* its body stands behind `offset` */
    uint64_t offset;
    void (*done)(struct job *job); /* from the worker's thread */
    struct job *next;
};
int jobs_start(const struct serve *s);
/* false = too much waits already. */
bool jobs_add(struct job *job);
/* In how many seconds it is likely that there is room again: later for each that asks, so that they do not all come back at once. */
unsigned jobs_wait_s(void);
void jobs_stop(void); /* what waits is not done any more; what runs is finished */

/* --- recover.c: lists of devices that are due --- */

void recover_look(const struct serve *s, unsigned seconds); /* to be called each second, with its number */
void recover_end(void);

/* --- watch.c: connections that send or take too slowly --- */

struct watched;
struct watched *watch_add(int fd); /* NULL = no memory */
void watch_remove(struct watched *w);
enum watch_state { WATCH_HEAD, /* also of a body that is of no use */ WATCH_BODY, WATCH_WORK, WATCH_ANSWER };
void watch_state(struct watched *w, enum watch_state state);
void watch_moved(struct watched *w, size_t bytes);
/* To be called each second: ends those that are too slow. */
void watch_look(long idle_s);

/* --- http.c --- */

struct MHD_Daemon;
struct http_listen {
    const char *host_port;   /* "127.0.0.1:8418" */
    const char *cert, *key;  /* texts, PEM; NULL = no TLS */
};
/* NULL, told on stderr. */
struct MHD_Daemon *http_start(const struct serve *s, const struct http_listen *listen);
/* Nobody new comes in; what has been answered is still sent, if it goes fast. After jobs_stop(). */
void http_stop(struct MHD_Daemon *daemon);

#endif
