package adjoint.bench;

import adjoint.cli.run.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/// The other end of a [Worker].
final class WorkerProcess implements AutoCloseable {
    /// How many lines of what a worker says on standard error are kept.
    private static final int KEPT = 40;

    /// Room for the decomposition of a matrix of order 5000.
    private static final String HEAP = "6g";

    /// How a worker is set up.
    ///
    /// @param role keeps apart workers that must not share a process
    /// @param environment what the contender needs beyond what follows from the threads
    record Setup(String role, int threads, Case.Vectors vectors, Map<String, String> environment) {}

    /// Says that a worker could not do what it was asked to.
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1;

        FailedException(String reason) {
            super(reason);
        }
    }

    private final Process process;
    private final BufferedReader answers;
    private final Writer commands;
    private final Deque<String> complaints = new ArrayDeque<>();

    private WorkerProcess(Process process) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofVirtual().start(this::listen);
    }

    /// Starts a worker.
    ///
    /// The native libraries read how many threads they may have, and which instructions, from the environment when they
    /// are loaded. OpenBLAS must be told to take its AVX-512 kernels: left alone it takes those for AVX2 on machines
    /// that it does not know. What native code frees stays in the process: glibc would give large blocks back to the
    /// system, and to have their pages again takes longer than many a call's arithmetic.
    static WorkerProcess start(Suite suite, Setup setup, Machine machine) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC",
                "-Xmx" + HEAP,
                "-Dadjoint.threads=" + setup.threads,
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        if (setup.vectors == Case.Vectors.AVX2) {
            command.add("-XX:UseAVX=2");
        }
        command.addAll(
                List.of("-classpath", System.getProperty("java.class.path"), Worker.class.getName(), suite.name()));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.remove("JDK_JAVA_OPTIONS");
        environment.put("MALLOC_ARENA_MAX", "1");
        environment.put("MALLOC_MMAP_MAX_", "0");
        environment.put("MALLOC_TRIM_THRESHOLD_", Long.toString(1L << 40));
        environment.put("OPENBLAS_NUM_THREADS", Integer.toString(setup.threads));
        environment.put("OMP_NUM_THREADS", Integer.toString(setup.threads));
        if (setup.vectors == Case.Vectors.AVX2) {
            environment.put("OPENBLAS_CORETYPE", "HASWELL");
            environment.put("ATEN_CPU_CAPABILITY", "avx2");
        } else if (machine.avx512()) {
            environment.put("OPENBLAS_CORETYPE", "SKYLAKEX");
        }
        environment.putAll(setup.environment);
        return new WorkerProcess(builder.start());
    }

    private void listen() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (complaints) {
                    complaints.add(line);
                    if (complaints.size() > KEPT) {
                        complaints.remove();
                    }
                }
            }
        } catch (IOException _) {
            // The worker is gone, and what it said is kept.
        }
    }

    /// Has a command done and returns the answer.
    ///
    /// @throws FailedException if it was not done, or the worker died of it
    Map<String, Object> ask(Map<String, Object> command) throws FailedException {
        try {
            commands.write(Json.write(command) + "\n");
            commands.flush();
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith("{")) {
                    return answer(line);
                }
            }
        } catch (IOException _) {
            // It has died; why is asked below.
        }
        throw new FailedException(obituary());
    }

    private static Map<String, Object> answer(String line) throws FailedException {
        @SuppressWarnings("unchecked")
        Map<String, Object> answer = (Map<String, Object>) Json.parse(line);
        if (answer.get("failed") instanceof String reason) {
            throw new FailedException(reason);
        }
        return answer;
    }

    private String obituary() {
        int status;
        try {
            status = process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
        synchronized (complaints) {
            String last = complaints.stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("WARNING"))
                    .findFirst()
                    .orElse("");
            return "its process ended with status " + status + (last.isEmpty() ? "" : ": " + last);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Ends the worker.
    @Override
    public void close() {
        process.destroy();
    }
}
