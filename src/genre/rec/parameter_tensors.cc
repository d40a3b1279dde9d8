#include "genre/rec/parameter_tensors.h"

#include <utility>

#include "genre/rec/tensors.h"

namespace genre {

void add_parameters(SafetensorsWriter& out, const std::string& prefix, const neural::Parameters& parameters) {
  for (int i = 0; i < parameters.size(); ++i) {
    const neural::Parameter& one = parameters[i];
    out.add(prefix + one.name, one.value.values(), {one.value.rows(), one.value.cols()});
  }
}

void read_parameters(const SafetensorsFile& in, const std::string& prefix, neural::Parameters& parameters) {
  for (int i = 0; i < parameters.size(); ++i) {
    neural::Parameter& one = parameters[i];
    Matrix values = read_matrix(in, prefix + one.name);
    if (values.rows() != one.value.rows() || values.cols() != one.value.cols())
      bad_tensor(in, prefix + one.name, "has another shape than the model");
    one.value = std::move(values);
  }
}

}  // namespace genre
