import Foundation
import Synchronization
import TestSupport

/// Many connections that send one byte a second each, or read nothing, until the node has cut all of them.
final class Crowd: Sendable {
    /// How one of them keeps the node waiting.
    enum Manner: Sendable {
        /// Sends nothing at all.
        case silent
        /// A head that never ends.
        case head
        /// A body that comes byte by byte.
        case body
        /// An answer that is never read.
        case reading
    }

    /// How they stand.
    struct Count: Sendable {
        /// So many have come.
        var connected = 0
        /// So many the node has closed.
        var cut = 0
    }

    private let count = Watched(Count())
    private let isOver = Atomic<Bool>(false)

    /// Lets so many from each of `hosts` connect to `host` and `port`, and begin.
    init(_ crowd: [(from: String, count: Int)], to host: String, port: UInt16) {
        let count = count
        Thread.detachNewThread { [self] in
            var connections: [(RawConnection, Manner)] = []
            for (local, number) in crowd {
                for index in 0..<number {
                    let manner = Self.manner(index)
                    // One that is turned away at once counts as cut.
                    guard let connection = try? RawConnection(host: host, port: port, from: local),
                        (try? connection.send(Self.start(manner, index))) != nil
                    else {
                        count.update { $0.cut += 1 }
                        continue
                    }
                    connections.append((connection, manner))
                    count.update { $0.connected += 1 }
                }
            }
            dribble(connections)
        }
    }

    /// A byte on each in a second, evenly spread.
    private func dribble(_ all: [(RawConnection, Manner)]) {
        var connections = all.filter { $0.1 != .reading }
        while !connections.isEmpty, !isOver.load(ordering: .relaxed) {
            let pause = Double(1) / Double(connections.count)
            connections.removeAll { connection, manner in
                // The pace is the test's input.
                Thread.sleep(forTimeInterval: pause)
                guard Self.isCut(connection, manner) else { return false }
                count.update { $0.cut += 1 }
                return true
            }
        }
        // Whoever does not read does not see the end either, so these read what is left of it.
        for (connection, manner) in all where manner == .reading && !isOver.load(ordering: .relaxed) {
            if (try? connection.readToEnd(within: .seconds(10))) != nil { count.update { $0.cut += 1 } }
        }
    }

    private static func isCut(_ connection: RawConnection, _ manner: Manner) -> Bool {
        if manner == .head || manner == .body, (try? connection.send([UInt8(ascii: "a")])) == nil {
            return true
        }
        return connection.hasEnded
    }

    /// Few of them ask for anything: that would be load, and not slowness.
    private static func manner(_ index: Int) -> Manner {
        index % 50 == 0 ? .reading : [.silent, .head, .body][index % 3]
    }

    private static func start(_ manner: Manner, _ index: Int) -> String {
        switch manner {
        case .silent: ""
        case .head: "GET /status HTTP/1.1\r\nHost: nano\r\nX-Slow: "
        case .body:
            "POST /upload?job=slow-\(index)&name=brief.md HTTP/1.1\r\nHost: nano\r\nContent-Length: 100000\r\n\r\n"
        case .reading: String(repeating: "GET /status HTTP/1.1\r\nHost: nano\r\n\r\n", count: 10)
        }
    }

    /// Waits until as many as `number` have come or were turned away.
    func waitUntilThere(_ number: Int) async throws {
        _ = try await count.wait(for: "crowd of \(number)", within: Fleet.patience) {
            $0.connected + $0.cut >= number ? true : nil
        }
    }

    /// Waits until the node has cut all of `number`.
    func waitUntilCut(_ number: Int) async throws {
        _ = try await count.wait(for: "end of a crowd of \(number)", within: Fleet.patience) {
            $0.cut == number ? true : nil
        }
    }

    /// How they stand now.
    var standing: Count { count.value }

    /// Lets those that are left go.
    func end() { isOver.store(true, ordering: .relaxed) }
}
