#!/usr/bin/env python3
"""tools/android/stubs.py makes Java that compiles, and that says what the signature file says.

  test_stubs.py SOURCE JAVAC"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = JAVAC = None
# As the real file writes things: each line here stands for a kind of line there.
SIGNATURES = '''// Signature format: 2.0
package a.b {

  public abstract class Activity extends a.b.Context implements a.b.Callback java.lang.AutoCloseable {
    ctor public Activity(@NonNull String, int) throws java.io.IOException;
    method public void close();
    method @CallSuper protected void onCreate(@Nullable a.b.Bundle<java.lang.String,? extends java.util.List<?>>);
    method @Nullable public final <T extends a.b.Context & java.lang.Runnable> T find(@IdRes(max=3, name="a, \\"(b") int, T, int...);
    method public abstract int hashCode();
    field public static final int RESULT_OK = -1; // 0xffffffff
    field public static final char SLASH = 47; // 0x002f '/'
    field public static final byte SMALL = -1; // 0xffffffff
    field public static final float HALF = 0.5f;
    field public static final double NOT = (0.0/0.0);
    field public static final String TEXT = "a; // {b} \\"c\\" = d";
    field @Deprecated public static final String LATER;
    field public final a.b.Context.Kind kind;
    field protected long[] mutable;
  }

  public class Bundle<K, V extends java.util.Collection<?>> {
    ctor public Bundle(java.util.Map<K,V>);
    ctor protected Bundle(int);
    method @Deprecated public synchronized V get(K);
  }

  public interface Callback {
    method public default boolean handle(long...);
    method public static a.b.Callback of(String);
    method public void call(char[][]) throws java.lang.InterruptedException, java.io.IOException;
    field public static final String NAME = "x";
    field public static final a.b.Callback NONE;
  }

  public abstract class Context {
    method public static <T> java.util.Map<java.lang.String,java.util.List<T>> all();
  }

  public enum Context.Kind implements java.lang.Runnable {
    method public abstract int size();
    method public static a.b.Context.Kind valueOf(String);
    method public static final a.b.Context.Kind[] values();
    method public void run();
    enum_constant public static final a.b.Context.Kind LARGE;
    enum_constant public static final a.b.Context.Kind SMALL;
  }

  public class Context.Inner {
    ctor public Context.Inner();
  }

  @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME) public @interface Marks {
    method public abstract String[] names() default {};
    method public abstract int count() default 3;
  }

  public class Odd extends java.io.FilterInputStream {
    ctor public Odd(java.io.InputStream);
  }

}

package java.lang {

  public class Never {
    ctor public Never();
  }

}
'''
USER = '''package user;

import a.b.Activity;
import a.b.Bundle;
import a.b.Callback;
import a.b.Context;

@a.b.Marks(names = "x")
public class User extends Activity {
    public User() throws java.io.IOException { super("x", RESULT_OK); }
    @Override protected void onCreate(Bundle<String, ? extends java.util.List<?>> saved) { super.onCreate(saved); }
    @Override public void call(char[][] what) { }
    @Override public int hashCode() { return 1; }
    static int constant(int n) {
        switch (n) {
        case RESULT_OK: case SLASH: case SMALL + 100: return TEXT.length();
        default: return Callback.NAME.length();
        }
    }
    int all(Context.Kind k) { return k == Context.Kind.LARGE ? k.size() : Context.<Long>all().size() + (kind == k ? 1 : mutable.length); }
    Object inner(Bundle<String, java.util.Set<String>> b) { return b.get("x").size() + new Context.Inner().hashCode(); }
}
'''


class Stubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        (cls.root / 'current.txt').write_text(SIGNATURES, encoding='utf-8')
        (cls.root / 'User.java').write_text(USER, encoding='utf-8')
        made = subprocess.run([sys.executable, SOURCE / 'tools' / 'android' / 'stubs.py', cls.root / 'current.txt', cls.root / 'java'],
                              capture_output=True, text=True, check=True)
        cls.said = made.stdout
        sources = sorted((cls.root / 'java').rglob('*.java'))
        cls.compiled = subprocess.run([JAVAC, '--release', '8', '-nowarn', '-proc:none', '-Xlint:-options', '-d', cls.root / 'classes', *sources,
                                       cls.root / 'User.java'], capture_output=True, text=True, check=False)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def java(self, name):
        return (self.root / 'java' / 'a' / 'b' / (name + '.java')).read_text(encoding='utf-8')

    def test_what_is_made_compiles_and_an_app_compiles_against_it(self):
        self.assertEqual((self.compiled.returncode, self.compiled.stderr), (0, ''))
        self.assertTrue((self.root / 'classes' / 'user' / 'User.class').exists())

    def test_what_the_jdk_has_is_left_out(self):
        self.assertEqual(self.said, '9 types in 7 files\n')  # and the marker is one of them
        self.assertFalse((self.root / 'java' / 'java').exists())

    def test_constants_are_constants_and_unknown_values_are_not(self):
        text = self.java('Activity')
        self.assertIn('RESULT_OK = (int)(-1);', text)
        self.assertIn('TEXT = "a; // {b} \\"c\\" = d";', text)
        self.assertIn('LATER = android.Stub.<String>none();', text)

    def test_annotations_are_gone_and_generics_are_kept(self):
        text = self.java('Activity')
        self.assertNotIn('@', text.replace('@SuppressWarnings', ''))
        self.assertIn('public final <T extends a.b.Context & java.lang.Runnable> T find(int a0, T a1, int... a2)', text)


if __name__ == '__main__':
    SOURCE, JAVAC = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    unittest.main(argv=sys.argv[:1])
