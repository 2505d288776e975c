/// An error answer (RFC 9457), sent as `application/problem+json`.
package struct Problem: Hashable, Sendable, WireWritable {
    /// The HTTP status.
    package let status: Int
    /// The last part of the type, a constant such as `contract-broken`.
    package let code: String
    /// A short summary, the same for every problem of the type.
    package let title: String
    /// What, on what, why and what to do.
    package let detail: String
    /// Members of this type of problem.
    package let members: [JSON.Member]

    /// Every type is this and the code.
    package static let typePrefix = "https://baton.invalid/problems/"

    package init(_ status: Int, _ code: String, _ title: String, detail: String, members: [JSON.Member] = [])
    {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.members = members
    }

    package var json: JSON {
        .object(
            [
                .init("type", .string(Self.typePrefix + code)), .init("title", .string(title)),
                .init("status", JSON(status)), .init("detail", .string(detail)),
            ] + members
        )
    }
}
