/* shape.c — see shape.h. */
#include "shape.h"

#include <string.h>

#include "embedded.h"

/* --- the reference work: 15 columns over three tables, so that the figures stand beside those published for other engines on the same work --- */

static const char reference_schema[] = "CREATE TABLE keluarga(id BLOB PRIMARY KEY NOT NULL, no_kk TEXT, alamat TEXT, rt TEXT, kode_kel TEXT);\n"
                                       "CREATE TABLE orang(id BLOB PRIMARY KEY NOT NULL, keluarga_id BLOB, nik TEXT, nama TEXT, tanggal_lahir TEXT);\n"
                                       "CREATE TABLE permohonan(id BLOB PRIMARY KEY NOT NULL, pemohon_id BLOB, layanan TEXT, status TEXT, tanggal TEXT);\n"
                                       "SELECT jemput_replicate('keluarga');\n"
                                       "SELECT jemput_replicate('orang');\n"
                                       "SELECT jemput_replicate('permohonan');\n";

static const struct shape_column reference_household[] = {
    { "id", FIELD_HOUSEHOLD_ID }, { "no_kk", FIELD_NO_KK }, { "alamat", FIELD_ADDRESS }, { "rt", FIELD_RT }, { "kode_kel", FIELD_REGION },
};
static const struct shape_column reference_person[] = {
    { "id", FIELD_PERSON_ID }, { "keluarga_id", FIELD_HOUSEHOLD_ID }, { "nik", FIELD_NIK }, { "nama", FIELD_NAME }, { "tanggal_lahir", FIELD_BORN },
};
static const struct shape_column reference_application[] = {
    { "id", FIELD_APPLICATION_ID }, { "pemohon_id", FIELD_PERSON_ID }, { "layanan", FIELD_SERVICE }, { "status", FIELD_STATUS }, { "tanggal", FIELD_DATE },
};

/* --- the schema of schema/adminduk, foreign keys, checks, indexes and all --- */

static const struct shape_column adminduk_household[] = {
    { "id", FIELD_HOUSEHOLD_ID }, { "no_kk", FIELD_NO_KK }, { "nama_kepala", FIELD_NAME }, { "alamat", FIELD_ADDRESS }, { "rt", FIELD_RT }, { "rw", FIELD_RW },
    { "kode_kel", FIELD_REGION }, { "kode_pos", FIELD_POST },
};
static const struct shape_column adminduk_person[] = {
    { "id", FIELD_PERSON_ID }, { "keluarga_id", FIELD_HOUSEHOLD_ID }, { "nik", FIELD_NIK }, { "nama", FIELD_NAME }, { "jenis_kelamin", FIELD_SEX },
    { "tempat_lahir", FIELD_TOWN }, { "tanggal_lahir", FIELD_BORN }, { "golongan_darah", FIELD_BLOOD }, { "agama", FIELD_RELIGION },
    { "status_kawin", FIELD_MARRIED }, { "shdk", FIELD_PLACE }, { "pendidikan", FIELD_SCHOOL }, { "pekerjaan", FIELD_JOB },
    { "kewarganegaraan", FIELD_CITIZEN }, { "telepon", FIELD_PHONE },
};
static const struct shape_column adminduk_application[] = {
    { "id", FIELD_APPLICATION_ID }, { "kode_tanda_terima", FIELD_RECEIPT }, { "layanan", FIELD_SERVICE }, { "kanal", FIELD_CHANNEL }, { "tanggal", FIELD_DATE },
    { "pemohon_id", FIELD_PERSON_ID }, { "keluarga_id", FIELD_HOUSEHOLD_ID }, { "kode_kel", FIELD_REGION }, { "status", FIELD_STATUS },
    { "petugas", FIELD_OFFICER }, { "jam_perangkat", FIELD_CLOCK },
};

#define COLUMNS(list) sizeof list / sizeof list[0], list

static const struct shape shapes[] = {
    { "reference", "three tables of five columns each, no constraints but the keys", reference_schema,
      { { "keluarga", COLUMNS(reference_household) }, { "orang", COLUMNS(reference_person) }, { "permohonan", COLUMNS(reference_application) } } },
    { "adminduk", "the tables of schema/adminduk with their indexes, checks and foreign keys", embedded_schema,
      { { "keluarga", COLUMNS(adminduk_household) }, { "orang", COLUMNS(adminduk_person) }, { "permohonan", COLUMNS(adminduk_application) } } },
};

const struct shape *shape_named(const char *name)
{
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    return NULL;
}

unsigned shape_cells(const struct shape *shape)
{
    unsigned cells = 0;

    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        cells += shape->tables[t].column_count;
    return cells;
}
