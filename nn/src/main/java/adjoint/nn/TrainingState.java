package adjoint.nn;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.metrics.Confusion;
import adjoint.nn.metrics.Mean;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// All that decides how a training goes on, as a value that is written and read whole; see [Trainer#state].
///
/// A file of it is a [SafeTensors] file with a checksum, written atomically: after a crash there is the old state or
/// the new one.
///
/// @param config the trainer's configuration, as text
/// @param step steps taken
/// @param epoch epochs completed
/// @param batchesDone batches done in the present epoch
/// @param running what came out of these batches
/// @param history what was recorded, a line per epoch
/// @param parameters and buffers, by path
/// @param optimizer what the optimisers remember, by name and path: `exp_avg/layers.0.weight`
/// @param average the average of the weights and the buffers by path; empty if none is kept
public record TrainingState(
        String config,
        long step,
        int epoch,
        int batchesDone,
        Metrics running,
        List<SortedMap<String, Double>> history,
        SortedMap<String, Tensor> parameters,
        SortedMap<String, Tensor> optimizer,
        SortedMap<String, Tensor> average) {
    private static final String KIND = "adjoint training state, version 2";
    private static final String PARAMETERS = "parameters/";
    private static final String OPTIMIZER = "optimizer/";
    private static final String AVERAGE = "average/";
    private static final String LOSS = "running/loss";
    private static final String AUXILIARY = "running/auxiliary";
    private static final String CONFUSION = "running/confusion";
    private static final String HISTORY = "history";
    private static final String CHECKSUM = "checksum";

    /// Writes `file`, atomically.
    ///
    /// @throws IOException if it cannot be written; an older file of that name stays as it was
    public void write(Path file) throws IOException {
        SortedMap<String, Tensor> tensors = new TreeMap<>();
        parameters.forEach((name, tensor) -> tensors.put(PARAMETERS + name, tensor));
        optimizer.forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
        average.forEach((name, tensor) -> tensors.put(AVERAGE + name, tensor));
        SortedMap<String, String> metadata = new TreeMap<>(Map.of(
                "kind", KIND,
                "config", config,
                "step", Long.toString(step),
                "epoch", Integer.toString(epoch),
                "batches", Integer.toString(batchesDone)));
        putRunning(tensors, metadata);
        putHistory(tensors, metadata);
        metadata.put(CHECKSUM, Long.toHexString(new SafeTensors(tensors, metadata).checksum()));
        SafeTensors.write(file, tensors, metadata);
    }

    /// Reads `file`.
    ///
    /// @throws IOException if it cannot be read, is no state, or its checksum does not fit
    public static TrainingState read(Path file) throws IOException {
        SafeTensors content = SafeTensors.read(file);
        SortedMap<String, String> metadata = new TreeMap<>(content.metadata());
        String checksum = metadata.remove(CHECKSUM);
        if (!KIND.equals(metadata.get("kind"))) {
            throw new IOException(file + ": not an " + KIND);
        }
        String actual = Long.toHexString(new SafeTensors(content.tensors(), metadata).checksum());
        if (!actual.equals(checksum)) {
            throw new IOException(file + ": damaged: its checksum is " + actual + ", it says " + checksum);
        }
        return new Reader(file, content).state();
    }

    private void putRunning(Map<String, Tensor> tensors, Map<String, String> metadata) {
        tensors.put(LOSS, means(List.of(running.loss())));
        tensors.put(AUXILIARY, means(running.auxiliary().values()));
        metadata.put(AUXILIARY, lines(running.auxiliary().keySet()));
        Confusion confusion = running.confusion();
        if (confusion != null) {
            tensors.put(CONFUSION, Tensor.ofLongs(confusion.counts(), confusion.classes(), confusion.classes()));
        }
    }

    /// A row (sum, weight) per mean.
    private static Tensor means(Collection<Mean> means) {
        double[] values = new double[2 * means.size()];
        int i = 0;
        for (Mean mean : means) {
            values[i++] = mean.sum();
            values[i++] = mean.weight();
        }
        return Tensor.of(values, means.size(), 2);
    }

    /// A row per line and a column per name; NaN where a line does not have it.
    private void putHistory(Map<String, Tensor> tensors, Map<String, String> metadata) {
        SortedSet<String> columns = new TreeSet<>();
        history.forEach(line -> columns.addAll(line.keySet()));
        List<String> names = List.copyOf(columns);
        double[] values = new double[history.size() * names.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = history.get(i / names.size()).getOrDefault(names.get(i % names.size()), Double.NaN);
        }
        tensors.put(HISTORY, Tensor.of(values, history.size(), names.size()));
        metadata.put(HISTORY, lines(names));
    }

    private static String lines(Collection<String> names) {
        for (String name : names) {
            if (name.isEmpty() || name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
                throw new IllegalArgumentException("a metric's name must be one line: \"" + name + "\"");
            }
        }
        return String.join("\n", names);
    }

    /// Takes a state out of a file's content.
    private record Reader(Path file, SafeTensors content) {
        TrainingState state() throws IOException {
            return new TrainingState(
                    text("config"),
                    number("step"),
                    Math.toIntExact(number("epoch")),
                    Math.toIntExact(number("batches")),
                    running(),
                    history(),
                    below(PARAMETERS),
                    below(OPTIMIZER),
                    below(AVERAGE));
        }

        private Metrics running() throws IOException {
            Metrics running = new Metrics();
            double[] loss = table(LOSS, 1, 2).toDoubles();
            running.loss().merge(Mean.of(loss[0], loss[1]));
            List<String> names = text(AUXILIARY).lines().toList();
            double[] means = table(AUXILIARY, names.size(), 2).toDoubles();
            for (int i = 0; i < names.size(); i++) {
                running.auxiliary(names.get(i)).merge(Mean.of(means[2 * i], means[2 * i + 1]));
            }
            Tensor counts = content.tensors().get(CONFUSION);
            if (counts != null) {
                int classes = counts.dim(0);
                long[] values = new long[classes * classes];
                table(CONFUSION, classes, classes).copyTo(values, 0);
                running.confusion(classes).merge(Confusion.of(classes, values));
            }
            return running;
        }

        private List<SortedMap<String, Double>> history() throws IOException {
            List<String> names = text(HISTORY).lines().toList();
            int rows = tensor(HISTORY).dim(0);
            double[] values = table(HISTORY, rows, names.size()).toDoubles();
            List<SortedMap<String, Double>> history = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                SortedMap<String, Double> line = new TreeMap<>();
                for (int column = 0; column < names.size(); column++) {
                    double value = values[row * names.size() + column];
                    if (!Double.isNaN(value)) {
                        line.put(names.get(column), value);
                    }
                }
                history.add(Collections.unmodifiableSortedMap(line));
            }
            return history;
        }

        private SortedMap<String, Tensor> below(String prefix) {
            SortedMap<String, Tensor> found = new TreeMap<>();
            content.tensors().forEach((name, tensor) -> {
                if (name.startsWith(prefix)) {
                    found.put(name.substring(prefix.length()), tensor);
                }
            });
            return found;
        }

        private Tensor table(String name, int rows, int columns) throws IOException {
            Tensor tensor = tensor(name);
            if (!tensor.shape().equals(Shape.of(rows, columns))) {
                throw fault(name + " must be [" + rows + ", " + columns + "], it is " + tensor.shape());
            }
            return tensor;
        }

        private Tensor tensor(String name) throws IOException {
            Tensor tensor = content.tensors().get(name);
            if (tensor == null) {
                throw fault("no tensor " + name);
            }
            return tensor;
        }

        private long number(String key) throws IOException {
            try {
                return Long.parseLong(text(key));
            } catch (NumberFormatException e) {
                throw fault(key + " is not a number: " + text(key));
            }
        }

        private String text(String key) throws IOException {
            String text = content.metadata().get(key);
            if (text == null) {
                throw fault("no metadata " + key);
            }
            return text;
        }

        private IOException fault(String what) {
            return new IOException(file + ": not a valid training state: " + what);
        }
    }
}
