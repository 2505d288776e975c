import Foundation
import RelayCore
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
            is not overwritten. Exit status: 0 found, 1 not here.
            """
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let node = try LocalNode(arguments)
        let job = try node.jobID(matching: arguments.words[0])
        let places = ["archive", "artifacts"].map { "\(node.configuration.data)/\($0)/\(job)" }
        let found = files(in: places)
        guard !found.isEmpty else { throw Failure(.no, "there are no files of \(job) here") }
        guard arguments.words.count > 1 else { return try all(found, arguments) }
        let name = arguments.words[1] == "final" ? "jp-final.txt" : arguments.words[1]
        guard let path = found[name] else {
            let near = Suggestion.nearest(to: name, among: found.keys.sorted())
            throw Failure(.no, "\(job) has no file \(name)" + (near.map { "; did you mean \($0)?" } ?? ""))
        }
        if let target = arguments.value("to") {
            try copy(path, to: target)
        } else {
            FileHandle.standardOutput.write(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        return .success
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

    private static func all(_ found: [String: String], _ arguments: Arguments) throws -> ExitStatus {
        let names = found.keys.sorted()
        if let target = arguments.value("to") {
            for name in names { try copy(found[name] ?? "", to: "\(target)/\(name)") }
        } else if arguments.has("json") {
            Terminal.write(JSON.array(names.map { .string($0) }).text)
        } else {
            Terminal.write(names.joined(separator: "\n"))
        }
        return .success
    }

    private static func copy(_ path: String, to target: String) throws {
        let folder = URL(fileURLWithPath: target).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: path, toPath: target)
        } catch CocoaError.fileWriteFileExists {
            throw Failure(.cannotCreate, "\(target) is there already; nothing is overwritten")
        }
    }
}
