package adjoint.autodiff;

import static adjoint.autodiff.Cases.shapes;

import adjoint.autodiff.Case.Domain;
import adjoint.autodiff.Convolution.Steps;
import adjoint.autodiff.Pooling.Window;
import java.util.List;
import java.util.function.Function;

/// Convolution, its transpose, windows and pooling.
final class ConvolutionCases {
    private static final Steps ONE = Steps.ONE;

    private ConvolutionCases() {}

    static List<Case> all() {
        return List.of(
                of(
                        "conv1d",
                        Convolutions.CONVOLUTION,
                        x -> Convolution.conv1d(x.get(0), x.get(1), x.get(2), new Steps(2, 1, 1), 1),
                        shapes("[2, 3, 7] [2, 3, 3] [2]"),
                        shapes("[1, 1, 1] [1, 1, 1] [1]"),
                        shapes("[0, 2, 5] [3, 2, 2] [3]")),
                of(
                        "conv2d",
                        Convolutions.CONVOLUTION,
                        x -> Convolution.conv2d(x.get(0), x.get(1), x.get(2), ONE, 1),
                        shapes("[2, 2, 3, 4] [2, 2, 2, 2] [2]"),
                        shapes("[1, 1, 5, 5] [3, 1, 3, 3] [3]"),
                        shapes("[2, 0, 3, 3] [2, 0, 2, 2] [2]"),
                        shapes("[2, 1, 3, 3] [0, 1, 2, 2] [0]")),
                of(
                        "conv2d of single elements",
                        Convolutions.CONVOLUTION,
                        x -> Convolution.conv2d(x.get(0), x.get(1), null, ONE, 1),
                        shapes("[2, 3, 3, 2] [4, 3, 1, 1]")),
                of(
                        "conv2d with everything",
                        Convolutions.CONVOLUTION,
                        x -> Convolution.conv2d(
                                x.get(0), x.get(1), x.get(2), new Steps(2, 3, 2), new Steps(1, 1, 2), 2),
                        shapes("[1, 4, 4, 5] [2, 2, 2, 2] [2]"),
                        shapes("[2, 2, 3, 3] [4, 1, 3, 2] [4]")),
                of(
                        "conv2d depthwise",
                        Convolutions.CONVOLUTION,
                        x -> Convolution.conv2d(x.get(0), x.get(1), null, new Steps(2, 2, 1), new Steps(1, 1, 2), 2),
                        shapes("[2, 2, 3, 4] [2, 1, 3, 2]"),
                        shapes("[1, 2, 1, 3] [2, 1, 1, 1]")),
                of(
                        "conv1d by its weight twice",
                        Convolutions.CONVOLUTION,
                        x -> Convolution.conv1d(
                                Convolution.conv1d(x.get(0), x.get(1), null, ONE, 1)
                                        .tanh(),
                                x.get(1),
                                null,
                                ONE,
                                1),
                        shapes("[1, 2, 5] [2, 2, 2]")),
                of(
                        "transposed1d",
                        Convolutions.CONVOLUTION_INPUT,
                        x -> Convolution.transposed1d(x.get(0), x.get(1), x.get(2), new Steps(2, 1, 1), 1, 1),
                        shapes("[2, 3, 4] [3, 2, 3] [2]")),
                of(
                        "transposed2d",
                        Convolutions.CONVOLUTION_INPUT,
                        x -> Convolution.transposed2d(
                                x.get(0), x.get(1), x.get(2), new Steps(2, 1, 1), new Steps(1, 0, 2), 1, 1, 2),
                        shapes("[2, 2, 2, 3] [2, 2, 3, 2] [4]"),
                        shapes("[1, 4, 2, 2] [4, 1, 2, 2] [2]"),
                        shapes("[0, 2, 2, 3] [2, 1, 3, 2] [2]")),
                of(
                        "transposed2d of single elements",
                        Convolutions.CONVOLUTION_INPUT,
                        x -> Convolution.transposed2d(x.get(0), x.get(1), null, ONE, 0, 1),
                        shapes("[2, 3, 2, 3] [3, 4, 1, 1]")),
                of(
                        "convolutionWeight",
                        Convolutions.CONVOLUTION_WEIGHT,
                        x -> Engine.run(Convolutions.CONVOLUTION_WEIGHT, weightGeometry(x), x.get(0), x.get(1)),
                        shapes("[2, 2, 4, 3] [2, 2, 2, 3]"),
                        shapes("[1, 2, 5, 2] [1, 4, 3, 2]")),
                of(
                        "unfold",
                        Convolutions.UNFOLD,
                        x -> Convolution.unfold(x.get(0), 2, 3, new Steps(1, 1, 1), new Steps(2, 0, 1)),
                        shapes("[2, 2, 3, 4]"),
                        shapes("[0, 2, 3, 3]")),
                of(
                        "fold",
                        Convolutions.FOLD,
                        x -> Convolution.fold(x.get(0), 3, 4, 2, 3, new Steps(1, 1, 1), new Steps(2, 1, 1)),
                        shapes("[1, 6, 8]"),
                        shapes("[2, 6, 8]"),
                        shapes("[1, 12, 8]")),
                of(
                        "max1d",
                        Gather.TAKE,
                        x -> Pooling.max1d(x.get(0), new Window(3, 2, 1, true)),
                        shapes("[2, 3, 6]"),
                        shapes("[1, 1, 1]"),
                        shapes("[0, 2, 4]")),
                of(
                        "max2d",
                        Gather.TAKE,
                        x -> Pooling.max2d(x.get(0), Window.of(2), new Window(2, 1, 1, false)),
                        shapes("[2, 2, 4, 3]"),
                        shapes("[1, 1, 3, 7]")),
                of(
                        "average1d",
                        Convolutions.CONVOLUTION,
                        x -> Pooling.average1d(x.get(0), new Window(3, 2, 1, true), false),
                        shapes("[2, 3, 6]"),
                        shapes("[0, 2, 4]")),
                of(
                        "average2d",
                        Convolutions.CONVOLUTION,
                        x -> Pooling.average2d(x.get(0), new Window(2, 1, 1, false), true),
                        shapes("[2, 2, 3, 4]")),
                of(
                        "adaptiveAverage2d",
                        Products.MATMUL,
                        x -> Pooling.adaptiveAverage2d(x.get(0), 2, 3),
                        shapes("[2, 2, 5, 4]"),
                        shapes("[1, 2, 1, 3]")));
    }

    /// That of a 2 × 2 window at stride 2 over the rows, with as many output positions as the second tensor has.
    private static Patches.Geometry weightGeometry(List<Tensor> x) {
        Tensor in = x.get(0);
        Tensor out = x.get(1);
        return new Patches.Geometry(
                new Patches.Axis(in.dim(2), out.dim(2), 2, 2, 1, 1),
                new Patches.Axis(in.dim(3), out.dim(3), 2, 1, 1, 1),
                2);
    }

    private static Case of(String name, Op<?> op, Function<List<Tensor>, Tensor> f, Shape[]... shapes) {
        return new Case(name, op, Domain.SIGNED, f, List.of(shapes));
    }
}
