package import RelayCore
package import RelayWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Log lines of the consumer: one JSON object each, into a file and to standard error.
///
/// They say what happened to which task, never what is in a document or a file.
package final class ConsumerLog: Sendable {
    /// How much a line matters.
    package enum Level: String, Hashable, Sendable {
        case info, warning, error
    }

    private let descriptors: [Int32]
    private let owned: Int32
    private let now: @Sendable () -> UnixMilliseconds
    private let turn = Mutex(())

    /// Appends to the file at `path`, which is made when it is not there; `nil` for no file.
    package init(path: String?, isEchoed: Bool, world: World) throws {
        var owned: Int32 = -1
        if let path {
            owned = Files.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o640)
            guard owned >= 0 else { throw ConsumerError.last("open the log \(path)") }
        }
        self.owned = owned
        self.descriptors = (owned >= 0 ? [owned] : []) + (isEchoed ? [STDERR_FILENO] : [])
        self.now = world.now
    }

    deinit { if owned >= 0 { close(owned) } }

    /// Writes one line; `event` is a constant.
    package func write(
        _ level: Level,
        _ event: String,
        task: TaskID? = nil,
        _ fields: KeyValuePairs<String, JSON?> = [:]
    ) {
        write(level, event, task: task, fields: fields.compactMap { name, value in value.map { (name, $0) } })
    }

    /// Writes one line; `event` is a constant.
    package func write(_ level: Level, _ event: String, task: TaskID? = nil, fields: [(String, JSON)]) {
        var members: [JSON.Member] = [
            .init("at", JSON(now())), .init("level", .string(level.rawValue)), .init("event", .string(event)),
        ]
        if let task { members.append(.init("task", JSON(task))) }
        let line = JSON.object(members + fields.map { JSON.Member($0.0, $0.1) }).encoded + [0x0A]
        turn.withLock { _ in
            for descriptor in descriptors {
                // There is nobody left to tell when the log itself cannot be written.
                try? Descriptors.drain(line[...], to: descriptor, during: "write the log")
            }
        }
    }
}
