sluice_test(NAME bench_unit RING unit
  SOURCES unit/bench_figures_test.cpp
  LIBRARIES sluice_bench_figures)
sluice_test(NAME bench_integration RING integration TIMEOUT 300
  SOURCES integration/bench_test.cpp
  LIBRARIES sluice_test_programs)
add_dependencies(bench_integration sluice_bench)
target_compile_definitions(bench_integration PRIVATE SLUICE_BENCH_BINARY="$<TARGET_FILE:sluice_bench>")
