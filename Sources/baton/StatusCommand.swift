import RelayWire

/// `baton status`.
enum StatusCommand: Command {
    static let syntax = Syntax(
        name: "status",
        summary: "Show what this node has in hand and what it waits for.",
        options: [Syntax.config, Syntax.json]
    )

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let status = try LocalNode(arguments).status()
        guard !arguments.has("json") else {
            Terminal.write(status.text)
            return .success
        }
        func text(_ name: String) -> String { status[name].map(Table.cell) ?? "-" }
        Terminal.write(
            "\(text("node")) (\(text("role"))) \(text("version")), \(text("seq")) events, \(text("now"))"
        )
        if let consumer = status["consumer"] {
            Terminal.write(
                "consumer: \(Table.cell(consumer["state"])), seen \(Table.cell(consumer["seen_at"]))"
            )
        }
        show(
            status["tasks"]?.elements ?? [],
            [
                "task": "TASK", "state": "STATE", "since": "SINCE", "epoch": "EPOCH", "progress": "PROGRESS",
                "reason": "REASON", "next": "NEXT",
            ]
        )
        show(
            status["deliveries"]?.elements ?? [],
            [
                "id": "DELIVERY", "to": "TO", "kind": "KIND", "attempts": "ATTEMPTS", "next": "NEXT",
                "error": "ERROR",
            ]
        )
        return .success
    }

    private static func show(_ rows: [JSON], _ columns: KeyValuePairs<String, String>) {
        guard !rows.isEmpty else { return }
        let body = rows.map { row in columns.map { Table.cell(row[$0.key]) } }
        Terminal.write("\n" + Table.lines([columns.map(\.value)] + body).joined(separator: "\n"))
    }
}
