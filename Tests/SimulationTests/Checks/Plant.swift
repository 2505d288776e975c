/// A bug that is planted where the simulator passes requests and bytes on, to see whether it is found.
enum Plant: String, CaseIterable {
    /// A task is answered before its commit is durable.
    case answeredBeforeCommit
    /// A late worker's epoch is not looked at.
    case epochNotChecked
    /// A document is encoded anew on its way.
    case documentReencoded
    /// A delivery is given up after one failed attempt.
    case deliveryGivenUp
    /// An upload is answered before its bytes are kept.
    case uploadsNotKept
    /// Main closes without looking at the files.
    case closedUnseen

    /// What the plant makes of a message.
    func alter(_ message: inout Message) {}
}
