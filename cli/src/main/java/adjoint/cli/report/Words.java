package adjoint.cli.report;

import adjoint.cli.config.Config;

/// What a page calls what a run was trained on.
///
/// @param cases what is trained on one at a time, in the plural
/// @param example the case that the heads are looked at with
/// @param part what a case's length counts
/// @param token what the heads compare
/// @param answers what is classified, in the plural
record Words(String cases, String example, String part, String token, String answers) {
    static Words of(Config.Data data) {
        return switch (data) {
            case Config.Uea _, Config.Oscillators _ -> new Words("series", "test case", "step", "step", "Test cases");
            case Config.Mnist _ -> new Words("images", "test image", "pixel", "patch", "Test images");
            case Config.Text _ -> new Words("windows", "test window", "character", "character", "Test characters");
        };
    }

    /// The tokens of queries or keys.
    String tokens() {
        return token.equals("patch") ? "patches" : token + "s";
    }
}
