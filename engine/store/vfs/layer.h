/* store/vfs/layer.h — a SQLite VFS on top of another one, which passes on whatever it does not do itself.
 *
 * A layer's own struct begins with a struct jemput_layer, its files' with a struct jemput_layer_file; the file below lies behind them. */
#ifndef JEMPUT_STORE_VFS_LAYER_H
#define JEMPUT_STORE_VFS_LAYER_H

#include <sqlite3.h>
#include <stddef.h>

struct jemput_layer {
    sqlite3_vfs base; /* first */
    sqlite3_vfs *real;
};

struct jemput_layer_file {
    sqlite3_file base;  /* first */
    sqlite3_file *real; /* pMethods NULL = it is not open */
};

/*   name        borrowed as long as the layer is registered     file_size   of the layer's own struct of a file
 *   open        xOpen: see jemput_layer_open() */
void jemput_layer_init(struct jemput_layer *layer, sqlite3_vfs *real, const char *name, size_t file_size,
                       int (*open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *));
/* Open the file below. On failure it may be open all the same (f->real->pMethods): close it then. */
int jemput_layer_open(struct jemput_layer *layer, const char *name, struct jemput_layer_file *f, size_t file_size, int flags, int *flags_out);

/* Calls of a file that go to the one below. */
int jemput_layer_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset);
int jemput_layer_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset);
int jemput_layer_truncate(sqlite3_file *base, sqlite3_int64 size);
int jemput_layer_sync(sqlite3_file *base, int flags);
int jemput_layer_size(sqlite3_file *base, sqlite3_int64 *out);
int jemput_layer_lock(sqlite3_file *base, int level);
int jemput_layer_unlock(sqlite3_file *base, int level);
int jemput_layer_check_reserved(sqlite3_file *base, int *out);
int jemput_layer_control(sqlite3_file *base, int op, void *arg);
int jemput_layer_sector_size(sqlite3_file *base);
int jemput_layer_characteristics(sqlite3_file *base);
int jemput_layer_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out);
int jemput_layer_shm_lock(sqlite3_file *base, int first, int count, int flags);
void jemput_layer_shm_barrier(sqlite3_file *base);
int jemput_layer_shm_unmap(sqlite3_file *base, int delete_it);

#endif
