package adjoint.data;

import java.util.Arrays;

/// The characters of a text, numbered in the order of their code points.
///
/// ```java
/// Vocabulary vocabulary = Vocabulary.of("to be");
/// int[] tokens = vocabulary.encode("bot");        // {1, 3, 4}
/// String text = vocabulary.decode(tokens);        // "bot"
/// ```
public final class Vocabulary {
    private final int[] characters;

    private Vocabulary(int[] characters) {
        this.characters = characters;
    }

    /// All characters of a text, each once.
    public static Vocabulary of(String text) {
        return new Vocabulary(text.codePoints().distinct().sorted().toArray());
    }

    /// The number of different characters.
    public int size() {
        return characters.length;
    }

    /// The numbers of a text's characters.
    ///
    /// @throws IllegalArgumentException if one of them is not in the vocabulary; the message says which one and where
    public int[] encode(String text) {
        int[] points = text.codePoints().toArray();
        int[] tokens = new int[points.length];
        for (int i = 0; i < points.length; i++) {
            tokens[i] = Arrays.binarySearch(characters, points[i]);
            if (tokens[i] < 0) {
                throw new IllegalArgumentException("character " + (i + 1) + ", "
                        + FormatException.excerpt(Character.toString(points[i]))
                        + ", does not occur in the text that was learned");
            }
        }
        return tokens;
    }

    /// The text of numbers.
    public String decode(int... tokens) {
        StringBuilder text = new StringBuilder(tokens.length);
        for (int token : tokens) {
            text.appendCodePoint(characters[token]);
        }
        return text.toString();
    }
}
