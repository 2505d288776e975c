package import RelayCore

/// What an entry of `inbox/` is, by its name alone.
package enum InboxEntry: Hashable, Sendable {
    /// `<task>.json`.
    case projection(TaskID)
    /// An attachment, bound or unbound.
    case file(Place)
    /// A `.part` of an upload that this object has in hand.
    case arriving
    /// A `.part` that an earlier bus left.
    case leftover
    /// A name the bus never gives.
    case stranger
}

/// What an entry of `artifacts/` is, by its name alone.
package enum ArtifactEntry: Hashable, Sendable {
    /// The directory of a job.
    case job(JobID)
    /// An output that is not settled yet.
    case output(Place)
    /// A name the bus never gives.
    case stranger
}

extension Depot {
    /// The names in `inbox/`, in order.
    ///
    /// Bytes that the bus never uses in a name are shown as `%` and two hexadecimal digits, so that each name
    /// is fit for a log and still leads back to its entry.
    package func inboxNames() throws(DepotError) -> [String] { try inbox.names().map(\.shown) }

    /// The names in `artifacts/`, as `inboxNames` gives them.
    package func artifactNames() throws(DepotError) -> [String] { try artifacts.names().map(\.shown) }

    /// The names in `artifacts/<job>/`, as `inboxNames` gives them; none without the directory.
    package func artifactNames(of job: JobID) throws(DepotError) -> [String] {
        try names(in: Location(.artifacts, [job.rawValue], "-"))
    }

    /// The names in `archive/<job>/[<folder>/…]`, as `inboxNames` gives them; none without the directory.
    package func archiveNames(of job: JobID, folder: [FolderName] = []) throws(DepotError) -> [String] {
        try names(in: Location(.archive, [job.rawValue] + folder.map(\.rawValue), "-"))
    }

    /// What a name from `inboxNames` stands for.
    package func entry(inboxName: String) -> InboxEntry {
        let bytes = inboxName.utf8
        if isOwnPart(bytes) { return .arriving }
        if Self.isPart(bytes) { return .leftover }
        if let stem = Self.stem(of: inboxName), let task = TaskID(rawValue: stem) { return .projection(task) }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let job = JobID(rawValue: String(Substring(parts[0]))),
            let round = Self.round(Substring(parts[1]))
        else { return .stranger }
        let rest = parts[2].split(separator: UInt8(ascii: "~"), omittingEmptySubsequences: false)
        guard rest.count <= 2, let name = AttachmentName(rawValue: String(Substring(rest[0]))) else {
            return .stranger
        }
        guard rest.count == 2 else { return .file(.bound(job, round, name)) }
        guard let sender = NodeName(rawValue: String(Substring(rest[1]))) else { return .stranger }
        return .file(.unbound(job, round, name, sender: sender))
    }

    /// What a name from `artifactNames` stands for.
    package func entry(artifactName: String) -> ArtifactEntry {
        if let job = JobID(rawValue: artifactName) { return .job(job) }
        let dot = UInt8(ascii: ".")
        let parts = artifactName.utf8.split(separator: dot, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5,
            let task = TaskID(rawValue: parts[..<3].map { String(Substring($0)) }.joined(separator: ".")),
            let epoch = Int64(Substring(parts[3])), String(epoch) == String(Substring(parts[3])),
            let name = AttachmentName(rawValue: String(Substring(parts[4])))
        else { return .stranger }
        return .output(.output(task, epoch: epoch, name))
    }

    /// Removes a `.part` that an earlier bus left in `inbox/`; nothing happens when it is gone.
    ///
    /// - Throws: `DepotError.badName` for any other name and for uploads of this object: only what was never
    ///   acknowledged is removed unread. `DepotError.notRegular` for what is no file.
    package func removeInbox(_ name: String) throws(DepotError) {
        guard entry(inboxName: name) == .leftover, let component = Component(shown: name) else {
            throw .badName(name)
        }
        if try inbox.hasFile(component) { try inbox.remove(component) }
    }

    private func names(in location: Location) throws(DepotError) -> [String] {
        do throws(DepotError) {
            return try folder(of: location).names().map(\.shown)
        } catch .missing {
            return []
        }
    }

    /// Whether some bus gave the name, see `makePart`.
    ///
    /// Other programs make `.part` files too, and those are not ours to remove.
    private static func isPart(_ bytes: String.UTF8View) -> Bool {
        guard bytes.reversed().starts(with: ".part".utf8.reversed()) else { return false }
        let parts = bytes.dropLast(5).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        return parts.count == 2 && (1...16).contains(parts[0].count) && (1...20).contains(parts[1].count)
            && parts[0].allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
            && parts[1].allSatisfy(isDigit)
    }

    private static func stem(of name: String) -> String? {
        let ending = ".json".utf8
        guard name.utf8.reversed().starts(with: ending.reversed()) else { return nil }
        return String(Substring(name.utf8.dropLast(ending.count)))
    }

    private static func round(_ text: Substring) -> Round? {
        guard let number = Int(text), String(number) == text else { return nil }
        return Round(number)
    }
}
