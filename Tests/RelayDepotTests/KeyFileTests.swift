import RelayDepot
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// `key.pem` in the data directory.
@Suite struct KeyFileTests {
    @Test func aKeyIsItsOwnersAloneAndNeverReplaced() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let path = scratch.data + "/key.pem"
        #expect(throws: DepotError.missing(path)) { try depot.key() }
        try depot.writeKey(Sample.bytes("secret"), as: .current)
        #expect(Disk.mode(path) == S_IFREG | 0o600)
        #expect(try depot.key() == Sample.bytes("secret"))
        #expect(throws: DepotError.system(errno: EEXIST, during: "open", path: path)) {
            try depot.writeKey(Sample.bytes("other"), as: .current)
        }
        try depot.writeKey(Sample.bytes("next"), as: .next)
        #expect(Disk.text(path) == "secret")
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o601] as [mode_t])
    func aKeyThatOthersCanUseIsRefused(mode: mode_t) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        try depot.writeKey(Sample.bytes("secret"), as: .current)
        let path = scratch.data + "/key.pem"
        chmod(path, mode)
        #expect(throws: DepotError.exposed(path, mode: mode, owner: geteuid())) { try depot.key() }
    }

    @Test func aLinkInTheKeysPlaceIsNotFollowed() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        try depot.writeKey(Sample.bytes("secret"), as: .next)
        let path = scratch.data + "/key.pem"
        symlink(scratch.data + "/key-next.pem", path)
        #expect(throws: DepotError.notRegular(path, found: .symbolicLink)) { try depot.key() }
        unlink(path)
        link(scratch.data + "/key-next.pem", path)
        #expect(throws: DepotError.notRegular(path, found: .linkedFile(links: 2))) { try depot.key() }
    }

    @Test func halfAKeyIsNotLeftBehind() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data) { call, path in
            call == .write && path.hasSuffix("/key.pem") ? .fails(ENOSPC) : nil
        }
        #expect(throws: DepotError.self) { try depot.writeKey(Sample.bytes("secret"), as: .current) }
        #expect(Disk.text(scratch.data + "/key.pem") == nil)
    }
}
