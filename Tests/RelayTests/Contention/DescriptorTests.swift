#if os(Linux)
    import Foundation
    import RelayWire
    import TestSupport
    import Testing

    extension RelayTests {
        /// A bus that may have too few open files, from its start or from some moment on.
        @Suite struct DescriptorTests {
            @Test func itServesFewerConnectionsAndSaysSo() async throws {
                let fleet = try Fleet()
                defer { fleet.end() }
                let words = [try builtProduct("batond"), "--config", fleet.files.role(.nano)]
                let bus = try SpawnedProcess(
                    "/bin/sh",
                    ["-c", "ulimit -n 200 && exec \"$0\" \"$@\""] + words
                )
                defer { bus.kill() }
                _ = try await bus.waitForLine(containing: "ready nano ", within: Fleet.patience)
                let log = try Files.readText("\(fleet.files.data(.nano))/logs/bus.jsonl")
                #expect(log.contains(#""connections-lowered","wanted":1024,"served":18"#), "\(log)")
                let crowd = try (0..<40).map { _ in try connect(fleet) }
                _ = try await fleet.status(.nano)
                withExtendedLifetime(crowd) {}
            }

            @Test func withoutAnyItRestsAndGoesOn() async throws {
                let fleet = try Fleet()
                defer { fleet.end() }
                try await fleet.start(.bus(.nano))
                let process = try fleet.process(.bus(.nano)).processID
                let next = try await nextDescriptor(of: process, fleet)
                try await limitFiles(of: process, to: "\(next):4096")
                let waiting = try connect(fleet)
                try waiting.send("GET /health HTTP/1.1\r\nHost: nano\r\n\r\n")
                let before = try ticks(of: process)
                #expect(throws: WaitFailure.self) { try waiting.readResponse(within: .seconds(1)) }
                let used = try ticks(of: process) - before
                #expect(
                    used <= 10,
                    "\(used) hundredths of a second of processor time in one second of waiting"
                )
                try await limitFiles(of: process, to: "4096:4096")
                #expect(try waiting.readResponse(within: Fleet.patience).status == 200)
            }

            /// The lowest number that is free, once what a start opens for a while has been the same for a while.
            private func nextDescriptor(of process: Int32, _ fleet: Fleet) async throws -> Int {
                var (open, looks) = (Set<Int>(), 0)
                try await fleet.eventually("the files of a bus that rests") {
                    let now = Set(try Files.names(in: "/proc/\(process)/fd").compactMap { Int($0) })
                    looks = now == open ? looks + 1 : 0
                    open = now
                    return looks == 60
                }
                return (0...open.count).first { !open.contains($0) } ?? open.count
            }

            private func connect(_ fleet: Fleet) throws -> RawConnection {
                try RawConnection(
                    host: fleet.files.host(.nano),
                    port: fleet.files.port(.nano),
                    from: fleet.files.host(.main)
                )
            }

            private func limitFiles(of process: Int32, to limits: String) async throws {
                let words = ["--pid", "\(process)", "--nofile=\(limits)"]
                let command = try SpawnedProcess("/usr/bin/prlimit", words)
                let finished = try await command.finish(within: .seconds(10))
                #expect(finished.status == .exited(0), "\(finished.errors)")
            }

            /// The processor time that a process has had, in hundredths of a second (proc(5)).
            private func ticks(of process: Int32) throws -> Int {
                let text = try Files.readText("/proc/\(process)/stat")
                let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
                return fields[11...12].compactMap { Int($0) }.reduce(0, +)
            }
        }
    }
#endif
