/// One name inside a directory: never empty, `.`, `..` or anything with a slash or NUL.
struct Component: Hashable, Sendable {
    /// The name's bytes and a NUL, as system calls take them.
    let cString: [CChar]

    /// A name whose parts were checked when their values were made.
    init(checked text: String) {
        cString = Array(text.utf8CString)
    }

    /// Fails when the bytes are no name.
    init?(bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, bytes.count <= 255, !bytes.contains(0), !bytes.contains(UInt8(ascii: "/")),
            !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8)
        else { return nil }
        cString = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// Undoes `shown`; fails when the text is what `shown` never gives.
    init?(shown text: String) {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        self.init(bytes: bytes)
        guard shown == text else { return nil }
    }

    /// The name as a text that fits a log: bytes outside printable ASCII, and `%`, are `%` and two digits.
    ///
    /// A name made of checked values is shown as it is.
    var shown: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in cString.dropLast().lazy.map({ UInt8(bitPattern: $0) }) {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                text.append(byte)
            } else {
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The name with `_` for what can surprise a person at a shell; different names may become the same.
    var plain: String {
        var text: [UInt8] = []
        for byte in cString.dropLast().lazy.map({ UInt8(bitPattern: $0) }) {
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "~"): true
                case UInt8(ascii: "-"), UInt8(ascii: "."): !text.isEmpty
                default: false
                }
            text.append(isPlain ? byte : UInt8(ascii: "_"))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
