StepBenchmark.main()
