/* api/facts.h — names of the facts that this room keeps in the store (schema/formats/store.md, "Facts"). */
#ifndef JEMPUT_API_FACTS_H
#define JEMPUT_API_FACTS_H

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

#endif
