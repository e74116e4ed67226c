package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import adjoint.linalg.internal.Graph.Reduction;
import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.Value;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Generates one sweep of a chain over a row. With vectors that is three static methods:
///
/// ```
/// for j in steps of unroll·lanes, then of lanes:   the body on whole vectors
/// ```
///
/// the body once more, for the columns that are left; and the reduction of the lanes of each total. A sum has one
/// accumulator per vector of the unrolled body;
/// accumulators, then lanes, are added pairwise. So its order depends on the number of columns only. Without vectors
/// the body is one element, and sums are in `double`.
///
/// The scratch array holds a vector for each reduction of the sweep, whose first element is the result in the end;
/// behind those a vector for each array argument, for its last columns; and then a row for each value that is kept for
/// a later sweep.
final class SweepEmitter {
    /// The bytes of the longest method that C2 inlines where calls are frequent, `-XX:FreqInlineSize`.
    private static final int INLINED = 325;

    private final Graph graph;
    private final Sweeps sweeps;
    private final int index;
    private final ElementType type;
    private final int lanes;
    private final ClassDesc self;
    private final boolean last;
    private final List<Integer> arrays;
    private final List<Integer> draws;
    private final List<Integer> rowValues;
    private final List<Integer> constants;

    SweepEmitter(Graph graph, Sweeps sweeps, int index, ElementType type, int lanes, ClassDesc self) {
        this.graph = graph;
        this.sweeps = sweeps;
        this.index = index;
        this.type = type;
        this.lanes = lanes;
        this.self = self;
        this.last = index == sweeps.count() - 1;
        TreeSet<Integer> usedArrays = new TreeSet<>();
        TreeSet<Integer> usedDraws = new TreeSet<>();
        TreeSet<Integer> usedRowValues = new TreeSet<>();
        sweeps.computed(index).stream().forEach(v -> {
            switch (graph.value(v)) {
                case Value.Element e -> usedArrays.add(e.array());
                case Value.Uniform u -> usedDraws.add(u.index());
                case Value other -> addRowValues(Graph.operands(other), usedRowValues);
            }
        });
        for (int v : sweeps.reductions(index)) {
            addRowValues(Graph.operands(graph.value(v)), usedRowValues);
        }
        for (Store store : stores()) {
            usedArrays.add(store.array());
            addRowValues(new int[] {store.value()}, usedRowValues);
        }
        this.arrays = List.copyOf(usedArrays);
        this.draws = List.copyOf(usedDraws);
        this.rowValues = usedRowValues.stream().filter(v -> !isConstant(v)).toList();
        this.constants = usedRowValues.stream().filter(this::isConstant).toList();
    }

    private void addRowValues(int[] operands, TreeSet<Integer> rowValues) {
        for (int v : operands) {
            if (graph.rowInvariant(v)) {
                rowValues.add(v);
            }
        }
    }

    /// The arrays that the sweep reads or writes: for each, the method takes the array and where its row starts.
    List<Integer> arrays() {
        return arrays;
    }

    /// The draws that the sweep makes: for each, the method takes counter, first and second key word.
    List<Integer> draws() {
        return draws;
    }

    /// The values, the same for all columns but not constant, that the sweep uses: the method takes each.
    List<Integer> rowValues() {
        return rowValues;
    }

    String name() {
        return "sweep" + index;
    }

    MethodTypeDesc signature() {
        List<ClassDesc> parameters = new ArrayList<>(List.of(CD_int, type.array));
        for (int i = 0; i < arrays.size(); i++) {
            parameters.add(type.array);
            parameters.add(CD_int);
        }
        for (int i = 0; i < 3 * draws.size(); i++) {
            parameters.add(CD_int);
        }
        for (int v : rowValues) {
            parameters.add(isCondition(v) ? CD_int : type.element);
        }
        return MethodTypeDesc.of(CD_void, parameters);
    }

    void addTo(ClassBuilder builder) {
        if (lanes == 1) {
            builder.withMethodBody(name(), signature(), ClassFile.ACC_STATIC, code -> new Method(code).elements());
        } else {
            builder.withMethodBody(name(), signature(), ClassFile.ACC_STATIC, code -> {
                new Method(code).vectors();
                keepApart(code);
            });
            builder.withMethodBody(tailName(), signature(), ClassFile.ACC_STATIC, code -> {
                new Method(code).tail();
                keepApart(code);
            });
            if (!sweeps.reductions(index).isEmpty()) {
                builder.withMethodBody(totalsName(), totalsSignature(type), ClassFile.ACC_STATIC, this::totals);
            }
        }
    }

    /// Reduces each vector of totals to its first lane. A sum adds halves until one lane is left: `reduceLanes(ADD)`
    /// may take another order in the interpreter than in compiled code.
    private void totals(CodeBuilder code) {
        Emitter emit = new Emitter(code, type);
        Operations operations = new VectorOperations(emit);
        int scratch = code.parameterSlot(0);
        int at = emit.newInt();
        for (int i = 0; i < sweeps.reductions(index).size(); i++) {
            Reduction op = ((Value.Reduce) graph.value(sweeps.reductions(index).get(i))).op();
            code.loadConstant(i * lanes).istore(at);
            emit.load(scratch, at, 0);
            int total = operations.keep();
            if (op == Reduction.MAX || op == Reduction.MIN) {
                code.aload(scratch).iload(at).aload(total);
                emit.reduceLanes(op.name());
                code.arrayStore(type.kind);
            } else {
                for (int half = lanes / 2; half > 0; half /= 2) {
                    code.aload(total);
                    emit.rotate(half);
                    operations.binary(op.operation(), total, operations.keep());
                    operations.pop(total);
                }
                code.aload(total);
                emit.store(scratch, at, 0);
            }
        }
        code.return_();
    }

    /// Makes a method longer than what C2 inlines into a hot caller, by code that is never reached. Inlined into the
    /// loop over rows, it would be compiled again with that, together with others up to the compiler's limits, where
    /// the vector API is not inlined any more.
    private static void keepApart(CodeBuilder code) {
        for (int i = 0; i < INLINED; i++) {
            code.nop();
        }
        code.return_();
    }

    /// The method for the columns behind the last whole vector.
    String tailName() {
        return name() + "tail";
    }

    /// The method that reduces the lanes of the totals.
    String totalsName() {
        return name() + "totals";
    }

    static MethodTypeDesc totalsSignature(ElementType type) {
        return MethodTypeDesc.of(CD_void, type.array);
    }

    private List<Store> stores() {
        return last ? sweeps.elementStores() : List.of();
    }

    private boolean isConstant(int v) {
        return graph.value(v) instanceof Value.Constant;
    }

    private boolean isCondition(int v) {
        return graph.value(v) instanceof Value.Compare;
    }

    /// Where the scratch array has room for a vector of an array argument; behind those of all arguments the kept rows.
    private int tailSlot(int array) {
        return (sweeps.slots() + array) * lanes;
    }

    /// The columns behind the last whole vector.
    ///
    /// @param mask the local of a mask that is set for them
    /// @param length the local of their number
    private record Tail(int mask, int length) {}

    /// One method of the sweep, with its parameters in locals.
    private final class Method {
        private final CodeBuilder code;
        private final Emitter emit;
        private final Operations operations;
        private final int cols;
        private final int scratch;
        private final Map<Integer, Integer> array = new HashMap<>();
        private final Map<Integer, Integer> base = new HashMap<>();
        private final Map<Integer, int[]> draw = new HashMap<>();
        /// Row values in the form in which operations take them.
        private final Map<Integer, Integer> rowValue = new HashMap<>();
        /// Where the scratch row of each kept value starts.
        private final Map<Integer, Integer> keptRow = new HashMap<>();
        private final int j;

        Method(CodeBuilder code) {
            this.code = code;
            this.emit = new Emitter(code, type);
            this.operations = lanes == 1 ? new ScalarOperations(code, type) : new VectorOperations(emit);
            cols = code.parameterSlot(0);
            scratch = code.parameterSlot(1);
            int parameter = 2;
            for (int k : arrays) {
                array.put(k, code.parameterSlot(parameter++));
                base.put(k, code.parameterSlot(parameter++));
            }
            for (int first : draws) {
                int counter = code.parameterSlot(parameter++);
                int key0 = code.parameterSlot(parameter++);
                draw.put(first, new int[] {counter, key0, code.parameterSlot(parameter++)});
            }
            for (int v : rowValues) {
                openRowValue(v, code.parameterSlot(parameter++));
            }
            constants.forEach(this::openConstant);
            openKeptRows();
            j = emit.newInt();
            code.loadConstant(0).istore(j);
        }

        private void openRowValue(int v, int parameter) {
            if (lanes == 1) {
                rowValue.put(v, parameter);
            } else if (isCondition(v)) {
                emit.species();
                code.iload(parameter);
                code.invokeinterface(Emitter.SPECIES, "maskAll", MethodTypeDesc.of(Emitter.MASK, CD_boolean));
                rowValue.put(v, operations.keepCondition());
            } else {
                emit.species();
                code.loadLocal(type.kind, parameter);
                rowValue.put(v, broadcast());
            }
        }

        private void openConstant(int v) {
            double value = ((Value.Constant) graph.value(v)).value();
            if (lanes == 1) {
                emit.constant(value);
                rowValue.put(v, operations.keep());
            } else {
                emit.species();
                emit.constant(value);
                rowValue.put(v, broadcast());
            }
        }

        /// Pops species and element; a local with the vector.
        private int broadcast() {
            emit.broadcast();
            int local = operations.keep();
            makeExact(local);
            return local;
        }

        private void makeExact(int local) {
            emit.exact(local);
            operations.pop(local);
        }

        /// Scratch rows are whole vectors long, so that they need no mask.
        private void openKeptRows() {
            for (int i = 0; i < sweeps.kept().size(); i++) {
                int row = emit.newInt();
                code.iload(cols)
                        .loadConstant(lanes - 1)
                        .iadd()
                        .loadConstant(-lanes)
                        .iand();
                code.loadConstant(i)
                        .imul()
                        .loadConstant(tailSlot(graph.arrays()))
                        .iadd()
                        .istore(row);
                keptRow.put(sweeps.kept().get(i), row);
            }
        }

        // ---- without vectors

        void elements() {
            List<Integer> reductions = sweeps.reductions(index);
            int[] total = new int[reductions.size()];
            for (int i = 0; i < total.length; i++) {
                if (isSum(reductions.get(i))) {
                    total[i] = code.allocateLocal(TypeKind.DOUBLE);
                    code.dconst_0().dstore(total[i]);
                } else {
                    total[i] = emit.newElement();
                    emit.constant(reduction(reductions.get(i)).neutral());
                    code.storeLocal(type.kind, total[i]);
                }
            }
            emit.loop(j, cols, 1, () -> {
                Map<Integer, Integer> locals = body(0, null);
                for (int i = 0; i < total.length; i++) {
                    addElement(reductions.get(i), locals, total[i]);
                }
                writeStores(locals, 0, null);
            });
            for (int i = 0; i < total.length; i++) {
                code.aload(scratch).loadConstant(i);
                if (isSum(reductions.get(i))) {
                    code.dload(total[i]);
                    if (type == ElementType.F32) {
                        code.d2f();
                    }
                } else {
                    code.loadLocal(type.kind, total[i]);
                }
                code.arrayStore(type.kind);
            }
            code.return_();
        }

        private void addElement(int reduction, Map<Integer, Integer> locals, int total) {
            int x = locals.get(((Value.Reduce) graph.value(reduction)).x());
            if (isSum(reduction)) {
                code.dload(total).loadLocal(type.kind, x);
                if (type == ElementType.F32) {
                    code.f2d();
                }
                code.dadd().dstore(total);
            } else {
                operations.binary(reduction(reduction).operation(), total, x);
                operations.pop(total);
            }
        }

        // ---- with vectors

        void vectors() {
            int unroll = sweeps.unroll(index);
            List<Integer> reductions = sweeps.reductions(index);
            int[][] total = new int[reductions.size()][unroll];
            for (int i = 0; i < total.length; i++) {
                for (int u = 0; u < unroll; u++) {
                    neutral(reductions.get(i));
                    total[i][u] = operations.keep();
                }
            }
            int vectorEnd = emit.newInt();
            code.iload(cols).loadConstant(-lanes).iand().istore(vectorEnd);
            if (unroll > 1) {
                int mainEnd = emit.newInt();
                code.iload(cols).loadConstant(-lanes * unroll).iand().istore(mainEnd);
                emit.loop(j, mainEnd, lanes * unroll, () -> {
                    for (int u = 0; u < unroll; u++) {
                        step(u, total);
                    }
                });
            }
            emit.loop(j, vectorEnd, lanes, () -> step(0, total));
            finish(total);
        }

        private void step(int u, int[][] total) {
            Map<Integer, Integer> locals = body(u * lanes, null);
            for (int i = 0; i < total.length; i++) {
                Value.Reduce reduce =
                        (Value.Reduce) graph.value(sweeps.reductions(index).get(i));
                combine(reduce.op(), total[i][u], locals.get(reduce.x()));
            }
            writeStores(locals, u * lanes, null);
        }

        /// Leaves the totals in the scratch array, one vector each.
        private void finish(int[][] total) {
            for (int i = 0; i < total.length; i++) {
                Reduction op =
                        ((Value.Reduce) graph.value(sweeps.reductions(index).get(i))).op();
                for (int half = total[i].length / 2; half > 0; half /= 2) {
                    for (int u = 0; u < half; u++) {
                        combine(op, total[i][u], total[i][u + half]);
                    }
                }
                storeTotal(i, total[i][0]);
            }
            code.return_();
        }

        void tail() {
            code.iload(cols).loadConstant(-lanes).iand().istore(j);
            Tail tail = new Tail(emit.newReference(), emit.newInt());
            emit.maskBelow(tail.mask, j, cols);
            code.iload(cols).iload(j).isub().istore(tail.length);
            Map<Integer, Integer> locals = body(0, tail);
            int slot = emit.newInt();
            for (int i = 0; i < sweeps.reductions(index).size(); i++) {
                int reduction = sweeps.reductions(index).get(i);
                Value.Reduce reduce = (Value.Reduce) graph.value(reduction);
                neutral(reduction);
                code.aload(locals.get(reduce.x())).aload(tail.mask);
                emit.blend();
                int x = operations.keep();
                code.loadConstant(i * lanes).istore(slot);
                emit.load(scratch, slot, 0);
                int total = operations.keep();
                combine(reduce.op(), total, x);
                storeTotal(i, total);
            }
            writeStores(locals, 0, tail);
            code.return_();
        }

        /// Pushes what a reduction starts from.
        private void neutral(int reduction) {
            emit.species();
            emit.constant(reduction(reduction).neutral());
            emit.broadcast();
        }

        private void combine(Reduction op, int total, int x) {
            makeExact(total);
            operations.binary(op.operation(), total, x);
            operations.pop(total);
        }

        private void storeTotal(int slot, int total) {
            int at = emit.newInt();
            code.loadConstant(slot * lanes).istore(at).aload(total);
            emit.store(scratch, at, 0);
        }

        // ---- the body, for an element or a vector

        /// The values of column `j + offset` and, with vectors, the columns behind it; `tail` is null but for the last
        /// ones.
        private Map<Integer, Integer> body(int offset, Tail tail) {
            Map<Integer, Integer> locals = new HashMap<>(rowValue);
            sweeps.reloaded(index).stream().forEach(v -> {
                int at = at(keptRow.get(v));
                load(scratch, at, offset);
                locals.put(v, operations.keep());
            });
            sweeps.computed(index).stream().forEach(v -> {
                Value value = graph.value(v);
                switch (value) {
                    case Value.Element e -> loadElement(e.array(), at(base.get(e.array())), offset, tail);
                    case Value.Uniform u -> draw(draw.get(u.index()), offset);
                    case Value.Column _ -> column(offset);
                    default -> operations.compute(value, locals);
                }
                locals.put(v, isCondition(v) ? operations.keepCondition() : operations.keep());
                if (keptRow.containsKey(v)) {
                    int at = at(keptRow.get(v));
                    operations.push(locals.get(v));
                    store(scratch, at, offset);
                }
            });
            return locals;
        }

        private void writeStores(Map<Integer, Integer> locals, int offset, Tail tail) {
            for (Store store : stores()) {
                int at = at(base.get(store.array()));
                int value = locals.get(store.value());
                if (store instanceof Store.Accumulate) {
                    loadElement(store.array(), at, offset, tail);
                    int old = operations.keep();
                    operations.binary(Graph.BinaryOp.ADD, old, value);
                } else {
                    operations.push(value);
                }
                if (tail == null) {
                    store(array.get(store.array()), at, offset);
                } else {
                    storeTail(store.array(), at, tail);
                }
            }
        }

        /// A local with `start + j`.
        private int at(int start) {
            int at = emit.newInt();
            code.iload(start).iload(j).iadd().istore(at);
            return at;
        }

        private void draw(int[] counterAndKeys, int offset) {
            int counter = emit.newInt();
            code.iload(counterAndKeys[0]);
            emit.sum(j, offset);
            code.iadd().istore(counter);
            operations.uniform(counter, counterAndKeys[1], counterAndKeys[2]);
        }

        /// Pushes the numbers of the columns.
        private void column(int offset) {
            if (lanes > 1) {
                emit.species();
            }
            emit.sum(j, offset);
            code.conversion(TypeKind.INT, type.kind);
            if (lanes > 1) {
                int first = broadcast();
                code.aload(first)
                        .iconst_1()
                        .invokevirtual(type.vector, "addIndex", MethodTypeDesc.of(type.vector, CD_int));
            }
        }

        private void loadElement(int k, int at, int offset, Tail tail) {
            if (tail == null) {
                load(array.get(k), at, offset);
            } else {
                loadTail(k, at, tail);
            }
        }

        private void load(int from, int at, int offset) {
            if (lanes == 1) {
                code.aload(from).iload(at).arrayLoad(type.kind);
            } else {
                emit.load(from, at, offset);
            }
        }

        /// Pops a value.
        private void store(int to, int at, int offset) {
            if (lanes == 1) {
                int value = operations.keep();
                code.aload(to).iload(at).loadLocal(type.kind, value).arrayStore(type.kind);
            } else {
                emit.store(to, at, offset);
            }
        }

        // ---- the columns that are left
        //
        // A whole vector is read, whatever lies behind the row. Where the array ends before it, the elements that are
        // there are copied to scratch room first: the vector API's own way of reading beyond an end with a mask is
        // slow, and takes memory.

        private void loadTail(int k, int at, Tail tail) {
            int from = emit.newReference();
            int start = emit.newInt();
            code.aload(array.get(k)).astore(from).iload(at).istore(start);
            Label inside = code.newLabel();
            ifVectorFits(k, at, inside);
            code.aload(from).iload(at).aload(scratch).loadConstant(tailSlot(k)).iload(tail.length);
            arraycopy();
            code.aload(scratch).astore(from).loadConstant(tailSlot(k)).istore(start);
            code.labelBinding(inside);
            emit.load(from, start, 0);
        }

        /// Pops a vector, of which the elements of the tail are stored.
        private void storeTail(int k, int at, Tail tail) {
            int value = operations.keep();
            Label inside = code.newLabel();
            Label end = code.newLabel();
            ifVectorFits(k, at, inside);
            int slot = emit.newInt();
            code.loadConstant(tailSlot(k)).istore(slot).aload(value);
            emit.store(scratch, slot, 0);
            code.aload(scratch).iload(slot).aload(array.get(k)).iload(at).iload(tail.length);
            arraycopy();
            code.goto_(end).labelBinding(inside).aload(value);
            emit.storeMasked(array.get(k), at, 0, tail.mask);
            code.labelBinding(end);
        }

        /// Jumps if a whole vector from `at` on lies inside the array.
        private void ifVectorFits(int k, int at, Label target) {
            code.aload(array.get(k))
                    .arraylength()
                    .loadConstant(lanes)
                    .isub()
                    .iload(at)
                    .if_icmpge(target);
        }

        private void arraycopy() {
            code.invokestatic(
                    ClassDesc.of("java.lang.System"),
                    "arraycopy",
                    MethodTypeDesc.of(CD_void, CD_Object, CD_int, CD_Object, CD_int, CD_int));
        }

        private boolean isSum(int reduction) {
            return reduction(reduction) == Reduction.SUM;
        }

        private Reduction reduction(int position) {
            return ((Value.Reduce) graph.value(position)).op();
        }
    }
}
