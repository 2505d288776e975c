import RelayBus
import RelayWire
import Testing

private let four = "100.64.0.3"
private let six = "fd7a:115c:a1e0::3"

/// The machine's addresses by interface, the fleet's, and what must be in the refusal, or `nil` for the choice.
private let rows: [(addresses: [(String, String)], fleet: String, refusal: String?)] = [
    ([("tailscale0", four)], "100.64.0.3:1", nil),
    ([("tailscale0", four), ("tailscale0", six)], "100.64.0.3:1", nil),
    ([("tailscale0", four), ("tailscale0", six)], "[fd7a:115c:a1e0::3]:1", nil),
    (
        [("lo", "127.0.0.1"), ("eth0", "192.168.1.4"), ("tailscale0", four), ("tailscale0", "fe80::1")],
        "100.64.0.3:1", nil
    ),
    ([("tailscale0", four), ("tailscale0", four)], "100.64.0.3:1", nil),
    ([("tailscale0", four), ("tailscale1", "100.64.0.4")], "100.64.0.3:1", nil),
    (
        [("tailscale0", four), ("tailscale0", "100.127.255.254")], "100.64.0.3:1",
        "2 addresses in the tailnet, 100.127.255.254 and 100.64.0.3"
    ),
    (
        [("tailscale0", "100.64.0.4")], "100.64.0.3:1",
        "has 100.64.0.4 in the tailnet, but the fleet says that this node is at 100.64.0.3"
    ),
    ([("tailscale0", six)], "100.64.0.3:1", "has fd7a:115c:a1e0::3 in the tailnet, but the fleet"),
    (
        [("tailscale0", "100.128.0.3"), ("eth0", four)], "100.64.0.3:1",
        "tailscale0 has no address in the tailnet"
    ),
    (
        [("tailscale0", "fd7a:115c:a1e1::3")], "[fd7a:115c:a1e1::3]:1",
        "tailscale0 has no address in the tailnet"
    ),
    ([], "100.64.0.3:1", "is the tailnet up"),
]

@Suite struct TailnetAddressTests {
    @Test(arguments: rows.indices)
    func theAddressIsTheOneOfTheFleetOrNone(_ index: Int) throws {
        let row = rows[index]
        let fleet = try #require(SocketAddress(row.fleet))
        let candidates = row.addresses.map { TailnetAddress.Candidate(interface: $0.0, host: $0.1) }
        do throws(BusError) {
            let host = try TailnetAddress.choose(from: candidates, on: "tailscale0", fleet: fleet)
            #expect(row.refusal == nil)
            #expect(host == fleet.host)
        } catch {
            guard case .configuration(let text) = error else {
                Issue.record("\(error)")
                return
            }
            let refusal = try #require(row.refusal, "\(text)")
            #expect(text.contains(refusal), "\(text)")
        }
    }
}
