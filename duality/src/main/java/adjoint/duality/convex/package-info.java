/// Convex functions with their conjugates and proximal operators, and algorithms whose results carry a duality gap.
///
/// | | |
/// |---|---|
/// | [ConvexFunction][adjoint.duality.convex.ConvexFunction] | f, f*, prox |
/// | [Composite][adjoint.duality.convex.Composite] | min f(Ax) + g(x), by forward–backward or primal–dual steps |
/// | [FenchelYoung][adjoint.duality.convex.FenchelYoung] | regularised argmax, its loss and gap; softmax to sparsemax |
/// | [EntropicTransport][adjoint.duality.convex.EntropicTransport] | Sinkhorn's algorithm |
package adjoint.duality.convex;
