package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.report.Figures;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunException;
import adjoint.data.DataFolder;
import adjoint.data.TextReader;
import adjoint.data.TokenBatch;
import adjoint.data.Vocabulary;
import adjoint.data.Windows;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The characters of a text, each to be predicted from those before it; the end of the text is the test.
record TextProblem(Vocabulary vocabulary, int[] train, int[] test, int context) implements Problem<TokenBatch> {
    /// The key of a state file's metadata under which the characters of the vocabulary stand, in their order.
    static final String VOCABULARY = "vocabulary";

    /// @throws RunException if the text is too short
    /// @throws IOException if the file is not there, no text, or cannot be read
    static TextProblem read(Config.Text data, Config.Tokens input) throws IOException {
        String text = TextReader.read(file(data, Problem.folder(data.folder())));
        Vocabulary vocabulary = Vocabulary.of(text);
        int[] tokens = vocabulary.encode(text);
        int cut = (int) Math.round(tokens.length * (1 - data.test()));
        if (Math.min(cut, tokens.length - cut) <= input.context()) {
            throw new RunException("the text has " + Figures.count(cut) + " characters for training and "
                    + Figures.count(tokens.length - cut) + " for testing; each needs more than model.input.context = "
                    + input.context());
        }
        return new TextProblem(
                vocabulary,
                Arrays.copyOf(tokens, cut),
                Arrays.copyOfRange(tokens, cut, tokens.length),
                input.context());
    }

    /// The file that a configuration names: as it stands, else below the folders of the data sets.
    ///
    /// @throws IOException if it is not there
    static Path file(Config.Text data, DataFolder folder) throws IOException {
        Path path = Path.of(data.file());
        if (Files.isRegularFile(path)) {
            return path;
        }
        Path parent = path.getParent();
        return folder.file(
                parent == null ? "" : parent.toString(),
                List.of(path.getFileName().toString()));
    }

    @Override
    public int trainSize() {
        return windows(train, 1).size();
    }

    @Override
    public int testSize() {
        return windows(test, 1).size();
    }

    private Windows windows(int[] tokens, int batch) {
        return Windows.inOrder(tokens, context, batch);
    }

    @Override
    public int channels() {
        return 1;
    }

    @Override
    public int length() {
        return context;
    }

    @Override
    public List<String> classNames() {
        return characters().codePoints().mapToObj(TextProblem::visible).toList();
    }

    private static String visible(int character) {
        return switch (character) {
            case '\n' -> "↵";
            case '\t' -> "⇥";
            case ' ' -> "␣";
            default ->
                Character.isISOControl(character) ? String.format("U+%04X", character) : Character.toString(character);
        };
    }

    @Override
    public String cases() {
        return "windows";
    }

    @Override
    public Result.Measure measure() {
        return Result.Measure.LOSS;
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of(VOCABULARY, characters());
    }

    private String characters() {
        return vocabulary.decode(IntStream.range(0, vocabulary.size()).toArray());
    }

    @Override
    public String summary() {
        return Figures.count(train.length) + " training and " + Figures.count(test.length) + " test characters, "
                + vocabulary.size() + " different ones, windows of " + context;
    }

    @Override
    public Batches<TokenBatch> training(int batch, Rng key) {
        return Windows.shuffled(train, context, batch, key)::epoch;
    }

    @Override
    public Batches<TokenBatch> testing(int batch) {
        return windows(test, batch)::epoch;
    }

    @Override
    public Task<TokenBatch> task(Config.Model model, long seed) {
        return TextTask.of(model, (Config.Tokens) model.input(), vocabulary.size(), seed);
    }

    @Override
    public MemoryEstimate.Outside outside(Config.Model model) {
        double d = model.width();
        boolean tied = ((Config.Tokens) model.input()).head() == Config.Tokens.Head.TIED;
        double matrices = (tied ? 1 : 2) * vocabulary.size() * d;
        double logits = 4.0 * context * vocabulary.size();
        return new MemoryEstimate.Outside(context, matrices + context * d, 2.0 * context + logits);
    }

    /// The first window of the test.
    @Override
    public int exampleIndex() {
        return 0;
    }

    @Override
    public Example<TokenBatch> example(int index) {
        int first = index * context;
        Windows window = Windows.inOrder(Arrays.copyOfRange(test, first, first + context + 1), context, 1);
        return new Example<>(index, "", context, window.epoch(0).iterator().next());
    }

    @Override
    public List<String> tokens(Config.Model model, Example<TokenBatch> example) {
        List<String> names = classNames();
        return Arrays.stream(example.batch().inputs()).mapToObj(names::get).toList();
    }
}
