#include "ingest/kafka_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/kafka_conf.h"

namespace sluice::ingest {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(KafkaPropertiesCheck, AcceptsWhatLibrdkafkaKnows) {
  EXPECT_THAT(check_kafka_properties({{"security.protocol", "sasl_ssl"},
                                      {"sasl.mechanisms", "PLAIN"},
                                      {"sasl.username", "u"},
                                      {"sasl.password", "p"},
                                      {"session.timeout.ms", "10000"},
                                      {"group.instance.id", "x"},
                                      {"fetch.wait.max.ms", "10"}}),
              IsEmpty());
}

TEST(KafkaPropertiesCheck, RefusesWhatSluiceDependsOnAndTellsWhy) {
  for (const char* name : {"bootstrap.servers", "metadata.broker.list", "group.id", "enable.auto.commit",
                           "enable.auto.offset.store", "auto.offset.reset", "enable.partition.eof",
                           "partition.assignment.strategy", "isolation.level", "partitioner",
                           "enable.idempotence", "acks", "transactional.id"}) {
    const auto problems = check_kafka_properties({{name, "1"}});
    ASSERT_EQ(problems.size(), 1) << name;
    EXPECT_EQ(problems[0].name, name);
    EXPECT_THAT(problems[0].reason, HasSubstr("Sluice decides"));
  }
}

TEST(KafkaPropertiesCheck, AFetchMayNotWaitForLongerThanWhetherKafkaIsThereIsAsked) {
  EXPECT_THAT(check_kafka_properties({{"fetch.wait.max.ms", "500"}}), IsEmpty());
  const auto problems = check_kafka_properties({{"fetch.wait.max.ms", "501"}});
  ASSERT_EQ(problems.size(), 1);
  EXPECT_THAT(problems[0].reason, HasSubstr("500 at most"));
}

TEST(KafkaPropertiesCheck, TellsAllProblemsAtOnce) {
  const auto problems = check_kafka_properties({{"no.such.thing", "1"},
                                                {"group.id", "g"},
                                                {"session.timeout.ms", "soon"},
                                                {"security.protocol", "magic"}});
  ASSERT_EQ(problems.size(), 4);
  EXPECT_EQ(problems[0].name, "group.id");
  EXPECT_THAT(problems[1].reason, HasSubstr("no property of this name"));
  EXPECT_THAT(problems[2].reason, HasSubstr("magic"));
  EXPECT_EQ(problems[3].value, "soon");
}

TEST(KafkaPropertiesCheck, ShowsNoSecret) {
  for (const char* name : {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
                           "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config"}) {
    EXPECT_EQ(masked_kafka_property(name, "hunter2"), "***") << name;
  }
  EXPECT_EQ(masked_kafka_property("sasl.username", "u"), "u");
  for (const auto& problem : check_kafka_properties(
           {{"sasl.password2", "hunter2"}, {"sasl.pasword", "hunter2"}, {"ssl.key.pem", "hunter2"}})) {
    EXPECT_EQ(problem.value, "***");
    EXPECT_THAT(problem.reason, Not(HasSubstr("hunter2")));
  }
}

TEST(KafkaPropertiesCheck, WarnsOfScramWithALibraryThatKafka4Refuses) {
  const KafkaProperties scram = {{"sasl.mechanism", "scram-sha-256"}};
  ASSERT_EQ(kafka_property_warnings(scram, 0x020002ff).size(), 1);
  EXPECT_THAT(kafka_property_warnings(scram, 0x020002ff)[0], HasSubstr("invalid credentials"));
  EXPECT_THAT(kafka_property_warnings(scram, 0x020601ff), IsEmpty());
  EXPECT_THAT(kafka_property_warnings({{"sasl.mechanisms", "PLAIN"}}, 0x020002ff), IsEmpty());
}

std::vector<std::string> refusals(const KafkaProperties& properties) {
  config::KafkaOptions options;
  options.brokers = "127.0.0.1:1";
  options.control_topic = "controls";
  options.dead_letter_topic = "events.dead";
  options.properties = properties;
  std::vector<std::string> all = consumer_refusals(options, "a");
  EXPECT_EQ(producer_refusals(options).empty(), all.empty() || properties.contains("fetch.max.bytes"));
  return all;
}

TEST(KafkaClientsCheck, FindsNothingWhereBothClientsCanBeMade) {
  EXPECT_THAT(refusals({}), IsEmpty());
  EXPECT_THAT(refusals({{"security.protocol", "sasl_plaintext"},
                        {"sasl.mechanism", "SCRAM-SHA-512"},
                        {"sasl.username", "u"},
                        {"sasl.password", "p"}}),
              IsEmpty());
}

TEST(KafkaClientsCheck, TellsInLibrdkafkasWordsWhyNoClientCanBeMade) {
  const auto sasl = [](const char* mechanism) {
    return KafkaProperties{{"security.protocol", "sasl_plaintext"}, {"sasl.mechanism", mechanism}};
  };
  EXPECT_THAT(refusals(sasl("MAGIC")), testing::Each(HasSubstr("Unsupported SASL mechanism: MAGIC")));
  EXPECT_THAT(refusals(sasl("SCRAM-SHA-256")), testing::Each(HasSubstr("sasl.username")));
  EXPECT_THAT(refusals({{"fetch.max.bytes", "1000"}}), testing::Contains(HasSubstr("`message.max.bytes`")));
  EXPECT_THAT(refusals({{"reconnect.backoff.max.ms", "1"}}), Not(IsEmpty()));
}

TEST(KafkaClientsCheck, NamesTheFileThatIsNotThere) {
  const auto found = refusals({{"security.protocol", "ssl"}, {"ssl.ca.location", "/nowhere/ca.pem"}});
  ASSERT_EQ(found.size(), 1) << "the same words for several clients are told once";
  EXPECT_THAT(found[0], testing::AllOf(HasSubstr("ssl.ca.location"), HasSubstr("/nowhere/ca.pem"),
                                       HasSubstr("No such file")));
}

TEST(KafkaClientsCheck, ShowsNoSecret) {
  // OpenSSL names the file that it cannot read, and this one's name is the secret.
  const auto found = refusals({{"security.protocol", "ssl"},
                               {"ssl.key.location", "/nowhere/hunter2"},
                               {"ssl.key.password", "hunter2"}});
  EXPECT_THAT(found, testing::Each(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(found, Not(IsEmpty()));
}

TEST(KafkaPropertiesMerge, LetsTheOperatorTuneButNotDecide) {
  config::KafkaOptions options;
  options.brokers = "127.0.0.1:1";
  options.group = "g";
  options.properties = {
      {"fetch.wait.max.ms", "7"}, {"group.instance.id", "mine"}, {"socket.keepalive.enable", "true"}};
  const KafkaProperties consumer = consumer_properties(options, "a");
  EXPECT_EQ(consumer.at("fetch.wait.max.ms"), "7");
  EXPECT_EQ(consumer.at("group.instance.id"), "mine");
  EXPECT_EQ(consumer.at("auto.offset.reset"), "error");
  EXPECT_EQ(consumer.at("bootstrap.servers"), "127.0.0.1:1");
  EXPECT_NO_THROW((void)make_kafka_conf(consumer));
  const KafkaProperties producer = producer_properties(options);
  EXPECT_EQ(producer.count("fetch.wait.max.ms"), 0);
  EXPECT_EQ(producer.count("group.instance.id"), 0);
  EXPECT_EQ(producer.at("socket.keepalive.enable"), "true");
  EXPECT_EQ(producer.at("partitioner"), "murmur2_random");
  EXPECT_NO_THROW((void)make_kafka_conf(producer));
}

TEST(KafkaPropertiesMerge, PassesTheConnectionsSecurityToProducers) {
  config::KafkaOptions options;
  options.properties = {{"security.protocol", "ssl"},
                        {"ssl.ca.location", "/x"},
                        {"sasl.mechanisms", "PLAIN"},
                        {"enable.ssl.certificate.verification", "false"},
                        {"session.timeout.ms", "10000"}};
  const KafkaProperties producer = producer_properties(options);
  for (const char* name :
       {"security.protocol", "ssl.ca.location", "sasl.mechanisms", "enable.ssl.certificate.verification"}) {
    EXPECT_EQ(producer.count(name), 1) << name;
  }
  EXPECT_EQ(producer.count("session.timeout.ms"), 0);
}

}  // namespace
}  // namespace sluice::ingest
