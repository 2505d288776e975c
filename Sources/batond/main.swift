import RelayBus

Daemon.main(CommandLine.arguments)
