/// JMH suites: what a kernel costs by itself. On the class path: JMH generates code that no module can hold.
package adjoint.bench.jmh;
