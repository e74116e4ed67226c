package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sums of products against loops over all labels.
class EinsumTest {

    /// The sum itself, for an explicit equation without an ellipsis.
    private static Tensor naive(String equation, Tensor... operands) {
        String[] sides = equation.split("->", -1);
        String[] parts = sides[0].split(",", -1);
        int[] lengths = new int[128];
        Arrays.fill(lengths, 1);
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            for (int d = 0; d < parts[i].length(); d++) {
                char label = parts[i].charAt(d);
                lengths[label] = lengths[label] == 1 ? operands[i].dim(d) : lengths[label];
                if (labels.indexOf("" + label) < 0) {
                    labels.append(label);
                }
            }
        }
        int[] at = new int[128];
        int[] dims = sides[1].chars().map(label -> lengths[label]).toArray();
        double[] sum = new double[Shape.of(dims).size()];
        add(labels.toString(), 0, lengths, at, () -> {
            double product = 1;
            for (int i = 0; i < parts.length; i++) {
                int[] position = new int[parts[i].length()];
                for (int d = 0; d < position.length; d++) {
                    position[d] = operands[i].dim(d) == 1 ? 0 : at[parts[i].charAt(d)];
                }
                product *= operands[i].get(position);
            }
            int to = 0;
            for (char label : sides[1].toCharArray()) {
                to = to * lengths[label] + at[label];
            }
            sum[to] += product;
        });
        return Tensor.wrap(sum, 0, Shape.of(dims));
    }

    private static void add(String labels, int k, int[] lengths, int[] at, Runnable term) {
        if (k == labels.length()) {
            term.run();
            return;
        }
        char label = labels.charAt(k);
        for (at[label] = 0; at[label] < lengths[label]; at[label]++) {
            add(labels, k + 1, lengths, at, term);
        }
    }

    private static Tensor[] operands(String shapes) {
        List<Tensor> operands = new ArrayList<>();
        for (Shape shape : Cases.shapes(shapes)) {
            operands.add(Tensor.normal(Rng.of(7).child(operands.size()), 0, 1, DType.F64, shape.dims()));
        }
        return operands.toArray(Tensor[]::new);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ij,jk->ik | [3, 4] [4, 5]",
                "ij,jk->ki | [3, 4] [4, 5]",
                "ji,kj->ik | [4, 3] [5, 4]",
                "ij,ij->ij | [3, 4] [3, 4]",
                "ij,ji->ij | [3, 4] [4, 3]",
                "ij,ji-> | [3, 4] [4, 3]",
                "ij,kl->ijkl | [2, 3] [4, 5]",
                "ij,kl->ljki | [2, 3] [4, 5]",
                "ij,j->i | [3, 4] [4]",
                "i,ij->j | [3] [3, 4]",
                "bij,bjk->bik | [2, 3, 4] [2, 4, 5]",
                "ibj,jkb->kbi | [3, 2, 4] [4, 5, 2]",
                "bhqd,bhkd->bhqk | [2, 3, 4, 5] [2, 3, 6, 5]",
                "bqhd,bkhd->bhqk | [2, 4, 3, 5] [2, 6, 3, 5]",
                "bhqk,bkhd->bqhd | [2, 3, 4, 6] [2, 6, 3, 5]",
                "abc,cbd->ad | [2, 3, 4] [4, 3, 5]",
                "abcd,dcab->ab | [2, 3, 4, 2] [2, 4, 2, 3]",
                "ii->i | [4, 4]",
                "ii-> | [4, 4]",
                "iji->ji | [3, 2, 3]",
                "iijj->ij | [2, 2, 3, 3]",
                "iii->i | [3, 3, 3]",
                "ijij->ji | [2, 3, 2, 3]",
                "ii,ij->j | [3, 3] [3, 4]",
                "ijk->k | [2, 3, 4]",
                "ijk->kji | [2, 3, 4]",
                "i,j,k->kij | [2] [3] [4]",
                "i,i,i-> | [5] [5] [5]",
                "i,,j->ji | [2] [] [3]",
                ",-> | [] []",
                "bi,ijk,bj,kl->bl | [2, 3] [3, 4, 5] [2, 4] [5, 2]",
                "ab,bc,cd,de->ae | [2, 9] [9, 3] [3, 8] [8, 2]",
                "ab,ac,ad->bcd | [5, 2] [5, 3] [5, 4]",
                "ij,jk->ik | [3, 1] [4, 5]",
                "ij,ij->i | [3, 1] [1, 4]",
                "ij,jk->ik | [3, 0] [0, 5]",
                "ij,jk->ik | [0, 4] [4, 5]",
                "ij->j | [0, 4]",
                "aB,Bc->ac | [2, 3] [3, 4]",
                "ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak "
                        + "| [2, 3] [3, 2] [2, 3] [3, 2] [2, 2] [2, 3] [3, 1] [1, 2] [2, 2] [2, 3]"
            })
    void isTheSumOverAllLabels(String equation, String shapes) {
        Tensor[] operands = operands(shapes);
        Tensor expected = naive(equation, operands);
        Close.assertClose(equation, expected, Einsum.of(equation, operands), 1e-12);
        Tensor[] placed = new Tensor[operands.length];
        for (int i = 0; i < placed.length; i++) {
            placed[i] = Case.Memory.TRANSPOSED.place(operands[i]);
        }
        Close.assertClose(equation + ", transposed", expected, Einsum.of(equation, placed), 1e-12);
        for (int i = 0; i < placed.length; i++) {
            placed[i] = operands[i].to(DType.F32);
        }
        Close.assertClose(equation + ", single", expected, Einsum.of(equation, placed), 1e-4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ij,jk | ij,jk->ik | [3, 4] [4, 5]",
                "ji | ji->ij | [3, 4]",
                "ii | ii-> | [3, 3]",
                "bA | bA->Ab | [3, 4]",
                " i j , j k -> i k | ij,jk->ik | [3, 4] [4, 5]",
                "...ij,...jk->...ik | abij,abjk->abik | [2, 3, 4, 2] [2, 3, 2, 3]",
                "...ij,...jk | abij,bjk->abik | [2, 3, 4, 2] [3, 2, 3]",
                "...ij,...jk->ki | abij,bjk->ki | [2, 3, 4, 2] [3, 2, 3]",
                "i...j->j... | iabj->jab | [2, 3, 4, 5]",
                "...,... | ab,b->ab | [2, 3] [3]",
                "...,... | ab,ab->ab | [2, 1] [1, 3]",
                "i...->... | i-> | [4]",
                "... | ab->ab | [2, 3]"
            })
    void shortFormsStandForLongOnes(String equation, String inFull, String shapes) {
        Tensor[] operands = operands(shapes);
        Close.assertClose(equation, naive(inFull, operands), Einsum.of(equation, operands), 1e-13);
    }

    @Test
    void aViewIsAllThatAPermutationTakes() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3);
        assertSame(x, Einsum.of("ij->ij", x));
        assertSame(x.storage, Einsum.of("ij->ji", x).storage);
    }

    @Test
    void heldPlansAreForTheirShapesAlone() {
        for (int n = 1; n <= 40; n++) {
            for (int round = 0; round < 2; round++) {
                Tensor product = Einsum.of("ij,jk", Tensor.ones(DType.F64, 2, n), Tensor.ones(DType.F64, n, n + 1));
                assertEquals(Shape.of(2, n + 1), product.shape());
                assertEquals(n, product.get(1, n));
            }
        }
    }

    @Test
    void aMatrixProductIsOneRecordedOperation() {
        try (Tape tape = Tape.open()) {
            Tensor[] operands = operands("[3, 4] [4, 5]");
            tape.watch(operands);
            Einsum.of("ij,jk->ik", operands);
            assertEquals(3, tape.recorded());
            assertSame(Products.MATMUL, tape.recorded(2).op);
        }
    }

    @Test
    void productsOfTensors() {
        Tensor x = operands("[2, 3, 4]")[0];
        Tensor y = operands("[3, 4, 5]")[0];
        Close.assertClose("tensordot", naive("abc,bcd->ad", x, y), x.tensordot(y, 2), 1e-13);
        Close.assertClose("tensordot 0", naive("abc,def->abcdef", x, y), x.tensordot(y, 0), 1e-13);
        Tensor paired = x.tensordot(y, new int[] {2, 1}, new int[] {1, 0});
        Close.assertClose("tensordot of axes", naive("abc,bcd->ad", x, y), paired, 1e-13);
        Tensor crossed = x.tensordot(y, new int[] {-2}, new int[] {0});
        Close.assertClose("tensordot of one", naive("abc,bde->acde", x, y), crossed, 1e-13);
        Tensor z = operands("[5, 4]")[0];
        Close.assertClose("inner", naive("abc,dc->abd", x, z), x.inner(z), 1e-13);
        Tensor u = Tensor.of(new double[] {1, 2, 3});
        Tensor v = Tensor.of(new double[] {4, 5, 6});
        assertEquals(32, u.dot(v).item());
        assertEquals(32, u.inner(v).item());
        assertEquals(
                0, Tensor.zeros(DType.F64, 0).dot(Tensor.zeros(DType.F64, 0)).item());
        Close.assertClose("outer", naive("i,j->ij", u, v), u.outer(v), 0);
        Tensor a = operands("[2, 3]")[0];
        Tensor b = operands("[4, 5]")[0];
        Tensor kron = a.kron(b);
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 15; j++) {
                assertEquals(a.get(i / 4, j / 5) * b.get(i % 4, j % 5), kron.get(i, j));
            }
        }
        assertEquals(Shape.of(2, 9), a.kron(u).shape());
    }

    // ---- the order of products

    /// The least number of operations over all orders there are.
    private static double least(List<Long> sets, long result, int[] lengths) {
        if (sets.size() == 1) {
            return 0;
        }
        double least = Double.POSITIVE_INFINITY;
        for (int a = 0; a < sets.size(); a++) {
            for (int b = a + 1; b < sets.size(); b++) {
                List<Long> rest = new ArrayList<>(sets);
                rest.remove(b);
                rest.remove(a);
                long both = sets.get(a) | sets.get(b);
                long kept = both & (rest.stream().reduce(0L, (x, y) -> x | y) | result);
                rest.add(kept);
                least = Math.min(least, size(both, lengths) + size(kept, lengths) + least(rest, result, lengths));
            }
        }
        return least;
    }

    private static double size(long set, int[] lengths) {
        double size = 1;
        for (int label = 0; label < 64; label++) {
            size *= (set >>> label & 1) == 1 ? lengths[label] : 1;
        }
        return size;
    }

    private static double cost(List<int[]> pairs, long[] sets, long result, int[] lengths) {
        long[] left = sets.clone();
        double total = 0;
        for (int[] pair : pairs) {
            long both = left[pair[0]] | left[pair[1]];
            left[pair[0]] = 0;
            left[pair[1]] = 0;
            long needed = result;
            for (long other : left) {
                needed |= other;
            }
            left[pair[0]] = both & needed;
            total += size(both, lengths) + size(both & needed, lengths);
        }
        return total;
    }

    private static long[] random(Rng key, int operands) {
        long[] sets = new long[operands];
        for (int i = 0; i < operands; i++) {
            for (int label = 0; label < 6; label++) {
                sets[i] |= key.uniform(8L * i + label) < 0.4 ? 1L << label : 0;
            }
        }
        return sets;
    }

    /// What neither the result nor another operand has is summed before.
    private static long[] summed(long[] sets, long result) {
        long[] summed = sets.clone();
        for (int i = 0; i < sets.length; i++) {
            summed[i] &= ContractionOrder.others(sets, new boolean[sets.length], i, i) | result;
        }
        return summed;
    }

    @Test
    void fewOperandsAreMultipliedInTheCheapestOrder() {
        int[] lengths = {2, 3, 5, 7, 4, 11};
        for (int draw = 0; draw < 60; draw++) {
            Rng key = Rng.of(19).child(draw);
            long result = 1 + draw % 3;
            long[] sets = summed(random(key, 2 + draw % 4), result);
            List<Long> list = new ArrayList<>();
            for (long set : sets) {
                list.add(set);
            }
            List<int[]> pairs = new ContractionOrder(sets, result, lengths).pairs();
            assertEquals(sets.length - 1, pairs.size());
            assertEquals(least(list, result, lengths), cost(pairs, sets, result, lengths));
        }
    }

    /// A chain of matrices with a vector at its end costs a product by the vector at a time.
    @Test
    void manyOperandsAreMultipliedInAGoodOrder() {
        int n = 20;
        int[] lengths = new int[64];
        Arrays.fill(lengths, 50);
        long[] sets = new long[n];
        for (int i = 0; i < n - 1; i++) {
            sets[i] = 3L << i;
        }
        sets[n - 1] = 1L << n - 1;
        List<int[]> pairs = new ContractionOrder(sets, 1, lengths).pairs();
        assertEquals(n - 1, pairs.size());
        assertTrue(cost(pairs, sets, 1, lengths) <= (n - 1) * (50 * 50 + 50));
    }
}
