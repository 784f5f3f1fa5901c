# One thread each: nothing for ThreadSanitizer to see.
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  sluice_test(NAME cli_unit RING unit
    SOURCES unit/cli_text_test.cpp unit/deployment_test.cpp unit/logging_test.cpp unit/output_test.cpp
            unit/status_view_test.cpp unit/stop_signals_test.cpp
    LIBRARIES sluice_cli spdlog::spdlog)
endif()
sluice_test(PROGRAM NAME cli_integration RING integration
  SOURCES integration/cli_test.cpp integration/cli_redis_test.cpp integration/cli_replay_test.cpp
          integration/cli_snapshot_test.cpp
  LIBRARIES sluice_cli sluice_ingest sluice_sink sluice_model sluice_test_service)
sluice_test(PROGRAM NAME baselines_integration RING integration
  SOURCES integration/baselines_test.cpp
  LIBRARIES sluice_cli)
sluice_test(PROGRAM NAME live_lists RING integration
  SOURCES integration/live_lists_test.cpp
  LIBRARIES sluice_cli sluice_sink sluice_test_service)
# A page of the documents, written to be short.
set_source_files_properties(integration/live_lists_test.cpp PROPERTIES
  COMPILE_OPTIONS "-Wno-conversion;-Wno-sign-conversion;-Wno-pedantic")
