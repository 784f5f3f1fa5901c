# ThreadSanitizer has nothing to see in tests of one thread.
set(model_tests unit/cut_test.cpp unit/model_shards_test.cpp unit/model_snapshot_test.cpp)
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  list(APPEND model_tests
    unit/best_rows_test.cpp
    unit/bot_bound_test.cpp
    unit/candidates_test.cpp
    unit/catalogue_scan_test.cpp
    unit/compact_user_test.cpp
    unit/decay_test.cpp
    unit/factor_view_test.cpp
    unit/inspect_test.cpp
    unit/item_index_test.cpp
    unit/item_reuse_test.cpp
    unit/item_state_test.cpp
    unit/kernels_test.cpp
    unit/latest_rows_test.cpp
    unit/live_ranking_test.cpp
    unit/look_ahead_test.cpp
    unit/memory_plan_test.cpp
    unit/model_test.cpp
    unit/moment_test.cpp
    unit/name_map_test.cpp
    unit/neighbours_test.cpp
    unit/personal_signal_test.cpp
    unit/row_filter_test.cpp
    unit/seen_set_test.cpp
    unit/top_list_test.cpp
    unit/user_moves_test.cpp)
endif()
sluice_test(NAME model_unit RING unit SOURCES ${model_tests} LIBRARIES sluice_model PkgConfig::xxhash)
if(NOT SLUICE_SANITIZE STREQUAL "thread")
  sluice_test(NAME evaluation_unit RING unit
    SOURCES unit/paired_test_test.cpp unit/prequential_test.cpp unit/published_lists_test.cpp
    LIBRARIES sluice_evaluation)
  sluice_test(NAME baselines_unit RING unit
    SOURCES unit/baselines_test.cpp unit/rating_test.cpp
    LIBRARIES sluice_baselines)
endif()
