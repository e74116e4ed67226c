package adjoint.nn.optim;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Chain;
import adjoint.linalg.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/// All parameters of a model in one flat array, gradients in arrays of the same layout, and what the optimisers of the
/// groups remember.
///
/// ```
/// FlatParameters flat = new FlatParameters(DType.F32, names, shapes, ParameterGroup.all(new AdamW(1e-3)), clipping,
/// 1);
/// Object gradient = flat.buffer();                       // filled by way of flat.view(gradient, i)
/// flat.step(new Object[] {gradient}, 1, flat.norm(new Object[] {gradient}), 1, schedule.at(0));
/// ```
///
/// One step reads memory twice: once for the norm of the gradient, once for clipping and the optimiser together. A
/// gradient may be the sum of several arrays, that of the shards of a batch; the sum is taken inside both passes and
/// never written. Arrays are worked on in blocks; a block's result depends on the block alone, and norms add up the
/// blocks in their order, so the number of threads does not show in any bit. A group's parameters lie together, from a
/// block of their own on. Padding holds zeros, and stays zero.
public final class FlatParameters {
    /// Elements from which each parameter starts at a multiple: a cache line of floats.
    private static final int ALIGNMENT = 16;

    private static final int BLOCK = BlockPass.BLOCK;

    private static final Map<Integer, Chain> NORMS = new ConcurrentHashMap<>();

    private final DType dtype;
    private final List<String> names;
    private final List<Shape> shapes;
    private final int[] offsets;
    private final int blocks;
    private final Object values;
    private final Object blockSums;
    private final BlockPass norm;
    private final Clipping clipping;
    private final AdaptiveClip adaptive;
    private final List<GroupStep> steps = new ArrayList<>();

    /// Zeros, and optimisers before their first step.
    ///
    /// @param summands of how many arrays a gradient is the sum
    /// @throws IllegalArgumentException if there are no parameters or too many for one array, a parameter belongs to
    ///     no group, a group has no parameter, or an optimiser cannot take one
    public FlatParameters(
            DType dtype,
            List<String> names,
            List<Shape> shapes,
            List<ParameterGroup> groups,
            Clipping clipping,
            int summands) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("the model has no parameters");
        }
        this.dtype = dtype;
        this.names = List.copyOf(names);
        this.shapes = List.copyOf(shapes);
        this.clipping = clipping;
        this.offsets = new int[names.size()];
        List<List<Integer>> members = membership(groups);
        int[] ends = place(groups, members);
        this.blocks = ends[groups.size() - 1] / BLOCK;
        this.values = buffer();
        this.blockSums = dtype.allocate(blocks);
        this.norm = norm(summands);
        this.adaptive = clipping instanceof Clipping.Adaptive settings
                ? new AdaptiveClip(
                        settings,
                        dtype.precision(),
                        members(members.stream().flatMap(List::stream).toList()),
                        values,
                        buffer(),
                        summands)
                : null;
        int start = 0;
        for (int g = 0; g < groups.size(); g++) {
            Slice slice = new Slice(
                    dtype,
                    values,
                    start,
                    (ends[g] - start) / BLOCK,
                    adaptive == null ? summands : 1,
                    members(members.get(g)));
            steps.add(GroupStep.of(groups.get(g).optimizer(), slice));
            start = ends[g];
        }
    }

    /// The parameters of each group.
    private List<List<Integer>> membership(List<ParameterGroup> groups) {
        List<List<Integer>> members = new ArrayList<>();
        groups.forEach(_ -> members.add(new ArrayList<>()));
        Set<String> homeless = new LinkedHashSet<>();
        for (int i = 0; i < names.size(); i++) {
            int g = 0;
            while (g < groups.size() && !groups.get(g).members().test(names.get(i))) {
                g++;
            }
            if (g < groups.size()) {
                members.get(g).add(i);
            } else {
                homeless.add(names.get(i));
            }
        }
        if (!homeless.isEmpty()) {
            throw new IllegalArgumentException("no parameter group takes " + String.join(", ", homeless));
        }
        for (int g = 0; g < groups.size(); g++) {
            if (members.get(g).isEmpty()) {
                throw new IllegalArgumentException(
                        "the parameter group \"" + groups.get(g).name()
                                + "\" takes no parameter that an earlier one leaves; there are " + names);
            }
        }
        return members;
    }

    /// Gives each parameter its place.
    ///
    /// @return where the groups end
    private int[] place(List<ParameterGroup> groups, List<List<Integer>> members) {
        int[] ends = new int[groups.size()];
        long end = 0;
        for (int g = 0; g < ends.length; g++) {
            int alignment = groups.get(g).optimizer() instanceof Lamb ? BLOCK : ALIGNMENT;
            for (int i : members.get(g)) {
                offsets[i] = (int) end;
                end = checked(roundUp(end + shapes.get(i).size(), alignment));
            }
            end = checked(roundUp(end, BLOCK));
            ends[g] = (int) end;
        }
        return ends;
    }

    private long checked(long end) {
        if (end > Integer.MAX_VALUE - BLOCK) {
            long count = shapes.stream().mapToLong(Shape::size).sum();
            throw new IllegalArgumentException("the model's " + count + " parameters do not fit one array");
        }
        return end;
    }

    private List<Slice.Member> members(List<Integer> indices) {
        return indices.stream()
                .map(i -> new Slice.Member(names.get(i), shapes.get(i), offsets[i]))
                .toList();
    }

    private BlockPass norm(int summands) {
        Chain chain = NORMS.computeIfAbsent(
                summands,
                n -> Chain.define(
                        "squared norm of " + n + " gradients",
                        c -> c.outRow(StepRule.sum(c, n).square().sumRow())));
        List<BlockPass.Operand> operands = new ArrayList<>();
        for (int i = 0; i < summands; i++) {
            operands.add(new BlockPass.Operand(null, 0, BLOCK));
        }
        operands.add(BlockPass.Operand.perBlock(blockSums));
        return new BlockPass(dtype.precision(), chain, blocks, 0, operands);
    }

    public DType dtype() {
        return dtype;
    }

    int blocks() {
        return blocks;
    }

    /// The number of elements of a flat array, padding included.
    public int length() {
        return blocks * BLOCK;
    }

    /// The flat array of the parameters.
    public Object values() {
        return values;
    }

    /// Where parameter `i`, in the order of the names, begins in a flat array.
    public int offset(int i) {
        return offsets[i];
    }

    /// A zeroed array of the layout.
    public Object buffer() {
        return dtype.allocate(length());
    }

    /// Overwrites a buffer with zeros.
    public void zero(Object buffer) {
        FlatArrays.fill(buffer, 0);
    }

    /// The place of parameter `i` in `buffer`.
    public Tensor view(Object buffer, int i) {
        return Tensor.wrap(buffer, offsets[i], shapes.get(i));
    }

    /// The parts of `buffer` by name.
    public SortedMap<String, Tensor> byName(Object buffer) {
        SortedMap<String, Tensor> views = new TreeMap<>();
        for (int i = 0; i < offsets.length; i++) {
            views.put(names.get(i), view(buffer, i));
        }
        return views;
    }

    /// ‖Σ gradients‖₂ over all parameters; NaN or infinite if a gradient is.
    public double norm(Object[] gradients) {
        norm.run(gradients);
        return Math.sqrt(FlatArrays.sum(blockSums, 0, blocks));
    }

    /// Takes a step along the gradient `scale`·Σ `gradients`, clipped.
    ///
    /// @param norm that of the gradient
    /// @param step counted from 1
    /// @param factor what learning rates are multiplied with
    public void step(Object[] gradients, double scale, double norm, long step, double factor) {
        Object[] summands = gradients;
        double left = scale * clipping.scale(norm);
        if (adaptive != null) {
            adaptive.run(gradients, left);
            summands = adaptive.clipped;
            left = 1;
        }
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).step(summands, left, clipping.limit(), step, factor);
        }
    }

    /// What the optimisers remember, as `exp_avg/layers.0.weight`. Not a copy.
    public SortedMap<String, Tensor> state() {
        SortedMap<String, Tensor> state = new TreeMap<>();
        for (GroupStep group : steps) {
            for (int s = 0; s < group.states.length; s++) {
                for (Slice.Member member : group.slice.members()) {
                    int offset = member.offset() - group.slice.first();
                    state.put(
                            group.stateNames.get(s) + "/" + member.name(),
                            Tensor.wrap(group.states[s], offset, member.shape()));
                }
            }
        }
        return state;
    }

    /// Overwrites what the optimisers remember. Nothing is changed if anything does not fit.
    ///
    /// @throws IllegalArgumentException naming all that is missing, surplus, or of another shape or dtype
    public void restore(Map<String, Tensor> state) {
        SortedMap<String, Tensor> own = state();
        Set<String> faults = new TreeSet<>();
        own.forEach((name, tensor) -> {
            Tensor other = state.get(name);
            if (other == null || other.dtype() != dtype || !other.shape().equals(tensor.shape())) {
                faults.add(name + " must be " + dtype + " " + tensor.shape() + ", it is "
                        + (other == null ? "missing" : other.dtype() + " " + other.shape()));
            }
        });
        state.keySet().stream()
                .filter(name -> !own.containsKey(name))
                .forEach(name -> faults.add(name + " is surplus"));
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("the optimiser's state does not fit: " + String.join("; ", faults));
        }
        for (GroupStep group : steps) {
            for (int s = 0; s < group.states.length; s++) {
                for (Slice.Member member : group.slice.members()) {
                    state.get(group.stateNames.get(s) + "/" + member.name())
                            .copyTo(group.states[s], member.offset() - group.slice.first());
                }
            }
        }
    }

    /// The first parameter for which the sum of `arrays` is not finite, with the element; null if there is none.
    public String nonFinite(Object... arrays) {
        for (int i = 0; i < offsets.length; i++) {
            double[] sum = new double[shapes.get(i).size()];
            for (Object summand : arrays) {
                for (int j = 0; j < sum.length; j++) {
                    sum[j] += FlatArrays.at(summand, offsets[i] + j);
                }
            }
            int position = Kernels.f64().firstNonFinite(sum, 0, sum.length);
            if (position >= 0) {
                return names.get(i) + " " + shapes.get(i) + " is " + sum[position] + " at element " + position;
            }
        }
        return null;
    }

    private static long roundUp(long n, int multiple) {
        return (n + multiple - 1) / multiple * multiple;
    }
}
