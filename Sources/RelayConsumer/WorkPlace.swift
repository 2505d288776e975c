import RelayCore
import RelayWire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The directories below `<data>/work` that runs of processors use.
struct WorkPlace {
    /// `<data>/work/<task>.<epoch>`, as the claim named it.
    let directory: String
    private let claim: Claim

    /// Fails unless the claim names a directory that can only be this claim's: it will be emptied.
    init?(_ claimed: ClaimedTask) {
        let own = "/work/\(claimed.claim.task).\(claimed.claim.epoch)"
        guard claimed.work.hasPrefix("/"), claimed.work.utf8.reversed().starts(with: own.utf8.reversed())
        else { return nil }
        directory = claimed.work
        claim = claimed.claim
    }

    /// `<data>/work`.
    private var root: String { ConfigurationFiles.folder(of: directory) }

    /// Where the run's log belongs.
    var log: String { "\(root)/logs/\(claim.task).\(claim.epoch).log" }

    /// Makes the directory anew with its `in`, filled, and its empty `out`.
    ///
    /// - Throws: `ConsumerError.damaged` for an input that is not what the claim says.
    func prepare(inputs: [LocatedFile]) throws(ConsumerError) {
        try Files.makeDirectory(root, 0o2770)
        try Files.makeDirectory(root + "/logs", 0o2770)
        try Files.removeTree(directory)
        try Files.makeDirectory(directory, 0o2770)
        try Files.makeDirectory(directory + "/in", 0o2770)
        try Files.makeDirectory(directory + "/out", 0o2770)
        for input in inputs { try InputCopy.place(input, in: directory + "/in") }
    }

    /// Ends what a crashed consumer left running for this task; `false` when something does not end.
    func endLeftovers(grace: Duration) throws(ConsumerError) -> Bool {
        for path in try siblings() {
            guard try Leftovers.end(in: path, grace: grace) else { return false }
        }
        return true
    }

    /// Removes the directories of this claim and of older ones of the task.
    func clear() throws(ConsumerError) {
        for path in try siblings() { try Files.removeTree(path) }
    }

    /// The directories of this task's claims up to this one.
    private func siblings() throws(ConsumerError) -> [String] {
        let prefix = claim.task.rawValue + "."
        do throws(ConsumerError) {
            return try Folder(root).names().filter { name in
                name.utf8.starts(with: prefix.utf8)
                    && Int64(name.dropFirst(prefix.utf8.count)).map { $0 <= claim.epoch } ?? false
            }.map { "\(root)/\($0)" }
        } catch .system(_, ENOENT) {
            return []
        }
    }
}
