package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.report.Figures;
import adjoint.data.ImageBatch;
import adjoint.data.ImageLoader;
import adjoint.data.Images;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import adjoint.nn.TokenPooling;
import adjoint.nn.VisionTransformer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Images of several classes, standardised by the training set's mean and deviation.
record ImageProblem(Images train, Images test, Images.Scale scale, int shift) implements Problem<ImageBatch> {
    /// @throws ConfigException if the images do not consist of whole patches
    /// @throws IOException if a file is not there, malformed, or cannot be read
    static ImageProblem read(Config.Mnist data, Config.Patches patches) throws IOException {
        Images.Split split = Images.mnist(Problem.folder(data.folder()));
        Images train = split.train();
        if (train.height() % patches.size() != 0 || train.width() % patches.size() != 0) {
            throw new ConfigException("model.input.size: expected a divisor of the images' " + train.height() + " and "
                    + train.width() + " pixels, got '" + patches.size() + "'");
        }
        return new ImageProblem(train, split.test(), train.scale(), data.shift());
    }

    @Override
    public int trainSize() {
        return train.size();
    }

    @Override
    public int testSize() {
        return test.size();
    }

    @Override
    public int channels() {
        return 1;
    }

    @Override
    public int length() {
        return train.height() * train.width();
    }

    @Override
    public List<String> classNames() {
        return IntStream.range(0, train.classes()).mapToObj(Integer::toString).toList();
    }

    @Override
    public String cases() {
        return "images";
    }

    @Override
    public String summary() {
        return Figures.count(trainSize()) + " training and " + Figures.count(testSize()) + " test images, "
                + train.height() + "×" + train.width() + " pixels, " + classes() + " classes";
    }

    @Override
    public Batches<ImageBatch> training(int batch, Rng key) {
        return ImageLoader.shuffled(train, scale, batch, shift, key)::epoch;
    }

    @Override
    public Batches<ImageBatch> testing(int batch) {
        return ImageLoader.inOrder(test, scale, batch)::epoch;
    }

    @Override
    public Task<ImageBatch> task(Config.Model model, long seed) {
        VisionTransformer.Config shape = shape(model);
        return new ImageTask(new VisionTransformer(
                shape,
                Recipe.attention(model, shape.tokens(), trainSize()),
                Rng.of(seed).child("weights")));
    }

    private VisionTransformer.Config shape(Config.Model model) {
        Config.Patches patches = (Config.Patches) model.input();
        TokenPooling pooling = switch (patches.pooling()) {
            case MEAN -> TokenPooling.MEAN;
            case CLS -> TokenPooling.CLS;
        };
        return new VisionTransformer.Config(
                1,
                train.height(),
                train.width(),
                patches.size(),
                classes(),
                model.layers(),
                pooling,
                Recipe.encoder(model));
    }

    @Override
    public MemoryEstimate.Outside outside(Config.Model model) {
        VisionTransformer.Config shape = shape(model);
        double d = model.width();
        double patch = (double) shape.patch() * shape.patch();
        double token = shape.pooling() == TokenPooling.CLS ? d : 0;
        double parameters = (patch + 1) * d + token + shape.tokens() * d + (d + 1) * classes();
        return new MemoryEstimate.Outside(shape.tokens(), parameters, 2.0 * length());
    }

    /// The first test image.
    @Override
    public int exampleIndex() {
        return 0;
    }

    @Override
    public Example<ImageBatch> example(int index) {
        int pixels = length();
        Images one = new Images(
                test.name(),
                test.height(),
                test.width(),
                Arrays.copyOfRange(test.pixels(), index * pixels, (index + 1) * pixels),
                Arrays.copyOfRange(test.labels(), index, index + 1),
                test.classes());
        ImageBatch batch =
                ImageLoader.inOrder(one, scale, 1).epoch(0).iterator().next();
        return new Example<>(index, classNames().get(test.labels()[index]), pixels, batch);
    }

    @Override
    public List<String> tokens(Config.Model model, Example<ImageBatch> example) {
        VisionTransformer.Config shape = shape(model);
        int columns = shape.width() / shape.patch();
        int first = shape.pooling() == TokenPooling.CLS ? 1 : 0;
        return IntStream.range(0, shape.tokens())
                .map(token -> token - first)
                .mapToObj(patch ->
                        patch < 0 ? "class token" : "patch " + (patch / columns + 1) + "·" + (patch % columns + 1))
                .toList();
    }
}
