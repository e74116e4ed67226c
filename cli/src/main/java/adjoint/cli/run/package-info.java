/// What a run leaves behind: its folder, its files and the records in them.
package adjoint.cli.run;
