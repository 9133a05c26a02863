"""JVMs with the binding in them, that check each use of JNI.

  with Peer(arguments, folder, 'a') as peer: peer('sync -')   a device in a process of its own; see Peer.java"""
import argparse
import pathlib
import subprocess
import threading

# What the JVM says of a wrong use of JNI. It also warns of signal handlers that others have set; none of ours are.
COMPLAINTS = ('WARNING in native method', 'FATAL ERROR in native method', 'JNI local refs', 'JNI call made without checking exceptions', 'SIGSEGV',
              'A fatal error has been detected')


def parser():
    p = argparse.ArgumentParser()
    p.add_argument('--java', required=True)
    p.add_argument('--library', required=True)
    p.add_argument('--classpath', required=True)
    p.add_argument('--tests', required=True)
    p.add_argument('--option', action='append', default=[], help='of the JVM')
    return p


def command(args, folder, main, *words):
    options = ['-Xcheck:jni', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Xmx96m', '-XX:-UsePerfData', '-Djava.io.tmpdir=%s' % folder,
               '-XX:ErrorFile=%s/hs_err.log' % folder, '-Djemput.library=' + args.library, '-Djemput.tests=' + args.tests,
               '-Dsun.net.http.retryPost=false']  # so that it is as on Android, which repeats nothing by itself
    return [args.java] + options + args.option + ['-cp', args.tests + ':' + args.classpath, main, *words]


def complains(line):
    return any(word in line for word in COMPLAINTS)


def crash(folder):
    """What a JVM that crashed has left; '' = it did not."""
    path = pathlib.Path(folder) / 'hs_err.log'
    return path.read_text(errors='replace')[:20000] if path.exists() else ''


class Refused(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.code = text.split()[0]


class Peer:
    def __init__(self, args, folder, name):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(command(args, folder, 'org.jemput.test.Peer', name), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors='replace')

    def __enter__(self):
        return self

    def kill(self):
        """As the system does it when memory is short."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def __exit__(self, *_):
        if self.process.returncode is not None:
            return
        self.process.stdin.close()
        timer = threading.Timer(20, self.process.kill)
        timer.start()
        rest = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()
        timer.cancel()
        if self.process.returncode or complains(rest):
            raise AssertionError('the JVM ended with %d\n%s%s' % (self.process.returncode, rest, crash(self.folder)))

    def begin(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def end(self):
        told = ''
        for line in self.process.stdout:
            if complains(line):
                raise AssertionError(line)
            if line.startswith('ok'):
                return line[3:].strip()
            if line.startswith('err '):
                raise Refused(line[4:].strip())
            told += line
        raise AssertionError('the JVM is gone\n' + told + crash(self.folder))

    def __call__(self, line):
        self.begin(line)
        return self.end()
