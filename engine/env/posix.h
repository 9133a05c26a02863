/* env/posix.h — what the files of env's real world share. */
#ifndef JEMPUT_ENV_POSIX_H
#define JEMPUT_ENV_POSIX_H

#include "env/env.h"

/* Call at once after the failure: errno is read here. */
enum jemput_status jemput_posix_fail(struct jemput_error *err, const char *verb, const char *path);
/* The folder part of `path`: "a/b" → "a", "/a" → "/", "a" → ".". NULL = no memory; free with jemput_free(). */
char *jemput_posix_folder(const char *path);
/* All of it, and flushed. */
enum jemput_status jemput_posix_write_all(int fd, const char *path, struct jemput_bytes data, struct jemput_error *err) JEMPUT_MUST_USE;
/* The env's create(). */
enum jemput_status jemput_posix_create(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
