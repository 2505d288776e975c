package import RelayCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Depot {
    /// Writes `bytes` to `place` so that a crash leaves all or nothing, and replaces the file there.
    ///
    /// With `durable` the bytes and all directory entries on the way are on stable storage on return; without,
    /// a power cut may undo it or, on some file systems, empty it.
    package func write(_ bytes: [UInt8], to place: Place, durable: Bool) throws(DepotError) {
        try write(bytes, to: place.location, durable: durable)
    }

    /// Moves a file into the archive, makes the directories there and never replaces anything.
    ///
    /// A move that was done before is fine. With `durable` it is on stable storage on return.
    ///
    /// - Throws: `DepotError.occupied` when both places have a file; `DepotError.missing` when none has.
    package func archive(from source: Place, to target: Place, durable: Bool = false) throws(DepotError) {
        if try move(source.location, to: target.location, replacing: false, durable: durable) { return }
        guard try hasFile(target.location) else { throw .missing(path(of: target)) }
        // It was moved before, but nobody knows whether that was synced.
        if durable { try sync(target) }
    }

    // MARK: Projections

    /// Writes `inbox/<task>.json` and replaces it; not synced, as the ledger can make it again.
    package func project(task: TaskID, document: [UInt8]) throws(DepotError) {
        try write(document, to: Self.projection(task), durable: false)
    }

    /// The bytes of `inbox/<task>.json`; see `read(_:limit:)`.
    package func projection(of task: TaskID, limit: Int) throws(DepotError) -> [UInt8] {
        try read(Self.projection(task), limit: limit)
    }

    /// Removes `inbox/<task>.json`; see `remove(_:)`.
    package func removeProjection(of task: TaskID) throws(DepotError) {
        try remove(Self.projection(task))
    }

    /// Moves `inbox/<task>.json` to `archive/<job>/[<folder>/…]<task>.json`; not synced, twice is fine.
    ///
    /// - Throws: `DepotError.missing` when neither is there: write the document's bytes instead.
    package func archiveTask(_ task: TaskID, folder: [FolderName] = []) throws(DepotError) {
        let folders = [task.job.rawValue] + folder.map(\.rawValue)
        let target = Location(.archive, folders, "\(task).json")
        if try move(Self.projection(task), to: target, replacing: true) { return }
        guard try hasFile(target) else { throw .missing(path(of: target)) }
    }

    // MARK: Quarantine

    /// Moves whatever lies in `inbox/` under a name as `inboxNames` gives it to `archive/quarantine/`.
    ///
    /// There it is `<name>.<n>`, never in the place of something else, with `<name>.<n>.reason.txt` beside it;
    /// bytes that the bus never uses in a name are `_` there, and a long name is cut.
    /// Links, pipes and directories are moved as they are and never opened. Not synced: what a power cut
    /// undoes is found again.
    ///
    /// - Parameters:
    ///   - inboxName: the name, as `inboxNames` shows it.
    ///   - reason: why it cannot stay, for people.
    ///   - advice: what to do about it, for people.
    /// - Returns: the absolute path it has now.
    /// - Throws: `DepotError.missing`, `DepotError.badName`.
    @discardableResult
    package func quarantine(
        inboxName: String,
        reason: String,
        advice: String = ""
    ) throws(DepotError) -> String {
        guard let name = Component(shown: inboxName) else { throw .badName(inboxName) }
        return try quarantine(Location(.inbox, [], name), reason, advice)
    }

    /// The same for what lies in `artifacts/` under a name as `artifactNames` gives it.
    @discardableResult
    package func quarantine(
        artifactName: String,
        reason: String,
        advice: String = ""
    ) throws(DepotError) -> String {
        guard let name = Component(shown: artifactName) else { throw .badName(artifactName) }
        return try quarantine(Location(.artifacts, [], name), reason, advice)
    }

    /// The same for whatever lies at `place`, such as a damaged file.
    @discardableResult
    package func quarantine(
        _ place: Place,
        reason: String,
        advice: String = ""
    ) throws(DepotError) -> String {
        try quarantine(place.location, reason, advice)
    }

    private func quarantine(
        _ source: Location,
        _ reason: String,
        _ advice: String
    ) throws(DepotError) -> String {
        let from = try folder(of: source)
        guard let kind = try from.kind(of: source.name) else { throw .missing(path(of: source)) }
        let target = try archive.makeFolder(Component(checked: "quarantine"), mode: 0o750)
        let text = """
            what:   \(path(of: source)) (\(kind))
            why:    \(reason)
            advice: \(advice)

            """
        let name = try reserve(in: target, for: source.name, Array(text.utf8))
        try from.rename(source.name, to: target, as: name)
        return target.path(of: name)
    }

    /// Takes the first free `<name>.<n>` by making its `<name>.<n>.reason.txt`.
    private func reserve(
        in target: Directory,
        for name: Component,
        _ text: [UInt8]
    ) throws(DepotError) -> Component {
        // 200 bytes leave room for the number and the ending in the 255 of a name.
        let stem = name.plain.prefix(200)
        var number = 1
        while true {
            let candidate = Component(checked: "\(stem).\(number)")
            number += 1
            guard try target.kind(of: candidate) == nil else { continue }
            let note = Component(checked: candidate.shown + ".reason.txt")
            do throws(DepotError) {
                let file = try target.makeFile(note, mode: 0o640)
                try file.write(text)
                return candidate
            } catch .system(EEXIST, _, _) {
                continue
            }
        }
    }

    // MARK: For the parts of the depot

    static func projection(_ task: TaskID) -> Location { Location(.inbox, [], "\(task).json") }

    private func write(_ bytes: [UInt8], to location: Location, durable: Bool) throws(DepotError) {
        let chain = try folders(to: location, making: true)
        let target = chain[chain.count - 1]
        _ = try target.hasFile(location.name)
        let part = try makePart()
        let name = part.name
        do throws(DepotError) {
            try part.file.write(bytes)
            if durable { try part.file.sync() }
            try part.file.close()
            try inbox.rename(name, to: target, as: location.name)
        } catch {
            // The first error is the one to report; a file that stays behind is found by recovery.
            try? inbox.remove(name)
            throw error
        }
        guard durable else { return }
        for directory in chain.reversed() { try directory.sync() }
    }
}
