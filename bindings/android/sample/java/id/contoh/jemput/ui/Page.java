/* What screens are made of: large type, large buttons, one column. Built by hand, so that there is nothing to learn but this page. */
package id.contoh.jemput.ui;

import android.content.Context;
import android.graphics.Typeface;
import android.text.InputType;
import android.util.TypedValue;
import android.view.Gravity;
import android.view.View;
import android.view.ViewGroup;
import android.view.inputmethod.EditorInfo;
import android.widget.Button;
import android.widget.EditText;
import android.widget.LinearLayout;
import android.widget.ProgressBar;
import android.widget.ScrollView;
import android.widget.TextView;

import java.util.List;

final class Page {
    static final int TEXT_SP = 20, BIG_SP = 26;
    private static final int INK = 0xff1b1b1b, PAPER = 0xfffdfdfb, QUIET = 0xff4d4d4d, BADGE = 0xff8a1c00, MAIN = 0xff00513f;

    private final Context context;
    private final ScrollView root;
    private final LinearLayout column;
    private final ProgressBar busy;
    private TextView trouble;

    Page(Context context) {
        this.context = context;
        root = new ScrollView(context);
        root.setFillViewport(true);
        root.setBackgroundColor(PAPER);
        if (android.os.Build.VERSION.SDK_INT >= android.os.Build.VERSION_CODES.O) // no password manager offers to keep a PIN, a code or a citizen
            root.setImportantForAutofill(View.IMPORTANT_FOR_AUTOFILL_NO_EXCLUDE_DESCENDANTS);
        column = new LinearLayout(context);
        column.setOrientation(LinearLayout.VERTICAL);
        int edge = px(20);
        column.setPadding(edge, edge, edge, edge);
        root.addView(column, new ViewGroup.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT));
        busy = new ProgressBar(context);
    }

    View root() {
        return root;
    }

    /** Empties it. back: what the first button does; null: there is no way back from here. */
    void begin(String title, Runnable back) {
        column.removeAllViews();
        if (back != null)
            add(quietButton("‹ Kembali", back));
        TextView head = label(title, BIG_SP, INK);
        head.setTypeface(Typeface.DEFAULT_BOLD);
        if (android.os.Build.VERSION.SDK_INT >= android.os.Build.VERSION_CODES.P)
            head.setAccessibilityHeading(true);
        add(head);
        trouble = label("", TEXT_SP, BADGE);
        trouble.setVisibility(View.GONE);
        trouble.setAccessibilityLiveRegion(View.ACCESSIBILITY_LIVE_REGION_POLITE);
        add(trouble);
        busy.setVisibility(View.GONE);
        add(busy);
    }

    /** Scrolled to its top: it is another screen. */
    void top() {
        root.scrollTo(0, 0);
    }

    /** Something is being done: no button works meanwhile. */
    void wait(boolean is) {
        busy.setVisibility(is ? View.VISIBLE : View.GONE);
        enable(column, !is);
    }

    private static void enable(ViewGroup group, boolean is) {
        for (int i = 0; i < group.getChildCount(); i++) {
            View view = group.getChildAt(i);
            view.setEnabled(is);
            if (view instanceof ViewGroup)
                enable((ViewGroup) view, is);
        }
    }

    /** Says what is in the way, at the top, where it is seen; null: nothing any more. */
    void trouble(String words) {
        trouble.setText(words);
        trouble.setVisibility(words == null ? View.GONE : View.VISIBLE);
        if (words != null)
            root.smoothScrollTo(0, 0);
    }

    TextView text(String words) {
        return add(label(words, TEXT_SP, INK));
    }

    TextView big(String words) {
        return add(label(words, BIG_SP, INK));
    }

    TextView quiet(String words) {
        return add(label(words, TEXT_SP, QUIET));
    }

    /** The one thing to do on this screen. */
    Button main(String words, Runnable press) {
        Button button = button(words, press);
        button.setTextSize(TypedValue.COMPLEX_UNIT_SP, BIG_SP);
        button.setTextColor(PAPER);
        button.setBackgroundColor(MAIN);
        return add(button);
    }

    /** Something else to do. */
    Button other(String words, Runnable press) {
        return add(button(words, press));
    }

    /** A line of a list: what it is, more about it, badges; all of it is one button. */
    Button row(String what, String more, List<String> badges, Runnable press) {
        StringBuilder words = new StringBuilder(what);
        if (more != null && !more.isEmpty())
            words.append('\n').append(more);
        for (String badge : badges)
            words.append("\n● ").append(badge);
        Button button = button(words.toString(), press);
        button.setGravity(Gravity.START | Gravity.CENTER_VERTICAL);
        if (!badges.isEmpty())
            button.setTextColor(BADGE);
        return add(button);
    }

    /** A field to type into; what is there already is kept. */
    EditText field(String label, int type, String now) {
        EditText field = new EditText(context);
        field.setTextSize(TypedValue.COMPLEX_UNIT_SP, BIG_SP);
        field.setTextColor(INK);
        field.setHint(label);
        field.setInputType(type);
        field.setImeOptions(EditorInfo.IME_ACTION_NEXT | EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING);
        field.setText(now);
        field.setSelection(field.length());
        return add(field);
    }

    static final int WORDS = InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_FLAG_CAP_WORDS | InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS;
    static final int SENTENCE = InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_FLAG_CAP_SENTENCES | InputType.TYPE_TEXT_FLAG_MULTI_LINE;
    static final int CODE = InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_FLAG_CAP_CHARACTERS | InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS
        | InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD; // no keyboard learns it
    static final int DIGITS = InputType.TYPE_CLASS_PHONE;
    static final int SECRET_DIGITS = InputType.TYPE_CLASS_NUMBER | InputType.TYPE_NUMBER_VARIATION_PASSWORD;

    <V extends View> V add(V view) {
        LinearLayout.LayoutParams place = new LinearLayout.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT);
        place.bottomMargin = px(14);
        column.addView(view, place);
        return view;
    }

    private Button quietButton(String words, Runnable press) {
        Button button = button(words, press);
        button.setGravity(Gravity.START | Gravity.CENTER_VERTICAL);
        button.setBackgroundColor(PAPER);
        button.setTextColor(QUIET);
        return button;
    }

    private Button button(String words, Runnable press) {
        Button button = new Button(context);
        button.setText(words);
        button.setAllCaps(false);
        button.setTextSize(TypedValue.COMPLEX_UNIT_SP, TEXT_SP);
        button.setMinHeight(px(64));
        button.setPadding(px(16), px(12), px(16), px(12));
        button.setOnClickListener(view -> press.run());
        return button;
    }

    private TextView label(String words, int sp, int colour) {
        TextView view = new TextView(context);
        view.setText(words);
        view.setTextSize(TypedValue.COMPLEX_UNIT_SP, sp);
        view.setTextColor(colour);
        return view;
    }

    private int px(int dp) {
        return Math.round(dp * context.getResources().getDisplayMetrics().density);
    }
}
