package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// How the tokens of a sequence become one vector: `[B, N, d]` to `[B, width(N, d)]`.
public enum TokenPooling {
    /// The mean over the valid tokens; 0 where there is none.
    MEAN {
        @Override
        Tensor pool(Tensor x, Tensor valid) {
            if (valid == null) {
                return x.mean(1);
            }
            Tensor count = valid.sum(1).maximum(1).unsqueeze(-1);
            return x.mul(valid.unsqueeze(-1)).sum(1).div(count);
        }
    },
    /// The first token, which stands for all.
    CLS {
        @Override
        Tensor pool(Tensor x, Tensor valid) {
            return x.select(1, 0);
        }
    },
    /// All tokens one after another, 0 for those that are not valid.
    FLATTEN {
        @Override
        Tensor pool(Tensor x, Tensor valid) {
            Tensor kept = valid == null ? x : x.mul(valid.unsqueeze(-1));
            return kept.reshape(x.dim(0), x.dim(1) * x.dim(2));
        }

        @Override
        public int width(int tokens, int width) {
            return Math.multiplyExact(tokens, width);
        }
    };

    /// @param x `[B, N, d]`
    /// @param valid `[B, N]`, 1 where a token is valid and 0 where it is padding, or null
    /// @throws ShapeError if the shapes are others
    public Tensor forward(Tensor x, Tensor valid) {
        if (x.rank() != 3) {
            throw new ShapeError("TokenPooling needs x [B, N, d], got " + x.shape());
        }
        if (valid != null && (valid.rank() != 2 || valid.dim(0) != x.dim(0) || valid.dim(1) != x.dim(1))) {
            throw new ShapeError("TokenPooling needs a mask [" + x.dim(0) + ", " + x.dim(1) + "] for x " + x.shape()
                    + ", got " + valid.shape());
        }
        return pool(x, valid);
    }

    /// The length of the vector that N tokens of length d become.
    public int width(int tokens, int width) {
        return width;
    }

    abstract Tensor pool(Tensor x, Tensor valid);
}
