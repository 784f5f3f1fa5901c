#include "ingest/dead_letters.h"

#include <atomic>

#include "ingest/file_dead_letters.h"
#include "ingest/kafka_dead_letters.h"

namespace sluice::ingest {
namespace {

// Counts what it drops: by configuration, a dropped letter is dealt with.
class DroppingDeadLetters : public DeadLetterSink {
 public:
  bool send(const DeadLetter&) override {
    ++sent_;
    return true;
  }
  [[nodiscard]] std::uint64_t sent() const override { return sent_; }
  [[nodiscard]] std::uint64_t acknowledged() const override { return sent_; }
  bool flush(std::uint64_t, std::chrono::milliseconds) override { return true; }

 private:
  std::atomic<std::uint64_t> sent_{0};
};

}  // namespace

std::unique_ptr<DeadLetterSink> make_dead_letter_sink(const config::Options& options) {
  if (options.events.on_bad == "file")
    return std::make_unique<FileDeadLetters>(options.events.dead_letter_file);
  if (options.events.on_bad == "topic" && !options.kafka.dead_letter_topic.empty()) {
    return std::make_unique<KafkaDeadLetters>(options.kafka);
  }
  return std::make_unique<DroppingDeadLetters>();
}

}  // namespace sluice::ingest
