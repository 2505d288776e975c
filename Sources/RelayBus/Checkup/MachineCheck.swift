import RelayCore
import RelayDepot
import RelayWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a node needs of its machine: room, an address, users of their own.
struct MachineCheck {
    let configuration: NodeConfiguration

    var faults: [NodeFault] { disk + address + users }

    private var role: RoleFile { configuration.role }

    private var disk: [NodeFault] {
        var status = statvfs()
        guard statvfs(configuration.data, &status) == 0 else { return [] }
        let bytes = Int64(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: status.f_frsize)
        )
        let free = bytes.overflow ? Int64.max : bytes.partialValue
        let inodes = status.f_files == 0 ? Int64.max : Int64(clamping: status.f_favail)
        let (floor, inodeFloor) = (role.limits.freeDiskBytes, role.limits.freeDiskInodes)
        guard free < floor || inodes < inodeFloor else { return [] }
        return [
            NodeFault(
                "disk",
                configuration.data,
                "\(free) bytes and \(inodes) inodes are free; the floor is \(floor) and \(inodeFloor)",
                why: "below it nothing new is taken or claimed (507)",
                fix: "make room, or lower limits.free_disk_bytes or limits.free_disk_inodes in the role file"
            )
        ]
    }

    private var address: [NodeFault] {
        do throws(BusError) {
            let address = try Bus.address(configuration)
            let own = try TailnetAddress.ofThisMachine().map(\.host)
            guard !own.contains(address.host), !TailnetRanges.isLoopback(address.host) else { return [] }
            return [
                NodeFault(
                    "address",
                    address.description,
                    "no interface of this machine that is up has it",
                    why: "the other nodes look for this one there",
                    fix: "bring the interface up, or correct listen and the fleet"
                )
            ]
        } catch {
            return [
                NodeFault(
                    "address",
                    role.interface,
                    error.description,
                    why: "the other nodes look for this one there",
                    fix: "bring the tailnet up, or correct listen, interface and the fleet"
                )
            ]
        }
    }

    private var users: [NodeFault] {
        let isOwn = LocalUsers(role.local).role(of: geteuid()) != nil
        guard isOwn else { return [] }
        return [
            NodeFault(
                "users",
                "local in the role file",
                "the bus's own user (\(geteuid())) may ask as a consumer or operator",
                why:
                    "a processor that runs as the bus's user can change ledger, files and key: unsafe, but allowed",
                fix:
                    "run baton consume as a user of its own, and name only that one and the operators in local",
                isNote: true
            )
        ]
    }
}
