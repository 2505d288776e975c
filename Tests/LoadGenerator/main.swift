await LoadGenerator.main(Array(CommandLine.arguments.dropFirst()))
