#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/checker.h"
#include "support/list_watcher.h"
#include "support/service_fixture.h"

// Every fault of Kafka that the mock cluster can play: which counter moves, and that nothing is lost or
// doubled.
namespace sluice::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KafkaFault : public ServiceTest {
 protected:
  static constexpr int kBrokers = 3;
  static constexpr std::size_t kUsers = 100;

  KafkaFault() : ServiceTest(kBrokers), sender_(cluster_.bootstrap_servers()), service_(settings_) {}

  void send(std::size_t count) {
    sender_.send_mixture(sent_, count, kUsers, 50);
    sent_ += count;
  }
  [[nodiscard]] std::int64_t produced() const { return static_cast<std::int64_t>(sender_.produced().size()); }
  [[nodiscard]] bool all_applied(seconds at_most = seconds{30}) {
    return wait_until([&] { return service_.sum("applied.") == produced(); }, at_most);
  }
  [[nodiscard]] bool all_committed(seconds at_most = seconds{30}) {
    return wait_until([&] { return service_.sum("committed.") == produced(); }, at_most);
  }
  void start_and_settle() {
    service_.start();
    send(1000);
    ASSERT_TRUE(all_committed());
  }
  void fail(Api api, rd_kafka_resp_err_t error, std::size_t times = 1) {
    const std::vector<rd_kafka_resp_err_t> errors(times, error);
    cluster_.fail_requests(api, errors);
  }
  // Whatever happened, in the end all is there, once.
  void finish() {
    EXPECT_TRUE(all_applied()) << service_.sum("applied.") << " of " << produced();
    EXPECT_TRUE(wait_until([&] { return service_.number("dirty") == 0 && service_.number("pending") == 0; }));
    EXPECT_EQ(service_.number("log_gaps"), 0);
    EXPECT_EQ(service_.stop(), 0);
    const Checker checker(settings_, sender_.produced());
    checker.check_commits();
    checker.check_state(Checker::Prefix::whole);
    checker.check_dead_letters("events.dead");
    EXPECT_GT(check_lists(redis_->url()), 0U);
    EXPECT_THAT(watcher_.violations(), testing::IsEmpty());
  }

  const ServiceSetup settings_ = quick_setup();
  EventSender sender_;
  SluiceService service_;
  ListWatcher watcher_{redis_->url(), kUsers};
  std::size_t sent_ = 0;
};

TEST_F(KafkaFault, AllBrokersDownForLongerThanTheSession) {
  start_and_settle();
  begin_outage();
  std::this_thread::sleep_for(long_run() ? seconds{30}
                                         : seconds{4});  // an outage of that length is the fault
  EXPECT_GT(service_.number("errors.kafka"), 0);
  end_outage();
  send(1000);
  EXPECT_TRUE(all_committed());
  finish();
}

TEST_F(KafkaFault, OneBrokerOfThreeDown) {
  cluster_.set_coordinator("test", 1);
  start_and_settle();
  cluster_.set_leader({"events", PartitionId{0}}, 2);
  cluster_.stop_broker(2);
  EXPECT_TRUE(wait_until([&] { return service_.number("errors.kafka") > 0; }));
  for (int partition = 0; partition < kPartitions; ++partition) {
    cluster_.set_leader({"events", PartitionId{partition}}, 3);
  }
  cluster_.set_leader({"events.dead", PartitionId{0}}, 3);
  send(1000);
  EXPECT_TRUE(all_committed());
  finish();
}

TEST_F(KafkaFault, TheConnectionCutOnEveryTenthFetch) {
  start_and_settle();
  std::vector<rd_kafka_resp_err_t> errors(400, RD_KAFKA_RESP_ERR_NO_ERROR);
  for (std::size_t i = 9; i < errors.size(); i += 10) errors[i] = RD_KAFKA_RESP_ERR__TRANSPORT;
  cluster_.fail_requests(Api::fetch, errors);
  for (int i = 0; i < 20; ++i) send(100);
  EXPECT_TRUE(all_applied());
  EXPECT_GT(service_.number("errors.kafka"), 0);
  EXPECT_EQ(service_.number("duplicates"), 0);
  finish();
}

TEST_F(KafkaFault, FetchErrorsOfEachKind) {
  start_and_settle();
  for (const auto error : {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                           RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                           RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                           RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                           RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
                           RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_UNKNOWN}) {
    SCOPED_TRACE(rd_kafka_err2name(error));
    fail(Api::fetch, error, 2);
    send(100);
    EXPECT_TRUE(all_applied());
  }
  finish();
}

TEST_F(KafkaFault, AnOffsetSaidToBeOutOfRangeThatIsNot) {
  start_and_settle();
  fail(Api::fetch, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, 2);
  send(1000);
  EXPECT_TRUE(all_applied());
  EXPECT_EQ(service_.number("lost_records"), 0);
  finish();
}

TEST_F(KafkaFault, LeadersThatMove) {
  start_and_settle();
  for (int round = 0; round < 9; ++round) {
    for (int partition = 0; partition < kPartitions; ++partition) {
      cluster_.set_leader({"events", PartitionId{partition}}, 1 + (round + partition) % kBrokers);
    }
    send(200);
    EXPECT_TRUE(all_applied()) << round;
  }
  EXPECT_EQ(service_.number("duplicates"), 0);
  finish();
}

TEST_F(KafkaFault, APartitionWithoutALeaderForAWhile) {
  start_and_settle();
  cluster_.set_leader({"events", PartitionId{1}}, -1);
  // Its records come late, the others' go on; the sender must not be made to wait for it.
  std::this_thread::sleep_for(seconds{2});
  EXPECT_EQ(service_.status()["state"], "running");
  cluster_.set_leader({"events", PartitionId{1}}, 2);
  send(1000);
  finish();
}

TEST_F(KafkaFault, TheCoordinatorMoves) {
  start_and_settle();
  for (int round = 0; round < 3; ++round) {
    cluster_.set_coordinator("test", 1 + round % kBrokers);
    fail(Api::heartbeat, RD_KAFKA_RESP_ERR_NOT_COORDINATOR_FOR_GROUP);
    fail(Api::offset_commit, RD_KAFKA_RESP_ERR_NOT_COORDINATOR_FOR_GROUP);
    send(200);
    EXPECT_TRUE(all_committed()) << round;
  }
  finish();
}

TEST_F(KafkaFault, ASlowBroker) {
  cluster_.set_round_trip(milliseconds{300});
  service_.start();
  send(2000);
  EXPECT_TRUE(all_committed(seconds{60}));
  finish();
}

TEST_F(KafkaFault, CommitErrorsOfEachKind) {
  start_and_settle();
  for (const auto error :
       {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
        RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
        RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_UNKNOWN}) {
    SCOPED_TRACE(rd_kafka_err2name(error));
    fail(Api::offset_commit, error);
    send(50);
    EXPECT_TRUE(all_committed()) << service_.sum("committed.") << " of " << produced();
  }
  EXPECT_GT(service_.number("errors.commit"), 0);
  finish();
}

TEST_F(KafkaFault, TheSessionIsLost) {
  start_and_settle();
  fail(Api::heartbeat, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  ASSERT_TRUE(wait_until([&] { return service_.number("partitions_kept") >= kPartitions; }));
  send(500);
  EXPECT_TRUE(all_applied());
  fail(Api::heartbeat, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
  ASSERT_TRUE(wait_until([&] { return service_.number("partitions_kept") >= 2 * kPartitions; }));
  send(500);
  EXPECT_TRUE(all_committed());
  EXPECT_EQ(service_.number("duplicates"), 0);
  finish();
}

TEST_F(KafkaFault, AFencedStaticMemberEndsWithItsOwnExitCodeAndItsSuccessorGoesOn) {
  start_and_settle();
  fail(Api::heartbeat, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
  EXPECT_EQ(service_.wait_for_exit(seconds{20}), 4);
  EXPECT_THAT(service_.log(), testing::HasSubstr("FENCED"));
  cluster_.clear_failures(Api::heartbeat);
  send(500);
  service_.start();
  finish();
}

TEST_F(KafkaFault, EveryQuestionOfAStartFailsAtFirst) {
  for (const Api api : {Api::find_coordinator, Api::join_group, Api::sync_group, Api::offset_fetch,
                        Api::list_offsets, Api::metadata, Api::init_producer_id}) {
    fail(api, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 2);
    fail(api, RD_KAFKA_RESP_ERR__TRANSPORT);
  }
  service_.start();
  send(1000);
  EXPECT_TRUE(all_committed(seconds{60}));
  finish();
}

TEST_F(KafkaFault, DeadLettersThatAreNotAcknowledgedHoldTheSnapshotBack) {
  start_and_settle();
  cluster_.set_leader({"events.dead", PartitionId{0}}, -1);
  sender_.send_raw("u1", "broken");
  sender_.flush();
  ASSERT_TRUE(all_applied());
  const std::int64_t committed = service_.sum("committed.");
  const std::int64_t snapshots = service_.number("snapshots");
  send(500);
  ASSERT_TRUE(all_applied());
  std::this_thread::sleep_for(seconds{3});  // three snapshots would fall due
  EXPECT_LE(service_.number("snapshots"), snapshots + 1) << "one may have been under way";
  EXPECT_LE(service_.sum("committed."), committed + 1);
  cluster_.set_leader({"events.dead", PartitionId{0}}, 1);
  EXPECT_TRUE(all_committed());
  finish();
}

TEST_F(KafkaFault, DeadLettersWithoutEndThatTakeLongDoNotKeepSnapshotsBack) {
  cluster_.set_coordinator("test", 1);
  for (int partition = 0; partition < kPartitions; ++partition) {
    cluster_.set_leader({"events", PartitionId{partition}}, 2);
  }
  cluster_.set_leader({"events.dead", PartitionId{0}}, 3);
  start_and_settle();
  cluster_.set_round_trip(milliseconds{1000}, 3);
  std::jthread sending([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      sender_.send_raw("u1", "broken");
      send(10);  // a letter a moment, and each takes a second
    }
  });
  const std::int64_t snapshots = service_.number("snapshots");
  EXPECT_TRUE(wait_until([&] { return service_.number("snapshots") >= snapshots + 3; }, seconds{40}));
  sending.request_stop();
  sending.join();
  cluster_.set_round_trip(milliseconds{0}, 3);
  finish();
}

}  // namespace
}  // namespace sluice::test
