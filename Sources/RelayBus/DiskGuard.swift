import RelayDepot
import RelayWire
import Synchronization

/// Whether there is room for more: above the floors, with what uploads on their way will take, while the ledger's
/// reserve is whole.
final class DiskGuard: Sendable {
    private struct Look {
        let at: ContinuousClock.Instant
        /// What is left above the floor, in bytes; negative below it.
        let spare: Int64
    }

    /// What became of the ledger's reserve.
    private enum Reserve {
        case held
        /// It was given up, and was looked after last at that time.
        case givenUp(ContinuousClock.Instant)
        /// None is wanted, or there was no room for it from the start: the floor has to do.
        case none
    }

    private let depot: Depot
    private let limits: NodeLimits
    private let last = Mutex<Look?>(nil)
    private let reserve = Mutex(Reserve.none)
    private let promised = Atomic<Int64>(0)

    init(_ depot: Depot, limits: NodeLimits) {
        self.depot = depot
        self.limits = limits
        if canHold() { reserve.withLock { $0 = .held } }
    }

    /// Whether anything new may be taken.
    var hasRoom: Bool { spare() >= 0 }

    /// Whether a look that is not older than a second says that `bytes` more are too many; asks no file system.
    func isKnownToLackRoom(for bytes: Int64) -> Bool {
        guard let last = last.withLock({ $0 }), ContinuousClock.now < last.at.advanced(by: .seconds(1)) else {
            return false
        }
        return last.spare - promised.load(ordering: .relaxed) < bytes
    }

    /// Sets `bytes` aside for an upload until the promise is let go; `nil` when they would go below the floor.
    func promise(_ bytes: Int64) -> Promise? {
        let before = promised.add(bytes, ordering: .relaxed).oldValue
        let promise = Promise(of: bytes, by: self)
        return spare() - before >= bytes ? promise : nil
    }

    /// Space that an upload on its way may still need.
    final class Promise: Sendable {
        private let bytes: Int64
        private let keeper: DiskGuard

        fileprivate init(of bytes: Int64, by keeper: DiskGuard) {
            self.bytes = bytes
            self.keeper = keeper
        }

        deinit { keeper.promised.subtract(bytes, ordering: .relaxed) }
    }

    /// The disk is full to its last byte: what is kept for the ledger is needed now.
    ///
    /// Nothing new is taken until it is whole again.
    func giveUpReserve() {
        let isHeld = reserve.withLock { reserve in
            guard case .held = reserve else { return false }
            reserve = .givenUp(.now)
            return true
        }
        guard isHeld else { return }
        // When even that fails, the next one that finds the disk full has nothing left to give up.
        try? depot.reserve.giveUp()
    }

    /// What is left above the floor, asked of the file system at most ten times a second.
    private func spare() -> Int64 {
        guard isReserveWhole() else { return -1 }
        let now = ContinuousClock.now
        if let last = last.withLock({ $0 }), now < last.at.advanced(by: .milliseconds(100)) {
            return last.spare
        }
        let spare = measured()
        last.withLock { $0 = Look(at: now, spare: spare) }
        return spare
    }

    private func measured() -> Int64 {
        // A file system that cannot be asked takes nothing new.
        guard let free = try? depot.freeSpace(), free.inodes >= limits.freeDiskInodes else { return -1 }
        return free.bytes - limits.freeDiskBytes
    }

    /// Looks at most once a second whether a reserve that was given up can be had again.
    private func isReserveWhole() -> Bool {
        let now = ContinuousClock.now
        return reserve.withLock { reserve in
            guard case .givenUp(let last) = reserve else { return true }
            guard now >= last.advanced(by: .seconds(1)) else { return false }
            reserve = canHold() ? .held : .givenUp(now)
            if case .held = reserve { return true }
            return false
        }
    }

    /// Allocates the reserve, unless that would go below the floor.
    private func canHold() -> Bool {
        guard limits.ledgerReserveBytes > 0, measured() >= limits.ledgerReserveBytes else { return false }
        return (try? depot.reserve.hold(limits.ledgerReserveBytes)) != nil
    }
}
