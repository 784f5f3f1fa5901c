#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/model_recommender.h"
#include "config/options.h"
#include "model/live_document.h"
#include "pipeline/publish_policy.h"

namespace sluice::cli {

// What lies in Redis when a group of events comes, and what its reader shows. Everything is made when the
// service would make it: each user's list at the last moment before the group at which the policy writes it,
// the popular list and the live lists at their latest tick. Only what a scored group will need is made.
class PublishedLists {
 public:
  PublishedLists(const config::Options& options, ModelRecommender& model);

  // All groups of the stream in time order, before the run. `index`: of the group's first event, if the group
  // is scored.
  void expect(const std::string& user, Timestamp time, std::optional<std::uint64_t> index);
  void all_expected();

  // Makes everything that is due up to then; in time order, and before events of that moment are learned.
  void advance_to(Timestamp now);

  // The first items of a scored group's reader, by hash: of the document alone, and merged. Once for each
  // group.
  struct Shown {
    std::vector<std::uint64_t> plain;
    std::vector<std::uint64_t> merged;
  };
  [[nodiscard]] Shown take(std::uint64_t index, Timestamp now, std::size_t n);

 private:
  enum class Kind : std::uint8_t { user, popular, live };
  struct Task {
    Timestamp at;
    std::uint64_t index;  // user: of the group's first event
    std::uint32_t user;
    Kind kind;
  };
  void make(const Task& task);

  config::Options options_;
  ModelRecommender& model_;
  pipeline::PublishPolicy policy_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> names_;
  std::vector<pipeline::UserWrites> writes_;
  std::vector<Task> tasks_;
  std::size_t next_task_ = 0;
  std::unordered_map<std::uint64_t, model::LiveDocument> documents_;  // by the group's index
  model::LiveDocument popular_;
  model::LiveLists live_;
};

}  // namespace sluice::cli
