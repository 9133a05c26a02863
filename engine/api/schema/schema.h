/* api/schema/schema.h — the schema of this store, in step with the migrations that the roster has in force.
 *
 * Which they are, and in which order, is a function of the acts: every replica has the same. One that ran here may turn out not to be in force:
 * another administrator's had been signed before it, or a cut has made its author's act void. Then what it made is unmade: the store is *parted*,
 * and the next rebuild makes the tables anew as the roster says (store/schema/remake.h). Until then, and in what was sealed meanwhile, nothing counts
 * that only the other schema has. */
#ifndef JEMPUT_API_SCHEMA_SCHEMA_H
#define JEMPUT_API_SCHEMA_SCHEMA_H

#include "api/judge/judge.h"

/* What an invitation brings in the place of a void migration. */
#define ENGINE_SCHEMA_VOID "-- void\n"

/* Run what is in force and did not run here yet; of a store that has parted, note that it is to be rebuilt. Inside a store transaction. */
enum jemput_status engine_schema_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Did something else run here than what is in force? *common: up to this version it is the same. */
enum jemput_status engine_schema_parted(struct jemput *j, bool *parted, uint32_t *common, struct jemput_error *err) JEMPUT_MUST_USE;
/* The SQL of the migration to this version: the roster's, or one that came with the invitation; of a void one none (*sql empty). In the arena. */
enum jemput_status engine_schema_sql(struct jemput *j, uint32_t version, struct jemput_bytes *sql, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Bring another store (a scratch one, with version 1) to this version, as is in force. */
enum jemput_status engine_schema_reach(struct jemput *j, struct jemput_store *store, uint32_t version, struct jemput_error *err) JEMPUT_MUST_USE;
/* A scratch store with the schema that is in force, up to this version, and nothing else. Owned by the caller: jemput_store_close. */
enum jemput_status engine_schema_older(struct jemput *j, uint32_t version, struct jemput_store **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* In the transaction of a rebuild, before its replay: the tables of a parted store are made anew. Nothing may be pending. */
enum jemput_status engine_schema_remake(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- schema/judge.c: what was written under a schema that is not in force --- */

/* Is there a migration that is not in force? Only then is there anything to ask. */
bool engine_schema_lost(const struct jemput *j);
/* Had the segment seen a migration in force to a higher version than it names? */
enum jemput_status engine_schema_outdated(const struct judging *q, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the transaction hold only what the schema has that is in force, and that its writer had, too? *out: as it counts; an insert is without NULLs
 * in columns that only the other schema has. Changes that differ are in the arena. */
enum jemput_status engine_schema_fits(struct judging *q, const struct jemput_txn *txn, struct jemput_txn *out, bool *fits,
                                      struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
