/* resend.h — what a person signed while the hub could not be reached is sent by itself, as soon as it can be: also behind the end of their session,
 * for an hour (desk.h). */
#ifndef JEMPUT_CONSOLE_RESEND_H
#define JEMPUT_CONSOLE_RESEND_H

#include "console.h"

int resend_start(struct trouble *why);
/* Let a try that is under way end. */
void resend_stop(void);

#endif
