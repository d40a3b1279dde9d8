// Users who act faster than people do.
#pragma once

#include <cstdint>

#include "genre/data/cleaning.h"

namespace genre {

// Drops every event of a user who has more than `most` events within some window [t, t + `milliseconds`). Events at the
// same time count one by one.
void drop_fast_users(EventColumns& events, int most, std::int64_t milliseconds);

}  // namespace genre
