/* Tests of what becomes of rows whose parent was deleted (store/constraint/pass.h): a parent that was deleted while a child was being written comes back, with
 * what its deletion took along, and goes again when nothing needs it; by declaration the child goes with it, or is held. In whatever order it comes.
 * */
#include "pass_world.h"

static const char schema[] =
    "CREATE TABLE wilayah(id TEXT PRIMARY KEY NOT NULL, nama TEXT);"
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, wilayah TEXT REFERENCES wilayah(id));"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, keluarga TEXT REFERENCES keluarga(id), ibu TEXT REFERENCES orang(id));"
    "CREATE TABLE akta(id TEXT PRIMARY KEY NOT NULL, orang TEXT REFERENCES orang(id), nomor TEXT UNIQUE);"
    "SELECT jemput_replicate('wilayah'); SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');"
    "SELECT jemput_replicate('akta');";
enum { T_WILAYAH = 1, T_KELUARGA = 2, T_ORANG = 3, T_AKTA = 4 };

/* Insert: the columns' texts in their order, the key first; "-" = NULL. */
static void put(struct world *w, struct jemput_txn *txn, uint32_t table, const char *line)
{
    char text[128], *at, *word = text;
    struct jemput_change *c = NULL;

    snprintf(text, sizeof text, "%s", line);
    for (uint16_t column = 0; word; column++, word = at) {
        at = strchr(word, ' ');
        if (at)
            *at++ = 0;
        if (column == 0)
            c = world_change(w, txn, table, JEMPUT_OP_INSERT, word);
        else
            world_cell(c, column, world_text(w, strcmp(word, "-") ? word : NULL));
    }
}

/* One device makes a family of one; another deletes both. */
static void family_deleted(struct world *w)
{
    struct jemput_txn *txn = alone(w, 1, 0, 100);

    put(w, txn, T_KELUARGA, "k1 16 Melati -");
    put(w, txn, T_ORANG, "p1 A k1 -");
    txn = alone(w, 2, 1, 200);
    world_delete(w, txn, T_KELUARGA, "k1");
    world_delete(w, txn, T_ORANG, "p1");
}

/* A family without anybody; it is deleted while p1 is added to it. */
static void child_and_deletion(struct world *w)
{
    put(w, alone(w, 1, 0, 100), T_KELUARGA, "k1 16 Melati -");
    world_delete(w, alone(w, 2, 1, 200), T_KELUARGA, "k1");
    put(w, alone(w, 3, 1, 150), T_ORANG, "p1 A k1 -");
}

static void turn(struct world *w, int first, const char *before, const char *after)
{
    pass_turn(w, schema, first, before, after);
    world_release(w);
}

/* --- restore, the default --- */

static void a_parent_deleted_while_a_child_was_added_comes_back(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    child_and_deletion(&w);
    turn(&w, 2, "", "keluarga k1 16 Melati -\norang p1 A k1 -\nrestored keluarga k1\n");
}

static void an_orphan_comes_back_with_the_rows_that_its_deletion_took_along(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 2);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_KELUARGA, "k1 16 Melati -");
    put(&w, txn, T_KELUARGA, "k2 17 Melati -");
    put(&w, txn, T_ORANG, "p1 A k1 -");
    put(&w, txn, T_ORANG, "p2 B - p1"); /* hangs on k1 by p1 */
    put(&w, txn, T_ORANG, "p3 C k2 -");
    put(&w, txn, T_AKTA, "a1 p2 1");
    put(&w, txn, T_AKTA, "a2 p2 2");
    world_delete(&w, alone(&w, 2, 1, 150), T_AKTA, "a2"); /* on its own, before */
    txn = alone(&w, 3, 2, 200);
    world_delete(&w, txn, T_KELUARGA, "k1");
    world_delete(&w, txn, T_KELUARGA, "k2"); /* of which nobody needs anything */
    world_delete(&w, txn, T_ORANG, "p1");
    world_delete(&w, txn, T_ORANG, "p2");
    world_delete(&w, txn, T_ORANG, "p3");
    world_delete(&w, txn, T_AKTA, "a1");
    put(&w, alone(&w, 4, 2, 160), T_ORANG, "p4 D k1 -");
    turn(&w, 3, "",
         "keluarga k1 16 Melati -\n"
         "orang p1 A k1 -\norang p2 B - p1\norang p4 D k1 -\n"
         "akta a1 p2 1\n"
         "restored akta a1\nrestored keluarga k1\nrestored orang p1\nrestored orang p2\n");
}

static void an_edit_of_a_child_brings_its_parents_back(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 3);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_WILAYAH, "w1 Kramat");
    put(&w, txn, T_KELUARGA, "k1 16 Melati w1");
    put(&w, txn, T_ORANG, "p1 A k1 -");
    put(&w, txn, T_ORANG, "p2 B k1 -");
    txn = alone(&w, 2, 1, 200);
    world_delete(&w, txn, T_KELUARGA, "k1");
    world_delete(&w, txn, T_ORANG, "p1");
    world_delete(&w, txn, T_ORANG, "p2");
    world_delete(&w, alone(&w, 3, 2, 300), T_WILAYAH, "w1"); /* had seen nobody in it */
    world_update(&w, alone(&w, 4, 1, 250), T_ORANG, "p1", 1, "Z");
    turn(&w, 3, "",
         "wilayah w1 Kramat\nkeluarga k1 16 Melati w1\norang p1 Z k1 -\norang p2 B k1 -\n"
         "restored keluarga k1\nrestored orang p2\nrestored wilayah w1\n");
}

static void a_delete_that_had_seen_the_child_ends_it(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 4);
    child_and_deletion(&w);
    txn = alone(&w, 4, 3, 300);
    world_delete(&w, txn, T_KELUARGA, "k1");
    world_delete(&w, txn, T_ORANG, "p1");
    turn(&w, 3, "keluarga k1 16 Melati -\norang p1 A k1 -\nrestored keluarga k1\n", "");
}

static void a_child_that_whoever_deleted_the_parent_knew_of_is_held(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 5);
    put(&w, alone(&w, 1, 0, 100), T_KELUARGA, "k1 16 Melati -");
    put(&w, alone(&w, 2, 1, 110), T_ORANG, "p1 A k1 -");
    world_delete(&w, alone(&w, 3, 2, 200), T_KELUARGA, "k1");
    put(&w, alone(&w, 4, 2, 120), T_AKTA, "a1 p1 1");
    turn(&w, 3, "held orang (FOREIGN KEY keluarga: keluarga k1) p1 A k1 -\n",
         "held orang (FOREIGN KEY keluarga: keluarga k1) p1 A k1 -\nheld akta (FOREIGN KEY orang: orang p1) a1 p1 1\n");
}

static void a_parent_that_came_back_goes_when_its_child_does(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 6);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_KELUARGA, "k1 16 Melati -");
    put(&w, txn, T_KELUARGA, "k2 17 Mawar -");
    put(&w, txn, T_ORANG, "p1 A k1 -");
    txn = alone(&w, 2, 1, 200);
    world_delete(&w, txn, T_KELUARGA, "k1");
    world_delete(&w, txn, T_ORANG, "p1");
    put(&w, alone(&w, 3, 1, 150), T_ORANG, "p2 B k1 -");
    world_update(&w, alone(&w, 4, 3, 300), T_ORANG, "p2", 2, "k2");
    turn(&w, 3, "keluarga k1 16 Melati -\nkeluarga k2 17 Mawar -\norang p1 A k1 -\norang p2 B k1 -\nrestored keluarga k1\nrestored orang p1\n",
         "keluarga k2 17 Mawar -\norang p2 B k2 -\n");
}

/* Whoever writes it sees the parent there. */
static void a_child_that_is_added_to_a_parent_that_came_back_keeps_it(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 7);
    child_and_deletion(&w);
    put(&w, alone(&w, 4, 3, 300), T_ORANG, "p2 B k1 -");
    world_delete(&w, alone(&w, 5, 4, 400), T_ORANG, "p1");
    turn(&w, 4, "keluarga k1 16 Melati -\norang p1 A k1 -\norang p2 B k1 -\nrestored keluarga k1\n",
         "keluarga k1 16 Melati -\norang p2 B k1 -\nrestored keluarga k1\n");
}

static void a_parent_that_comes_back_yields_to_everybody(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 8);
    child_and_deletion(&w);
    put(&w, alone(&w, 4, 2, 900), T_KELUARGA, "k2 16 Mawar -");
    turn(&w, 3, "keluarga k1 16 Melati -\norang p1 A k1 -\nrestored keluarga k1\n",
         "keluarga k2 16 Mawar -\nheld orang (FOREIGN KEY keluarga: keluarga k1) p1 A k1 -\n");
}

static void an_orphan_comes_back_when_what_it_yielded_to_is_gone(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 9);
    child_and_deletion(&w);
    put(&w, alone(&w, 4, 2, 900), T_KELUARGA, "k2 16 Mawar -");
    world_update(&w, alone(&w, 5, 4, 910), T_KELUARGA, "k2", 1, "17");
    turn(&w, 4, "keluarga k2 16 Mawar -\nheld orang (FOREIGN KEY keluarga: keluarga k1) p1 A k1 -\n",
         "keluarga k1 16 Melati -\nkeluarga k2 17 Mawar -\norang p1 A k1 -\nrestored keluarga k1\n");
}

/* p1 is older than p3, but it was deleted. */
static void a_row_that_goes_along_yields_to_living_ones_and_is_not_held(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 10);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_KELUARGA, "k1 16 Melati -");
    put(&w, txn, T_ORANG, "p1 A k1 -");
    put(&w, txn, T_AKTA, "a1 p1 1");
    txn = alone(&w, 2, 1, 200);
    world_delete(&w, txn, T_KELUARGA, "k1");
    world_delete(&w, txn, T_ORANG, "p1");
    world_delete(&w, txn, T_AKTA, "a1");
    put(&w, alone(&w, 3, 1, 150), T_ORANG, "p2 B k1 -");
    put(&w, alone(&w, 4, 2, 900), T_ORANG, "p3 A - -");
    world_delete(&w, alone(&w, 5, 4, 950), T_ORANG, "p3");
    turn(&w, 4, "keluarga k1 16 Melati -\norang p2 B k1 -\norang p3 A - -\nrestored keluarga k1\n",
         "keluarga k1 16 Melati -\norang p1 A k1 -\norang p2 B k1 -\nakta a1 p1 1\n"
         "restored akta a1\nrestored keluarga k1\nrestored orang p1\n");
}

/* It is no longer deleted, whatever becomes of the child; and what came back with it stays. */
static void an_edit_of_a_parent_that_came_back_keeps_it_and_what_came_with_it(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 11);
    family_deleted(&w);
    put(&w, alone(&w, 3, 1, 150), T_ORANG, "p2 B k1 -");
    world_update(&w, alone(&w, 4, 3, 300), T_KELUARGA, "k1", 2, "Mawar");
    world_delete(&w, alone(&w, 5, 4, 400), T_ORANG, "p2");
    turn(&w, 4, "keluarga k1 16 Mawar -\norang p1 A k1 -\norang p2 B k1 -\nrestored orang p1\n",
         "keluarga k1 16 Mawar -\norang p1 A k1 -\nrestored orang p1\n");
}

static void an_edit_that_wins_over_a_delete_brings_back_what_that_took_along(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 12);
    family_deleted(&w);
    world_update(&w, alone(&w, 3, 1, 150), T_KELUARGA, "k1", 2, "Mawar");
    turn(&w, 2, "", "keluarga k1 16 Mawar -\norang p1 A k1 -\nrestored orang p1\n");
}

static void a_parent_that_is_made_anew_brings_nothing_back(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 13);
    family_deleted(&w);
    put(&w, alone(&w, 3, 2, 300), T_KELUARGA, "k1 18 Mawar -");
    turn(&w, 2, "", "keluarga k1 18 Mawar -\n");
}

/* Whoever deleted k1 knew of p2: on p2's account alone it does not come back. */
static void a_living_row_is_let_in_when_what_it_hangs_on_came_back_for_another(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 14);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_KELUARGA, "k1 16 Melati -");
    put(&w, txn, T_ORANG, "p2 B - -");
    put(&w, txn, T_AKTA, "a1 p2 1");
    world_update(&w, alone(&w, 2, 1, 150), T_ORANG, "p2", 2, "k1");
    world_delete(&w, alone(&w, 3, 2, 200), T_KELUARGA, "k1");
    put(&w, alone(&w, 4, 2, 900), T_ORANG, "p3 C k1 -");
    turn(&w, 3, "held orang (FOREIGN KEY keluarga: keluarga k1) p2 B k1 -\nheld akta (FOREIGN KEY orang: orang p2) a1 p2 1\n",
         "keluarga k1 16 Melati -\norang p2 B k1 -\norang p3 C k1 -\nakta a1 p2 1\nrestored keluarga k1\n");
}

static void rows_that_were_deleted_in_a_circle_come_back_whole(void **state)
{
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 15);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_ORANG, "p1 A - p2");
    put(&w, txn, T_ORANG, "p2 B - p3");
    put(&w, txn, T_ORANG, "p3 C - p1");
    put(&w, txn, T_ORANG, "p4 D - p4");
    txn = alone(&w, 2, 1, 200);
    world_delete(&w, txn, T_ORANG, "p1");
    world_delete(&w, txn, T_ORANG, "p2");
    world_delete(&w, txn, T_ORANG, "p3");
    world_delete(&w, txn, T_ORANG, "p4");
    put(&w, alone(&w, 3, 1, 150), T_AKTA, "a1 p2 1");
    put(&w, alone(&w, 4, 1, 160), T_AKTA, "a2 p4 2");
    turn(&w, 2, "",
         "orang p1 A - p2\norang p2 B - p3\norang p3 C - p1\norang p4 D - p4\nakta a1 p2 1\nakta a2 p4 2\n"
         "restored orang p1\nrestored orang p2\nrestored orang p3\nrestored orang p4\n");
}

static void concurrent_deletes_of_a_parent_must_all_have_missed_the_child(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 16);
    put(&w, alone(&w, 1, 0, 100), T_KELUARGA, "k1 16 Melati -");
    put(&w, alone(&w, 2, 1, 110), T_ORANG, "p1 A k1 -");
    world_delete(&w, alone(&w, 3, 1, 200), T_KELUARGA, "k1");
    world_delete(&w, alone(&w, 4, 2, 210), T_KELUARGA, "k1"); /* this one knew of it */
    turn(&w, 3, "keluarga k1 16 Melati -\norang p1 A k1 -\nrestored keluarga k1\n",
         "held orang (FOREIGN KEY keluarga: keluarga k1) p1 A k1 -\n");
}

/* --- by declaration --- */

static const char declared[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, keluarga TEXT REFERENCES keluarga(id));"
    "CREATE TABLE akta(id TEXT PRIMARY KEY NOT NULL, orang TEXT REFERENCES orang(id), keluarga TEXT REFERENCES keluarga(id));"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang', 'parent=keluarga:cascade');"
    "SELECT jemput_replicate('akta', 'parent=orang:cascade; parent=keluarga:hold');";
enum { D_KELUARGA = 1, D_ORANG = 2, D_AKTA = 3 };

static void a_child_goes_with_its_parent_where_the_schema_says_cascade_and_comes_back_with_it(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 17);
    put(&w, alone(&w, 1, 0, 100), D_KELUARGA, "k1 16");
    world_delete(&w, alone(&w, 2, 1, 200), D_KELUARGA, "k1");
    put(&w, alone(&w, 3, 1, 150), D_ORANG, "p1 A k1");
    put(&w, alone(&w, 4, 3, 160), D_AKTA, "a1 p1 -"); /* a child of the child */
    put(&w, alone(&w, 5, 4, 300), D_KELUARGA, "k1 17");
    pass_turn(&w, declared, 4, "gone akta a1\ngone orang p1\n", "keluarga k1 17\norang p1 A k1\nakta a1 p1 -\n");
    world_release(&w);
}

static void a_row_that_is_gone_claims_nothing_and_goes_on_merging(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 18);
    put(&w, alone(&w, 1, 0, 100), D_KELUARGA, "k1 16");
    world_delete(&w, alone(&w, 2, 1, 200), D_KELUARGA, "k1");
    put(&w, alone(&w, 3, 1, 150), D_ORANG, "p1 A k1");
    put(&w, alone(&w, 4, 1, 900), D_ORANG, "p2 A -");
    world_update(&w, alone(&w, 5, 3, 300), D_ORANG, "p1", 2, NULL);
    pass_turn(&w, declared, 4, "orang p2 A -\ngone orang p1\n", "orang p1 A -\nheld orang (UNIQUE orang.nik: orang p1) p2 A -\n");
    world_release(&w);
}

static void a_child_is_held_where_the_schema_says_hold(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 19);
    put(&w, alone(&w, 1, 0, 100), D_KELUARGA, "k1 16");
    world_delete(&w, alone(&w, 2, 1, 200), D_KELUARGA, "k1");
    put(&w, alone(&w, 3, 1, 150), D_AKTA, "a1 - k1");
    put(&w, alone(&w, 4, 3, 300), D_KELUARGA, "k1 17");
    pass_turn(&w, declared, 3, "held akta (FOREIGN KEY keluarga: keluarga k1) a1 - k1\n", "keluarga k1 17\nakta a1 - k1\n");
    world_release(&w);
}

static void a_child_whose_parent_never_came_is_held_and_not_gone(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 20);
    put(&w, alone(&w, 1, 0, 150), D_ORANG, "p1 A k1");
    put(&w, alone(&w, 2, 0, 300), D_KELUARGA, "k1 17");
    pass_turn(&w, declared, 1, "held orang (FOREIGN KEY keluarga: keluarga k1) p1 A k1\n", "keluarga k1 17\norang p1 A k1\n");
    world_release(&w);
}

/* --- FOREIGN KEYs as SQLite compares them --- */

static const char odd[] =
    "CREATE TABLE kode(id TEXT PRIMARY KEY NOT NULL, a TEXT COLLATE NOCASE, b INTEGER, c TEXT, UNIQUE(a), UNIQUE(b, c));"
    "CREATE TABLE pakai(id TEXT PRIMARY KEY NOT NULL, a TEXT REFERENCES kode(a), b TEXT, c, FOREIGN KEY(c, b) REFERENCES kode(c, b));"
    "CREATE INDEX pakai_a ON pakai(a);"
    "SELECT jemput_replicate('kode'); SELECT jemput_replicate('pakai');";
enum { O_KODE = 1, O_PAKAI = 2 };

static void a_parent_is_found_by_its_own_collation_and_affinity(void **state)
{
    struct world w;
    struct jemput_txn *txn;
    struct jemput_change *c;

    (void)state;
    world_init(&w, 21);
    txn = alone(&w, 1, 0, 100);
    c = world_change(&w, txn, O_KODE, JEMPUT_OP_INSERT, "k1");
    world_cell(c, 1, world_text(&w, "Abc"));
    world_cell(c, 2, world_integer(7));
    world_cell(c, 3, world_text(&w, "5"));
    txn = alone(&w, 2, 1, 110);
    c = world_change(&w, txn, O_PAKAI, JEMPUT_OP_INSERT, "p1");
    world_cell(c, 1, world_text(&w, "aBC"));
    world_cell(c, 2, world_text(&w, "07")); /* 7, for the parent's column */
    world_cell(c, 3, world_integer(5));     /* '5', likewise */
    world_delete(&w, alone(&w, 3, 2, 200), O_KODE, "k1");
    put(&w, alone(&w, 4, 1, 120), O_PAKAI, "p2 ABC - -");
    put(&w, alone(&w, 5, 3, 300), O_KODE, "k2 abC - -");
    pass_turn(&w, odd, 3, "held pakai (FOREIGN KEY kode: kode k1) p1 aBC 07 5\n",
              "kode k2 abC - -\npakai p2 ABC - -\nheld pakai (FOREIGN KEY kode: kode k1) p1 aBC 07 5\n");
    world_release(&w);
}

static void a_deleted_parent_that_is_named_by_other_columns_than_its_key_comes_back(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 22);
    put(&w, alone(&w, 1, 0, 100), O_KODE, "k1 Abc - -");
    put(&w, alone(&w, 2, 0, 110), O_KODE, "k2 x - -");
    world_delete(&w, alone(&w, 3, 1, 200), O_KODE, "k1");
    put(&w, alone(&w, 4, 1, 120), O_PAKAI, "p1 aBC - -");
    world_update(&w, alone(&w, 5, 2, 210), O_KODE, "k2", 1, "y"); /* and deleted when it was called y */
    world_delete(&w, alone(&w, 6, 5, 220), O_KODE, "k2");
    put(&w, alone(&w, 7, 2, 230), O_PAKAI, "p2 X - -");
    put(&w, alone(&w, 8, 5, 240), O_PAKAI, "p3 Y - -");
    pass_turn(&w, odd, 3, "kode k2 x - -\n",
              "kode k1 Abc - -\nkode k2 y - -\npakai p1 aBC - -\npakai p3 Y - -\n"
              "held pakai (FOREIGN KEY kode: kode ) p2 X - -\nrestored kode k1\nrestored kode k2\n");
    world_release(&w);
}

/* k1 never passed its CHECK: k3, which wants it back, is held, and what k1 would have claimed is free for k4, which brings k2 back. */
static void a_deleted_parent_that_is_refused_keeps_nothing_from_others(void **state)
{
    static const char checked[] = "CREATE TABLE wilayah(id TEXT PRIMARY KEY NOT NULL, nama TEXT);"
                                  "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT CHECK(alamat <> 'x'),"
                                  " induk TEXT REFERENCES keluarga(id));"
                                  "SELECT jemput_replicate('wilayah'); SELECT jemput_replicate('keluarga');";
    struct world w;
    struct jemput_txn *txn;

    (void)state;
    world_init(&w, 1);
    txn = alone(&w, 1, 0, 100);
    put(&w, txn, T_KELUARGA, "k1 16 x -");
    put(&w, txn, T_KELUARGA, "k2 17 Melati -");
    txn = alone(&w, 2, 1, 200);
    world_delete(&w, txn, T_KELUARGA, "k1");
    world_delete(&w, txn, T_KELUARGA, "k2");
    txn = alone(&w, 3, 1, 150);
    put(&w, txn, T_KELUARGA, "k3 18 Melati k1");
    put(&w, txn, T_KELUARGA, "k4 16 Melati k2");
    pass_turn(&w, checked, 2, "",
              "keluarga k2 17 Melati -\nkeluarga k4 16 Melati k2\nheld keluarga (FOREIGN KEY keluarga: keluarga k1) k3 18 Melati k1\n"
              "restored keluarga k2\n");
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_deleted_while_a_child_was_added_comes_back),
        cmocka_unit_test(an_orphan_comes_back_with_the_rows_that_its_deletion_took_along),
        cmocka_unit_test(an_edit_of_a_child_brings_its_parents_back),
        cmocka_unit_test(a_delete_that_had_seen_the_child_ends_it),
        cmocka_unit_test(a_child_that_whoever_deleted_the_parent_knew_of_is_held),
        cmocka_unit_test(a_parent_that_came_back_goes_when_its_child_does),
        cmocka_unit_test(a_child_that_is_added_to_a_parent_that_came_back_keeps_it),
        cmocka_unit_test(a_parent_that_comes_back_yields_to_everybody),
        cmocka_unit_test(an_orphan_comes_back_when_what_it_yielded_to_is_gone),
        cmocka_unit_test(a_row_that_goes_along_yields_to_living_ones_and_is_not_held),
        cmocka_unit_test(an_edit_of_a_parent_that_came_back_keeps_it_and_what_came_with_it),
        cmocka_unit_test(an_edit_that_wins_over_a_delete_brings_back_what_that_took_along),
        cmocka_unit_test(a_parent_that_is_made_anew_brings_nothing_back),
        cmocka_unit_test(a_living_row_is_let_in_when_what_it_hangs_on_came_back_for_another),
        cmocka_unit_test(rows_that_were_deleted_in_a_circle_come_back_whole),
        cmocka_unit_test(concurrent_deletes_of_a_parent_must_all_have_missed_the_child),
        cmocka_unit_test(a_child_goes_with_its_parent_where_the_schema_says_cascade_and_comes_back_with_it),
        cmocka_unit_test(a_row_that_is_gone_claims_nothing_and_goes_on_merging),
        cmocka_unit_test(a_child_is_held_where_the_schema_says_hold),
        cmocka_unit_test(a_child_whose_parent_never_came_is_held_and_not_gone),
        cmocka_unit_test(a_parent_is_found_by_its_own_collation_and_affinity),
        cmocka_unit_test(a_deleted_parent_that_is_refused_keeps_nothing_from_others),
        cmocka_unit_test(a_deleted_parent_that_is_named_by_other_columns_than_its_key_comes_back),
    };

    return cmocka_run_group_tests_name("orphan", tests, NULL, NULL);
}
