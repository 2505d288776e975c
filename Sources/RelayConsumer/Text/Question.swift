/// One thing the brief asks; it travels from stage to stage as a heading.
///
/// As a heading it is `Question 2: How long …?`, or `Topic 1: …` when the brief asks nothing and its
/// subject stands in. Any other heading is read as a question with the heading's text.
package struct Question: Equatable, Sendable {
    /// Its number in the brief, from 1.
    package let number: Int
    /// Its text on one line.
    package let text: String
    /// Whether it is the brief's subject rather than a question.
    package let isTopic: Bool

    /// A question, its text folded to one line and cut after 400 characters.
    package init(number: Int, text: String, isTopic: Bool = false) {
        self.number = number
        self.text = text.excerpt(400)
        self.isTopic = isTopic
    }

    /// The text of the heading that stands for it.
    package var heading: String { "\(isTopic ? "Topic" : "Question") \(number): \(text)" }

    /// Reads a heading; one without a number gets `next`.
    package init(heading: String, next: Int) {
        for (word, isTopic) in [("Question ", false), ("Topic ", true)] where heading.hasPrefix(word) {
            let rest = heading.dropFirst(word.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), number > 0 else { continue }
            let text = rest.dropFirst(digits.count).drop { $0 == ":" || $0 == "." || $0 == " " }
            self.init(number: number, text: String(text), isTopic: isTopic)
            return
        }
        self.init(number: next, text: heading)
    }
}
