package adjoint.cli;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.data.ImageBatch;
import adjoint.nn.Pass;
import adjoint.nn.VisionTransformer;

/// The classes of images.
record ImageTask(VisionTransformer model) implements Task<ImageBatch> {
    @Override
    public int size(ImageBatch batch) {
        return batch.size();
    }

    @Override
    public Tensor logits(ImageBatch batch, int from, int to, Pass pass) {
        int height = model.config().height();
        int width = model.config().width();
        Shape shape = Shape.of(to - from, 1, height, width);
        return model.forward(Tensor.wrap(batch.x(), from * height * width, shape), pass);
    }

    @Override
    public Tensor labels(ImageBatch batch, int from, int to) {
        return Tensor.wrap(batch.labels(), from, Shape.of(to - from));
    }
}
