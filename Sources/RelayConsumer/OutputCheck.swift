import RelayCore
import RelayWire

/// What a processor left in `out/`, held against the contract.
enum OutputCheck {
    /// All is as the contract says, or what is not, in words.
    enum Result: Hashable {
        case holds([Attachment])
        case broken(Reason)
    }

    /// Looks at every entry of `directory`, reading only files that the contract allows.
    static func look(at directory: String, contract: Contract) throws(ConsumerError) -> Result {
        let folder: Folder
        do throws(ConsumerError) {
            folder = try Folder(directory)
        } catch {
            return .broken(reason(["out/ is no directory any more (\(error))"], contract))
        }
        var names: [AttachmentName] = []
        var facts: [FileFacts] = []
        var faults: [String] = []
        for text in try folder.names() {
            guard let name = AttachmentName(rawValue: text) else {
                faults.append("\(text): no name for an attachment (\(AttachmentName.rule))")
                continue
            }
            names.append(name)
            guard let entry = contract.makes.first(where: { $0.allows(name) }) else { continue }
            do throws(ConsumerError) {
                let file = try folder.file(name)
                if entry.bytes.upperBound < file.size {
                    faults.append(
                        "\(name): at most \(entry.bytes.upperBound) bytes are allowed, it has \(file.size)"
                    )
                } else {
                    facts.append(try file.facts(as: name))
                }
            } catch .damaged(_, let expected, let found) {
                faults.append("\(name): \(expected) is expected, found \(found)")
            }
        }
        let violations =
            contract.makes.verdict(onNames: names).violations
            + contract.makes.verdict(onContents: facts).violations
        faults += violations.map(words)
        guard faults.isEmpty else { return .broken(reason(faults, contract)) }
        return .holds(facts.map { Attachment(name: $0.name, size: $0.size, digest: $0.digest) })
    }

    private static func words(_ violation: Violation) -> String {
        let advice = violation.suggestion.map { "; \($0)" } ?? ""
        return "\(violation.name): \(violation.rule.rawValue), expected \(violation.expected), "
            + "found \(violation.found)\(advice)"
    }

    private static func reason(_ faults: [String], _ contract: Contract) -> Reason {
        let text =
            "The outputs break the contract of \(contract.stage): " + faults.joined(separator: ". ") + "."
        return Reason(
            code: "contract-broken",
            text: PlainText.clipped(text, atMost: 3500),
            expected: contract.makes.map(\.label)
        )
    }
}
