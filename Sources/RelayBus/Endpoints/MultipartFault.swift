import RelayCore

/// Why a form is not one file that can be taken (RFC 7578), one case per cause.
enum MultipartFault: Error, Equatable {
    /// `Content-Type` names no boundary of 1 to 70 allowed characters, or says more than that.
    case boundary
    /// The body does not begin with the boundary.
    case opening
    /// The head of the part is larger than the limit, in bytes.
    case headTooLarge(limit: Int)
    /// A line of the part's head is no `name: value`, or has a control character.
    case headMalformed
    /// The part has a header that would be ignored.
    case headerUnexpected(String)
    /// The part has a header twice.
    case headerRepeated(String)
    /// `Content-Disposition` is missing, or is not `form-data` with a name.
    case disposition
    /// The part says `filename*`.
    case extendedFileName
    /// The part has no file name, so it is a field and not a file.
    case field
    /// A second part begins.
    case secondPart
    /// Other bytes than `--` or a line break follow a boundary.
    case afterBoundary
    /// The body ends before the closing boundary.
    case truncated
    /// Bytes follow the closing boundary.
    case afterEnd
    /// The file's name is no attachment's, and the query does not give another one.
    case fileName(String)
    /// The file is larger than the limit, in bytes.
    case fileTooLarge(limit: Int64)

    /// What is wrong, and what to send instead.
    var sentence: String {
        switch self {
        case .boundary:
            "Content-Type: multipart/form-data needs one parameter, a boundary of 1 to 70 characters (RFC 2046, 5.1.1)."
        case .opening: "The form does not begin with the boundary that Content-Type names."
        case .headTooLarge(let limit): "The head of the form's part is larger than \(limit) bytes."
        case .headMalformed:
            "The head of the form's part has a line that is not \"name: value\" and CR LF, or a control character."
        case .headerUnexpected(let name):
            "The form's part has a header \(name); only Content-Disposition and Content-Type are taken there."
        case .headerRepeated(let name): "The form's part has the header \(name) twice."
        case .disposition:
            "The form's part needs Content-Disposition: form-data; name=\"file\"; filename=\"…\", without a backslash or any other parameter."
        case .extendedFileName:
            "The form's part has filename*, which forms must not use (RFC 7578, 4.2); send filename, or the parameter name."
        case .field:
            "The form's part is a field, not a file; send one file (curl -F file=@FILE) and the parameters in the query."
        case .secondPart:
            "The form has a second part; send one file a request, and the parameters in the query."
        case .afterBoundary: "Neither \"--\" nor a line break follows a boundary in the form."
        case .truncated: "The form ends before its closing boundary."
        case .afterEnd: "Bytes follow the closing boundary of the form."
        case .fileName(let name):
            "The form's file name \"\(name)\" is refused: \(AttachmentName.rule). Rename the file, or give the name by the parameter name."
        case .fileTooLarge(let limit):
            "The form's file has more than \(limit) bytes, the limit of an upload here."
        }
    }
}

extension Answer {
    /// The refusal of a form; nothing was kept of it.
    init(_ fault: MultipartFault) {
        switch fault {
        case .fileTooLarge: self = .refusal(413, "too-large", fault.sentence)
        case .boundary, .opening, .headTooLarge, .headMalformed, .headerUnexpected, .headerRepeated,
            .disposition,
            .extendedFileName, .field, .secondPart, .afterBoundary, .truncated, .afterEnd, .fileName:
            self = .refusal(400, "bad-form", fault.sentence)
        }
    }
}
