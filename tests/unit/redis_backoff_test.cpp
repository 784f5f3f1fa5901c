#include <gtest/gtest.h>

#include "sink/backoff.h"

namespace sluice::sink {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, doubles_up_to_the_cap_with_jitter_in_the_upper_half) {
  Backoff backoff(100ms, 1s, 7);
  for (const auto most : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const auto pause = backoff.next();
    EXPECT_GE(pause, most / 2);
    EXPECT_LE(pause, most);
  }
}

TEST(Backoff, begins_anew_after_success) {
  Backoff backoff(100ms, 1s, 7);
  for (int i = 0; i < 5; ++i) static_cast<void>(backoff.next());
  backoff.reset();
  EXPECT_LE(backoff.next(), 100ms);
}

TEST(Backoff, two_clients_do_not_move_in_step) {
  Backoff a(1s, 60s, 1);
  Backoff b(1s, 60s, 2);
  bool differ = false;
  for (int i = 0; i < 5; ++i) differ = differ || a.next() != b.next();
  EXPECT_TRUE(differ);
}

}  // namespace
}  // namespace sluice::sink
