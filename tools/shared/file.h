/* file.h — reading a whole file, and writing a new one that only its owner can read. */
#ifndef JEMPUT_SHARED_FILE_H
#define JEMPUT_SHARED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "buffer.h"

/* "-" is standard input. false: reported with *code. Release `out`. */
bool file_read(struct buffer *out, const char *path, size_t bytes_max, int *code);

/* A new file, mode 0600: what goes into it is personal data, or lets a device in. One that is there is not touched. NULL: reported with *code. */
FILE *file_new(const char *path, int *code);
/* Flush it to the disk and close. On failure the file is removed and it is reported. */
int file_finish(FILE *file, const char *path);
/* Close and remove. */
void file_drop(FILE *file, const char *path);

#endif
