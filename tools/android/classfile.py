"""What a Java class file says of itself: its version, what it names, its methods. Read by hand, so that no tool is needed.

After "The Java Virtual Machine Specification", Java SE 8 Edition, chapter 4."""
import re
import struct

UTF8, INTEGER, FLOAT, LONG, DOUBLE, CLASS, STRING, FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE = 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
METHOD_HANDLE, METHOD_TYPE, INVOKE_DYNAMIC = 15, 16, 18
SIZES = {INTEGER: 4, FLOAT: 4, LONG: 8, DOUBLE: 8, CLASS: 2, STRING: 2, FIELD: 4, METHOD: 4, INTERFACE_METHOD: 4, NAME_AND_TYPE: 4, METHOD_HANDLE: 3,
         METHOD_TYPE: 2, INVOKE_DYNAMIC: 4}
NATIVE = 0x100


class Damaged(Exception):
    pass


class ClassFile:
    """major, name, classes (names that it uses), refs {(owner, name, descriptor)}, methods {(name, descriptor): flags}."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        try:
            self.read()
        except (struct.error, KeyError, IndexError, TypeError, AttributeError) as error:  # the last two: an entry of another kind
            raise Damaged('cut off or damaged: %s' % error) from error

    def take(self, form):
        values = struct.unpack_from('>' + form, self.data, self.at)
        self.at += struct.calcsize('>' + form)
        return values if len(values) > 1 else values[0]

    def read(self):
        if self.take('I') != 0xcafebabe:
            raise Damaged('no class file')
        _, self.major = self.take('HH')
        self.pool_read()
        _, this, _, interface_count = self.take('HHHH')
        self.at += 2 * interface_count
        self.name = self.class_name(this)
        self.members()
        self.methods = self.members()
        self.names_find()

    def pool_read(self):
        self.pool = {}
        count, index = self.take('H'), 1
        while index < count:
            tag = self.take('B')
            if tag == UTF8:
                size = self.take('H')
                self.pool[index] = tag, self.data[self.at:self.at + size].decode('utf-8', 'replace')
            else:
                size = SIZES[tag]
                self.pool[index] = tag, self.data[self.at:self.at + size]
            self.at += size
            index += 2 if tag in (LONG, DOUBLE) else 1

    def pair(self, index):
        return struct.unpack('>HH', self.pool[index][1])

    def class_name(self, index):
        return self.pool[struct.unpack('>H', self.pool[index][1])[0]][1]

    def members(self):
        found = {}
        for _ in range(self.take('H')):
            flags, name, descriptor, attribute_count = self.take('HHHH')
            found[self.pool[name][1], self.pool[descriptor][1]] = flags
            for _ in range(attribute_count):
                _, size = self.take('HI')
                self.at += size
        return found

    def names_find(self):
        self.classes, self.refs = set(), set()
        for index, (tag, value) in self.pool.items():
            if tag == CLASS:
                name = self.class_name(index)
                self.classes |= set(in_descriptor(name)) if name.startswith('[') else {name}
            elif tag == NAME_AND_TYPE:
                self.classes |= set(in_descriptor(self.pool[self.pair(index)[1]][1]))
            elif tag in (FIELD, METHOD, INTERFACE_METHOD):
                owner, what = struct.unpack('>HH', value)
                name, descriptor = self.pair(what)
                self.refs.add((self.class_name(owner), self.pool[name][1], self.pool[descriptor][1]))
        for _, descriptor in self.methods:
            self.classes |= set(in_descriptor(descriptor))

    def natives(self):
        return {key for key, flags in self.methods.items() if flags & NATIVE}


def in_descriptor(text):
    return re.findall(r'L([^;<]+);', text)


def mangled(owner, method):
    """What JNI calls a native method that no other has the name of. "Resolving Native Method Names", JNI specification, chapter 2."""
    def escape(text):
        return ''.join(c if c.isascii() and c.isalnum() else {'_': '_1', '/': '_', ';': '_2', '[': '_3'}.get(c, '_0%04x' % ord(c)) for c in text)
    return 'Java_%s_%s' % (escape(owner), escape(method))
