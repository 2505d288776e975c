import Foundation
import RelayConsumer
import RelayCore
import RelaySeal
import RelayWire

/// Looks whether the demo's job left what it must.
struct DemoEvidence {
    let fleet: DemoFleet
    let job: JobID
    private static let files = [
        "candidate-list.md", "de-raw-output.txt", "sg-review.md", "jp-final.txt", "closeout.json",
        CloseoutStatement.fileName,
    ]
    private static let shownLines = 24

    init(fleet: DemoFleet, job: JobID) {
        self.fleet = fleet
        self.job = job
    }

    /// What is there, in words, and whether it is all.
    func check(_ status: JSON) throws -> (isGood: Bool, text: String) {
        let archive = "\(fleet.directory)/main/archive/\(job)"
        guard status["state"]?.stringValue == JobState.closed.rawValue else {
            return (false, "The job is not closed. Logs: \(fleet.directory)/logs and */logs")
        }
        let missing = try missing(in: archive)
        guard missing.isEmpty else {
            return (false, "The job is closed, but \(missing.joined(separator: ", ")) is not in \(archive)")
        }
        let keyring = Keyring(try FleetFile(path: "\(fleet.directory)/roles/fleet.json"))
        let bundle = BundleVerification(files: try BundleFiles(at: archive).files, pinned: keyring)
        let faults = bundle.checks.compactMap(\.fault)
        guard faults.isEmpty else {
            return (
                false, "The job is closed, but its bundle does not hold: \(faults.joined(separator: "; "))"
            )
        }
        let text = try String(contentsOfFile: "\(archive)/jp-final.txt", encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let more = lines.count > Self.shownLines ? "\n  … \(lines.count - Self.shownLines) more lines" : ""
        let shown = lines.prefix(Self.shownLines).map { "  " + $0 }.joined(separator: "\n") + more
        return (
            true, "jp-final.txt begins:\n\n\(shown)\n\nclosed and verified; the evidence is in \(archive)"
        )
    }

    /// The files that are not there, or are empty; they are put there right after the answer, so a little later.
    private func missing(in archive: String) throws -> [String] {
        let pause = try StopSignal()
        var missing = Self.files
        for _ in 0..<50 {
            missing = missing.filter { name in
                let attributes = try? FileManager.default.attributesOfItem(atPath: "\(archive)/\(name)")
                return (attributes?[.size] as? Int ?? 0) == 0
            }
            if missing.isEmpty || pause.wait(for: .milliseconds(100)) { break }
        }
        return missing
    }
}
