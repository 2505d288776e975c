import RelayConsumer

/// A file of the material and what came of it.
struct MaterialFile {
    let name: String
    /// In bytes.
    let size: Int
    /// How many passages it has.
    let passages: Int
}

/// A passage that a question found.
struct FoundPassage {
    /// The index of its file.
    let file: Int
    let passage: Passage
    var bytes: [UInt8] = []
    var terms: Set<String> = []
}

/// The sources of a job: split, indexed and searched, one bounded group of files after the other.
struct Material {
    /// Files are indexed together up to so many bytes; beyond, only what each group found is kept.
    private static let groupSize = 32 << 20
    /// So many passages are kept for each question.
    private static let kept = 60
    /// The largest source the contract allows, in bytes.
    static let largestSource = 16 << 20

    private(set) var files: [MaterialFile] = []
    /// The passages found, by ordinal.
    private(set) var found: [Int: FoundPassage] = [:]
    /// For each inquiry, its passages, best first.
    private(set) var hits: [[PassageIndex.Hit]] = []
    /// How telling the inquiries' terms are.
    private(set) var weights = TermWeights(texts: [])

    private let inquiries: [Inquiry]
    private let isExcluded: (String) -> Bool
    private var count = 0

    /// Reads the files called `names`, as far as they are there, and searches them.
    ///
    /// - Parameters:
    ///   - names: file names in the order of the passages' ids.
    ///   - inputs: where the files lie.
    ///   - inquiries: what is sought.
    ///   - isExcluded: tells of a passage's text that it is no material.
    /// - Throws: `ProcessorRefusal` for an unusable file or a failure of SQLite.
    init(
        _ names: [String],
        in inputs: StageFiles,
        for inquiries: [Inquiry],
        without isExcluded: @escaping (String) -> Bool
    ) throws(ProcessorRefusal) {
        self.inquiries = inquiries
        self.isExcluded = isExcluded
        var index = try PassageIndex()
        var waiting: [Int: FoundPassage] = [:]
        var size = 0
        var isGrouped = false
        for name in names {
            guard let bytes = try inputs.read(name, limit: Self.largestSource) else { continue }
            if size + bytes.count > Self.groupSize, size > 0 {
                try keep(&waiting, from: &index)
                index = try PassageIndex()
                size = 0
                isGrouped = true
            }
            try add(bytes, name, to: &index, &waiting)
            size += bytes.count
        }
        try keep(&waiting, from: &index)
        try loadTexts(from: inputs)
        if isGrouped {
            index = try PassageIndex()
            try searchAgain(&index)
        }
        try weigh(&index)
    }

    /// How many passages there are.
    var passageCount: Int { count }

    private mutating func add(
        _ bytes: [UInt8],
        _ name: String,
        to index: inout PassageIndex,
        _ waiting: inout [Int: FoundPassage]
    ) throws(ProcessorRefusal) {
        let before = count
        var context = (text: "", terms: "")
        for passage in PassageSplitter.passages(of: bytes, isMarkdown: name.hasSuffix(".md")) {
            let text = String(decoding: bytes[passage.range], as: UTF8.self)
            if isExcluded(text) { continue }
            count += 1
            if context.text != passage.context {
                context = (passage.context, Words.terms(in: passage.context).joined(separator: " "))
            }
            try index.add(count, context: context.terms, body: Words.terms(in: text).joined(separator: " "))
            waiting[count] = FoundPassage(file: files.count, passage: passage)
        }
        files.append(MaterialFile(name: name, size: bytes.count, passages: count - before))
    }

    /// Keeps the passages that the inquiries find in `index`; the others of `waiting` are let go.
    private mutating func keep(
        _ waiting: inout [Int: FoundPassage],
        from index: inout PassageIndex
    ) throws(ProcessorRefusal) {
        hits = []
        for inquiry in inquiries { hits.append(try inquiry.hits(in: &index, limit: Self.kept)) }
        for hit in hits.joined() { found[hit.ordinal] = waiting[hit.ordinal] }
        waiting = [:]
    }

    private mutating func loadTexts(from inputs: StageFiles) throws(ProcessorRefusal) {
        let ordinals = Dictionary(grouping: found.keys.sorted()) { found[$0]?.file ?? 0 }
        for (file, ordinals) in ordinals {
            let bytes = try inputs.readRequired(files[file].name, limit: Self.largestSource)
            for ordinal in ordinals {
                guard let place = found[ordinal]?.passage, place.range.upperBound <= bytes.count else {
                    continue
                }
                let text = String(decoding: bytes[place.range], as: UTF8.self)
                found[ordinal]?.bytes = Array(bytes[place.range])
                found[ordinal]?.terms = Set(Words.terms(in: text) + Words.terms(in: place.context))
            }
        }
    }

    /// Ranks what the groups found against each other.
    private mutating func searchAgain(_ index: inout PassageIndex) throws(ProcessorRefusal) {
        for (ordinal, passage) in found.sorted(by: { $0.key < $1.key }) {
            let text = String(decoding: passage.bytes, as: UTF8.self)
            let context = Words.terms(in: passage.passage.context).joined(separator: " ")
            try index.add(ordinal, context: context, body: Words.terms(in: text).joined(separator: " "))
        }
        var all = found
        found = [:]
        try keep(&all, from: &index)
    }

    private mutating func weigh(_ index: inout PassageIndex) throws(ProcessorRefusal) {
        var frequency: [String: Int] = [:]
        for term in Set(inquiries.flatMap(\.terms)) {
            let count = try index.frequency(of: term)
            if count > 0 { frequency[term] = count }
        }
        weights = TermWeights(frequency: frequency, of: index.count)
    }
}
