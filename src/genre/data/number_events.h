// Gives users and items their internal ids and sorts the events.
#pragma once

#include "genre/data/dataset.h"
#include "genre/data/read_events.h"
#include "genre/data/read_fields.h"

namespace genre {

// Takes the events and texts out of what was read, fills users, items, item_fields and user_fields of `dataset` and
// returns the interactions by user, time and row; their types are numbers of read.types, positive is empty, weight is
// not yet multiplied by the value. The catalogue is every item with events or fields; users are those with events.
Interactions number_events(EventRead& read, FieldRead& items, FieldRead& users, Dataset& dataset);

}  // namespace genre
