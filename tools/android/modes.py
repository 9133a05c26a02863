"""The ways in which tools/android/build builds: with an NDK, for this machine, for arm64 under qemu, and the shape of a phone's library."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import checkaar
import elf

HERE = pathlib.Path(__file__).resolve().parent
ABIS = sorted(checkaar.ABIS)
API = 24
TRIPLES = {'arm64-v8a': 'aarch64-linux-android', 'armeabi-v7a': 'armv7a-linux-androideabi', 'x86_64': 'x86_64-linux-android'}
MAP_LINE = re.compile(r'^ \.(?:text|rodata|data|bss|tdata|tbss|eh_frame)\S*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+)', re.M)
GNU = 'aarch64-linux-gnu-'


def archive_of(member):
    """"…/libz.a(trees.c.o)" or "…/deflate.c.o": which library it belongs to."""
    for name in ('sqlite3', 'sodium', 'git2', 'gcc'):
        if re.search(r'lib%s\.a\b' % name, member):
            return name
    if re.search(r'\blibz\.a\b', member):
        return 'zlib'
    return 'jni' if 'jemput-android' in member else 'engine' if 'jemput' in member or 'engine/' in member else 'other'


class Mode:
    """One library to be made."""
    slow, test_env = 1, {}
    compile_args, link_args = [], []

    def __init__(self, args, name, abi):
        self.name, self.abi = name, abi
        self.folder = args.folder / ('%s-%s' % (name, abi))
        self.cross, self.env, self.strip = None, {}, 'strip'

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)

    def options(self, optimization, compile_args=(), link_args=()):
        c_args, c_link_args = [*self.compile_args, *compile_args], [*self.link_args, *link_args]
        return ['-Ddebug=false', '-Doptimization=%s' % optimization, '-Dc_args=%r' % c_args, '-Dc_link_args=%r' % c_link_args]

    def check(self, out):
        """Whatever the machine: no socket, and nothing needed but the system's own. The archive's checker says the rest."""
        library = elf.Elf(out.read_bytes())
        wrong = ['%s: it opens connections itself: %s' % (self.name, name) for name in sorted(library.imports & checkaar.SOCKETS)]
        own = [name for name in library.names(elf.NEEDED) if re.match(r'lib(sqlite3|sodium|git2|z)\b', name)]
        wrong += ['%s: %s is not inside' % (self.name, name) for name in own]
        print('\n'.join(wrong), end='\n' if wrong else '')
        return bool(wrong)

    def cross_write(self, text):
        self.cross = self.folder / 'cross.ini'
        if not self.cross.exists() or self.cross.read_text(encoding='utf-8') != text:
            self.cross.write_text(text, encoding='utf-8')


class Arm64(Mode):
    """Debian's C library for arm64 in a folder of its own, as tests/arm64/run has it."""
    slow = 30
    test_env = {'JEMPUT_CUTS': '200', 'JEMPUT_FAULT_STEP': '50'}

    def prepare(self):
        super().prepare()
        self.strip = GNU + 'strip'
        system = debian_system(self.folder, 'arm64', ['libc6', 'libc6-dev', 'linux-libc-dev', 'libgcc-s1'])
        self.compile_args = self.link_args = ['--sysroot=%s' % system]
        self.cross_write(cross('arm64-linux.ini.in', system=system))


class Musl(Mode):
    """gcc with musl's headers and start-up code; what is made runs by musl's own loader, and with its malloc(), which is slow."""
    slow = 5

    def prepare(self):
        super().prepare()
        system = debian_system(self.folder, 'amd64', ['musl', 'musl-dev', 'musl-tools'])
        own, specs = system / 'usr/lib/x86_64-linux-musl', self.folder / 'musl.specs'
        if not (own / 'libc.so').exists():
            (own / 'libc.so').symlink_to(system / 'lib/x86_64-linux-musl/libc.so')
        text = (own / 'musl-gcc.specs').read_text(encoding='utf-8')
        specs.write_text(text.replace('/usr/', '%s/usr/' % system).replace('/lib/ld-musl', '%s/lib/ld-musl' % system), encoding='utf-8')
        self.cross_write(cross('musl.ini.in', specs=specs))


class Shape(Mode):
    """Compiled for Android with musl's headers, whose names for what all C libraries have are nearest; linked against libraries of mere names."""

    def prepare(self):
        super().prepare()
        self.strip = GNU + 'strip'
        system = debian_system(self.folder, 'arm64', ['musl-dev'])
        stubs = self.folder / 'stubs'
        stubs.mkdir(exist_ok=True)
        for library, names in bionic().items():
            stub_make(stubs, library, names, shared=library != 'builtins')
        # Two of musl's names are Android's under others.
        self.compile_args = ['-nostdlibinc', '-isystem', '%s/usr/include/aarch64-linux-musl' % system, '-D__errno_location=__errno',
                             '-D__assert_fail=__assert2']
        gcc = os.path.dirname(said(GNU + 'gcc', '-print-libgcc-file-name'))
        self.link_args = ['-nostdlib', '--ld-path=' + shutil.which(GNU + 'ld'), '-L%s' % stubs, '-L' + gcc]
        self.link_args += ['-l' + name.replace('lib', '') for name in bionic()] + ['-lgcc']
        self.cross_write(cross('shape.ini.in'))

    def check(self, out):
        """What the linker does not say: names that came in from nowhere."""
        known = {name for library, names in bionic().items() if library != 'builtins' for name in names}
        unknown = sorted(elf.Elf(out.read_bytes()).imports - known)
        for name in unknown:
            print('shape: %s is in none of Android\'s libraries, as far as bionic.txt knows' % name)
        return super().check(out) or bool(unknown)


class Ndk(Mode):
    def __init__(self, args, abi):
        super().__init__(args, 'ndk', abi)
        tools = sorted((args.ndk / 'toolchains' / 'llvm' / 'prebuilt').glob('*/bin'))
        if not tools:
            sys.exit('tools/android/build: %s is no NDK: there is no toolchains/llvm/prebuilt/*/bin in it' % args.ndk)
        self.tools = tools[0]
        self.strip = self.tools / 'llvm-strip'

    def prepare(self):
        super().prepare()
        self.cross_write(cross('%s.ini.in' % self.abi, tools=self.tools, api=API))


def chosen(args):
    if args.ndk:
        return [Ndk(args, abi) for abi in args.abi or ABIS]
    if args.arm64:
        return [Arm64(args, 'arm64', 'arm64-v8a')]
    if args.musl:
        return [Musl(args, 'musl', 'x86_64')]
    return [Shape(args, 'shape', 'arm64-v8a') if args.shape else Mode(args, 'linux', 'x86_64')]


def said(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout.strip()


def cross(name, **values):
    text = (HERE / 'cross' / name).read_text(encoding='utf-8')
    for key, value in values.items():
        text = text.replace('@%s@' % key, str(value))
    return text


def debian_system(folder, architecture, packages):
    """Packages of Debian's, unpacked into a folder of their own: nothing of this system is changed for them."""
    system, apt = folder / 'system', folder / 'apt'
    if (folder / 'system-is-there').exists():
        return system
    for part in ('lists/partial', 'archives/partial'):
        (apt / part).mkdir(parents=True, exist_ok=True)
    (apt / 'status').touch()
    own = ['-qq']
    for option in ('APT::Architecture=' + architecture, 'APT::Architectures=' + architecture, 'Dir::State=%s' % apt,
                   'Dir::State::status=%s' % (apt / 'status'), 'Dir::Cache=%s' % apt):
        own += ['-o', option]
    subprocess.run(['apt-get', *own, 'update'], check=True)
    subprocess.run(['apt-get', *own, '-o', 'APT::Sandbox::User=root', 'download', *packages], check=True, cwd=apt / 'archives')
    for package in sorted((apt / 'archives').glob('*.deb')):
        subprocess.run(['dpkg-deb', '-x', str(package), str(system)], check=True)
    for link in system.rglob('*'):  # to where the packages would have been installed
        if link.is_symlink() and os.readlink(link).startswith('/'):
            target = system / os.readlink(link)[1:]
            link.unlink()
            link.symlink_to(target)
    (folder / 'system-is-there').touch()
    return system


def bionic():
    """{library: [names]} of bionic.txt. `builtins`: what the NDK's compiler brings along and links in."""
    found = {}
    for line in (HERE / 'bionic.txt').read_text(encoding='ascii').split('\n'):
        if line and not line.startswith('#'):
            library, name = line.split()
            found.setdefault(library, []).append(name)
    return found


def stub_make(folder, library, names, shared):
    """A library that has these names and nothing behind them."""
    text = ''.join('.globl %s\n.type %s, %%function\n%s:\n' % (name, name, name) for name in names)
    source, made = folder / (library + '.s'), folder / ('%s.so' % library if shared else 'lib%s.a' % library)
    source.write_text('.text\n' + text + ' ret\n', encoding='ascii')
    if shared:
        said(GNU + 'gcc', '-shared', '-nostdlib', '-Wl,-soname,' + made.name, '-o', made, source)
    else:
        said(GNU + 'gcc', '-c', '-o', folder / (library + '.o'), source)
        said(GNU + 'ar', 'rcs', made, folder / (library + '.o'))
