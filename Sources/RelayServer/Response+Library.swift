import CMicroHTTPD

extension Response {
    /// Hands the answer to the library, which copies it; false when the connection cannot take it.
    func queue(on connection: OpaquePointer) -> Bool {
        guard let made = build() else {
            // A header or status that HTTP does not allow: the peer gets a bare answer, never a split one.
            guard let bare = Response(status: 500, closes: true).build() else { return false }
            return Self.queue(bare, status: 500, on: connection)
        }
        return Self.queue(made, status: UInt32(status), on: connection)
    }

    private static func queue(_ made: OpaquePointer, status: UInt32, on connection: OpaquePointer) -> Bool {
        defer { MHD_destroy_response(made) }  // the library keeps its own reference until it is sent
        return MHD_queue_response(connection, status, made) == .YES
    }

    private func build() -> OpaquePointer? {
        guard (200...599).contains(status) else { return nil }
        let created = body.withUnsafeBytes { bytes in
            // The library copies at once, so the mutable pointer its signature asks for is never written through.
            MHD_create_response_from_buffer(
                bytes.count,
                UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                .RESPMEM_MUST_COPY
            )
        }
        guard let created else { return nil }
        var isSound = true
        for (name, value) in headers where !value.isEmpty && !Self.isReserved(name) {
            isSound =
                isSound && Self.isSound(name, value)
                && MHD_add_response_header(created, name, value) == .YES
        }
        if closes { isSound = isSound && MHD_add_response_header(created, "Connection", "close") == .YES }
        guard isSound else {
            MHD_destroy_response(created)
            return nil
        }
        return created
    }

    private static func isReserved(_ name: String) -> Bool {
        reserved.contains { $0.utf8.count == name.utf8.count && $0 == name.lowercased() }
    }

    private static let reserved = ["content-length", "transfer-encoding", "connection", "date"]

    private static func isSound(_ name: String, _ value: String) -> Bool {
        Framing.isToken(name.utf8) && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
