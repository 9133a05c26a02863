/* keyfile.h — the key that opens the stores of the folder: a file of 64 hexadecimal digits, which systemd hands over (LoadCredential). */
#ifndef JEMPUT_CENTRAL_KEYFILE_H
#define JEMPUT_CENTRAL_KEYFILE_H

#include "central.h"

#define KEYFILE_BYTES 32

int keyfile_read(unsigned char key[KEYFILE_BYTES], const char *path, struct trouble *why);

#endif
