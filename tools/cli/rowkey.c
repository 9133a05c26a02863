/* rowkey.c — a row named on the command line. */
#include "rowkey.h"

#include <strings.h>

#include "failure.h"
#include "space.h"
#include "text.h"
#include "value.h"

static const char *key_form(const char *type)
{
    if (strcasecmp(type, "BLOB") == 0)
        return T("angka heksadesimal, seperti yang dicetak sql", "hexadecimal digits, as sql prints them");
    return T("bilangan bulat", "a whole number");
}

/* The key's values in the types that its columns declare. -1 = done; else the exit code. */
static int values_parse(struct row_key *key, const struct key *columns, const char *command, const char *table, char **words, unsigned count)
{
    if (columns->count != count)
        return failure_usage(command, T("kunci tabel %s terdiri dari %u nilai, bukan %u", "the key of table %s has %u values, not %u"), table,
                             columns->count, count);
    for (unsigned i = 0; i < count; i++)
        if (!value_parse(&key->values[i], &key->bytes[i], words[i], columns->columns[i].type))
            return failure_usage(command, T("KEY '%s' tidak cocok untuk kolom %s: tulis %s", "KEY '%s' does not fit the column %s: write %s"),
                                 words[i], columns->columns[i].name, key_form(columns->columns[i].type));
    key->count = count;
    return -1;
}

static int table_missing(struct jemput *jemput, const char *name)
{
    if (space_has(jemput, name) == 'v')
        return failure_told(JEMPUT_NOTFOUND,
                            T("'%s' adalah view, gabungan dari beberapa tabel; riwayat ada pada tabelnya. Sebutkan tabel, misalnya permohonan.",
                              "'%s' is a view, made from tables; history belongs to a table. Name the table, such as permohonan."),
                            name);
    return failure_told(
        JEMPUT_NOTFOUND,
        T("tabel '%s' tidak ada. Tidak ada data yang diubah. Periksa namanya.", "there is no table '%s'. No data was changed. Check the name."),
        name);
}

int row_key_read(struct row_key *out, struct jemput *jemput, const char *command, const char *table, char **words, unsigned count)
{
    struct key columns;
    int code;

    key_read(&columns, jemput_app(jemput), table);
    code = columns.count == 0 ? table_missing(jemput, table) : values_parse(out, &columns, command, table, words, count);
    key_release(&columns);
    return code;
}

void row_key_release(struct row_key *key)
{
    for (unsigned i = 0; i < KEY_COLUMNS_MAX; i++)
        buffer_release(&key->bytes[i]);
}
