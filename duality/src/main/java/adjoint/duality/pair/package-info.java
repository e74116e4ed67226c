/// Attention as one declaration with several executions: [Pair][adjoint.duality.pair.Pair].
package adjoint.duality.pair;
