import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// Makes any number of distinct requests out of one genuine document.
///
/// The document of one job is built by `Order` and `RelayDocument`; the next job's differs only in the digits of the
/// job's id, in the clear and inside the base64 of the order, and in the order's signature, which is made anew (some
/// 40 µs). Patching costs the client little, so its own work hardly dilutes what is measured; `init` proves that the
/// result is what building would give.
struct DocumentSource {
    /// A job's id is this and so many digits.
    private static let prefix = "load-"
    private static let digits = 9
    private let body: [UInt8]
    private let head: [UInt8]
    private let upload: [UInt8]
    /// Where the digits lie in `body`, in the clear.
    private let clear: [Int]
    /// Where the order's base64 lies in `body`, its payload, and where the digits lie in that.
    private let encoded: Int
    private let payload: [UInt8]
    private let sealed: [Int]
    /// Where the order's signature lies in `body`, in base64.
    private let signature: Int
    private let key = TestKeys.key(of: "main")
    /// The file that each task brings, if any.
    static let file = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]

    init(contracts: [String: Digest], withUpload: Bool, host: String) throws {
        let document = try Self.document(0, contracts, withUpload)
        body = document.json.encoded
        payload = document.order.payload
        let base64 = Array(Base64.encoded(payload).utf8)
        guard let start = body.positions(of: base64).first else {
            throw WaitFailure("no order in the document")
        }
        encoded = start
        let signed = document.order.signatures.map { Array(Base64.encoded($0.bytes).utf8) }
        guard let first = signed.first, let place = body.positions(of: first).first else {
            throw WaitFailure("no signature in the document")
        }
        signature = place
        let id = Array(Self.job(0).utf8)
        clear = body.positions(of: id).map { $0 + Self.prefix.utf8.count }
        sealed = payload.positions(of: id).map { $0 + Self.prefix.utf8.count }
        let common = "Host: \(host)\r\nContent-Length:"
        head = Array(
            "POST /task HTTP/1.1\r\nContent-Type: application/json\r\n\(common) \(body.count)\r\n\r\n".utf8
        )
        let query = "job=\(Self.job(0))&name=load.txt&from=main"
        upload =
            Array("POST /upload?\(query) HTTP/1.1\r\n\(common) \(Self.file.count)\r\n\r\n".utf8) + Self.file
        for number in [1, 123_456_789] {
            let built = try Self.document(number, contracts, withUpload).json.encoded
            guard built == patched(number) else {
                throw WaitFailure("document \(number) was not patched well")
            }
        }
    }

    /// The request that posts the document of job `number`, and how the body of its receipt begins.
    func task(_ number: Int) -> (request: [UInt8], answer: [UInt8]) {
        let body = patched(number)
        let task = "\(Self.job(number)).nano.1"
        let answer = #"{"task":"\#(task)","state":"stored","digest":"\#(Digest.of(body).hex)","seq":"#
        return (head + body, Array(answer.utf8))
    }

    /// The request that uploads the file of job `number`, and how the body of its answer begins.
    func upload(_ number: Int) -> (request: [UInt8], answer: [UInt8]) {
        var request = upload
        let id = Array(Self.job(0).utf8)
        for place in request.prefix(64).positions(of: id) {
            request.replaceSubrange(place..<place + id.count, with: Self.job(number).utf8)
        }
        let answer = #"{"job":"\#(Self.job(number))","round":1,"name":"load.txt","size":1024,"#
        return (request, Array(answer.utf8))
    }

    private static func job(_ number: Int) -> String {
        let text = String(number)
        return prefix + String(repeating: "0", count: digits - text.utf8.count) + text
    }

    private func patched(_ number: Int) -> [UInt8] {
        let digits = Self.job(number).utf8.suffix(Self.digits)
        var body = body
        for place in clear { body.replaceSubrange(place..<place + Self.digits, with: digits) }
        var payload = payload
        for place in sealed {
            payload.replaceSubrange(place..<place + Self.digits, with: digits)
            // The groups of three bytes that hold the digits, with what lies beside them.
            let first = place / 3
            let end = (place + Self.digits + 2) / 3
            let bytes = Array(payload[first * 3..<end * 3])
            body.replaceSubrange(encoded + first * 4..<encoded + end * 4, with: Base64.encoded(bytes).utf8)
        }
        let order = Envelope(payloadType: Envelope.inTotoType, payload: payload, signatures: [])
        let made = Array(Base64.encoded(key.signature(of: order.preAuthenticationEncoding)).utf8)
        body.replaceSubrange(signature..<signature + made.count, with: made)
        return body
    }

    private static func document(
        _ number: Int,
        _ contracts: [String: Digest],
        _ withUpload: Bool
    ) throws -> RelayDocument {
        guard let job = JobID(rawValue: job(number)), let nano = NodeName(rawValue: "nano"),
            let main = NodeName(rawValue: "main"), let stage = StageName(rawValue: "nano"),
            let name = AttachmentName(rawValue: "load.txt"), let nanos = contracts["nano"],
            let mains = contracts["main"],
            let route = Route(legs: [.init(stage: stage, node: nano), .init(stage: .main, node: main)])
        else { throw WaitFailure("a name is wrong") }
        let file = Attachment(name: name, size: Int64(Self.file.count), digest: Digest.of(Self.file))
        let files = withUpload ? [file] : []
        let order = Order(
            job: job,
            round: .first,
            stage: stage,
            route: route,
            contracts: [stage: nanos, .main: mains],
            inputs: files.map { Statement.Subject($0) },
            issued: UnixMilliseconds(1_700_000_000_000),
            deadline: UnixMilliseconds(4_000_000_000_000),
            previous: nil
        )
        return RelayDocument(
            task: TaskID(job: job, stage: stage, round: .first),
            from: main,
            to: nano,
            contract: nanos,
            attachments: files,
            order: order.sealed,
            evidence: []
        )
    }
}

extension Collection<UInt8> where Index == Int {
    /// Where `other` begins in it.
    func positions(of other: [UInt8]) -> [Int] {
        guard count >= other.count else { return [] }
        return (startIndex...endIndex - other.count).filter {
            self[$0..<$0 + other.count].elementsEqual(other)
        }
    }
}
