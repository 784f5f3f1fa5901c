# ThreadSanitizer has nothing to see in tests of one thread.
set(pipeline_tests unit/checkpointer_test.cpp unit/epoch_barrier_test.cpp)
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  list(APPEND pipeline_tests
    unit/bad_share_guard_test.cpp
    unit/erased_users_test.cpp
    unit/freshness_histogram_test.cpp
    unit/frontier_test.cpp
    unit/group_assembler_test.cpp
    unit/hidden_items_test.cpp
    unit/link_log_test.cpp
    unit/link_report_test.cpp
    unit/live_quality_test.cpp
    unit/log_marks_test.cpp
    unit/metrics_text_test.cpp
    unit/publish_policy_test.cpp
    unit/rank_schedule_test.cpp
    unit/snapshot_age_test.cpp
    unit/snapshot_shelf_test.cpp
    unit/start_position_test.cpp
    unit/sweep_queue_test.cpp)
endif()
sluice_test(NAME pipeline_unit RING unit SOURCES ${pipeline_tests} support/fake_file_system.cpp LIBRARIES sluice_pipeline)

sluice_test(NAME user_ranker RING integration SOURCES integration/user_ranker_test.cpp LIBRARIES sluice_pipeline)

# What starts the real binary as a child.
if(NOT SLUICE_TEST_PROGRAMS)
  add_library(sluice_test_service STATIC
    support/checker.cpp support/kill_rounds.cpp support/list_watcher.cpp support/produced_log.cpp
    support/sluice_service.cpp)
  sluice_test_code(sluice_test_service)
  target_link_libraries(sluice_test_service PUBLIC sluice_ingest sluice_model sluice_sink sluice_test_programs)
endif()

sluice_test(PROGRAM NAME run_service RING integration TIMEOUT 180
  SOURCES integration/health_test.cpp integration/run_service_test.cpp LIBRARIES sluice_test_service)
sluice_test(PROGRAM NAME rebalance RING integration TIMEOUT 240
  SOURCES integration/rebalance_test.cpp LIBRARIES sluice_test_service)
# The service as a whole is under AddressSanitizer in those above, and its parts in tests of their own; threads meet
# in all of them.
if(NOT SLUICE_SANITIZE OR SLUICE_SANITIZE STREQUAL "thread")
  sluice_test(PROGRAM NAME control_events RING integration TIMEOUT 180
    SOURCES integration/control_events_test.cpp LIBRARIES sluice_test_service)
  sluice_test(PROGRAM WAITS NAME log_gap RING integration TIMEOUT 180
    SOURCES integration/log_gap_test.cpp LIBRARIES sluice_test_service)
endif()
# Long, and of no more use under sanitizers than what drives the same code for a shorter time.
if(NOT SLUICE_SANITIZE)
  sluice_test(PROGRAM WAITS NAME kill_nine RING fault TIMEOUT 600
    SOURCES fault/kill_nine_test.cpp LIBRARIES sluice_test_service)
  sluice_test(PROGRAM NAME memory_limit RING integration TIMEOUT 1800
    SOURCES integration/memory_limit_test.cpp LIBRARIES sluice_test_service)
  sluice_test(PROGRAM WAITS NAME kafka_fault RING fault TIMEOUT 180
    SOURCES fault/kafka_fault_test.cpp LIBRARIES sluice_test_service)
  sluice_test(PROGRAM WAITS NAME service_fault RING fault TIMEOUT 180
    SOURCES fault/service_fault_test.cpp LIBRARIES sluice_test_service)
  sluice_test(PROGRAM WAITS NAME soak RING fault TIMEOUT 7200
    SOURCES fault/soak_test.cpp LIBRARIES sluice_test_service)
endif()
# The mock cluster drives the same code under sanitizers.
if(NOT SLUICE_SANITIZE)
  sluice_test(WHOLE PROGRAM WAITS NAME broker_security RING integration LOCK kafka_broker TIMEOUT 300
    SOURCES integration/broker_security_test.cpp LIBRARIES sluice_test_service)
  sluice_test(PROGRAM WAITS NAME run_service_broker RING integration LOCK kafka_broker TIMEOUT 900
    SOURCES integration/run_service_broker_test.cpp LIBRARIES sluice_test_service)
endif()
