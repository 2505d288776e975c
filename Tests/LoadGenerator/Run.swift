import Foundation
import TestSupport

/// Keeps so many clients busy from one thread, for some time.
struct Run {
    private var clients: [Client] = []
    private var work: any Work
    private var result = RunResult()
    private var entries: [pollfd] = []
    private var isOver = false
    /// How long an answer may take once nothing new is sent, before it counts as never coming.
    private static let patience = Duration.seconds(30)

    /// Opens all connections, before the clock starts.
    init(_ node: LoadNode, clients count: Int, work: any Work) throws {
        self.work = work
        for _ in 0..<count { clients.append(try Client(port: node.port)) }
        entries = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    }

    /// Sends for `seconds`, waits for the answers that are under way, and closes the connections.
    consuming func run(for seconds: Double) throws -> RunResult {
        defer { hangUp() }
        let began = ContinuousClock.now
        let end = began + .seconds(seconds)
        for index in clients.indices { try start(index, at: began) }
        var now = began
        while clients.contains(where: { $0.exchange != nil }) {
            let limit = (now < end ? end : end + Self.patience) - now
            let ready = try wait(limit)
            now = .now
            isOver = isOver || now >= end
            if ready == 0, now >= end + Self.patience { break }
            for index in clients.indices where entries[index].revents != 0 { advance(index) }
        }
        result.elapsed = now - began
        result.unanswered = clients.count { $0.exchange != nil }
        result.silent = clients.count { $0.answers == 0 }
        return result
    }

    /// Closes the connections and waits until the bus has, too: it counts them against the next run's else.
    private func hangUp() {
        for client in clients { shutdown(client.descriptor, Int32(SHUT_WR)) }
        for client in clients {
            var entry = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
            var byte: UInt8 = 0
            while poll(&entry, 1, 5000) > 0, recv(client.descriptor, &byte, 1, 0) > 0 {}
            close(client.descriptor)
        }
    }

    private mutating func wait(_ limit: Duration) throws -> Int32 {
        for index in clients.indices {
            entries[index].events = Int16(clients[index].isSending ? POLLIN | POLLOUT : POLLIN)
        }
        let ready = poll(&entries, nfds_t(entries.count), Int32(clamping: limit.inMilliseconds + 1))
        guard ready >= 0 || errno == EINTR else { throw SystemFailure(during: "poll") }
        return ready
    }

    private mutating func advance(_ index: Int) {
        do {
            if clients[index].isSending { try clients[index].send() }
            guard let (exchange, fault) = try clients[index].receive() else { return }
            let now = ContinuousClock.now
            if let fault {
                result.note(fault)
            } else if exchange.counts {
                result.answered(after: now - clients[index].began)
            }
            if fault == nil, let next = exchange.next {
                try clients[index].start(next(), at: now)
            } else {
                try start(index, at: now)
            }
        } catch {
            result.note("\(error)")
            entries[index].fd = -1  // poll skips it from here on
        }
    }

    private mutating func start(_ index: Int, at now: ContinuousClock.Instant) throws {
        guard !isOver, let exchange = work.next() else { return }
        result.sent += 1
        try clients[index].start(exchange, at: now)
    }
}

/// What a run saw.
struct RunResult {
    /// How many exchanges were begun.
    var sent = 0
    /// Clients that never got a counted answer.
    var silent = 0
    /// Requests that were still without an answer in the end.
    var unanswered = 0
    var elapsed = Duration.zero
    /// The times of right answers, in microseconds.
    private(set) var times: [Int32] = []
    /// How many answers were wrong or never came, and the first of them.
    private(set) var errors = 0
    private(set) var firstErrors: [String] = []

    mutating func answered(after time: Duration) {
        times.append(Int32(clamping: time.inMicroseconds))
    }

    mutating func note(_ fault: String) {
        errors += 1
        if firstErrors.count < 3 { firstErrors.append(fault) }
    }

    /// Right answers a second.
    var rate: Double { Double(times.count) / (elapsed / .seconds(1)) }

    /// The times in milliseconds below which these shares of the answers lie.
    func quantiles(_ shares: [Double]) -> [Double] {
        let sorted = times.sorted()
        return shares.map { share in
            guard !sorted.isEmpty else { return 0 }
            return Double(sorted[Int(Double(sorted.count - 1) * share)]) / 1000
        }
    }
}

extension Duration {
    var inMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
    var inMilliseconds: Int64 { inMicroseconds / 1000 }
}
