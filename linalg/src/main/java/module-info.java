/// Dense linear algebra, fused row kernels, decompositions and random numbers on plain `float[]` and
/// `double[]`.
///
/// The module needs nothing but the JDK. Its kernels use the Vector API: on the module path this descriptor
/// asks for `jdk.incubator.vector`; on the class path start Java with `--add-modules jdk.incubator.vector`,
/// or everything runs on scalar kernels ([adjoint.linalg.Simd] says which).
module adjoint.linalg {
    requires jdk.incubator.vector;

    exports adjoint.linalg;
}
