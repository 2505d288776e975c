package import RelayCore

/// A directory below `archive/<job>/`.
package struct FolderName: CheckedName {
    package let rawValue: String
    package static let rule = "a folder name follows the rule of attachment names"

    package init?(rawValue: String) {
        guard let name = AttachmentName(rawValue: rawValue) else { return nil }
        self.rawValue = name.rawValue
    }

    private init(checked: String) { rawValue = checked }

    /// `round-<r>`: what a round left when a newer one replaced it.
    package static func round(_ round: Round) -> FolderName { FolderName(checked: "round-\(round)") }

    /// `stage-<stage>`: what main did in another node's stead, beside the bundle of the job.
    package static func stage(_ stage: StageName) -> FolderName { FolderName(checked: "stage-\(stage)") }

    /// `late-<stage>.<round>.<epoch>`: outputs of a worker whose claim was no longer the current one.
    package static func late(_ stage: StageName, _ round: Round, epoch: Int64) -> FolderName {
        FolderName(checked: "late-\(stage).\(round).\(epoch)")
    }
}
