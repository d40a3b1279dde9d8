// Products in bf16, of the graph that is built while it lives.
#pragma once

namespace genre::trainer {

class Autocast {
 public:
  explicit Autocast(bool on);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

  // Whether one is on.
  static bool active();

 private:
  bool on_;
};

}  // namespace genre::trainer
