package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// All parameters of a model in one flat array, and gradients and moments in arrays of the same layout.
///
/// One step reads each of them twice: once for the norm of the gradient, once for clipping and the optimiser together.
/// The gradients of the shards are summed inside both, so their sum is never written. Arrays are worked on in blocks of
/// [#BLOCK] elements; a block's result depends on the block alone, and the norm adds up the blocks in their order, so
/// the number of threads does not show in any bit. Padding holds zeros, and stays zero.
final class ParameterStore {
    /// Elements from which each parameter starts at a multiple: a cache line of floats.
    private static final int ALIGNMENT = 16;

    private static final int BLOCK = 4096;

    /// Blocks per piece of work.
    private static final int GRAIN = 16;

    private static final Map<Integer, Chain> NORMS = new ConcurrentHashMap<>();
    private static final Map<Integer, Chain> ADAPTIVE = new ConcurrentHashMap<>();
    private static final Map<Integer, Chain> MOMENTUM = new ConcurrentHashMap<>();

    private final Parameters parameters;
    private final DType dtype;
    private final int[] offsets;
    private final int blocks;
    private final Object values;
    private final Object moment1;
    private final Object moment2;
    private final Object blockSums;

    /// Moves the parameters into one array.
    ///
    /// @throws IllegalArgumentException if there are none, they are of several dtypes, or too many for one array
    ParameterStore(Parameters parameters) {
        List<Parameter> all = parameters.all();
        if (all.isEmpty()) {
            throw new IllegalArgumentException("the model has no parameters");
        }
        this.parameters = parameters;
        this.dtype = all.getFirst().dtype();
        this.offsets = new int[all.size()];
        long end = 0;
        for (int i = 0; i < offsets.length; i++) {
            if (all.get(i).dtype() != dtype) {
                throw new IllegalArgumentException("all parameters must be of one dtype: "
                        + parameters.names().getFirst() + " is " + dtype + ", "
                        + parameters.names().get(i) + " is " + all.get(i).dtype());
            }
            offsets[i] = (int) end;
            end = roundUp(end + all.get(i).shape().size(), ALIGNMENT);
            if (end > Integer.MAX_VALUE - BLOCK) {
                throw new IllegalArgumentException(
                        "the model's " + parameters.count() + " parameters do not fit one array");
            }
        }
        this.blocks = (int) (roundUp(end, BLOCK) / BLOCK);
        this.values = buffer();
        this.moment1 = buffer();
        this.moment2 = buffer();
        this.blockSums = dtype.allocate(blocks);
        for (int i = 0; i < offsets.length; i++) {
            all.get(i).moveTo(values, offsets[i]);
        }
    }

    /// A zeroed array of the layout.
    Object buffer() {
        return dtype.allocate(blocks * BLOCK);
    }

    void zero(Object buffer) {
        switch (buffer) {
            case float[] x -> Kernels.f32().fill(x, 0, x.length, 0);
            case double[] x -> Kernels.f64().fill(x, 0, x.length, 0);
            default -> throw new AssertionError(buffer);
        }
    }

    DType dtype() {
        return dtype;
    }

    Parameters parameters() {
        return parameters;
    }

    /// The leaf tensors of the parameters.
    List<Tensor> leaves() {
        return parameters.all().stream().map(Parameter::value).toList();
    }

    /// The parts of `buffer` by the leaf tensor of their parameter.
    Map<Tensor, Tensor> byLeaf(Object buffer) {
        Map<Tensor, Tensor> views = new IdentityHashMap<>();
        List<Tensor> leaves = leaves();
        for (int i = 0; i < offsets.length; i++) {
            views.put(leaves.get(i), view(buffer, i));
        }
        return views;
    }

    SortedMap<String, Tensor> moment1() {
        return byName(moment1);
    }

    SortedMap<String, Tensor> moment2() {
        return byName(moment2);
    }

    /// Overwrites the moments; the maps have the names and shapes of [#moment1] and [#moment2].
    void setMoments(Map<String, Tensor> first, Map<String, Tensor> second) {
        List<String> names = parameters.names();
        for (int i = 0; i < offsets.length; i++) {
            first.get(names.get(i)).copyTo(moment1, offsets[i]);
            second.get(names.get(i)).copyTo(moment2, offsets[i]);
        }
    }

    /// ‖Σ gradients‖₂ over all parameters; NaN or infinite if a gradient is.
    double norm(Object[] gradients) {
        Chain chain = NORMS.computeIfAbsent(gradients.length, ParameterStore::normChain);
        Object[] arrays = Arrays.copyOf(gradients, gradients.length + 1);
        arrays[gradients.length] = blockSums;
        int[] strides = new int[arrays.length];
        Arrays.fill(strides, BLOCK);
        strides[gradients.length] = 1;
        double[] scalars = {};
        Parallel.range(blocks, GRAIN, (from, to) -> run(chain, from, to, arrays, strides, scalars));
        double sum = 0;
        for (int block = 0; block < blocks; block++) {
            sum += at(blockSums, block);
        }
        return Math.sqrt(sum);
    }

    /// Takes one step with the gradient `clip`·Σ `gradients`.
    void update(Object[] gradients, double clip, Optimizer.Update update) {
        int shards = gradients.length;
        Chain chain = update.adaptive()
                ? ADAPTIVE.computeIfAbsent(shards, n -> updateChain(n, true))
                : MOMENTUM.computeIfAbsent(shards, n -> updateChain(n, false));
        Object[] arrays = Arrays.copyOf(gradients, shards + 6);
        for (int i = shards; i < arrays.length; i += 3) {
            arrays[i] = values;
            arrays[i + 1] = moment1;
            arrays[i + 2] = moment2;
        }
        int[] strides = new int[arrays.length];
        Arrays.fill(strides, BLOCK);
        double[] scalars = scalars(clip, update);
        Parallel.range(blocks, GRAIN, (from, to) -> run(chain, from, to, arrays, strides, scalars));
    }

    /// The name of the first parameter with a value that is not finite, and which element; null if there is none.
    String nonFiniteValue() {
        return nonFinite("", new Object[] {values});
    }

    /// The name of the first parameter with a gradient that is not finite, and which element; null if there is none.
    String nonFiniteGradient(Object[] gradients) {
        return nonFinite("the gradient of ", gradients);
    }

    private String nonFinite(String what, Object[] summands) {
        List<Parameter> all = parameters.all();
        for (int i = 0; i < offsets.length; i++) {
            double[] sum = new double[all.get(i).shape().size()];
            for (Object summand : summands) {
                for (int j = 0; j < sum.length; j++) {
                    sum[j] += at(summand, offsets[i] + j);
                }
            }
            int position = Kernels.f64().firstNonFinite(sum, 0, sum.length);
            if (position >= 0) {
                return what + parameters.names().get(i) + " " + all.get(i).shape() + " is " + sum[position]
                        + " at element " + position;
            }
        }
        return null;
    }

    private void run(Chain chain, int from, int to, Object[] arrays, int[] strides, double[] scalars) {
        int[] starts = new int[strides.length];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = from * strides[i];
        }
        chain.run(dtype.precision(), to - from, BLOCK, arrays, starts, strides, scalars);
    }

    private static Chain normChain(int shards) {
        return Chain.define(
                "squared norm of " + shards + " shards",
                c -> c.outRow(sum(c, shards).square().sumRow()));
    }

    /// The formula of [Optimizer].
    private static Chain updateChain(int shards, boolean adaptive) {
        return Chain.define((adaptive ? "adaptive" : "momentum") + " step of " + shards + " shards", c -> {
            Expr sum = sum(c, shards);
            Expr p = c.in();
            Expr m = c.in();
            Expr v = c.in();
            Expr clip = c.scalar();
            Expr l2 = c.scalar();
            Expr decay = c.scalar();
            Expr g = sum.mul(clip).add(p.mul(l2));
            Expr m1 = m.mul(c.scalar()).add(g.mul(c.scalar()));
            Expr v1 = v.mul(c.scalar()).add(g.square().mul(c.scalar()));
            Expr step = m1.mul(c.scalar());
            Expr root = c.scalar();
            Expr epsilon = c.scalar();
            c.out(p.mul(decay).sub(adaptive ? step.div(v1.sqrt().mul(root).add(epsilon)) : step));
            c.out(m1);
            c.out(v1);
        });
    }

    private static double[] scalars(double clip, Optimizer.Update u) {
        return new double[] {
            clip, u.l2(), u.decay(), u.beta1(), 1 - u.beta1(), u.beta2(), 1 - u.beta2(), u.rate(), u.root(), u.epsilon()
        };
    }

    /// The next `shards` inputs, summed in a balanced tree.
    private static Expr sum(Chain.Builder c, int shards) {
        if (shards == 1) {
            return c.in();
        }
        Expr left = sum(c, shards / 2);
        return left.add(sum(c, shards - shards / 2));
    }

    private SortedMap<String, Tensor> byName(Object buffer) {
        SortedMap<String, Tensor> views = new TreeMap<>();
        List<String> names = parameters.names();
        for (int i = 0; i < offsets.length; i++) {
            views.put(names.get(i), view(buffer, i));
        }
        return views;
    }

    private Tensor view(Object buffer, int i) {
        return Tensor.wrap(buffer, offsets[i], parameters.all().get(i).shape());
    }

    private static double at(Object array, int i) {
        return switch (array) {
            case float[] x -> x[i];
            case double[] x -> x[i];
            default -> throw new AssertionError(array);
        };
    }

    private static long roundUp(long n, int multiple) {
        return (n + multiple - 1) / multiple * multiple;
    }
}
