/* Runs the tests of this class path, or those named, and says how many passed. */
package org.jemput.test;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.File;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.jemput.Jemput;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

public final class Main {
    private Main() {
    }

    private static final class Counter implements TestExecutionListener {
        private int passed;
        private int failed;
        private long begunMs;

        @Override
        public void executionStarted(TestIdentifier test) {
            begunMs = System.currentTimeMillis();
        }

        @Override
        public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean good = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;

            if (good && !test.isTest())
                return;
            System.out.println((good ? "ok      " : "FAILED  ") + test.getUniqueId().replaceAll(".*class:|\\].*method:|\\].*|\\(\\)", " ").trim()
                + (test.isTest() ? " " + (System.currentTimeMillis() - begunMs) + " ms" : ""));
            if (good)
                passed++;
            else
                failed++;
            result.getThrowable().ifPresent(Counter::tell);
        }

        private static void tell(Throwable thrown) {
            for (Throwable t = thrown; t != null; t = t.getCause()) {
                System.out.println("    " + t);
                for (StackTraceElement at : t.getStackTrace()) {
                    if (!at.getClassName().startsWith("org.junit") && !at.getClassName().startsWith("java") && !at.getClassName().startsWith("jdk"))
                        System.out.println("        at " + at);
                }
                for (Throwable more : t.getSuppressed())
                    tell(more);
            }
        }

        @Override
        public synchronized void executionSkipped(TestIdentifier test, String reason) {
            System.out.println("FAILED  " + test.getLegacyReportingName() + ": skipped, " + reason);
            failed++; // nothing here is allowed to be left out quietly
        }
    }

    private static List<DiscoverySelector> selectors(String[] args) throws ClassNotFoundException {
        List<DiscoverySelector> all = new ArrayList<>();

        for (String name : args)
            all.add(selectClass(Class.forName(name)));
        if (!all.isEmpty())
            return all;
        Path root = Paths.get(System.getProperty("jemput.tests"));
        all.addAll(selectClasspathRoots(Collections.singleton(root)));
        return all;
    }

    public static void main(String[] args) throws Exception {
        Counter counter = new Counter();
        Launcher launcher = LauncherFactory.create();

        Jemput.load(new File(System.getProperty("jemput.library")), new File(System.getProperty("java.io.tmpdir")));
        launcher.execute(LauncherDiscoveryRequestBuilder.request().selectors(selectors(args))
            .filters(ClassNameFilter.includeClassNamePatterns(args.length == 0 ? ".*Test" : ".*")).build(), counter);
        System.out.println(counter.passed + " passed, " + counter.failed + " failed");
        System.out.flush();
        Runtime.getRuntime().exit(counter.failed > 0 || counter.passed == 0 ? 1 : 0);
    }
}
