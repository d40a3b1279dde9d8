// The tensors of a model that is trained, and their gradients.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/base/random.h"
#include "genre/linalg/matrix.h"
#include "genre/optim/optimizer.h"

namespace genre::neural {

struct Parameter {
  std::string name;  // of the tensor in files
  Matrix value;      // a vector has one row
  bool decays;       // under weight decay; norms and biases do not
};

// Layers add their tensors and keep the numbers. References stay valid until the next add.
class Parameters {
 public:
  int add(std::string name, std::int64_t rows, std::int64_t cols, bool decays);

  int size() const { return static_cast<int>(all_.size()); }
  Parameter& operator[](int number) { return all_[number]; }
  const Parameter& operator[](int number) const { return all_[number]; }
  Matrix& value(int number) { return all_[number].value; }
  const Matrix& value(int number) const { return all_[number].value; }
  std::int64_t count() const;  // of numbers

 private:
  std::vector<Parameter> all_;
};

// Fills with normal numbers of this deviation; 0: with zeros, and none is drawn.
void fill_normal(Matrix& values, double deviation, RandomStream& random);

// One matrix for each parameter, of its shape.
class Gradients {
 public:
  explicit Gradients(const Parameters& parameters);

  int size() const { return static_cast<int>(all_.size()); }
  Matrix& operator[](int number) { return all_[number]; }
  const Matrix& operator[](int number) const { return all_[number]; }
  void clear();

 private:
  std::vector<Matrix> all_;
};

// The gradients of a step's parts, summed into the first; returns the norm of all numbers together. Uses the global
// pool; the bits do not depend on the number of threads.
double sum_gradients(std::vector<Gradients>& parts);

// One step of an optimizer that was told the shapes of `parameters` in their order; of the first `count` alone, where
// others stay as they are.
void update(Parameters& parameters, const Gradients& gradients, Optimizer& optimizer, const UpdateRule& rule,
            int count);
inline void update(Parameters& parameters, const Gradients& gradients, Optimizer& optimizer, const UpdateRule& rule) {
  update(parameters, gradients, optimizer, rule, parameters.size());
}

}  // namespace genre::neural
