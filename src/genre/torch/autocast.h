// Products in bf16, of the graph that is built while it lives.
#pragma once

#include <torch/types.h>

namespace genre::trainer {

class Autocast {
 public:
  Autocast(bool on, torch::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

  // Whether one is on for the graphs of a device.
  static bool active(torch::Device device);

 private:
  bool on_;
  torch::DeviceType device_;
};

}  // namespace genre::trainer
