/* repo/packs.h — the packs of one folder, and the objects in them. A damaged file costs what is in that file alone. Anyone may change the folder
 * meanwhile (`git gc` replaces packs): who does not find something looks at it anew. */
#ifndef JEMPUT_REPO_PACKS_H
#define JEMPUT_REPO_PACKS_H

#include <git2.h>

#include "repo/repo.h"

struct jemput_packs;

/* env is borrowed, path (of the folder of packs, there or not) copied; nothing is looked at yet. JEMPUT_NOMEM */
enum jemput_status jemput_packs_open(struct jemput_packs **out, struct jemput_env *env, const char *path, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_packs_close(struct jemput_packs *packs); /* NULL is allowed */

/* Look which packs there are now. One that cannot be used is left out, and is the damage.
 *   JEMPUT_LIMIT too many   JEMPUT_IO JEMPUT_DENIED JEMPUT_NOMEM */
enum jemput_status jemput_packs_look(struct jemput_packs *packs, struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_packs_looked(const struct jemput_packs *packs); /* did the last look succeed? */
const struct jemput_error *jemput_packs_damage(const struct jemput_packs *packs); /* why something may be missing; NULL = no pack is damaged */

/* From the packs that were there at the last look; out lies in the arena, its hash checked.
 *   JEMPUT_NOTFOUND in none of them   JEMPUT_LIMIT more than bytes_max   JEMPUT_CORRUPT damaged in each that has it   JEMPUT_NOMEM */
enum jemput_status jemput_packs_read(struct jemput_packs *packs, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                     struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_packs_have(struct jemput_packs *packs, const struct jemput_oid *oid, bool *has, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
