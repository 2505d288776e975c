import Glibc
import RelayDepot
import Testing

/// The space that is kept for the ledger.
@Suite struct SpaceReserveTests {
    @Test func itIsAllocatedGivenUpAndAllocatedAgain() throws {
        let scratch = Scratch()
        let path = scratch.data + "/ledger.reserve"
        let reserve = try Depot(data: scratch.data).reserve
        try reserve.hold(1 << 20)
        #expect(allocated(path) >= 1 << 20)
        try reserve.hold(1 << 20)
        #expect(allocated(path) >= 1 << 20)
        try reserve.giveUp()
        #expect(allocated(path) == 0)
        try reserve.hold(1 << 19)
        #expect(allocated(path) >= 1 << 19 && allocated(path) < 1 << 20)
    }

    @Test func withoutRoomNothingOfItIsKept() throws {
        let scratch = Scratch()
        let path = scratch.data + "/ledger.reserve"
        let depot = try Depot(data: scratch.data) { call, about in
            call == .space && about.hasSuffix("ledger.reserve") ? .fails(ENOSPC) : nil
        }
        #expect(throws: DepotError.system(errno: ENOSPC, during: "space", path: path)) {
            try depot.reserve.hold(1 << 20)
        }
        #expect(allocated(path) == 0)
    }

    /// The bytes of the disk that the file has.
    private func allocated(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : -1
    }
}
