#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "config/schema.h"
#include "config/values.h"

namespace sluice::config {
namespace {

// Converts to anything, so that an aggregate can be initialised with N of it if and only if it has N members.
struct Anything {
  template <typename T>
  operator T() const;
};

template <typename T, typename... Members>
constexpr std::size_t member_count() {
  if constexpr (requires { T{Members{}..., Anything{}}; }) {
    return member_count<T, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

template <typename T>
void expect_all_members(std::string_view section) {
  std::size_t listed = 0;
  for (const Spec& spec : schema()) listed += spec.path.starts_with(section) ? 1 : 0;
  EXPECT_EQ(listed, member_count<T>()) << section << " has members that the table lacks";
}

TEST(ConfigSchema, lists_every_member_of_every_struct) {
  expect_all_members<KafkaOptions>("kafka.");
  expect_all_members<RedisOptions>("redis.");
  expect_all_members<SnapshotOptions>("snapshot.");
  expect_all_members<EventOptions>("events.");
  expect_all_members<ModelOptions>("model.");
  expect_all_members<RankingOptions>("ranking.");
  expect_all_members<PublishOptions>("publish.");
  expect_all_members<LimitsOptions>("limits.");
  expect_all_members<EpochOptions>("epoch.");
  expect_all_members<HttpOptions>("http.");
  std::size_t general = 0;
  for (const Spec& spec : schema()) general += spec.path.find('.') == std::string_view::npos ? 1 : 0;
  EXPECT_EQ(general + sections().size(), member_count<Options>());
}

TEST(ConfigSchema, keeps_every_option_in_a_member_of_its_own) {
  Options options;
  std::set<const void*> members;
  std::set<std::string_view> paths;
  for (const Spec& spec : schema()) {
    const void* member = std::visit([](auto* at) { return static_cast<const void*>(at); }, spec.in(options));
    EXPECT_TRUE(members.insert(member).second) << spec.path;
    EXPECT_TRUE(paths.insert(spec.path).second) << spec.path;
    EXPECT_FALSE(spec.description.empty()) << spec.path;
  }
}

TEST(ConfigSchema, default_values_are_within_their_own_bounds) {
  for (const Spec& spec : schema()) {
    if (spec.need == Need::service) continue;
    Options options;
    const auto bad = assign(spec, options, to_json(spec.in(options)));
    EXPECT_FALSE(bad) << spec.path << " must be " << bad->must_be;
  }
}

TEST(ConfigSchema, every_range_refuses_what_lies_outside_and_takes_its_ends) {
  for (const Spec& spec : schema()) {
    const auto* range = std::get_if<Range>(&spec.bounds);
    Options options;
    const Slot slot = spec.in(options);
    if (range == nullptr || std::holds_alternative<NumberMap*>(slot)) continue;
    const auto value = [&](double number) -> nlohmann::json {
      if (std::holds_alternative<double*>(slot)) return number;
      if (std::holds_alternative<milliseconds*>(slot)) return std::to_string(std::llround(number)) + "ms";
      return static_cast<std::int64_t>(number) < 0 ? nlohmann::json(static_cast<std::int64_t>(number))
                                                   : nlohmann::json(static_cast<std::uint64_t>(number));
    };
    const double step = std::holds_alternative<double*>(slot) ? std::abs(range->most) : 1;
    EXPECT_FALSE(assign(spec, options, value(range->least))) << spec.path;
    EXPECT_TRUE(assign(spec, options, value(range->least - step))) << spec.path;
    EXPECT_TRUE(assign(spec, options, value(range->most + step))) << spec.path;
  }
}

TEST(ConfigSchema, a_value_of_another_type_leaves_the_default) {
  for (const Spec& spec : schema()) {
    Options options;
    const auto before = to_json(spec.in(options));
    for (const auto& wrong : {nlohmann::json(nullptr), nlohmann::json::parse(R"([[1]])"),
                              nlohmann::json(-1.5e300), nlohmann::json::parse(R"({"a": [true]})")}) {
      EXPECT_TRUE(assign(spec, options, wrong)) << spec.path << " takes " << wrong;
      EXPECT_EQ(to_json(spec.in(options)), before) << spec.path;
    }
  }
}

}  // namespace
}  // namespace sluice::config
