# One thread each: nothing for ThreadSanitizer to see.
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  sluice_test(NAME ingest_unit RING unit
              SOURCES unit/decoder_test.cpp unit/decoder_fuzz_test.cpp unit/decoder_event_time_test.cpp
                      unit/decoder_allocation_test.cpp
                      unit/event_file_test.cpp unit/synthetic_test.cpp unit/replay_pace_test.cpp
                      unit/kafka_properties_test.cpp unit/kafka_refusal_test.cpp unit/file_dead_letters_test.cpp
              LIBRARIES sluice_ingest)
endif()
sluice_test(NAME ingest_mock_cluster RING integration
            SOURCES integration/replay_mock_cluster_test.cpp integration/dead_letters_mock_cluster_test.cpp integration/kafka_watch_test.cpp
            LIBRARIES sluice_ingest)
# The mock cluster drives the same code under sanitizers.
if(NOT SLUICE_SANITIZE)
  sluice_test(WAITS NAME ingest_broker RING integration LOCK kafka_broker TIMEOUT 300
              SOURCES integration/replay_broker_test.cpp LIBRARIES sluice_ingest)
endif()
