#!/usr/bin/env python3
"""SQL that is put together: a name gets into it through jemput_buf_identifier() alone, a value through binding.

SQL is either a string literal or is built in a buffer called `sql`, and only such buffers are prepared or run. What is added to one is a literal (or
a choice between literals), an identifier, or one of the few pieces that are named below with the reason why they are no names.

  test_sql_text.py SOURCE"""
import pathlib
import re
import sys
import unittest

from ccode import arguments, is_literal, without_comments

SOURCE = None

SCHEMA_TEXT = 'an expression of the schema, cut from CREATE text that SQLite itself has taken'
LITERAL = 'an argument or a table of this file that holds literals'
PIECES = {  # (file, piece): why it may be added as it is
    ('against.c', 'claim->terms[i]'): SCHEMA_TEXT, ('against.c', 'claim->where'): SCHEMA_TEXT,
    ('lookup.c', 'claim->terms[i]'): SCHEMA_TEXT, ('lookup.c', 'claim->where'): SCHEMA_TEXT,
    ('victims.c', 'otherwise'): SCHEMA_TEXT, ('victims.c', 'text'): SCHEMA_TEXT,
    ('victims.c', 'term.at'): SCHEMA_TEXT, ('victims.c', 'u->stored[i]'): SCHEMA_TEXT, ('victims.c', 'u->where'): SCHEMA_TEXT,
    ('trigger.c', 't->uniques[i].incoming[k]'): SCHEMA_TEXT, ('trigger.c', 'jemput_buf_bytes(&extra)'): 'of extra_append, whose buffer is a sql',
    ('mergetrigger.c', 'text.at'): SCHEMA_TEXT, ('schema.c', 'text.bytes'): SCHEMA_TEXT,
    ('instep.c', 'lacks[columns[i]]'): SCHEMA_TEXT, ('initial.c', 'text'): SCHEMA_TEXT,
    ('schema.c', 'call'): 'a call of ours with two string values, quoted by SQLite (%Q)',
    ('remake.c', 'words'): LITERAL, ('applier.c', 'between'): LITERAL, ('applier.c', 'after'): LITERAL, ('applier.c', 'verb'): LITERAL,
    ('declared.c', 'pragma'): LITERAL,
    ('media.c', 'filter_sql(ask)'): LITERAL, ('media.c', 'head'): LITERAL, ('media.c', 'tail'): LITERAL,
    ('twin.c', 'i ? between : before'): LITERAL, ('twin.c', 'after'): LITERAL,
    ('trigger.c', 'row'): LITERAL, ('trigger.c', 'schema'): LITERAL, ('trigger.c', 'trigger_events[op]'): LITERAL,
    ('eponymous.c', 'of->what->columns[i]'): 'names of our own views, literals in api/', ('eponymous.c', 'of->what->parameters[i]'): 'likewise',
}
RUN = {  # (file, SQL): text run without a helper of sqlite.c, or that is no literal and no buffer called sql
    ('sqlite.c', 'sql'): 'the helpers themselves', ('connection.c', 'sql'): 'likewise', ('transaction.c', 'sql'): 'likewise',
    ('counts.c', 'sql'): 'a literal in a variable',
    ('sqlite.c', '(const char *)sql->data'): 'likewise',
    ('mergetrigger.c', '(const char *)sql->data'): 'a buffer called sql', ('record.c', '(const char *)sql.data'): 'likewise',
    ('counter.c', '(const char *)sql.data'): 'likewise', ('eponymous.c', '(const char *)sql.data'): 'likewise',
    ('capture.c', '(const char *)sql.data'): 'likewise',
    ('schema.c', 'rest'): 'the schema file itself, behind an authorizer (guard.c)', ('layout.c', 'marks'): 'two numbers',
    ('elsewhere.c', 'column_text(stmt, 0)'): 'CREATE text that SQLite itself keeps', ('remake.c', 'o->sql'): 'likewise',
    ('layout.c', 'layout_tables[i]'): 'a table of literals', ('checklog.c', 'n->sql'): 'likewise', ('checklog.c', 'l->ids'): 'likewise',
}
RUNNERS = {'jemput_sqlite_exec': 1, 'jemput_sqlite_exec_buf': 1, 'jemput_sqlite_prepare': 2, 'jemput_sqlite_prepare_buf': 2,
           'jemput_sqlite_number': 1, 'jemput_capture_statement': 2, 'jemput_store_statement': 1, 'jemput_store_look': 1,
           'sqlite3_exec': 1, 'sqlite3_get_table': 1, 'sqlite3_declare_vtab': 1,
           'sqlite3_prepare': 1, 'sqlite3_prepare_v2': 1, 'sqlite3_prepare_v3': 1}  # where the SQL stands among the arguments


def text(path):
    return path.read_text(encoding='utf-8')


def sources():
    return sorted((SOURCE / 'engine').rglob('*.c'))


def calls(path, names):
    """Name, place and arguments of each call; a definition, which begins in the first column, is none."""
    code = without_comments(text(path))
    for m in re.finditer(r'\b(%s)\(' % '|'.join(names), code):
        if re.match(r'\s', code[:m.start()].split('\n')[-1]):
            yield m.group(1), '%s: %s' % (path.name, m.group(1)), arguments(code, m.end())


def taking_sql(path):
    """The file's own functions that run SQL which they are given as `sql`: their callers are looked at like those of sqlite.c's."""
    found = {}
    for m in re.finditer(r'^static [^;{}()]*?(\w+)\(([^;{}]*?const char \*sql\b[^;{}]*?)\)\s*\{', without_comments(text(path)), re.M):
        found[m.group(1)] = [' '.join(part.split()) for part in m.group(2).split(',')].index('const char *sql')
    return found


def is_sql(buffer):
    return re.fullmatch(r'&?sql', buffer) is not None


class SqlText(unittest.TestCase):
    def test_what_is_added_to_sql_is_a_literal_or_a_piece_that_is_named_here(self):
        seen, count = set(), 0
        for path in sources():
            for name, place, args in calls(path, ['jemput_buf_append_str', 'jemput_buf_append_bytes', 'jemput_buf_append', 'jemput_buf_printf']):
                if not is_sql(args[0]):
                    continue
                count += 1
                pieces = [args[1]]
                if name == 'jemput_buf_printf':
                    self.assertTrue(is_literal(args[1]), '%s(%s)' % (place, ', '.join(args)))
                    forms = re.findall(r'%[^a-z%]*[a-z]+', ''.join(re.findall(r'"(?:\\.|[^"\\])*"', args[1])))
                    self.assertEqual(len(forms), len(args) - 2)
                    pieces = [arg for form, arg in zip(forms, args[2:]) if form[-1] not in 'du']
                for piece in pieces:
                    with self.subTest(place=place, piece=piece):
                        seen.add((path.name, piece))
                        self.assertTrue(is_literal(piece) or (path.name, piece) in PIECES,
                                        'a name gets in by jemput_buf_identifier(), a value by binding')
        self.assertGreater(count, 100)
        self.assertEqual(set(PIECES) - seen, set(), 'pieces that are added nowhere')

    def test_only_literals_and_buffers_called_sql_are_run(self):
        count, seen = 0, set()
        for path in sources():
            runners = dict(RUNNERS, **taking_sql(path))
            for name, place, args in calls(path, sorted(runners, key=len, reverse=True)):
                piece = args[runners[name]]
                count += 1
                seen.add((path.name, piece))
                with self.subTest(place=place, sql=piece):
                    if name.endswith('_buf'):
                        self.assertTrue(is_sql(piece), 'SQL is built in a buffer called sql')
                    else:
                        self.assertTrue(is_literal(piece) or piece == 'sql' and taking_sql(path) or (path.name, piece) in RUN,
                                        'SQL is a literal, or built in a buffer called sql')
        self.assertGreater(count, 200)
        self.assertEqual(set(RUN) - seen, set(), 'SQL that is run nowhere')

    def test_no_format_quotes_a_name_but_the_one_function(self):
        for path in sources():
            with self.subTest(path=path.name):
                self.assertNotRegex(text(path), r'%w')
                self.assertNotRegex(text(path), r'\\"%[^"]*s\\"')
                self.assertEqual(text(path).count('%Q') + text(path).count('%q'), 2 if path.parts[-2:] == ('store', 'schema.c') else 0)
        self.assertEqual(sum(len(re.findall(r'^void jemput_buf_identifier\(', text(path), re.M)) for path in sources()), 1)

    def test_a_choice_and_a_literal_are_told_from_a_name(self):
        for piece in ('"a"', '"a" B "c"', 'i ? " AND " : ""', 'a == B ? "x" : c ? "y" : "z"', 'JEMPUT_PREFIX'):
            self.assertTrue(is_literal(piece), piece)
        for piece in ('t->name', 'i ? t->name : ""', '"a" name', 'name', 'f("a")', 'x["a"]'):
            self.assertFalse(is_literal(piece), piece)


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
