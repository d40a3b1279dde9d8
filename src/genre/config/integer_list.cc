#include "genre/config/integer_list.h"

#include <utility>

namespace genre::config {
namespace {

Field element(int& target, Range range) {
  Fields f;
  f.integer({}, target, range, {});
  return f.all().front();
}

}  // namespace

Field integer_list(std::string name, std::vector<int>& target, Range range, std::string doc) {
  int any = 0;
  return {.name = std::move(name),
          .type = "list of integers",
          .range = element(any, range).range,
          .doc = std::move(doc),
          .set =
              [&target, range](const Value& value, const std::string& path, std::vector<Fault>& faults) {
                const Array* const array = expect_array(value, path, faults);
                if (array == nullptr) return;
                target.assign(array->size(), 0);
                for (std::size_t i = 0; i < array->size(); ++i)
                  element(target[i], range).set((*array)[i], path, faults);
              },
          .get =
              [&target] {
                Array out;
                for (const int number : target) out.push_back({std::int64_t{number}, {}});
                return Value{std::move(out), {}};
              }};
}

}  // namespace genre::config
