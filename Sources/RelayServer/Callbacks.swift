import CMicroHTTPD

// What libmicrohttpd calls, on the thread that runs the loop. These are plain functions, so they carry no isolation
// that could trap. `context` is the `Loop`, alive as long as its daemons; a socket's context is its `Connection`,
// retained when the socket is accepted and released when the library has done with it.

/// A connection was accepted, or is about to be closed.
func onConnection(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    code: MHD_ConnectionNotificationCode
) {
    guard let context, let handle, let socketContext else { return }
    let loop = Unmanaged<Loop>.fromOpaque(context).takeUnretainedValue()
    switch code {
    case .CONNECTION_NOTIFY_STARTED:
        socketContext.pointee = Unmanaged.passRetained(loop.accept(handle)).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        guard let opaque = socketContext.pointee else { return }
        socketContext.pointee = nil
        loop.remove(Unmanaged<Connection>.fromOpaque(opaque).takeRetainedValue())
    @unknown default:
        return
    }
}

/// The request line has arrived; a request begins here.
func onTarget(
    context: UnsafeMutableRawPointer?,
    target: UnsafePointer<CChar>?,
    handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    if let target, let connection = connection(of: handle) { connection.startRequest(RawTarget(target)) }
    return nil
}

/// The library would decode the path in place; it is left as it was sent.
func onUnescape(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    text: UnsafeMutablePointer<CChar>?
) -> Int {
    guard let text else { return 0 }
    var length = 0
    while text[length] != 0 { length += 1 }
    return length
}

/// The head is complete, a piece of the body is here, or the request is complete.
func onAccess(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    url: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?,
    version: UnsafePointer<CChar>?,
    data: UnsafePointer<CChar>?,
    dataSize: UnsafeMutablePointer<Int>?,
    requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let connection = connection(of: handle), let method, let version, let dataSize else { return .NO }
    guard let data, dataSize.pointee > 0 else {
        return connection.proceed(method: method, version: version) ? .YES : .NO
    }
    let piece = UnsafeRawBufferPointer(start: data, count: dataSize.pointee)
    dataSize.pointee = 0
    return connection.receive(piece) ? .YES : .NO
}

/// The request is over, answered or not; called for every request that began.
func onCompleted(
    context: UnsafeMutableRawPointer?,
    handle: OpaquePointer?,
    requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    code: MHD_RequestTerminationCode
) {
    connection(of: handle)?.endRequest()
}

private func connection(of handle: OpaquePointer?) -> Connection? {
    guard let handle, let opaque = relay_mhd_context(handle) else { return nil }
    return Unmanaged<Connection>.fromOpaque(opaque).takeUnretainedValue()
}
