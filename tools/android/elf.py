"""What a shared library says of itself: the parts of the ELF format that decide whether Android loads it. Read by hand, so that no tool is needed.

After "Tool Interface Standard (TIS) Executable and Linking Format", 1995, and the GNU extensions in <elf.h>."""
import struct

MACHINES = {40: 'arm', 62: 'x86_64', 183: 'aarch64'}
LOAD, DYNAMIC = 1, 2
GNU_STACK, GNU_RELRO = 0x6474e551, 0x6474e552
NEEDED, SONAME, RPATH, TEXTREL, BIND_NOW, RUNPATH, FLAGS, FLAGS_1 = 1, 14, 15, 22, 24, 29, 30, 0x6ffffffb
STRTAB, SYMTAB, HASH, GNU_HASH = 5, 6, 4, 0x6ffffef5
EXECUTE, WRITE = 1, 2


class Damaged(Exception):
    pass


class Elf:
    """bits, machine, segments [(type, flags, offset, vaddr, filesz, align)], dynamic {tag: [value…]}; names of exports, imports, sections."""

    def __init__(self, data):
        self.data = data
        try:
            self.header()
            self.dynamic_read()
            self.symbols()
        except (struct.error, IndexError, ValueError) as error:  # ValueError: no end of a text, or no UTF-8
            raise Damaged('cut off or damaged: %s' % error) from error

    def header(self):
        if self.data[:4] != b'\x7fELF' or self.data[4] not in (1, 2) or self.data[5] != 1:
            raise Damaged('no ELF file of low byte order')
        self.bits = 32 * self.data[4]
        wide = self.bits == 64
        kind, machine = struct.unpack_from('<HH', self.data, 16)
        if kind != 3:
            raise Damaged('no shared library')
        self.machine = MACHINES.get(machine, 'machine %d' % machine)
        phoff, shoff = struct.unpack_from('<QQ' if wide else '<II', self.data, 32 if wide else 28)
        phentsize, phnum, shentsize, shnum, shstrndx = struct.unpack_from('<HHHHH', self.data, 54 if wide else 42)
        self.segments = [self.segment(phoff + i * phentsize) for i in range(phnum)]
        self.section_heads = [self.section(shoff + i * shentsize) for i in range(shnum)] if shoff else []
        names = self.section_heads[shstrndx][1] if shnum else 0
        self.sections = [self.text(names + name) for name, _, _ in self.section_heads]

    def segment(self, at):
        if self.bits == 64:
            kind, flags, offset, vaddr, _, filesz, _, align = struct.unpack_from('<IIQQQQQQ', self.data, at)
        else:
            kind, offset, vaddr, _, filesz, _, flags, align = struct.unpack_from('<IIIIIIII', self.data, at)
        return kind, flags, offset, vaddr, filesz, align

    def section(self, at):
        name, = struct.unpack_from('<I', self.data, at)
        offset, size = struct.unpack_from('<QQ', self.data, at + 24) if self.bits == 64 else struct.unpack_from('<II', self.data, at + 16)
        return name, offset, size

    def text(self, at):
        return self.data[at:self.data.index(b'\0', at)].decode('utf-8')

    def place(self, address):
        """The offset in the file of what is loaded there."""
        for kind, _, offset, vaddr, filesz, _ in self.segments:
            if kind == LOAD and vaddr <= address < vaddr + filesz:
                return address - vaddr + offset
        raise Damaged('address %#x is in no segment' % address)

    def dynamic_read(self):
        self.dynamic = {}
        form, size = ('<qQ', 16) if self.bits == 64 else ('<iI', 8)
        for kind, _, offset, _, filesz, _ in self.segments:
            if kind != DYNAMIC:
                continue
            for at in range(offset, offset + filesz, size):
                tag, value = struct.unpack_from(form, self.data, at)
                if not tag:
                    break
                self.dynamic.setdefault(tag, []).append(value)
        if STRTAB not in self.dynamic or SYMTAB not in self.dynamic:
            raise Damaged('no dynamic symbols')
        self.strings = self.place(self.dynamic[STRTAB][0])

    def names(self, tag):
        return [self.text(self.strings + value) for value in self.dynamic.get(tag, [])]

    def symbols(self):
        start, size = self.place(self.dynamic[SYMTAB][0]), 24 if self.bits == 64 else 16
        self.exports, self.imports = set(), set()
        for at in range(start + size, start + self.symbol_count() * size, size):
            if size == 24:
                name, info, other, section = struct.unpack_from('<IBBH', self.data, at)
            else:
                name, _, _, info, other, section = struct.unpack_from('<IIIBBH', self.data, at)
            if info >> 4 in (1, 2) and name and other & 3 in (0, 3):
                (self.exports if section else self.imports).add(self.text(self.strings + name))

    def symbol_count(self):
        if HASH in self.dynamic:
            return struct.unpack_from('<II', self.data, self.place(self.dynamic[HASH][0]))[1]
        return self.count_by_gnu_hash(self.place(self.dynamic[GNU_HASH][0])) if GNU_HASH in self.dynamic else 0

    def count_by_gnu_hash(self, at):
        """The highest index in any chain, and one."""
        bucket_count, first, bloom_count, _ = struct.unpack_from('<IIII', self.data, at)
        buckets = at + 16 + bloom_count * self.bits // 8
        chains = buckets + 4 * bucket_count
        last = max(struct.unpack_from('<%dI' % bucket_count, self.data, buckets), default=0)
        if last < first:
            return first
        while not struct.unpack_from('<I', self.data, chains + 4 * (last - first))[0] & 1:
            last += 1
        return last + 1

    def is_now(self):
        return BIND_NOW in self.dynamic or self.dynamic.get(FLAGS, [0])[0] & 8 != 0 or self.dynamic.get(FLAGS_1, [0])[0] & 1 != 0

    def has_text_relocations(self):
        return TEXTREL in self.dynamic or self.dynamic.get(FLAGS, [0])[0] & 4 != 0
