import Foundation
import TestSupport

/// Posts distinct valid documents to a bus of its own and says how many of them it acknowledged in a second.
enum LoadGenerator {
    static func main(_ arguments: [String]) async -> Never {
        do {
            let options = try Options(arguments)
            let rows = try await measure(options)
            exit(rows.allSatisfy(\.isSound) ? 0 : 1)
        } catch let usage as Usage {
            print(usage.text)
            exit(usage.isAnError ? 64 : 0)
        } catch {
            FileHandle.standardError.write(Data("LoadGenerator: \(error)\n".utf8))
            exit(70)
        }
    }

    private static func measure(_ options: Options) async throws -> [Row] {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let node = try await LoadNode(in: scratch, options)
        var rows: [Row] = []
        var next = 0
        if !options.json { print(Row.heading) }
        for clients in options.clients {
            let row = try measure(options, node, scratch.path, clients: clients, from: next)
            next += row.tasks.sent
            rows.append(row)
            print(options.json ? row.json : row.line)
            fflush(nil)
            for fault in row.faults { FileHandle.standardError.write(Data("  \(fault)\n".utf8)) }
            if let status = node.process.status { throw WaitFailure("the bus ended: \(status)") }
        }
        try await node.stop()
        return rows
    }

    private static func measure(
        _ options: Options,
        _ node: LoadNode,
        _ scratch: String,
        clients: Int,
        from first: Int
    ) throws -> Row {
        let work = TaskWork(
            node.documents,
            from: first,
            atMost: options.tasks ?? Int.max,
            withUploads: options.uploads
        )
        let bystander = Bystander(socket: node.socket)
        let tasks = try Run(node, clients: clients, work: work).run(for: options.seconds)
        let health = bystander.stop()
        var row = Row(clients: clients, tasks: tasks, health: health)
        if options.hasBaselines {
            let gets = GetWork(path: "/health", host: node.host)
            row.gets = try Run(node, clients: clients, work: gets).run(for: options.baselineSeconds)
            row.syncs = try RawAppends(in: scratch, threads: clients).rate(for: options.baselineSeconds)
        }
        return row
    }
}
