package adjoint.nn;

import adjoint.autodiff.Tensor;
import java.util.function.UnaryOperator;

/// A part of a transformer's layer inside its residual connection, with its norm: `x + drop(part(norm(x)))`
/// before ([EncoderLayer.Norm#PRE]), `norm(x + drop(part(x)))` after.
record Sublayer(Layer.Pure norm, Dropout dropout, EncoderLayer.Norm place) {
    static Sublayer of(Encoder.Config config) {
        return new Sublayer(config.newNorm(), new Dropout(config.dropout()), config.norm());
    }

    Tensor forward(Tensor x, UnaryOperator<Tensor> part, Pass pass) {
        boolean pre = place == EncoderLayer.Norm.PRE;
        Tensor branch = part.apply(pre ? norm.forward(x) : x);
        Tensor sum = dropout.add(x, branch, pass);
        pass.drop(branch);
        return pre ? sum : norm.forward(sum);
    }
}
