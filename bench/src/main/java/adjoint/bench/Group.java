package adjoint.bench;

import java.util.List;
import java.util.function.Function;

/// Cases with a common target for their ratios.
///
/// @param each the ratio that every case should reach, NaN for none
/// @param mean the ratio that the geometric mean should reach, NaN for none
/// @param finding what the rows of a run come to beyond ratios, in a few words, or nothing
public record Group(String title, double each, double mean, List<Case> cases, Function<List<Row>, String> finding) {
    public Group(String title, double each, double mean, List<Case> cases) {
        this(title, each, mean, cases, _ -> "");
    }

    /// The same with some of the cases.
    Group with(List<Case> some) {
        return new Group(title, each, mean, some, finding);
    }

    /// The target in words.
    String target() {
        String mine = Double.isNaN(mean) ? "" : "mean ≥ " + Report.ratio(mean);
        String all = Double.isNaN(each) ? "" : "each ≥ " + Report.ratio(each);
        return mine + (mine.isEmpty() || all.isEmpty() ? "" : ", ") + all;
    }
}
