extension JSON {
    /// The member `name` of an object; `nil` for other values and absent members.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string.
    package var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number of an integer.
    package var integerValue: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// The elements of an array, none for other values.
    package var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}
