/// Words that must not be in the sources; comments and literals do not count.
enum WordRules {
    /// What is forbidden in every target, and why.
    static func violations(in file: SourceFile) -> [Violation] {
        let tokens = file.tokens
        return tokens.indices.compactMap { index in
            let line = tokens[index].line
            let isExcused = file.text.commentLines.contains(line - 1)
            guard let text = complaint(about: tokens, at: index), !(text.canBeExcused && isExcused) else {
                return nil
            }
            return Violation(file.path, line: line, text.words)
        }
    }

    private static func complaint(about tokens: [Token], at index: Int) -> (
        words: String, canBeExcused: Bool
    )? {
        let next = tokens.text(index + 1)
        let isMember = tokens.text(index - 1) == "."
        switch tokens[index].text {
        case "public" where !isMember, "open" where !isMember && ["class", "func", "var"].contains(next):
            return ("`\(tokens[index].text)`: nobody links this; `package` at most", false)
        case "try" where next == "!":
            return ("`try!`: throw, or say in a precondition what can never be", false)
        case "as" where next == "!": return ("`as!`: cast with `as?` and answer for `nil`", false)
        case "fatalError" where next == "(":
            return ("`fatalError`: a bug is a `preconditionFailure` with a sentence", false)
        case "@unchecked":
            return ("`@unchecked Sendable` without a comment on the line above that proves it", true)
        case "nonisolated" where next == "(" && tokens.text(index + 2) == "unsafe":
            return ("`nonisolated(unsafe)` without a comment on the line above that proves it", true)
        default: return nil
        }
    }

    /// The ways to start another program or load another library, in a file that `batond` links.
    static func executionViolations(in file: SourceFile) -> [Violation] {
        file.tokens.indices.filter { startsProgram(file.tokens, at: $0) }.map { index in
            let token = file.tokens[index]
            return Violation(
                file.path,
                line: token.line,
                "`\(token.text)`: batond starts no program and loads no library"
            )
        }
    }

    /// Whether the token at `index` is one of the forbidden names.
    ///
    /// `system` and `fork` are also good names for cases and labels, so those count only as free functions.
    private static func startsProgram(_ tokens: [Token], at index: Int) -> Bool {
        let name = tokens[index].text
        if forbidden.contains(name) { return true }
        guard ["system", "fork", "vfork"].contains(name), tokens.text(index + 1) != ":" else { return false }
        let before = tokens.text(index - 1)
        if before == "." { return TargetTable.systemModules.contains(tokens.text(index - 2)) }
        return tokens.text(index + 1) == "(" && !["case", "func", ","].contains(before)
    }

    private static let forbidden: Set = [
        "Process", "posix_spawn", "posix_spawnp", "execl", "execle", "execlp", "execv", "execve", "execveat",
        "execvp",
        "execvpe", "execvP", "fexecve", "popen", "dlopen", "dlmopen",
    ]
}
