import RelayCore
import RelayServer
import RelayWire

/// The parameters of a request, each at most once, all of them known.
struct Query {
    private var values: [String: String] = [:]

    /// Fails with a 400 for a repeated or unknown parameter, or a value that is not UTF-8.
    init(_ head: RequestHead, known: Set<String>) throws(Refused) {
        for (name, bytes) in head.query {
            guard known.contains(name) else {
                let near = Suggestion.nearest(to: name, among: known.sorted())
                throw Refused(
                    "There is no parameter \(name.prefix(64)); known are \(known.sorted().joined(separator: ", "))."
                        + (near.map { " Did you mean \($0)?" } ?? "")
                )
            }
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw Refused("The parameter \(name) is not UTF-8.")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Refused("The parameter \(name) is there twice.")
            }
        }
    }

    /// The value of a header that is there at most once; two could be read differently by two programs.
    static func single(_ name: String, of head: RequestHead) throws(Refused) -> String? {
        let values = head.headers.filter { $0.name == name }
        guard values.count < 2 else {
            throw Refused(
                .refusal(400, "bad-request", "The request has several \(name) headers; send at most one.")
            )
        }
        return values.first?.value
    }

    /// A request that its parameters make impossible.
    struct Refused: Error {
        let answer: Answer

        init(_ detail: String) { answer = .refusal(400, "bad-parameter", detail) }

        init(_ answer: Answer) { self.answer = answer }
    }

    /// The text of a parameter.
    subscript(name: String) -> String? { values[name] }

    /// A checked name, `nil` when the parameter is absent.
    func name<Name: CheckedName>(_ name: String) throws(Refused) -> Name? {
        guard let text = values[name] else { return nil }
        guard let value = Name(rawValue: text) else {
            throw Refused("The parameter \(name) is refused: \(Name.rule).")
        }
        return value
    }

    /// A checked name that must be there.
    func required<Name: CheckedName>(_ name: String) throws(Refused) -> Name {
        guard let value: Name = try self.name(name) else {
            throw Refused("The parameter \(name) is missing: \(Name.rule).")
        }
        return value
    }

    /// A whole number in digits, `nil` when the parameter is absent.
    func integer(_ name: String, _ range: ClosedRange<Int64>) throws(Refused) -> Int64? {
        guard let text = values[name] else { return nil }
        // Int64("+5") is 5, so the digits are checked first.
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text),
            range.contains(number)
        else {
            throw Refused(
                "The parameter \(name) is a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }
}
