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
    ('constraint/against.c', 'claim->terms[i]'): SCHEMA_TEXT, ('constraint/against.c', 'claim->where'): SCHEMA_TEXT,
    ('constraint/lookup.c', 'claim->terms[i]'): SCHEMA_TEXT, ('constraint/lookup.c', 'claim->where'): SCHEMA_TEXT,
    ('capture/victims.c', 'otherwise'): SCHEMA_TEXT, ('capture/victims.c', 'text'): SCHEMA_TEXT,
    ('capture/victims.c', 'term.at'): SCHEMA_TEXT, ('capture/victims.c', 'u->stored[i]'): SCHEMA_TEXT, ('capture/victims.c', 'u->where'): SCHEMA_TEXT,
    ('capture/trigger.c', 't->uniques[i].incoming[k]'): SCHEMA_TEXT,
    ('capture/trigger.c', 'jemput_buf_bytes(&extra)'): 'of extra_append, whose buffer is a sql',
    ('trigger/merge.c', 'text.at'): SCHEMA_TEXT, ('schema/schema.c', 'text.bytes'): SCHEMA_TEXT,
    ('replace/in_step.c', 'lacks[columns[i]]'): SCHEMA_TEXT, ('schema/initial.c', 'text'): SCHEMA_TEXT,
    ('schema/schema.c', 'call'): 'a call of ours with two string values, quoted by SQLite (%Q)',
    ('schema/remake.c', 'words'): LITERAL, ('apply/applier.c', 'between'): LITERAL, ('apply/applier.c', 'after'): LITERAL,
    ('apply/applier.c', 'verb'): LITERAL,
    ('schema/declared.c', 'pragma'): LITERAL,
    ('object/media.c', 'filter_sql(ask)'): LITERAL, ('object/media.c', 'head'): LITERAL, ('object/media.c', 'tail'): LITERAL,
    ('replace/twin.c', 'i ? between : before'): LITERAL, ('replace/twin.c', 'after'): LITERAL,
    ('capture/trigger.c', 'row'): LITERAL, ('capture/trigger.c', 'schema'): LITERAL, ('capture/trigger.c', 'trigger_events[op]'): LITERAL,
    ('sql/eponymous.c', 'of->what->columns[i]'): 'names of our own views, literals in api/',
    ('sql/eponymous.c', 'of->what->parameters[i]'): 'likewise',
}
RUN = {  # (file, SQL): text run without a helper of sqlite.c, or that is no literal and no buffer called sql
    ('file/sqlite.c', 'sql'): 'the helpers themselves', ('file/connection.c', 'sql'): 'likewise', ('file/transaction.c', 'sql'): 'likewise',
    ('shown/counts.c', 'sql'): 'a literal in a variable', ('feed/read.c', 'sql'): 'a number',
    ('file/sqlite.c', '(const char *)sql->data'): 'likewise',
    ('trigger/merge.c', '(const char *)sql->data'): 'a buffer called sql', ('capture/record.c', '(const char *)sql.data'): 'likewise',
    ('schema/counter.c', '(const char *)sql.data'): 'likewise', ('sql/eponymous.c', '(const char *)sql.data'): 'likewise',
    ('capture/capture.c', '(const char *)sql.data'): 'likewise',
    ('schema/schema.c', 'rest'): 'the schema file itself, behind an authorizer (guard.c)', ('file/layout.c', 'marks'): 'two numbers',
    ('schema/elsewhere.c', 'column_text(stmt, 0)'): 'CREATE text that SQLite itself keeps', ('schema/remake.c', 'o->sql'): 'likewise',
    ('file/layout.c', 'layout_tables[i]'): 'a table of literals', ('check/log.c', 'n->sql'): 'likewise', ('check/log.c', 'l->ids'): 'likewise',
}
RUNNERS = {'jemput_sqlite_exec': 1, 'jemput_sqlite_exec_buf': 1, 'jemput_sqlite_prepare': 2, 'jemput_sqlite_prepare_buf': 2,
           'jemput_sqlite_number': 1, 'jemput_capture_statement': 2, 'jemput_store_statement': 1, 'jemput_store_look': 1,
           'sqlite3_exec': 1, 'sqlite3_get_table': 1, 'sqlite3_declare_vtab': 1,
           'sqlite3_prepare': 1, 'sqlite3_prepare_v2': 1, 'sqlite3_prepare_v3': 1}  # where the SQL stands among the arguments


def text(path):
    return path.read_text(encoding='utf-8')


def place_of(path):
    return f'{path.parent.name}/{path.name}'


def sources():
    return sorted((SOURCE / 'engine').rglob('*.c'))


def calls(path, names):
    """Name, place and arguments of each call; a definition, which begins in the first column, is none."""
    code = without_comments(text(path))
    for m in re.finditer(r'\b(%s)\(' % '|'.join(names), code):
        if re.match(r'\s', code[:m.start()].split('\n')[-1]):
            yield m.group(1), '%s: %s' % (place_of(path), m.group(1)), arguments(code, m.end())


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
                        seen.add((place_of(path), piece))
                        self.assertTrue(is_literal(piece) or (place_of(path), piece) in PIECES,
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
                seen.add((place_of(path), piece))
                with self.subTest(place=place, sql=piece):
                    if name.endswith('_buf'):
                        self.assertTrue(is_sql(piece), 'SQL is built in a buffer called sql')
                    else:
                        self.assertTrue(is_literal(piece) or piece == 'sql' and taking_sql(path) or (place_of(path), piece) in RUN,
                                        'SQL is a literal, or built in a buffer called sql')
        self.assertGreater(count, 200)
        self.assertEqual(set(RUN) - seen, set(), 'SQL that is run nowhere')

    def test_no_format_quotes_a_name_but_the_one_function(self):
        for path in sources():
            with self.subTest(path=path.name):
                self.assertNotRegex(text(path), r'%w')
                self.assertNotRegex(text(path), r'\\"%[^"]*s\\"')
                self.assertEqual(text(path).count('%Q') + text(path).count('%q'), 2 if path.parts[-3:] == ('store', 'schema', 'schema.c') else 0)
        self.assertEqual(sum(len(re.findall(r'^void jemput_buf_identifier\(', text(path), re.M)) for path in sources()), 1)

    def test_a_choice_and_a_literal_are_told_from_a_name(self):
        for piece in ('"a"', '"a" B "c"', 'i ? " AND " : ""', 'a == B ? "x" : c ? "y" : "z"', 'JEMPUT_PREFIX'):
            self.assertTrue(is_literal(piece), piece)
        for piece in ('t->name', 'i ? t->name : ""', '"a" name', 'name', 'f("a")', 'x["a"]'):
            self.assertFalse(is_literal(piece), piece)


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
