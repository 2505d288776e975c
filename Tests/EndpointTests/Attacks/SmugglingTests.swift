import Foundation
import TestSupport
import Testing

/// Behind a request that two readers would read in two ways nothing is read any more.
@Suite(.timeLimit(.minutes(10))) struct SmugglingTests {
    /// An honest task, which would be taken if anybody read it.
    private static let hidden = RelaySample("hidden-1")

    @Test func aConnectionGivesOneAnswerAndNoSecondRequest() async throws {
        try await withNode { node in
            try node.upload(Self.hidden)
            let before = try Fingerprint(of: node)
            for row in WireAttacks.smugglers {
                let connection = try node.connect(from: .nano)
                do {
                    try connection.send(row.request.bytes + Self.hidden.request.bytes)
                } catch let failure as SystemFailure {
                    // The node has closed before it was all sent; its answer may be here all the same.
                    #expect([EPIPE, ECONNRESET].contains(failure.code), "\(row.what)")
                }
                let answers = try Self.answers(on: connection)
                // None where the head has filled the memory that the library would write its answer in.
                let isOne = answers.count <= 1 || row.isRefusedByLibrary && answers.first == answers.last
                #expect(isOne, "\(row.what): \(answers)")
            }
            #expect(try Fingerprint(of: node) == before)
            #expect(try node.ask(Self.hidden.request, from: .nano).status == 202)
        }
    }

    /// The status lines of all answers until the node closes the connection, which it must.
    private static func answers(on connection: RawConnection) throws -> [String] {
        let bytes: [UInt8]
        do {
            bytes = try connection.readToEnd()
        } catch let failure as SystemFailure where failure.code == ECONNRESET {
            // Unread bytes make the kernel reset the connection; what came before is there all the same.
            bytes = try connection.readToEnd()
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
            .filter { $0.hasPrefix("HTTP/1.1 ") }
    }
}

extension Row {
    /// libmicrohttpd 0.9.75 writes the head of some of its own refusals twice before it closes.
    fileprivate var isRefusedByLibrary: Bool {
        if case .library = answer { true } else { false }
    }
}
