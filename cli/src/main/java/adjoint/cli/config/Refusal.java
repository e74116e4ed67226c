package adjoint.cli.config;

/// A value of the right type that a record cannot use: the record's constructor names the key and what would be right;
/// the reader of the settings adds the path and the origin.
final class Refusal extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String key;
    private final String expected;

    private Refusal(String key, Object value, String expected) {
        super(key + ": expected " + expected + ", got '" + value + "'");
        this.key = key;
        this.expected = expected;
    }

    static void unless(boolean right, String key, Object value, String expected) {
        if (!right) {
            throw new Refusal(key, value, expected);
        }
    }

    static void atLeast(long least, String key, long value) {
        unless(value >= least, key, value, "a whole number of at least " + least);
    }

    static void positive(String key, double value) {
        unless(value > 0, key, value, "a number above 0");
    }

    static void notNegative(String key, double value) {
        unless(value >= 0, key, value, "a number of at least 0");
    }

    static void fraction(String key, double value) {
        unless(value >= 0 && value < 1, key, value, "a number from 0 to below 1");
    }

    String key() {
        return key;
    }

    String expected() {
        return expected;
    }
}
