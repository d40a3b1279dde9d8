#include "genre/rec/fit_progress.h"

#include "genre/base/interrupt.h"

namespace genre {

void between_pieces(const TrainingData& data, std::int64_t done, std::int64_t of) {
  throw_if_interrupted();
  if (data.progress) data.progress(done, of);
}

}  // namespace genre
