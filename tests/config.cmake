# One thread each: nothing for ThreadSanitizer to see.
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  sluice_test(NAME config_unit RING unit
    SOURCES unit/duration_test.cpp unit/config_load_test.cpp unit/config_schema_test.cpp unit/config_print_test.cpp
            unit/machine_test.cpp
    LIBRARIES sluice_config)
endif()
