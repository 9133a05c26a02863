/* folder.h — folders as wholes: make a temporary one, copy, measure, remove. */
#ifndef JEMPUT_BENCH_FOLDER_H
#define JEMPUT_BENCH_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#define FOLDER_PATH_BYTES 1024

void folder_temporary(char out[FOLDER_PATH_BYTES], const char *in);
void folder_path(char out[FOLDER_PATH_BYTES], const char *folder, const char *name);
void folder_copy(const char *from, const char *to);           /* a file or a whole folder; `to` must not be there */
uint64_t folder_bytes(const char *path, const char *suffix);  /* sum of the sizes of the files in it whose names end so; "" = of all */
uint64_t folder_file_bytes(const char *path);
void folder_remove(const char *path);                         /* a file or a whole folder; one that is not there is no trouble */
bool folder_in_memory(const char *path);                      /* on a RAM disk */
const char *folder_disk(const char *path);                    /* the kind of its file system; static */

#endif
