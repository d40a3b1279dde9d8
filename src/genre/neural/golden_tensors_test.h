// For tests: the tensors that a script of tests/golden computed with torch.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "genre/base/safetensors.h"
#include "genre/linalg/matrix.h"

namespace genre::neural {

class GoldenTensors {
 public:
  // NAME.safetensors of tests/golden.
  explicit GoldenTensors(const std::string& name)
      : file_(std::string(GENRE_SOURCE_DIR) + "/tests/golden/" + name + ".safetensors") {}

  const SafetensorsFile& file() const { return file_; }
  Matrix read(const std::string& name) const {
    const auto values = file_.values<float>(name, {-1, -1});
    const auto& shape = file_.at(name).shape;
    Matrix out(shape[0], shape[1]);
    std::ranges::copy(values, out.data());
    return out;
  }
  float number(const std::string& name) const { return file_.values<float>(name, {1})[0]; }
  void expect_near(const std::string& name, ConstMatrixView found, double tolerance = 1e-5) const {
    const auto wanted = file_.values<float>(name, {found.rows(), found.cols()});
    for (std::size_t n = 0; n < wanted.size(); ++n)
      EXPECT_NEAR(found.data()[n], wanted[n], tolerance) << name << ", " << n;
  }

 private:
  SafetensorsFile file_;
};

}  // namespace genre::neural
