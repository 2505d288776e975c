package import RelayCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension Depot {
    /// Opens a fresh `inbox/<unique>.part` for one upload.
    package func receive() throws(DepotError) -> IncomingFile {
        IncomingFile(try makePart(), self)
    }

    /// Renames the finished upload to `place` and replaces the file there.
    ///
    /// The name is durable only after `syncInbox` or `syncArtifacts`: one sync for a whole batch.
    ///
    /// - Throws: `DepotError.notReady`, or `DepotError.notRegular` when something else lies there. The upload
    ///   stays as it was and can be discarded.
    package func place(_ file: IncomingFile, at place: Place) throws(DepotError) {
        let location = place.location
        let target = try folder(of: location, making: true)
        _ = try target.hasFile(location.name)
        try file.place(in: target, as: location.name)
    }

    /// Makes all names in `inbox/` durable.
    ///
    /// - Throws: `DepotError.unsynced`: nothing placed since the last sync may be acknowledged, ever.
    package func syncInbox() throws(DepotError) { try inbox.sync() }

    /// Makes all names directly in `artifacts/` durable; see `syncInbox`.
    package func syncArtifacts() throws(DepotError) { try artifacts.sync() }

    /// Makes the name of one file durable, with the directories on the way: for places with a folder.
    ///
    /// - Throws: `DepotError.unsynced`; `DepotError.missing` when a directory is not there.
    package func sync(_ place: Place) throws(DepotError) {
        for directory in try folders(to: place.location, making: false).reversed() { try directory.sync() }
    }

    /// Makes sure that the file lies at `place`, moving it there from the first of `others` that has it.
    ///
    /// A file at `place` is replaced when one of `others` has a newer one: archive it first if it must stay.
    /// Makes the directory of the job when needed. Nothing is synced, as recovery accepts each place; several
    /// threads may do the same at once.
    ///
    /// - Throws: `DepotError.missing` when no place has it; `DepotError.notRegular`.
    package func settle(at place: Place, from others: [Place]) throws(DepotError) {
        let target = place.location
        for other in others where other != place {
            if try move(other.location, to: target, replacing: true) { return }
        }
        guard try hasFile(target) else { throw .missing(path(of: target)) }
    }

    /// The first of `places` where a regular file with one link lies; what else lies there does not count.
    package func find(_ places: [Place]) -> Place? {
        places.first { place in
            // An error has no reader: where nothing can be looked at, nothing is found.
            (try? hasFile(place.location)) ?? false
        }
    }

    /// Reads the whole file and tells what it holds.
    ///
    /// - Throws: `DepotError.missing`, `DepotError.notRegular`; `DepotError.changed` when somebody wrote to it.
    package func facts(of place: Place, named name: AttachmentName) throws(DepotError) -> FileFacts {
        let location = place.location
        let file = try folder(of: location).file(location.name, O_RDONLY)
        let before = Stamp(try file.status())
        var gauge = Gauge()
        var buffer = [UInt8](repeating: 0, count: 262_144)
        while gauge.size <= before.size {
            let count = try file.read(into: &buffer, from: gauge.size)
            if count == 0 { break }
            gauge.take(buffer[..<count])
        }
        guard gauge.size == before.size, Stamp(try file.status()) == before else { throw .changed(file.path) }
        return gauge.finish(named: name)
    }

    /// The same, and the bytes must have the digest that was recorded for them.
    ///
    /// - Throws: `DepotError.damaged` when they have another one.
    @discardableResult
    package func facts(
        of place: Place,
        named name: AttachmentName,
        expected: Digest
    ) throws(DepotError) -> FileFacts {
        let facts = try facts(of: place, named: name)
        guard facts.digest == expected else {
            throw .damaged(path: path(of: place), expected: expected, found: facts.digest)
        }
        return facts
    }

    /// The file's bytes.
    ///
    /// - Throws: `DepotError.tooLarge` for more than `limit` bytes, and what `facts` throws.
    package func read(_ place: Place, limit: Int) throws(DepotError) -> [UInt8] {
        try read(place.location, limit: limit)
    }

    /// Removes the file, not synced; nothing happens when there is none.
    ///
    /// - Throws: `DepotError.notRegular` when something else lies there; it stays.
    package func remove(_ place: Place) throws(DepotError) { try remove(place.location) }

    /// Removes `artifacts/<job>/` when it is empty; `false` when it is not.
    ///
    /// A `settle` into it at the same time may throw `DepotError.missing` and be repeated.
    @discardableResult
    package func removeArtifactFolder(of job: JobID) throws(DepotError) -> Bool {
        try artifacts.removeFolder(Component(checked: job.rawValue))
    }

    // MARK: For the parts of the depot

    func read(_ location: Location, limit: Int) throws(DepotError) -> [UInt8] {
        let file = try folder(of: location).file(location.name, O_RDONLY)
        let before = Stamp(try file.status())
        guard before.size <= Int64(limit) else { throw .tooLarge(path: file.path, limit: limit) }
        // One byte more than there should be shows a file that grows.
        var buffer = [UInt8](repeating: 0, count: Int(before.size) + 1)
        let count = try file.read(into: &buffer, from: 0)
        guard count == Int(before.size), Stamp(try file.status()) == before else { throw .changed(file.path) }
        buffer.removeLast()
        return buffer
    }

    func remove(_ location: Location) throws(DepotError) {
        do throws(DepotError) {
            let folder = try folder(of: location)
            if try folder.hasFile(location.name) { try folder.remove(location.name) }
        } catch .missing {
            // Without the directory there is no file either.
        }
    }

    /// Whether a file lies there; throws `DepotError.notRegular` when something else does.
    func hasFile(_ location: Location) throws(DepotError) -> Bool {
        do throws(DepotError) {
            return try folder(of: location).hasFile(location.name)
        } catch .missing {
            return false
        }
    }

    /// Moves a file and returns whether there was one; with `durable` it is synced, and both names are.
    func move(
        _ source: Location,
        to target: Location,
        replacing: Bool,
        durable: Bool = false
    ) throws(DepotError) -> Bool {
        guard try hasFile(source) else { return false }
        let from = try folder(of: source)
        let chain = try folders(to: target, making: true)
        let folder = chain[chain.count - 1]
        if try folder.hasFile(target.name), !replacing { throw .occupied(path(of: target)) }
        do throws(DepotError) {
            if durable { try from.file(source.name, O_RDONLY).sync() }
            try from.rename(source.name, to: folder, as: target.name)
        } catch .missing {
            return false
        }
        if durable {
            // The new name first: a crash in between may leave both, but never none.
            for directory in chain.reversed() + [from] { try directory.sync() }
        }
        return true
    }
}
