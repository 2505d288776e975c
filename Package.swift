// swift-tools-version: 6.1
import PackageDescription

// The targets, what each is for and what it may import: Sources/README.md.
// The same table is checked against every `import` line by Tests/ArchitectureTests.

/// A C library of the system: a module map and a small shim in `Sources/<name>`.
func systemLibrary(_ name: String, _ pkgConfig: String, apt: String, brew: String) -> Target {
    .systemLibrary(
        name: name,
        pkgConfig: pkgConfig,
        providers: [.apt([apt]), .brew([brew])]
    )
}

/// A library target and its dependencies by name.
func library(_ name: String, _ dependencies: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies.map { .init(stringLiteral: $0) })
}

/// A test target in `Tests/<name>`; every one may use `TestSupport`.
func tests(
    _ name: String,
    _ dependencies: [String],
    exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: (dependencies + ["TestSupport"]).map { .init(stringLiteral: $0) },
        exclude: exclude,
        resources: resources
    )
}

let package = Package(
    name: "baton",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "batond", targets: ["batond"]),
        .executable(name: "baton", targets: ["baton"]),
    ],
    targets: [
        systemLibrary("CSQLite", "sqlite3", apt: "libsqlite3-dev", brew: "sqlite"),
        systemLibrary("CMicroHTTPD", "libmicrohttpd", apt: "libmicrohttpd-dev", brew: "libmicrohttpd"),
        systemLibrary("CCurl", "libcurl", apt: "libcurl4-openssl-dev", brew: "curl"),
        systemLibrary("CCrypto", "libcrypto", apt: "libssl-dev", brew: "openssl@3"),
        .systemLibrary(name: "CSpawn"),
        systemLibrary("CSeccomp", "libseccomp", apt: "libseccomp-dev", brew: "none: it is Linux's"),
        library("RelayCore"),
        library("RelayWire", ["RelayCore"]),
        library("RelaySeal", ["RelayCore", "RelayWire", "CCrypto"]),
        library("RelaySQL", ["CSQLite"]),
        library("RelayLedger", ["RelayCore", "RelayWire", "RelaySeal", "RelaySQL"]),
        library("RelayDepot", ["RelayCore", "RelaySeal"]),
        library("RelayServer", ["CMicroHTTPD"]),
        library("RelayClient", ["CCurl"]),
        library(
            "RelayBus",
            ["RelayCore", "RelayWire", "RelaySeal", "RelayLedger", "RelayDepot", "RelayServer"]
        ),
        library("RelayConsumer", ["RelayCore", "RelayWire", "RelaySeal", "RelayClient", "CSpawn"]),
        library("NanoConsumer", ["RelayCore", "RelayWire", "RelayConsumer", "RelaySQL"]),
        library("SGConsumer", ["RelayCore", "RelayWire", "RelayConsumer", "RelaySQL"]),
        library("JPConsumer", ["RelayCore", "RelayWire", "RelayConsumer", "RelaySQL"]),
        library("RelayDesk", ["RelayCore", "RelayWire", "RelaySeal", "RelayClient", "RelayConsumer"]),
        .executableTarget(
            name: "batond",
            dependencies: [
                "RelayCore", "RelayWire", "RelayBus",
                .target(name: "CSeccomp", condition: .when(platforms: [.linux])),
            ]
        ),
        .executableTarget(
            name: "baton",
            dependencies: [
                "RelayCore", "RelayWire", "RelaySeal", "RelaySQL", "RelayDepot", "RelayClient",
                "RelayConsumer",
                "NanoConsumer", "SGConsumer", "JPConsumer", "RelayDesk",
            ],
            exclude: ["Contracts/README.md"],
            resources: [
                .embedInCode("Example"), .embedInCode("Contracts/nano.json"),
                .embedInCode("Contracts/sg.json"), .embedInCode("Contracts/jp.json"),
                .embedInCode("Contracts/main.json"),
            ]
        ),
        .target(
            name: "TestSupport",
            dependencies: ["RelaySeal", "RelayWire", "RelayCore"],
            path: "Tests/TestSupport"
        ),
        .executableTarget(
            name: "LoadGenerator",
            dependencies: ["RelayCore", "RelayWire", "RelaySeal", "TestSupport"],
            path: "Tests/LoadGenerator"
        ),
        tests("RelayCoreTests", ["RelayCore"]),
        tests("RelayWireTests", ["RelayWire", "RelayCore", "RelaySeal"]),
        tests("ConfigurationTests", ["RelayCore", "RelayWire", "RelaySeal", "RelayBus", "batond", "baton"]),
        tests("RelaySQLTests", ["RelaySQL"]),
        tests("RelaySealTests", ["RelaySeal", "RelayCore", "RelayWire"]),
        tests("RelayLedgerTests", ["RelayLedger", "RelaySQL", "RelayCore", "RelayWire", "RelaySeal"]),
        tests("RelayDepotTests", ["RelayDepot", "RelayCore", "RelaySeal"]),
        tests(
            "RelayBusTests",
            ["RelayBus", "RelayLedger", "RelayDepot", "RelaySeal", "RelayWire", "RelayCore", "RelaySQL"]
        ),
        tests("RelayServerTests", ["RelayServer"]),
        tests("RelayClientTests", ["RelayClient"]),
        tests(
            "RelayConsumerTests",
            ["RelayConsumer", "RelayDesk", "RelayWire", "RelayCore", "RelaySeal", "RelayClient"]
        ),
        tests(
            "SimulationTests",
            [
                "RelayBus", "RelayConsumer", "RelayDesk", "RelayLedger", "RelayDepot", "RelaySeal",
                "RelayWire",
                "RelayCore", "RelayServer", "RelayClient",
            ]
        ),
        tests("EndpointTests", ["RelayBus", "RelayCore", "RelayWire", "RelaySeal", "RelaySQL", "batond"]),
        tests(
            "ProcessorTests",
            ["NanoConsumer", "SGConsumer", "JPConsumer", "RelayConsumer"],
            exclude: ["Documents"]
        ),
        tests(
            "RelayTests",
            ["RelayCore", "RelayWire", "RelaySeal", "batond", "baton"],
            exclude: ["Outsider"]
        ),
        tests("ArchitectureTests", []),
        // The two programs are no libraries: to depend on them is to have them built beside the tests.
        tests("LoadTests", ["LoadGenerator", "batond"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
