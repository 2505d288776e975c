/// A name that is checked once, at the edge, and is safe as a part of a file name from then on.
package protocol CheckedName: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible
where RawValue == String {
    /// The rule in words, for messages: "a job id is …".
    static var rule: String { get }
}

extension CheckedName {
    package var description: String { rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The name of one machine's daemon in `fleet.json`.
package struct NodeName: CheckedName {
    package let rawValue: String
    package static let rule = "a node name is a lower-case letter, then at most 30 of a-z 0-9 -"

    package init?(rawValue: String) {
        guard
            ByteRules.holds(
                rawValue,
                first: ByteRules.isLowerLetter,
                rest: { ByteRules.isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") },
                atMost: 30
            )
        else { return nil }
        self.rawValue = rawValue
    }
}

/// The name of one step of a job, which is also the name of the role that does it.
package struct StageName: CheckedName {
    package let rawValue: String
    package static let rule = "a stage name is a lower-case letter, then at most 30 of a-z 0-9 -"

    /// The stage that closes a job.
    package static let main = StageName(checked: "main")

    package init?(rawValue: String) {
        guard let name = NodeName(rawValue: rawValue) else { return nil }
        self.rawValue = name.rawValue
    }

    private init(checked: String) { rawValue = checked }

    /// The stage a person means: `de` is spoken for nano, and never on the wire (design.md, 1).
    package init?(spoken: String) {
        self.init(rawValue: spoken == "de" ? "nano" : spoken)
    }
}

/// The id of one piece of relay work.
package struct JobID: CheckedName {
    package let rawValue: String
    package static let rule =
        "a job id is one of a-z 0-9, then at most 62 of a-z 0-9 -, and neither late nor quarantine"

    /// These would be folders of `archive/` that stand for something else.
    private static let reserved: Set = ["late", "quarantine"]

    package init?(rawValue: String) {
        guard
            ByteRules.holds(
                rawValue,
                first: ByteRules.isLowerAlphanumeric,
                rest: { ByteRules.isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") },
                atMost: 62
            ), !Self.reserved.contains(rawValue)
        else { return nil }
        self.rawValue = rawValue
    }
}

/// The name of a file that travels with a task.
package struct AttachmentName: CheckedName {
    package let rawValue: String
    package static let rule =
        "an attachment name is a letter or digit, then at most 127 of A-Z a-z 0-9 . _ - and does not end in .part"

    package init?(rawValue: String) {
        guard
            ByteRules.holds(
                rawValue,
                first: ByteRules.isAlphanumeric,
                rest: {
                    ByteRules.isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                        || $0 == UInt8(ascii: "-")
                },
                atMost: 127
            ), !rawValue.lowercased().hasSuffix(".part")
        else { return nil }
        self.rawValue = rawValue
    }

    /// The form under which names of one job and round must be unique, as a file system may ignore case.
    package var folded: String { rawValue.lowercased() }
}

/// The number of a round of a job, 1 to 16.
package struct Round: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number itself.
    package let number: Int
    /// A job has at most this many rounds (design.md, 5).
    package static let limit = 16
    /// The round every job begins with.
    package static let first = Round(checked: 1)

    /// Fails outside 1 to 16.
    package init?(_ number: Int) {
        guard (1...Self.limit).contains(number) else { return nil }
        self.number = number
    }

    private init(checked: Int) { number = checked }

    /// The round after this one, `nil` after the last.
    package var next: Round? { Round(number + 1) }

    /// The round before this one; the first for the first.
    package var previous: Round { Round(number - 1) ?? self }

    package var description: String { String(number) }

    package static func < (left: Round, right: Round) -> Bool { left.number < right.number }
}
