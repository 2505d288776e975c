#if canImport(Glibc)
    import Glibc
#endif

/// What others put into `inbox/` while the bus runs.
package enum InboxSighting: Hashable, Sendable {
    /// The name of an entry that came or was written to, as `inboxNames` gives it.
    case entry(String)
    /// More happened than the kernel keeps: any entry may be new.
    case anything
}

#if canImport(Glibc)
    /// Sees what others put into `inbox/` by inotify(7); what the bus itself makes and renames there is passed over.
    ///
    /// A file is seen once its writer has closed it, anything else as soon as it is there.
    package final class InboxWatch: Sendable {
        private let depot: Depot
        private let descriptor: Int32
        private let watch: Int32
        private static let headSize = MemoryLayout<inotify_event>.size

        /// Fails with the kernel's word, for example when a user has too many watches.
        init(_ depot: Depot) throws(DepotError) {
            self.depot = depot
            let path = depot.inbox.path
            descriptor = inotify_init1(Int32(IN_CLOEXEC))
            guard descriptor >= 0 else { throw .system(errno: errno, during: "inotify_init1", path: path) }
            let mask = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | Int32(IN_ONLYDIR)
            watch = inotify_add_watch(descriptor, path, UInt32(mask))
            guard watch >= 0 else {
                let code = errno
                close(descriptor)
                throw .system(errno: code, during: "inotify_add_watch", path: path)
            }
        }

        /// Ends `run` as soon as it has told what was seen before; once.
        package func stop() {
            // Removing the watch is itself an event, which is what wakes the reader.
            _ = inotify_rm_watch(descriptor, watch)
        }

        /// Blocks and tells what is seen, on a thread of its own, until `stop`; once.
        package func run(_ report: ([InboxSighting]) -> Void) {
            defer { close(descriptor) }
            var own = OwnMoves()
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                let (sightings, isOver) = buffer.withUnsafeBytes { bytes in
                    look(at: UnsafeRawBufferPointer(rebasing: bytes[..<count]), &own)
                }
                if !sightings.isEmpty { report(sightings) }
                if isOver { return }
            }
        }

        private func look(
            at bytes: UnsafeRawBufferPointer,
            _ own: inout OwnMoves
        ) -> (sightings: [InboxSighting], isOver: Bool) {
            var sightings: [InboxSighting] = []
            var start = 0
            while start + Self.headSize <= bytes.count {
                let head = bytes.loadUnaligned(fromByteOffset: start, as: inotify_event.self)
                let name = bytes[(start + Self.headSize)...].prefix(Int(head.len)).prefix { $0 != 0 }
                start += Self.headSize + Int(head.len)
                if head.mask & UInt32(IN_IGNORED) != 0 { return (sightings, true) }
                if head.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                    sightings.append(.anything)
                } else if let sighting = sighting(head, name, &own) {
                    sightings.append(sighting)
                }
            }
            return (sightings, false)
        }

        private func sighting(
            _ head: inotify_event,
            _ bytes: Slice<UnsafeRawBufferPointer>,
            _ own: inout OwnMoves
        ) -> InboxSighting? {
            // Most events are ours; they end here, before anything is made of their names.
            let isOwn = depot.isOwnPart(bytes)
            if head.mask & UInt32(IN_MOVED_FROM) != 0 {
                if isOwn || isFile(bytes) { own.note(head.cookie) }
                return nil
            }
            guard !isOwn, let name = Component(bytes: bytes) else { return nil }
            if head.mask & UInt32(IN_MOVED_TO) != 0 {
                return own.has(head.cookie) ? nil : .entry(name.shown)
            }
            if head.mask & UInt32(IN_CREATE) != 0, (try? depot.inbox.kind(of: name)) == .file {
                // Its writer is still at it, and its end will be seen. What cannot be looked at is gone again.
                return nil
            }
            return .entry(name.shown)
        }

        /// Whether a name is that of an attachment, which the bus renames when a task binds it.
        private func isFile(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
            guard let name = Component(bytes: bytes), case .file = depot.entry(inboxName: name.shown) else {
                return false
            }
            return true
        }
    }

    /// The renames within `inbox/` that were begun by the bus; the two events of a rename follow each other closely.
    private struct OwnMoves {
        private var cookies: [UInt32] = []
        private var next = 0

        mutating func note(_ cookie: UInt32) {
            if cookies.count < 64 {
                cookies.append(cookie)
            } else {
                cookies[next] = cookie
                next = (next + 1) % cookies.count
            }
        }

        func has(_ cookie: UInt32) -> Bool { cookies.contains(cookie) }
    }
#else
    /// Without inotify what others put into `inbox/` is found at the next start.
    package final class InboxWatch: Sendable {
        /// Nothing runs.
        package func stop() {}

        /// Returns at once.
        package func run(_ report: ([InboxSighting]) -> Void) {}
    }
#endif

extension Depot {
    /// Sees from now on what others put into `inbox/`.
    ///
    /// - Throws: `DepotError.system` when the kernel gives no watch; the next start finds it all the same.
    package func watchInbox() throws(DepotError) -> InboxWatch {
        #if canImport(Glibc)
            try InboxWatch(self)
        #else
            InboxWatch()
        #endif
    }
}
