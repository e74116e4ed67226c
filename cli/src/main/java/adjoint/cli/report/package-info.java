/// The page that shows a run: one HTML file with its charts inside.
package adjoint.cli.report;
