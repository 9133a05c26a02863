#!/usr/bin/env python3
"""Make Java sources to compile Android apps against, from the signature file of the public Android API (api/current.txt, format 2.0).

    stubs.py current.txt OUT

OUT gets one file a top-level class. Compiled (javac --release 8) they are an android.jar: all names, types and constants, and no code, so that
everything throws "Stub!". Packages that the JDK has itself are left out. Every class gets one constructor more, which takes three `android.Stub`:
a subclass calls it, so that no constructor needs the arguments, access or exceptions of the one above it.
"""
import os
import re
import sys

HAS_JDK = re.compile(r'(java|javax\.(crypto|net|security|sql|xml)|org\.(w3c|xml))(\.|$)')
TOKEN = re.compile(r'''"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|@?[\w$]+(?:\.[\w$]+)*|\.\.\.|\[\]|\S''')
MODIFIERS = {'public', 'protected', 'private', 'static', 'final', 'abstract', 'default', 'synchronized', 'native', 'volatile', 'transient',
             'strictfp', 'deprecated'}
KINDS = {'class', 'interface', 'enum', '@interface'}
ZERO = {'boolean': 'false', 'byte': '(byte)0', 'short': '(short)0', 'char': "'\\0'", 'int': '0', 'long': '0L', 'float': '0f', 'double': '0d'}
BOXED = {'boolean': 'Boolean', 'byte': 'Byte', 'short': 'Short', 'char': 'Character', 'int': 'Integer', 'long': 'Long', 'float': 'Float',
         'double': 'Double'}
THROW = '{ throw new RuntimeException("Stub!"); }'
MARKER = 'android.Stub a, android.Stub b, android.Stub c'
# What a constructor calls where its superclass is the JDK's and has no constructor without arguments.
JDK_SUPER = {'java.io.FilterInputStream': '(java.io.InputStream)null', 'java.io.FilterOutputStream': '(java.io.OutputStream)null',
             'java.io.FileInputStream': '(java.io.FileDescriptor)null', 'java.io.FileOutputStream': '(java.io.FileDescriptor)null',
             'java.io.Writer': '', 'java.text.Format.Field': 'null', 'java.text.ParseException': 'null, 0',
             'java.lang.Character.Subset': '""'}


class Member:
    """A method, constructor, field or constant of an enum."""

    def __init__(self, kind):
        self.kind, self.modifiers, self.parameters = kind, [], []
        self.types = self.type = self.name = self.throws = self.value = ''


class Type:
    """A class, interface, enum or annotation; its members, and the types inside it."""

    def __init__(self, package, kind, name):
        self.package, self.kind, self.name = package, kind, name
        self.modifiers, self.extends, self.implements, self.members, self.inside = [], [], [], [], []
        self.types = ''

    def full(self):
        return f'{self.package}.{self.name}'

    def simple(self):
        return self.name.rpartition('.')[2]


# --- reading ---------------------------------------------------------------------------------------------------------------------------------

def tokens_of(line):
    """The words of a line: without annotations and without what follows the last ';' or '{'."""
    words, out, i = TOKEN.findall(line), [], 0
    while i < len(words):
        if words[i] == '/' and words[i + 1:i + 2] == ['/']:
            break
        if words[i].startswith('@') and words[i] != '@interface':
            i += 1
            if words[i:i + 1] == ['(']:
                i = end_of(words, i)
            continue
        out.append(words[i])
        i += 1
    return out


def end_of(words, i):
    """The place after the bracket that closes the one at `i`."""
    close = {'(': ')', '<': '>', '{': '}'}[words[i]]
    depth = 0
    for k in range(i, len(words)):
        depth += (words[k] == words[i]) - (words[k] == close)
        if depth == 0:
            return k + 1
    raise ValueError('no end: ' + ' '.join(words))


def text_of(words):
    """Words as Java writes them: a space only between two that would run together."""
    out = ''
    for w in words:
        out += (' ' if out and (out[-1].isalnum() or out[-1] in '>?') and (w[0].isalnum() or w[0] == '?') or w == '&' or out[-1:] == '&' else '') + w
    return out


def split(words, at=','):
    """Parts between the commas that are in no bracket."""
    out, part, depth = [], [], 0
    for w in words:
        depth += (w in '<({') - (w in '>)}') if len(w) == 1 else 0
        if w == at and depth == 0:
            out.append(part)
            part = []
        else:
            part.append(w)
    return out + [part] if part else out


def modifiers_of(words, of):
    i = 0
    while words[i] in MODIFIERS:
        if words[i] not in ('deprecated', 'synchronized', 'native', 'strictfp'):
            of.modifiers.append(words[i])
        i += 1
    return words[i:]


def parameter(words):
    """The type of a parameter; a name behind it is not needed."""
    if len(words) > 1 and re.fullmatch(r'[A-Za-z_]\w*', words[-1]) and words[-2] not in ('extends', 'super', '&'):
        words = words[:-1]
    return text_of(words)


def list_of_types(words):
    """Types one after the other, with or without commas between them."""
    out, depth = [], 0
    for w in words:
        if w == ',' and depth == 0:
            continue
        if depth or w in '<>[]' or (out and out[-1] and out[-1][-1] in '.&'):
            out[-1].append(w)
        else:
            out.append([w])
        depth += (w == '<') - (w == '>')
    return [text_of(t) for t in out]


def type_of(package, words):
    head = Type(package, '', '')
    words = modifiers_of(words, head)
    head.kind, head.name = words[0], words[1]
    words = words[2:]
    if words[0] == '<':
        end = end_of(words, 0)
        head.types, words = text_of(words[:end]), words[end:]
    into = None
    for part in ('extends', 'implements'):
        if part in words:
            into = words[words.index(part) + 1:]
            into = into[:into.index('implements')] if part == 'extends' and 'implements' in into else into
            setattr(head, part, list_of_types([w for w in into if w != '{']))
    return head


def member_of(words):
    m = Member(words[0])
    words = modifiers_of(words[1:], m)
    if words[0] == '<':
        end = end_of(words, 0)
        m.types, words = text_of(words[:end]) + ' ', words[end:]
    if m.kind in ('method', 'ctor'):
        i = words.index('(')
        end = end_of(words, i)
        m.name, m.type = words[i - 1], text_of(words[:i - 1])
        m.parameters = [parameter(p) for p in split(words[i + 1:end - 1])]
        words = words[end:-1]
        if 'default' in words:
            at = words.index('default')
            words, m.value = words[:at], text_of(words[at + 1:])
        m.throws = ' throws ' + ', '.join(list_of_types(words[1:])) if words else ''
    else:
        end = len(words) - 1 - words[::-1].index(';')
        words = words[:end]
        if '=' in words:
            at = words.index('=')
            words, m.value = words[:at], ''.join(words[at + 1:])
        m.name, m.type = words[-1], text_of(words[:-1])
    return m


def read(lines):
    """All types that the JDK does not have, by full name, each with those inside it."""
    types, package, now = {}, None, None
    for line in lines:
        words = tokens_of(line)
        if not words or line.startswith('//'):
            continue
        if words[0] == 'package':
            package = words[1]
        elif line.startswith('    '):
            now.members.append(member_of(words))
        elif line.startswith('  ') and words[-1] == '{':
            now = type_of(package, words)
            if not HAS_JDK.match(package):
                types[now.full()] = now
    for t in types.values():
        if '.' in t.name:
            types[t.full().rpartition('.')[0]].inside.append(t)
    return types


def mend(types):
    """Three places where the file does not say all that a compiler asks for."""
    # An override that adds nothing is left out of the file, so ViewGroup's layouts do not show the onLayout() that they have.
    for m in types['android.view.ViewGroup'].members:
        if m.name == 'onLayout':
            m.modifiers.remove('abstract')
    # Two interfaces above this one have the method, one of them with a body.
    types['android.content.res.XmlResourceParser'].members.append(member_of(tokens_of('method public abstract String getAttributeNamespace(int);')))
    # Its type parameter is not written down.
    for m in types['android.hardware.camera2.params.OutputConfiguration'].members:
        if m.kind == 'ctor' and any('<T>' in p for p in m.parameters):
            m.types = '<T> '


# --- writing ---------------------------------------------------------------------------------------------------------------------------------

def super_call(t, types):
    above = re.sub('<.*>', '', t.extends[0]) if t.extends else ''
    if above in types:
        return 'super((android.Stub)null, (android.Stub)null, (android.Stub)null); '
    return f'super({JDK_SUPER[above]}); ' if above in JDK_SUPER else ''


def write_constructors(t, types):
    if t.kind != 'class':
        return
    if t.full() != 'android.Stub':
        yield f'protected {t.simple()}({MARKER}) {{ {super_call(t, types)}}}'
    for m in t.members:
        if m.kind == 'ctor':
            yield f'{" ".join(m.modifiers)} {m.types}{t.simple()}({arguments(m)}){m.throws} {{ {super_call(t, types)}{THROW[2:]}'


def arguments(m):
    return ', '.join(f'{p} a{i}' for i, p in enumerate(m.parameters))


def write_method(t, m):
    modifiers = list(m.modifiers)
    head = f'{m.types}{m.type} {m.name}({arguments(m)}){m.throws}'
    if t.kind == '@interface':
        return f'{m.type} {m.name}()' + (f' default {m.value}' if m.value else '') + ';'
    if t.kind == 'interface' and not {'static', 'default'} & set(modifiers):
        return head + ';'
    # Also what a subclass may have without the file saying so again: every class has these three.
    if 'abstract' in modifiers and (t.kind == 'enum' or m.name in ('equals', 'hashCode', 'toString')):
        modifiers.remove('abstract')
    return f'{" ".join(modifiers)} {head}' + (';' if 'abstract' in modifiers else ' ' + THROW)


def write_field(t, m):
    head = f'{" ".join(m.modifiers)} {m.type} {m.name}'
    if m.value:
        return f'{head} = ({m.type})({m.value});' if m.type in ZERO else f'{head} = {m.value};'
    if 'final' in m.modifiers or t.kind == 'interface':
        return f'{head} = android.Stub.<{BOXED.get(m.type, m.type)}>none();'  # no constant: nobody may take its value for known
    return head + ';'


def write_body(t, types):
    if t.kind == 'enum':
        yield ', '.join(m.name for m in t.members if m.kind == 'enum_constant') + ';'
    yield from write_constructors(t, types)
    for m in t.members:
        if m.kind == 'method' and not (t.kind == 'enum' and m.name in ('values', 'valueOf')):
            yield write_method(t, m)
        elif m.kind == 'field':
            yield write_field(t, m)
    for inner in t.inside:
        yield from write(inner, types)


def write(t, types):
    modifiers = [m for m in t.modifiers if not (m == 'abstract' and t.kind != 'class') and not (m == 'final' and t.kind == 'enum')]
    line = f'{" ".join(modifiers)} {t.kind} {t.simple()}{t.types}'
    if t.kind == 'interface' and t.extends + t.implements:
        line += ' extends ' + ', '.join(t.extends + t.implements)
    elif t.kind in ('class', 'enum'):
        line += f' extends {t.extends[0]}' if t.extends and t.kind == 'class' else ''
        line += ' implements ' + ', '.join(t.implements) if t.implements else ''
    yield line + ' {'
    yield from ('  ' + part for part in write_body(t, types))
    yield '}'


def stub():
    """The marker: what the extra constructors take, and where fields without a known value get theirs."""
    marker = Type('android', 'class', 'Stub')
    marker.modifiers = ['public', 'final']
    none = member_of(tokens_of('method public static <T> T none();'))
    marker.members = [none]
    return marker


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding='utf-8') as f:
        types = read(f)
    if 'android.view.ViewGroup' in types:  # the tests' small files are not
        mend(types)
    types['android.Stub'] = stub()
    count = 0
    for t in types.values():
        if '.' in t.name:
            continue
        folder = os.path.join(sys.argv[2], *t.package.split('.'))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, t.name + '.java'), 'w', encoding='utf-8') as f:
            f.write(f'package {t.package};\n\n@SuppressWarnings("all")\n' + '\n'.join(write(t, types)) + '\n')
        count += 1
    print(f'{len(types)} types in {count} files')


if __name__ == '__main__':
    main()
