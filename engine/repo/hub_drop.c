/* repo/hub_drop.c — taking a ref out of a hub's folder. */
#include "repo/hub_ref.h"
#include "repo/hub_write.h"

#include <stdio.h>
#include <string.h>

#define PACKED_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Append the lines of packed-refs but the one of this ref, with what that was peeled to. */
static bool lines_without(struct jemput_buf *out, struct jemput_bytes text, const char *name)
{
    size_t name_len = strlen(name), hex_len = 2 * (size_t)JEMPUT_OID_BYTES;
    bool found = false, dropped = false;

    for (size_t at = 0, len; at < text.len; at += len) {
        const uint8_t *line = text.data + at, *end = memchr(line, '\n', text.len - at);

        len = end ? (size_t)(end - line) + 1 : text.len - at;
        if (line[0] != '^')
            dropped = len == hex_len + 1 + name_len + 1 && line[hex_len] == ' ' && memcmp(line + hex_len + 1, name, name_len) == 0;
        found |= dropped;
        if (!dropped)
            jemput_buf_append(out, line, len);
    }
    return found;
}

static enum jemput_status packed_drop(struct jemput_hub *hub, const char *name, struct jemput_error *err)
{
    static const char lock[] = "packed-refs.lock";
    struct jemput_buf path = { 0 }, lock_path = { 0 };
    struct jemput_buf text = JEMPUT_BUF_INIT(PACKED_BYTES_MAX), rest = JEMPUT_BUF_INIT(PACKED_BYTES_MAX);
    enum jemput_status st = jemput_hub_path(&path, hub, "packed-refs", err);

    if (!st)
        st = jemput_hub_path(&lock_path, hub, lock, err);
    if (!st)
        st = hub->env->read(hub->env, (const char *)path.data, &text, err);
    if (!st && lines_without(&rest, jemput_buf_bytes(&text), name)) {
        st = jemput_buf_check(&rest, "packed-refs", err);
        if (!st)
            st = hub->env->create(hub->env, (const char *)lock_path.data, jemput_buf_bytes(&rest), 0644, err);
        if (st == JEMPUT_EXISTS)
            st = jemput_fail(err, JEMPUT_BUSY, "somebody else writes the hub's refs");
        else if (!st)
            st = hub->env->rename(hub->env, (const char *)lock_path.data, (const char *)path.data, err);
    }
    jemput_buf_release(&path);
    jemput_buf_release(&lock_path);
    jemput_buf_release(&text);
    jemput_buf_release(&rest);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status loose_drop(struct jemput_hub *hub, const char *name, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    if (!st)
        st = hub->env->remove(hub->env, (const char *)path.data, err);
    jemput_buf_release(&path);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status jemput_hub_ref_drop(struct jemput_hub *hub, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_oid now;
    bool found = false;
    enum jemput_status st = jemput_hub_ref_find(hub, name, &now, &found, err);

    if (!st && found && !jemput_oid_equal(&now, oid))
        st = jemput_fail(err, JEMPUT_BUSY, "the ref has moved");
    if (st || !found)
        return st;
    st = packed_drop(hub, name, err);
    return st ? st : loose_drop(hub, name, err);
}
