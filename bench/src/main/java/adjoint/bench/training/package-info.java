/// The suite `training`: the same models trained here and in libtorch, from the same weights on the same data.
package adjoint.bench.training;
