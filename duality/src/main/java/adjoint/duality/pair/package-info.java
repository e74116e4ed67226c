/// Attention as one declaration with several executions: [Pair][adjoint.duality.pair.Pair], and as a mechanism for the
/// layers of `nn`: [PairMechanism][adjoint.duality.pair.PairMechanism].
package adjoint.duality.pair;
