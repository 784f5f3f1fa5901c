sluice_test(NAME common_unit RING unit
  SOURCES unit/bytes_test.cpp unit/live_merge_test.cpp unit/repeat_limiter_test.cpp unit/seen_code_test.cpp
  LIBRARIES sluice_common)
