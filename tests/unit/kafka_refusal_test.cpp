#include "ingest/kafka_refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::ingest {
namespace {

using ::testing::HasSubstr;

TEST(KafkaRefusal, SaysWhatToLookAt) {
  EXPECT_THAT(explain_refusal(RD_KAFKA_RESP_ERR__AUTHENTICATION, "Invalid username or password").value_or(""),
              testing::AllOf(HasSubstr("sasl."), HasSubstr("Invalid username or password")));
  for (const char* const alert :
       {"Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
        "SSL routines::tlsv13 alert certificate required", "SSL routines::tlsv1 alert unknown ca"}) {
    EXPECT_THAT(explain_refusal(RD_KAFKA_RESP_ERR__TRANSPORT, alert).value_or(""),
                HasSubstr("ssl.certificate.location"));
  }
  EXPECT_THAT(explain_refusal(RD_KAFKA_RESP_ERR__SSL, "certificate verify failed").value_or(""),
              HasSubstr("security.protocol"));
}

TEST(KafkaRefusal, WhatMayPassByWaitingIsNone) {
  EXPECT_EQ(explain_refusal(RD_KAFKA_RESP_ERR__TRANSPORT, "Connect to ipv4#127.0.0.1:1 failed"),
            std::nullopt);
  EXPECT_EQ(explain_refusal(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down"), std::nullopt);
  EXPECT_EQ(explain_refusal(RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: Disconnected"), std::nullopt);
}

}  // namespace
}  // namespace sluice::ingest
