package import RelayCore

/// Where a file of the bus lies; a value, so that several can be tried in order.
package enum Place: Hashable, Sendable {
    /// `inbox/<job>.<round>.<attachment>~<sender>`: an upload that no task has bound yet.
    case unbound(JobID, Round, AttachmentName, sender: NodeName)
    /// `inbox/<job>.<round>.<attachment>`: an upload that a task has bound.
    case bound(JobID, Round, AttachmentName)
    /// `artifacts/<task>.<epoch>.<name>`: an output that is not part of a `produced` yet.
    case output(TaskID, epoch: Int64, AttachmentName)
    /// `artifacts/<job>/<name>`: what this role made in the newest round, or received as evidence.
    case artifact(JobID, AttachmentName)
    /// `archive/<job>/[<folder>/…]<name>`.
    case archived(JobID, [FolderName], AttachmentName)
    /// `archive/late/<job>/[<folder>/…]<name>`: what came after the job was closed.
    case late(JobID, [FolderName], AttachmentName)
}

/// A directory that the depot keeps open.
enum Root: String, CaseIterable, Sendable {
    case inbox, artifacts, archive
}

/// A place in terms of directories.
struct Location: Hashable, Sendable {
    let root: Root
    let folders: [Component]
    let name: Component

    init(_ root: Root, _ folders: [String], _ name: String) {
        self.init(root, folders.map { Component(checked: $0) }, Component(checked: name))
    }

    init(_ root: Root, _ folders: [Component], _ name: Component) {
        self.root = root
        self.folders = folders
        self.name = name
    }

    /// The path below the data directory.
    var path: String {
        ([root.rawValue] + folders.map(\.shown) + [name.shown]).joined(separator: "/")
    }
}

extension Place {
    /// The longest name is that of an output: 63+1+31+1+2 for the task, 1+20 for the epoch, 1+128: 248 of 255.
    var location: Location {
        switch self {
        case .unbound(let job, let round, let name, let sender):
            Location(.inbox, [], "\(job).\(round).\(name)~\(sender)")
        case .bound(let job, let round, let name):
            Location(.inbox, [], "\(job).\(round).\(name)")
        case .output(let task, let epoch, let name):
            Location(.artifacts, [], "\(task).\(epoch).\(name)")
        case .artifact(let job, let name):
            Location(.artifacts, [job.rawValue], name.rawValue)
        case .archived(let job, let folders, let name):
            Location(.archive, [job.rawValue] + folders.map(\.rawValue), name.rawValue)
        case .late(let job, let folders, let name):
            Location(.archive, ["late", job.rawValue] + folders.map(\.rawValue), name.rawValue)
        }
    }
}
