/* jemput.h — jemput: an offline-first sync engine. A replicated SQLite store with signed change logs.
 *
 * An app writes plain SQL on the connection that jemput_app() gives. What COMMIT made durable is captured, signed and sent at the next jemput_sync(),
 * and merged at every other device of the same space: no write is lost, and no constraint is broken. Each header below is one subject.
 *
 * Threads: one handle belongs to one thread at a time, with one exception that makes sync invisible to the officer: while one thread is inside
 * jemput_sync(), jemput_bundle_make(), jemput_bundle_take(), jemput_diff(), jemput_audit(), jemput_verify() or jemput_rebuild(), another may use the
 * connection of jemput_app(), and stop that call by jemput_cancel(). Different handles are independent, also of one store (jemput_beside()).
 * Errors: every call that can fail returns enum jemput_status and fills `err` (never NULL); outputs change on JEMPUT_OK only. Every call on a handle
 * returns JEMPUT_LOCKED while the handle is locked (jemput_lock()), and reads the store's own tables when they are first needed: JEMPUT_CORRUPT if
 * those are damaged. Headers do not repeat this for each call.
 * Text is UTF-8. Times are milliseconds since 1970. "Owned by the caller" names what must be released and how; all else is borrowed. */
#ifndef JEMPUT_H
#define JEMPUT_H

#include <jemput/error.h>      /* codes, and what they mean */
#include <jemput/base.h>       /* values, who wrote */
#include <jemput/store.h>      /* found, open, close */
#include <jemput/secret.h>     /* at rest: PIN, key, recovery code */
#include <jemput/app.h>        /* SQL, its functions and options, the policy's rules */
#include <jemput/invitation.h> /* invite, join */
#include <jemput/device.h>     /* revoke, replace, rotate; root keys */
#include <jemput/sync.h>       /* seal, sync, hubs */
#include <jemput/watch.h>      /* when to sync by itself */
#include <jemput/http.h>       /* the platform's HTTP client, for hubs with an address */
#include <jemput/hub.h>        /* for a hub's own program: who is enrolled, may this be pushed */
#include <jemput/media.h>      /* attachments: photos beside the rows */
#include <jemput/info.h>       /* the state of a store */
#include <jemput/observe.h>    /* what has changed, told after COMMIT */
#include <jemput/row.h>        /* history, conflicts, held rows */
#include <jemput/feed.h>       /* which rows have changed, for a copy elsewhere */
#include <jemput/decide.h>     /* decisions, two rows for one thing */
#include <jemput/log.h>        /* segments, forks, signers */
#include <jemput/case.h>       /* refused work, and what a person should know */
#include <jemput/verify.h>     /* check, hash, recompute */
#include <jemput/diff.h>       /* what a sync would change */
#include <jemput/bundle.h>     /* logs in a file, for a stick that somebody carries */
#include <jemput/checkpoint.h> /* signed states, cutting off, forgetting */

#endif
