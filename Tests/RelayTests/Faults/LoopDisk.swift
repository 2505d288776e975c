import Foundation
import TestSupport

#if os(Linux)
    /// An ext4 of its own in a file, on which a test may do what it would not do to the machine's.
    ///
    /// It belongs to one test. It is unmounted, which lets go of its loop device, when the value is dropped.
    final class LoopDisk {
        private let image: String
        private let mountPoint: String
        private var isMounted = false

        /// Makes it and mounts it at `mountPoint`, a directory.
        ///
        /// - Parameters:
        ///   - megabytes: its size; the file takes only what is written.
        ///   - image: the path of the file.
        ///   - mountPoint: where it is mounted.
        ///   - options: more options of `mkfs.ext4`.
        /// - Throws: `WaitFailure` with what a tool said that failed.
        init(megabytes: Int, in image: String, at mountPoint: String, options: [String] = []) async throws {
            self.image = image
            self.mountPoint = mountPoint
            try Files.write("", to: image)
            guard truncate(image, off_t(megabytes) << 20) == 0 else {
                throw SystemFailure(during: "truncate \(image)")
            }
            let words = ["mkfs.ext4", "-q", "-F", "-m", "0"] + options + [image]
            let finished = try await SpawnedProcess("/usr/bin/env", words).finish(within: .seconds(30))
            guard finished.status == .exited(0) else { throw WaitFailure("mkfs.ext4: \(finished.errors)") }
            try await mount()
        }

        deinit { end() }

        /// Mounts it again.
        func mount() async throws {
            try await Tool.run("mount", "-o", "loop", image, mountPoint)
            isMounted = true
        }

        /// Unmounts it; nobody may have a file open on it.
        func unmount() async throws {
            try await Tool.run("umount", mountPoint)
            isMounted = false
        }

        /// Cuts the power: what the file system has not on the disk by now, its journal included, is gone, and every
        /// access fails until it is mounted again.
        func cutPower() throws {
            let descriptor = open(mountPoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemFailure(during: "open \(mountPoint)") }
            defer { close(descriptor) }
            // EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32), with EXT4_GOING_FLAGS_NOLOGFLUSH.
            let request: UInt = 2 << 30 | 4 << 16 | 0x58 << 8 | 125
            var flags: UInt32 = 2
            guard ioctl(descriptor, request, &flags) == 0 else {
                throw SystemFailure(during: "shut \(mountPoint) down")
            }
        }

        /// Takes it away, whoever still uses it; twice is fine.
        func end() {
            guard isMounted else { return }
            isMounted = false
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["umount", "--lazy", mountPoint]
            do {
                try process.run()
                process.waitUntilExit()
            } catch {
                print("\(mountPoint) stays mounted: \(error)")
            }
        }

        /// Whether this process may make and mount one.
        static func isPermitted() async throws -> Bool {
            guard geteuid() == 0 else { return false }
            let scratch = try ScratchDirectory()
            defer { scratch.remove() }
            try Files.makeDirectory(scratch.path("m"))
            // The reason is the machine's own business; that it does not go is all there is to know.
            guard let disk = try? await LoopDisk(megabytes: 1, in: scratch.path("i"), at: scratch.path("m"))
            else { return false }
            disk.end()
            return true
        }
    }
#endif
