/// Files of the repository that are part of the program.
enum Shipped {
    /// `contracts/*.json`, by name.
    static let contracts: [(name: String, bytes: [UInt8])] = [
        ("nano.json", PackageResources.nano_json), ("sg.json", PackageResources.sg_json),
        ("jp.json", PackageResources.jp_json), ("main.json", PackageResources.main_json),
    ]

    /// The input of the demo; the brief first, then the sources in order.
    static let example: [(name: String, bytes: [UInt8])] = [
        ("brief.md", PackageResources.brief_md), ("source-01.md", PackageResources.source_01_md),
        ("source-02.md", PackageResources.source_02_md), ("source-03.md", PackageResources.source_03_md),
        ("source-04.md", PackageResources.source_04_md), ("source-05.md", PackageResources.source_05_md),
        ("source-06.txt", PackageResources.source_06_txt),
    ]
}
