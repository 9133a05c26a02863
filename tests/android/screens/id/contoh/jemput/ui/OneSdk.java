/* Robolectric knows this one Android alone: the one whose jar is pinned (tools/android/artifacts.sha256). */
package id.contoh.jemput.ui;

import java.util.TreeMap;

import javax.annotation.Priority;
import javax.inject.Inject;

import org.robolectric.internal.dependency.DependencyResolver;
import org.robolectric.pluginapi.Sdk;
import org.robolectric.plugins.DefaultSdkProvider;

@Priority(1)
public class OneSdk extends DefaultSdkProvider {
    @Inject
    public OneSdk(DependencyResolver resolver) {
        super(resolver);
    }

    @Override
    protected void populateSdks(TreeMap<Integer, Sdk> sdks) {
        sdks.put(29, new DefaultSdk(29, "10", "5803371", "REL", 9));
    }
}
