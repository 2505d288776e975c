import RelayCore
import RelaySQL
import RelayWire

/// Reads the checked types back; what is not one any more is `SQLError.unreadable`, never a crash.
extension Row {
    borrowing func name<Name: CheckedName>(_ column: Int) throws(SQLError) -> Name {
        guard let name = Name(rawValue: text(column)) else {
            throw .unreadable("column \(column): \(Name.rule)")
        }
        return name
    }

    borrowing func nameOrNil<Name: CheckedName>(_ column: Int) throws(SQLError) -> Name? {
        guard let text = textOrNil(column) else { return nil }
        guard let name = Name(rawValue: text) else { throw .unreadable("column \(column): \(Name.rule)") }
        return name
    }

    borrowing func round(_ column: Int) throws(SQLError) -> Round {
        guard let round = Round(Int(integer(column))) else { throw .unreadable("column \(column): a round") }
        return round
    }

    borrowing func digest(_ column: Int) throws(SQLError) -> Digest {
        guard let digest = Digest(hex: text(column)) else { throw .unreadable("column \(column): a digest") }
        return digest
    }

    borrowing func moment(_ column: Int) -> UnixMilliseconds { UnixMilliseconds(integer(column)) }

    borrowing func momentOrNil(_ column: Int) -> UnixMilliseconds? {
        integerOrNil(column).map { UnixMilliseconds($0) }
    }

    borrowing func choice<Choice: RawRepresentable>(
        _ column: Int
    ) throws(SQLError) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text(column)) else {
            throw .unreadable("column \(column): \(text(column)) is no \(Choice.self)")
        }
        return choice
    }

    borrowing func choiceOrNil<Choice: RawRepresentable>(
        _ column: Int
    ) throws(SQLError) -> Choice? where Choice.RawValue == String {
        if textOrNil(column) == nil { return nil }
        return try choice(column) as Choice
    }

    borrowing func attachment(_ column: Int) throws(SQLError) -> Attachment {
        Attachment(name: try name(column), size: integer(column + 1), digest: try digest(column + 2))
    }

    borrowing func document<Value: WireReadable>(_ column: Int) throws(SQLError) -> Value? {
        guard let text = textOrNil(column) else { return nil }
        do throws(WireError) {
            return try Value(parsing: Array(text.utf8))
        } catch {
            throw .unreadable("column \(column): \(error)")
        }
    }

    borrowing func envelope(_ column: Int) throws(SQLError) -> Envelope {
        do throws(WireError) {
            return try Envelope(parsing: blob(column))
        } catch {
            throw .unreadable("column \(column): \(error)")
        }
    }
}
