// Values that stand far from the others of the same user.
#pragma once

#include "genre/data/cleaning.h"

namespace genre {

// Drops events whose modified z-score among the values of the same user and type,
//
//   0.6745 |x - median| / MAD,   MAD = median of |x - median|,
//
// is above `largest` (3.5 is usual): Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993. Where the MAD is 0,
// as when more than half of the values are equal, nothing can be told and nothing is dropped. O(N log N) at most.
void drop_value_outliers(EventColumns& events, double largest);

}  // namespace genre
