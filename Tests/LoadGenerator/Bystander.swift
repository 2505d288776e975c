import Foundation
import Synchronization
import TestSupport

/// Uses the bus in all other ways while the clients load it, over a connection of its own: asks for its health and its
/// status, claims where there is nothing to claim, and uploads an output that no task wants.
final class Bystander: Sendable {
    /// What it saw.
    struct Result: Sendable {
        /// How often it asked for the health.
        var answers = 0
        /// The longest that the health took.
        var slowest = Duration.zero
        /// What was not answered as it must be, or not in time.
        var fault: String?
    }

    /// A request and the statuses that are right for it.
    private typealias Question = (request: String, statuses: ClosedRange<Int>)

    private let isOver = Atomic<Bool>(false)
    private let result = Watched<Result?>(nil)
    /// An answer that takes longer is a fault.
    private static let deadline = Duration.seconds(5)

    /// Begins at once, through the Unix socket, which has no limit of connections per peer.
    init(socket path: String) {
        Thread.detachNewThread { [self] in
            var seen = Result()
            do {
                let connection = try RawConnection(unixPath: path)
                var turn = 0
                while !isOver.load(ordering: .relaxed) {
                    let time = try Self.time(of: Self.health, connection)
                    seen.answers += 1
                    seen.slowest = max(seen.slowest, time)
                    let others = Self.others(turn)
                    _ = try Self.time(of: others[turn % others.count], connection)
                    turn += 1
                    usleep(20_000)
                }
            } catch {
                seen.fault = "beside the load: \(error)"
            }
            result.update { [seen] in $0 = seen }
        }
    }

    /// Ends it and tells what it saw.
    func stop() -> Result {
        isOver.store(true, ordering: .relaxed)
        while true {
            if let seen = result.value { return seen }
            usleep(1000)
        }
    }

    private static let host = "Host: localhost\r\n"
    private static let health: Question = ("GET /health HTTP/1.1\r\n\(host)\r\n", 200...200)

    private static func others(_ turn: Int) -> [Question] {
        let claim = """
            {"baton":1,"kind":"claim","instance":"load","request":"\(turn)","stages":["main"]}
            """
        let json = "Content-Type: application/json\r\nContent-Length: \(claim.utf8.count)\r\n"
        let output = "/upload?task=nobody.nano.1&epoch=1&name=load.txt"
        return [
            ("GET /status?limit=1 HTTP/1.1\r\n\(host)\r\n", 200...200),
            ("POST /task HTTP/1.1\r\n\(host)\(json)\r\n\(claim)", 200...204),
            ("POST \(output) HTTP/1.1\r\n\(host)Content-Length: 1\r\n\r\nx", 404...404),
        ]
    }

    private static func time(of question: Question, _ connection: RawConnection) throws -> Duration {
        let began = ContinuousClock.now
        try connection.send(question.request, within: deadline)
        let response = try connection.readResponse(within: deadline)
        guard question.statuses.contains(response.status) else {
            let line = question.request.prefix { $0 != "\r\n" }
            throw WaitFailure("\(line) was answered \(response.status) \(response.text)")
        }
        return ContinuousClock.now - began
    }
}
