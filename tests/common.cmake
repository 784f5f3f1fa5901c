sluice_test(NAME common_unit RING unit SOURCES unit/bytes_test.cpp LIBRARIES sluice_common)
