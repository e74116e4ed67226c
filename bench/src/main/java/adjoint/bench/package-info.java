/// Suites of comparisons with other libraries, in the same run. On the class path: the peers are no modules.
package adjoint.bench;
