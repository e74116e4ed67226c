package adjoint.nn.optim;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.linalg.Chain;
import java.util.ArrayList;
import java.util.List;

/// The parameters of a group within the flat arrays: whole blocks, one after another.
///
/// @param values the flat array of all parameters
/// @param first where the blocks begin
/// @param summands of how many arrays a gradient is the sum
record Slice(DType dtype, Object values, int first, int blocks, int summands, List<Member> members) {
    /// @param offset in the flat arrays
    record Member(String name, Shape shape, int offset) {
        /// The rows of the parameter seen as a matrix: the first axis, beside all others; a vector is one row.
        int rows() {
            return shape.rank() < 2 ? 1 : shape.dim(0);
        }

        int columns() {
            return rows() == 0 ? 0 : shape.size() / rows();
        }
    }

    /// A zeroed array of the group's length.
    Object state() {
        return dtype.allocate(blocks * BlockPass.BLOCK);
    }

    /// The group's part of a flat array.
    BlockPass.Operand flat(Object array) {
        return new BlockPass.Operand(array, first, BlockPass.BLOCK);
    }

    /// An array of the group's length.
    BlockPass.Operand own(Object array) {
        return new BlockPass.Operand(array, 0, BlockPass.BLOCK);
    }

    /// A pass whose first arrays are the gradient's summands, given to each run.
    BlockPass passOverGradients(Chain chain, int scalars, List<BlockPass.Operand> others) {
        List<BlockPass.Operand> operands = new ArrayList<>();
        for (int i = 0; i < summands; i++) {
            operands.add(flat(null));
        }
        operands.addAll(others);
        return pass(chain, scalars, operands);
    }

    BlockPass pass(Chain chain, int scalars, List<BlockPass.Operand> operands) {
        return new BlockPass(dtype.precision(), chain, blocks, scalars, operands);
    }
}
