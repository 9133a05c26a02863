/* store/file/upgrade.h — a store in an earlier format becomes one in this (schema/formats/store.md, "Earlier formats"). */
#ifndef JEMPUT_STORE_FILE_UPGRADE_H
#define JEMPUT_STORE_FILE_UPGRADE_H

#include "store/internal.h"

/* Whole or not at all, and nothing where it is in this format already. `db`: the engine's connection, with no transaction open. */
enum jemput_status jemput_layout_upgrade(sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
