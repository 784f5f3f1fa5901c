# One thread each: nothing for ThreadSanitizer to see.
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  sluice_test(NAME sink_unit RING unit
    SOURCES unit/json_text_test.cpp unit/list_json_test.cpp unit/list_pending_test.cpp unit/live_list_test.cpp
            unit/redis_backoff_test.cpp unit/redis_error_test.cpp unit/redis_link_test.cpp
            unit/redis_loss_detector_test.cpp unit/redis_url_test.cpp unit/shown_positions_test.cpp
            unit/snapshot_file_test.cpp
            support/fake_file_system.cpp
    LIBRARIES sluice_sink)
endif()
sluice_test(NAME sink_integration RING integration
  SOURCES integration/http_server_test.cpp integration/leave_out_test.cpp integration/list_publisher_test.cpp integration/redis_connection_test.cpp
          integration/redis_process_test.cpp integration/redis_status_test.cpp integration/snapshot_folder_test.cpp
          support/fake_redis_server.cpp
  LIBRARIES sluice_sink)
sluice_test(NAME sink_fault RING fault
  SOURCES fault/redis_fault_test.cpp fault/snapshot_disk_fault_test.cpp fault/snapshot_kill_test.cpp
          support/fake_file_system.cpp support/fake_redis_server.cpp
  LIBRARIES sluice_sink)
