/* qr.h — a text as a QR code: on the terminal, or as a picture. The only file that knows libqrencode is qr.c. */
#ifndef JEMPUT_SHARED_QR_H
#define JEMPUT_SHARED_QR_H

#include <stdbool.h>
#include <stdio.h>

/* Is it the name of a picture that can be written: .svg or .pbm? */
bool qr_picture_is(const char *path);
/* On a terminal, in UTF-8 half blocks, dark on light whatever the terminal's colours are. false: the text is too long for a QR code. */
bool qr_show(FILE *out, const char *text);
/* The picture, by the file's ending. false: as above. */
bool qr_draw(FILE *out, const char *path, const char *text);

#endif
