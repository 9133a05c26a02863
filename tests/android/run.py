#!/usr/bin/env python3
"""Runs the Java tests on a JVM that checks each use of JNI, and fails on anything that it says.

  run.py --java JAVA --library FILE.so --classpath JAR:… --tests JAR [--option=-X…]… [CLASS…]

Without classes: all tests of the jar but those called …Alone, which want a JVM of their own. The last line is "N passed, N failed"."""
import os
import subprocess
import sys
import tempfile

import jvm


def main():
    parser = jvm.parser()
    parser.add_argument('classes', nargs='*')
    args = parser.parse_args()
    complaints = 0
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen(jvm.command(args, folder, 'org.jemput.test.Main', *args.classes), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True, errors='replace')
        for line in child.stdout:
            print(line, end='', flush=True)
            complaints += jvm.complains(line)
        code = child.wait()
        print(jvm.crash(folder), end='')
        if code not in (0, 1):  # killed, or gone without a word
            print('the JVM ended with %d' % code)
    if complaints:
        print('%d lines of the JVM about a wrong use of JNI' % complaints)
    return 1 if code or complaints else 0


if __name__ == '__main__':
    os.environ.pop('JAVA_TOOL_OPTIONS', None)  # it would be printed among the results
    sys.exit(main())
