package import RelayCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What lay at a place when it was looked at, and which very file it was.
package struct Sight: Hashable, Sendable {
    /// What was found.
    package enum Content: Hashable, Sendable {
        /// A file, read as a whole.
        case file(FileFacts)
        /// What is no file of ours or cannot be read, in words.
        case unusable(String)
    }

    /// Where it lay.
    package let place: Place
    /// What it was.
    package let content: Content
    fileprivate let stamp: Stamp

    /// The digest of a file that could be read.
    package var digest: Digest? {
        guard case .file(let facts) = content else { return nil }
        return facts.digest
    }

    /// What it was, as a message names it.
    package var words: String {
        switch content {
        case .file(let facts): "\(facts.size) bytes with \(facts.digest.labelled)"
        case .unusable(let what): what
        }
    }
}

extension Depot {
    /// Looks at what lies at `place` and reads it as a whole; `nil` when nothing does.
    ///
    /// Links are not followed, pipes and directories not opened. A file that cannot be read is a finding and no
    /// error: one bad sector must not keep the node from its other work.
    ///
    /// - Throws: `DepotError.changed` when somebody writes to it.
    package func look(at place: Place, named name: AttachmentName) throws(DepotError) -> Sight? {
        guard let stamp = try stamp(of: place) else { return nil }
        let content: Sight.Content
        do throws(DepotError) {
            content = .file(try facts(of: place, named: name))
        } catch {
            switch error {
            case .missing: return nil
            case .notRegular(_, let found): content = .unusable(found.description)
            case .system: content = .unusable("a file that cannot be read (\(error))")
            default: throw error
            }
        }
        return Sight(place: place, content: content, stamp: stamp)
    }

    /// Whether the very thing that was seen still lies there, unchanged.
    package func isUnchanged(_ sight: Sight) throws(DepotError) -> Bool {
        try stamp(of: sight.place) == sight.stamp
    }

    private func stamp(of place: Place) throws(DepotError) -> Stamp? {
        let location = place.location
        do throws(DepotError) {
            return try folder(of: location).status(of: location.name).map { Stamp($0) }
        } catch {
            guard case .missing = error else { throw error }
            return nil
        }
    }
}
