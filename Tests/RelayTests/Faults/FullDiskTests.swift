#if os(Linux)
    import Foundation
    import RelayCore
    import RelayWire
    import TestSupport
    import Testing

    extension RelayTests {
        /// Somebody else fills the disk of a node: it refuses work, loses none, answers, and goes on once there is room.
        @Suite(
            .enabled("needs root and the right to mount a loop device") { try await LoopDisk.isPermitted() }
        )
        struct FullDiskTests {
            /// What there is none of any more.
            enum Want: String, CaseIterable, Sendable {
                /// Bytes, as far as the node knows by asking before it takes something.
                case bytesBelowTheFloor
                /// Bytes, which only the system calls that fail tell it.
                case bytes
                /// Names for files, of which the disk has 128 in all.
                case inodes

                var limits: [String: JSON] {
                    switch self {
                    case .bytesBelowTheFloor: ["free_disk_bytes": 1_048_576]
                    case .bytes: ["free_disk_bytes": 0]
                    case .inodes: [:]
                    }
                }

                var options: [String] { self == .inodes ? ["-N", "1300"] : ["-N", "4096"] }
            }

            @Test(arguments: Want.allCases)
            func aFullDiskRefusesWorkLosesNoneAndRecovers(want: Want) async throws {
                let fleet = try Fleet()
                try fleet.files.limit(.nano, want.limits)
                let data = fleet.files.data(.nano)
                let disk = try await LoopDisk(
                    megabytes: 16,
                    in: fleet.path("disk"),
                    at: data,
                    options: want.options
                )
                defer {
                    fleet.end()
                    disk.end()
                }
                try TestKeys.write("nano", in: data)
                let customer = try Customer(of: fleet, seed: 1)
                try await fleet.start(.bus(.nano))
                for number in 1...5 { #expect(try await customer.send("early-\(number)")) }
                for (name, bytes) in Customer.files(of: "between") {
                    #expect(await customer.upload(name, bytes, of: "between"))
                }
                let ballast = try Ballast(in: data, want)
                try await whileFull(want, customer, fleet)
                try ballast.remove()
                try await fleet.eventually("work is taken again") { try await customer.send("between") }
                #expect(try await customer.send("after"))
                let lost = try await customer.seen.value.lost(at: fleet)
                #expect(lost.isEmpty)
                try await customer.seen.value.waitForProjections(at: fleet)
                try await fleet.checkHistory(of: .nano)
                #expect(try await fleet.stop(.bus(.nano)) == .exited(0))
                print("full disk, \(want): \(customer.seen.value.counts), \(lost.count) lost")
            }

            private func whileFull(_ want: Want, _ customer: Customer, _ fleet: Fleet) async throws {
                // The node asks the disk ten times a second, and until then goes by what it heard last.
                let asked = ContinuousClock.now + .milliseconds(300)
                try await fleet.eventually("the next look at the disk") { .now > asked }
                try await expectRefusals(customer, fleet)
                try await expectAnswers(want, fleet)
                // A new start on the full disk changes nothing of that.
                try await fleet.kill(.bus(.nano))
                try await fleet.start(.bus(.nano))
                try await expectAnswers(want, fleet)
                try await expectRefusals(customer, fleet)
            }

            private func expectRefusals(_ customer: Customer, _ fleet: Fleet) async throws {
                for attempt in 1...3 {
                    let bytes = [UInt8](repeating: 0x78, count: 100_000)
                    let upload = try await fleet.upload(
                        bytes,
                        "brief.md",
                        of: "n\(attempt)",
                        to: .nano,
                        as: .main
                    )
                    #expect(upload.status == 507 && upload.code == "no-room", "\(upload)")
                    let task = try await fleet.post(
                        try customer.document(of: "between"),
                        to: .nano,
                        as: .main
                    )
                    #expect(task.status == 507 && task.code == "no-room", "\(task)")
                }
            }

            private func expectAnswers(_ want: Want, _ fleet: Fleet) async throws {
                #expect(try await fleet.task(.nano, of: "early-1")?["state"] == "stored")
                let health = try await Exchange(way: fleet.socket(of: .nano), target: "/health").send()
                let disk = health["checks"]?["disk"]?.elements.first
                // Without a floor the node does not call that a fault which it cannot see before it writes.
                let isSeen = want != .bytes
                #expect(health.status == (isSeen ? 503 : 200), "\(health)")
                #expect(disk?["status"] == (isSeen ? "fail" : "pass"), "\(health)")
            }
        }
    }

    /// What somebody else puts on a disk, until nothing fits.
    private struct Ballast {
        private let path: String

        init(in directory: String, _ want: RelayTests.FullDiskTests.Want) throws {
            path = "\(directory)/ballast"
            try Files.makeDirectory(path)
            switch want {
            case .bytesBelowTheFloor, .bytes: try fill()
            case .inodes: for number in 0... where !make("\(number)") { break }
            }
        }

        func remove() throws { try Files.remove(path) }

        private func fill() throws {
            let descriptor = open("\(path)/bytes", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw SystemFailure(during: "open the ballast") }
            defer { close(descriptor) }
            var size = 1 << 20
            while size >= 512 {
                // A short write is a disk that is nearly full.
                if write(descriptor, [UInt8](repeating: 0, count: size), size) < size { size /= 2 }
            }
            fsync(descriptor)
        }

        private func make(_ name: String) -> Bool {
            let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return false }
            close(descriptor)
            return true
        }
    }
#endif
