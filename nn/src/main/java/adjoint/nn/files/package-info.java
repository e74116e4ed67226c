/// Files of named arrays, read without trust and written atomically.
package adjoint.nn.files;
