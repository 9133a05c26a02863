#!/usr/bin/env python3
"""Open a finished AAR and say what is wrong with it: its layout, its classes, each of its libraries, and whether they fit each other.

    tools/android/checkaar.py AAR [--unfit]

    --unfit  the libraries are of this machine and never meant for a phone: what only Android asks of them (machine, libraries that they need, nothing
             left to strip, no paths) is said to be waived, and is not asked. For tests

Every fault is one line; exit 1 if there is any. No SDK, JDK or binutils is needed: elf.py and classfile.py read the files."""
import argparse
import io
import json
import pathlib
import re
import sys
import xml.etree.ElementTree
import zipfile

import classfile
import elf

HEADERS = pathlib.Path(__file__).resolve().parent.parent.parent / 'engine' / 'include' / 'jemput'
LIBRARY = 'libjemput-android.so'
ABIS = {'arm64-v8a': (64, 'aarch64'), 'armeabi-v7a': (32, 'arm'), 'x86_64': (64, 'x86_64')}
NEEDED = {'libc.so', 'libm.so', 'libdl.so', 'liblog.so'}
SOCKETS = {'socket', 'connect', 'getaddrinfo', 'bind', 'listen', 'accept'}  # the transport is Java's
PAGE = 16384  # of phones from Android 15 on
TIME = (1980, 1, 1, 0, 0, 0)
JAVA_8, API = 52, 24
ANDROID = '{http://schemas.android.com/apk/res/android}'
PERMISSIONS = ['android.permission.ACCESS_NETWORK_STATE', 'android.permission.INTERNET']
RESOURCES = {'jemput_data_extraction_rules': ('data-extraction-rules', ['cloud-backup', 'device-transfer']),
             'jemput_full_backup_content': ('full-backup-content', ['.'])}
METADATA = 'META-INF/com/android/build/gradle/aar-metadata.properties'
FIXED = ['AndroidManifest.xml', 'classes.jar', 'R.txt', 'proguard.txt', METADATA, 'prefab/prefab.json', 'prefab/modules/jemput/module.json']
INCLUDE = 'prefab/modules/jemput/include/jemput/'
# What came to Android after API 24, and cannot be desugared by every build.
LATE_PACKAGES = ('java/time/', 'java/nio/file/', 'java/lang/invoke/', 'java/util/concurrent/Flow', 'java/net/http/')
LATE_CLASSES = {'java/util/Base64', 'java/lang/ref/Cleaner', 'java/lang/reflect/Executable', 'java/lang/reflect/Parameter'}
LATE_METHODS = {('java/lang/String', 'join'), ('java/lang/ThreadLocal', 'withInitial'), ('java/lang/Long', 'compareUnsigned'),
                ('java/lang/Long', 'divideUnsigned'), ('java/lang/Long', 'remainderUnsigned'), ('java/lang/Long', 'toUnsignedString'),
                ('java/lang/Long', 'parseUnsignedLong'), ('java/lang/Integer', 'compareUnsigned'), ('java/lang/Integer', 'divideUnsigned'),
                ('java/lang/Integer', 'remainderUnsigned'), ('java/lang/Integer', 'toUnsignedString'), ('java/lang/Integer', 'parseUnsignedInt'),
                ('java/security/SecureRandom', 'getInstanceStrong'), ('java/io/File', 'toPath')}
# A lambda names these, and is made into a class by the app's build.
OF_LAMBDAS = {'java/lang/invoke/' + name
              for name in ('LambdaMetafactory', 'MethodHandles', 'MethodHandles$Lookup', 'MethodHandle', 'MethodType', 'CallSite')}
# What the library looks up by name: an app's R8 must keep it.
KEPT = {('org/jemput/Upcall', 'item', '(I[B)Z'), ('org/jemput/HttpBridge', 'exchange', '(J[B[[BZJJJJ)[B'), ('org/jemput/HttpBridge', 'close', '()V'),
        ('org/jemput/JemputException', '<init>', '(II[B)V'), ('org/jemput/BundleSource', 'read', '(J[BI)I')}
WORDS = {'boolean': 'Z', 'byte': 'B', 'int': 'I', 'long': 'J', 'void': 'V'}
MACHINE_PATHS = re.compile(rb'/(?:home|root|tmp|build|work|usr/src)/[\w./-]+')


class Libraries:
    """Libraries by themselves, whatever they are packed into."""

    def __init__(self, unfit=False):
        self.unfit = unfit
        self.faults, self.waived = [], []

    def fault(self, text, *args):
        self.faults.append(text % args if args else text)

    def phone(self, text, *args):
        """A fault of what is meant for phones."""
        (self.waived if self.unfit else self.faults).append(text % args if args else text)

    def library(self, abi, data):
        """The library, read; None if it is none."""
        try:
            library = elf.Elf(data)
        except elf.Damaged as error:
            self.fault('%s: %s', abi, error)
            return None
        if abi not in ABIS:
            self.fault('%s: no ABI of ours', abi)
        elif (library.bits, library.machine) != ABIS[abi]:
            self.phone('%s: the library is for %s, %d bits', abi, library.machine, library.bits)
        self.linkage(abi, library)
        self.segments(abi, library)
        begins = {found for found in MACHINE_PATHS.finditer(data) if not data[found.start() - 1:found.start()].isalnum()}
        for name in sorted(library.imports & SOCKETS):
            self.phone('%s: it opens connections by itself: %s', abi, name)
        for path in sorted({found.group() for found in begins})[:3]:
            self.phone('%s: it names a place of the machine that built it: %s', abi, path.decode())
        return library

    def linkage(self, abi, library):
        if library.names(elf.SONAME) != [LIBRARY]:
            self.fault('%s: its name (SONAME) is not %s', abi, LIBRARY)
        for name in sorted(set(library.names(elf.NEEDED)) - NEEDED):
            self.phone('%s: it needs %s, which is on no phone', abi, name)
        if elf.RPATH in library.dynamic or elf.RUNPATH in library.dynamic:
            self.fault('%s: it looks for libraries in places of its own (RPATH)', abi)
        if library.has_text_relocations():
            self.fault('%s: it has text relocations: Android does not load it', abi)
        if not library.is_now():
            self.fault('%s: its calls are bound late (-z now)', abi)
        for name in library.sections:
            if name == '.symtab' or name.startswith('.debug'):
                self.phone('%s: it is not stripped: %s', abi, name)

    def segments(self, abi, library):
        kinds = {segment[0] for segment in library.segments}
        for kind, flags, offset, vaddr, _, align in library.segments:
            if kind == elf.LOAD and (align < PAGE or (offset - vaddr) % PAGE):
                self.fault('%s: a segment at %#x is not aligned to %d', abi, vaddr, PAGE)
            if kind == elf.LOAD and flags & elf.EXECUTE and flags & elf.WRITE:
                self.fault('%s: a segment at %#x can be written and run', abi, vaddr)
            if kind == elf.GNU_STACK and flags & elf.EXECUTE:
                self.fault('%s: its stack can be run', abi)
        if elf.GNU_STACK not in kinds:
            self.fault('%s: it does not say that its stack cannot be run', abi)
        if elf.GNU_RELRO not in kinds:
            self.fault('%s: its tables can be written after loading (-z relro)', abi)


class Check(Libraries):
    def __init__(self, data, unfit):
        super().__init__(unfit)
        self.aar = zipfile.ZipFile(io.BytesIO(data))
        self.names = self.aar.namelist()
        self.abis = sorted({name.split('/')[1] for name in self.names if name.startswith('jni/') and name.count('/') == 2})
        self.natives, self.classes = set(), {}

    def read(self, name):
        return self.aar.read(name) if name in self.names else b''

    def run(self):
        for part in (self.layout, self.manifest, self.metadata, self.resources, self.jar, self.rules, self.libraries, self.prefab):
            part()

    # --- the archive ---

    def layout(self):
        wanted = FIXED + ['res/xml/%s.xml' % name for name in RESOURCES]
        for abi in self.abis:
            wanted += ['jni/%s/%s' % (abi, LIBRARY)]
            wanted += ['prefab/modules/jemput/libs/android.%s/%s' % (abi, name) for name in ('abi.json', LIBRARY)]
        wanted += [INCLUDE + path.name for path in HEADERS.glob('*.h')]
        for name in sorted(set(wanted) - set(self.names)):
            self.fault('%s is missing', name)
        for name in sorted(set(self.names) - set(wanted)):
            self.fault('%s does not belong there', name)
        for name in sorted({name for name in self.names if self.names.count(name) > 1}):
            self.fault('%s is in it twice', name)
        if not self.abis:
            self.fault('there is no library in it: jni/ABI/%s', LIBRARY)
        if self.names != sorted(self.names, key=lambda name: (name != 'AndroidManifest.xml', name)):
            self.fault('the entries are not in order: the manifest, then by name')
        for entry in self.aar.infolist():
            if entry.date_time != TIME or entry.extra or entry.external_attr != 0o644 << 16:
                self.fault('%s: its time or mode is of the machine that made it', entry.filename)

    def manifest(self):
        try:
            root = xml.etree.ElementTree.fromstring(self.read('AndroidManifest.xml'))
        except xml.etree.ElementTree.ParseError as error:
            return self.fault('AndroidManifest.xml: %s', error)
        if root.tag != 'manifest' or root.get('package') != 'org.jemput':
            self.fault('AndroidManifest.xml: its package is not org.jemput')
        least = [node.get(ANDROID + 'minSdkVersion') for node in root.iter('uses-sdk')]
        if least != [str(API)]:
            self.fault('AndroidManifest.xml: minSdkVersion is not %d', API)
        asked = sorted(node.get(ANDROID + 'name') for node in root.iter('uses-permission'))
        if asked != PERMISSIONS:
            self.fault('AndroidManifest.xml: it asks for %s', ', '.join(asked) or 'nothing')
        if root.find('application') is not None:
            self.fault('AndroidManifest.xml: a library must not decide about the application')
        return None

    def metadata(self):
        lines = dict(line.split('=', 1) for line in self.read(METADATA).decode().splitlines() if '=' in line)
        if lines != {'aarFormatVersion': '1.0', 'aarMetadataVersion': '1.0', 'minCompileSdk': str(API)}:
            self.fault('aar-metadata.properties: not what a build asks for: %s', lines)

    def resources(self):
        listed = re.findall(r'^int xml (\w+) 0x0$', self.read('R.txt').decode(), re.M)
        if sorted(listed) != sorted(RESOURCES):
            self.fault('R.txt: it does not list what is in res/')
        for name, (tag, parts) in RESOURCES.items():
            try:
                root = xml.etree.ElementTree.fromstring(self.read('res/xml/%s.xml' % name) or b'<none/>')
            except xml.etree.ElementTree.ParseError as error:
                self.fault('res/xml/%s.xml: %s', name, error)
                continue
            for part in parts:
                nodes = root.findall(part + '/exclude') if root.tag == tag else []
                if ('root', 'no_backup/') not in [(node.get('domain'), node.get('path')) for node in nodes]:
                    self.fault('res/xml/%s.xml: %s does not leave out no_backup', name, tag if part == '.' else part)

    # --- Java ---

    def jar(self):
        try:
            jar = zipfile.ZipFile(io.BytesIO(self.read('classes.jar')))
        except zipfile.BadZipFile as error:
            return self.fault('classes.jar: %s', error)
        for name in sorted({name for name in jar.namelist() if jar.namelist().count(name) > 1}):
            self.fault('classes.jar: %s is in it twice', name)
        for name in jar.namelist():
            try:
                self.one_class(name, classfile.ClassFile(jar.read(name)))
            except classfile.Damaged as error:
                self.fault('classes.jar: %s: %s', name, error)
        if not self.natives:
            self.fault('classes.jar: org.jemput.Native has no native methods')
        return None

    def one_class(self, name, c):
        self.classes[c.name] = c
        if name != c.name + '.class' or not c.name.startswith('org/jemput/'):
            self.fault('classes.jar: %s does not belong there', name)
        if c.major > JAVA_8:
            self.fault('classes.jar: %s: of Java %d; phones are told of 8', name, c.major - 44)
        owned = {owner for owner, _, _ in c.refs}
        by_lambdas = OF_LAMBDAS - (owned - {'java/lang/invoke/LambdaMetafactory'})
        for used in sorted(c.classes | owned):
            if used in LATE_CLASSES or (used.startswith(LATE_PACKAGES) and used not in by_lambdas):
                self.fault('classes.jar: %s: %s is not in Android %d', name, used.replace('/', '.'), API)
        for owner, method, _ in sorted(c.refs):
            if (owner, method) in LATE_METHODS:
                self.fault('classes.jar: %s: %s.%s is not in Android %d', name, owner.replace('/', '.'), method, API)
        for method, _ in sorted(c.natives()):
            if c.name != 'org/jemput/Native':
                self.fault('classes.jar: %s: native method %s: those are in Native alone', name, method)
            self.natives.add(classfile.mangled(c.name, method))

    def rules(self):
        """Each rule names what is there, and what the library looks up is among it."""
        kept = set()
        text = re.sub(r'#.*', '', self.read('proguard.txt').decode())
        for name, body in re.findall(r'-keep class ([\w.$]+) \{([^}]*)\}', text):
            owner = name.replace('.', '/')
            found = self.classes.get(owner)
            for member in filter(None, (part.strip() for part in body.split(';'))):
                if member == 'native <methods>':
                    kept.add((owner, member, ''))
                    continue
                method, descriptor = described(member)
                kept.add((owner, method, descriptor))
                if not found or (method, descriptor) not in found.methods:
                    self.fault('proguard.txt: there is no %s in %s', member, name)
        for owner, method, _ in sorted((KEPT | {('org/jemput/Native', 'native <methods>', '')}) - kept):
            self.fault('proguard.txt: %s of %s is not kept', method, owner.replace('/', '.'))

    # --- the libraries ---

    def libraries(self):
        for abi in self.abis:
            library = self.library(abi, self.read('jni/%s/%s' % (abi, LIBRARY)))
            if library:
                self.exports(abi, library)

    def exports(self, abi, library):
        """What Java declares and what the headers promise, and nothing else."""
        public = set()
        for name in self.names:
            if name.startswith(INCLUDE):
                public |= set(re.findall(r'^JEMPUT_API\s[^;{(]*?(\w+)\(', self.read(name).decode(), re.M))
        wanted = self.natives | public | {'JNI_OnLoad'}
        for name in sorted(wanted - library.exports):
            self.fault('%s: %s is declared, and not in the library', abi, name)
        for name in sorted(library.exports - wanted):
            self.fault('%s: %s is shown by the library, and declared nowhere', abi, name)

    # --- for native code of an app ---

    def prefab(self):
        try:
            package = json.loads(self.read('prefab/prefab.json'))
            module = json.loads(self.read('prefab/modules/jemput/module.json'))
        except json.JSONDecodeError as error:
            return self.fault('prefab: %s', error)
        if package.get('name') != 'jemput' or package.get('schema_version') != 2 or not re.fullmatch(r'\d+(\.\d+){0,3}', package.get('version', '')):
            self.fault('prefab/prefab.json: name, schema or version is not what CMake asks for')
        if module.get('library_name') != LIBRARY[:-3]:
            self.fault('prefab: module.json names another library')
        for abi in self.abis:
            folder = 'prefab/modules/jemput/libs/android.%s/' % abi
            if self.read(folder + LIBRARY) != self.read('jni/%s/%s' % (abi, LIBRARY)):
                self.fault('%s: prefab has another library than jni', abi)
            said = json.loads(self.read(folder + 'abi.json') or b'{}')
            if (said.get('abi'), said.get('api'), said.get('stl'), said.get('static')) != (abi, API, 'none', False):
                self.fault('%s: prefab says something else of it', abi)
        self.headers()
        return None

    def headers(self):
        found = {name[len(INCLUDE):]: self.read(name) for name in self.names if name.startswith(INCLUDE)}
        for name, data in sorted(found.items()):
            path = HEADERS / name
            if path.exists() and path.read_bytes() != data:
                self.fault('prefab: %s is not the one of this tree', name)
            for included in re.findall(rb'#include <jemput/([\w.]+)>', data):
                if included.decode() not in found:
                    self.fault('prefab: %s includes %s, which is not there', name, included.decode())


def described(member):
    """"byte[] exchange(long, byte[][])" as a name and a descriptor."""
    match = re.fullmatch(r'(?:([\w.\[\]]+)\s+)?(<init>|\w+)\(([^)]*)\)', member)
    if not match:
        return member, ''
    result, name, arguments = match.groups()
    return name, '(%s)%s' % (''.join(one_type(part.strip()) for part in arguments.split(',') if part.strip()), one_type(result or 'void'))


def one_type(text):
    depth = text.count('[]')
    word = text.replace('[]', '')
    return '[' * depth + WORDS.get(word, 'L%s;' % word.replace('.', '/'))


def main():
    parser = argparse.ArgumentParser(description=__doc__, usage=argparse.SUPPRESS, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('aar', type=pathlib.Path)
    parser.add_argument('--unfit', action='store_true')
    args = parser.parse_args()
    try:
        check = Check(args.aar.read_bytes(), args.unfit)
        check.run()
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        print('%s: damaged: %s' % (args.aar.name, error))
        return 1
    for fault in check.faults:
        print('%s: %s' % (args.aar.name, fault))
    for fault in check.waived:
        print('%s: waived, because it is not for phones: %s' % (args.aar.name, fault))
    if not check.faults:
        print('%s: %d classes, %d native methods, %s' % (args.aar.name, len(check.classes), len(check.natives), ', '.join(check.abis)))
    return 1 if check.faults else 0


if __name__ == '__main__':
    sys.exit(main())
