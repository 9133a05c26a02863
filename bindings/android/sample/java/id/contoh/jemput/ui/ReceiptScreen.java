/* The receipt: the code in large type and as a picture, for the citizen's paper or camera. */
package id.contoh.jemput.ui;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.view.View;

import id.contoh.jemput.logic.Qr;
import id.contoh.jemput.logic.Receipt;

final class ReceiptScreen extends Screen {
    private static final int QUIET_ZONE = 4; // modules around a code

    private final byte[] id;

    ReceiptScreen(MainActivity activity, byte[] id) {
        super(activity);
        this.id = id;
    }

    @Override
    String title() {
        return "Tanda terima";
    }

    @Override
    void draw(Page page) {
        activity.read(() -> Receipt.of(store(), id), receipt -> {
            if (receipt == null) {
                page.trouble("Permohonan ini tidak ada lagi di daftar.");
                return;
            }
            page.big(receipt.code);
            if (receipt.code != null)
                page.add(new Picture(activity, receipt.qr())).setContentDescription("Kode " + receipt.code + " sebagai gambar");
            for (String line : receipt.paper().subList(2, receipt.paper().size()))
                page.text(line);
            page.quiet(receipt.status);
            page.main("Foto berkas", () -> activity.show(new PhotoScreen(activity, id)));
            page.other("Selesai", activity::home);
        });
    }

    private static final class Picture extends View {
        private final Qr qr;
        private final Paint ink = new Paint();

        Picture(Context context, Qr qr) {
            super(context);
            this.qr = qr;
        }

        @Override
        protected void onMeasure(int width, int height) {
            int side = Math.min(MeasureSpec.getSize(width), Math.round(320 * getResources().getDisplayMetrics().density));
            setMeasuredDimension(side, side);
        }

        @Override
        protected void onDraw(Canvas canvas) {
            int modules = qr.size() + 2 * QUIET_ZONE, one = getWidth() / modules;
            canvas.drawColor(0xffffffff);
            ink.setColor(0xff000000);
            for (int y = 0; y < qr.size(); y++) {
                for (int x = 0; x < qr.size(); x++) {
                    int left = (x + QUIET_ZONE) * one, top = (y + QUIET_ZONE) * one;
                    if (qr.dark(x, y))
                        canvas.drawRect(left, top, left + one, top + one, ink);
                }
            }
        }
    }
}
