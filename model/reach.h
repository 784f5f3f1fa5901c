#pragma once

namespace sluice::model {

// Whom a feature of an item depends on. The order is that of the columns.
enum class Reach {
  everybody,  // nobody: at one moment it is the same for all users
  user,       // each user has a value of his own for each item
  touched,    // like `user`, but 0 for all items but those that the signals gave a slot
};

}  // namespace sluice::model
