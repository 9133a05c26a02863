"""C as text, as far as the tests of the structure read it."""
import re


def without_comments(code):
    return re.sub(r'("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\')|/\*.*?\*/', lambda m: m.group(1) or ' ', code, flags=re.S)


def arguments(code, at):
    """The arguments of the call whose opening parenthesis stands before `at`."""
    found, depth, start = [], 0, at
    for m in re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[(),\[\]{}]').finditer(code, at):
        sign = m.group()
        if sign in '([{':
            depth += 1
        elif sign in ')]}' and depth == 0:
            return found + [' '.join(code[start:m.start()].split())]
        elif sign in ')]}':
            depth -= 1
        elif sign == ',' and depth == 0:
            found.append(' '.join(code[start:m.start()].split()))
            start = m.end()
    raise AssertionError('a call without an end')


def is_literal(piece):
    """A string literal (with macros of ours between its parts), or a choice between such."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', piece)
    if re.fullmatch(r'(""|[A-Z][A-Z0-9_]*)(\s*(""|[A-Z][A-Z0-9_]*))*', bare):
        return True
    m = re.fullmatch(r'[^?"]+\?(.*?):(.*)', bare)
    return bool(m) and is_literal(m.group(1).strip()) and is_literal(m.group(2).strip())
