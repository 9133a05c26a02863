/* jemput.h — jemput: an offline-first sync engine. A replicated SQLite store with signed change logs.
 *
 * An app writes plain SQL on the connection that jemput_app() gives. What COMMIT made durable is captured, signed and sent at the next jemput_sync(),
 * and merged at every other device of the same space: no write is lost, and no constraint is broken. Each header below is one subject.
 *
 * Threads: one handle belongs to one thread at a time, with one exception that makes sync invisible to the officer: while one thread is inside
 * jemput_sync(), jemput_bundle_make(), jemput_bundle_take(), jemput_diff() or jemput_rebuild(), another may use the connection of jemput_app(), and
 * stop those calls by jemput_cancel(); jemput_audit() and jemput_verify(), too. Different handles are independent, also of one store
 * (jemput_beside()).
 * Errors: every call that can fail returns enum jemput_status and fills `err` (never NULL); outputs change on JEMPUT_OK only.
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
#include <jemput/http.h>
#include <jemput/hub.h>       /* hubs behind an address: the platform's HTTP */
#include <jemput/media.h>      /* attachments: photos beside the rows */
#include <jemput/info.h>       /* the state of a store */
#include <jemput/observe.h>    /* what has changed, told after COMMIT */
#include <jemput/row.h>        /* history, conflicts, held rows */
#include <jemput/feed.h>       /* which rows have changed, for a copy elsewhere */
#include <jemput/decide.h>     /* decisions, two rows for one thing */
#include <jemput/log.h>        /* segments, forks, signers */
#include <jemput/case.h>       /* refused work, and what a person should know */
#include <jemput/verify.h>     /* check, hash, compute anew */
#include <jemput/diff.h>       /* what a sync would change */
#include <jemput/bundle.h>     /* logs in a file, for a stick that somebody carries */
#include <jemput/checkpoint.h> /* signed states, cutting off, forgetting */

#endif
