package adjoint.data;

import java.util.List;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/// A set as the text of a `.ts` file: what [TsReader] must turn back into the set.
final class TsText {
    private TsText() {}

    static String of(TimeSeries data) {
        StringBuilder text = new StringBuilder("@problemName " + data.name() + "\n@timeStamps false\n");
        text.append("@univariate ").append(data.channels().size() == 1).append('\n');
        text.append("@dimensions ").append(data.channels().size()).append('\n');
        text.append("@classLabel ").append(!data.classNames().isEmpty());
        for (String name : data.classNames()) {
            text.append(' ').append(quoted(name));
        }
        text.append("\n@data\n");
        for (int i = 0; i < data.size(); i++) {
            StringJoiner fields = new StringJoiner(":");
            for (float[] channel : data.cases()[i]) {
                fields.add(values(channel));
            }
            if (data.labels().length > 0) {
                String name = data.classNames().get(data.labels()[i]);
                fields.add(name.contains(":") ? quoted(name) : name);
            }
            text.append(fields).append('\n');
        }
        return text.toString();
    }

    static List<String> channels(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(c -> "channel " + c).toList();
    }

    private static String quoted(String name) {
        return name.contains(" ") || name.contains("\"") ? "'" + name + "'" : name;
    }

    private static String values(float[] channel) {
        StringJoiner values = new StringJoiner(",");
        for (float value : channel) {
            values.add(Float.isNaN(value) ? "?" : Float.toString(value));
        }
        return values.toString();
    }
}
