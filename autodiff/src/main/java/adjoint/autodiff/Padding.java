package adjoint.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Longer axes: a constant, or what is there already, around the elements.
final class Padding {
    private Padding() {}

    /// How many elements of `value` come before and after those of each axis.
    record Frame(int[] before, int[] after, double value) {
        Frame zero() {
            return new Frame(before, after, 0);
        }
    }

    static final Op<Frame> PAD = new Op<>("pad", "x with a constant around it") {
        @Override
        void infer(Call call, Frame frame) {
            int[] dims = call.in(0).shape().dims();
            for (int d = 0; d < dims.length; d++) {
                dims[d] = Math.addExact(dims[d], Math.addExact(frame.before[d], frame.after[d]));
            }
            call.output(call.in(0).dtype(), Shape.of(dims));
        }

        @Override
        void compute(Call call, Frame frame) {
            Tensor out = call.out(0);
            Engine.fill(out, frame.value);
            int[] strides = Layout.dense(out.shape());
            int start = out.offset;
            for (int d = 0; d < strides.length; d++) {
                start += frame.before[d] * strides[d];
            }
            Engine.copy(call.in(0), out.array(), start, strides);
        }

        @Override
        void vjp(Call call, Frame frame, Flow flow) {
            Tensor inside = flow.gradient();
            for (int d = 0; d < frame.before.length; d++) {
                if (frame.before[d] + frame.after[d] > 0) {
                    inside = inside.slice(d, frame.before[d], inside.dim(d) - frame.after[d]);
                }
            }
            flow.give(0, inside);
        }

        @Override
        int reads(int i) {
            return NO_VALUES;
        }

        @Override
        Tensor jvp(Call call, Frame frame, Tangents tangents) {
            return Engine.run(PAD, frame.zero(), tangents.of(0));
        }
    };

    static final List<Op<?>> ALL = List.of(PAD);

    static Tensor constant(Tensor x, double value, int[] widths) {
        int first = firstAxis(x, widths);
        int[] before = new int[x.rank()];
        int[] after = new int[x.rank()];
        for (int k = 0; k < widths.length; k += 2) {
            before[first + k / 2] = widths[k];
            after[first + k / 2] = widths[k + 1];
        }
        return Arrays.stream(widths).allMatch(w -> w == 0) ? x : Engine.run(PAD, new Frame(before, after, value), x);
    }

    static Tensor repeating(Tensor x, PadMode mode, int[] widths) {
        int first = firstAxis(x, widths);
        Tensor padded = x;
        for (int k = 0; k < widths.length; k += 2) {
            int axis = first + k / 2;
            if (widths[k] + widths[k + 1] > 0) {
                requireLength(x, mode, axis, Math.max(widths[k], widths[k + 1]));
                padded = padded.take(sources(mode, x.dim(axis), widths[k], widths[k + 1]), axis);
            }
        }
        return padded;
    }

    private static int firstAxis(Tensor x, int[] widths) {
        if (widths.length % 2 != 0 || widths.length / 2 > x.rank()) {
            throw new ShapeError("pad: shape " + x.shape() + " takes a width before and one after for each of its last"
                    + " axes, got the widths " + Arrays.toString(widths));
        }
        for (int width : widths) {
            if (width < 0) {
                throw new ShapeError("pad: widths must not be negative, got " + Arrays.toString(widths)
                        + "; slice(…) makes an axis shorter");
            }
        }
        return x.rank() - widths.length / 2;
    }

    private static void requireLength(Tensor x, PadMode mode, int axis, int width) {
        int length = x.dim(axis);
        int most = switch (mode) {
            case REFLECT -> length - 1;
            case REPLICATE -> length == 0 ? 0 : Integer.MAX_VALUE;
            case CIRCULAR -> length;
        };
        if (width > most) {
            throw new ShapeError("pad: axis " + axis + " of shape " + x.shape() + " has length " + length
                    + ", too short for " + width + " more on one side ("
                    + mode.name().toLowerCase(Locale.ROOT) + ")");
        }
    }

    /// Which position of the axis each one of the longer axis repeats.
    private static int[] sources(PadMode mode, int length, int before, int after) {
        int[] sources = new int[before + length + after];
        for (int k = 0; k < sources.length; k++) {
            int i = k - before;
            sources[k] = switch (mode) {
                case REFLECT -> i < 0 ? -i : i < length ? i : 2 * (length - 1) - i;
                case REPLICATE -> Math.clamp(i, 0, length - 1);
                case CIRCULAR -> Math.floorMod(i, length);
            };
        }
        return sources;
    }
}
