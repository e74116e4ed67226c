package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import adjoint.linalg.CounterHash;
import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.Value;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.Map;

/// Generates the class of a chain in one precision. Its method `run` is
///
/// ```
/// values of scalars and constants, in double
/// for each row:
///     for each sweep s:
///         values of the row that sweep s needs, reductions of the sweep before among them
///         sweep_s(cols, scratch, arrays, bases, values)
///         if columns are left: sweep_s_tail(cols, scratch, arrays, bases, values)
///         if it reduces: sweep_s_totals(scratch)
///     values of the row that come after the last sweep, and the per-row results
/// ```
///
/// and each sweep is three static methods, as [SweepEmitter] writes them, so that none grows beyond what the JIT
/// compiler takes, and none depends on whether calls of the other came before it was compiled.
///
/// **No vector crosses a call.** C2 keeps a vector in a register only as long as it sees all that happens to it. One
/// that is handed to a call which is not inlined, or is alive across one, is an object from then on; and whether a
/// call is inlined hangs on the profile, so on what this JVM happened to run first. So the methods of a sweep call
/// nothing but the vector API, which is always inlined, and hand their totals over in the scratch array.
final class ChainEmitter {
    private final Graph graph;
    private final Sweeps sweeps;
    private final ElementType type;
    private final int lanes;
    private final ClassDesc self;

    private ChainEmitter(Graph graph, Sweeps sweeps, ElementType type, int lanes, ClassDesc self) {
        this.graph = graph;
        this.sweeps = sweeps;
        this.type = type;
        this.lanes = lanes;
        this.self = self;
    }

    /// The code of a chain; `lanes` is the number of elements of a vector, 1 for code without vectors.
    static RowCode compile(String name, Graph graph, Sweeps sweeps, ElementType type, int lanes) {
        String className = "Chain" + type.prefix + "_" + name.replaceAll("\\W", "_");
        return HiddenClass.instance(className, RowCode.class, (builder, self) -> {
            ChainEmitter emitter = new ChainEmitter(graph, sweeps, type, lanes, self);
            for (int s = 0; s < sweeps.count(); s++) {
                emitter.sweep(s).addTo(builder);
            }
            emitter.addRun(builder);
        });
    }

    private SweepEmitter sweep(int index) {
        return new SweepEmitter(graph, sweeps, index, type, lanes, self);
    }

    private void addRun(ClassBuilder builder) {
        MethodTypeDesc signature = MethodTypeDesc.of(
                CD_void,
                CD_int,
                CD_int,
                CD_Object.arrayType(),
                CD_int.arrayType(),
                CD_int.arrayType(),
                CD_double.arrayType(),
                CD_Object);
        builder.withMethodBody("run", signature, ClassFile.ACC_PUBLIC, code -> new Run(code).emit());
    }

    /// The method `run`.
    private final class Run {
        private final CodeBuilder code;
        private final Emitter emit;
        private final int rows;
        private final int cols;
        private final int scalars;
        private final int scratch;
        /// The columns that whole vectors cover.
        private final int whole;
        private final int[] array = new int[graph.arrays()];
        private final int[] base = new int[graph.arrays()];
        private final int[] stride = new int[graph.arrays()];
        /// Locals of values that are the same for all columns, by position.
        private final Map<Integer, Integer> rowValue = new HashMap<>();
        /// The three int locals of each draw, by the position of its first scalar: counter, both key words.
        private final Map<Integer, int[]> draw = new HashMap<>();

        Run(CodeBuilder code) {
            this.code = code;
            this.emit = new Emitter(code, type);
            rows = code.parameterSlot(0);
            cols = code.parameterSlot(1);
            scalars = code.parameterSlot(5);
            scratch = code.parameterSlot(6);
            whole = emit.newInt();
        }

        void emit() {
            code.aload(scratch).checkcast(type.array).astore(scratch);
            code.iload(cols).loadConstant(-lanes).iand().istore(whole);
            for (int k = 0; k < array.length; k++) {
                openArray(k);
            }
            for (int first : graph.uniforms()) {
                openDraw(first);
            }
            callValues();
            int r = emit.newInt();
            code.loadConstant(0).istore(r);
            emit.loop(r, rows, 1, this::row);
            code.return_();
        }

        private void openArray(int k) {
            array[k] = emit.newReference();
            base[k] = emit.newInt();
            stride[k] = emit.newInt();
            code.aload(code.parameterSlot(2))
                    .loadConstant(k)
                    .aaload()
                    .checkcast(type.array)
                    .astore(array[k]);
            code.aload(code.parameterSlot(3)).loadConstant(k).iaload().istore(base[k]);
            code.aload(code.parameterSlot(4)).loadConstant(k).iaload().istore(stride[k]);
        }

        /// The counter's high word, which is the same for all draws of a run, goes into the second key word.
        private void openDraw(int first) {
            int counter = emit.newInt();
            int key0 = emit.newInt();
            int key1 = emit.newInt();
            scalar(first + 2);
            code.d2l().l2i().istore(counter);
            scalar(first);
            code.d2i().istore(key0);
            scalar(first + 1);
            code.d2i();
            scalar(first + 2);
            code.d2l()
                    .loadConstant(32)
                    .lushr()
                    .l2i()
                    .loadConstant(CounterHash.GOLDEN)
                    .imul()
                    .iadd()
                    .istore(key1);
            draw.put(first, new int[] {counter, key0, key1});
        }

        private void scalar(int index) {
            code.aload(scalars).loadConstant(index).daload();
        }

        /// Values that are the same for the whole run. They are computed in `double` and rounded when used, as with
        /// `1 - β` of an optimiser, where single precision would lose most of the digits.
        private void callValues() {
            Operations doubles = new ScalarOperations(code, ElementType.F64);
            Map<Integer, Integer> wide = new HashMap<>();
            for (int v = 0; v < graph.size(); v++) {
                if (!sweeps.isUsed(v) || !graph.sameForAllRows(v)) {
                    continue;
                }
                Value value = graph.value(v);
                switch (value) {
                    case Value.Scalar s -> scalar(s.index());
                    case Value.Constant c -> code.loadConstant(c.value());
                    case Value.Columns _ -> code.iload(cols).i2d();
                    default -> doubles.compute(value, wide);
                }
                if (value instanceof Value.Compare) {
                    wide.put(v, doubles.keepCondition());
                    rowValue.put(v, wide.get(v));
                    continue;
                }
                wide.put(v, doubles.keep());
                rowValue.put(v, narrowed(wide.get(v)));
            }
        }

        private int narrowed(int wide) {
            if (type == ElementType.F64) {
                return wide;
            }
            int local = emit.newElement();
            code.dload(wide).d2f().fstore(local);
            return local;
        }

        private void row() {
            for (int s = 0; s < sweeps.count(); s++) {
                rowValues(s);
                callSweep(s);
            }
            rowValues(sweeps.count());
            for (Store store : graph.stores()) {
                if (store instanceof Store.OutRow) {
                    code.aload(array[store.array()]).iload(base[store.array()]);
                    code.loadLocal(type.kind, rowValue.get(store.value())).arrayStore(type.kind);
                }
            }
            for (int k = 0; k < array.length; k++) {
                code.iload(base[k]).iload(stride[k]).iadd().istore(base[k]);
            }
            for (int[] counterAndKeys : draw.values()) {
                code.iload(counterAndKeys[0]).iload(cols).iadd().istore(counterAndKeys[0]);
            }
        }

        /// The values of this row that are known before a sweep and not before the one ahead of it.
        private void rowValues(int sweep) {
            Operations elements = new ScalarOperations(code, type);
            for (int v = 0; v < graph.size(); v++) {
                boolean isRowValue = sweeps.isUsed(v) && graph.rowInvariant(v) && !graph.sameForAllRows(v);
                if (!isRowValue || sweeps.level(v) != sweep) {
                    continue;
                }
                Value value = graph.value(v);
                switch (value) {
                    case Value.PerRow p ->
                        code.aload(array[p.array()]).iload(base[p.array()]).arrayLoad(type.kind);
                    case Value.Reduce _ -> {
                        int slot = sweeps.reductions(sweep - 1).indexOf(v);
                        code.aload(scratch).loadConstant(slot * lanes).arrayLoad(type.kind);
                    }
                    default -> elements.compute(value, rowValue);
                }
                rowValue.put(v, value instanceof Value.Compare ? elements.keepCondition() : elements.keep());
            }
        }

        private void callSweep(int index) {
            SweepEmitter sweep = sweep(index);
            callSweep(sweep, sweep.name());
            if (lanes > 1) {
                emit.ifLess(whole, cols, () -> callSweep(sweep, sweep.tailName()));
                if (!sweeps.reductions(index).isEmpty()) {
                    code.aload(scratch).invokestatic(self, sweep.totalsName(), SweepEmitter.totalsSignature(type));
                }
            }
        }

        private void callSweep(SweepEmitter sweep, String method) {
            code.iload(cols).aload(scratch);
            for (int k : sweep.arrays()) {
                code.aload(array[k]).iload(base[k]);
            }
            for (int first : sweep.draws()) {
                for (int local : draw.get(first)) {
                    code.iload(local);
                }
            }
            for (int v : sweep.rowValues()) {
                code.loadLocal(graph.value(v) instanceof Value.Compare ? TypeKind.INT : type.kind, rowValue.get(v));
            }
            code.invokestatic(self, method, sweep.signature());
        }
    }
}
