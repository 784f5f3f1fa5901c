#include "sink/redis_link.h"

#include <gtest/gtest.h>

namespace sluice::sink {
namespace {

using State = RedisLink::State;

const RedisFailure kCut{RedisErrorKind::connection, "closed by Redis"};
const RedisFailure kFull{RedisErrorKind::retry, "OOM command not allowed"};
const RedisFailure kForbidden{RedisErrorKind::needs_help, "NOPERM no permissions"};

TEST(RedisLink, IsConnectedOnceSomethingWasAccepted) {
  RedisLink link;
  EXPECT_EQ(link.now().state, State::unknown);
  link.accepted(0);
  EXPECT_EQ(link.now().state, State::connected);
  link.lost(kCut);
  EXPECT_EQ(link.now().state, State::away);
  EXPECT_EQ(link.now().why.text, kCut.text);
  link.accepted(3);
  EXPECT_EQ(link.now().state, State::connected);
}

TEST(RedisLink, RefusesUntilTheSameKindOfCommandIsAccepted) {
  RedisLink link;
  link.refused(1, kFull);
  link.accepted(2);
  EXPECT_EQ(link.now().state, State::refuses) << "another kind says nothing about that one";
  EXPECT_EQ(link.now().why.text, kFull.text);
  link.accepted(1);
  EXPECT_EQ(link.now().state, State::connected);
}

TEST(RedisLink, WhatEndsConnectionsByRefusalsIsNoAbsence) {
  RedisLink link;
  link.refused(1, kForbidden);
  link.lost(kForbidden);
  EXPECT_EQ(link.now().state, State::refuses);
  link.accepted(0);  // the next connection's first reply
  EXPECT_EQ(link.now().state, State::refuses);
}

TEST(RedisLink, AReplicaRefusesAndIsNotAway) {
  const RedisFailure replica{RedisErrorKind::retry, "READONLY You can't write against a read only replica."};
  RedisLink link;
  link.refused(1, replica);
  const auto since = link.now().since;
  link.lost(replica);
  link.accepted(0);
  link.refused(1, replica);
  EXPECT_EQ(link.now().state, State::refuses);
  EXPECT_EQ(link.now().since, since);
}

TEST(RedisLink, SinceIsWhenTheStateChanged) {
  RedisLink link;
  link.lost(kCut);
  const auto since = link.now().since;
  link.lost({RedisErrorKind::connection, "refused"});
  EXPECT_EQ(link.now().since, since);
  EXPECT_EQ(link.now().why.text, "refused");
}

}  // namespace
}  // namespace sluice::sink
