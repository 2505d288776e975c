/// The fixed file names that a stage takes, makes and passes on, with their limits.
package struct Contract: Hashable, Sendable {
    /// The stage it binds.
    package let stage: StageName
    /// The number its author gave it; what identifies it is the digest of its file.
    package let version: Int
    /// What a task of the stage must bring.
    package let takes: [ContractEntry]
    /// What the stage must make.
    package let makes: [ContractEntry]
    /// The names among those taken that are handed on beside what was made.
    package let passes: [AttachmentName]
    /// How long a task may wait to be claimed before somebody is called.
    package let claimWithin: Duration
    /// How long a claimed task may take before somebody is called.
    package let produceWithin: Duration
    /// What becomes of hidden characters in its texts.
    package let hiddenCharacters: HiddenCharacterRule
    /// A task has at most this many files.
    package static let fileLimit = 64

    package init(
        stage: StageName,
        version: Int,
        takes: [ContractEntry],
        makes: [ContractEntry],
        passes: [AttachmentName],
        claimWithin: Duration,
        produceWithin: Duration,
        hiddenCharacters: HiddenCharacterRule = .report
    ) {
        self.stage = stage
        self.version = version
        self.takes = takes
        self.makes = makes
        self.passes = passes
        self.claimWithin = claimWithin
        self.produceWithin = produceWithin
        self.hiddenCharacters = hiddenCharacters
    }
}

/// One file, or one numbered family of files, that a contract allows.
package struct ContractEntry: Hashable, Sendable {
    /// Which names the entry allows.
    package enum Names: Hashable, Sendable {
        /// This one name.
        case exactly(AttachmentName)
        /// The names of a family, at most so many of them at once.
        case family(NamePattern, atMost: Int)
    }

    /// Which names the entry allows.
    package let names: Names
    /// Whether it may be absent.
    package let isOptional: Bool
    /// The media type; `text/…` must be valid UTF-8, and headings are looked for in `text/markdown`.
    package let mediaType: String
    /// The sizes allowed, in bytes.
    package let bytes: ClosedRange<Int64>
    /// Headings the file must have, in any order and of any level.
    package let headings: [String]
    /// Whether hidden characters break it, which its contract says for all its texts.
    package let refusesHidden: Bool

    package init(
        names: Names,
        isOptional: Bool,
        mediaType: String,
        bytes: ClosedRange<Int64>,
        headings: [String],
        refusesHidden: Bool = false
    ) {
        self.names = names
        self.isOptional = isOptional
        self.mediaType = mediaType
        self.bytes = bytes
        self.headings = headings
        self.refusesHidden = refusesHidden
    }

    /// The same entry of a contract that refuses hidden characters, or does not.
    package func refusingHidden(_ refuses: Bool) -> ContractEntry {
        ContractEntry(
            names: names,
            isOptional: isOptional,
            mediaType: mediaType,
            bytes: bytes,
            headings: headings,
            refusesHidden: refuses
        )
    }

    /// Whether its files are texts.
    package var isText: Bool { mediaType.lowercased().utf8.starts(with: "text/".utf8) }

    /// Whether the entry allows `name`.
    package func allows(_ name: AttachmentName) -> Bool {
        switch names {
        case .exactly(let exact): exact == name
        case .family(let pattern, _): pattern.matches(name)
        }
    }

    /// The most files it can stand for at once.
    package var mostFiles: Int {
        switch names {
        case .exactly: 1
        case .family(_, let limit): limit
        }
    }

    /// The name or the pattern, as messages show it.
    package var label: String {
        switch names {
        case .exactly(let name): name.rawValue
        case .family(let pattern, _): pattern.text
        }
    }
}
