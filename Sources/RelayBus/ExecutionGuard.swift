/// What keeps the daemon from starting a program, as `/health` says it.
package enum ExecutionGuard: String, Sendable {
    /// The kernel refuses it: the process has put a filter on itself that nothing can take off.
    case denied
    /// The daemon links no code of ours that could; there is no filter on this system.
    case notLinked = "not-linked"
}
