import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// `baton doctor`, through the bus and without one.
    @Suite struct DoctorTests {
        /// What `baton doctor --json` says at `station`.
        private struct Diagnosis {
            let status: TestSupport.ExitStatus
            let faults: [NodeFault]
            let text: String

            /// The checks that found faults, notes left out.
            var checks: Set<String> { Set(faults.filter { !$0.isNote }.map(\.check)) }

            func says(_ check: String, _ parts: String...) -> Bool {
                faults.contains { fault in
                    fault.check == check
                        && parts.allSatisfy { "\(fault.subject): \(fault.what)".contains($0) }
                }
            }
        }

        private func doctor(_ fleet: Fleet, _ station: Station, repair: Bool = false) async throws
            -> Diagnosis
        {
            let words =
                ["doctor", "--json", "--config", fleet.files.role(station)] + (repair ? ["--repair"] : [])
            let run = try await SpawnedProcess(try builtProduct("baton"), words).finish(within: .seconds(60))
            let text = (run.output + run.errors).joined(separator: "\n")
            let json = try JSON(parsing: Array((run.output.first ?? "").utf8))
            let faults = try (json["faults"]?.elements ?? []).map { try NodeFault(json: $0, at: "fault") }
            let isHealthy = run.status == .exited(0)
            #expect(json["healthy"] == .bool(isHealthy), "\(text)")
            #expect(isHealthy == faults.allSatisfy(\.isNote), "\(text)")
            return Diagnosis(status: run.status, faults: faults, text: text)
        }

        @Test func aHealthyNodeIsHealthyAndEachTroubleOfTheRunningOneIsNamed() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.buses + [.hands(.sg)])
            for station in Station.allCases { chmod(fleet.files.data(station), 0o750) }
            try await fleet.wait(at: .sg, for: "its consumer") {
                $0["consumer"]?["state"] == "present" ? true : nil
            }
            let well = try await doctor(fleet, .sg)
            #expect(well.status == .exited(0) && well.checks == [], "\(well.text)")
            #expect(well.says("users", "the bus's own user"), "\(well.text)")
            let shown = try await fleet.baton(.sg, "doctor")
            #expect(shown.output.last == "sg is healthy.", "\(shown)")

            // Nobody does the work of nano, and jp is away.
            try await fleet.kill(.bus(.jp))
            let away = try await doctor(fleet, .nano)
            #expect(away.status == .exited(1) && away.checks == ["consumer", "peers"], "\(away.text)")
            #expect(away.says("peers", "jp (", "no answer"), "\(away.text)")
            let lines = try await fleet.baton(.nano, "doctor").output
            #expect(lines.contains { $0.hasPrefix("fault (peers) jp (") }, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("  fix: start batond there") }, "\(lines)")
            #expect(lines.last == "nano: 2 faults.", "\(lines)")
        }

        @Test func aPeersClockIsCompared() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.sg))
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let later = UnixMilliseconds(now + 7_200_000).rfc3339
            let answer = "{\"status\":\"pass\",\"time\":\"\(later)\"}"
            let stub = try Stub(host: fleet.files.host(.jp), port: fleet.files.port(.jp), answer: answer)
            defer { stub.end() }
            let found = try await doctor(fleet, .sg)
            #expect(found.says("clock", "jp (", "ahead of ours"), "\(found.text)")
        }

        @Test func usageAndConfigurationHaveTheirStatus() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            #expect(try await fleet.baton(.sg, "doctor", "--mend").status == .exited(2))
            try Files.write("{}", to: fleet.files.role(.sg))
            #expect(try await fleet.baton(.sg, "doctor").status == .exited(78))
        }

        @Test func aBusThatHangsIsNamed() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.sg))
            try fleet.freeze(.bus(.sg))
            let found = try await doctor(fleet, .sg)
            fleet.thaw(.bus(.sg))
            #expect(found.says("bus", "does not answer"), "\(found.text)")
        }

        @Test func anExposedKeyIsNamedAndNobodyMakesAsIfItWereSecret() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let path = "\(fleet.files.data(.sg))/key.pem"
            try await fleet.start(.bus(.sg))
            #expect(try await fleet.stop(.bus(.sg)) == .exited(0))
            chmod(path, 0o644)
            for repair in [false, true] {
                let found = try await doctor(fleet, .sg, repair: repair)
                #expect(found.says("key", path), "\(found.text)")
            }
        }

        /// What a start mends is mended by `--repair` without one.
        @Test func withoutABusItLooksAndRepairsUnderTheLock() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.buses + [.hands(.main), .hands(.nano)])
            try await fleet.dispatch("sick")
            try await fleet.wait(.sg, of: "sick", is: .stored)
            let data = fleet.files.data(.sg)
            chmod(data, 0o750)
            let document = "\(data)/inbox/sick.sg.1.json"
            try await fleet.eventually("the document") { Files.exists(document) }
            #expect(try await fleet.stop(.bus(.sg)) == .exited(0))
            // `bus.sock` is gone with the bus, and that is all.
            #expect(try await doctor(fleet, .sg).checks == ["bus"])

            let right = try Files.read(document)
            try Files.remove(document)
            chmod("\(data)/inbox", 0o777)
            try Files.remove("\(data)/work/logs")
            try Files.write("x", to: "\(data)/inbox/notes.md")
            let sick = try await doctor(fleet, .sg)
            #expect(sick.checks == ["bus", "directories"], "what is not whole is not opened: \(sick.text)")
            #expect(sick.says("directories", "work/logs", "missing"), "\(sick.text)")
            #expect(sick.says("directories", "inbox", "0777"), "\(sick.text)")
            try Files.makeDirectory("\(data)/work/logs")
            let more = try await doctor(fleet, .sg)
            #expect(more.says("files", "sick.sg.1.json", "missing"), "\(more.text)")
            #expect(more.says("files", "notes.md"), "\(more.text)")
            #expect(
                !Files.exists(document) && Files.exists("\(data)/inbox/notes.md"),
                "a look changes nothing"
            )

            let repaired = try await doctor(fleet, .sg, repair: true)
            #expect(repaired.checks == ["bus"], "\(repaired.text)")
            #expect(try Files.read(document) == right)
            #expect(try Files.names(in: "\(data)/archive/quarantine").contains("notes.md.1"))
            try await fleet.start(
                [.bus(.sg), .hands(.sg), .bus(.jp), .hands(.jp)].filter { !fleet.isRunning($0) }
            )
            try await fleet.wait(job: "sick", is: .closed)
        }

        /// A repair of the running node finds the damage, and main's desk has it mended.
        @Test func aRepairOfTheRunningNodeEndsWithTheRightBytes() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .hands(.sg) })
            try await fleet.dispatch("sick")
            try await fleet.wait(.sg, of: "sick", is: .stored)
            let path = "\(fleet.files.data(.sg))/inbox/sick.1.candidate-list.md"
            try await fleet.eventually("the input") { Files.exists(path) }
            let right = try Files.read(path)
            try DamageTests.Damage.flipped.strike(path)
            let found = Digest.of(try Files.read(path)).labelled
            let sick = try await doctor(fleet, .sg)
            #expect(sick.says("files", "candidate-list.md", Digest.of(right).labelled, found), "\(sick.text)")
            #expect(try await fleet.task(.sg, of: "sick")?["state"] == "stored", "a look changes nothing")
            _ = try await doctor(fleet, .sg, repair: true)
            try await fleet.eventually("the right bytes") {
                try Files.exists(path) && Files.read(path) == right
            }
            #expect(try await !doctor(fleet, .sg).checks.contains("files"))
            try await fleet.start(.hands(.sg))
            try await fleet.wait(job: "sick", is: .closed)
        }
    }
}
