#pragma once

#include <cstddef>

#include "support/sluice_service.h"

// Loads with faults that the mock cluster and a real broker share. Whatever does not hold is a failure of the
// running test. The topic "events" must be new, and "events.dead" the dead-letter topic.
namespace sluice::test {

// Kills the service so often with kill -9 while events stream in, each time at a moment of its own, and looks
// after each whether commit <= durable <= applied; in the end all must be there, once.
void kill_at_random_moments(const ServiceSetup& settings, std::size_t times);

// The same with SIGTERM, which is to end it in good order within ten seconds each time.
void terminate_under_load(const ServiceSetup& settings, std::size_t times);

}  // namespace sluice::test
