package import RelayCore

/// Reads contracts as `contracts/*.json` holds them; the format is in contracts/README.md.
extension Contract: WireReadable {
    package init(from fields: inout Fields) throws(WireError) {
        try fields.version()
        self.init(
            stage: try fields.name("contract"),
            version: Int(try fields.integer("version", 1...Int64(Int32.max))),
            takes: try fields.objects("takes", atMost: 64),
            makes: try fields.objects("makes", atMost: 64),
            passes: try fields.names("passes", atMost: 64),
            claimWithin: .seconds(try fields.integer("claim_within_s", 1...31_536_000)),
            produceWithin: .seconds(try fields.integer("produce_within_s", 1...31_536_000))
        )
        for name in passes where !takes.contains(where: { $0.allows(name) }) {
            throw fields.error("passes", "\(name) is passed on but not among what the stage takes")
        }
        var names: Set<String> = []
        for (key, entries) in [("takes", takes), ("makes", makes)] {
            for case .exactly(let name) in entries.map(\.names) where !names.insert(name.folded).inserted {
                throw fields.error(key, "\(name) is there twice; names of one round differ in more than case")
            }
        }
    }
}

extension ContractEntry: WireReadable {
    package init(from fields: inout Fields) throws(WireError) {
        let name: AttachmentName? = try fields.optional("name") { (fields, key) throws(WireError) in
            try fields.name(key)
        }
        let pattern = try fields.optional("pattern") { (fields, key) throws(WireError) in
            try fields.value(
                key,
                "a pattern such as source-[0-9]{2}[.](md|txt) for names of at most 128 bytes"
            ) {
                $0.stringValue.flatMap(NamePattern.init)
            }
        }
        let names: Names
        switch (name, pattern) {
        case (let name?, nil): names = .exactly(name)
        case (nil, let pattern?):
            names = .family(pattern, atMost: Int(try fields.integer("at_most", 1...Int64(Attachment.limit))))
        case (nil, nil), (.some, .some): throw fields.error("name", "either name or pattern belongs here")
        }
        let optional = try fields.optional("optional") { (fields, key) throws(WireError) in
            try fields.bool(key)
        }
        let type = try fields.string("type", atMost: 128)
        let low = try fields.integer("min_bytes", 0...(1 << 40))
        let high = try fields.integer("max_bytes", 0...(1 << 40))
        guard low <= high else { throw fields.error("max_bytes", "at least min_bytes belongs here") }
        self.init(
            names: names,
            isOptional: optional ?? false,
            mediaType: type,
            bytes: low...high,
            headings: try fields.array("headings", atMost: 32) { (json, path) throws(WireError) in
                guard let text = json.stringValue, Self.isHeading(text) else {
                    throw WireError(
                        at: path,
                        "one line of 1 to 256 bytes without space around it belongs here"
                    )
                }
                return text
            }
        )
    }

    /// Whether some line of Markdown has exactly this heading, as any other could never be found.
    private static func isHeading(_ text: String) -> Bool {
        var scanner = HeadingScanner()
        scanner.take("# \(text) #".utf8)
        return text.utf8.count <= 256 && scanner.finish().map { Array($0.utf8) } == [Array(text.utf8)]
    }
}
