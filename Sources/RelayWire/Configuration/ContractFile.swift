package import RelayCore

/// Reads contracts as `contracts/*.json` holds them; the format is in contracts/README.md.
extension Contract: ConfigurationReadable {
    package static let keys = [
        "baton", "contract", "version", "takes", "makes", "passes", "claim_within_s", "produce_within_s",
        "hidden_characters",
    ]

    package init?(reading section: Section) {
        section.version()
        let stage = section.stage("contract")
        let version = section.integer("version", 1...Int64(Int32.max), example: 1)
        let takes = section.list("takes", of: ContractEntry.self, atMost: Self.fileLimit)
        let makes = section.list("makes", of: ContractEntry.self, atMost: Self.fileLimit)
        let passes = Self.passes(section, takes)
        let claim = section.integer("claim_within_s", 1...31_536_000, example: 60)
        let produce = section.integer("produce_within_s", 1...31_536_000, example: 1800)
        let hidden = section.value(
            "hidden_characters",
            "refuse, report or allow",
            example: "\"refuse\"",
            absent: HiddenCharacterRule.report
        ) { $0.stringValue.flatMap(HiddenCharacterRule.init) }
        Self.noteTwins([("takes", takes), ("makes", makes)], section)
        guard let stage, let version, let claim, let produce, let hidden else { return nil }
        self.init(
            stage: stage,
            version: Int(version),
            takes: takes.compactMap { $0?.refusingHidden(hidden == .refuse) },
            makes: makes.compactMap { $0?.refusingHidden(hidden == .refuse) },
            passes: passes,
            claimWithin: .seconds(claim),
            produceWithin: .seconds(produce),
            hiddenCharacters: hidden
        )
    }

    private static func passes(_ section: Section, _ takes: [ContractEntry?]) -> [AttachmentName] {
        let known = takes.compactMap { entry -> String? in
            guard case .exactly(let name) = entry?.names else { return nil }
            return name.rawValue
        }
        var seen: Set<String> = []
        return section.elements("passes", atMost: fileLimit, example: "[]").compactMap { path, json in
            guard let name = json.stringValue.flatMap(AttachmentName.init(rawValue:)) else {
                section.sheet.note(path, found: json, rule: AttachmentName.rule, fix: "write a file's name")
                return nil
            }
            if !seen.insert(name.folded).inserted {
                section.sheet.note(path, found: json, rule: "each name once", fix: "take it out")
            } else if !known.contains(name.rawValue), takes.allSatisfy({ $0 != nil }) {
                let near = Suggestion.nearest(to: name.rawValue, among: known)
                section.sheet.note(
                    path,
                    found: json,
                    rule: "the exact name of an entry of takes; what is passed on was taken",
                    fix: near.map { "did you mean \($0)?" } ?? "add an entry \(name) to takes, or take it out"
                )
            }
            return name
        }
    }

    /// Names of one job and round differ in more than case, so no entry may be there twice.
    private static func noteTwins(_ lists: [(String, [ContractEntry?])], _ section: Section) {
        var seen: [String: String] = [:]
        for (key, entries) in lists {
            for (index, entry) in entries.enumerated() {
                guard let entry else { continue }
                let text: String
                switch entry.names {
                case .exactly(let name): text = name.folded
                // Two lists may have a family in common; the chain of all stages is checked elsewhere.
                case .family(let pattern, _): text = "\(key) \(pattern.text)"
                }
                if let place = seen[text] {
                    section.sheet.note(
                        section.path("\(key)[\(index)]"),
                        found: .string(entry.label),
                        rule: "a name that differs from all others in more than case; \(place) has it, too",
                        fix: "rename or remove one of the two"
                    )
                }
                seen[text] = seen[text] ?? "\(key)[\(index)]"
            }
        }
    }
}

extension ContractEntry: ConfigurationReadable {
    package static let keys = [
        "name", "pattern", "at_most", "optional", "type", "min_bytes", "max_bytes", "headings",
    ]

    package init?(reading section: Section) {
        let names = Self.names(section)
        let optional = section.value("optional", "true or false", example: "true", absent: false) { json in
            if case .bool(let value) = json { value } else { nil }
        }
        let type = section.value("type", "a media type of at most 128 bytes", example: "\"text/plain\"") {
            $0.stringValue.flatMap(Self.mediaType)
        }
        let low = section.integer("min_bytes", 0...(1 << 40), example: 1)
        let high = section.integer("max_bytes", 0...(1 << 40), example: 1_048_576)
        if let low, let high, low > high {
            section.fault(
                "max_bytes",
                rule: "at least min_bytes, which is \(low)",
                fix: "write \(low) or more"
            )
        }
        let headings = section.elements("headings", atMost: 32, example: "[\"Summary\"]").compactMap {
            path,
            json in
            if let text = json.stringValue, Self.isHeading(text) { return text }
            section.sheet.note(
                path,
                found: json,
                rule:
                    "the text of a heading: one line of 1 to 256 bytes without space around it, without its # signs",
                fix: "write it as a reader sees it, for example \"Summary\""
            )
            return String?.none
        }
        guard let names, let optional, let type, let low, let high, low <= high else { return nil }
        self.init(names: names, isOptional: optional, mediaType: type, bytes: low...high, headings: headings)
    }

    private static func names(_ section: Section) -> Names? {
        guard section.has("name") != section.has("pattern") else {
            let fix = section.has("name") ? "remove one of the two" : "add \"name\": \"brief.md\""
            section.fault("name", rule: "either name or pattern", fix: fix)
            return nil
        }
        if section.has("name") {
            if section.has("at_most") {
                section.fault("at_most", rule: "only beside a pattern; a name is one file", fix: "remove it")
            }
            let name: AttachmentName? = section.name("name", example: "brief.md")
            return name.map { .exactly($0) }
        }
        let pattern = section.value(
            "pattern",
            "a pattern of A-Z a-z 0-9 _ -, sets [0-9.], groups (md|txt) and counts {2}, for names of at most 128 bytes; no . * + ? ^ $ outside a set",
            example: "\"source-[0-9]{2}[.](md|txt)\""
        ) { $0.stringValue.flatMap(NamePattern.init) }
        let most = section.integer("at_most", 1...Int64(Contract.fileLimit), example: 32)
        guard let pattern, let most else { return nil }
        return .family(pattern, atMost: Int(most))
    }

    /// `text` when it has the form of a media type: two tokens with a slash between.
    private static func mediaType(_ text: String) -> String? {
        let parts = text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        let isToken = { (part: Substring.UTF8View) in
            !part.isEmpty && part.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3B && $0 != 0x22 }
        }
        return text.utf8.count <= 128 && parts.count == 2 && parts.allSatisfy(isToken) ? text : nil
    }

    /// Whether some line of Markdown has exactly this heading, as any other could never be found.
    private static func isHeading(_ text: String) -> Bool {
        var scanner = HeadingScanner()
        scanner.take("# \(text) #".utf8)
        return text.utf8.count <= 256 && scanner.finish().map { Array($0.utf8) } == [Array(text.utf8)]
    }
}
