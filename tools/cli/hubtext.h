/* hubtext.h — why a hub behind an address could not be synced with. */
#ifndef JEMPUT_CLI_HUBTEXT_H
#define JEMPUT_CLI_HUBTEXT_H

#include <jemput/jemput.h>

/* Says it, and gives the exit code; -1 = the hub is not why, and nothing was said. */
int hub_failed(const char *hub, const struct jemput_error *err);

enum { HUB_WORDS_BYTES = 1024 };
/* "the hub …", of one that wants to be left alone for so long. */
void hub_rest_words(char out[HUB_WORDS_BYTES], uint32_t seconds);
/* Why the attachments of a sync, or of a bundle, were held up. */
void attachments_why(char out[HUB_WORDS_BYTES], const struct jemput_sync_report *report);

#endif
