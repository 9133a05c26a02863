/* sim/world/failure.h — how a run ends that found something: with one text, at once, wherever it is. */
#ifndef TESTS_SIM_WORLD_FAILURE_H
#define TESTS_SIM_WORLD_FAILURE_H

#include <stdbool.h>

/* End the run with this text. Does not return. */
_Noreturn void failure(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Call `run` so that failure() comes back here. True = it ended well; else failure_text() says what was found. */
bool failure_guard(void (*run)(void *ctx), void *ctx);
const char *failure_text(void);
void failure_note(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* a line of the log that --verbose shows; cheap if it does not */
void failure_verbose(bool on);

#endif
