#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/broker_process.h"
#include "kafka/topic_admin.h"
#include "kafka/topic_reader.h"
#include "sink/redis_process.h"
#include "support/run_program.h"
#include "support/sluice_service.h"
#include "support/wait_until.h"

namespace sluice::test {
namespace {

using std::chrono::seconds;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kEvents = 500;
constexpr const char* kUser = "sluice";
constexpr const char* kPassword = "right-5ecret";
constexpr const char* kWrongPassword = "wr0ng-5ecret";
constexpr const char* kKeyPassword = "key-5ecret";
// See kafka_property_warnings().
constexpr int kScramRepaired = 0x020601ff;

// Listeners beside the plain one, by the place of their ports.
enum Listener : std::size_t { kTls = 2, kPlainOverTls = 3, kScram = 4 };

// A CA, the broker's certificate and key in one file, the client's certificate and its encrypted key.
std::string make_certificates(const std::filesystem::path& folder) {
  const std::string script = R"(set -e
cd ')" + folder.string() + R"('
new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
signed="-CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
openssl req -x509 $new -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=tests
openssl req $new -nodes -keyout server.key -out server.csr -subj /CN=broker
echo subjectAltName=IP:127.0.0.1 >server.ext
openssl x509 -req -in server.csr $signed -extfile server.ext -out server.crt
cat server.key server.crt >server.pem
openssl req $new -passout pass:)" +
                             kKeyPassword + R"( -keyout client.key -out client.csr -subj /CN=client
openssl x509 -req -in client.csr $signed -out client.pem)";
  const ProgramResult result = run_program({"/bin/sh", "-c", script});
  return result.exit_code == 0 ? "" : "openssl cannot make certificates: " + result.err;
}

std::string broker_properties(const std::filesystem::path& certificates) {
  return R"(listeners=PLAINTEXT://127.0.0.1:@PORT@,CONTROLLER://127.0.0.1:@CONTROLLER_PORT@,SSL://127.0.0.1:@PORT2@,SASL_SSL://127.0.0.1:@PORT3@,SASL_PLAINTEXT://127.0.0.1:@PORT4@
ssl.keystore.type=PEM
ssl.keystore.location=)" +
         (certificates / "server.pem").string() + R"(
ssl.truststore.type=PEM
ssl.truststore.location=)" +
         (certificates / "ca.pem").string() + R"(
listener.name.ssl.ssl.client.auth=required
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_)" +
         kUser + "=\"" + kPassword + R"(";
listener.name.sasl_plaintext.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;)";
}

std::string scram_user() {
  return std::string("--add-scram SCRAM-SHA-512=[name=") + kUser + ",password=" + kPassword + "]";
}

// One broker for all of them, with a listener of each kind and the same events.
class BrokerSecurity : public testing::Test {
 protected:
  using Properties = std::map<std::string, std::string>;

  struct World {
    TemporaryFolder certificates;
    std::string problem = make_certificates(certificates.path());
    tests::BrokerProcess broker = start();
    tests::BrokerProcess start(const std::string& version = "") const {
      return tests::BrokerProcess(
          {.properties = broker_properties(certificates.path()), .format = scram_user(), .version = version});
    }
  };
  static World& world() {
    static World made;
    return made;
  }

  void SetUp() override {
    ASSERT_EQ(world().problem, "");
    ASSERT_NO_FATAL_FAILURE(require(world().broker, "NOT TESTED AT ALL"));
    if (IsSkipped()) return;
    auto redis = sink::RedisProcess::start();
    ASSERT_TRUE(redis.ok()) << redis.error();
    redis_ = std::move(redis.value());
  }
  static void require(const tests::BrokerProcess& broker, const char* without) {
    if (!broker.available()) {
      if (std::getenv("SLUICE_REQUIRE_BROKER") != nullptr) FAIL() << "no Kafka broker: " << broker.output();
      GTEST_SKIP() << "NO KAFKA BROKER HERE, " << without << ": " << broker.output();
    }
    const std::string& plain = broker.bootstrap_servers();
    if (tests::TopicAdmin(plain).create("events", 2) != "") return;  // it is there already
    ASSERT_EQ(tests::TopicAdmin(plain).create("events.dead", 1), "");
    EventSender sender(plain);
    sender.send(make_events(0, kEvents, 50, 20));
    sender.send_raw("u1", "rubbish");
    sender.flush();
  }

  [[nodiscard]] ServiceSetup setup(const tests::BrokerProcess& broker, Listener listener,
                                   const Properties& properties) const {
    ServiceSetup made{
        .instance = "a",
        .brokers = broker.address(listener),
        .redis_url = redis_->url(),
        .folder = folder_.path(),
        .overrides = {{"kafka.dead_letter_topic", "events.dead"},
                      {"log_level", "debug"},
                      {"kafka.group", testing::UnitTest::GetInstance()->current_test_info()->name()}}};
    for (const auto& [name, value] : properties) made.overrides["kafka.properties." + name] = value;
    return made;
  }
  [[nodiscard]] static std::string file(const char* name) {
    return (world().certificates.path() / name).string();
  }
  [[nodiscard]] static Properties tls() {
    return {{"security.protocol", "ssl"},
            {"ssl.ca.location", file("ca.pem")},
            {"ssl.certificate.location", file("client.pem")},
            {"ssl.key.location", file("client.key")},
            {"ssl.key.password", kKeyPassword}};
  }
  [[nodiscard]] static Properties plain_over_tls(const char* password) {
    return {{"security.protocol", "sasl_ssl"},
            {"ssl.ca.location", file("ca.pem")},
            {"sasl.mechanism", "PLAIN"},
            {"sasl.username", kUser},
            {"sasl.password", password}};
  }
  [[nodiscard]] static Properties scram(const char* password) {
    return {{"security.protocol", "sasl_plaintext"},
            {"sasl.mechanism", "SCRAM-SHA-512"},
            {"sasl.username", kUser},
            {"sasl.password", password}};
  }

  static void expect_no_secret(const std::string& output) {
    for (const char* const secret : {kPassword, kWrongPassword, kKeyPassword})
      EXPECT_THAT(output, Not(HasSubstr(secret)));
  }
  // Everything is learned, committed and published over that listener, dead letters too.
  void expect_service(const tests::BrokerProcess& broker, Listener listener, const Properties& properties) {
    const std::string& plain = broker.bootstrap_servers();
    const auto letters = [&] { return tests::read_topic(plain, "events.dead", 1, 100, seconds{1}).size(); };
    const std::size_t before = letters();
    SluiceService service(setup(broker, listener, properties));
    service.start();
    EXPECT_TRUE(wait_until([&] { return service.sum("committed.") == kEvents + 1; }, seconds{30}));
    EXPECT_EQ(service.number("events"), kEvents);
    EXPECT_GT(service.number("lists"), 0);
    EXPECT_EQ(service.stop(), 0);
    EXPECT_EQ(letters(), before + 1);
    expect_no_secret(service.log());
  }
  // It ends by itself, soon; what it said.
  std::string expect_refusal(const tests::BrokerProcess& broker, Listener listener,
                             const Properties& properties) {
    SluiceService service(setup(broker, listener, properties));
    service.start();
    EXPECT_EQ(service.wait_for_exit(seconds{20}), 4);
    expect_no_secret(service.log());
    EXPECT_THAT(service.log(), HasSubstr("stopped: kafka: no broker lets this instance in"));
    return service.log();
  }

  TemporaryFolder folder_;
  std::unique_ptr<sink::RedisProcess> redis_;
};

TEST_F(BrokerSecurity, TlsWithAClientCertificateAndAnEncryptedKeyServes) {
  expect_service(world().broker, kTls, tls());
}

TEST_F(BrokerSecurity, AClientWithoutACertificateIsRefusedAndSaysWhatIsMissing) {
  Properties without = tls();
  for (const char* const name : {"ssl.certificate.location", "ssl.key.location", "ssl.key.password"})
    without.erase(name);
  EXPECT_THAT(expect_refusal(world().broker, kTls, without), HasSubstr("ssl.certificate.location"));
}

TEST_F(BrokerSecurity, ABrokerWhoseCertificateNobodyVouchesForIsNotTrusted) {
  Properties without = tls();
  without.erase("ssl.ca.location");
  EXPECT_THAT(expect_refusal(world().broker, kTls, without), HasSubstr("ssl.ca.location"));
}

TEST_F(BrokerSecurity, SaslPlainOverTlsServes) {
  expect_service(world().broker, kPlainOverTls, plain_over_tls(kPassword));
}

TEST_F(BrokerSecurity, AWrongPasswordEndsTheStartAndIsInNoOutput) {
  EXPECT_THAT(expect_refusal(world().broker, kPlainOverTls, plain_over_tls(kWrongPassword)),
              HasSubstr("Invalid username or password"));
}

TEST_F(BrokerSecurity, SaslScramServesOnTheNewestBrokerThatTheLibraryCanLogInTo) {
  if (rd_kafka_version() >= kScramRepaired) {
    return expect_service(world().broker, kScram, scram(kPassword));
  }
  const tests::BrokerProcess older = world().start("3.9.1");
  ASSERT_NO_FATAL_FAILURE(require(older, "SCRAM NOT TESTED"));
  if (IsSkipped()) return;
  expect_service(older, kScram, scram(kPassword));
}

TEST_F(BrokerSecurity, AScramLoginThatIsRefusedSaysWhetherTheLibraryIsToBlame) {
  const bool is_old = rd_kafka_version() < kScramRepaired;
  const std::string log = expect_refusal(world().broker, kScram, scram(is_old ? kPassword : kWrongPassword));
  EXPECT_THAT(log, HasSubstr("SCRAM-SHA-512"));
  EXPECT_EQ(log.find("older than 2.6.1") != log.npos, is_old) << log;
}

}  // namespace
}  // namespace sluice::test
