/* Syncs in the background: when there is a network, every quarter of an hour at the earliest, as Android allows. With a PIN nothing can be opened
 * without its officer, so it syncs while the store is open, and the app does when it is opened. */
package id.contoh.jemput.ui;

import android.app.job.JobInfo;
import android.app.job.JobParameters;
import android.app.job.JobScheduler;
import android.app.job.JobService;
import android.content.ComponentName;
import android.content.Context;

import org.jemput.Cancel;
import org.jemput.JemputException;
import org.jemput.Outbox;

public class SyncJob extends JobService {
    private static final int ID = 1;
    private static final long PERIOD_MS = 15 * 60 * 1000;
    /** Android stops a job after ten minutes; what was sent by then counts. */
    private static final long DEADLINE_MS = 8 * 60 * 1000;

    private Cancel cancel;

    static void schedule(Context context) {
        JobScheduler scheduler = (JobScheduler) context.getSystemService(Context.JOB_SCHEDULER_SERVICE);
        if (scheduler.getPendingJob(ID) != null)
            return;
        scheduler.schedule(new JobInfo.Builder(ID, new ComponentName(context, SyncJob.class))
            .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
            .setPeriodic(PERIOD_MS)
            .build());
    }

    @Override
    public boolean onStartJob(JobParameters job) {
        App app = (App) getApplication();
        Outbox outbox = app.session().outbox();
        if (outbox == null)
            return false;
        Cancel mine = new Cancel();
        cancel = mine;
        app.session().syncing().execute(() -> {
            boolean again = false;
            app.session().unasked(mine);
            try {
                outbox.sync(null, DEADLINE_MS, mine, null);
            } catch (JemputException e) {
                again = e.isRetryable();
            } finally {
                jobFinished(job, again);
            }
        });
        return true;
    }

    @Override
    public boolean onStopJob(JobParameters job) {
        if (cancel != null)
            cancel.cancel();
        return true;
    }
}
