/// The bounds of a server; every one is in force for every connection.
package struct ServerLimits: Sendable {
    /// Connections per listener; further ones wait in the kernel's queue.
    package var connections: Int
    /// Connections from one address to a TCP listener; further ones are closed at once.
    package var connectionsPerPeer: Int
    /// Connections from all addresses together that the handler does not know; further ones are closed at once.
    package var connectionsOfStrangers: Int
    /// The request line and headers together, in bytes; at most `memoryPerConnection`.
    package var headerBytes: Int
    /// From the first byte that can be seen (a new connection: from its acceptance) to the end of the head.
    package var headDeadline: Duration
    /// From the beginning of a request to the end of its body, the time a sink takes included.
    package var requestDeadline: Duration
    /// The slowest body, and the slowest reading of an answer.
    package var minimumBytesPerSecond: Int
    /// The window over which a body's rate is taken, and what the reading of an answer may take longer.
    package var rateGrace: Duration
    /// From the end of a request's body to its answer, long polls included; a backstop against a lost responder.
    package var answerDeadline: Duration
    /// How long a connection may lie open between two requests.
    package var idleTimeout: Duration
    /// How long a connection that was answered before its body was read is still read, so that a reset does not
    /// destroy the answer on its way.
    package var drainWithin: Duration
    /// How many such connections there may be; further ones are closed at once.
    package var draining: Int
    /// The size that pieces of a streamed body have, but for the last, in bytes.
    package var pieceBytes: Int
    /// The library's buffer per connection, in bytes; a body is read in pieces of half of it.
    package var memoryPerConnection: Int

    /// The defaults; change what differs.
    package init(
        connections: Int = 1024,
        connectionsPerPeer: Int = 256,
        connectionsOfStrangers: Int = 64,
        headerBytes: Int = 16 * 1024,
        headDeadline: Duration = .seconds(10),
        requestDeadline: Duration = .seconds(600),
        minimumBytesPerSecond: Int = 1024,
        rateGrace: Duration = .seconds(10),
        answerDeadline: Duration = .seconds(120),
        idleTimeout: Duration = .seconds(60),
        drainWithin: Duration = .seconds(2),
        draining: Int = 64
    ) {
        self.connections = connections
        self.connectionsPerPeer = connectionsPerPeer
        self.connectionsOfStrangers = connectionsOfStrangers
        self.headerBytes = headerBytes
        self.headDeadline = headDeadline
        self.requestDeadline = requestDeadline
        self.minimumBytesPerSecond = minimumBytesPerSecond
        self.rateGrace = rateGrace
        self.answerDeadline = answerDeadline
        self.idleTimeout = idleTimeout
        self.drainWithin = drainWithin
        self.draining = draining
        pieceBytes = 128 * 1024
        // The library zeroes it after each request, so more would make small requests dearer.
        memoryPerConnection = 32 * 1024
    }

    /// Throws for the first limit that is not positive.
    func check() throws(ServerError) {
        let counts = [
            ("connections", connections), ("connectionsPerPeer", connectionsPerPeer),
            ("headerBytes", headerBytes), ("minimumBytesPerSecond", minimumBytesPerSecond),
            ("pieceBytes", pieceBytes),
            ("memoryPerConnection - headerBytes", memoryPerConnection - headerBytes),
        ]
        let times = [
            ("headDeadline", headDeadline), ("requestDeadline", requestDeadline),
            ("answerDeadline", answerDeadline), ("idleTimeout", idleTimeout),
        ]
        if let bad = counts.first(where: { $0.1 <= 0 }) { throw .limit(bad.0) }
        if let bad = times.first(where: { $0.1 <= .zero }) { throw .limit(bad.0) }
    }

    /// How often the connections are looked over: often enough for the shortest limit, at most 100 times a second.
    var sweepInterval: Duration {
        let shortest = [headDeadline, requestDeadline, answerDeadline, idleTimeout, rateGrace, drainWithin]
            .min()
        return max(.milliseconds(10), min(.milliseconds(500), (shortest ?? .zero) / 8))
    }
}
