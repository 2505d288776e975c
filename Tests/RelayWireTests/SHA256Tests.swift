import RelayCore
import RelaySeal
import Testing

@Suite struct SHA256Tests {
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
                    + "nopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ]
    )
    func theVectorsOfTheStandardHold(_ row: (String, String)) {
        #expect(Digest.of(Array(row.0.utf8)).hex == row.1)
    }

    @Test func aMillionBytesInPiecesGiveTheKnownSum() {
        var sum = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { sum.take(piece) }
        #expect(sum.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func noSplitChangesTheSum() {
        let bytes = (0..<200).map { UInt8($0) }
        for position in 0...bytes.count {
            var sum = SHA256()
            sum.take(bytes[..<position])
            sum.take([UInt8]())
            sum.take(bytes[position...])
            #expect(sum.finish() == Digest.of(bytes), "split at \(position)")
        }
    }
}
