/// Which names an entry of a contract allows, as an automaton, so that two entries can be compared.
///
/// It may be told to take names without regard to case, as a file system may.
struct NameAutomaton {
    /// One step: the bytes that lead from a state to another.
    private struct Edge {
        let bytes: Set<UInt8>
        let target: Int
    }

    private var edges: [[Edge]] = [[]]
    private var silent: [[Int]] = [[]]
    private var final = 0
    private let foldsCase: Bool
    /// Comparing gives up, to the safe side, after so many steps; `(a|b|…){64}` would take for ever.
    private static let stepLimit = 100_000

    /// The automaton of `names`.
    init(_ names: ContractEntry.Names, foldsCase: Bool = false) {
        self.foldsCase = foldsCase
        switch names {
        case .exactly(let name): final = append(word: Array(name.rawValue.utf8), after: 0)
        case .family(let pattern, _): for piece in pattern.pieces { append(piece) }
        }
    }

    private mutating func state() -> Int {
        edges.append([])
        silent.append([])
        return edges.count - 1
    }

    private mutating func append(_ piece: NamePattern.Piece) {
        let end = state()
        if piece.counts.lowerBound == 0 { silent[final].append(end) }
        var at = final
        for count in 1...max(1, piece.counts.upperBound) {
            at = append(piece.atom, after: at)
            if piece.counts.contains(count) { silent[at].append(end) }
        }
        final = end
    }

    private mutating func append(_ atom: NamePattern.Atom, after start: Int) -> Int {
        switch atom {
        case .set(let bytes):
            let end = state()
            edges[start].append(Edge(bytes: folded(bytes), target: end))
            return end
        case .alternatives(let words):
            let end = state()
            for word in words {
                let last = append(word: word, after: start)
                silent[last].append(end)
            }
            return end
        }
    }

    private mutating func append(word: [UInt8], after start: Int) -> Int {
        word.reduce(start) { at, byte in
            let next = state()
            edges[at].append(Edge(bytes: folded([byte]), target: next))
            return next
        }
    }

    private func folded(_ bytes: Set<UInt8>) -> Set<UInt8> {
        guard foldsCase else { return bytes }
        return Set(bytes.map { ByteRules.isUpperLetter($0) ? $0 | 0x20 : $0 })
    }

    private func closure(_ states: Set<Int>) -> Set<Int> {
        var reached = states
        var open = Array(states)
        while let state = open.popLast() {
            for next in silent[state] where reached.insert(next).inserted { open.append(next) }
        }
        return reached
    }

    private func after(_ byte: UInt8, from states: Set<Int>) -> Set<Int> {
        closure(
            Set(states.flatMap { state in edges[state].filter { $0.bytes.contains(byte) }.map(\.target) })
        )
    }

    private func bytes(from states: Set<Int>) -> Set<UInt8> {
        states.reduce(into: []) { bytes, state in
            for edge in edges[state] { bytes.formUnion(edge.bytes) }
        }
    }

    /// Whether `name` is one of this one's names.
    func accepts(_ name: AttachmentName) -> Bool {
        let text = foldsCase ? name.folded : name.rawValue
        return text.utf8.reduce(closure([0])) { after($1, from: $0) }.contains(final)
    }

    /// Whether every name of this one is proved to be one of `other`'s.
    func isWithin(_ other: NameAutomaton) -> Bool {
        !comparison(with: other, finds: { isMine, isTheirs in isMine && !isTheirs })
    }

    /// Whether some name is one of both, or this could not be ruled out.
    func meets(_ other: NameAutomaton) -> Bool {
        comparison(with: other, finds: { isMine, isTheirs in isMine && isTheirs })
    }

    private struct Pair: Hashable {
        let mine: Set<Int>
        let theirs: Set<Int>
    }

    /// Whether some text is as `finds` says, by whether it is of this one and of the other; `true` when unsure.
    private func comparison(with other: NameAutomaton, finds: (Bool, Bool) -> Bool) -> Bool {
        let start = Pair(mine: closure([0]), theirs: other.closure([0]))
        var seen: Set<Pair> = [start]
        var open = [start]
        var steps = 0
        while let pair = open.popLast() {
            if finds(pair.mine.contains(final), pair.theirs.contains(other.final)) { return true }
            for byte in bytes(from: pair.mine) {
                steps += pair.mine.count + pair.theirs.count
                guard steps <= Self.stepLimit else { return true }
                let next = Pair(
                    mine: after(byte, from: pair.mine),
                    theirs: other.after(byte, from: pair.theirs)
                )
                // Without states of the other, no text from here on is of both.
                guard !next.theirs.isEmpty || finds(true, false), seen.insert(next).inserted else { continue }
                open.append(next)
            }
        }
        return false
    }
}

extension ContractEntry.Names {
    /// Whether every name allowed here is proved to be allowed by `other`.
    func isWithin(_ other: Self) -> Bool {
        switch (self, other) {
        case (.exactly(let mine), .exactly(let theirs)): mine == theirs
        case (.exactly(let name), .family(let pattern, _)): pattern.matches(name)
        case (.family(let mine, _), .family(let theirs, _)) where mine.text == theirs.text: true
        case (.family, _): NameAutomaton(self).isWithin(NameAutomaton(other))
        }
    }

    /// Whether some name is allowed by both, or this cannot be ruled out.
    func meets(_ other: Self, ignoringCase: Bool = false) -> Bool {
        switch (self, other) {
        case (.exactly(let mine), .exactly(let theirs)):
            return ignoringCase ? mine.folded == theirs.folded : mine == theirs
        case (.exactly(let name), .family(let pattern, _)) where !ignoringCase: return pattern.matches(name)
        case (.family(let pattern, _), .exactly(let name)) where !ignoringCase: return pattern.matches(name)
        case (.exactly(let name), .family): return NameAutomaton(other, foldsCase: true).accepts(name)
        case (.family, .exactly(let name)): return NameAutomaton(self, foldsCase: true).accepts(name)
        case (.family, .family):
            let mine = NameAutomaton(self, foldsCase: ignoringCase)
            return mine.meets(NameAutomaton(other, foldsCase: ignoringCase))
        }
    }
}
