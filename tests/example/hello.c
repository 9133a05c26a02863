#include <jemput/jemput.h>
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static const char schema[] = "CREATE TABLE catatan(id BLOB PRIMARY KEY, isi TEXT); SELECT jemput_replicate('catatan');";
    struct jemput_sync_options options = { .hub = argc > 2 ? argv[2] : "hub.git" };
    const char *path = argc > 1 ? argv[1] : "hello.db";
    struct jemput_sync_report report;
    struct jemput_error err;
    struct jemput *j;
    enum jemput_status st = jemput_open(&j, path, NULL, &err);

    if (st == JEMPUT_NOTFOUND)
        st = jemput_init(&j, path, schema, NULL, NULL, &err);
    if (st)
        return fprintf(stderr, "%s\n", err.text), 1;
    if (sqlite3_exec(jemput_app(j), "INSERT INTO catatan VALUES(jemput_id(), 'Halo, Wonosari')", NULL, NULL, NULL))
        return fprintf(stderr, "%s\n", sqlite3_errmsg(jemput_app(j))), jemput_close(j), 1;
    if (jemput_hub_init(options.hub, NULL, &err) || jemput_sync(j, &options, &report, &err))
        return fprintf(stderr, "%s\n%s\n", err.text, jemput_status_advice(err.status, "id")), jemput_close(j), 1;
    printf("%llu segments sent\n", (unsigned long long)report.segments_sent);
    jemput_close(j);
    return 0;
}
