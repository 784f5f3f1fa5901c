#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sink/live_list.h"
#include "sink/reader.h"
#include "sink/redis_connection.h"
#include "sink/snapshot_file.h"
#include "support/checker.h"
#include "support/process_size.h"
#include "support/service_fixture.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;

constexpr int kUsers = 60;
constexpr int kItems = 30;

std::string control(const std::string& type, const std::string& item) {
  return R"({"type":")" + type + R"(","item":")" + item + R"("})";
}

class ControlEvents : public ServiceTest {
 protected:
  ControlEvents()
      : sender_(cluster_.bootstrap_servers()), controls_(cluster_.bootstrap_servers(), "control") {
    cluster_.create_topic("control", 1);
  }

  [[nodiscard]] ServiceSetup with_controls(const std::string& instance = "a") const {
    ServiceSetup made = setup(instance);
    made.overrides["kafka.control_topic"] = "control";
    return made;
  }

  [[nodiscard]] std::set<std::string> hidden() const {
    std::set<std::string> found;
    auto connection = sink::RedisConnection::connect(redis_options());
    if (!connection.ok()) return found;
    auto reply = connection.value()->run({"SMEMBERS", "sluice:hidden"});
    if (!reply.ok()) return found;
    const auto members = reply.value().view();
    for (std::size_t i = 0; i < members.size(); ++i) found.emplace(members.at(i).text());
    return found;
  }

  // The items of the document in Redis as it is, without what readers leave out.
  [[nodiscard]] std::vector<std::string> list_of(const std::string& user) const {
    auto reader = sink::Reader::connect(redis_options());
    if (!reader.ok()) return {};
    const auto found = reader.value().lookup(user);
    if (!found.ok()) return {};
    std::vector<std::string> items;
    for (const auto& entry : found.value().list.items) items.push_back(entry.item);
    if (found.value().hidden > 0) items.emplace_back("(hidden)");
    return items;
  }
  [[nodiscard]] int lists_with_something_hidden() const {
    int count = 0;
    for (int user = 0; user < kUsers; ++user) {
      count += std::ranges::count(list_of("u" + std::to_string(user)), "(hidden)") > 0 ? 1 : 0;
    }
    return count;
  }
  // Of the users' lists as they lie there.
  [[nodiscard]] int lists_with(const std::string& item) const {
    auto reader = sink::Reader::connect(redis_options());
    int count = 0;
    for (int user = 0; user < kUsers && reader.ok(); ++user) {
      const auto found = reader.value().lookup("u" + std::to_string(user));
      if (found.ok() && found.value().raw.find("\"" + item + "\"") != std::string::npos) ++count;
    }
    return count;
  }
  // The "meta" of the newest snapshot; empty if there is none.
  static std::string newest_meta(const ServiceSetup& setup) { return newest_sections(setup, "meta"); }
  // Who was erased, of all partitions, as bytes.
  static std::string newest_erased(const ServiceSetup& setup) { return newest_sections(setup, "erased/"); }
  // The sections whose names begin so, one after the other.
  static std::string newest_sections(const ServiceSetup& setup, std::string_view prefix) {
    const auto folder = sink::scan_snapshots(sink::real_file_system(), snapshot_folder(setup), false);
    const auto newest = folder.newest.find(setup.instance);
    if (newest == folder.newest.end()) return {};
    const auto loaded = sink::load_snapshot(sink::real_file_system(), newest->second);
    if (!loaded.snapshot) return {};
    std::string bytes;
    for (const auto& [name, section] : loaded.snapshot->sections) {
      if (name.starts_with(prefix))
        bytes.append(reinterpret_cast<const char*>(section.data()), section.size());
    }
    return bytes;
  }
  [[nodiscard]] bool has_own_list(const std::string& user) const {
    auto reader = sink::Reader::connect(redis_options());
    if (!reader.ok()) return false;
    const auto found = reader.value().lookup(user);
    return found.ok() && found.value().source == sink::Lookup::Source::user;
  }

  [[nodiscard]] bool is_in_a_live_list(const std::string& item) const {
    auto connection = sink::RedisConnection::connect(redis_options());
    if (!connection.ok()) return false;
    for (std::uint32_t context = 0; context < sink::kLiveContexts; ++context) {
      const auto reply = connection.value()->run({"GET", "sluice:live:" + std::to_string(context)});
      if (!reply.ok() || reply.value().view().is_nil()) continue;
      const auto list = sink::parse_live_list(reply.value().view().text());
      if (list.ok() && std::ranges::count(list.value().items, item, &LiveEntry<std::string>::id) > 0)
        return true;
    }
    return false;
  }

  // All events learned, all lists written, and a snapshot of it.
  void settle(const SluiceService& service, std::int64_t applied) {
    ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == applied; }));
    ASSERT_TRUE(wait_until([&] {
      return service.sum("committed.") == applied && service.number("dirty") == 0 &&
             service.number("pending") == 0;
    }));
  }

  EventSender sender_;
  EventSender controls_;
};

TEST_F(ControlEvents, AHiddenItemIsHiddenWithinASecondAndItsListsAreRewritten) {
  sender_.send(make_events(0, 3000, kUsers, kItems));
  ServiceSetup settings = with_controls();
  settings.overrides["publish.max_age"] = "1h";  // no list is written again for its age
  settings.overrides["publish.ttl"] = "1d";
  SluiceService service(settings);
  service.start();
  settle(service, 3000);
  ASSERT_TRUE(wait_until([&] { return service.number("control_topic_read") == 1; }));
  ASSERT_TRUE(wait_until([&] { return is_in_a_live_list("i7"); }));
  const auto hidden_at = std::chrono::steady_clock::now();
  controls_.send_raw("i7", control("hide_item", "i7"));
  controls_.flush();
  ASSERT_TRUE(wait_until([&] { return hidden() == std::set<std::string>{"i7"}; }));
  EXPECT_LT(std::chrono::steady_clock::now() - hidden_at, seconds{1} * kPatience);
  EXPECT_TRUE(wait_until([&] { return lists_with_something_hidden() == 0; }))
      << lists_with_something_hidden();
  EXPECT_TRUE(wait_until([&] { return !is_in_a_live_list("i7"); }));
  EXPECT_THAT(list_of("u1"), testing::SizeIs(20)) << "the next best moved up";
  EXPECT_TRUE(wait_until([&] { return service.number("lists_changed") > 0; }));
  EXPECT_EQ(service.number("errors.redis_ours"), 0);
  check_lists(redis_->url());
  controls_.send_raw("i7", control("show_item", "i7"));
  controls_.flush();
  EXPECT_TRUE(wait_until([&] { return hidden().empty(); }));
  EXPECT_TRUE(wait_until([&] { return service.number("control_topic_applied") == 2; }));
  EXPECT_EQ(service.stop(), 0);
}

// All lists hold the item, as there are 30. The pace is that of this machine; docs/reliability.md has one.
TEST_F(ControlEvents, ListsThatHoldAHiddenItemAreAllRewrittenAtAPaceThatIsPrinted) {
  const int users = long_run() ? 100'000 : static_cast<int>(load_of(3'000));
  sender_.send(make_events(0, static_cast<std::size_t>(users) * 2, static_cast<std::size_t>(users), kItems));
  ServiceSetup settings = with_controls();
  settings.overrides["publish.max_age"] = "1h";  // no list is written again for its age
  settings.overrides["publish.ttl"] = "1d";
  SluiceService service(settings);
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == users * 2; }, seconds{120}));
  ASSERT_TRUE(wait_until(
      [&] {
        return service.number("lists") >= users && service.number("dirty") == 0 &&
               service.number("pending") == 0;
      },
      seconds{120}));
  const std::int64_t written = service.number("lists");
  ASSERT_EQ(service.number("lists_changed"), 0);
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_before = cpu_seconds_of(service.pid());
  controls_.send_raw("i7", control("hide_item", "i7"));
  controls_.flush();
  EXPECT_TRUE(wait_until([&] { return service.number("lists") >= written + users; }, seconds{120}));
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double cpu = cpu_seconds_of(service.pid()) - cpu_before;
  std::printf("%d lists in %.2f s: %.0f lists/s; %.2f s of CPU time: %.0f lists/s of a core\n", users, took,
              users / took, cpu, users / cpu);
  EXPECT_EQ(lists_with_something_hidden(), 0);
  EXPECT_TRUE(wait_until([&] { return service.number("to_change") == 0 && service.number("pending") == 0; }));
  EXPECT_EQ(service.number("lists_changed"), users) << "each was changed where it lay";
  EXPECT_EQ(service.number("lists"), written + users) << "and none was ranked";
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ControlEvents, ListsWhoseKeptEntriesAreUsedUpAreRankedAnew) {
  sender_.send(make_events(0, 3000, kUsers, 2 * kItems));
  ServiceSetup settings = with_controls();
  settings.overrides["publish.max_age"] = "1h";  // no list is written again for its age
  settings.overrides["publish.ttl"] = "1d";
  settings.overrides["publish.kept_entries"] = "2";
  settings.overrides["publish.format"] = "compact";
  SluiceService service(settings);
  service.start();
  settle(service, 3000);
  for (int item = 0; item < 20; ++item) {
    const std::string name = "i" + std::to_string(item);
    controls_.send_raw(name, control("hide_item", name));
    controls_.flush();
    ASSERT_TRUE(wait_until([&] { return hidden().contains(name); }));
  }
  EXPECT_TRUE(wait_until([&] { return lists_with_something_hidden() == 0; }))
      << lists_with_something_hidden();
  EXPECT_TRUE(wait_until([&] { return list_of("u1").size() == 20; })) << list_of("u1").size();
  EXPECT_EQ(service.number("errors.redis_ours"), 0);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ControlEvents, EveryInstanceReadsTheWholeControlTopic) {
  for (int item = 0; item < 10; ++item) {
    controls_.send_raw("i" + std::to_string(item), control("hide_item", "i" + std::to_string(item)));
  }
  controls_.flush();
  sender_.send(make_events(0, 3000, kUsers, kItems));
  SluiceService a(with_controls("a"));
  SluiceService b(with_controls("b"));
  a.start();
  b.start();
  EXPECT_TRUE(wait_until([&] { return a.sum("applied.") + b.sum("applied.") == 3000; }, seconds{60}));
  EXPECT_TRUE(wait_until(
      [&] { return a.number("control_topic_applied") == 10 && b.number("control_topic_applied") == 10; }));
  EXPECT_TRUE(wait_until([&] { return has_own_list("u1") && lists_with_something_hidden() == 0; }));
  EXPECT_EQ(a.stop(), 0);
  EXPECT_EQ(b.stop(), 0);
}

TEST_F(ControlEvents, AtStartOnlyTheLastWordOnAnItemCountsAndATombstoneShowsIt) {
  controls_.send_raw("i1", control("hide_item", "i1"));
  controls_.send_raw("i1", control("show_item", "i1"));
  controls_.send_raw("i2", control("hide_item", "i2"));
  controls_.send_tombstone("i2");
  controls_.send_raw("i3", control("hide_item", "i3"));
  controls_.send_raw("x", "rubbish");
  controls_.send_raw("u1", R"({"type":"erase_user","user":"u1"})");
  controls_.flush();
  SluiceService service(with_controls());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.number("control_topic_read") == 1; }));
  EXPECT_TRUE(wait_until([&] { return hidden() == std::set<std::string>{"i3"}; }));
  EXPECT_EQ(service.number("control_topic_applied"), 5);
  EXPECT_EQ(service.number("control_topic_bad"), 2);
  EXPECT_EQ(service.stop(), 0);
}

// Redis hangs before the kill, so that lists keep an item that a snapshot knows to be hidden.
TEST_F(ControlEvents, WhatWasHiddenJustBeforeAKillOrAfterItIsGoneFromTheListsAfterTheStart) {
  sender_.send(make_events(0, 3000, kUsers, kItems));
  ServiceSetup settings = with_controls();
  settings.overrides["publish.max_age"] = "1h";
  settings.overrides["publish.ttl"] = "1d";
  settings.overrides["redis.pipeline_depth"] = "1";  // nothing lies in the socket when Redis goes on
  SluiceService service(settings);
  service.start();
  settle(service, 3000);
  ASSERT_TRUE(wait_until([&] { return service.number("control_topic_read") == 1; }));
  ::kill(redis_->pid(), SIGSTOP);
  controls_.send_raw("i7", control("hide_item", "i7"));
  controls_.flush();
  const bool snapshot_knows = wait_until([&] {
    sender_.send({{"u1", "i1", 4'000'000'000}});  // or nothing would be there to snapshot
    return newest_meta(settings).find(R"("hidden":["i7"])") != std::string::npos;
  });
  service.kill();
  ::kill(redis_->pid(), SIGCONT);
  ASSERT_TRUE(snapshot_knows);
  ASSERT_GT(lists_with("i7"), 0) << "the kill came too late";
  controls_.send_raw("i8", control("hide_item", "i8"));
  controls_.flush();
  service.start();
  EXPECT_TRUE(wait_until([&] { return hidden() == std::set<std::string>{"i7", "i8"}; }));
  EXPECT_TRUE(wait_until([&] { return lists_with("i7") == 0; })) << lists_with("i7");
  EXPECT_TRUE(wait_until([&] { return lists_with("i8") == 0; })) << lists_with("i8");
  EXPECT_TRUE(wait_until([&] {
    sender_.send({{"u1", "i1", 4'000'000'000}});
    return newest_meta(settings).find(R"("hidden_in_lists":[])") != std::string::npos;
  })) << "the next start need not care: "
      << newest_meta(settings);
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ControlEvents, AnErasedUserIsGoneFromStateRedisAndSnapshotAlsoAfterAStartFromAnOlderOne) {
  sender_.send(make_events(0, 3000, kUsers, kItems));
  SluiceService before(setup());
  before.start();
  settle(before, 3000);
  ASSERT_TRUE(has_own_list("u1") && has_own_list("u2"));
  EXPECT_EQ(before.stop(), 0);
  ServiceSetup seldom = setup();
  seldom.overrides["snapshot.interval"] = "1d";
  SluiceService service(seldom);
  service.start();
  // The one that follows an assignment.
  ASSERT_TRUE(wait_until([&] { return service.number("snapshots") == 1; }));
  sender_.send_raw("u1", R"({"type":"erase_user","user":"u1"})");
  sender_.send_tombstone("u2");
  // No user of that partition: whose list that is, another partition knows.
  auto redis = sink::RedisConnection::connect(redis_options());
  ASSERT_TRUE(redis.ok());
  ASSERT_TRUE(redis.value()->run({"SET", "sluice:user:stranger", "a list"}).ok());
  sender_.send_tombstone("stranger");
  sender_.flush();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 3003; }));
  EXPECT_TRUE(wait_until([&] { return !has_own_list("u1") && !has_own_list("u2"); }));
  EXPECT_TRUE(has_own_list("u3"));
  EXPECT_TRUE(wait_until([&] { return service.number("controls") == 2; }));
  EXPECT_EQ(service.number("stray_tombstones"), 1);
  EXPECT_EQ(redis.value()->run({"EXISTS", "sluice:user:stranger"}).value().view().integer(), 1);
  service.kill();
  const auto older = inspect(snapshot_folder(setup()), "--users");
  ASSERT_TRUE(older.contains("u1")) << "the snapshot is to be one from before";
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 3003; }));
  EXPECT_TRUE(wait_until([&] { return !has_own_list("u1") && !has_own_list("u2"); }));
  EXPECT_EQ(service.stop(), 0);
  const auto users = inspect(snapshot_folder(setup()), "--users");
  EXPECT_EQ(users.size(), static_cast<std::size_t>(kUsers - 2));
  EXPECT_FALSE(users.contains("u1"));
  EXPECT_FALSE(users.contains("u2"));
  EXPECT_FALSE(has_own_list("u1"));
}

TEST_F(ControlEvents, AnErasedUserStaysAwayThoughRedisComesBackFromAFileOfBefore) {
  sender_.send(make_events(0, 3000, kUsers, kItems));
  SluiceService service(setup());
  service.start();
  settle(service, 3000);
  {
    auto connection = sink::RedisConnection::connect(redis_options());
    ASSERT_TRUE(connection.ok() && connection.value()->run({"SAVE"}).ok());
  }
  const std::uint16_t port = redis_->port();
  const auto dump = folder_.path() / "dump.rdb";
  std::filesystem::copy_file(redis_->folder() / "dump.rdb", dump);
  const auto restore_redis = [&] { redis_ = start_redis(port, {"--dir", folder_.path().string()}); };

  // Redis is away while the user is erased, and until the service has ended.
  redis_->kill();
  sender_.send_raw("u1", R"({"type":"erase_user","user":"u1"})");
  sender_.flush();
  ASSERT_TRUE(wait_until([&] { return newest_erased(setup()).find("u1") != std::string::npos; }));
  ASSERT_EQ(service.stop(), 0);
  restore_redis();
  ASSERT_TRUE(has_own_list("u1"));
  service.start();
  EXPECT_TRUE(wait_until([&] { return !has_own_list("u1"); }));
  EXPECT_TRUE(has_own_list("u2"));

  // Another user is erased as usual; one who was comes back; then Redis is restored beside the service.
  sender_.send_raw("u2", R"({"type":"erase_user","user":"u2"})");
  sender_.send_raw("u3", R"({"type":"erase_user","user":"u3"})");
  sender_.flush();
  ASSERT_TRUE(wait_until([&] { return !has_own_list("u2") && !has_own_list("u3"); }));
  sender_.send({{"u3", "i1", 4'000'000'000}});
  ASSERT_TRUE(wait_until([&] { return has_own_list("u3"); }));
  redis_->kill();
  restore_redis();
  EXPECT_TRUE(wait_until([&] { return service.number("redis_data_losses") == 1; }));
  EXPECT_TRUE(wait_until([&] { return !has_own_list("u1") && !has_own_list("u2"); }));
  EXPECT_TRUE(has_own_list("u3"));
  EXPECT_EQ(service.stop(), 0);
}

TEST_F(ControlEvents, ARetractedEventIsTakenBackOnce) {
  const auto events = make_events(0, 3000, kUsers, kItems);
  sender_.send(events);
  const TestEvent& last = events.back();
  const std::string retract = R"({"type":"retract","user":")" + last.user + R"(","item":")" + last.item +
                              R"(","timestamp":)" + std::to_string(last.time_ms) + "}";
  sender_.send_raw(last.user, retract);
  sender_.send_raw(last.user, retract);
  sender_.flush();
  SluiceService service(setup());
  service.start();
  ASSERT_TRUE(wait_until([&] { return service.sum("applied.") == 3002; }));
  EXPECT_EQ(service.number("controls"), 2);
  EXPECT_EQ(service.stop(), 0);
  auto items = count_items(events);
  --items[last.item];
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--items"), items);
  EXPECT_EQ(inspect(snapshot_folder(setup()), "--users")[last.user], 3000U / kUsers - 1);
}

}  // namespace
}  // namespace sluice::test
