/* store/schema/option.h — the options of jemput_replicate(), read. What they say together with the schema is judged in group.c. */
#ifndef JEMPUT_STORE_SCHEMA_OPTION_H
#define JEMPUT_STORE_SCHEMA_OPTION_H

#include "store/schema/group.h"

/* Options, separated by ';', each repeatable:
 *   group=a,b          columns that merge as one               identity=a,b    hard conflict
 *   before=a,b         a before-value travels with an update   key=app         INTEGER PRIMARY KEY is allowed: the app always supplies it
 *   rank=a:X<Y<Z       sum=a    once=a                         the column's merge rule
 *   parent=a,b:hold    (or restore, cascade) what becomes of a row whose parent by this FOREIGN KEY was deleted meanwhile
 *   triggers=x,y       the app's triggers that run for merged rows, too
 * Fills the table's flags, rules and lists, and ties what group= names.
 *   JEMPUT_DENIED   the text says which option, and how to write it     JEMPUT_NOMEM */
enum jemput_status jemput_options_read(struct jemput_grouping *g, const char *options, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
