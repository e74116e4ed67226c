package adjoint.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Grey images of one size, each of a class.
///
/// @param name of the set
/// @param pixels `[n, height, width]` row-major, unsigned
/// @param labels the class of each, from 0
/// @param classes their number
public record Images(String name, int height, int width, byte[] pixels, int[] labels, int classes) {
    /// The digits of MNIST.
    private static final int DIGITS = 10;

    /// A training and a test set.
    public record Split(Images train, Images test) {}

    /// @throws IllegalArgumentException if the numbers do not fit each other
    public Images {
        if ((long) labels.length * height * width != pixels.length) {
            throw new IllegalArgumentException(labels.length + " images of " + height + "×" + width + " have "
                    + (long) labels.length * height * width + " pixels, got " + pixels.length);
        }
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "image " + i + " is of class " + labels[i] + ", there are " + classes + " classes");
            }
        }
    }

    /// The number of images.
    public int size() {
        return labels.length;
    }

    /// MNIST (LeCun, Cortes, Burges), in the four files it is published in, packed or not.
    ///
    /// @throws FormatException if a file is malformed or does not fit the others
    /// @throws IOException if a file is not there or cannot be read
    public static Split mnist(DataFolder folder) throws IOException {
        List<Path> files = locateMnist(folder);
        Images train = read("mnist", files.get(0), files.get(1));
        Images test = read("mnist", files.get(2), files.get(3));
        if (train.height != test.height || train.width != test.width) {
            throw new IOException("the test images of " + folder.roots() + " are " + test.height + "×" + test.width
                    + ", the training images " + train.height + "×" + train.width);
        }
        return new Split(train, test);
    }

    /// The files of MNIST: images and labels for training, and for testing.
    ///
    /// @throws IOException if one is not there
    public static List<Path> locateMnist(DataFolder folder) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String part : List.of("train", "t10k")) {
            for (String what : List.of("-images-idx3-ubyte", "-labels-idx1-ubyte")) {
                files.add(folder.file("mnist", List.of(part + what + ".gz", part + what)));
            }
        }
        return files;
    }

    /// Digits from a file of images and one of labels.
    ///
    /// @throws FormatException if one is malformed, they are of different length, or there are no images
    static Images read(String name, Path images, Path labels) throws IOException {
        IdxFile pixels = IdxFile.read(images, 3);
        IdxFile classes = IdxFile.read(labels, 1);
        int count = pixels.lengths()[0];
        if (pixels.values().length == 0) {
            throw new FormatException(images.toString(), 4, "no pixels", "at least one image");
        }
        if (classes.lengths()[0] != count) {
            throw new FormatException(
                    labels.toString(), 4, classes.lengths()[0] + " labels", "one for each of " + count + " images");
        }
        int[] digits = new int[count];
        for (int i = 0; i < count; i++) {
            digits[i] = classes.values()[i] & 0xff;
            if (digits[i] >= DIGITS) {
                throw new FormatException(
                        labels.toString(), 8L + i, "the label " + digits[i], "a digit from 0 to " + (DIGITS - 1));
            }
        }
        return new Images(name, pixels.lengths()[1], pixels.lengths()[2], pixels.values(), digits, DIGITS);
    }

    /// Mean and standard deviation of all pixels, black 0 and white 1.
    public Scale scale() {
        long sum = 0;
        long squares = 0;
        for (byte pixel : pixels) {
            int value = pixel & 0xff;
            sum += value;
            squares += (long) value * value;
        }
        double mean = (double) sum / pixels.length;
        double variance = (double) squares / pixels.length - mean * mean;
        return new Scale(mean / 255, Math.sqrt(Math.max(0, variance)) / 255);
    }

    /// How pixels from 0 to 1 are standardised: `(x − mean)/deviation`; a deviation of 0 counts as 1.
    public record Scale(double mean, double deviation) {
        float of(int pixel) {
            return (float) ((pixel / 255.0 - mean) / (deviation == 0 ? 1 : deviation));
        }
    }
}
