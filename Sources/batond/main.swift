import RelayBus

Daemon.main(Array(CommandLine.arguments.dropFirst()))
