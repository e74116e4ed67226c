/// The command line: train, evaluate, report.
package adjoint.cli;
