#include "sink/redis_reply.h"

#include <cassert>

namespace sluice::sink {

RedisReplyView::Type RedisReplyView::type() const {
  if (raw_ == nullptr) return Type::status;
  switch (raw_->type) {
    case REDIS_REPLY_STRING:
      return Type::string;
    case REDIS_REPLY_ARRAY:
      return Type::array;
    case REDIS_REPLY_INTEGER:
      return Type::integer;
    case REDIS_REPLY_STATUS:
      return Type::status;
    case REDIS_REPLY_ERROR:
      return Type::error;
    default:
      return Type::nil;
  }
}

std::string_view RedisReplyView::text() const {
  if (raw_ == nullptr) return "OK";
  const Type kind = type();
  const bool has_text = kind == Type::string || kind == Type::status || kind == Type::error;
  return has_text ? std::string_view(raw_->str, raw_->len) : std::string_view();
}

std::int64_t RedisReplyView::integer() const {
  return type() == Type::integer ? raw_->integer : 0;
}

std::size_t RedisReplyView::size() const {
  return type() == Type::array ? raw_->elements : 0;
}

RedisReplyView RedisReplyView::at(std::size_t i) const {
  assert(i < size());
  return RedisReplyView(raw_->element[i]);
}

}  // namespace sluice::sink
