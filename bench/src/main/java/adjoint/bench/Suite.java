package adjoint.bench;

import adjoint.bench.linalg.LinalgSuite;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Everything that one `adjoint bench SUITE` measures. The same list, in the same order, in every process.
///
/// @param ours the contender that stands on our side of every case
public record Suite(String name, Peer ours, List<Group> groups) {
    private static final Map<String, Supplier<Suite>> ALL = new LinkedHashMap<>(Map.of("linalg", LinalgSuite::create));

    /// The names of all suites.
    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /// The suite of that name.
    public static Optional<Suite> of(String name) {
        return Optional.ofNullable(ALL.get(name)).map(Supplier::get);
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
