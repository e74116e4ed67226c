package adjoint.bench;

import java.util.List;

/// Cases with a common target for their ratios.
///
/// @param each the ratio that every case should reach, NaN for none
/// @param mean the ratio that the geometric mean should reach, NaN for none
public record Group(String title, double each, double mean, List<Case> cases) {
    /// The target in words.
    String target() {
        String mine = Double.isNaN(mean) ? "" : "mean ≥ " + Report.ratio(mean);
        String all = Double.isNaN(each) ? "" : "each ≥ " + Report.ratio(each);
        return mine + (mine.isEmpty() || all.isEmpty() ? "" : ", ") + all;
    }
}
