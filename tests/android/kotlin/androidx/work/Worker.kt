/* The signatures of WorkManager that the example in bindings/android/README.md uses, so that it is compiled. */
package androidx.work

import android.content.Context

public class WorkerParameters

public abstract class ListenableWorker(public val applicationContext: Context) {
    public sealed class Result {
        public companion object {
            public fun success(): Result = throw UnsupportedOperationException()

            public fun retry(): Result = throw UnsupportedOperationException()

            public fun failure(): Result = throw UnsupportedOperationException()
        }
    }
}

public abstract class CoroutineWorker(context: Context, @Suppress("UNUSED_PARAMETER") parameters: WorkerParameters) : ListenableWorker(context) {
    public abstract suspend fun doWork(): Result
}
