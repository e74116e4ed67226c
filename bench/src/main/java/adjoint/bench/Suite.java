package adjoint.bench;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/// Everything that one `adjoint bench SUITE` measures. The same list, in the same order, in every process.
///
/// @param ours the contender that stands on our side of every case
public record Suite(String name, Peer ours, List<Group> groups) {
    /// Makes a suite. The sources are services: a new suite is a class and a line under `META-INF/services`.
    public interface Source {
        /// The word for the suite on the command line.
        String name();

        /// The suite of that name.
        Suite create();
    }

    /// The names of all suites.
    public static List<String> names() {
        return sources().map(Source::name).toList();
    }

    /// The suite of that name.
    public static Optional<Suite> of(String name) {
        return sources()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .map(Source::create);
    }

    private static Stream<Source> sources() {
        return ServiceLoader.load(Source.class).stream().map(ServiceLoader.Provider::get);
    }

    /// All cases in order; a case's number in a run is its position here.
    public List<Case> cases() {
        return groups.stream().flatMap(group -> group.cases().stream()).toList();
    }

    /// All peers that a case has, once each.
    public List<Peer> peers() {
        return cases().stream().map(Case::peer).distinct().toList();
    }
}
