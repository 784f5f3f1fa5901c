#pragma once

#include <sys/mman.h>

#include "model/mapped_array.h"

namespace sluice::model {

// Takes back the wish for huge pages, right after the array was made: for what is touched here and there for
// a moment only, as finding the kernel a huge page can take it tens of milliseconds.
template <typename T>
void use_small_pages(MappedArray<T>& array) {
  if (array.capacity() > 0) ::madvise(array.data(), array.capacity() * sizeof(T), MADV_NOHUGEPAGE);
}

}  // namespace sluice::model
