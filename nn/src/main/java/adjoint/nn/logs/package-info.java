/// What a training leaves for others to read: tables of its history, and event files for TensorBoard.
package adjoint.nn.logs;
