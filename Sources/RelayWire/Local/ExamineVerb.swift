/// `examine`: the node looks at all that it has, and mends what its next start would.
package struct ExamineRequest: Hashable, Sendable, WireReadable, WireWritable {
    /// Whether to do what a start does, before looking.
    package let repairs: Bool

    package init(repairs: Bool) { self.repairs = repairs }

    package init(from fields: inout Fields) throws(WireError) {
        repairs =
            try fields.optional("repair") { (fields, name) throws(WireError) in try fields.bool(name) }
            ?? false
    }

    package var json: JSON { .members(["repair": .bool(repairs)]) }
}

/// One thing about a node that is not as it should be.
package struct NodeFault: Hashable, Sendable, WireReadable, WireWritable {
    /// What was looked at, such as `ledger`.
    package let check: String
    /// The file, directory, address or node.
    package let subject: String
    /// What is wrong with it.
    package let what: String
    /// Why that matters.
    package let why: String
    /// What to do about it.
    package let fix: String
    /// Whether it is allowed, and only less safe than it could be.
    package let isNote: Bool

    package init(
        _ check: String,
        _ subject: String,
        _ what: String,
        why: String,
        fix: String,
        isNote: Bool = false
    ) {
        self.check = check
        self.subject = subject
        self.what = what
        self.why = why
        self.fix = fix
        self.isNote = isNote
    }

    package init(from fields: inout Fields) throws(WireError) {
        check = try fields.string("check")
        subject = try fields.string("on")
        what = try fields.string("what")
        why = try fields.string("why")
        fix = try fields.string("fix")
        isNote = try fields.bool("note")
    }

    package var json: JSON {
        .members([
            "check": .string(check), "on": .string(subject), "what": .string(what), "why": .string(why),
            "fix": .string(fix), "note": .bool(isNote),
        ])
    }
}
