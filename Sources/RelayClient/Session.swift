import CCurl

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// curl's global state, made once; Swift initializes a global once, from whichever thread comes first.
private let globalState = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

/// One connection at most to one destination, for one call at a time.
///
/// `Sendable` is unchecked because of curl's handles: they may be used by any
/// thread but by one at a time (<https://curl.se/libcurl/c/threadsafe.html>), and
/// `HTTPClient` takes a session out of its list for a call, under its lock, and puts it
/// back after it, so that no two calls have the same one.
final class Session: @unchecked Sendable {
    private let destination: Destination
    private let socketPath: SocketPath?
    private let multi: UnsafeMutableRawPointer
    private let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>

    init(to destination: Destination) throws(ClientError) {
        var path: SocketPath?
        if case .unix(let long) = destination { path = try SocketPath(long) }
        guard globalState == CURLE_OK, let multi = curl_multi_init() else {
            throw .cannotConnect("\(destination)", reason: "libcurl cannot be initialized")
        }
        guard let easy = curl_easy_init() else {
            curl_multi_cleanup(multi)
            throw .cannotConnect("\(destination)", reason: "libcurl cannot be initialized")
        }
        self.destination = destination
        self.multi = multi
        self.easy = easy
        socketPath = path
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
        errorText.deallocate()
    }

    /// Performs one exchange.
    func send(
        _ request: ClientRequest,
        _ cancellation: Cancellation?
    ) throws(ClientError) -> ClientResponse {
        let exchange = Exchange(request)
        var headers = try HeaderList(request)
        defer {
            // Only after this has curl no pointer to `exchange` and `headers` any more.
            curl_easy_reset(easy)
            headers.free()
            withExtendedLifetime(exchange) {}
        }
        try configure(request, exchange, headers)
        let result = try transfer(cancellation)
        guard result == CURLE_OK || exchange.isComplete, exchange.headersAreComplete else {
            throw failure(result, of: request, exchange)
        }
        return ClientResponse(status: exchange.status, headers: exchange.headers, body: exchange.body)
    }

    /// Runs the transfer to its end and returns its result.
    private func transfer(_ cancellation: Cancellation?) throws(ClientError) -> CURLcode {
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw .cannotConnect("\(destination)", reason: "libcurl cannot start a transfer")
        }
        defer { curl_multi_remove_handle(multi, easy) }
        var wake = curl_waitfd(
            fd: cancellation?.descriptor ?? -1,
            events: Int16(CURL_WAIT_POLLIN),
            revents: 0
        )
        let extra: UInt32 = cancellation?.descriptor == nil ? 0 : 1
        // curl wakes up by itself for its own timeouts; a cancellation without a pipe is looked at.
        let pause: Int32 = cancellation != nil && extra == 0 ? 100 : 3_600_000
        var running: Int32 = 1
        while true {
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
            guard running > 0 else { return finished() }
            if let cancellation, cancellation.isCancelled { throw .cancelled }
            guard curl_multi_poll(multi, &wake, extra, pause, nil) == CURLM_OK else {
                return CURLE_FAILED_INIT
            }
        }
    }

    /// The result of the transfer that has ended.
    private func finished() -> CURLcode {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
        }
        return CURLE_FAILED_INIT
    }
}

extension Session {
    private func configure(
        _ request: ClientRequest,
        _ exchange: Exchange,
        _ headers: HeaderList
    ) throws(ClientError) {
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        let codes =
            [
                baton_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText),
                baton_curl_set_callback(easy, CURLOPT_HEADERFUNCTION, receiveHeader),
                baton_curl_set_pointer(easy, CURLOPT_HEADERDATA, context),
                baton_curl_set_callback(easy, CURLOPT_WRITEFUNCTION, receiveBody),
                baton_curl_set_pointer(easy, CURLOPT_WRITEDATA, context),
                baton_curl_set_callback(easy, CURLOPT_READFUNCTION, provideBody),
                baton_curl_set_pointer(easy, CURLOPT_READDATA, context),
                baton_curl_set_list(easy, CURLOPT_HTTPHEADER, headers.first),
                baton_curl_set_text(easy, CURLOPT_REQUEST_TARGET, request.target),
                baton_curl_set_number(easy, CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds),
                baton_curl_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, request.timeout.wholeMilliseconds),
            ] + restrictions() + route() + method(of: request)
        guard let failed = codes.first(where: { $0 != CURLE_OK }) else { return }
        throw .unusableRequest("libcurl refuses a setting: " + String(cString: curl_easy_strerror(failed)))
    }

    /// What the client never does.
    private func restrictions() -> [CURLcode] {
        [
            baton_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http"),
            baton_curl_set_number(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            baton_curl_set_number(easy, CURLOPT_FOLLOWLOCATION, 0),
            // The empty text, unlike none, also turns the proxies of the environment off.
            baton_curl_set_text(easy, CURLOPT_PROXY, ""),
            baton_curl_set_number(easy, CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
            // Without this curl sets signal handlers, which a process with threads cannot have.
            baton_curl_set_number(easy, CURLOPT_NOSIGNAL, 1),
        ]
    }

    private func route() -> [CURLcode] {
        var codes = [baton_curl_set_text(easy, CURLOPT_URL, destination.url)]
        if case .tcp(_, _, let local?) = destination {
            codes.append(baton_curl_set_text(easy, CURLOPT_INTERFACE, "host!" + local))
        }
        if let path = socketPath?.path {
            codes.append(baton_curl_set_text(easy, CURLOPT_UNIX_SOCKET_PATH, path))
        }
        return codes
    }

    private func method(of request: ClientRequest) -> [CURLcode] {
        switch request.method {
        case .get: return [baton_curl_set_number(easy, CURLOPT_HTTPGET, 1)]
        case .head: return [baton_curl_set_number(easy, CURLOPT_NOBODY, 1)]
        default:
            // No seek function is set on purpose: curl could then send a body a second time.
            return [
                baton_curl_set_number(easy, CURLOPT_POST, 1),
                baton_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size)),
                baton_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue),
            ]
        }
    }
}

extension Session {
    /// What a transfer that ended with `code` means for the caller.
    private func failure(_ code: CURLcode, of request: ClientRequest, _ exchange: Exchange) -> ClientError {
        let place = "\(destination)"
        switch exchange.fault {
        case .responseTooLarge(let limit): return .responseTooLarge(limit: limit)
        case .headersTooLarge: return .unusableResponse(place, reason: "its headers are too large")
        case .unreadableBody(let reason): return .unreadableBody(reason)
        case nil: break
        }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return .timedOut(place, after: request.timeout, maybeSent: number(CURLINFO_REQUEST_SIZE) > 0)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY,
            CURLE_BAD_CONTENT_ENCODING:
            return .unusableResponse(place, reason: reason(code))
        case CURLE_OK:
            return .interrupted(place, reason: "the response ends in its headers")
        default:
            guard number(CURLINFO_REQUEST_SIZE) > 0 else {
                return .cannotConnect(place, reason: reason(code))
            }
            return .interrupted(place, reason: reason(code))
        }
    }

    /// In curl's words, and the system's where a call to it failed.
    private func reason(_ code: CURLcode) -> String {
        let detail = String(cString: errorText)
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let systemError = Int32(clamping: number(CURLINFO_OS_ERRNO))
        return systemError == 0 ? text : "\(text) (\(String(cString: strerror(systemError))))"
    }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        return baton_curl_get_number(easy, info, &value) == CURLE_OK ? value : 0
    }
}

extension Duration {
    /// At least 1, at most what curl can hold.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
