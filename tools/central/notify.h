/* notify.h — telling systemd how the service is (sd_notify), where systemd has started it. */
#ifndef JEMPUT_CENTRAL_NOTIFY_H
#define JEMPUT_CENTRAL_NOTIFY_H

/* "READY=1", "WATCHDOG=1", "STOPPING=1". Nothing is done where NOTIFY_SOCKET is not set. */
void notify_send(const char *state);

#endif
