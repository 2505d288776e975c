import Foundation
import RelayCore
import RelaySeal
import RelayWire

/// `baton get JOB [FILE]`.
enum GetCommand: Command {
    static let syntax = Syntax(
        name: "get",
        summary: "Print a file of a job, or list its files; --to copies.",
        words: ["JOB", "[FILE]"],
        options: [
            Syntax.config,
            .init(name: "to", value: "PATH", help: "copy the file there, or all files into that folder"),
            Syntax.json,
        ],
        notes: """
            Looks into this node's archive of the job, then into what it made or received so far. An existing file
            is not overwritten, and a file that no longer has the digest that the bus recorded is not given out.
            Exit status: 0 found, 1 not here, 65 damaged.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let node = try LocalNode(arguments)
        let job = try node.jobID(matching: arguments.words[0])
        let places = ["archive", "artifacts"].map { "\(node.configuration.data)/\($0)/\(job)" }
        let found = files(in: places)
        guard !found.isEmpty else { throw Failure(.no, "there are no files of \(job) here") }
        let recorded = try recorded(job, at: node)
        guard arguments.words.count > 1 else { return try all(found, recorded, arguments) }
        let name = arguments.words[1] == "final" ? "jp-final.txt" : arguments.words[1]
        guard let path = found[name] else {
            let near = Suggestion.nearest(to: name, among: found.keys.sorted())
            throw Failure(.no, "\(job) has no file \(name)" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        let bytes = try bytes(of: name, at: path, recorded)
        if let target = arguments.value("to") {
            try write(bytes, to: target)
        } else {
            FileHandle.standardOutput.write(bytes)
        }
        return .success
    }

    /// The digests that the bus recorded for the job's files, of all rounds, by name.
    private static func recorded(_ job: JobID, at node: LocalNode) throws -> [String: Set<Digest>] {
        var recorded: [String: Set<Digest>] = [:]
        for task in try node.status("job=\(job)&limit=500")["tasks"]?.elements ?? [] {
            for key in ["attachments", "outputs"] {
                for file in task[key]?.elements ?? [] {
                    let file = try Attachment(json: file, at: key)
                    recorded[file.name.rawValue, default: []].insert(file.digest)
                }
            }
        }
        return recorded
    }

    /// The bytes at `path`, which must be recorded ones if the bus has a record of such a file.
    private static func bytes(
        of name: String,
        at path: String,
        _ recorded: [String: Set<Digest>]
    ) throws -> Data {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let base = name.split(separator: "/").last.map(String.init) ?? name
        let digest = Digest.of([UInt8](bytes))
        guard let right = recorded[base], !right.contains(digest) else { return bytes }
        let list = right.map(\.labelled).sorted().joined(separator: " or ")
        throw Failure(
            .data,
            "\(path) is damaged: it has \(digest.labelled), recorded is \(list). Nothing was given out; another node of the job may have it whole"
        )
    }

    /// The files by their names relative to the job's folder; the archive wins.
    private static func files(in places: [String]) -> [String: String] {
        var found: [String: String] = [:]
        for place in places {
            let names = FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String } ?? []
            for name in names {
                var isFolder: ObjCBool = false
                let path = "\(place)/\(name)"
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                    !isFolder.boolValue,
                    found[name] == nil
                else { continue }
                found[name] = path
            }
        }
        return found
    }

    private static func all(
        _ found: [String: String],
        _ recorded: [String: Set<Digest>],
        _ arguments: Arguments
    ) throws -> ExitStatus {
        let names = found.keys.sorted()
        if let target = arguments.value("to") {
            for name in names {
                try write(bytes(of: name, at: found[name] ?? "", recorded), to: "\(target)/\(name)")
            }
        } else if arguments.has("json") {
            Terminal.write(JSON.array(names.map { .string($0) }).text)
        } else {
            Terminal.write(names.joined(separator: "\n"))
        }
        return .success
    }

    private static func write(_ bytes: Data, to target: String) throws {
        let file = URL(fileURLWithPath: target)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try bytes.write(to: file, options: .withoutOverwriting)
        } catch CocoaError.fileWriteFileExists {
            throw Failure(.cannotCreate, "\(target) is there already; nothing is overwritten")
        }
    }
}
