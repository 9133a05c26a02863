#!/usr/bin/env python3
"""The AAR and its checker: what mkaar makes is whole, and each way of breaking it is told, by name.

  test_aar.py LIBRARY CLASSES.JAR JAVAC"""
import functools
import io
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = SOURCE / 'tools' / 'android'
sys.path.insert(0, str(TOOLS))
import checkaar  # noqa: E402
import elf  # noqa: E402

LIBRARY, CLASSES, JAVAC = None, None, None
checkaar.classfile.ClassFile = functools.lru_cache(None)(checkaar.classfile.ClassFile)  # most are the same from one test to the next
SO = 'jni/x86_64/libjemput-android.so'
PREFAB_SO = 'prefab/modules/jemput/libs/android.x86_64/libjemput-android.so'

WRONG_JAVA = '''package org.jemput;
class Wrong {
    static native void astray();
    Runnable lambda() { return () -> astray(); }
    Object time() { return java.time.Instant.EPOCH; }
    Object base64() { return java.util.Base64.getEncoder(); }
    Object files() { return new java.io.File("x").toPath(); }
    String join() { return String.join(",", "a", "b"); }
    Object handles() { return java.lang.invoke.MethodHandles.lookup(); }
}
'''
RIGHT_JAVA = '''package org.jemput;
class Right {
    Runnable lambda(String text) { return () -> System.out.println(text); }
    java.util.function.Supplier<String> reference() { return this::toString; }
}
'''


def make(out, *more):
    return subprocess.run([sys.executable, str(TOOLS / 'mkaar'), '--so', 'x86_64=%s' % LIBRARY, '--classes', str(CLASSES), '--no-javadoc', '--out',
                           str(out), *more], capture_output=True, text=True)


def zipped(files, edit=lambda entry: None, twice=(), order=None):
    """The files as mkaar writes them, but for what `edit` does to an entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        names = order or sorted(files, key=lambda name: (name != 'AndroidManifest.xml', name))
        for name in [*names, *twice]:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            edit(entry)
            z.writestr(entry, files[name])
    return out.getvalue()


def faults_of(data, unfit=True):
    check = checkaar.Check(data, unfit)
    check.run()
    return check.faults


class Alone(unittest.TestCase):
    def test_a_library_that_no_phone_loads_is_told_before_it_is_packed_into_an_app(self):
        found = {}
        for abi in ('x86_64', 'arm64-v8a', 'mips'):
            libraries = checkaar.Libraries()
            libraries.library(abi, pathlib.Path(LIBRARY).read_bytes())
            found[abi] = libraries.faults
        self.assertTrue(any(fault.startswith('x86_64: it needs libc.so.6') for fault in found['x86_64']), found)
        self.assertIn('arm64-v8a: the library is for x86_64, 64 bits', found['arm64-v8a'])
        self.assertIn('mips: no ABI of ours', found['mips'])
        libraries = checkaar.Libraries()
        libraries.library('x86_64', b'PK')
        self.assertEqual(len(libraries.faults), 1)


class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        with zipfile.ZipFile(cls.folder / 'ktx.jar', 'w') as jar:
            jar.writestr('org/jemput/FlowsKt.class', b'as the compiler made it')
        cls.made = make(cls.folder / 'good', '--version', '1.2.3', '--unfit', '--ktx', str(cls.folder / 'ktx.jar'))
        assert cls.made.returncode == 0, cls.made.stdout + cls.made.stderr
        with zipfile.ZipFile(cls.folder / 'good' / 'jemput-1.2.3.aar') as z:
            cls.files = {name: z.read(name) for name in z.namelist()}
        (cls.folder / 'Wrong.java').write_text(WRONG_JAVA, encoding='utf-8')
        (cls.folder / 'Right.java').write_text(RIGHT_JAVA, encoding='utf-8')
        subprocess.run([JAVAC, '--release', '8', '-Xlint:-options', '-d', '.', 'Wrong.java', 'Right.java'], check=True, cwd=cls.folder)
        cls.wrong, cls.right = ((cls.folder / 'org' / 'jemput' / name).read_bytes() for name in ('Wrong.class', 'Right.class'))

    def expect(self, files, *wanted, **zipping):
        """Just these faults, each named by a part of its text."""
        faults = faults_of(zipped(files, **zipping))
        self.assertEqual(len(faults), len(wanted), faults)
        for part in wanted:
            self.assertTrue(any(part in fault for fault in faults), '%s is not among %s' % (part, faults))

    def changed(self, name, old, new):
        data = self.files[name]
        self.assertIn(old, data)
        return {**self.files, name: data.replace(old, new)}

    def with_class(self, name, data):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.files['classes.jar'])) as old, zipfile.ZipFile(out, 'w') as jar:
            for other in old.namelist():
                if other != name:
                    jar.writestr(other, old.read(other))
            jar.writestr(name, data)
        return {**self.files, 'classes.jar': out.getvalue()}

    def with_library(self, edit):
        data = bytearray(self.files[SO])
        edit(data, elf.Elf(bytes(data)))
        return {**self.files, SO: bytes(data), PREFAB_SO: bytes(data)}

    # --- what is right ---

    def test_what_is_made_is_right_and_the_same_each_time(self):
        self.assertEqual(faults_of(zipped(self.files)), [])
        self.assertIn('waived, because it is not for phones: x86_64: it needs libc.so.6', self.made.stdout)
        again = make(self.folder / 'again', '--version', '1.2.3', '--unfit', '--ktx', str(self.folder / 'ktx.jar'))
        self.assertEqual(again.returncode, 0)
        for path in (self.folder / 'good').iterdir():
            self.assertEqual(path.read_bytes(), (self.folder / 'again' / path.name).read_bytes(), path.name)

    def test_beside_it_are_its_pom_its_sources_and_their_sums(self):
        names = sorted(path.name for path in (self.folder / 'good').iterdir() if not path.name.endswith('.sha256'))
        self.assertEqual(names, ['jemput-1.2.3-sources.jar', 'jemput-1.2.3.aar', 'jemput-1.2.3.pom', 'jemput-ktx-1.2.3-sources.jar',
                                 'jemput-ktx-1.2.3.jar', 'jemput-ktx-1.2.3.pom'])
        self.assertEqual(subprocess.run('sha256sum --quiet -c *.sha256', shell=True, cwd=self.folder / 'good').returncode, 0)
        pom = (self.folder / 'good' / 'jemput-1.2.3.pom').read_text()
        self.assertNotIn('<dependency>', pom)
        self.assertIn('<packaging>aar</packaging>', pom)
        with zipfile.ZipFile(self.folder / 'good' / 'jemput-1.2.3-sources.jar') as z:
            self.assertIn('org/jemput/Store.java', z.namelist())
        with zipfile.ZipFile(self.folder / 'good' / 'jemput-ktx-1.2.3-sources.jar') as z:
            self.assertEqual(z.namelist(), ['org/jemput/Flows.kt', 'org/jemput/Stopping.kt', 'org/jemput/Stores.kt', 'org/jemput/Sync.kt'])
        self.assertIn('<artifactId>jemput</artifactId>', (self.folder / 'good' / 'jemput-ktx-1.2.3.pom').read_text())

    def test_a_library_of_this_machine_is_refused_for_phones_and_nothing_is_left(self):
        faults = faults_of(zipped(self.files), unfit=False)
        self.assertIn('x86_64: it needs libc.so.6, which is on no phone', faults)
        made = make(self.folder / 'unfit', '--version', '1.2.3')
        self.assertNotEqual(made.returncode, 0)
        self.assertIn('it needs libc.so.6', made.stderr)
        self.assertFalse((self.folder / 'unfit').exists())

    def test_the_command_says_each_fault_and_fails(self):
        path = self.folder / 'broken.aar'
        path.write_bytes(zipped(self.changed('R.txt', b'xml', b'lmx')))
        done = subprocess.run([sys.executable, str(TOOLS / 'checkaar.py'), str(path), '--unfit'], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('broken.aar: R.txt: it does not list', done.stdout)
        path.write_bytes(path.read_bytes()[:-30])
        done = subprocess.run([sys.executable, str(TOOLS / 'checkaar.py'), str(path)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout[:25]), (1, 'broken.aar: damaged: File'))

    # --- the archive ---

    def test_a_file_too_few_too_many_or_twice(self):
        for name in ('R.txt', 'prefab/modules/jemput/include/jemput/sync.h'):
            faults = faults_of(zipped({other: data for other, data in self.files.items() if other != name}))
            self.assertTrue(any(fault.startswith(name + ' is missing') for fault in faults), faults)
        self.expect({**self.files, 'assets/x': b''}, 'assets/x does not belong there')
        with self.assertWarns(UserWarning):
            self.expect(self.files, 'R.txt is in it twice', 'not in order', twice=['R.txt'])

    def test_no_library(self):
        self.expect({name: data for name, data in self.files.items() if '.so' not in name and 'abi.json' not in name}, 'there is no library in it')

    def test_another_order_or_time(self):
        self.expect(self.files, 'not in order', order=sorted(self.files, reverse=True))
        later = ['of the machine that made it'] * len(self.files)
        self.expect(self.files, *later, edit=lambda entry: setattr(entry, 'date_time', (2026, 1, 1, 0, 0, 0)))

    def test_another_manifest(self):
        name = 'AndroidManifest.xml'
        self.expect(self.changed(name, b'"24"', b'"26"'), 'minSdkVersion is not 24')
        self.expect(self.changed(name, b'org.jemput', b'org.jempol'), 'its package is not org.jemput')
        self.expect(self.changed(name, b'permission.INTERNET', b'permission.CAMERA'), 'it asks for android.permission.ACCESS_NETWORK_STATE, android')
        self.expect(self.changed(name, b'</manifest>', b'<application/></manifest>'), 'must not decide about the application')
        self.expect(self.changed(name, b'</manifest>', b''), 'no element found')

    def test_other_metadata_or_resources(self):
        self.expect(self.changed(checkaar.METADATA, b'minCompileSdk=24', b'minCompileSdk=34'), 'aar-metadata.properties')
        self.expect(self.changed('R.txt', b'0x0', b'0x1'), 'R.txt')
        name = 'res/xml/jemput_data_extraction_rules.xml'
        self.expect(self.changed(name, b'<device-transfer>\n        <exclude domain="root" path="no_backup/" />', b'<device-transfer>'),
                    'device-transfer does not leave out no_backup')
        self.expect(self.changed(name, b'</data', b'<data'), name)
        self.expect(self.changed('res/xml/jemput_full_backup_content.xml', b'no_backup/', b'backup/'), 'full-backup-content does not leave out')

    # --- Java ---

    def test_classes_that_no_phone_has(self):
        self.expect(self.with_class('org/jemput/Wrong.class', self.wrong), 'java.time.Instant is not', 'java.util.Base64 is not',
                    'java.nio.file.Path is not', 'java.lang.String.join is not', 'java.io.File.toPath is not',
                    'java.lang.invoke.MethodHandles is not', 'native method astray', 'Java_org_jemput_Wrong_astray is declared, and not')

    def test_lambdas_are_for_the_build_of_the_app_to_make_into_classes(self):
        self.expect(self.with_class('org/jemput/Right.class', self.right))

    def test_a_newer_or_damaged_class_or_one_elsewhere(self):
        with zipfile.ZipFile(io.BytesIO(self.files['classes.jar'])) as jar:
            each = jar.read('org/jemput/Each.class')
        newer = each[:6] + struct.pack('>H', 53) + each[8:]
        self.expect(self.with_class('org/jemput/Each.class', newer), 'of Java 9')
        self.expect(self.with_class('org/jemput/Each.class', each[:-40]), 'Each.class: cut off or damaged')
        twice = io.BytesIO(self.files['classes.jar'])
        with self.assertWarns(UserWarning), zipfile.ZipFile(twice, 'a') as jar:
            jar.writestr('org/jemput/Each.class', each)
        self.expect({**self.files, 'classes.jar': twice.getvalue()}, 'Each.class is in it twice')
        self.expect(self.with_class('other/Each.class', each), 'other/Each.class does not belong there')
        self.expect(self.with_class('org/jemput/notes.class', b'text of some length'), 'notes.class: no class file')

    def test_rules_that_keep_too_little_or_name_what_is_not_there(self):
        self.expect(self.changed('proguard.txt', b'native <methods>;', b''), 'native <methods> of org.jemput.Native is not kept')
        self.expect(self.changed('proguard.txt', b'item(int, byte[])', b'item(int, byte)'),
                    'there is no boolean item(int, byte) in org.jemput.Upcall', 'item of org.jemput.Upcall is not kept')
        self.expect(self.changed('proguard.txt', b'org.jemput.BundleSource', b'org.jemput.BundleSauce'), 'in org.jemput.BundleSauce',
                    'read of org.jemput.BundleSource is not kept')

    def test_whatever_the_library_looks_up_by_name_is_kept(self):
        platform = {('write', '([BII)V'), ('read', '([BII)I'), ('initCause', '(Ljava/lang/Throwable;)Ljava/lang/Throwable;')}
        asked = set()
        for path in (SOURCE / 'bindings' / 'android' / 'jni').glob('*.c'):
            asked |= set(re.findall(r'"(<init>|\w+)", "(\([^"]*)"', path.read_text(encoding='utf-8')))
        self.assertEqual(asked - platform, {(name, descriptor) for _, name, descriptor in checkaar.KEPT})

    # --- the library ---

    def test_a_native_method_that_the_library_lacks_or_has_too_many(self):
        name, other = b'\0Java_org_jemput_Native_abi\0', b'\0Java_org_jemput_Native_iba\0'

        def rename(data, library):
            at = data.index(name)
            data[at:at + len(name)] = other
        self.expect(self.with_library(rename), 'Java_org_jemput_Native_abi is declared, and not', 'Java_org_jemput_Native_iba is shown')

    def test_a_header_that_promises_what_the_library_has_not(self):
        name = 'prefab/modules/jemput/include/jemput/base.h'
        self.expect(self.changed(name, b'jemput_text_free(', b'jemput_text_eerf('), 'jemput_text_eerf is declared, and not',
                    'jemput_text_free is shown', 'base.h is not the one of this tree')

    def test_segments_that_android_does_not_load(self):
        def each_head(data):
            start, = struct.unpack_from('<Q', data, 32)
            count, = struct.unpack_from('<H', data, 56)
            return [start + 56 * i for i in range(count)]

        def set_head(kind, place, form, value, only_flags=None):
            def edit(data, library):
                for at in each_head(data):
                    found, flags = struct.unpack_from('<II', data, at)
                    if found == kind and (only_flags is None or flags == only_flags):
                        struct.pack_into(form, data, at + place, value(struct.unpack_from(form, data, at + place)[0]))
            return edit
        self.expect(self.with_library(set_head(elf.LOAD, 48, '<Q', lambda align: 4096, only_flags=5)), 'is not aligned to 16384')
        self.expect(self.with_library(set_head(elf.LOAD, 4, '<I', lambda flags: 7, only_flags=6)), 'can be written and run')
        self.expect(self.with_library(set_head(elf.GNU_STACK, 4, '<I', lambda flags: 7)), 'its stack can be run')
        self.expect(self.with_library(set_head(elf.GNU_STACK, 0, '<I', lambda kind: 0)), 'does not say that its stack')
        self.expect(self.with_library(set_head(elf.GNU_RELRO, 0, '<I', lambda kind: 0)), '-z relro')

    def test_a_dynamic_section_that_android_does_not_load(self):
        def set_tag(old, new, value=None):
            def edit(data, library):
                at = next(offset for kind, _, offset, _, _, _ in library.segments if kind == elf.DYNAMIC)
                while struct.unpack_from('<q', data, at)[0] != old:
                    at += 16
                struct.pack_into('<q', data, at, new)
                if value is not None:
                    struct.pack_into('<Q', data, at + 8, value)
            return edit
        spare = 0x6ffffff9  # how many relocations are relative: of use to the loader alone
        self.expect(self.with_library(set_tag(spare, elf.TEXTREL)), 'text relocations')
        self.expect(self.with_library(set_tag(spare, elf.RUNPATH)), 'RPATH')
        self.expect(self.with_library(set_tag(elf.SONAME, spare)), 'its name (SONAME)')

        def late(data, library):
            set_tag(elf.FLAGS, elf.FLAGS, 0)(data, library)
            set_tag(elf.FLAGS_1, elf.FLAGS_1, 0)(data, library)
        self.expect(self.with_library(late), '-z now')

    def test_a_library_that_is_cut_off_or_none(self):
        for cut in (3, 60, 1000):
            files = {**self.files, SO: self.files[SO][:cut], PREFAB_SO: self.files[SO][:cut]}
            self.expect(files, 'x86_64: ')
        self.expect({**self.files, SO: b'text', PREFAB_SO: b'text'}, 'no ELF file')

    def test_whatever_byte_is_wrong_the_readers_say_that_it_is_damaged_or_read_it(self):
        with zipfile.ZipFile(io.BytesIO(self.files['classes.jar'])) as jar:
            native = jar.read('org/jemput/Native.class')
        chance = random.Random(7)
        told = 0
        for whole, reader, damaged, head in ((self.files[SO], elf.Elf, elf.Damaged, 16384), (native, checkaar.classfile.ClassFile.__wrapped__,
                                                                                            checkaar.classfile.Damaged, len(native))):
            for _ in range(150):
                data = bytearray(whole)
                for _ in range(chance.randrange(1, 4)):
                    data[chance.randrange(head)] = chance.randrange(256)
                try:
                    reader(bytes(data[:chance.randrange(head)] if chance.randrange(4) == 0 else data))
                except damaged:
                    told += 1
        self.assertGreater(told, 60)

    def test_what_only_phones_ask_for_is_asked_for_them(self):
        def machine(data, library):
            struct.pack_into('<H', data, 18, 183)
        faults = faults_of(zipped(self.with_library(machine)), unfit=False)
        self.assertIn('x86_64: the library is for aarch64, 64 bits', faults)

        def place(data, library):
            at = data.index(b'BEGIN IMMEDIATE\0')
            data[at:at + 15] = b'/home/me/engine'
        faults = faults_of(zipped(self.with_library(place)), unfit=False)
        self.assertTrue(any('/home/me/engine' in fault for fault in faults), faults)

    def test_prefab_with_another_library_or_story(self):
        self.expect({**self.files, PREFAB_SO: self.files[PREFAB_SO] + b'x'}, 'prefab has another library')
        self.expect(self.changed('prefab/modules/jemput/libs/android.x86_64/abi.json', b'24', b'21'), 'prefab says something else of it')
        self.expect(self.changed('prefab/modules/jemput/module.json', b'libjemput-android', b'libjemput'), 'names another library')
        self.expect(self.changed('prefab/prefab.json', b'1.2.3', b'1.2.x'), 'prefab/prefab.json')
        self.expect(self.changed('prefab/prefab.json', b'{', b'['), 'prefab: ')
        self.expect(self.changed('prefab/modules/jemput/include/jemput/jemput.h', b'<jemput/sync.h>', b'<jemput/zinc.h>'), 'includes zinc.h',
                    'jemput.h is not the one')


if __name__ == '__main__':
    given = [os.path.abspath(path) for path in sys.argv[1:4]]
    CLASSES, JAVAC = pathlib.Path(given[1]), given[2]
    with tempfile.TemporaryDirectory() as folder:
        LIBRARY = pathlib.Path(folder) / 'libjemput-android.so'
        subprocess.run(['strip', '--strip-unneeded', '-o', str(LIBRARY), given[0]], check=True)
        unittest.main(argv=sys.argv[:1])
