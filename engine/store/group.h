/* store/group.h — cell groups and the other options of jemput_replicate(). */
#ifndef JEMPUT_STORE_GROUP_H
#define JEMPUT_STORE_GROUP_H

#include "store/internal.h"

/* Options, separated by ';':
 *   group=a,b     columns that merge as one (repeatable)        identity=a,b   hard conflict
 *   before=a,b    a before-value travels with an update         key=app        INTEGER PRIMARY KEY is allowed: the app always supplies it
 *   rank=a:X<Y<Z  sum=a  once=a                                 the column's merge rule
 * Columns named together by one CHECK of `create` (the CREATE TABLE text) are grouped as well. Fills groups, flags and rules of `table`, whose
 * columns are set already. JEMPUT_DENIED: an option is wrong; the text says which. JEMPUT_NOMEM */
enum jemput_status jemput_table_group(struct jemput_table *table, const char *create, const char *options, bool *key_app, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

#endif
