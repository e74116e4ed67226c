/// JMH suites and comparisons with other libraries. On the class path: JMH generates code that no module can hold.
package adjoint.bench;
