/* store/file/app_fail.h — what a failed call of SQLite's on the app's connection means. */
#ifndef JEMPUT_STORE_FILE_APP_FAIL_H
#define JEMPUT_STORE_FILE_APP_FAIL_H

#include "store/store.h"

/* As jemput_app_error() in jemput/app.h says. */
enum jemput_status jemput_store_app_fail(struct jemput_store *store, int rc, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
