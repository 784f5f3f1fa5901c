#include "model/baselines/vmis_knn.h"

#include <algorithm>
#include <cmath>

namespace sluice::baselines {

VmisKnn::VmisKnn(const Values& values)
    : pause_(static_cast<std::int64_t>(values["pause_minutes"] * 60'000)),
      neighbours_(static_cast<std::size_t>(values["neighbours"])),
      recent_(static_cast<std::size_t>(values["recent"])),
      session_items_(static_cast<std::size_t>(values["session_items"])) {}

VmisKnn::SessionNumber VmisKnn::present_session(UserNumber user, Timestamp now) const {
  if (user >= latest_.size() || latest_[user] == kNone) return kNone;
  const SessionNumber session = latest_[user];
  return now - sessions_[session].last_event > pause_ ? kNone : session;
}

void VmisKnn::learn(const Group& group) {
  ties_.learn(group);
  for (const Line& line : group.lines) {
    if (line.item >= sessions_of_.size()) sessions_of_.resize(line.item + 1);
    if (line.weight < 0) continue;
    SessionNumber number = present_session(group.user, group.time);
    if (number == kNone) {
      number = static_cast<SessionNumber>(sessions_.size());
      sessions_.emplace_back();
      if (group.user >= latest_.size()) latest_.resize(group.user + 1, kNone);
      latest_[group.user] = number;
    }
    Session& session = sessions_[number];
    session.last_event = group.time;
    const auto had = std::ranges::find(session.items, line.item);
    if (had != session.items.end()) {
      std::rotate(had, had + 1, session.items.end());
    } else {
      session.items.push_back(line.item);
      sessions_of_[line.item].push_back(number);
    }
  }
}

void VmisKnn::find_neighbours(SessionNumber own) {
  const std::vector<ItemNumber>& items = sessions_[own].items;
  const std::size_t length = std::min(items.size(), session_items_);
  similar_.clear();
  for (std::size_t back = 0; back < length; ++back) {
    const auto& sessions = sessions_of_[items[items.size() - 1 - back]];
    const std::size_t looked_at = std::min(sessions.size(), recent_);
    for (std::size_t k = sessions.size() - looked_at; k < sessions.size(); ++k) {
      if (sessions[k] == own) continue;
      Neighbour& neighbour = similar_[sessions[k]];
      neighbour.similarity += static_cast<double>(length - back) / static_cast<double>(length);
      if (neighbour.steps_back == 0) neighbour.steps_back = back + 1;
    }
  }
  nearest_.assign(similar_.begin(), similar_.end());
  if (nearest_.size() <= neighbours_) return;
  const auto end = nearest_.begin() + static_cast<std::ptrdiff_t>(neighbours_);
  std::ranges::nth_element(nearest_, end, [](const auto& a, const auto& b) {  // of equals the later session
    return std::pair(a.second.similarity, a.first) > std::pair(b.second.similarity, b.first);
  });
  nearest_.erase(end, nearest_.end());
}

void VmisKnn::score(UserNumber user, Timestamp now, std::span<float> scores) {
  const auto votes = ties_.begin(scores.size());
  const SessionNumber own = user == kUnknownUser ? kNone : present_session(user, now);
  if (own != kNone) {
    find_neighbours(own);
    for (const auto& [session, neighbour] : nearest_) {
      const double weight =
          neighbour.similarity * std::max(0.0, 1 - 0.1 * static_cast<double>(neighbour.steps_back));
      for (const ItemNumber item : sessions_[session].items) {
        votes[item] += weight * std::log(static_cast<double>(sessions_.size()) /
                                         static_cast<double>(sessions_of_[item].size()));
      }
    }
  }
  ties_.finish(scores);
}

}  // namespace sluice::baselines
