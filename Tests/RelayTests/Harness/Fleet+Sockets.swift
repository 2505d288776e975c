import Foundation
import TestSupport

extension Fleet {
    /// Waits until a request from `sender` lies unread at the frozen bus of `station`.
    ///
    /// Nothing else shows that a consumer has its delivery and is on its way: a lease is there before its answer.
    func waitUntilUnread(at station: Station, from sender: Station) async throws {
        #if os(Linux)
            let local = socketName(of: station) + ":" + hex(files.port(station), digits: 4)
            let remote = socketName(of: sender) + ":"
            try await eventually("bytes from \(sender) unread at \(station)") {
                let lines = try Self.tableOfSockets().split(separator: "\n").dropFirst()
                return lines.contains { line in
                    // Number, local and remote address, state, bytes to send and to read (proc(5)).
                    let words = line.split(separator: " ")
                    return words.count > 4 && words[1] == local && words[2].hasPrefix(remote)
                        && !words[4].hasSuffix(":00000000")
                }
            }
        #else
            // All nodes share an address there, so the way cannot be seen from outside.
            try await Task.sleep(for: .milliseconds(500))
        #endif
    }

    #if os(Linux)
        /// What the kernel says of all sockets; Foundation reads no more than the first page of such a file.
        private static func tableOfSockets() throws -> String {
            let descriptor = Foundation.open("/proc/net/tcp", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemFailure(during: "open /proc/net/tcp") }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer[..<count]
            }
        }
    #endif

    /// The host of `station` as the kernel prints it: its four bytes in hexadecimal, the last one first.
    private func socketName(of station: Station) -> String {
        files.host(station).split(separator: ".").reversed()
            .map { hex(UInt16($0) ?? 0, digits: 2) }.joined()
    }

    private func hex(_ number: UInt16, digits: Int) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
