/// What a run is determined by: a typed tree of settings, read from YAML and the command line.
package adjoint.cli.config;
